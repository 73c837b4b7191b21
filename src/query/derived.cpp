#include "query/derived.h"

#include <algorithm>
#include <string>

namespace weir::query {
namespace {

constexpr DerivedColumn kDerived[] = {
    {"service", "servicename", "protocol srcport dstport tcp_flags?",
     "Service of the flow, by protocol and the server's port"},
    {"protocol_name", "protocolname", "protocol", "TCP, UDP, ICMP, ..."},
    {"src_scope", "ipscope", "srcaddr", "Kind of network of the source (RFC 6890)"},
    {"dst_scope", "ipscope", "dstaddr", "Kind of network of the destination (RFC 6890)"},
    {"traffic_class", "trafficclass", "srcaddr dstaddr", "internal, outbound, inbound, external"},
    {"duration", "-", "end start", "Seconds from start to end"},
    {"initiator", "initiatorside", "protocol tcp_flags", "src or dst: who opened the connection"},
    {"src_country", "geocountry", "srcaddr", "Country of the source (--geo)"},
    {"dst_country", "geocountry", "dstaddr", "Country of the destination (--geo)"},
    {"src_city", "geocity", "srcaddr", "City of the source (--geo)"},
    {"dst_city", "geocity", "dstaddr", "City of the destination (--geo)"},
    {"src_asn", "geoasn", "srcaddr", "Autonomous system of the source (--geo)"},
    {"dst_asn", "geoasn", "dstaddr", "Autonomous system of the destination (--geo)"},
    {"src_org", "geoorg", "srcaddr", "Network owner of the source (--geo)"},
    {"dst_org", "geoorg", "dstaddr", "Network owner of the destination (--geo)"},
    {"src_aws_service", "awsservice", "srcaddr", "AWS service of the source (--aws-ranges)"},
    {"dst_aws_service", "awsservice", "dstaddr", "AWS service of the destination (--aws-ranges)"},
    {"src_aws_region", "awsregion", "srcaddr", "AWS region of the source (--aws-ranges)"},
    {"dst_aws_region", "awsregion", "dstaddr", "AWS region of the destination (--aws-ranges)"},
};

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_') {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }
  return out;
}

}  // namespace

Syntax DerivedColumn::syntax(TextSpan span) const {
  Syntax call;
  call.kind = Syntax::Kind::kCall;
  call.text = function;
  call.span = span;
  std::string_view rest = arguments;
  while (!rest.empty()) {
    const auto space = rest.find(' ');
    Syntax column;
    column.kind = Syntax::Kind::kName;
    column.text = rest.substr(0, space);
    if (column.text.ends_with('?')) {
      column.text.pop_back();
    }
    column.span = span;
    call.children.push_back(std::move(column));
    rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  }
  return call;
}

std::span<const DerivedColumn> all_derived_columns() { return kDerived; }

const DerivedColumn* find_derived(std::string_view name) {
  const std::string wanted = folded(name);
  const auto* const found =
      std::find_if(std::begin(kDerived), std::end(kDerived),
                   [&](const DerivedColumn& column) { return folded(column.name) == wanted; });
  return found == std::end(kDerived) ? nullptr : found;
}

}  // namespace weir::query
