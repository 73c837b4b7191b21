#include "query/execution/aggregate_state.h"

namespace weir::query {

std::unique_ptr<AggregateState> make_aggregate_state(const Aggregate& aggregate, Interner& interner,
                                                     MemoryBudget* budget) {
  switch (aggregate.kind) {
    case AggregateKind::kCountDistinct:
    case AggregateKind::kPercentile:
      return make_set_state(aggregate, interner, budget);
    case AggregateKind::kMin:
    case AggregateKind::kMax:
    case AggregateKind::kSortsFirst:
    case AggregateKind::kSortsLast:
    case AggregateKind::kFirst:
    case AggregateKind::kLast:
      return make_extreme_state(aggregate, interner);
    default:
      return make_number_state(aggregate);
  }
}

}  // namespace weir::query
