#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "metric/math/expression.h"
#include "metric/math/value.h"

namespace weir::metric::math {

// Times that a period of a query's range has points at.
struct Grid {
  TimeMs start_ms = 0;
  TimeMs end_ms = 0;
};

// Operators. Of two series a point is where either has one, the other counting as 0; results that
// are not finite (division by zero) are no points.
[[nodiscard]] Result<Value> apply_operator(Expression::Operator op, const Value& left,
                                           const Value& right);
[[nodiscard]] Result<Value> negate(const Value& value);

// Functions that need nothing but their arguments and the range: ABS AVG CEIL DATAPOINT_COUNT DATE
// DAY DIFF DIFF_TIME EPOCH FILL FIRST FLOOR HOUR IF LAST LOG LOG10 MAX METRIC_COUNT MIN MINUTE
// MONTH PERIOD RATE REMOVE_EMPTY RUNNING_SUM SLICE SORT STDDEV SUM TIME_SERIES YEAR. kNotFound
// where there is no such function. Bare words (REPEAT, LINEAR, ASC) are texts. `period_s` is that
// of a series made from a scalar.
[[nodiscard]] Result<Value> call_function(std::string_view name, std::vector<Value> arguments,
                                          const Grid& grid, std::int64_t period_s);

}  // namespace weir::metric::math
