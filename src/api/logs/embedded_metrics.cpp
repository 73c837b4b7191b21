#include "api/logs/embedded_metrics.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "logs/filter_condition.h"
#include "metric/datum.h"

namespace weir::api::logs {
namespace {

constexpr std::size_t kMaxEmbeddedValues = 100;     // of one metric of one event
constexpr std::size_t kMaxEmbeddedMetrics = 100;    // of one directive
constexpr std::size_t kMaxEmbeddedDimensions = 30;  // of one set
constexpr std::string_view kErrorNamespace = "AWS/Logs";

// Datums to put, and the texts and numbers that they look at.
class EmbeddedDatums {
 public:
  // False where the event is not as the format says; what it held before is kept.
  [[nodiscard]] bool read(const weir::logs::Event& event);

  struct Datums {
    std::vector<metric::Datum> list;
  };
  [[nodiscard]] const std::map<std::string, Datums>& by_namespace() const { return datums_; }

 private:
  [[nodiscard]] bool read_directive(const Tree& root, const Tree& directive, TimeMs time_ms);
  [[nodiscard]] std::optional<std::vector<std::span<const metric::DimensionView>>> dimension_sets(
      const Tree& root, const Tree& sets);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  std::map<std::string, Datums> datums_;
  std::deque<std::string> texts_;
  std::deque<std::vector<double>> values_;
  std::deque<std::vector<metric::DimensionView>> dimensions_;
};

bool EmbeddedDatums::read(const weir::logs::Event& event) {
  const auto root = format::read_json(event.message);
  if (!root || !root->is_map()) {
    return false;
  }
  const Tree& header = (*root)["_aws"];
  const Tree& directives = header["CloudWatchMetrics"];
  if (!header.is_map() || !directives.is_list()) {
    return false;
  }
  const TimeMs time_ms =
      header["Timestamp"].is_integer() ? header["Timestamp"].integer() : event.time_ms;
  bool is_valid = true;
  for (const Tree& directive : directives.items()) {
    is_valid = read_directive(*root, directive, time_ms) && is_valid;
  }
  return is_valid;
}

std::optional<std::vector<std::span<const metric::DimensionView>>> EmbeddedDatums::dimension_sets(
    const Tree& root, const Tree& sets) {
  std::vector<std::span<const metric::DimensionView>> read;
  if (sets.is_null()) {
    return std::vector<std::span<const metric::DimensionView>>(1);
  }
  for (const Tree& set : sets.items()) {
    std::vector<metric::DimensionView>& dimensions = dimensions_.emplace_back();
    for (const Tree& name : set.items()) {
      const Tree& value = root[name.text()];
      if (name.text().empty() || value.is_null() || value.is_map() || value.is_list() ||
          dimensions.size() >= kMaxEmbeddedDimensions) {
        return std::nullopt;
      }
      dimensions.push_back({keep(name.text()), keep(weir::logs::text_of_member(value))});
    }
    read.emplace_back(dimensions);
  }
  return read;
}

bool EmbeddedDatums::read_directive(const Tree& root, const Tree& directive, TimeMs time_ms) {
  const std::string& name_space = directive["Namespace"].text();
  const Tree& metrics = directive["Metrics"];
  if (name_space.empty() || !metrics.is_list() || metrics.items().size() > kMaxEmbeddedMetrics) {
    return false;
  }
  const auto sets = dimension_sets(root, directive["Dimensions"]);
  if (!sets) {
    return false;
  }
  bool is_valid = true;
  for (const Tree& described : metrics.items()) {
    const Tree& value = root[described["Name"].text()];
    std::vector<double>& values = values_.emplace_back();
    if (value.is_integer() || value.is_double()) {
      values.push_back(value.number());
    }
    for (const Tree& item : value.items()) {
      if (item.is_integer() || item.is_double()) {
        values.push_back(item.number());
      }
    }
    if (values.empty() || values.size() > kMaxEmbeddedValues) {
      is_valid = false;
      continue;
    }
    for (const auto& dimensions : *sets) {
      metric::Datum& datum = datums_[name_space].list.emplace_back();
      datum.name = keep(described["Name"].text());
      datum.dimensions = dimensions;
      datum.timestamp = time_ms;
      datum.values = values;
      datum.unit = keep(described["Unit"].text());
      if (described.has("StorageResolution")) {
        datum.storage_resolution = described["StorageResolution"].integer();
      }
    }
  }
  return is_valid;
}

Result<void> count_errors(const LogsRooms& rooms, const Call& call, const std::string& group_name,
                          std::string_view name, std::size_t num_errors) {
  if (num_errors == 0) {
    return {};
  }
  const metric::DimensionView group{"LogGroupName", group_name};
  metric::Datum datum;
  datum.name = name;
  datum.dimensions = {&group, 1};
  datum.timestamp = call.now_ms;
  datum.value = static_cast<double>(num_errors);
  datum.unit = "Count";
  return rooms.metrics->put(scope_of(call), kErrorNamespace, {&datum, 1});
}

}  // namespace

Result<void> apply_embedded_metrics(const LogsRooms& rooms, const Call& call,
                                    const std::string& group_name,
                                    std::span<const weir::logs::Event> events) {
  EmbeddedDatums datums;
  std::size_t num_unparsed = 0;
  std::size_t num_invalid = 0;
  for (const weir::logs::Event& event : events) {
    // An event that does not speak of _aws and CloudWatchMetrics is none of the format's.
    if (event.message.find("\"_aws\"") == std::string::npos ||
        event.message.find("\"CloudWatchMetrics\"") == std::string::npos) {
      continue;
    }
    num_unparsed += datums.read(event) ? 0 : 1;
  }
  for (const auto& [name_space, list] : datums.by_namespace()) {
    const std::span<const metric::Datum> all(list.list);
    for (std::size_t begin = 0; begin < all.size(); begin += metric::kMaxDatums) {
      const auto part = all.subspan(begin, std::min(metric::kMaxDatums, all.size() - begin));
      if (metric::check_put(name_space, part, call.now_ms)) {
        WEIR_RETURN_IF_ERROR(rooms.metrics->put(scope_of(call), name_space, part));
        continue;
      }
      // One that is refused must not take the others with it.
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (metric::check_put(name_space, part.subspan(i, 1), call.now_ms)) {
          WEIR_RETURN_IF_ERROR(rooms.metrics->put(scope_of(call), name_space, part.subspan(i, 1)));
        } else {
          ++num_invalid;
        }
      }
    }
  }
  WEIR_RETURN_IF_ERROR(count_errors(rooms, call, group_name, "EMFParsingErrors", num_unparsed));
  return count_errors(rooms, call, group_name, "EMFValidationErrors", num_invalid);
}

}  // namespace weir::api::logs
