#include "simulate/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::simulate {
namespace {

constexpr std::uint32_t kVpcNetwork = 0x0a140000;     // 10.20.0.0/16
constexpr std::uint32_t kSecondNetwork = 0x0a1e0000;  // 10.30.0.0/16
constexpr std::uint64_t kVpcNetworkV6 = 0x2600'1f18'4a2b'c700;
constexpr std::uint32_t kSubnetHosts = 4096;  // a /20
constexpr std::int64_t kHostsOfGroup = 1024;
constexpr std::int64_t kMostGroups = 4;
constexpr std::size_t kNumScanners = 1024;

// First octets of networks that are public whatever follows them.
constexpr std::uint8_t kPublicOctets[] = {23,  31,  37,  45,  62,  78,  81,  86,  91,
                                          103, 109, 121, 142, 151, 177, 185, 195, 212};

std::uint32_t random_public(Random& random) {
  const std::uint32_t first = kPublicOctets[random.below(std::size(kPublicOctets))];
  return first << 24 | static_cast<std::uint32_t>(random.below(0x1'0000)) << 8 |
         static_cast<std::uint32_t>(1 + random.below(254));
}

IpAddress random_public_v6(Random& random) {
  return {0x2a00'0000'0000'0000 | random.below(0x0100'0000'0000) << 16 | random.below(0x1'0000),
          random.next()};
}

std::uint32_t random_in(std::uint32_t network, std::uint32_t length, Random& random) {
  return network | static_cast<std::uint32_t>(1 + random.below((1ULL << (32 - length)) - 2));
}

// Places interfaces in subnets: public, application and data ones, each in three zones.
class Builder {
 public:
  Builder(const TopologyOptions& options, Random& random) : options_(options), random_(random) {}

  Topology build() {
    topology_.vpc_id = make_id("vpc-", 17, random_);
    topology_.vpc_cidrs = {"10.20.0.0/16"};
    if (options_.is_gateway) {
      topology_.gateway_id = make_id("tgw-", 17, random_);
      topology_.vpc_cidrs.emplace_back("10.30.0.0/16");
    }
    add_subnets();
    add_interfaces();
    add_outsiders();
    return std::move(topology_);
  }

 private:
  enum Layer : std::uint16_t { kPublic, kApplications, kData };

  void add_subnets() {
    // "us-east-1" is use1: AWS's zone ids carry the region's abbreviation.
    std::string zone;
    for (std::size_t i = 0; i < options_.region.size(); ++i) {
      if (i < 2 || options_.region[i - 1] == '-') {
        zone += options_.region[i];
      }
    }
    const std::string second =
        options_.is_gateway ? make_id("vpc-", 17, random_) : topology_.vpc_id;
    for (std::size_t layer = 0; layer < 3; ++layer) {
      for (std::size_t i = 0; i < kNumZones; ++i) {
        topology_.subnets.push_back({make_id("subnet-", 17, random_),
                                     fmt::format("{}-az{}", zone, i + 1),
                                     layer == kData ? second : topology_.vpc_id});
      }
    }
    next_host_.assign(topology_.subnets.size(), 10);
  }

  InterfaceId add(Tier tier, Layer layer, std::string_view type, std::string_view service) {
    const auto id = static_cast<InterfaceId>(topology_.interfaces.size());
    auto& members = topology_.tiers[static_cast<std::size_t>(tier)];
    auto subnet = static_cast<std::uint16_t>(layer * kNumZones + members.size() % kNumZones);
    Interface interface;
    interface.id = make_id("eni-", 17, random_);
    interface.interface_type = type;
    interface.instance_id = type == "-" ? make_id("i-", 17, random_) : "-";
    interface.service_name = service;
    interface.subnet = subnet;
    interface.phase_s =
        static_cast<std::uint16_t>(random_.below(static_cast<std::uint64_t>(options_.window_s)));
    interface.tier = tier;
    const std::uint32_t host = next_host_[subnet]++ % kSubnetHosts;
    const std::uint32_t network =
        options_.is_gateway && layer == kData ? kSecondNetwork : kVpcNetwork;
    interface.party.v4 =
        topology_.addresses.add(IpAddress::from_v4(network | subnet * kSubnetHosts | host));
    interface.party.v6 =
        topology_.addresses.add({kVpcNetworkV6 | subnet, random_.next() | 1ULL << 60});
    interface.party.interface = id;
    members.push_back(id);
    topology_.interfaces.push_back(std::move(interface));
    return id;
  }

  void add_interfaces() {
    for (std::size_t i = 0; i < kNumZones; ++i) {
      topology_.exposed.push_back(
          add(Tier::kLoadBalancer, kPublic, "network_load_balancer", "edge"));
    }
    for (std::size_t i = 0; i < kNumZones; ++i) {
      topology_.exposed.push_back(add(Tier::kNatGateway, kPublic, "nat_gateway", "-"));
    }
    topology_.exposed.push_back(add(Tier::kBastion, kPublic, "-", "bastion"));
    add(Tier::kMonitoring, kApplications, "-", "monitoring");
    for (std::size_t i = 0; i < kNumZones; ++i) {
      add(Tier::kEndpoint, kApplications, "vpc_endpoint", "-");
    }
    // A transit gateway joins halves of about one size.
    const std::int64_t hosts = options_.num_hosts;
    const bool is_gateway = options_.is_gateway;
    const std::int64_t caches = std::max<std::int64_t>(2, hosts / (is_gateway ? 4 : 20));
    const std::int64_t databases = std::max<std::int64_t>(2, hosts / (is_gateway ? 4 : 16));
    const std::int64_t webs = std::max<std::int64_t>(3, hosts / (is_gateway ? 8 : 3));
    const std::int64_t applications =
        std::max<std::int64_t>(6, hosts - caches - databases - webs - 2);
    constexpr std::string_view kApplicationNames[] = {"orders", "catalogue", "billing", "search",
                                                      "batch-jobs"};
    for (std::int64_t i = 0; i < webs; ++i) {
      add(Tier::kWeb, kApplications, "-", "web");
    }
    for (std::int64_t i = 0; i < applications; ++i) {
      const InterfaceId id = add(Tier::kApplication, kApplications, "-",
                                 kApplicationNames[static_cast<std::size_t>(i) % 5]);
      if (i % 4 == 1) {  // a Fargate task: no instance
        topology_.interfaces[id].task_id = make_id("", 32, random_);
        topology_.interfaces[id].instance_id = "-";
      }
    }
    for (std::int64_t i = 0; i < databases; ++i) {
      add(Tier::kDatabase, kData, "-", "database");
    }
    for (std::int64_t i = 0; i < caches; ++i) {
      add(Tier::kCache, kData, "-", "cache");
    }
    for (std::int64_t i = 0; i < options_.num_idle; ++i) {
      const InterfaceId id = add(Tier::kIdle, kData, "-", "standby");
      if (is_gateway) {
        topology_.interfaces[id].attachment_id = make_id("tgw-attach-", 17, random_);
      }
    }
    if (is_gateway) {
      for (const Layer layer : {kApplications, kData}) {
        const std::string attachment = make_id("tgw-attach-", 17, random_);
        for (std::size_t i = 0; i < kNumZones; ++i) {
          const InterfaceId id = add(Tier::kAttachment, layer, "transit_gateway", "-");
          topology_.interfaces[id].attachment_id = attachment;
        }
      }
    }
    topology_.num_groups = options_.is_one_group
                               ? std::uint16_t{1}
                               : static_cast<std::uint16_t>(std::clamp<std::int64_t>(
                                     hosts / kHostsOfGroup + 1, 1, kMostGroups));
    for (std::size_t i = 0; i < topology_.interfaces.size(); ++i) {
      topology_.interfaces[i].group = static_cast<std::uint16_t>(i % topology_.num_groups);
    }
  }

  // An address of `draw` that nobody has yet: sums by address stay sums by party.
  template <class Draw>
  Party outsider(Draw draw, AwsService service) {
    std::uint32_t v4 = draw();
    while (!taken_.insert(v4).second) {
      v4 = draw();
    }
    Party party;
    party.v4 = topology_.addresses.add(IpAddress::from_v4(v4));
    party.v6 = topology_.addresses.add(random_public_v6(random_));
    party.service = service;
    return party;
  }

  void add_outsiders() {
    const auto anywhere = [&] { return random_public(random_); };
    const auto within = [&](std::uint32_t network, std::uint32_t length) {
      return [this, network, length] { return random_in(network, length, random_); };
    };
    const auto cloud_front = within(0x0de00000, 14);  // networks as in AWS's ip-ranges.json
    const auto compute = within(0x03500000, 12);
    const auto s3 = within(0x34d80000, 15);
    const auto dynamo = within(0x345e0000, 22);
    for (std::int64_t i = 0; i < options_.num_clients; ++i) {
      topology_.clients.push_back(i % 16 == 3  // CloudFront fetches for its own clients
                                      ? outsider(cloud_front, AwsService::kCloudFront)
                                      : outsider(anywhere, AwsService::kNoService));
    }
    for (std::size_t i = 0; i < kNumScanners; ++i) {
      topology_.scanners.push_back(outsider(anywhere, AwsService::kNoService));
    }
    for (std::size_t i = 0; i < 40; ++i) {
      topology_.partners.push_back(i % 4 == 2 ? outsider(compute, AwsService::kEc2)
                                              : outsider(anywhere, AwsService::kNoService));
    }
    for (std::size_t i = 0; i < 8; ++i) {
      topology_.mirrors.push_back(outsider(anywhere, AwsService::kNoService));
      topology_.buckets.push_back(outsider(s3, AwsService::kS3));
      topology_.tables.push_back(outsider(dynamo, AwsService::kDynamoDb));
    }
  }

  const TopologyOptions& options_;
  Random& random_;
  Topology topology_;
  std::vector<std::uint32_t> next_host_;
  std::set<std::uint32_t> taken_;
};

}  // namespace

AddressId AddressBook::add(const IpAddress& address) {
  Text text{};
  text.size = static_cast<std::uint8_t>(format_ip(address, text.bytes));
  texts_.push_back(text);
  return static_cast<AddressId>(texts_.size() - 1);
}

std::string_view name_of(AwsService service) {
  constexpr std::string_view kNames[] = {"-", "S3", "DYNAMODB", "EC2", "AMAZON", "CLOUDFRONT"};
  return kNames[static_cast<std::size_t>(service)];
}

std::string make_id(std::string_view prefix, std::size_t digits, Random& random) {
  std::string id(prefix);
  for (std::size_t i = 0; i < digits; ++i) {
    id += "0123456789abcdef"[random.below(16)];
  }
  if (digits == 17) {
    id[prefix.size()] = '0';  // AWS's long ids begin so
  }
  return id;
}

Topology make_topology(const TopologyOptions& options, Random& random) {
  return Builder(options, random).build();
}

}  // namespace weir::simulate
