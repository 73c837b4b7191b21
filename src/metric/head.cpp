#include "metric/head.h"

#include <algorithm>

namespace weir::metric {

std::size_t Head::lower_bound(const std::vector<Point>& run, std::uint32_t time_s) {
  return static_cast<std::size_t>(
      std::lower_bound(run.begin(), run.end(), time_s,
                       [](const Point& point, std::uint32_t t) { return point.time_s < t; }) -
      run.begin());
}

Head::Point& Head::point_at(std::vector<Point>& run, std::uint32_t time_s, bool& is_new) {
  is_new = true;
  if (run.empty() || run.back().time_s < time_s) {
    run.push_back({time_s, 0, 0});
  } else {
    const std::size_t place = lower_bound(run, time_s);
    is_new = run[place].time_s != time_s;
    if (!is_new) {
      return run[place];
    }
    run.insert(run.begin() + static_cast<std::ptrdiff_t>(place), {time_s, 0, 0});
    ++num_samples_;
    return run[place];
  }
  ++num_samples_;
  return run.back();
}

Head::Detail& Head::detail_of(Point& point, bool is_new) {
  if (point.detail == 0) {
    Detail& detail = details_.emplace_back();
    if (!is_new) {
      detail.aggregate = Aggregate::of(point.value);
      detail.values.add(point.value);
    }
    point.detail = static_cast<std::uint32_t>(details_.size());
    return detail;
  }
  return details_[point.detail - 1];
}

void Head::add(const PutBatch& batch) {
  for (const PutBatch::Item& item : batch.items) {
    Runs& runs = item.is_high_resolution ? seconds_ : minutes_;
    if (item.series >= runs.size()) {
      runs.resize(std::max<std::size_t>(item.series + 1, runs.size() * 2));
    }
    bool is_new = false;
    Point& point = point_at(runs[item.series], item.time_s, is_new);
    if (item.form == PutBatch::Form::kValue && is_new) {
      point.value = item.value;
      continue;
    }
    Detail& detail = detail_of(point, is_new);
    switch (item.form) {
      case PutBatch::Form::kValue:
      case PutBatch::Form::kInteger:
        detail.aggregate.merge(Aggregate::of(item.value));
        detail.values.add(item.value);
        break;
      case PutBatch::Form::kValues: {
        const auto values = std::span(batch.values).subspan(item.first, item.num_values);
        for (const sketch::WeightedValue& value : values) {
          detail.aggregate.merge(Aggregate::of(value.value, value.count));
        }
        detail.values.add(values);
        break;
      }
      case PutBatch::Form::kStatistics: {
        const StatisticSet& set = batch.sets[item.first];
        Aggregate aggregate{set.sample_count, set.sum, set.minimum, set.maximum};
        if (set.sample_count == 1) {
          detail.values.add(set.sum);
        } else if (aggregate.is_uniform()) {
          detail.values.add(set.minimum, set.sample_count);
        }
        detail.aggregate.merge(aggregate);
        break;
      }
    }
  }
}

}  // namespace weir::metric
