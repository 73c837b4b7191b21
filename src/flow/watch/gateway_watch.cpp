#include "flow/watch/gateway_watch.h"

#include <algorithm>

#include "flow/meter/flow_key.h"
#include "flow/meter/meter_packet.h"

namespace weir::flow {
namespace {

using packet::IpLayer;
using packet::PacketView;

constexpr std::uint32_t kGatewayMtu = 8500;  // of inner packets; 68 bytes more outside
constexpr std::int64_t kReplyWindowNs = 10'000'000'000;
constexpr std::size_t kMaxAppliances = 10'000;
constexpr std::uint64_t kWatchSeed = 0x9e37'79b9'7f4a'7c15;

std::uint64_t header_hash(const PacketView& view) {
  const packet::TunnelLayer& tunnel = view.tunnels[0];
  const std::byte* at = view.frame.data() + tunnel.offset;
  std::uint64_t hash = fold_multiply(packet::load_be64(at) ^ kWatchSeed, kWatchSeed);
  const auto options = view.options(tunnel);
  for (std::size_t i = 0; i + 4 <= options.size(); i += 4) {
    hash = fold_multiply(packet::load_be32(options.data() + i) ^ hash, kWatchSeed);
  }
  return hash;
}

// ICMP "fragmentation needed" (RFC 1191), ICMPv6 "packet too big" (RFC 8201).
bool says_too_big(const IpLayer& ip) {
  return (ip.protocol == packet::kIcmp && ip.source_port == 0x0304) ||
         (ip.protocol == packet::kIcmpV6 && ip.source_port >> 8 == 2);
}

}  // namespace

GatewayWatch::GatewayWatch(Legs legs) : cookies_(kPlaces), flows_(kPlaces), delivered_(kPlaces) {
  report_.has_replies = legs == Legs::kBoth;
}

EndpointReport* GatewayWatch::endpoint_of(const PacketView& view) {
  const auto found = report_.endpoints.find(view.gateway.endpoint);
  if (found != report_.endpoints.end()) {
    return &found->second;
  }
  return report_.endpoints.size() < kMaxEndpoints ? &report_.endpoints[view.gateway.endpoint]
                                                  : nullptr;
}

void GatewayWatch::add(const PacketView& view, std::int64_t time_ns) {
  ++report_.packets;
  if (view.gateway.present == 0) {
    ++report_.without_gateway;
    return;
  }
  report_.incomplete += view.gateway.present != 7 ? 1 : 0;
  if (!view.has_inner_ip()) {
    return;
  }
  const IpLayer& ip = view.inner_ip();
  if (EndpointReport* const endpoint = endpoint_of(view)) {
    ++endpoint->packets;
    endpoint->bytes += ip.length;
    if ((view.gateway.present & 2U) != 0) {
      if (endpoint->attachments.size() < kMaxAttachments ||
          endpoint->attachments.contains(view.gateway.attachment)) {
        endpoint->attachments.insert(view.gateway.attachment);
      } else {
        ++endpoint->other_attachments;
      }
    }
  }
  const bool is_seen_again =
      view.num_tunnels == 1 && report_.has_replies && audit_reply(view, time_ns);
  if (!is_seen_again) {
    report_.largest_inner = std::max(report_.largest_inner, ip.length);
    report_.above_mtu += ip.length > kGatewayMtu ? 1 : 0;
    report_.inner_fragments += ip.is_fragment ? 1 : 0;
    report_.fragmentation_needed += says_too_big(ip) ? 1 : 0;
  }
  if ((view.gateway.present & 4U) != 0 && ip.has_ports && !says_too_big(ip)) {
    MeterPacket packet;
    digest(view, time_ns, kWatchSeed, packet);
    follow_cookie(view, hash_of(packet.key, kWatchSeed));
  }
}

// A flow has one cookie for its life, both ways, and no other flow of the endpoint has it.
void GatewayWatch::follow_cookie(const PacketView& view, std::uint64_t flow) {
  const packet::GatewayIds& ids = view.gateway;
  FlowPlace& known = flows_[flow % kPlaces];
  if (known.flow == flow && known.cookie != ids.cookie) {
    ++report_.cookies_changed;
  }
  known = {flow, ids.cookie};
  CookiePlace& place =
      cookies_[fold_multiply(ids.cookie ^ kWatchSeed, ids.endpoint ^ kWatchSeed) % kPlaces];
  if (place.is_used && place.cookie == ids.cookie && place.endpoint == ids.endpoint &&
      place.flow != flow) {
    ++report_.cookies_reused;
  }
  place = {ids.endpoint, flow, ids.cookie, true};
}

// Both legs have destination port 6081; the outer source tells them apart. Who a packet was
// delivered to is an appliance, and what comes from an appliance is a reply.
bool GatewayWatch::audit_reply(const PacketView& view, std::int64_t time_ns) {
  const IpLayer& outer = view.ips[0];
  if (outer.version == 0) {
    return false;
  }
  const IpAddress source = view.source(outer);
  const IpAddress destination = view.destination(outer);
  ReplyAudit& replies = report_.replies;
  const std::uint64_t print = fingerprint_of(view).packet;
  Delivered& place = delivered_[print % kPlaces];
  const bool is_reply = place.packet == print && place.source == destination &&
                        place.destination == source && time_ns - place.time_ns < kReplyWindowNs;
  if (is_reply) {
    if (place.header != header_hash(view)) {
      ++replies.header_changed;
    } else if (outer.source_port != place.source_port) {
      ++replies.ports_swapped;
    } else {
      ++replies.returned;
    }
    place = {};
    return true;
  }
  if (appliances_.contains(source)) {
    ++replies.unknown_cookie;
    return false;
  }
  if (appliances_.size() < kMaxAppliances) {
    appliances_.insert(destination);
  }
  ++replies.delivered;
  place = {print, header_hash(view), source, destination, outer.source_port, time_ns};
  return false;
}

void GatewayWatch::add_skipped(const PacketView& view, const packet::Parser& parser,
                               std::int64_t time_ns) {
  if (!report_.has_replies || view.verdict != packet::Verdict::kNotTunnel || view.num_ips != 1) {
    return;
  }
  const IpLayer& outer = view.ips[0];
  const auto& ports = parser.options().ports.geneve;
  const std::uint32_t payload = outer.payload_offset + 8;
  if (outer.protocol != packet::kUdp || !outer.has_ports || outer.is_fragment ||
      outer.source_port == 0 ||
      std::find(ports.begin(), ports.end(), outer.source_port) == ports.end() ||
      payload >= view.end) {
    return;
  }
  PacketView reply;
  if (parser.parse_geneve(view.frame.subspan(payload, view.end - payload), reply) !=
          packet::Verdict::kKept ||
      reply.gateway.present == 0 || !reply.has_inner_ip() || reply.num_tunnels != 1) {
    return;
  }
  const std::uint64_t print = fingerprint_of(reply).packet;
  Delivered& place = delivered_[print % kPlaces];
  if (place.packet != print || place.source != view.destination(outer) ||
      place.destination != view.source(outer) || time_ns - place.time_ns >= kReplyWindowNs) {
    return;  // somebody else's traffic
  }
  ++report_.packets;
  ++(place.header != header_hash(reply) ? report_.replies.header_changed
                                        : report_.replies.ports_swapped);
  place = {};
}

void GatewayWatch::add(const FlowRecord& record) {
  report_.after_idle += record.is_after_idle ? 1 : 0;
  if ((record.gateway.present & 1U) == 0 || record.is_continued) {
    return;
  }
  const auto found = report_.endpoints.find(record.gateway.endpoint);
  if (found == report_.endpoints.end()) {
    return;
  }
  ++found->second.flows;
  const bool is_one_way = record.forward.packets == 0 || record.reverse.packets == 0;
  found->second.one_way_flows += record.protocol == packet::kTcp && is_one_way ? 1 : 0;
}

}  // namespace weir::flow
