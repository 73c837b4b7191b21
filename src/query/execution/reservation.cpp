#include "query/execution/reservation.h"

#include <fmt/format.h>

#include "base/number.h"

namespace weir::query {

tl::unexpected<Error> out_of_budget(const char* what, const MemoryBudget& budget) {
  return fail(ErrorCode::kLimit,
              fmt::format("{} needs more than the {} of memory it may have; raise --memory, narrow "
                          "the range with --since and --until or a filter, or group by less",
                          what, format_bytes(static_cast<double>(budget.limit_bytes()))));
}

}  // namespace weir::query
