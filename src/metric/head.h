#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "metric/put_batch.h"
#include "metric/sample.h"

namespace weir::metric {

// Samples in memory, in the order of their times, until they are sealed into a part. Not
// thread-safe.
class Head {
 public:
  void add(const PutBatch& batch);

  // Samples of a series with from_s <= time < to_s, ascending. `values` live as long as the head.
  template <class Visitor>
  void visit(SeriesId series, bool is_high_resolution, std::uint32_t from_s, std::uint32_t to_s,
             const Visitor& visitor) const {
    const auto& runs = is_high_resolution ? seconds_ : minutes_;
    if (series >= runs.size()) {
      return;
    }
    const std::vector<Point>& run = runs[series];
    for (auto i = lower_bound(run, from_s); i < run.size() && run[i].time_s < to_s; ++i) {
      const Point& point = run[i];
      if (point.detail == 0) {
        visitor(Sample{point.time_s, Aggregate::of(point.value), nullptr});
      } else {
        const Detail& detail = details_[point.detail - 1];
        visitor(Sample{point.time_s, detail.aggregate,
                       detail.values.is_empty() ? nullptr : &detail.values});
      }
    }
  }

  [[nodiscard]] std::size_t num_samples() const { return num_samples_; }
  // Ids are below it.
  [[nodiscard]] SeriesId series_end() const {
    return static_cast<SeriesId>(std::max(minutes_.size(), seconds_.size()));
  }

 private:
  // One value, or a number of a detail (from 1 on). Most are one value.
  struct Point {
    std::uint32_t time_s = 0;
    std::uint32_t detail = 0;
    double value = 0;
  };
  struct Detail {
    Aggregate aggregate;
    sketch::Distribution values;
  };
  using Runs = std::vector<std::vector<Point>>;

  [[nodiscard]] static std::size_t lower_bound(const std::vector<Point>& run, std::uint32_t time_s);
  Point& point_at(std::vector<Point>& run, std::uint32_t time_s, bool& is_new);
  Detail& detail_of(Point& point, bool is_new);

  Runs minutes_;
  Runs seconds_;
  std::deque<Detail> details_;  // samples point at them
  std::size_t num_samples_ = 0;
};

}  // namespace weir::metric
