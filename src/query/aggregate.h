#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/type.h"
#include "query/expression.h"
#include "query/function.h"

namespace weir::query {

// Nulls are ignored by every aggregate but kCountRows; a group without a non-null value gives null
// (counts give 0). Sums of integers are exact (128 bits inside; past 64 bits a double).
enum class AggregateKind : std::uint8_t {
  kCountRows,      // count(*)
  kCount,          // count(x)
  kCountDistinct,  // exact
  kSum,
  kAverage,
  kMin,
  kMax,
  kStddevPopulation,
  kStddevSample,
  kVariancePopulation,
  kVarianceSample,
  kPercentile,  // parameter 0..1; continuous (linear interpolation between closest ranks)
  kFirst,
  kLast,  // earliest(x), latest(x): x at the smallest, largest `order_by`
  kSortsFirst,
  kSortsLast,  // by the sort order of Logs Insights
  // Over partial rows of a table (column::GroupRequest); no language has names for them.
  kSumOfCounts,  // 0 where there is none
  kMeanOfSums,   // `argument` the sums, `order_by` the counts
  // `argument` the sums, `parts` the counts and the halves of the sums of squares, lower first.
  kStddevPopulationOfSums,
  kStddevSampleOfSums,
  kVariancePopulationOfSums,
  kVarianceSampleOfSums,
};

struct Aggregate {
  AggregateKind kind = AggregateKind::kCountRows;
  ExpressionPtr argument;                    // null for kCountRows
  ExpressionPtr order_by;                    // kFirst, kLast
  std::vector<ExpressionPtr> parts;          // of the kinds over partial rows that have some
  double parameter = 0;                      // kPercentile
  column::Type type = column::Type::kInt64;  // of the result
};

struct AggregateFunction {  // names in the languages
  std::string_view name;    // lower case
  std::uint8_t languages;
  AggregateKind kind;
  std::string_view signature;
  std::string_view summary;
};
[[nodiscard]] std::span<const AggregateFunction> all_aggregate_functions();
[[nodiscard]] const AggregateFunction* find_aggregate(std::string_view name, Language language);

}  // namespace weir::query
