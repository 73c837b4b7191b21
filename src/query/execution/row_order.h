#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "query/plan.h"

namespace weir::query {

// The sort order of Logs Insights for texts: chunks of digits against chunks of others, digits by
// length then value. Source: CloudWatch Logs user guide, "sort".
[[nodiscard]] int compare_insights(std::string_view a, std::string_view b);

// Orders one value of each of two columns of one type; nulls behind everything, or by Insights'
// rules before everything. Negative, 0, positive.
[[nodiscard]] int compare_cells(const column::Column& a, std::size_t row_a, const column::Column& b,
                                std::size_t row_b, bool is_insights_order);

}  // namespace weir::query
