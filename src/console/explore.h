#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "console/flow_room.h"
#include "console/time_range.h"
#include "format/tree.h"

namespace weir::console {

enum class Metric : std::uint8_t { kBytes, kPackets, kFlows, kRejects };
[[nodiscard]] std::optional<Metric> parse_metric(std::string_view text);
[[nodiscard]] std::string_view name_of(Metric metric);
// "sum(`bytes`)": the metric of a group as Insights computes it, and the condition it needs.
[[nodiscard]] std::string_view aggregate_of(Metric metric);

enum class OrderBy : std::uint8_t { kTotal, kAverage, kMax, kLast };

// What a chart over time asks for.
struct ExploreRequest {
  std::string filter;
  std::vector<std::string> by;
  Metric metric = Metric::kBytes;
  std::size_t top = 10;
  OrderBy order_by = OrderBy::kTotal;
  TimeSpan span;
  std::int64_t points = 300;
  bool has_previous = false;
};
[[nodiscard]] Result<ExploreRequest> read_explore(const format::Tree& body, TimeMs now_ms);

// The answer of POST /api/v1/explore. Errors point into the filter.
[[nodiscard]] Result<format::Tree> explore(const FlowRoom& room, const ExploreRequest& request,
                                           const CancelToken* cancel = nullptr);

// A word as a shell wants it, to be copied.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace weir::console
