#include "cli/packet_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/number.h"

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

Result<packet::ParserOptions> read_parser_options(const Arguments& arguments) {
  packet::ParserOptions options;
  WEIR_ASSIGN_OR_RETURN(options.profiles,
                        packet::parse_profiles(arguments.value("profile", "gwlb")));
  options.role = arguments.value("role", "observer") == "endpoint" ? packet::Role::kEndpoint
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

Result<std::string> read_document(const std::string& path, io::FileSystem& files) {
  constexpr std::size_t kMostBytes = 1 << 30;
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  if (file->size() > kMostBytes) {
    return fail(ErrorCode::kLimit, fmt::format("{}: larger than 1 GiB", path));
  }
  std::string text(file->size(), '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t size, file->read_at(0, text));
  text.resize(size);
  return text;
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

Result<PacketInput> PacketInput::open(const Arguments& arguments, std::vector<std::string> paths,
                                      Environment& environment) {
  if (paths.empty()) {
    if (isatty(STDIN_FILENO) == 1) {
      return fail(ErrorCode::kUsage,
                  "no input: name capture files (weir packets capture.pcap), or pipe one in");
    }
    paths.emplace_back("-");
  }
  WEIR_ASSIGN_OR_RETURN(packet::ParserOptions options, read_parser_options(arguments));
  PacketInput input(std::move(paths), std::move(options), environment, arguments.has("quiet"));
  for (const std::string& path : arguments.values("inventory")) {
    WEIR_ASSIGN_OR_RETURN(const std::string json, read_document(path, environment.files()));
    WEIR_ASSIGN_OR_RETURN(const io::FileInfo info, environment.files().info(path));
    WEIR_RETURN_IF_ERROR(input.inventory_->load(json, path, info.modified_ms));
  }
  if (arguments.has("filter")) {
    packet::CaptureFilter::Lookup lookup;
    if (!input.inventory_->empty()) {
      lookup = [inventory = input.inventory_.get()](std::string_view key, std::string_view value,
                                                    const packet::PacketView& view) {
        return belongs_to(*inventory, key, value, view);
      };
    }
    WEIR_ASSIGN_OR_RETURN(input.filter_, packet::CaptureFilter::compile(arguments.value("filter"),
                                                                        std::move(lookup)));
  }
  return input;
}

Result<PacketInput> PacketInput::again(const Arguments& arguments) const {
  WEIR_ASSIGN_OR_RETURN(PacketInput input, open(arguments, paths_, environment_));
  input.is_quiet_ = true;
  return input;
}

bool PacketInput::can_read_again() const {
  return std::all_of(paths_.begin(), paths_.end(), [&](const std::string& path) {
    return path != "-" && environment_.files().open_random(path).has_value();
  });
}

void PacketInput::say(const std::string& text) {
  if (!is_quiet_) {
    environment_.say(text);
  }
}

Result<std::unique_ptr<packet::CaptureReader>> PacketInput::open_file(const std::string& path) {
  std::unique_ptr<io::ByteSource> source;
  if (path == "-") {
    source = io::make_descriptor_source(STDIN_FILENO);
  } else {
    WEIR_ASSIGN_OR_RETURN(source, environment_.files().open_source(path));
  }
  return packet::CaptureReader::open(std::move(source), path == "-" ? "standard input" : path);
}

void PacketInput::report(const packet::CaptureReader& reader, const std::string& path) {
  if (!reader.status()) {
    has_damage_ = true;
    say(fmt::format("warning: {}; the packets before it were read\n",
                    reader.status().error().message));
  }
  if (reader.is_truncated()) {
    has_damage_ = true;
    say(fmt::format("warning: {} ends within a packet; those before it were read\n", path));
  }
  if (reader.skipped() > 0) {
    say(fmt::format("warning: {}: {} packets of link types that cannot be read were passed over\n",
                    path, format_grouped(static_cast<std::int64_t>(reader.skipped()))));
  }
}

}  // namespace weir::cli
