#include "api/cloudwatch/data_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cloudwatch/alarm_tree.h"
#include "api/cloudwatch/metric_operations.h"
#include "base/number.h"
#include "metric/insights_sql.h"
#include "metric/query_run.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kMaxPagePoints = 100'800;
constexpr std::int64_t kMostTokenPoint = std::int64_t{1} << 40;  // no series is as long

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

// Where a page begins: results before it, and points of its first one.
struct Place {
  std::size_t result = 0;
  std::int64_t point = 0;
};

// "RESULT.POINT"
tl::expected<Place, ApiError> read_token(const Tree& input) {
  if (!input.has("NextToken")) {
    return Place();
  }
  const std::string& token = input["NextToken"].text();
  const std::size_t dot = token.find('.');
  const auto result = parse_int64(token.substr(0, dot));
  const auto point = parse_int64(dot == std::string::npos ? "" : token.substr(dot + 1));
  if (!result || !point || *result < 0 || *point < 0 || *point > kMostTokenPoint) {
    return refuse("InvalidNextToken", "The NextToken is none of this server's.");
  }
  return Place{static_cast<std::size_t>(*result), *point};
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
  Tree::List times;
  Tree::List values;
  times.reserve(static_cast<std::size_t>(end - begin));
  values.reserve(static_cast<std::size_t>(end - begin));
  const auto size = static_cast<std::int64_t>(result.times.size());
  for (std::int64_t i = begin; i < end; ++i) {
    const auto at = static_cast<std::size_t>(is_descending ? size - 1 - i : i);
    times.push_back(Tree::time(result.times[at]));
    values.emplace_back(result.values[at]);
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

// Of results from `first.result` on.
Tree page_of(const std::vector<metric::DataResult>& results, const Place& first,
             std::int64_t max_points, bool is_descending) {
  Tree list = Tree::list();
  Tree output = Tree::map();
  std::int64_t left = max_points;
  std::optional<Place> next;
  for (std::size_t i = 0; i < results.size() && !next; ++i) {
    const auto size = static_cast<std::int64_t>(results[i].times.size());
    const std::int64_t begin = i == 0 ? std::min(first.point, size) : 0;
    const std::int64_t end = std::min(size, begin + left);
    if (left == 0 && size > 0) {
      next = Place{first.result + i, 0};
      break;
    }
    list.push(result_tree(results[i], begin, end, is_descending));
    left -= end - begin;
    if (end < size) {
      next = Place{first.result + i, end};
    }
  }
  output.append("MetricDataResults", std::move(list));
  if (next) {
    output.append("NextToken", fmt::format("{}.{}", next->result, next->point));
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
  if (std::count_if(queries.begin(), queries.end(), [](const metric::DataQuery& query) {
        return metric::is_insights_query(query.expression);
      }) > 1) {
    return refuse("ValidationError",
                  "MetricDataQueries can hold one Metrics Insights query, returned or not.");
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
  std::int64_t max_points = kMaxPagePoints;
  if (input.has("MaxDatapoints")) {
    max_points = std::clamp<std::int64_t>(input["MaxDatapoints"].integer(), 1, kMaxPagePoints);
  }
  // A point more than the page has: whether there is another page.
  metric::ResultWindow window;
  window.first = token->result;
  window.num_points = static_cast<std::size_t>(token->point + max_points + 1);
  const auto results = metric::run_queries(store, queries, range, window);
  if (!results) {
    return as_failure(results.error());
  }
  if (!*results) {
    return as_refusal(results->error());
  }
  return page_of(**results, *token, max_points, input["ScanBy"].text() != "TimestampAscending");
}

}  // namespace weir::api::cloudwatch
