// Functions over what is known of ports, protocols and addresses (flow/enrichment.h).

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>

#include "flow/enrichment.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

// The enrichment that a call was bound with.
const flow::Enrichment& enrichment_of(const Expression& call) {
  return *static_cast<const flow::Enrichment*>(call.state.get());
}

std::optional<int> int_at(const Column& column, std::size_t row) {
  if (column.type() == Type::kNull || column.is_null(row)) {
    return std::nullopt;
  }
  const std::int64_t value = column.data<std::int64_t>()[column.is_constant() ? 0 : row];
  return value >= 0 && value <= 1'000'000 ? std::optional(static_cast<int>(value)) : std::nullopt;
}

template <std::size_t kCount, Type kType>
Result<BoundCall> bind_integers(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, kCount, kCount, "f(number, ...)", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kInt64, environment));
  }
  return BoundCall{kType, nullptr};
}

// A name out of a table of ours, null where there is none.
template <class F>
void fill_names(std::size_t rows, Column& out, F name_at) {
  out.reset(Type::kString, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string_view name = name_at(row);
    out.data<std::string_view>()[row] = name;
    if (name.empty()) {
      out.set_null(row);
    }
  }
}

Result<void> evaluate_protocol_name(const Expression&, Arguments arguments, std::size_t rows,
                                    Column& out) {
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto protocol = int_at(*arguments[0], row);
    if (!protocol) {
      return {};
    }
    const std::string_view name = flow::protocol_name(*protocol);
    return name.empty() ? out.arena().copy(fmt::format("Protocol-{}", *protocol)) : name;
  });
  return {};
}

Result<void> evaluate_port_service(const Expression&, Arguments arguments, std::size_t rows,
                                   Column& out) {
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto protocol = int_at(*arguments[0], row);
    const auto port = int_at(*arguments[1], row);
    return protocol && port ? flow::service_at(*protocol, *port) : std::string_view{};
  });
  return {};
}

// serviceName(protocol, srcport, dstport, tcp_flags)
Result<void> evaluate_service(const Expression&, Arguments arguments, std::size_t rows,
                              Column& out) {
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto protocol = int_at(*arguments[0], row);
    if (!protocol) {
      return {};
    }
    char text[32];
    const std::size_t size =
        flow::service_of(*protocol, int_at(*arguments[1], row), int_at(*arguments[2], row),
                         int_at(*arguments[3], row), text);
    return out.arena().copy({text, size});
  });
  return {};
}

// initiator(protocol, tcp_flags): which side opened the connection, "src" or "dst".
Result<void> evaluate_initiator(const Expression&, Arguments arguments, std::size_t rows,
                                Column& out) {
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto protocol = int_at(*arguments[0], row);
    if (!protocol) {
      return {};
    }
    switch (flow::initiator_of(*protocol, int_at(*arguments[1], row))) {
      case flow::Initiator::kSource:
        return "src";
      case flow::Initiator::kDestination:
        return "dst";
      case flow::Initiator::kUnknown:
        break;
    }
    return {};
  });
  return {};
}

template <std::size_t kCount>
Result<BoundCall> bind_addresses(BindArguments& arguments, const QueryEnvironment& environment,
                                 TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, kCount, kCount, "f(address, ...)", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kAddress, environment));
  }
  return BoundCall{Type::kString, environment.enrichment};
}

std::optional<IpAddress> address_at(const Column& column, std::size_t row) {
  if (column.type() == Type::kNull || column.is_null(row)) {
    return std::nullopt;
  }
  return column.data<IpAddress>()[column.is_constant() ? 0 : row];
}

template <class F>
void fill_of_address(Arguments arguments, std::size_t rows, Column& out, F name_of_address) {
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto address = address_at(*arguments[0], row);
    return address ? name_of_address(*address) : std::string_view{};
  });
}

Result<void> evaluate_scope(const Expression& call, Arguments arguments, std::size_t rows,
                            Column& out) {
  const flow::Enrichment& enrichment = enrichment_of(call);
  fill_of_address(arguments, rows, out, [&](const IpAddress& address) {
    return flow::name_of(enrichment.scope(address));
  });
  return {};
}

// Ours: the VPC's own networks, else what is not routed on the internet.
bool is_inside(flow::Scope scope) {
  return scope == flow::Scope::kVpc || scope == flow::Scope::kPrivate ||
         scope == flow::Scope::kShared || scope == flow::Scope::kLinkLocal ||
         scope == flow::Scope::kLoopback;
}

// trafficClass(srcaddr, dstaddr): internal, outbound, inbound, external.
Result<void> evaluate_traffic_class(const Expression& call, Arguments arguments, std::size_t rows,
                                    Column& out) {
  const flow::Enrichment& enrichment = enrichment_of(call);
  fill_names(rows, out, [&](std::size_t row) -> std::string_view {
    const auto source = address_at(*arguments[0], row);
    const auto destination = address_at(*arguments[1], row);
    if (!source || !destination) {
      return {};
    }
    const bool from_inside = is_inside(enrichment.scope(*source));
    const bool to_inside = is_inside(enrichment.scope(*destination));
    return from_inside ? (to_inside ? "internal" : "outbound")
                       : (to_inside ? "inbound" : "external");
  });
  return {};
}

template <Type kType>
Result<BoundCall> bind_geo(BindArguments& arguments, const QueryEnvironment& environment,
                           TextSpan span) {
  if (!environment.enrichment->has_geo()) {
    return fail(ErrorCode::kUsage,
                "this needs a MaxMind-format database of countries, cities or networks: give one "
                "with --geo FILE",
                span);
  }
  WEIR_ASSIGN_OR_RETURN(BoundCall bound, bind_addresses<1>(arguments, environment, span));
  bound.type = kType;
  return bound;
}

template <std::string_view flow::GeoPlace::*kPart>
Result<void> evaluate_geo(const Expression& call, Arguments arguments, std::size_t rows,
                          Column& out) {
  const flow::Enrichment& enrichment = enrichment_of(call);
  fill_of_address(arguments, rows, out,
                  [&](const IpAddress& address) { return enrichment.place(address).*kPart; });
  return {};
}

Result<void> evaluate_geo_number(const Expression& call, Arguments arguments, std::size_t rows,
                                 Column& out) {
  const flow::Enrichment& enrichment = enrichment_of(call);
  out.reset(Type::kInt64, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto address = address_at(*arguments[0], row);
    const std::uint32_t number = address ? enrichment.place(*address).as_number : 0;
    out.data<std::int64_t>()[row] = number;
    if (number == 0) {
      out.set_null(row);
    }
  }
  return {};
}

Result<BoundCall> bind_aws(BindArguments& arguments, const QueryEnvironment& environment,
                           TextSpan span) {
  if (!environment.enrichment->has_aws_ranges()) {
    return fail(ErrorCode::kUsage,
                "this needs AWS's list of its networks: give its ip-ranges.json with --aws-ranges "
                "FILE",
                span);
  }
  return bind_addresses<1>(arguments, environment, span);
}

template <std::string_view flow::AwsRange::*kPart>
Result<void> evaluate_aws(const Expression& call, Arguments arguments, std::size_t rows,
                          Column& out) {
  const flow::Enrichment& enrichment = enrichment_of(call);
  fill_of_address(arguments, rows, out, [&](const IpAddress& address) {
    const auto range = enrichment.aws_range(address);
    return range ? (*range).*kPart : std::string_view{};
  });
  return {};
}

constexpr Function kFlow[] = {
    {"protocolName", "protocol_name", kBothLanguages, "protocolName(protocol)", "6 is TCP, 17 UDP",
     bind_integers<1, Type::kString>, evaluate_protocol_name},
    {"portService", "port_service", kBothLanguages, "portService(protocol, port)",
     "The well-known service of a port", bind_integers<2, Type::kString>, evaluate_port_service},
    {"serviceName", "service_name", kBothLanguages,
     "serviceName(protocol, srcport, dstport, tcp_flags)", "The service of a flow",
     bind_integers<4, Type::kString>, evaluate_service},
    {"initiatorSide", "initiator_side", kBothLanguages, "initiatorSide(protocol, tcp_flags)",
     "Which side opened the connection: src or dst", bind_integers<2, Type::kString>,
     evaluate_initiator},
    {"ipScope", "ip_scope", kBothLanguages, "ipScope(address)",
     "vpc, private, public, link-local, ...", bind_addresses<1>, evaluate_scope},
    {"trafficClass", "traffic_class", kBothLanguages, "trafficClass(srcaddr, dstaddr)",
     "internal, outbound, inbound or external", bind_addresses<2>, evaluate_traffic_class},
    {"geoCountry", "geo_country", kBothLanguages, "geoCountry(address)", "Country code, with --geo",
     bind_geo<Type::kString>, evaluate_geo<&flow::GeoPlace::country>},
    {"geoCity", "geo_city", kBothLanguages, "geoCity(address)", "City, with --geo",
     bind_geo<Type::kString>, evaluate_geo<&flow::GeoPlace::city>},
    {"geoOrg", "geo_org", kBothLanguages, "geoOrg(address)", "Owner of the network, with --geo",
     bind_geo<Type::kString>, evaluate_geo<&flow::GeoPlace::as_organisation>},
    {"geoAsn", "geo_asn", kBothLanguages, "geoAsn(address)", "Autonomous system number, with --geo",
     bind_geo<Type::kInt64>, evaluate_geo_number},
    {"awsService", "aws_service", kBothLanguages, "awsService(address)",
     "AWS service that owns the address, with --aws-ranges", bind_aws,
     evaluate_aws<&flow::AwsRange::service>},
    {"awsRegion", "aws_region", kBothLanguages, "awsRegion(address)",
     "AWS region of the address, with --aws-ranges", bind_aws,
     evaluate_aws<&flow::AwsRange::region>},
};

}  // namespace

std::span<const Function> flow_functions() { return kFlow; }

}  // namespace weir::query
