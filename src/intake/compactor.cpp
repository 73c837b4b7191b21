#include "intake/compactor.h"

#include "intake/flow_table_spec.h"

namespace weir::intake {
namespace {

// More segments than these beside the ones left by the last compaction make another one worth it.
constexpr std::uint64_t kSegmentsBeforeCompaction = 64;

}  // namespace

Result<void> Compactor::run(const CancelToken& cancel) {
  const auto state = store_.state();
  if (state->num_segments() < num_after_ + kSegmentsBeforeCompaction) {
    return {};
  }
  if (!state->table(kFlowsTable)) {  // the segments are of other tables
    num_after_ = state->num_segments();
    return {};
  }
  const auto done = store_.compact(kFlowsTable, &cancel);
  num_after_ = store_.state()->num_segments();
  if (!done && done.error().code != ErrorCode::kCancelled) {
    return tl::unexpected<Error>(done.error());
  }
  return {};
}

}  // namespace weir::intake
