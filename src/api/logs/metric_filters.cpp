#include "api/logs/metric_filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "logs/filter_pattern.h"
#include "metric/datum.h"

namespace weir::api::logs {
namespace {

constexpr std::string_view kKind = "metric-filter";

std::string document_id(std::string_view group, std::string_view filter) {
  return fmt::format("{}\n{}", group, filter);
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
  if (!parse_double(transformation["metricValue"].text())) {
    return invalid_parameter(
        fmt::format("Invalid metric transformation: this server takes a number as metricValue, not "
                    "'{}'",
                    transformation["metricValue"].text()));
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
    const double value = parse_double(transformation["metricValue"].text()).value_or(1);
    std::vector<metric::Datum> datums;
    for (const weir::logs::Event& event : events) {
      const bool is_wanted = pattern.matches(event.message);
      if (!is_wanted && !transformation.has("defaultValue")) {
        continue;
      }
      metric::Datum& datum = datums.emplace_back();
      datum.name = transformation["metricName"].text();
      datum.timestamp = event.time_ms;
      datum.value = is_wanted ? value : transformation["defaultValue"].number();
      datum.unit = transformation["unit"].text();
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
