#include "cli/packet_options.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "app/inventory_files.h"

namespace weir::cli {
namespace {

Result<std::uint16_t> read_port(const Arguments& arguments, std::string_view option,
                                std::int64_t otherwise) {
  WEIR_ASSIGN_OR_RETURN(const auto port, arguments.number(option, otherwise));
  if (port > 65'535) {
    return fail(ErrorCode::kUsage, fmt::format("--{}: there is no port {}", option, port));
  }
  return static_cast<std::uint16_t>(port);
}

// One of the inner packet's ends is in the account, VPC, subnet or instance; "unknown" is where
// neither end is in the inventory.
bool belongs_to(const inventory::Inventory& inventory, std::string_view key, std::string_view value,
                const packet::PacketView& view) {
  if (!view.has_inner_ip()) {
    return false;
  }
  bool is_known = false;
  for (const IpAddress& address :
       {view.source(view.inner_ip()), view.destination(view.inner_ip())}) {
    const inventory::Interface* const interface = inventory.find_interface(address);
    if (interface == nullptr) {
      continue;
    }
    const std::string& own = key == "account"  ? interface->account_id
                             : key == "vpc"    ? interface->vpc_id
                             : key == "subnet" ? interface->subnet_id
                                               : interface->instance_id;
    is_known |= !own.empty();
    if (!own.empty() && own == value) {
      return true;
    }
  }
  return value == "unknown" && !is_known;
}

}  // namespace

Result<packet::ParserOptions> read_parser_options(const Arguments& arguments,
                                                  std::string_view default_role) {
  packet::ParserOptions options;
  WEIR_ASSIGN_OR_RETURN(options.profiles,
                        packet::parse_profiles(arguments.value("profile", "gwlb")));
  options.role = arguments.value("role", default_role) == "endpoint" ? packet::Role::kEndpoint
                                                                     : packet::Role::kObserver;
  options.is_strict = arguments.has("strict");
  if (arguments.has("geneve-port")) {
    WEIR_ASSIGN_OR_RETURN(options.ports.geneve[0], read_port(arguments, "geneve-port", 6081));
  }
  if (arguments.has("vxlan-port")) {
    WEIR_ASSIGN_OR_RETURN(options.ports.vxlan[0], read_port(arguments, "vxlan-port", 4789));
    options.ports.vxlan[1] = 0;
  }
  WEIR_ASSIGN_OR_RETURN(const auto depth, arguments.number("depth", packet::kMaxTunnels));
  if (depth > static_cast<std::int64_t>(packet::kMaxTunnels)) {
    return fail(ErrorCode::kUsage, fmt::format("--depth: at most {}", packet::kMaxTunnels));
  }
  options.max_tunnels = static_cast<std::uint8_t>(depth);
  WEIR_ASSIGN_OR_RETURN(const auto limit, arguments.number("options-limit", 63, 0));
  if (limit > 252) {
    return fail(ErrorCode::kUsage, "--options-limit: at most 252");
  }
  options.max_options = static_cast<std::uint8_t>(limit);
  return options;
}

Result<void> load_inventory(const Arguments& arguments, Environment& environment,
                            inventory::Inventory& inventory) {
  WEIR_ASSIGN_OR_RETURN(const auto known,
                        app::read_inventory(environment.files(), arguments.values("inventory")));
  if (known != nullptr) {
    inventory = *known;
  }
  return {};
}

Result<packet::CaptureFilter> compile_filter(const Arguments& arguments,
                                             const inventory::Inventory& inventory) {
  packet::CaptureFilter::Lookup lookup;
  if (!inventory.empty()) {
    lookup = [&inventory](std::string_view key, std::string_view value,
                          const packet::PacketView& view) {
      return belongs_to(inventory, key, value, view);
    };
  }
  return packet::CaptureFilter::compile(arguments.value("filter"), std::move(lookup));
}

}  // namespace weir::cli
