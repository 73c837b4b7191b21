#include "api/logs/metric_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/number.h"
#include "logs/filter_pattern.h"
#include "metric/datum.h"

namespace weir::api::logs {
namespace {

constexpr std::string_view kKind = "metric-filter";

constexpr std::size_t kMaxFilterDimensions = 3;

std::string document_id(std::string_view group, std::string_view filter) {
  return fmt::format("{}\n{}", group, filter);
}

// What an event adds to the metric; nullopt: nothing.
std::optional<double> value_for(const weir::logs::FilterPattern& pattern,
                                const Tree& transformation, const std::string& message) {
  if (!pattern.matches(message)) {
    return transformation.has("defaultValue")
               ? std::optional(transformation["defaultValue"].number())
               : std::nullopt;
  }
  const std::string& value = transformation["metricValue"].text();
  if (!value.starts_with('$')) {
    return parse_double(value);
  }
  // A field that is no number adds nothing, as CloudWatch has it.
  const auto text = pattern.value_of(value, message);
  return text ? parse_double(*text) : std::nullopt;
}

}  // namespace

Outcome put_metric_filter(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  if (named->is_flows) {
    return refuse("InvalidOperationException",
                  fmt::format("'{}' shows the flow table, which metric filters do not look at",
                              named->group.name));
  }
  if (const auto pattern = weir::logs::FilterPattern::parse(input["filterPattern"].text());
      !pattern) {
    return invalid_parameter("Invalid filter pattern: " + pattern.error().message);
  }
  const Tree& transformation = input["metricTransformations"].items().front();
  const std::string& value = transformation["metricValue"].text();
  if (!parse_double(value) && !value.starts_with('$')) {
    return invalid_parameter(
        fmt::format("Invalid metric transformation: metricValue is a number, or a field of the "
                    "pattern such as $.latency or $bytes, not '{}'",
                    value));
  }
  const auto& dimensions = transformation["dimensions"].members();
  if (dimensions.size() > kMaxFilterDimensions) {
    return invalid_parameter("Invalid metric transformation: at most 3 dimensions");
  }
  if (!dimensions.empty() && transformation.has("defaultValue")) {
    return invalid_parameter(
        "Invalid metric transformation: dimensions and default value are mutually exclusive "
        "properties.");
  }
  for (const auto& [name, selector] : dimensions) {
    if (!selector.text().starts_with('$')) {
      return invalid_parameter(
          fmt::format("Invalid metric transformation: dimension {} is a field of the pattern such "
                      "as $.name, not '{}'",
                      name, selector.text()));
    }
  }
  weir::logs::Document document;
  document.id = document_id(named->group.name, input["filterName"].text());
  document.body = input;
  document.modified_ms = call.now_ms;
  if (auto done = rooms.groups->put_document(kKind, scope_of(call), document); !done) {
    return as_failure(done.error());
  }
  return Tree();
}

Outcome describe_metric_filters(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto documents = rooms.groups->list_documents(kKind, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  Tree list = Tree::list();
  for (const weir::logs::Document& document : *documents) {
    const Tree& transformation = document.body["metricTransformations"].items().front();
    const auto is = [&](const char* name, const std::string& value) {
      return !input.has(name) || input[name].text() == value;
    };
    if (is("logGroupName", document.body["logGroupName"].text()) &&
        is("metricName", transformation["metricName"].text()) &&
        is("metricNamespace", transformation["metricNamespace"].text()) &&
        document.body["filterName"].text().starts_with(input["filterNamePrefix"].text())) {
      Tree filter = document.body;
      filter.set("creationTime", document.modified_ms);
      list.push(std::move(filter));
    }
  }
  return Tree::map({{"metricFilters", std::move(list)}});
}

Outcome delete_metric_filter(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto was_there = rooms.groups->remove_document(
      kKind, scope_of(call), document_id(input["logGroupName"].text(), input["filterName"].text()));
  if (!was_there) {
    return as_failure(was_there.error());
  }
  if (!*was_there) {
    return refuse("ResourceNotFoundException", "The specified metric filter does not exist.");
  }
  return Tree();
}

Outcome test_metric_filter(const LogsRooms& /*rooms*/, const Call& /*call*/, const Tree& input) {
  const auto pattern = weir::logs::FilterPattern::parse(input["filterPattern"].text());
  if (!pattern) {
    return invalid_parameter("Invalid filter pattern: " + pattern.error().message);
  }
  Tree matches = Tree::list();
  std::int64_t number = 0;
  for (const Tree& message : input["logEventMessages"].items()) {
    ++number;
    if (!pattern->matches(message.text())) {
      continue;
    }
    Tree values = Tree::map();
    for (auto& [selector, value] : pattern->extracted(message.text())) {
      values.append(selector, std::move(value));
    }
    matches.push(Tree::map({{"eventNumber", number},
                            {"eventMessage", message.text()},
                            {"extractedValues", std::move(values)}}));
  }
  return Tree::map({{"matches", std::move(matches)}});
}

Result<void> apply_metric_filters(const LogsRooms& rooms, const Call& call,
                                  const std::string& group_name,
                                  std::span<const weir::logs::Event> events) {
  WEIR_ASSIGN_OR_RETURN(const auto documents, rooms.groups->list_documents(kKind, scope_of(call)));
  for (const weir::logs::Document& document : documents) {
    if (document.body["logGroupName"].text() != group_name) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const auto pattern,
                          weir::logs::FilterPattern::parse(document.body["filterPattern"].text()));
    const Tree& transformation = document.body["metricTransformations"].items().front();
    std::vector<metric::Datum> datums;
    std::deque<std::string> texts;  // that dimensions look at
    std::deque<std::vector<metric::DimensionView>> dimensions;
    for (const weir::logs::Event& event : events) {
      const auto value = value_for(pattern, transformation, event.message);
      if (!value) {
        continue;
      }
      metric::Datum& datum = datums.emplace_back();
      datum.name = transformation["metricName"].text();
      datum.timestamp = event.time_ms;
      datum.value = value;
      datum.unit = transformation["unit"].text();
      std::vector<metric::DimensionView>& views = dimensions.emplace_back();
      for (const auto& [name, selector] : transformation["dimensions"].members()) {
        if (auto text = pattern.value_of(selector.text(), event.message)) {
          views.push_back({name, texts.emplace_back(std::move(*text))});
        }
      }
      datum.dimensions = views;
    }
    const std::string& name_space = transformation["metricNamespace"].text();
    for (std::size_t begin = 0; begin < datums.size(); begin += metric::kMaxDatums) {
      const auto part = std::span<const metric::Datum>(datums).subspan(
          begin, std::min(metric::kMaxDatums, datums.size() - begin));
      // What the metric's own rules refuse is left out, as CloudWatch does in silence.
      if (metric::check_put(name_space, part, call.now_ms)) {
        WEIR_RETURN_IF_ERROR(rooms.metrics->put(scope_of(call), name_space, part));
      }
    }
  }
  return {};
}

}  // namespace weir::api::logs
