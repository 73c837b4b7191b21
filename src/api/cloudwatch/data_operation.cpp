#include "api/cloudwatch/data_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cloudwatch/alarm_tree.h"
#include "api/cloudwatch/metric_operations.h"
#include "base/number.h"
#include "metric/query_run.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kMaxPagePoints = 100'800;

// "+0130" as seconds; nullopt where it is no such offset.
std::optional<std::int64_t> read_offset(const std::string& text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const std::int64_t hours = parse_int64(text.substr(1, 2)).value_or(-1);
  const std::int64_t minutes = parse_int64(text.substr(3, 2)).value_or(-1);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

// Where a page begins: points of all results before it.
tl::expected<std::int64_t, ApiError> read_token(const Tree& input) {
  if (!input.has("NextToken")) {
    return 0;
  }
  const auto token = parse_int64(input["NextToken"].text());
  if (!token || *token <= 0) {
    return refuse("InvalidNextToken", "The NextToken is none of this server's.");
  }
  return *token;
}

Tree messages_tree(const std::vector<metric::DataMessage>& messages) {
  Tree list = Tree::list();
  for (const metric::DataMessage& message : messages) {
    list.push(Tree::map({{"Code", message.code}, {"Value", message.value}}));
  }
  return list;
}

// The points [begin, end) of a result in the order that is asked for.
Tree result_tree(const metric::DataResult& result, std::int64_t begin, std::int64_t end,
                 bool is_descending) {
  Tree times = Tree::list();
  Tree values = Tree::list();
  const auto size = static_cast<std::int64_t>(result.times.size());
  for (std::int64_t i = begin; i < end; ++i) {
    const auto at = static_cast<std::size_t>(is_descending ? size - 1 - i : i);
    times.push(Tree::time(result.times[at]));
    values.push(result.values[at]);
  }
  Tree tree = Tree::map({{"Id", result.id},
                         {"Label", result.label},
                         {"Timestamps", std::move(times)},
                         {"Values", std::move(values)},
                         {"StatusCode", end < size ? "PartialData" : "Complete"}});
  if (!result.messages.empty()) {
    tree.append("Messages", messages_tree(result.messages));
  }
  return tree;
}

Tree page_of(const std::vector<metric::DataResult>& results, std::int64_t first,
             std::int64_t max_points, bool is_descending) {
  Tree list = Tree::list();
  std::int64_t passed = 0;  // points of the results before
  std::int64_t left = max_points;
  bool has_more = false;
  for (const metric::DataResult& result : results) {
    const auto size = static_cast<std::int64_t>(result.times.size());
    const std::int64_t begin = std::clamp<std::int64_t>(first - passed, 0, size);
    const std::int64_t end = std::min(size, begin + left);
    const bool was_shown = first > 0 && passed + size <= first;
    passed += size;
    if (was_shown) {
      continue;
    }
    if (left == 0 && size > 0) {
      has_more = true;
      break;
    }
    list.push(result_tree(result, begin, end, is_descending));
    left -= end - begin;
    has_more = end < size;
  }
  Tree output = Tree::map({{"MetricDataResults", std::move(list)}});
  if (has_more) {
    output.append("NextToken", std::to_string(first + max_points - left));
  }
  output.append("Messages", Tree::list());
  return output;
}

}  // namespace

Outcome get_metric_data(const metric::MetricStore& store, metric::AnomalyBands* bands,
                        const Call& call, const Tree& input) {
  std::vector<metric::DataQuery> queries;
  for (const Tree& query : input["MetricDataQueries"].items()) {
    queries.push_back(read_data_query(query));
  }
  if (auto checked = metric::check_queries(queries, "MetricDataQueries"); !checked) {
    return as_refusal(checked.error());
  }
  metric::QueryRange range;
  range.scope = scope_of(call);
  range.start_ms = input["StartTime"].time_ms();
  range.end_ms = input["EndTime"].time_ms();
  range.now_ms = call.now_ms;
  range.bands = bands;
  if (range.start_ms >= range.end_ms) {
    return refuse("ValidationError",
                  "The parameter StartTime must be less than the parameter EndTime.");
  }
  if (const Tree& options = input["LabelOptions"]; options.has("Timezone")) {
    const auto offset = read_offset(options["Timezone"].text());
    if (!offset) {
      return refuse("ValidationError",
                    fmt::format("LabelOptions.Timezone must be an offset such as +0130, not '{}'",
                                options["Timezone"].text()));
    }
    range.utc_offset_s = *offset;
  }
  const auto token = read_token(input);
  if (!token) {
    return tl::unexpected<ApiError>(token.error());
  }
  const auto results = metric::run_queries(store, queries, range);
  if (!results) {
    return as_failure(results.error());
  }
  if (!*results) {
    return as_refusal(results->error());
  }
  std::int64_t max_points = kMaxPagePoints;
  if (input.has("MaxDatapoints")) {
    max_points = std::clamp<std::int64_t>(input["MaxDatapoints"].integer(), 1, kMaxPagePoints);
  }
  return page_of(**results, *token, max_points, input["ScanBy"].text() != "TimestampAscending");
}

}  // namespace weir::api::cloudwatch
