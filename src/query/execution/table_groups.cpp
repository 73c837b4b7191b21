#include "query/execution/table_groups.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "query/execution/conjunct.h"
#include "query/function.h"

namespace weir::query {
namespace {

using column::GroupRequest;
using column::Type;
using Measure = GroupRequest::Measure;

// An aggregation with everything in terms of the scan's columns.
struct OverScan {
  const Plan* scan = nullptr;
  std::vector<ExpressionPtr> keys;
  std::vector<Aggregate> aggregates;
  std::vector<ExpressionPtr> terms;  // of the filters between
};

std::optional<OverScan> over_scan(const Plan& plan) {
  OverScan found;
  found.keys = plan.expressions;
  found.aggregates = plan.aggregates;
  const Plan* node = plan.inputs.front().get();
  for (; node->kind != Plan::Kind::kScan; node = node->inputs.front().get()) {
    if (node->kind == Plan::Kind::kFilter) {
      split_conjunction(node->predicate, found.terms);
    } else if (node->kind == Plan::Kind::kProject) {
      const auto replace = [&](ExpressionPtr& expression) {
        if (expression != nullptr) {
          expression = substitute(expression, node->expressions);
        }
      };
      std::for_each(found.keys.begin(), found.keys.end(), replace);
      std::for_each(found.terms.begin(), found.terms.end(), replace);
      for (Aggregate& aggregate : found.aggregates) {
        replace(aggregate.argument);
      }
    } else {
      return std::nullopt;
    }
  }
  found.scan = node;
  return found;
}

bool is_column(const ExpressionPtr& expression) {
  return expression != nullptr && expression->kind == Expression::Kind::kColumn;
}

template <class T, class IsSame>
std::size_t place_of(std::vector<T>& all, T one, IsSame is_same) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& other) { return is_same(other, one); });
  const auto place = static_cast<std::size_t>(found - all.begin());
  if (found == all.end()) {
    all.push_back(std::move(one));
  }
  return place;
}

std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  return place_of(names, name, std::equal_to<>());
}

// bin(time, 5m), date_trunc('hour', time): a period of fixed length, counted from 1970.
std::optional<GroupRequest::Bin> to_bin(const Expression& key, const Plan& scan) {
  if (key.kind != Expression::Kind::kCall || key.arguments.empty() ||
      !is_column(key.arguments[0]) || key.arguments[0]->type != Type::kTime ||
      (key.function->name != "bin" && key.function->name != "date_trunc")) {
    return std::nullopt;
  }
  const Period& period = *static_cast<const Period*>(key.state.get());
  if (period.unit >= Period::Unit::kWeek) {
    return std::nullopt;
  }
  return GroupRequest::Bin{scan.scan_columns[key.arguments[0]->column], period.approximate_ms(), 0};
}

std::optional<std::vector<Measure::Kind>> measures_of(const Aggregate& aggregate) {
  const bool is_literal = aggregate.argument != nullptr &&
                          aggregate.argument->kind == Expression::Kind::kLiteral &&
                          !aggregate.argument->literal.is_null();
  if (aggregate.kind == AggregateKind::kCountRows ||
      (aggregate.kind == AggregateKind::kCount && is_literal)) {
    return std::vector{Measure::Kind::kCountRows};
  }
  if (!is_column(aggregate.argument)) {
    return std::nullopt;
  }
  const bool is_integer = aggregate.argument->type == Type::kInt64;
  const bool is_number = is_integer || aggregate.argument->type == Type::kTime;
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      return is_number ? std::optional(std::vector{Measure::Kind::kCount}) : std::nullopt;
    case AggregateKind::kSum:
      return is_integer ? std::optional(std::vector{Measure::Kind::kSum}) : std::nullopt;
    case AggregateKind::kAverage:
      return is_integer ? std::optional(std::vector{Measure::Kind::kSum, Measure::Kind::kCount})
                        : std::nullopt;
    case AggregateKind::kStddevPopulation:
    case AggregateKind::kStddevSample:
    case AggregateKind::kVariancePopulation:
    case AggregateKind::kVarianceSample:
      return is_integer ? std::optional(std::vector{Measure::Kind::kSum, Measure::Kind::kCount,
                                                    Measure::Kind::kSquaresLow,
                                                    Measure::Kind::kSquaresHigh})
                        : std::nullopt;
    case AggregateKind::kMin:
      return is_number ? std::optional(std::vector{Measure::Kind::kMin}) : std::nullopt;
    case AggregateKind::kMax:
      return is_number ? std::optional(std::vector{Measure::Kind::kMax}) : std::nullopt;
    default:
      return std::nullopt;
  }
}

AggregateKind merge_kind(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCountRows:
    case AggregateKind::kCount:
      return AggregateKind::kSumOfCounts;
    case AggregateKind::kAverage:
      return AggregateKind::kMeanOfSums;
    case AggregateKind::kStddevPopulation:
      return AggregateKind::kStddevPopulationOfSums;
    case AggregateKind::kStddevSample:
      return AggregateKind::kStddevSampleOfSums;
    case AggregateKind::kVariancePopulation:
      return AggregateKind::kVariancePopulationOfSums;
    case AggregateKind::kVarianceSample:
      return AggregateKind::kVarianceSampleOfSums;
    default:
      return kind;
  }
}

// The terms that a predicate joins by `or`.
void split_disjunction(const ExpressionPtr& predicate, std::vector<ExpressionPtr>& terms) {
  if (predicate->kind == Expression::Kind::kCall && predicate->function->name == "or") {
    for (const ExpressionPtr& argument : predicate->arguments) {
      split_disjunction(argument, terms);
    }
  } else {
    terms.push_back(predicate);
  }
}

bool add_conditions(const OverScan& over, GroupRequest& request) {
  for (const ExpressionPtr& term : over.terms) {
    std::vector<ExpressionPtr> alternatives;
    split_disjunction(term, alternatives);
    std::vector<column::Predicate> predicates;
    for (const ExpressionPtr& alternative : alternatives) {
      auto predicate = to_scan_predicate(*alternative);
      if (!predicate) {
        return false;
      }
      predicate->column =
          place_of(request.conjunct_columns, over.scan->scan_columns[predicate->column]);
      predicates.push_back(std::move(*predicate));
    }
    if (predicates.size() == 1) {
      request.conjuncts.push_back(std::move(predicates.front()));
    } else {
      request.disjunctions.push_back(std::move(predicates));
    }
  }
  return true;
}

}  // namespace

std::optional<TableGroups> to_table_groups(const Plan& plan) {
  const std::optional<OverScan> over = over_scan(plan);
  if (!over) {
    return std::nullopt;
  }
  TableGroups groups;
  GroupRequest& request = groups.request;
  if (!add_conditions(*over, request)) {
    return std::nullopt;
  }
  // Keys that are columns come first in what the table gives, so their places are known at once.
  std::vector<std::optional<std::size_t>> key_places;  // none: the bin, or a literal
  for (const ExpressionPtr& key : over->keys) {
    key_places.emplace_back();
    if (is_column(key)) {
      key_places.back() = place_of(request.keys, over->scan->scan_columns[key->column]);
    } else if (key->kind != Expression::Kind::kLiteral) {
      const auto bin = to_bin(*key, *over->scan);
      if (!bin || (request.bin && !(*request.bin == *bin))) {
        return std::nullopt;
      }
      request.bin = bin;
    }
  }
  const std::size_t num_keys = request.keys.size() + (request.bin ? 1 : 0);

  auto merge = std::make_shared<Plan>(plan);
  merge->inputs.clear();
  for (std::size_t k = 0; k < key_places.size(); ++k) {
    const Expression& key = *over->keys[k];
    if (key.kind != Expression::Kind::kLiteral) {
      merge->expressions[k] = make_column(key_places[k].value_or(request.keys.size()), key.type);
    }
  }
  for (std::size_t a = 0; a < over->aggregates.size(); ++a) {
    const Aggregate& aggregate = over->aggregates[a];
    const auto kinds = measures_of(aggregate);
    if (!kinds) {
      return std::nullopt;
    }
    std::vector<ExpressionPtr> columns;
    for (const Measure::Kind kind : *kinds) {
      Measure measure{kind, ""};
      if (kind != Measure::Kind::kCountRows) {
        measure.column = over->scan->scan_columns[aggregate.argument->column];
      }
      const std::size_t place = place_of(request.measures, std::move(measure), std::equal_to<>());
      columns.push_back(make_column(num_keys + place, Type::kInt64));
      const bool is_greatest_by =
          kinds->size() == 1 && (kind == Measure::Kind::kSum || kind == Measure::Kind::kCountRows);
      if (plan.top && plan.top->aggregate == a && is_greatest_by) {
        request.top = GroupRequest::Top{place, plan.top->count};
      }
    }
    merge->aggregates[a].kind = merge_kind(aggregate.kind);
    merge->aggregates[a].argument = columns.front();
    merge->aggregates[a].order_by = columns.size() == 2 ? columns.back() : nullptr;
    if (columns.size() > 2) {
      merge->aggregates[a].parts.assign(columns.begin() + 1, columns.end());
    }
  }
  request.range = over->scan->range;
  request.include_silent = over->scan->include_silent;
  groups.table = over->scan->table;
  groups.merge = std::move(merge);
  return groups;
}

}  // namespace weir::query
