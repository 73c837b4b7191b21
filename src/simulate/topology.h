#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/random.h"

namespace weir::simulate {

using AddressId = std::uint32_t;
using InterfaceId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xffff'ffff;

// Addresses with their text, written once and copied into every record.
class AddressBook {
 public:
  struct Text {
    char bytes[47];
    std::uint8_t size;
  };
  AddressId add(const IpAddress& address);
  [[nodiscard]] const Text& text(AddressId id) const { return texts_[id]; }
  [[nodiscard]] std::string_view view(AddressId id) const {
    return {texts_[id].bytes, texts_[id].size};
  }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::vector<Text> texts_;
};

// What AWS knows of an address in pkt-src-aws-service and pkt-dst-aws-service.
enum class AwsService : std::uint8_t { kNoService, kS3, kDynamoDb, kEc2, kAmazon, kCloudFront };
[[nodiscard]] std::string_view name_of(AwsService service);

// Both addresses of one party.
struct Party {
  AddressId v4 = 0;
  AddressId v6 = 0;
  InterfaceId interface = kNone;  // kNone: outside the VPC
  AwsService service = AwsService::kNoService;
};

enum class Tier : std::uint8_t {
  kLoadBalancer,
  kNatGateway,
  kBastion,
  kWeb,
  kApplication,
  kDatabase,
  kCache,
  kMonitoring,
  kEndpoint,
  kIdle,        // carries no traffic: NODATA
  kAttachment,  // of a transit gateway: three of the first VPC, then three of the second
};
inline constexpr std::size_t kNumTiers = 11;

struct Subnet {
  std::string id;
  std::string zone;  // az-id
  std::string vpc_id;
};

// An elastic network interface, with what AWS writes about its owner.
struct Interface {
  std::string id;
  std::string instance_id;     // "-" on interfaces that AWS manages
  std::string interface_type;  // "-" on those of instances
  std::string service_name;    // of its ECS service, and its tag
  std::string task_id;         // of its ECS task; empty = none
  std::string attachment_id;   // of an interface of a transit gateway; empty = none
  std::uint16_t subnet = 0;
  std::uint16_t phase_s = 0;  // when its aggregation windows begin
  std::uint16_t group = 0;    // whose objects its records go to
  Tier tier = Tier::kIdle;
  Party party;
};

struct TopologyOptions {
  std::int64_t num_hosts = 0;
  std::int64_t num_idle = 0;
  std::int64_t num_clients = 0;  // internet clients
  std::int64_t window_s = 60;
  std::string region;
  bool is_one_group = false;  // all records go to one place
  bool is_gateway = false;    // two VPCs joined by a transit gateway, which is what logs
};

// One VPC and those whom it talks to; with a transit gateway two VPCs, the data tiers in the
// second. A pure function of the options and the random numbers.
struct Topology {
  std::string vpc_id;      // the first one's
  std::string gateway_id;  // empty = no transit gateway
  std::vector<std::string> vpc_cidrs;
  std::vector<Subnet> subnets;
  std::vector<Interface> interfaces;
  AddressBook addresses;
  // Interfaces by tier; one load balancer node and one NAT gateway in each zone.
  std::array<std::vector<InterfaceId>, kNumTiers> tiers;
  std::vector<InterfaceId> exposed;  // those that the internet reaches
  std::vector<Party> clients;        // most popular first
  std::vector<Party> scanners;
  std::vector<Party> partners;  // APIs that applications call
  std::vector<Party> mirrors;   // package mirrors, time servers
  std::vector<Party> buckets;   // S3
  std::vector<Party> tables;    // DynamoDB
  std::uint16_t num_groups = 1;

  [[nodiscard]] const std::vector<InterfaceId>& of(Tier tier) const {
    return tiers[static_cast<std::size_t>(tier)];
  }
  [[nodiscard]] const Interface& at(InterfaceId id) const { return interfaces[id]; }
  [[nodiscard]] bool is_gateway() const { return !gateway_id.empty(); }
};
inline constexpr std::size_t kNumZones = 3;

[[nodiscard]] Topology make_topology(const TopologyOptions& options, Random& random);

// "eni-0123456789abcdef0": `prefix` and `digits` hex digits.
[[nodiscard]] std::string make_id(std::string_view prefix, std::size_t digits, Random& random);

}  // namespace weir::simulate
