#include "cli/ingest_captures.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "cli/data_directory.h"
#include "cli/packet_flows.h"
#include "cli/packet_input.h"
#include "packet/capture_reader.h"

namespace weir::cli {

std::vector<std::string> take_captures(std::vector<std::string>& paths, Environment& environment) {
  std::vector<std::string> captures;
  std::erase_if(paths, [&](const std::string& path) {
    std::error_code ignored;
    if (path == "-" || !std::filesystem::is_regular_file(path, ignored)) {
      return false;
    }
    auto source = environment.files().open_source(path);
    if (!source || !packet::CaptureReader::open(std::move(*source), path)) {
      return false;
    }
    captures.push_back(path);
    return true;
  });
  return captures;
}

Result<int> ingest_captures(const std::vector<std::string>& captures, const Arguments& arguments,
                            Environment& environment) {
  for (const char* const option : {"follow", "where", "sample", "format"}) {
    if (arguments.has(option)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--{} is for flow logs, and {} holds packets: use weir packets "
                              "--flows --data DIR with --filter",
                              option, captures.front()));
    }
  }
  Arguments packets;
  packets.add("flows", "");
  packets.add("data", data_directory(arguments));
  if (arguments.has("quiet")) {
    packets.add("quiet", "");
  }
  int code = kExitDone;
  for (const std::string& capture : captures) {
    WEIR_ASSIGN_OR_RETURN(PacketInput input, PacketInput::open(packets, {capture}, environment));
    WEIR_ASSIGN_OR_RETURN(const int own, meter_flows(input, packets, environment));
    code = own != kExitDone ? own : input.has_damage() ? kExitPartial : code;
  }
  return code;
}

}  // namespace weir::cli
