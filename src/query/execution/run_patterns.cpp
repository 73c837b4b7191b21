// Merges patterns of like shape: the second half of `pattern`, and `diff`.

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "query/execution/consumer.h"
#include "query/execution/reservation.h"
#include "query/functions/text_pattern.h"

namespace weir::query {
namespace {

using column::Batch;

struct PatternCounts {
  std::int64_t now = 0;
  std::int64_t before = 0;
};
using PatternMap = std::map<std::string, PatternCounts, std::less<>>;

// Gathers texts (column 0) and their counts (column 1).
class PatternConsumer final : public Consumer {
 public:
  PatternConsumer(PatternMap& patterns, Reservation& reserved)
      : patterns_(patterns), reserved_(reserved) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override { return std::make_unique<Local>(*this); }
  void set_before(bool is_before) { is_before_ = is_before; }

 private:
  class Local final : public LocalConsumer {
   public:
    explicit Local(PatternConsumer& owner) : owner_(owner) {}
    Result<bool> consume(Batch& batch) override {
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        if (batch.columns[0].is_null(row)) {
          continue;
        }
        std::string text = batch.columns[0].value_at(row).text;
        const std::int64_t count = batch.columns[1].value_at(row).integer;
        constexpr std::size_t kNodeBytes = 128;
        if (!owner_.reserved_.add(text.size() + kNodeBytes)) {
          return out_of_budget("pattern", *owner_.reserved_.budget());
        }
        PatternCounts& counts = owner_.patterns_[std::move(text)];
        (owner_.is_before_ ? counts.before : counts.now) += count;
      }
      return true;
    }
    Result<void> close() override { return {}; }

   private:
    PatternConsumer& owner_;
  };
  PatternMap& patterns_;
  Reservation& reserved_;
  bool is_before_ = false;
};

// Patterns that became one.
struct PatternCluster {
  std::vector<std::string> parts;  // words at the even places
  PatternCounts counts;
  std::string severity;
};

std::string text_of(const PatternCluster& cluster) {
  std::string text;
  for (const std::string& part : cluster.parts) {
    text += part;
  }
  return text;
}

// At least seven of ten words that do not vary anyway are the same.
bool is_like(const PatternCluster& cluster, const std::vector<std::string_view>& parts) {
  std::size_t num_fixed = 0;
  std::size_t num_same = 0;
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    if (cluster.parts[i] == kVariable || parts[i] == kVariable) {
      continue;
    }
    ++num_fixed;
    num_same += cluster.parts[i] == parts[i] ? 1 : 0;
  }
  return num_same * 10 >= num_fixed * 7 && num_same > 0;
}

// What patterns must share to be compared at all: severity, number of words, what stands between.
std::string shape_of(const std::vector<std::string_view>& parts, std::string_view severity) {
  std::string shape(severity);
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    shape += '\n';
    shape += parts[i];
  }
  return shape;
}

// The outcome depends on texts and counts alone, not on the order they came in: the most frequent
// patterns are taken first.
std::vector<PatternCluster> merge_patterns(const PatternMap& patterns) {
  constexpr std::size_t kMostCompared = 256;  // clusters of one shape that others may join
  std::vector<const PatternMap::value_type*> order;
  order.reserve(patterns.size());
  for (const auto& pattern : patterns) {
    order.push_back(&pattern);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->second.now + a->second.before > b->second.now + b->second.before;
  });
  std::vector<PatternCluster> clusters;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_shape;
  for (const auto* pattern : order) {
    const auto parts = parts_of_pattern(pattern->first);
    const std::string_view severity = severity_of(pattern->first);
    std::vector<std::size_t>& known = by_shape[shape_of(parts, severity)];
    const auto found = std::find_if(known.begin(), known.end(), [&](std::size_t index) {
      return is_like(clusters[index], parts);
    });
    if (found == known.end()) {
      if (known.size() < kMostCompared) {
        known.push_back(clusters.size());
      }
      clusters.push_back({{parts.begin(), parts.end()}, pattern->second, std::string(severity)});
      continue;
    }
    PatternCluster& cluster = clusters[*found];
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      if (cluster.parts[i] != parts[i]) {
        cluster.parts[i] = kVariable;
      }
    }
    cluster.counts.now += pattern->second.now;
    cluster.counts.before += pattern->second.before;
  }
  return clusters;
}

// Clusters whose texts have become the same are one.
std::vector<PatternCluster> without_twins(std::vector<PatternCluster> clusters) {
  std::vector<PatternCluster> kept;
  std::map<std::string, std::size_t> known;
  for (PatternCluster& cluster : clusters) {
    const auto [place, is_new] = known.try_emplace(text_of(cluster), kept.size());
    if (is_new) {
      kept.push_back(std::move(cluster));
    } else {
      kept[place->second].counts.now += cluster.counts.now;
      kept[place->second].counts.before += cluster.counts.before;
    }
  }
  return kept;
}

double rounded(double value, double scale) { return std::round(value * scale) / scale; }

column::Value severity_value(const PatternCluster& cluster) {
  return cluster.severity.empty() ? column::Value::null()
                                  : column::Value::of_string(cluster.severity);
}

// @pattern, @ratio, @sampleCount, @severityLabel; the most frequent first.
std::vector<std::vector<column::Value>> rows_of_patterns(
    const std::vector<PatternCluster>& clusters) {
  std::int64_t total = 0;
  for (const PatternCluster& cluster : clusters) {
    total += cluster.counts.now;
  }
  std::vector<std::pair<std::int64_t, std::vector<column::Value>>> rows;
  for (const PatternCluster& cluster : clusters) {
    const double ratio = static_cast<double>(cluster.counts.now) / static_cast<double>(total);
    rows.emplace_back(cluster.counts.now,
                      std::vector<column::Value>{column::Value::of_string(text_of(cluster)),
                                                 column::Value::of_double(rounded(ratio, 1e4)),
                                                 column::Value::of_int(cluster.counts.now),
                                                 severity_value(cluster)});
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second[0].text < b.second[0].text;
  });
  std::vector<std::vector<column::Value>> values;
  for (auto& row : rows) {
    values.push_back(std::move(row.second));
  }
  return values;
}

std::string_view description_of(const PatternCounts& counts) {
  if (counts.before == 0) {
    return "new";
  }
  if (counts.now == 0) {
    return "gone";
  }
  return counts.now > counts.before ? "more" : counts.now < counts.before ? "fewer" : "same";
}

// @pattern, @severityLabel, @sampleCount, @previousSampleCount, @difference, @differencePercent,
// @differenceDescription; the largest difference first.
std::vector<std::vector<column::Value>> rows_of_differences(
    const std::vector<PatternCluster>& clusters) {
  std::vector<std::pair<std::int64_t, std::vector<column::Value>>> rows;
  for (const PatternCluster& cluster : clusters) {
    const auto [now, before] = cluster.counts;
    const double percent =
        static_cast<double>(now - before) * 100 / static_cast<double>(before == 0 ? 1 : before);
    rows.emplace_back(
        std::abs(now - before),
        std::vector<column::Value>{
            column::Value::of_string(text_of(cluster)), severity_value(cluster),
            column::Value::of_int(now), column::Value::of_int(before),
            column::Value::of_int(now - before),
            before == 0 ? column::Value::null() : column::Value::of_double(rounded(percent, 100)),
            column::Value::of_string(std::string(description_of(cluster.counts)))});
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second[0].text < b.second[0].text;
  });
  std::vector<std::vector<column::Value>> values;
  for (auto& row : rows) {
    values.push_back(std::move(row.second));
  }
  return values;
}

}  // namespace

Result<void> run_patterns(const Plan& plan, Consumer& consumer, Execution& execution) {
  PatternMap patterns;
  Reservation reserved(execution.options.memory);
  PatternConsumer gather(patterns, reserved);
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    gather.set_before(i == 1);
    WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs[i], gather, execution));
  }
  Plan values;
  values.kind = Plan::Kind::kValues;
  values.schema = plan.schema;
  auto clusters = without_twins(merge_patterns(patterns));
  values.rows =
      plan.inputs.size() == 2 ? rows_of_differences(clusters) : rows_of_patterns(clusters);
  return run_plan(values, consumer, execution);
}

}  // namespace weir::query
