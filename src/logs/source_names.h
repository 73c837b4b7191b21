#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::logs {

// The SOURCE commands at the beginning of a query: SOURCE 'a' | SOURCE "b" | ..., or
// SOURCE logGroups(namePrefix: ['a', 'b'])
struct Sources {
  std::vector<std::string> names;     // of log groups
  std::vector<std::string> prefixes;  // of such names
  std::string problem;                // of a logGroups(...) that asks for what is not here
  std::size_t end = 0;                // where the commands behind them begin
};
// What follows the SOURCE commands is left to the query's own parser.
[[nodiscard]] Sources read_sources(std::string_view query);

}  // namespace weir::logs
