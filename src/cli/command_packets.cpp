#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/packet_input.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"
#include "packet/statistics.h"

namespace weir::cli {
namespace {

Result<int> count_packets(PacketInput& input, const Arguments& arguments,
                          Environment& environment) {
  packet::Statistics statistics;
  packet::PacketView view;
  packet::CapturedPacket captured;
  const packet::Parser& parser = input.parser();
  WEIR_RETURN_IF_ERROR(input.each_file([&](packet::CaptureReader& reader) -> Result<bool> {
    while (reader.next(captured)) {
      (void)parser.parse(captured.frame, captured.wire_length, captured.link, view);
      statistics.add(view);
      if (environment.cancel().is_cancelled()) [[unlikely]] {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
    }
    return true;
  }));
  const std::string_view format = arguments.value("output", "table");
  const std::string text = format == "table"        ? to_text(statistics)
                           : format == "prometheus" ? to_prometheus(statistics)
                                                    : to_json(statistics) + "\n";
  return environment.write(text) ? kExitDone : environment.write_failure();
}

Result<int> show_packets(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(PacketInput input, PacketInput::open(arguments, environment));
  WEIR_ASSIGN_OR_RETURN(const int code, count_packets(input, arguments, environment));
  return code != kExitDone || !input.has_damage() ? code : kExitPartial;
}

}  // namespace

int run_packets(const Arguments& arguments, Environment& environment) {
  const auto done = show_packets(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
