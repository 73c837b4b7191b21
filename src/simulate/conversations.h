#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "simulate/topology.h"

namespace weir::simulate {

// What one interface sees of one direction of a conversation: everything of a record but its
// ports, counts and times.
struct Leg {
  InterfaceId observer = 0;
  InterfaceId next_hop = kNone;
  AddressId source = 0, destination = 0;
  AddressId packet_source = 0, packet_destination = 0;
  std::uint32_t pair = 0;  // index of (source, destination) for the truth
  AwsService source_service = AwsService::kNoService;
  AwsService destination_service = AwsService::kNoService;
  std::uint8_t traffic_path = 0;       // egress only
  std::uint8_t encryption_status = 0;  // 0 none, 1 Nitro, 2 application
  bool is_egress = false;
  bool is_reply = false;  // server to client
  bool is_rejected = false;
  bool is_v6 = false;
  bool is_translated = false;  // the client's port is the NAT gateway's
  bool is_lost = false;        // a transit gateway has no route for it
  // The one observation of its packets that counts where each is to count once: the sender's, else
  // the receiver's.
  bool is_counted_once = false;
};

// How much a conversation moves, and for how long: one draw of its class.
struct Volume {
  std::uint32_t packets_out = 0, packets_in = 0;
  std::uint32_t bytes_out = 0, bytes_in = 0;
  std::uint32_t duration_s = 0;
};

enum class TrafficClass : std::uint8_t {
  kPage,         // browsers
  kForwarded,    // load balancer to web server
  kCall,         // service to service
  kQuery,        // database
  kPool,         // a database connection that stays open
  kCacheLookup,  //
  kApiCall,      // to the internet
  kDownload,     // objects and packages
  kScrape,       // metrics
  kDatagram,     // syslog, statsd
  kTime,         // NTP
  kPing,
  kShell,
  kKnock,  // refused
};
inline constexpr std::size_t kNumTrafficClasses = 14;

// Who talks to whom, about what.
struct Relation {
  std::uint32_t first_leg[2] = {0, 0};  // by IP version: 0 = IPv4
  std::uint8_t num_legs[2] = {0, 0};    // 0 = not over this version
  TrafficClass traffic = TrafficClass::kPage;
  std::uint8_t protocol = 6;
  std::uint16_t port = 0;  // the server's; 0 = drawn, or none (ICMP)
};
using RelationId = std::uint32_t;

inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmp = 1;

// Makes relations and their legs; the way of the packets decides who observes what.
class RelationBuilder {
 public:
  explicit RelationBuilder(const Topology& topology) : topology_(topology) {}

  // Both ends inside: up to four observations.
  RelationId inside(InterfaceId client, InterfaceId server, std::uint8_t protocol,
                    std::uint16_t port, TrafficClass traffic);
  // The same, but the server's security group refuses: egress accepted, ingress rejected.
  RelationId refused_inside(InterfaceId client, InterfaceId server, std::uint16_t port);
  // From the internet to an exposed interface.
  RelationId inbound(const Party& client, InterfaceId server, std::uint8_t protocol,
                     std::uint16_t port, TrafficClass traffic);
  // From the internet, refused; the port is the connection's.
  RelationId knock(const Party& client, InterfaceId server, std::uint8_t protocol);
  // To the internet through the zone's NAT gateway: six observations over IPv4; directly (an
  // egress-only gateway) over IPv6.
  RelationId outbound(InterfaceId client, const Party& server, std::uint8_t protocol,
                      std::uint16_t port, TrafficClass traffic);
  // To an AWS service through a gateway endpoint. IPv4 alone.
  RelationId endpoint(InterfaceId client, const Party& server, TrafficClass traffic);
  // Between VPCs, as their transit gateway logs it: into it at the sender's attachment, out of it
  // at the receiver's.
  RelationId across(InterfaceId client, InterfaceId server, std::uint8_t protocol,
                    std::uint16_t port, TrafficClass traffic);
  // Into the transit gateway and lost there.
  RelationId unrouted(InterfaceId client, const Party& server);

  [[nodiscard]] const std::vector<Relation>& relations() const { return relations_; }
  [[nodiscard]] const std::vector<Leg>& legs() const { return legs_; }
  // Addresses of the pairs that legs count for.
  struct Pair {
    AddressId source, destination;
  };
  [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }
  // Numbers the pairs, chooses what counts once; after the last relation.
  void finish();

 private:
  [[nodiscard]] InterfaceId attachment_of(InterfaceId host, std::size_t zone) const;
  RelationId begin(std::uint8_t protocol, std::uint16_t port, TrafficClass traffic);
  void add_leg(bool is_v6, Leg leg);
  void choose_observers(std::size_t first, std::size_t count);

  const Topology& topology_;
  std::vector<Relation> relations_;
  std::vector<Leg> legs_;
  std::vector<Pair> pairs_;
};

// Draws an index in proportion to its weight, in constant time and whole numbers (Walker's alias
// method).
class WeightedChoice {
 public:
  explicit WeightedChoice(std::vector<std::uint64_t> weights);
  [[nodiscard]] std::uint32_t draw(Random& random) const {
    const std::uint64_t bits = random.next();
    const auto slot =
        static_cast<std::size_t>(((bits >> 32) * static_cast<std::uint64_t>(keep_.size())) >> 32);
    return static_cast<std::uint32_t>(bits) < keep_[slot] ? static_cast<std::uint32_t>(slot)
                                                          : other_[slot];
  }

 private:
  std::vector<std::uint32_t> keep_;
  std::vector<std::uint32_t> other_;
};

// The everyday traffic of a topology: relations in proportion to how often they happen.
struct Background {
  std::vector<RelationId> relations;
  std::vector<std::uint64_t> weights;
  std::vector<RelationId> knocks;  // of single records: refused, or lost
};
[[nodiscard]] Background make_background(const Topology& topology, RelationBuilder& builder,
                                         Random& random);

// Draws of every class, made once.
class VolumeTables {
 public:
  explicit VolumeTables(Random& random);
  [[nodiscard]] const Volume& draw(TrafficClass traffic, Random& random) const {
    return volumes_[static_cast<std::size_t>(traffic) * kDraws + random.below(kDraws)];
  }

 private:
  static constexpr std::size_t kDraws = 4096;
  std::vector<Volume> volumes_;
};

}  // namespace weir::simulate
