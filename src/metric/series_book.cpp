#include "metric/series_book.h"

#include <xxhash.h>

#include <algorithm>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::metric {
namespace {

constexpr std::uint64_t kMaxText = 4096;

std::string name_key(std::string_view name_space, std::string_view name) {
  std::string key;
  codec::put_text(name_space, key);
  key += name;
  return key;
}

}  // namespace

std::size_t SeriesBook::KeyHash::operator()(std::string_view key) const noexcept {
  return XXH3_64bits(key.data(), key.size());
}

void SeriesBook::encode_key(const MetricName& name, std::string& out) const {
  codec::put_text(name.scope, out);
  codec::put_text(name.name_space, out);
  codec::put_text(name.name, out);
  const std::size_t count = name.dimensions.size();
  codec::put_varint(count, out);
  std::uint8_t order[kMaxDimensions];
  for (std::size_t i = 0; i < count; ++i) {  // few: by insertion
    std::size_t place = i;
    for (; place > 0 && name.dimensions[i].name < name.dimensions[order[place - 1]].name; --place) {
      order[place] = order[place - 1];
    }
    order[place] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; i < count; ++i) {
    codec::put_text(name.dimensions[order[i]].name, out);
    codec::put_text(name.dimensions[order[i]].value, out);
  }
}

MetricId SeriesBook::add_metric(std::string_view key) {
  key = arena_.copy(key);
  codec::ByteReader in(key);
  MetricEntry entry;
  entry.scope = in.text();
  entry.name_space = in.text();
  entry.name = in.text();
  const std::uint64_t count = in.varint_up_to(kMaxDimensions);
  for (std::uint64_t i = 0; i < count; ++i) {
    DimensionView dimension;
    dimension.name = in.text();
    dimension.value = in.text();
    entry.dimensions.push_back(dimension);
  }
  const auto id = static_cast<MetricId>(metrics_.size());
  by_key_.emplace(key, id);
  const std::string both = name_key(entry.name_space, entry.name);
  auto found = by_name_.find(both);
  if (found == by_name_.end()) {
    found = by_name_.emplace(arena_.copy(both), std::vector<MetricId>{}).first;
  }
  found->second.push_back(id);
  metrics_.push_back(std::move(entry));
  return id;
}

std::optional<MetricId> SeriesBook::find_metric(const MetricName& name) const {
  if (name.dimensions.size() > kMaxDimensions) {
    return std::nullopt;
  }
  std::string key;
  encode_key(name, key);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<SeriesId> SeriesBook::find_series(const MetricName& name, Unit unit) const {
  const auto id = find_metric(name);
  if (id) {
    for (const auto& of_unit : metrics_[*id].units) {
      if (of_unit.unit == unit) {
        return of_unit.series;
      }
    }
  }
  return std::nullopt;
}

SeriesId SeriesBook::series(const MetricName& name, Unit unit) {
  scratch_.clear();
  encode_key(name, scratch_);
  const auto found = by_key_.find(scratch_);
  const MetricId id = found == by_key_.end() ? add_metric(scratch_) : found->second;
  auto& units = metrics_[id].units;
  for (const auto& of_unit : units) {
    if (of_unit.unit == unit) {
      return of_unit.series;
    }
  }
  const auto series = static_cast<SeriesId>(series_.size());
  units.push_back({unit, series});
  series_.push_back({id, unit, INT64_MIN});
  return series;
}

std::span<const MetricId> SeriesBook::named(std::string_view name_space,
                                            std::string_view name) const {
  const auto found = by_name_.find(name_key(name_space, name));
  return found == by_name_.end() ? std::span<const MetricId>() : found->second;
}

TimeMs SeriesBook::last_ms(MetricId id) const {
  TimeMs last = INT64_MIN;
  for (const auto& of_unit : metrics_[id].units) {
    last = std::max(last, series_[of_unit.series].last_ms);
  }
  return last;
}

void SeriesBook::encode_series(SeriesId id, std::string& out) const {
  const SeriesEntry& entry = series_[id];
  const MetricEntry& metric = metrics_[entry.metric];
  out += static_cast<char>(entry.unit);
  encode_key({metric.scope, metric.name_space, metric.name, metric.dimensions}, out);
}

std::optional<SeriesId> SeriesBook::add_encoded(std::string_view bytes) {
  codec::ByteReader in(bytes);
  const auto unit = static_cast<Unit>(in.fixed<std::uint8_t>());
  MetricName name;
  name.scope = in.text();
  name.name_space = in.text();
  name.name = in.text();
  const std::uint64_t count = in.varint_up_to(kMaxDimensions);
  std::vector<DimensionView> dimensions;
  for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
    DimensionView dimension;
    dimension.name = in.text();
    dimension.value = in.text();
    dimensions.push_back(dimension);
  }
  if (!in.is_at_end() || static_cast<std::size_t>(unit) >= all_units().size() ||
      name.name.size() > kMaxText) {
    return std::nullopt;
  }
  name.dimensions = dimensions;
  return series(name, unit);
}

}  // namespace weir::metric
