// Every option of every packet: keys and values, or the bytes and why they are not decoded.

#include <weir/packet/vendor_option.h>

#include <cstdio>

#include "sample.h"

int main(int argc, char** argv) {
  const weir::packet::Parser parser;
  std::size_t number = 0;
  sample::each_packet(argc, argv, parser, [&](const weir::packet::PacketView& view, std::int64_t) {
    ++number;
    for (const auto& option : decode_options(parser, view)) {
      std::printf("%zu %s\n", number, describe(option, view).c_str());
    }
  });
  return 0;
}
