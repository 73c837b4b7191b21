#include <fmt/format.h>

#include "console/explore.h"

namespace weir::console {

using format::Tree;

std::optional<Metric> parse_metric(std::string_view text) {
  for (const Metric metric : {Metric::kBytes, Metric::kPackets, Metric::kFlows, Metric::kRejects}) {
    if (name_of(metric) == text) {
      return metric;
    }
  }
  return std::nullopt;
}

std::string_view name_of(Metric metric) {
  switch (metric) {
    case Metric::kBytes:
      return "bytes";
    case Metric::kPackets:
      return "packets";
    case Metric::kFlows:
      return "flows";
    case Metric::kRejects:
      return "rejects";
  }
  return "bytes";
}

// Records without traffic have no bytes: counting these counts flows, and is kept by minute.
std::string_view aggregate_of(Metric metric) {
  switch (metric) {
    case Metric::kBytes:
      return "sum(bytes)";
    case Metric::kPackets:
      return "sum(packets)";
    case Metric::kFlows:
    case Metric::kRejects:
      return "count(bytes)";
  }
  return "sum(bytes)";
}

Result<ExploreRequest> read_explore(const Tree& body, TimeMs now_ms) {
  ExploreRequest request;
  WEIR_ASSIGN_OR_RETURN(request.filter, read_text(body, "filter"));
  WEIR_ASSIGN_OR_RETURN(request.span, read_span(body, now_ms));
  if (body.has("by") && !body["by"].is_list()) {
    return fail(ErrorCode::kUsage, "by is a list of fields");
  }
  request.by = body["by"].texts();
  constexpr std::size_t kMostFields = 4;
  if (request.by.size() > kMostFields || request.by.size() != body["by"].items().size()) {
    return fail(ErrorCode::kUsage, fmt::format("by is a list of at most {} names", kMostFields));
  }
  WEIR_ASSIGN_OR_RETURN(const std::string metric, read_text(body, "metric", "bytes"));
  const auto known = parse_metric(metric);
  if (!known) {
    return fail(ErrorCode::kUsage, fmt::format("metric '{}' is none of bytes, packets, flows, "
                                               "rejects",
                                               metric));
  }
  request.metric = *known;
  WEIR_ASSIGN_OR_RETURN(const std::string order, read_text(body, "orderBy", "total"));
  if (order != "total" && order != "avg" && order != "max" && order != "last") {
    return fail(ErrorCode::kUsage, "orderBy is total, avg, max or last");
  }
  request.order_by = order == "total" ? OrderBy::kTotal
                     : order == "avg" ? OrderBy::kAverage
                     : order == "max" ? OrderBy::kMax
                                      : OrderBy::kLast;
  WEIR_ASSIGN_OR_RETURN(const auto top, read_number(body, "top", 10, 1, 50));
  request.top = static_cast<std::size_t>(top);
  WEIR_ASSIGN_OR_RETURN(request.points, read_number(body, "points", 300, 1, 2'000));
  if (body.has("previous") && !body["previous"].is_bool()) {
    return fail(ErrorCode::kUsage, "previous is true or false");
  }
  request.has_previous = body["previous"].boolean();
  return request;
}

std::string shell_word(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace weir::console
