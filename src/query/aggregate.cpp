#include "query/aggregate.h"

#include <algorithm>

namespace weir::query {
namespace {

constexpr auto kSql = static_cast<std::uint8_t>(Language::kSql);
constexpr auto kInsights = static_cast<std::uint8_t>(Language::kInsights);

using Kind = AggregateKind;

constexpr AggregateFunction kAggregates[] = {
    {"count", kBothLanguages, Kind::kCount, "count(*) or count(x)", "Number of rows, or of values"},
    {"count_over_time", kInsights, Kind::kCount, "count_over_time(*)",
     "Number of rows, or of values: count, for use with bin()"},
    {"sum_over_time", kInsights, Kind::kSum, "sum_over_time(x)", "Sum, for use with bin()"},
    {"count_distinct", kBothLanguages, Kind::kCountDistinct, "count_distinct(x)",
     "Number of different values, exact"},
    {"sum", kBothLanguages, Kind::kSum, "sum(x)", "Sum, exact for integers"},
    {"avg", kBothLanguages, Kind::kAverage, "avg(x)", "Mean"},
    {"mean", kSql, Kind::kAverage, "mean(x)", "Mean"},
    {"min", kBothLanguages, Kind::kMin, "min(x)", "Smallest value"},
    {"max", kBothLanguages, Kind::kMax, "max(x)", "Largest value"},
    {"stddev", kBothLanguages, Kind::kStddevPopulation, "stddev(x)",
     "Standard deviation of the population"},
    {"std", kSql, Kind::kStddevPopulation, "std(x)", "Standard deviation of the population"},
    {"stddev_pop", kSql, Kind::kStddevPopulation, "stddev_pop(x)",
     "Standard deviation of the population"},
    {"stddev_samp", kSql, Kind::kStddevSample, "stddev_samp(x)",
     "Standard deviation of the sample"},
    {"variance", kSql, Kind::kVariancePopulation, "variance(x)", "Variance of the population"},
    {"var_pop", kSql, Kind::kVariancePopulation, "var_pop(x)", "Variance of the population"},
    {"var_samp", kSql, Kind::kVarianceSample, "var_samp(x)", "Variance of the sample"},
    {"pct", kInsights, Kind::kPercentile, "pct(x, 95)",
     "Percentile, interpolated between the nearest ranks"},
    {"percentile", kBothLanguages, Kind::kPercentile, "percentile(x, 95)",
     "Percentile, interpolated between the nearest ranks"},
    {"quantile_cont", kSql, Kind::kPercentile, "quantile_cont(x, 0.95)",
     "Quantile, interpolated between the nearest ranks"},
    {"percentile_cont", kSql, Kind::kPercentile, "percentile_cont(x, 0.95)",
     "Quantile, interpolated between the nearest ranks"},
    {"median", kBothLanguages, Kind::kPercentile, "median(x)", "The value in the middle"},
    {"earliest", kInsights, Kind::kFirst, "earliest(x)", "Value of the smallest @timestamp"},
    {"latest", kInsights, Kind::kLast, "latest(x)", "Value of the largest @timestamp"},
    {"arg_min", kSql, Kind::kFirst, "arg_min(x, by)", "Value where `by` is smallest"},
    {"min_by", kSql, Kind::kFirst, "min_by(x, by)", "Value where `by` is smallest"},
    {"arg_max", kSql, Kind::kLast, "arg_max(x, by)", "Value where `by` is largest"},
    {"max_by", kSql, Kind::kLast, "max_by(x, by)", "Value where `by` is largest"},
    {"sortsfirst", kInsights, Kind::kSortsFirst, "sortsFirst(x)", "Value that sorts first"},
    {"sortslast", kInsights, Kind::kSortsLast, "sortsLast(x)", "Value that sorts last"},
};

}  // namespace

std::span<const AggregateFunction> all_aggregate_functions() { return kAggregates; }

const AggregateFunction* find_aggregate(std::string_view name, Language language) {
  for (const AggregateFunction& function : kAggregates) {
    const bool is_name =
        std::equal(name.begin(), name.end(), function.name.begin(), function.name.end(),
                   [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
    if (is_name && (function.languages & static_cast<std::uint8_t>(language)) != 0) {
      return &function;
    }
  }
  return nullptr;
}

}  // namespace weir::query
