#include "query/plan.h"

#include <fmt/format.h>

#include <string>

#include "base/time_text.h"
#include "query/execution/conjunct.h"

namespace weir::query {
namespace {

std::string_view name_of(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCountRows:
      return "count(*)";
    case AggregateKind::kCount:
      return "count";
    case AggregateKind::kCountDistinct:
      return "count_distinct";
    case AggregateKind::kSum:
      return "sum";
    case AggregateKind::kAverage:
      return "avg";
    case AggregateKind::kMin:
      return "min";
    case AggregateKind::kMax:
      return "max";
    case AggregateKind::kStddevPopulation:
      return "stddev_pop";
    case AggregateKind::kStddevSample:
      return "stddev_samp";
    case AggregateKind::kVariancePopulation:
      return "var_pop";
    case AggregateKind::kVarianceSample:
      return "var_samp";
    case AggregateKind::kPercentile:
      return "percentile";
    case AggregateKind::kFirst:
      return "first";
    case AggregateKind::kLast:
      return "last";
    case AggregateKind::kSortsFirst:
      return "sorts_first";
    case AggregateKind::kSortsLast:
      return "sorts_last";
    case AggregateKind::kSumOfCounts:
      return "sum of counts";
    case AggregateKind::kMeanOfSums:
      return "mean of sums";
    case AggregateKind::kStddevPopulationOfSums:
    case AggregateKind::kStddevSampleOfSums:
    case AggregateKind::kVariancePopulationOfSums:
    case AggregateKind::kVarianceSampleOfSums:
      return "spread of sums";
  }
  return "";
}

std::string list_of(const std::vector<ExpressionPtr>& expressions, const column::Schema& input) {
  std::string text;
  for (const auto& expression : expressions) {
    text += (text.empty() ? "" : ", ") + to_text(*expression, input);
  }
  return text;
}

std::string aggregate_text(const Plan& plan, const column::Schema& input) {
  std::string text;
  for (const Aggregate& aggregate : plan.aggregates) {
    text += text.empty() ? "" : ", ";
    text += name_of(aggregate.kind);
    if (aggregate.argument != nullptr) {
      text += '(';
      text += to_text(*aggregate.argument, input);
      if (aggregate.kind == AggregateKind::kPercentile) {
        text += fmt::format(", {}", aggregate.parameter);
      }
      if (aggregate.order_by != nullptr) {
        text += " by " + to_text(*aggregate.order_by, input);
      }
      text += ")";
    }
  }
  if (!plan.expressions.empty()) {
    text += " by " + list_of(plan.expressions, input);
  }
  return text;
}

std::string line_of(const Plan& plan) {
  static const column::Schema kNone;
  const column::Schema& input = plan.inputs.empty() ? kNone : plan.inputs.front()->schema;
  switch (plan.kind) {
    case Plan::Kind::kScan: {
      std::string text = "scan";
      for (std::size_t i = 0; i < plan.schema.size(); ++i) {
        text += (i == 0 ? " " : ", ") + plan.schema[i].name;
      }
      if (plan.range.since) {
        text += " since " + to_time_text(*plan.range.since);
      }
      if (plan.range.until) {
        text += " until " + to_time_text(*plan.range.until);
      }
      text += plan.include_silent ? "" : " without NODATA and SKIPDATA";
      return text;
    }
    case Plan::Kind::kFilter:
      return "filter " + to_text(*plan.predicate, input);
    case Plan::Kind::kProject: {
      std::string text = "project ";
      for (std::size_t i = 0; i < plan.expressions.size(); ++i) {
        const std::string value = to_text(*plan.expressions[i], input);
        text += i > 0 ? ", " : "";
        text += value == plan.schema[i].name ? value : value + " as " + plan.schema[i].name;
      }
      return text;
    }
    case Plan::Kind::kAggregate:
      return "aggregate " + aggregate_text(plan, input);
    case Plan::Kind::kSort: {
      std::string text = plan.limit ? fmt::format("top {}", *plan.limit) : "sort";
      for (std::size_t i = 0; i < plan.sort_keys.size(); ++i) {
        text += (i > 0 ? ", " : " by ") + to_text(*plan.sort_keys[i].expression, input);
        text += plan.sort_keys[i].is_descending ? " desc" : "";
      }
      return text;
    }
    case Plan::Kind::kLimit:
      return fmt::format("limit {}{}", plan.limit ? std::to_string(*plan.limit) : "all",
                         plan.offset > 0 ? fmt::format(" offset {}", plan.offset) : "");
    case Plan::Kind::kDistinctOn:
      return "distinct " + list_of(plan.expressions, input);
    case Plan::Kind::kJoin: {
      std::string text = plan.join_kind == JoinKind::kLeft ? "left join" : "join";
      for (std::size_t i = 0; i < plan.left_keys.size(); ++i) {
        text += (i > 0 ? " and " : " on ") + to_text(*plan.left_keys[i], plan.inputs[0]->schema) +
                " = " + to_text(*plan.right_keys[i], plan.inputs[1]->schema);
      }
      if (plan.predicate != nullptr) {
        text += " where " + to_text(*plan.predicate, plan.schema);
      }
      return text;
    }
    case Plan::Kind::kUnionAll:
      return "union all";
    case Plan::Kind::kValues:
      return fmt::format("values, {} rows", plan.rows.size());
    case Plan::Kind::kUnnest:
      return fmt::format("unnest {} into {}", to_text(*plan.expressions[0], input),
                         plan.schema[plan.targets[0]].name);
    case Plan::Kind::kLookup: {
      std::string text = "look up " + list_of(plan.left_keys, input);
      for (const std::size_t target : plan.targets) {
        text += (target == plan.targets.front() ? " giving " : ", ") + plan.schema[target].name;
      }
      return plan.found_target ? text + " as " + plan.schema[*plan.found_target].name : text;
    }
    case Plan::Kind::kTotals: {
      std::string text = "totals of";
      for (const std::size_t target : plan.targets) {
        text += (target == plan.targets.front() ? " " : ", ") + plan.schema[target].name;
      }
      return text;
    }
    case Plan::Kind::kPatterns:
      return plan.inputs.size() == 2 ? "patterns, now and before" : "patterns";
  }
  return "";
}

void append_lines(const Plan& plan, std::size_t depth, std::string& out) {
  out.append(depth * 2, ' ');
  out += line_of(plan) + "\n";
  for (const auto& input : plan.inputs) {
    append_lines(*input, depth + 1, out);
  }
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::string text;
  append_lines(plan, 0, text);
  return text;
}

}  // namespace weir::query
