#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "metric/datum.h"
#include "metric/unit.h"

namespace weir::metric {

using SeriesId = std::uint32_t;
using MetricId = std::uint32_t;

// Names a metric: account and region ("123456789012/us-west-2"; any text), namespace, name and the
// exact set of dimensions, whose order does not matter.
struct MetricName {
  std::string_view scope;
  std::string_view name_space;
  std::string_view name;
  std::span<const DimensionView> dimensions;
};

// A metric as the book keeps it; texts live as long as the book.
struct MetricEntry {
  std::string_view scope;
  std::string_view name_space;
  std::string_view name;
  std::vector<DimensionView> dimensions;  // sorted by name
  struct OfUnit {
    Unit unit;
    SeriesId series;
  };
  std::vector<OfUnit> units;  // in the order in which they came
};

struct SeriesEntry {
  MetricId metric = 0;
  Unit unit = Unit::kNone;
  TimeMs last_ms = INT64_MIN;  // of the newest sample
};

// All metrics and series that were ever stored: each (metric, unit) is a series, numbered from 0 in
// the order in which they came. Nothing is ever taken out. Not thread-safe; see MetricStore.
class SeriesBook {
 public:
  // Finds or adds.
  [[nodiscard]] SeriesId series(const MetricName& name, Unit unit);
  [[nodiscard]] std::optional<MetricId> find_metric(const MetricName& name) const;
  [[nodiscard]] std::optional<SeriesId> find_series(const MetricName& name, Unit unit) const;

  [[nodiscard]] std::size_t num_metrics() const { return metrics_.size(); }
  [[nodiscard]] std::size_t num_series() const { return series_.size(); }
  [[nodiscard]] const MetricEntry& metric(MetricId id) const { return metrics_[id]; }
  [[nodiscard]] const SeriesEntry& entry(SeriesId id) const { return series_[id]; }
  [[nodiscard]] SeriesEntry& entry(SeriesId id) { return series_[id]; }
  // Metrics of a namespace and name, whatever their dimensions and scope.
  [[nodiscard]] std::span<const MetricId> named(std::string_view name_space,
                                                std::string_view name) const;
  // The newest sample of any of a metric's series.
  [[nodiscard]] TimeMs last_ms(MetricId id) const;

  // A series as bytes, for logs: everything that names it.
  void encode_series(SeriesId id, std::string& out) const;
  // Adds a series from such bytes; nullopt where they are damaged.
  [[nodiscard]] std::optional<SeriesId> add_encoded(std::string_view bytes);

 private:
  void encode_key(const MetricName& name, std::string& out) const;
  [[nodiscard]] MetricId add_metric(std::string_view key);

  struct KeyHash {
    using is_avalanching = void;
    std::size_t operator()(std::string_view key) const noexcept;
  };
  Arena arena_;
  std::vector<MetricEntry> metrics_;
  std::vector<SeriesEntry> series_;
  boost::unordered_flat_map<std::string_view, MetricId, KeyHash> by_key_;
  boost::unordered_flat_map<std::string_view, std::vector<MetricId>, KeyHash> by_name_;
  mutable std::string scratch_;
};

}  // namespace weir::metric
