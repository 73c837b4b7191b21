#include "cli/packet_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/number.h"
#include "cli/packet_options.h"

namespace weir::cli {
Result<PacketInput> PacketInput::open(const Arguments& arguments, std::vector<std::string> paths,
                                      Environment& environment) {
  if (paths.empty()) {
    if (isatty(STDIN_FILENO) == 1) {
      return fail(ErrorCode::kUsage,
                  "no input: name capture files (weir packets capture.pcap), or pipe one in");
    }
    paths.emplace_back("-");
  }
  WEIR_ASSIGN_OR_RETURN(packet::ParserOptions options, read_parser_options(arguments, "observer"));
  PacketInput input(std::move(paths), std::move(options), environment, arguments.has("quiet"));
  WEIR_RETURN_IF_ERROR(load_inventory(arguments, environment, *input.inventory_));
  if (arguments.has("filter")) {
    WEIR_ASSIGN_OR_RETURN(input.filter_, compile_filter(arguments, *input.inventory_));
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
