#include <algorithm>
#include <cstdint>

#include "simulate/conversations.h"

namespace weir::simulate {
namespace {

// Shares below are of connections, in thousandths; this is what their parts are counted in.
constexpr std::uint64_t kUnit = 1'000'000'000'000;

// Gathers relations of one kind and spreads the kind's share over them, the first most.
class Share {
 public:
  Share(Background& background, std::uint64_t share) : background_(background), share_(share) {}
  void add(RelationId relation) { relations_.push_back(relation); }
  // Zipf: the k-th in proportion to 1 / k.
  void spread_by_rank() {
    spread([](std::uint64_t rank) { return kUnit / rank; });
  }
  void spread_evenly() {
    spread([](std::uint64_t) { return kUnit; });
  }

 private:
  template <class WeightOf>
  void spread(WeightOf weight_of) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < relations_.size(); ++i) {
      total += weight_of(i + 1);
    }
    const std::uint64_t scale = std::max<std::uint64_t>(total / 1'000'000'000, 1);
    for (std::size_t i = 0; i < relations_.size(); ++i) {
      background_.relations.push_back(relations_[i]);
      background_.weights.push_back(weight_of(i + 1) * share_ / scale);
    }
  }

  Background& background_;
  std::uint64_t share_;
  std::vector<RelationId> relations_;
};

InterfaceId any_of(const std::vector<InterfaceId>& members, Random& random) {
  return members[random.below(members.size())];
}

void add_front(const Topology& topology, RelationBuilder& builder, Random& random,
               Background& background) {
  const auto& balancers = topology.of(Tier::kLoadBalancer);
  Share pages(background, 250);
  for (const Party& client : topology.clients) {
    pages.add(builder.inbound(client, any_of(balancers, random), kTcp, 443, TrafficClass::kPage));
  }
  pages.spread_by_rank();
  Share redirects(background, 12);
  for (std::size_t i = 0; i < topology.clients.size(); i += 5) {
    redirects.add(builder.inbound(topology.clients[i], any_of(balancers, random), kTcp, 80,
                                  TrafficClass::kCacheLookup));
  }
  redirects.spread_by_rank();
  Share forwarded(background, 150);
  for (const InterfaceId web : topology.of(Tier::kWeb)) {
    for (const InterfaceId balancer : balancers) {
      forwarded.add(builder.inside(balancer, web, kTcp, 8080, TrafficClass::kForwarded));
    }
  }
  forwarded.spread_evenly();
}

void add_services(const Topology& topology, RelationBuilder& builder, Random& random,
                  Background& background) {
  constexpr std::uint16_t kDatabasePorts[] = {5432, 3306, 5432, 9042};
  Share calls(background, 120);
  for (const InterfaceId web : topology.of(Tier::kWeb)) {
    for (int i = 0; i < 4; ++i) {
      calls.add(builder.inside(web, any_of(topology.of(Tier::kApplication), random), kTcp, 8443,
                               TrafficClass::kCall));
    }
  }
  calls.spread_by_rank();
  Share queries(background, 70);
  Share pools(background, 5);
  Share lookups(background, 80);
  for (const InterfaceId application : topology.of(Tier::kApplication)) {
    const auto& databases = topology.of(Tier::kDatabase);
    const std::size_t chosen = random.below(databases.size());
    const std::uint16_t port = kDatabasePorts[chosen % 4];
    queries.add(builder.inside(application, databases[chosen], kTcp, port, TrafficClass::kQuery));
    pools.add(builder.inside(application, databases[chosen], kTcp, port, TrafficClass::kPool));
    lookups.add(builder.inside(application, any_of(topology.of(Tier::kCache), random), kTcp, 6379,
                               TrafficClass::kCacheLookup));
  }
  queries.spread_by_rank();
  pools.spread_evenly();
  lookups.spread_by_rank();
}

void add_outward(const Topology& topology, RelationBuilder& builder, Random& random,
                 Background& background) {
  const auto& applications = topology.of(Tier::kApplication);
  Share partners(background, 40);
  Share buckets(background, 50);
  Share tables(background, 35);
  Share endpoints(background, 15);
  for (const InterfaceId host : applications) {
    for (int i = 0; i < 2; ++i) {
      partners.add(builder.outbound(host, topology.partners[random.below(topology.partners.size())],
                                    kTcp, 443, TrafficClass::kApiCall));
    }
    buckets.add(builder.endpoint(host, topology.buckets[random.below(topology.buckets.size())],
                                 TrafficClass::kDownload));
    tables.add(builder.endpoint(host, topology.tables[random.below(topology.tables.size())],
                                TrafficClass::kApiCall));
    endpoints.add(builder.inside(host, any_of(topology.of(Tier::kEndpoint), random), kTcp, 443,
                                 TrafficClass::kApiCall));
  }
  partners.spread_by_rank();
  buckets.spread_by_rank();
  tables.spread_by_rank();
  endpoints.spread_evenly();
  Share mirrors(background, 6);
  Share clocks(background, 8);
  for (const InterfaceId web : topology.of(Tier::kWeb)) {
    const Party& mirror = topology.mirrors[random.below(topology.mirrors.size())];
    mirrors.add(builder.outbound(web, mirror, kTcp, 443, TrafficClass::kDownload));
    clocks.add(builder.outbound(web, mirror, kUdp, 123, TrafficClass::kTime));
  }
  mirrors.spread_evenly();
  clocks.spread_evenly();
}

void add_upkeep(const Topology& topology, RelationBuilder& builder, Random& random,
                Background& background) {
  const InterfaceId monitoring = topology.of(Tier::kMonitoring).front();
  const InterfaceId bastion = topology.of(Tier::kBastion).front();
  Share scrapes(background, 35);
  Share logs(background, 25);
  Share counters(background, 12);
  Share pings(background, 10);
  Share shells(background, 2);
  Share refused(background, 5);
  for (const Tier tier : {Tier::kWeb, Tier::kApplication, Tier::kDatabase, Tier::kCache}) {
    for (const InterfaceId host : topology.of(tier)) {
      scrapes.add(builder.inside(monitoring, host, kTcp, 9100, TrafficClass::kScrape));
      logs.add(builder.inside(host, monitoring, kUdp, 514, TrafficClass::kDatagram));
      counters.add(builder.inside(host, monitoring, kUdp, 8125, TrafficClass::kDatagram));
      pings.add(builder.inside(monitoring, host, kIcmp, 0, TrafficClass::kPing));
      shells.add(builder.inside(bastion, host, kTcp, 22, TrafficClass::kShell));
      if (tier == Tier::kWeb) {  // a web server that asks a database it may not reach
        refused.add(
            builder.refused_inside(host, any_of(topology.of(Tier::kDatabase), random), 3306));
      }
    }
  }
  scrapes.spread_evenly();
  logs.spread_by_rank();
  counters.spread_evenly();
  pings.spread_evenly();
  shells.spread_evenly();
  refused.spread_by_rank();
}

void add_noise(const Topology& topology, RelationBuilder& builder, Background& background) {
  Share noise(background, 130);
  std::size_t turn = 0;
  for (const Party& scanner : topology.scanners) {
    const std::uint8_t protocol = turn % 8 == 5 ? kUdp : kTcp;
    const RelationId relation =
        builder.knock(scanner, topology.exposed[turn++ % topology.exposed.size()], protocol);
    noise.add(relation);
    background.knocks.push_back(relation);
  }
  noise.spread_by_rank();
}

// What two VPCs have to say to each other through their transit gateway.
void add_crossing(const Topology& topology, RelationBuilder& builder, Random& random,
                  Background& background) {
  const InterfaceId monitoring = topology.of(Tier::kMonitoring).front();
  Share queries(background, 70);
  Share pools(background, 5);
  Share lookups(background, 80);
  Share lost(background, 15);
  for (const InterfaceId host : topology.of(Tier::kApplication)) {
    const InterfaceId database = any_of(topology.of(Tier::kDatabase), random);
    queries.add(builder.across(host, database, kTcp, 5432, TrafficClass::kQuery));
    pools.add(builder.across(host, database, kTcp, 5432, TrafficClass::kPool));
    lookups.add(builder.across(host, any_of(topology.of(Tier::kCache), random), kTcp, 6379,
                               TrafficClass::kCacheLookup));
    const RelationId relation =
        builder.unrouted(host, topology.partners[random.below(topology.partners.size())]);
    lost.add(relation);
    background.knocks.push_back(relation);
  }
  Share scrapes(background, 35);
  Share logs(background, 25);
  Share pings(background, 10);
  for (const Tier tier : {Tier::kDatabase, Tier::kCache}) {
    for (const InterfaceId host : topology.of(tier)) {
      scrapes.add(builder.across(monitoring, host, kTcp, 9100, TrafficClass::kScrape));
      logs.add(builder.across(host, monitoring, kUdp, 514, TrafficClass::kDatagram));
      pings.add(builder.across(monitoring, host, kIcmp, 0, TrafficClass::kPing));
    }
  }
  queries.spread_by_rank();
  pools.spread_evenly();
  lookups.spread_by_rank();
  lost.spread_by_rank();
  scrapes.spread_evenly();
  logs.spread_by_rank();
  pings.spread_evenly();
}

}  // namespace

Background make_background(const Topology& topology, RelationBuilder& builder, Random& random) {
  Background background;
  if (topology.is_gateway()) {
    add_crossing(topology, builder, random, background);
    return background;
  }
  add_front(topology, builder, random, background);
  add_services(topology, builder, random, background);
  add_outward(topology, builder, random, background);
  add_upkeep(topology, builder, random, background);
  add_noise(topology, builder, background);
  return background;
}

}  // namespace weir::simulate
