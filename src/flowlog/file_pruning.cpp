// What the key of a file says of its records, without opening it.

#include <algorithm>
#include <optional>

#include "flowlog/file_scan.h"

namespace weir::flowlog {
namespace {

using column::Comparison;
using column::Value;

// Value of a constant column of a file; nullopt where only the content can tell.
std::optional<Value> constant_of(const InputFile& file, MetaColumn column) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(Value::of_string(value));
  };
  switch (column) {
    case MetaColumn::kFile:
      return Value::of_string(file.path);
    case MetaColumn::kAccount:
      return text(file.key.account);
    case MetaColumn::kRegion:
      return text(file.key.region);
    case MetaColumn::kFlowLogId:
      return text(file.key.flow_log_id);
    case MetaColumn::kObjectTime:
      return file.key.time ? std::optional(Value::of_time(*file.key.time)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

// Narrows `range` (half open) by a conjunct on start.
void narrow(column::TimeRange& range, const column::Predicate& predicate) {
  if (predicate.values.empty() ||
      std::any_of(predicate.values.begin(), predicate.values.end(),
                  [](const Value& value) { return value.type != column::Type::kTime; })) {
    return;
  }
  const auto [least, most] =
      std::minmax_element(predicate.values.begin(), predicate.values.end(),
                          [](const Value& a, const Value& b) { return a.integer < b.integer; });
  const auto after = [](TimeMs time) { return time == INT64_MAX ? time : time + 1; };
  const auto at_least = [&](TimeMs time) {
    range.since = std::max(range.since.value_or(time), time);
  };
  const auto below = [&](TimeMs time) { range.until = std::min(range.until.value_or(time), time); };
  switch (predicate.comparison) {
    case Comparison::kEqual:
    case Comparison::kIn:
      at_least(least->integer);
      below(after(most->integer));
      break;
    case Comparison::kGreater:
      at_least(after(least->integer));
      break;
    case Comparison::kGreaterEqual:
      at_least(least->integer);
      break;
    case Comparison::kLess:
      below(least->integer);
      break;
    case Comparison::kLessEqual:
      below(after(least->integer));
      break;
    default:
      break;
  }
}

}  // namespace

bool may_match(const InputFile& file, const ReadPlan& plan) {
  column::TimeRange range = plan.request.range;
  for (const column::Predicate& predicate : plan.request.conjuncts) {
    const std::string& name = plan.request.columns[predicate.column];
    if (name == "start" || name == "@timestamp") {
      narrow(range, predicate);
    }
  }
  if (!may_hold(file.key, range)) {
    return false;
  }
  for (const auto& use : plan.meta) {
    const auto value = constant_of(file, use.column);
    if (!value) {
      continue;
    }
    column::Column column;
    column.reset_constant(*value, 1);
    for (const column::Predicate& predicate : plan.request.conjuncts) {
      if (predicate.column == use.position && !is_true(predicate, column, 0)) {
        return false;
      }
    }
  }
  return true;
}

void fill_file_columns(const InputFile& file, const ReadPlan& plan, column::Batch& batch) {
  for (const auto& use : plan.meta) {
    if (use.column == MetaColumn::kLayout) {
      continue;  // the readers know it
    }
    const auto value = constant_of(file, use.column);
    column::Column& column = batch.columns[use.position];
    if (value) {
      column.reset_constant(*value, batch.num_rows);
    } else {
      column.reset_constant(info(use.column).type, batch.num_rows);
      column.set_null(0);
    }
  }
}

}  // namespace weir::flowlog
