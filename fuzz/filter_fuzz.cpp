// Filter expressions of any text: understood or refused, never harmful. Words of libpcap's language
// are left out, since libpcap is not what is tested here.

#include <cstdint>
#include <string_view>

#include "packet/capture_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::packet;
  if (size > 4096) {
    return 0;
  }
  const auto filter = CaptureFilter::compile(
      {reinterpret_cast<const char*>(data), size},
      [](std::string_view, std::string_view, const PacketView&) { return true; });
  if (filter) {
    static const std::byte kFrame[64]{};
    CapturedPacket packet;
    packet.frame = kFrame;
    PacketView view;
    view.frame = kFrame;
    (void)filter->matches(packet, view);
  }
  return 0;
}
