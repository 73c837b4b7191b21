// What a client of CloudWatch Logs gives in languages of its own: a filter pattern on the first
// line, over the rest as an event; the rest also as a lookup table, a pointer, SOURCE commands.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "logs/filter_pattern.h"
#include "logs/pointer_table.h"
#include "logs/source_names.h"
#include "query/functions/text_pattern.h"
#include "query/lookup_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, end);
  const std::string_view rest = end < text.size() ? text.substr(end + 1) : std::string_view();
  if (const auto pattern = weir::logs::FilterPattern::parse(first)) {
    (void)pattern->matches(rest);
    (void)pattern->extracted(rest);
    (void)pattern->value_of(rest.substr(0, 64), rest);
  }
  (void)weir::query::read_lookup_table(rest);
  (void)weir::logs::read_pointer(first);
  (void)weir::logs::read_sources(text);
  // A pattern of a text is its own pattern, however it is cut.
  const std::string pattern = weir::query::pattern_of(rest);
  std::string joined;
  for (const std::string_view part : weir::query::parts_of_pattern(pattern)) {
    joined += part;
  }
  if (joined != pattern) {
    __builtin_trap();
  }
  return 0;
}
