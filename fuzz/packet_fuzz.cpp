// Frames of any bytes through parser, options, validator and texts. The first bytes choose the link
// type, the role, and how much of the frame was captured.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "packet/packet_text.h"
#include "packet/parser.h"
#include "packet/statistics.h"
#include "packet/validator.h"
#include "packet/view_difference.h"

namespace {

using namespace weir::packet;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

Parser make_parser(Role role, bool is_strict) {
  ParserOptions options;
  options.role = role;
  options.is_strict = is_strict;
  options.profiles = {Profile::kGwlb, Profile::kLibgeneve, Profile::kLibgeneve16};
  options.decodes_group_policy = true;
  return Parser(options);
}

void check(const Parser& parser, const PacketView& view) {
  require(view.num_tunnels <= kMaxTunnels && view.num_ips <= kMaxTunnels + 1);
  require(view.end <= view.frame.size());
  for (std::size_t i = 0; i < view.num_ips; ++i) {
    const IpLayer& ip = view.ips[i];
    require(ip.version == 0 || ip.offset + (ip.version == 4 ? 20U : 40U) <= view.frame.size());
    (void)view.source(ip);
    (void)view.destination(ip);
  }
  std::size_t num_options = 0;
  for (std::size_t i = 0; i < view.num_tunnels; ++i) {
    num_options += view.tunnels[i].num_options;
    require(view.tunnels[i].offset + 8 + view.tunnels[i].options_bytes <= view.frame.size());
  }
  require(num_options == view.num_options);
  require(view.num_options <= parser.options().max_options);
  Statistics statistics;
  statistics.add(view);
  require(statistics.received() == 1);
  require(statistics.kept() + statistics.skipped() + statistics.dropped() == 1);
  std::string text;
  weir::format::JsonWriter json(text);
  write_json(json, parser, view, 1, 0);
  require(!to_details(parser, view, 1, 0).empty());
  const auto findings = validate(parser, view);
  require(view.verdict != Verdict::kGeneveVersion || !findings.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Parser kParsers[] = {make_parser(Role::kObserver, false),
                                    make_parser(Role::kEndpoint, true)};
  if (size < 3) {
    return 0;
  }
  constexpr LinkType kLinks[] = {LinkType::kEthernet, LinkType::kRawIp, LinkType::kLinuxSll,
                                 LinkType::kIpv4,     LinkType::kIpv6,  LinkType::kLinuxSll2};
  const unsigned choice = data[0];
  const std::uint32_t cut = data[1];
  // Its own allocation, so that the sanitizer sees every byte past the end.
  std::vector<std::byte> frame(size - 3);
  if (!frame.empty()) {
    std::memcpy(frame.data(), data + 3, frame.size());
  }
  const Parser& parser = kParsers[choice >> 7U];
  PacketView view;
  const auto link = (choice & 0x7fU) % 8;
  if (link < 6) {
    const auto wire_length = static_cast<std::uint32_t>(frame.size()) + cut;
    (void)parser.parse(frame, wire_length, kLinks[link], view);
    PacketView stepwise;  // the short cut gives the same
    (void)parser.parse_stepwise(frame, wire_length, kLinks[link], stepwise);
    require(difference_of(view, stepwise).empty());
  } else if (link == 6) {
    (void)parser.parse_geneve(frame, view);
  } else {
    (void)parser.parse_vxlan(frame, view);
  }
  check(parser, view);
  return 0;
}
