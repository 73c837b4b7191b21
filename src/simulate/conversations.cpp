#include "simulate/conversations.h"

#include <algorithm>
#include <utility>

namespace weir::simulate {
namespace {

constexpr std::uint8_t kPathVpc = 1;       // traffic-path: another resource of the VPC
constexpr std::uint8_t kPathEndpoint = 7;  // gateway endpoint
constexpr std::uint8_t kPathInternet = 8;  // internet gateway
constexpr std::uint8_t kNitroEncrypted = 1;
constexpr std::uint8_t kApplicationEncrypted = 2;

AddressId address_of(const Party& party, bool is_v6) { return is_v6 ? party.v6 : party.v4; }

// A leg from `from` to `to` as `observer` sees it; no address is translated.
Leg plain_leg(InterfaceId observer, const Party& from, const Party& to, bool is_v6, bool is_reply) {
  Leg leg;
  leg.observer = observer;
  leg.source = leg.packet_source = address_of(from, is_v6);
  leg.destination = leg.packet_destination = address_of(to, is_v6);
  leg.source_service = from.service;
  leg.destination_service = to.service;
  leg.is_egress = from.interface == observer;
  leg.next_hop = leg.is_egress ? to.interface : from.interface;
  leg.is_reply = is_reply;
  leg.is_v6 = is_v6;
  if (leg.is_egress) {
    leg.traffic_path = to.interface == kNone ? kPathInternet : kPathVpc;
  }
  if (from.interface != kNone && to.interface != kNone) {
    leg.encryption_status = kNitroEncrypted;
  }
  return leg;
}

}  // namespace

RelationId RelationBuilder::begin(std::uint8_t protocol, std::uint16_t port, TrafficClass traffic) {
  Relation relation;
  relation.protocol = protocol;
  relation.port = port;
  relation.traffic = traffic;
  relations_.push_back(relation);
  return static_cast<RelationId>(relations_.size() - 1);
}

// Legs of one version follow each other: add all of IPv4, then all of IPv6.
void RelationBuilder::add_leg(bool is_v6, Leg leg) {
  Relation& relation = relations_.back();
  const std::size_t version = is_v6 ? 1 : 0;
  if (relation.num_legs[version]++ == 0) {
    relation.first_leg[version] = static_cast<std::uint32_t>(legs_.size());
  }
  legs_.push_back(leg);
}

RelationId RelationBuilder::inside(InterfaceId client, InterfaceId server, std::uint8_t protocol,
                                   std::uint16_t port, TrafficClass traffic) {
  const RelationId id = begin(protocol, port, traffic);
  const Party& from = topology_.at(client).party;
  const Party& to = topology_.at(server).party;
  for (const bool is_v6 : {false, true}) {
    if (is_v6 && protocol == kIcmp) {
      break;  // ICMPv6 is another protocol
    }
    add_leg(is_v6, plain_leg(client, from, to, is_v6, false));
    add_leg(is_v6, plain_leg(server, from, to, is_v6, false));
    add_leg(is_v6, plain_leg(server, to, from, is_v6, true));
    add_leg(is_v6, plain_leg(client, to, from, is_v6, true));
  }
  return id;
}

RelationId RelationBuilder::refused_inside(InterfaceId client, InterfaceId server,
                                           std::uint16_t port) {
  const RelationId id = begin(kTcp, port, TrafficClass::kKnock);
  const Party& from = topology_.at(client).party;
  const Party& to = topology_.at(server).party;
  add_leg(false, plain_leg(client, from, to, false, false));
  Leg refused = plain_leg(server, from, to, false, false);
  refused.is_rejected = true;
  add_leg(false, refused);
  return id;
}

RelationId RelationBuilder::inbound(const Party& client, InterfaceId server, std::uint8_t protocol,
                                    std::uint16_t port, TrafficClass traffic) {
  const RelationId id = begin(protocol, port, traffic);
  const Party& to = topology_.at(server).party;
  for (const bool is_v6 : {false, true}) {
    add_leg(is_v6, plain_leg(server, client, to, is_v6, false));
    add_leg(is_v6, plain_leg(server, to, client, is_v6, true));
  }
  return id;
}

RelationId RelationBuilder::knock(const Party& client, InterfaceId server, std::uint8_t protocol) {
  const RelationId id = begin(protocol, 0, TrafficClass::kKnock);
  Leg leg = plain_leg(server, client, topology_.at(server).party, false, false);
  leg.is_rejected = true;
  add_leg(false, leg);
  return id;
}

// What an AWS NAT gateway's interface logs: AWS VPC user guide, "Flow log record examples",
// traffic through a NAT gateway.
RelationId RelationBuilder::outbound(InterfaceId client, const Party& server, std::uint8_t protocol,
                                     std::uint16_t port, TrafficClass traffic) {
  const RelationId id = begin(protocol, port, traffic);
  const Party& host = topology_.at(client).party;
  const auto& gateways = topology_.of(Tier::kNatGateway);
  const InterfaceId gateway = gateways[topology_.at(client).subnet % gateways.size()];
  const Party& nat = topology_.at(gateway).party;

  Leg leg = plain_leg(client, host, server, false, false);
  leg.traffic_path = kPathVpc;
  leg.next_hop = gateway;
  add_leg(false, leg);

  leg = plain_leg(gateway, host, nat, false, false);
  leg.packet_destination = server.v4;
  leg.destination_service = server.service;
  leg.encryption_status = 0;
  add_leg(false, leg);
  leg = plain_leg(gateway, nat, server, false, false);
  leg.is_translated = true;
  add_leg(false, leg);

  leg = plain_leg(gateway, server, nat, false, true);
  leg.is_translated = true;
  add_leg(false, leg);
  leg = plain_leg(gateway, nat, host, false, true);
  leg.packet_source = server.v4;
  leg.source_service = server.service;
  leg.encryption_status = 0;
  add_leg(false, leg);

  leg = plain_leg(client, server, host, false, true);
  leg.next_hop = gateway;
  add_leg(false, leg);

  if (protocol != kIcmp) {
    add_leg(true, plain_leg(client, host, server, true, false));
    add_leg(true, plain_leg(client, server, host, true, true));
  }
  return id;
}

RelationId RelationBuilder::endpoint(InterfaceId client, const Party& server,
                                     TrafficClass traffic) {
  const RelationId id = begin(kTcp, 443, traffic);
  const Party& host = topology_.at(client).party;
  Leg leg = plain_leg(client, host, server, false, false);
  leg.traffic_path = kPathEndpoint;
  leg.encryption_status = kApplicationEncrypted;
  add_leg(false, leg);
  leg = plain_leg(client, server, host, false, true);
  leg.encryption_status = kApplicationEncrypted;
  add_leg(false, leg);
  return id;
}

// The gateway's interface in the VPC of `host` and in `zone`.
InterfaceId RelationBuilder::attachment_of(InterfaceId host, std::size_t zone) const {
  const auto& attachments = topology_.of(Tier::kAttachment);
  const auto& subnets = topology_.subnets;
  const bool is_second = subnets[topology_.at(host).subnet].vpc_id != subnets.front().vpc_id;
  return attachments[(is_second ? kNumZones : 0) + zone % kNumZones];
}

// Packets stay in the sender's zone on their way through (no appliance mode): AWS Transit Gateway
// guide, "Availability Zone affinity".
RelationId RelationBuilder::across(InterfaceId client, InterfaceId server, std::uint8_t protocol,
                                   std::uint16_t port, TrafficClass traffic) {
  const RelationId id = begin(protocol, port, traffic);
  for (const bool is_v6 : {false, true}) {
    if (is_v6 && protocol == kIcmp) {
      break;
    }
    for (const bool is_reply : {false, true}) {
      const InterfaceId from = is_reply ? server : client;
      const InterfaceId to = is_reply ? client : server;
      const std::size_t zone = topology_.at(from).subnet;
      Leg leg = plain_leg(attachment_of(from, zone), topology_.at(from).party,
                          topology_.at(to).party, is_v6, is_reply);
      leg.next_hop = attachment_of(to, zone);
      add_leg(is_v6, leg);
      std::swap(leg.observer, leg.next_hop);
      leg.is_egress = true;
      add_leg(is_v6, leg);
    }
  }
  return id;
}

RelationId RelationBuilder::unrouted(InterfaceId client, const Party& server) {
  const RelationId id = begin(kTcp, 443, TrafficClass::kKnock);
  Leg leg = plain_leg(attachment_of(client, topology_.at(client).subnet),
                      topology_.at(client).party, server, false, false);
  leg.next_hop = kNone;
  leg.is_lost = true;
  add_leg(false, leg);
  return id;
}

void RelationBuilder::choose_observers(std::size_t first, std::size_t count) {
  const auto is_same = [](const Leg& a, const Leg& b) {
    return a.source == b.source && a.destination == b.destination && a.is_reply == b.is_reply &&
           a.is_translated == b.is_translated;
  };
  for (std::size_t i = first; i < first + count; ++i) {
    bool is_chosen = true;
    for (std::size_t other = first; other < first + count; ++other) {
      const bool is_before =
          legs_[other].is_egress != legs_[i].is_egress ? legs_[other].is_egress : other < i;
      is_chosen = is_chosen && (other == i || !is_before || !is_same(legs_[i], legs_[other]));
    }
    legs_[i].is_counted_once = is_chosen;
  }
}

void RelationBuilder::finish() {
  for (const Relation& relation : relations_) {
    for (const std::size_t version : {0, 1}) {
      choose_observers(relation.first_leg[version], relation.num_legs[version]);
    }
  }
  std::vector<std::uint64_t> keys;
  keys.reserve(legs_.size());
  for (const Leg& leg : legs_) {
    keys.push_back(static_cast<std::uint64_t>(leg.source) << 32 | leg.destination);
  }
  std::vector<std::uint64_t> distinct = keys;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::size_t i = 0; i < legs_.size(); ++i) {
    legs_[i].pair = static_cast<std::uint32_t>(
        std::lower_bound(distinct.begin(), distinct.end(), keys[i]) - distinct.begin());
  }
  pairs_.clear();
  for (const std::uint64_t key : distinct) {
    pairs_.push_back({static_cast<AddressId>(key >> 32), static_cast<AddressId>(key)});
  }
}

WeightedChoice::WeightedChoice(std::vector<std::uint64_t> weights) {
  const std::size_t size = weights.size();
  keep_.assign(size, 0xffff'ffff);
  other_.resize(size);
  UInt128 total = 0;
  for (const std::uint64_t weight : weights) {
    total += weight;
  }
  // Each slot holds an equal share of the total: what a light index leaves of its slot, a heavy
  // one takes.
  std::vector<std::uint32_t> light;
  std::vector<std::uint32_t> heavy;
  std::vector<UInt128> left(size);  // weight times size; a slot holds `total`
  for (std::uint32_t i = 0; i < size; ++i) {
    other_[i] = i;
    left[i] = static_cast<UInt128>(weights[i]) * size;
    (left[i] < total ? light : heavy).push_back(i);
  }
  while (!light.empty() && !heavy.empty()) {
    const std::uint32_t small = light.back();
    const std::uint32_t large = heavy.back();
    light.pop_back();
    keep_[small] = static_cast<std::uint32_t>((left[small] << 32) / total);
    other_[small] = large;
    left[large] -= total - left[small];
    if (left[large] < total) {
      heavy.pop_back();
      light.push_back(large);
    }
  }
}

}  // namespace weir::simulate
