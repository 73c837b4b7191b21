#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "flow/meter/duplicate_filter.h"
#include "flow/meter/flow_record.h"
#include "packet/parser.h"
#include "packet/view.h"

namespace weir::flow {

// What was seen of one endpoint of a Gateway Load Balancer.
struct EndpointReport {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // of inner packets
  std::uint64_t flows = 0;
  std::uint64_t one_way_flows = 0;  // TCP of which one direction alone came this way
  std::set<std::uint64_t> attachments;
  std::uint64_t other_attachments = 0;  // packets of those past the first hundred
};

// How an appliance answered: a gateway wants each packet back under the same GENEVE header and
// options, with the outer addresses swapped and the UDP ports as they were.
struct ReplyAudit {
  std::uint64_t delivered = 0;       // packets to an appliance
  std::uint64_t returned = 0;        // came back as they should
  std::uint64_t header_changed = 0;  // came back under another header or other options
  std::uint64_t ports_swapped = 0;   // came back under other UDP ports
  std::uint64_t unknown_cookie = 0;  // from an appliance, with a cookie that was never delivered

  // Swallowed by the appliance, or still on their way when the capture ended.
  [[nodiscard]] std::uint64_t not_returned() const {
    const std::uint64_t answered = returned + header_changed + ports_swapped;
    return delivered > answered ? delivered - answered : 0;
  }
};

struct WatchReport {
  std::map<std::uint64_t, EndpointReport> endpoints;
  std::uint64_t packets = 0;
  std::uint64_t without_gateway = 0;       // tunnelled, but no gateway's
  std::uint64_t incomplete = 0;            // some but not all three options
  std::uint64_t cookies_reused = 0;        // times that a cookie came with another flow
  std::uint64_t cookies_changed = 0;       // times that a flow came with another cookie
  std::uint64_t after_idle = 0;            // flows that went on after 350 s (TCP) or 120 s
  std::uint64_t above_mtu = 0;             // inner packets of more than 8,500 bytes
  std::uint64_t fragmentation_needed = 0;  // ICMP says a packet was too big
  std::uint64_t inner_fragments = 0;
  ReplyAudit replies;
  bool has_replies =
      true;  // where they pass by as well: an address that gets packets sees no answer
  std::uint32_t largest_inner = 0;
};

// Watches packets of Gateway Load Balancers in bounded memory: tables forget the older of two flows
// that fall on one place. Not thread-safe.
class GatewayWatch {
 public:
  // Which legs of an appliance's traffic come by.
  enum class Legs : std::uint8_t { kBoth, kDelivered };
  explicit GatewayWatch(Legs legs = Legs::kBoth);
  // A packet that was kept.
  void add(const packet::PacketView& view, std::int64_t time_ns);
  // A packet that is no tunnel's by its destination port. It is a reply all the same where an
  // appliance swapped the UDP ports: then it goes from GENEVE's port to the gateway's.
  void add_skipped(const packet::PacketView& view, const packet::Parser& parser,
                   std::int64_t time_ns);
  // A record of the meter over the same packets.
  void add(const FlowRecord& record);
  [[nodiscard]] const WatchReport& report() const { return report_; }

 private:
  static constexpr std::size_t kPlaces = 1 << 16;
  static constexpr std::size_t kMaxEndpoints = 10'000;
  static constexpr std::size_t kMaxAttachments = 100;

  struct CookiePlace {
    std::uint64_t endpoint = 0;
    std::uint64_t flow = 0;
    std::uint32_t cookie = 0;
    bool is_used = false;
  };
  struct FlowPlace {
    std::uint64_t flow = 0;
    std::uint32_t cookie = 0;
  };
  struct Delivered {
    std::uint64_t packet = 0;
    std::uint64_t header = 0;  // of GENEVE header and options
    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;
    std::int64_t time_ns = 0;
  };

  EndpointReport* endpoint_of(const packet::PacketView& view);
  void follow_cookie(const packet::PacketView& view, std::uint64_t flow);
  // Whether it is a packet that was delivered and now comes back.
  bool audit_reply(const packet::PacketView& view, std::int64_t time_ns);

  WatchReport report_;
  std::vector<CookiePlace> cookies_;
  std::vector<FlowPlace> flows_;
  std::vector<Delivered> delivered_;
  std::set<IpAddress> appliances_;
};

[[nodiscard]] std::string to_text(const WatchReport& report);
[[nodiscard]] std::string to_json(const WatchReport& report);

}  // namespace weir::flow
