#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "flow/meter/flow_record.h"

namespace weir::flow {

// Writes flow records as IPFIX messages (RFC 7011) that fit a datagram: bidirectional flows (RFC
// 5103) with layer2SegmentId for the tunnel. One observation domain; not thread-safe.
//
// Templates 256 (IPv4) and 257 (IPv6), the fields in this order (element, bytes):
//   flowStartMilliseconds 152/8, flowEndMilliseconds 153/8, source address 8/4 or 27/16,
//   destination address 12/4 or 28/16, sourceTransportPort 7/2, destinationTransportPort 11/2,
//   protocolIdentifier 4/1, flowEndReason 136/1, biflowDirection 239/1, tcpControlBits 6/2,
//   packetDeltaCount 2/8, octetDeltaCount 1/8, layer2SegmentId 351/8; reversed (enterprise 29305)
//   tcpControlBits 6/2, packetDeltaCount 2/8, octetDeltaCount 1/8
class IpfixWriter {
 public:
  // A whole message; valid during the call.
  using Sink = std::function<void(std::span<const std::byte> message)>;

  IpfixWriter(std::uint32_t observation_domain, Sink sink);

  void add(const FlowRecord& record);
  // Sends what is waiting.
  void flush();

 private:
  static constexpr std::size_t kMaxMessage = 1400;   // with outer headers below an Ethernet MTU
  static constexpr unsigned kTemplateInterval = 20;  // messages; a collector may start late

  void start_message();
  void write_templates();
  void end_set();

  std::uint32_t domain_;
  Sink sink_;
  std::vector<std::byte> message_;
  std::size_t set_begin_ = 0;
  std::uint16_t set_template_ = 0;  // of the open set; 0: none is open
  std::uint32_t sequence_ = 0;      // data records sent before this message
  std::uint32_t num_records_ = 0;   // in this message
  std::uint32_t export_time_s_ = 0;
  unsigned num_messages_ = 0;
};

}  // namespace weir::flow
