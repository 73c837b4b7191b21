// Filter patterns, and the SOURCE commands of queries.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "logs/filter_pattern.h"
#include "logs/source_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto pattern = weir::logs::FilterPattern::parse(text)) {
    (void)pattern->matches("ERROR: a \"message\" of some words");
  }
  (void)weir::logs::read_sources(text);
  return 0;
}
