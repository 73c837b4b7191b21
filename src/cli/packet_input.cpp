#include "cli/packet_input.h"

#include <fmt/format.h>
#include <unistd.h>

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

}  // namespace

Result<PacketInput> PacketInput::open(const Arguments& arguments, Environment& environment) {
  std::vector<std::string> paths = arguments.positionals();
  if (paths.empty()) {
    if (isatty(STDIN_FILENO) == 1) {
      return fail(ErrorCode::kUsage,
                  "no input: name capture files (weir packets capture.pcap), or pipe one in");
    }
    paths.emplace_back("-");
  }
  WEIR_ASSIGN_OR_RETURN(packet::ParserOptions options, read_parser_options(arguments));
  PacketInput input(std::move(paths), std::move(options), environment, arguments.has("quiet"));
  if (arguments.has("filter")) {
    WEIR_ASSIGN_OR_RETURN(input.filter_, packet::CaptureFilter::compile(arguments.value("filter")));
  }
  return input;
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
