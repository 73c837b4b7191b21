#include "store/total_source.h"

#include <algorithm>

namespace weir::store {
namespace {

using Kind = column::GroupRequest::Measure::Kind;

}  // namespace

TotalSource::Value TotalSource::at(const Totals& totals, std::size_t row) const {
  switch (of) {
    case Of::kRows:
      return {totals.num_rows[row], 0};
    case Of::kNothing:
      return {};
    case Of::kLeastTime:
      return totals.min_time[row] != Totals::kNoTime
                 ? Value{totals.num_rows[row], totals.min_time[row]}
                 : Value{};
    case Of::kGreatestUntil:
      return totals.max_until[row] != -Totals::kNoTime
                 ? Value{totals.num_rows[row], totals.max_until[row]}
                 : Value{};
    case Of::kSum:
      return {totals.num_values[sum][row], totals.sums[sum][row]};
  }
  return {};
}

std::optional<TotalSource> find_total_source(const SegmentReader& segment, const TableSpec& spec,
                                             const TableLayout& layout,
                                             const column::GroupRequest::Measure& measure,
                                             bool is_by_minute) {
  if (measure.kind == Kind::kCountRows) {
    return TotalSource{TotalSource::Of::kRows};
  }
  const auto column = segment.find(measure.column);
  if (!column) {
    return TotalSource{TotalSource::Of::kNothing};
  }
  if (!is_by_minute && measure.kind == Kind::kMin && measure.column == spec.time_column) {
    return TotalSource{TotalSource::Of::kLeastTime};
  }
  if (!is_by_minute && measure.kind == Kind::kMax && layout.until &&
      measure.column == spec.columns[*layout.until].name) {
    return TotalSource{TotalSource::Of::kGreatestUntil};
  }
  const auto& columns = segment.footer().totals->columns;
  const auto at = std::find(columns.begin(), columns.end(), *column);
  if (at == columns.end() || (measure.kind != Kind::kSum && measure.kind != Kind::kCount)) {
    return std::nullopt;
  }
  return TotalSource{TotalSource::Of::kSum, static_cast<std::size_t>(at - columns.begin())};
}

}  // namespace weir::store
