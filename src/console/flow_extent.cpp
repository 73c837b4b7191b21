#include "console/flow_extent.h"

#include <algorithm>

#include "intake/flow_table_spec.h"
#include "store/table_layout.h"

namespace weir::console {
namespace {

void add_time(FlowExtent& extent, TimeMs first_ms, TimeMs last_ms) {
  extent.oldest_ms = std::min(extent.oldest_ms.value_or(first_ms), first_ms);
  extent.newest_ms = std::max(extent.newest_ms.value_or(last_ms), last_ms);
}

}  // namespace

Result<FlowExtent> flow_extent(store::Store& store) {
  FlowExtent extent;
  const auto table = store.state()->table(intake::kFlowsTable);
  if (table == nullptr) {
    return extent;
  }
  for (const auto& segment : table->segments) {
    extent.num_records += segment->num_rows;
    if (segment->min_time && segment->max_time) {
      add_time(extent, *segment->min_time, *segment->max_time);
    }
  }
  WEIR_ASSIGN_OR_RETURN(const auto snapshot, store.snapshot(intake::kFlowsTable));
  const auto start = store::find_column(*snapshot->spec, snapshot->spec->time_column);
  for (const auto& tail : snapshot->tail) {
    extent.num_records += tail->batch.num_rows;
    for (std::size_t row = 0; start && row < tail->batch.num_rows; ++row) {
      const column::Value time = tail->batch.columns[*start].value_at(row);
      if (!time.is_null()) {
        add_time(extent, time.integer, time.integer);
      }
    }
  }
  return extent;
}

}  // namespace weir::console
