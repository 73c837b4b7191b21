// GENEVE options of any bytes through every layout and profile.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "packet/vendor_option.h"

namespace {

using namespace weir::packet;

Parser parser_of(std::vector<Profile> profiles) {
  ParserOptions options;
  options.profiles = std::move(profiles);
  return Parser(options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Parser kParsers[] = {parser_of({Profile::kGwlb}), parser_of({Profile::kLibgeneve}),
                                    parser_of({Profile::kLibgeneve16, Profile::kLibgeneve})};
  std::vector<std::byte> area(size);
  if (size > 0) {
    std::memcpy(area.data(), data, size);
  }
  PacketView view;
  view.frame = area;
  for (const Parser& parser : kParsers) {
    DecodeCounters counters;
    std::uint64_t num = 0;
    OptionWalk walk(area);
    while (const auto option = walk.next()) {
      const VendorOption decoded = decode_option(parser, *option, &counters);
      if (decoded.is_decoded == !decoded.error.empty() || describe(decoded, view).empty()) {
        std::abort();
      }
      ++num;
    }
    if (counters.decoded + counters.raw + counters.wrong_length != num) {
      std::abort();
    }
  }
  return 0;
}
