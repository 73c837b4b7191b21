#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "probe/descriptor.h"

namespace weir::probe {

// Netlink, as far as dumps go: one request, many messages until NLMSG_DONE. Attributes are read by
// their lengths, so that what a newer kernel adds is passed over and what an older one leaves out
// is absent.

using Bytes = std::span<const std::uint8_t>;

// A struct at the front of `bytes`; what is missing of it is zero.
template <class T>
[[nodiscard]] T read_struct(Bytes bytes) {
  T value{};
  if (!bytes.empty()) {
    std::memcpy(&value, bytes.data(), bytes.size() < sizeof value ? bytes.size() : sizeof value);
  }
  return value;
}

// Calls take(type, payload) for each attribute; stops at one whose length cannot be.
template <class Take>
void for_each_attribute(Bytes bytes, const Take& take) {
  constexpr std::size_t kHeader = 4;
  while (bytes.size() >= kHeader) {
    std::uint16_t length = 0;
    std::uint16_t type = 0;
    std::memcpy(&length, bytes.data(), 2);
    std::memcpy(&type, bytes.data() + 2, 2);
    if (length < kHeader || length > bytes.size()) {
      return;
    }
    constexpr std::uint16_t kTypeBits = 0x3fff;
    take(static_cast<std::uint16_t>(type & kTypeBits), bytes.subspan(kHeader, length - kHeader));
    const std::size_t padded = (std::size_t{length} + 3) & ~std::size_t{3};
    bytes = bytes.subspan(padded < bytes.size() ? padded : bytes.size());
  }
}

class Netlink {
 public:
  // `protocol`: NETLINK_ROUTE, NETLINK_SOCK_DIAG.
  [[nodiscard]] static Result<Netlink> open(int protocol);

  // Sends a dump request (`payload` follows the header) and calls take(payload) for each message.
  // kBusy where what is dumped changed under it (NLM_F_DUMP_INTR): ask again.
  [[nodiscard]] Result<void> dump(std::uint16_t type, Bytes payload,
                                  const std::function<void(Bytes)>& take);

 private:
  Descriptor descriptor_;
  std::uint32_t sequence_ = 0;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(128U << 10);
};

}  // namespace weir::probe
