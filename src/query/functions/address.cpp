// Functions of addresses.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

enum class Family : std::uint8_t { kAny, kV4, kV6 };

bool is_of(Family family, const IpAddress& address) {
  return family == Family::kAny || address.is_v4() == (family == Family::kV4);
}

// isIpInSubnet(address, '10.0.0.0/8') and its kin; the network is a constant.
Result<BoundCall> bind_in_subnet(BindArguments& arguments, const QueryEnvironment& environment,
                                 TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "isIpInSubnet(address, '10.0.0.0/8')", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kAddress, environment));
  WEIR_ASSIGN_OR_RETURN(const std::string text, literal_string(arguments[1], "the network"));
  const auto prefix = parse_prefix(text);
  if (!prefix) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no network; write 10.0.0.0/8 or 2001:db8::/32", text),
                arguments[1]->span);
  }
  return BoundCall{Type::kBool, std::make_shared<IpPrefix>(*prefix)};
}

template <Family kFamily>
Result<void> evaluate_in_subnet(const Expression& call, Arguments arguments, std::size_t rows,
                                Column& out) {
  const IpPrefix prefix = *static_cast<const IpPrefix*>(call.state.get());
  map_unary<IpAddress, std::uint8_t>(
      arguments.first(1), Type::kBool, rows, out, [&](const IpAddress& address) -> std::uint8_t {
        return is_of(kFamily, address) && prefix.contains(address) ? 1 : 0;
      });
  return {};
}

Result<BoundCall> bind_is_valid(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "isValidIp(text)", span));
  if (arguments[0]->type != Type::kAddress) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  }
  return BoundCall{Type::kBool, nullptr};
}

template <Family kFamily>
Result<void> evaluate_is_valid(const Expression& call, Arguments arguments, std::size_t rows,
                               Column& out) {
  out.reset(Type::kBool, rows);
  const Column& source = *arguments[0];
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint8_t is_valid = 0;
    if (source.type() != Type::kNull && !source.is_null(row)) {
      const std::size_t i = source.is_constant() ? 0 : row;
      const auto address = call.arguments[0]->type == Type::kAddress
                               ? std::optional(source.data<IpAddress>()[i])
                               : parse_ip(source.data<std::string_view>()[i]);
      is_valid = address && is_of(kFamily, *address) ? 1 : 0;
    }
    out.data<std::uint8_t>()[row] = is_valid;
  }
  return {};
}

Result<BoundCall> bind_family(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "family(address) -> 4 or 6", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kAddress, environment));
  return BoundCall{Type::kInt64, nullptr};
}

Result<void> evaluate_family(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  map_unary<IpAddress, std::int64_t>(
      arguments, Type::kInt64, rows, out,
      [](const IpAddress& address) -> std::int64_t { return address.is_v4() ? 4 : 6; });
  return {};
}

// network(address, bits): the network of that length around an address, as text.
Result<BoundCall> bind_network(BindArguments& arguments, const QueryEnvironment& environment,
                               TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "network(address, 24)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kAddress, environment));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[1], Type::kInt64, environment));
  return BoundCall{Type::kString, nullptr};
}

Result<void> evaluate_network(const Expression&, Arguments arguments, std::size_t rows,
                              Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const IpAddress address = ColumnView<IpAddress>(*arguments[0])[row];
    const std::int64_t bits = ColumnView<std::int64_t>(*arguments[1])[row];
    if (bits < 0 || bits > (address.is_v4() ? 32 : 128)) {
      out.set_null(row);
      return;
    }
    IpPrefix prefix{address, static_cast<std::uint8_t>(address.is_v4() ? bits + 96 : bits)};
    prefix.address = prefix.first();
    out.data<std::string_view>()[row] = out.arena().copy(to_string(prefix));
  });
  return {};
}

constexpr Function kAddresses[] = {
    {"isIpInSubnet", "<<", kBothLanguages, "isIpInSubnet(address, '10.0.0.0/8')",
     "The address lies in the network", bind_in_subnet, evaluate_in_subnet<Family::kAny>},
    {"isIpv4InSubnet", "", kBothLanguages, "isIpv4InSubnet(address, '10.0.0.0/8')",
     "An IPv4 address that lies in the network", bind_in_subnet, evaluate_in_subnet<Family::kV4>},
    {"isIpv6InSubnet", "", kBothLanguages, "isIpv6InSubnet(address, 'fd00::/8')",
     "An IPv6 address that lies in the network", bind_in_subnet, evaluate_in_subnet<Family::kV6>},
    {"isValidIp", "", kBothLanguages, "isValidIp(text)", "Reads as an address", bind_is_valid,
     evaluate_is_valid<Family::kAny>},
    {"isValidIpV4", "", kBothLanguages, "isValidIpV4(text)", "Reads as an IPv4 address",
     bind_is_valid, evaluate_is_valid<Family::kV4>},
    {"isValidIpV6", "", kBothLanguages, "isValidIpV6(text)", "Reads as an IPv6 address",
     bind_is_valid, evaluate_is_valid<Family::kV6>},
    {"family", "", kBothLanguages, "family(address) -> 4 or 6", "The version of IP", bind_family,
     evaluate_family},
    {"network", "", kBothLanguages, "network(address, 24)", "The network around an address",
     bind_network, evaluate_network},
};

}  // namespace

std::span<const Function> address_functions() { return kAddresses; }

}  // namespace weir::query
