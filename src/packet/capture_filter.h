#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "packet/capture_reader.h"
#include "packet/verdict.h"
#include "packet/view.h"

namespace weir::packet {

// Which packets to look at: libpcap's language for what is outside, compiled by libpcap, with words
// of our own for what is inside:
//
//   inner [src|dst] host A | net N | port P, inner proto tcp|udp|icmp|icmp6|NUMBER, inner ip|ip6,
//   vni N, depth N, endpoint eni-..., attachment HEX, cookie HEX, option CLASS[/TYPE],
//   verdict NAME, flag NAME, account ID, vpc ID, subnet ID, instance ID
//
// joined by and, or, not and parentheses; "and" and "or" bind alike, from left to right, as in
// libpcap. libpcap is loaded when a word of its language is met.
class CaptureFilter {
 public:
  // Tells whether the inner packet's network belongs to an account, a VPC...: what only an
  // inventory knows. `key` is "account", "vpc", "subnet" or "instance".
  using Lookup =
      std::function<bool(std::string_view key, std::string_view value, const PacketView& view)>;

  // An error points at the part that is not understood. Without `lookup` its words are refused.
  [[nodiscard]] static Result<CaptureFilter> compile(std::string_view text, Lookup lookup = {});

  // `packet` as captured, `view` as parsed from it.
  [[nodiscard]] bool matches(const CapturedPacket& packet, const PacketView& view) const;

  CaptureFilter(CaptureFilter&&) noexcept;
  CaptureFilter& operator=(CaptureFilter&&) noexcept;
  ~CaptureFilter();

 private:
  class Compiler;
  struct Node;
  CaptureFilter();
  std::unique_ptr<Node> root_;
};

}  // namespace weir::packet
