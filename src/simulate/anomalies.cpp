#include "simulate/anomalies.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weir::simulate {
namespace {

constexpr std::uint32_t kScannerAddress = 0xc6336417;     // 198.51.100.23
constexpr std::uint32_t kBruteForceAddress = 0xc633644d;  // 198.51.100.77
constexpr std::uint32_t kCommandAddress = 0xcb007142;     // 203.0.113.66
constexpr std::uint32_t kDropPointAddress = 0xcb0071c8;   // 203.0.113.200
constexpr std::uint16_t kSharePort = 445;
constexpr std::int64_t kBeaconJitterPercent = 5;

class Planner {
 public:
  Planner(Topology& topology, RelationBuilder& builder, std::int64_t num_records,
          std::int64_t begin_s, std::int64_t end_s, Random& random)
      : topology_(topology),
        builder_(builder),
        num_records_(num_records),
        begin_s_(begin_s),
        span_s_(end_s - begin_s),
        random_(random) {}

  AnomalyPlan plan() {
    if (topology_.is_gateway()) {  // it sees what goes from VPC to VPC alone
      host_sweep();
      return std::move(plan_);
    }
    beacon();
    port_scan();
    host_sweep();
    brute_force_ssh();
    exfiltration();
    // By time, then by all that tells two connections apart: the same order everywhere.
    const auto place = [](const Connection& connection) {
      return std::tie(connection.begin_s, connection.anomaly, connection.relation,
                      connection.server_port, connection.client_port, connection.packets_out,
                      connection.packets_in, connection.bytes_out, connection.bytes_in);
    };
    std::sort(plan_.connections.begin(), plan_.connections.end(),
              [&](const Connection& a, const Connection& b) { return place(a) < place(b); });
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::int64_t at_percent(std::int64_t percent) const {
    return begin_s_ + span_s_ * percent / 100;
  }
  [[nodiscard]] std::int64_t share(std::int64_t one_in, std::int64_t least,
                                   std::int64_t most) const {
    return std::clamp(num_records_ / one_in, least, most);
  }
  [[nodiscard]] Party attacker(std::uint32_t v4) {
    Party party;
    party.v4 = topology_.addresses.add(IpAddress::from_v4(v4));
    party.v6 = topology_.addresses.add({0x2001'0db8'0000'0000, v4});  // RFC 3849
    return party;
  }
  [[nodiscard]] std::string text(const Party& party) const {
    return std::string(topology_.addresses.view(party.v4));
  }
  // Begins an anomaly; returns the tag of its connections.
  std::uint8_t begin(std::string kind, std::string source, std::string target,
                     std::int64_t target_port) {
    AnomalyTruth truth;
    truth.kind = std::move(kind);
    truth.source = std::move(source);
    truth.target = std::move(target);
    truth.target_port = target_port;
    plan_.truths.push_back(std::move(truth));
    return static_cast<std::uint8_t>(plan_.truths.size() - 1);
  }
  void expect(std::string name, std::int64_t value) {
    plan_.truths.back().expected.emplace_back(std::move(name), value);
  }
  Connection& add(std::uint8_t tag, RelationId relation, std::uint16_t server_port,
                  std::int64_t begin_s, std::int64_t lasts_s) {
    Connection connection;
    connection.relation = relation;
    connection.anomaly = tag;
    connection.client_port = static_cast<std::uint16_t>(32'768 + random_.below(28'232));
    connection.server_port = server_port;
    connection.begin_s = begin_s;
    connection.end_s = begin_s + lasts_s;
    plan_.connections.push_back(connection);
    return plan_.connections.back();
  }

  // A compromised host asks its controller for orders, at an interval with a little jitter.
  void beacon() {
    const auto& hosts = topology_.of(Tier::kApplication);
    const InterfaceId host = hosts[hosts.size() / 2];
    const Party controller = attacker(kCommandAddress);
    const std::int64_t period_s = span_s_ >= 6 * 3600 ? 300 : 60;
    const auto tag = begin("beacon", text(topology_.at(host).party), text(controller), 443);
    const RelationId relation =
        builder_.outbound(host, controller, kTcp, 443, TrafficClass::kApiCall);
    const std::int64_t first_s = at_percent(3);
    const std::int64_t jitter_s = period_s * kBeaconJitterPercent / 100;
    // Bounded: a long simulation sees the beacon for a part of it.
    const std::int64_t contacts =
        std::min<std::int64_t>((at_percent(94) - first_s) / period_s, share(250, 40, 4'000));
    for (std::int64_t i = 0; i < contacts; ++i) {
      const auto shift =
          static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * jitter_s + 1))) -
          jitter_s;
      Connection& contact = add(tag, relation, 443, first_s + i * period_s + shift,
                                static_cast<std::int64_t>(random_.below(2)));
      contact.packets_out = 9;
      contact.packets_in = 8;
      contact.bytes_out = 1'142;
      contact.bytes_in = 4'310;
    }
    expect("connections", contacts);
    expect("period_s", period_s);
    expect("jitter_percent", kBeaconJitterPercent);
    expect("bytes_out_a_connection", 1'142);
  }

  // Many ports of one exposed host from one address, all refused.
  void port_scan() {
    const InterfaceId target = topology_.of(Tier::kBastion).front();
    const Party scanner = attacker(kScannerAddress);
    const auto tag = begin("port_scan", text(scanner), text(topology_.at(target).party), 0);
    const RelationId relation = builder_.knock(scanner, target, kTcp);
    const std::int64_t ports = share(100, 64, 8'192);
    const std::int64_t lasts_s = std::min<std::int64_t>(600, span_s_ / 10);
    const std::int64_t first_s = at_percent(20);
    std::int64_t sent = 0;
    for (std::int64_t i = 0; sent < ports; ++i) {
      // A permutation of all ports: 16,807 and 65,535 have no common divisor.
      const auto port = static_cast<std::uint16_t>(1 + i * 16'807 % 65'535);
      if (port == 22) {
        continue;  // open there
      }
      Connection& probe = add(tag, relation, port, first_s + sent++ * lasts_s / ports, 0);
      probe.packets_out = 1;
      probe.bytes_out = 44;
    }
    expect("distinct_ports", ports);
    expect("seconds", lasts_s);
  }

  // The compromised host looks for file shares all over the VPC, or the other one; nobody answers.
  void host_sweep() {
    const auto& hosts = topology_.of(Tier::kApplication);
    const InterfaceId source = hosts[hosts.size() / 2];
    std::vector<InterfaceId> targets;
    for (const Tier tier : {Tier::kWeb, Tier::kApplication, Tier::kDatabase, Tier::kCache}) {
      const bool is_reached =
          !topology_.is_gateway() || tier == Tier::kDatabase || tier == Tier::kCache;
      for (const InterfaceId host : topology_.of(tier)) {
        if (host != source && is_reached) {
          targets.push_back(host);
        }
      }
    }
    const auto tag = begin("host_sweep", text(topology_.at(source).party), "", kSharePort);
    const std::int64_t most = share(200, 20, 1'024);
    const auto count = std::min<std::int64_t>(most, static_cast<std::int64_t>(targets.size()));
    const std::int64_t lasts_s = std::min<std::int64_t>(300, span_s_ / 12);
    const std::int64_t first_s = at_percent(36);
    for (std::int64_t i = 0; i < count; ++i) {
      const InterfaceId target = targets[static_cast<std::size_t>(i)];
      const RelationId relation =
          topology_.is_gateway()
              ? builder_.across(source, target, kTcp, kSharePort, TrafficClass::kKnock)
              : builder_.refused_inside(source, target, kSharePort);
      Connection& probe = add(tag, relation, kSharePort, first_s + i * lasts_s / count, 0);
      probe.packets_out = 1;
      probe.bytes_out = 52;
    }
    expect("distinct_hosts", count);
    expect("seconds", lasts_s);
  }

  // Passwords tried on the bastion: short accepted connections of nearly equal size.
  void brute_force_ssh() {
    const InterfaceId target = topology_.of(Tier::kBastion).front();
    const Party guesser = attacker(kBruteForceAddress);
    const auto tag = begin("brute_force_ssh", text(guesser), text(topology_.at(target).party), 22);
    const RelationId relation = builder_.inbound(guesser, target, kTcp, 22, TrafficClass::kShell);
    const std::int64_t attempts = share(400, 40, 3'000);
    const std::int64_t lasts_s = std::min<std::int64_t>(1'200, span_s_ / 8);
    const std::int64_t first_s = at_percent(48);
    for (std::int64_t i = 0; i < attempts; ++i) {
      Connection& attempt = add(tag, relation, 22, first_s + i * lasts_s / attempts,
                                2 + static_cast<std::int64_t>(random_.below(3)));
      attempt.packets_out = 12 + random_.below(4);
      attempt.packets_in = 11 + random_.below(4);
      attempt.bytes_out = 1'900 + random_.below(300);
      attempt.bytes_in = 2'300 + random_.below(300);
    }
    expect("attempts", attempts);
    expect("seconds", lasts_s);
  }

  // One long upload to a place never seen before.
  void exfiltration() {
    const InterfaceId host = topology_.of(Tier::kDatabase).front();
    const Party place = attacker(kDropPointAddress);
    const auto tag = begin("exfiltration", text(topology_.at(host).party), text(place), 443);
    const RelationId relation = builder_.outbound(host, place, kTcp, 443, TrafficClass::kDownload);
    const std::int64_t lasts_s = std::min<std::int64_t>(1'500, span_s_ / 8);
    Connection& upload = add(tag, relation, 443, at_percent(66), lasts_s);
    upload.packets_out = 3'400'000 + random_.below(200'000);
    upload.bytes_out = upload.packets_out * 1'412;
    upload.packets_in = upload.packets_out / 6;
    upload.bytes_in = upload.packets_in * 52;
    expect("bytes_out", static_cast<std::int64_t>(upload.bytes_out));
    expect("bytes_in", static_cast<std::int64_t>(upload.bytes_in));
    expect("seconds", lasts_s);
  }

  Topology& topology_;
  RelationBuilder& builder_;
  std::int64_t num_records_;
  std::int64_t begin_s_;
  std::int64_t span_s_;
  Random& random_;
  AnomalyPlan plan_;
};

}  // namespace

AnomalyPlan plan_anomalies(Topology& topology, RelationBuilder& builder, std::int64_t num_records,
                           std::int64_t begin_s, std::int64_t end_s, Random& random) {
  return Planner(topology, builder, num_records, begin_s, end_s, random).plan();
}

}  // namespace weir::simulate
