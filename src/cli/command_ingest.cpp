#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/progress.h"
#include "format/json_writer.h"
#include "intake/intake.h"

namespace weir::cli {
namespace {

using intake::ObjectReport;

std::string object_line(const ObjectReport& object) {
  std::string text;
  format::JsonWriter json(text);
  json.begin_object();
  json.key("object");
  json.string(object.path);
  json.key("state");
  json.string(name_of(object.state));
  if (object.state == ObjectReport::State::kTaken) {
    json.key("records");
    json.unsigned_integer(object.num_rows);
    json.key("rejected");
    json.unsigned_integer(object.num_rejected);
    json.key("bytes");
    json.unsigned_integer(object.num_bytes);
    json.key("begin");
    json.unsigned_integer(object.begin);
  }
  if (!object.problem.empty()) {
    json.key("problem");
    json.string(object.problem);
  }
  json.end_object();
  return text + "\n";
}

std::string grouped(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

std::string totals_line(const intake::Intake::Totals& totals, double seconds) {
  std::string text =
      fmt::format("{} records of {} objects, {} in {:.2f} s", grouped(totals.rows),
                  grouped(totals.taken), format_bytes(static_cast<double>(totals.bytes)), seconds);
  if (seconds > 0.005 && totals.rows > 0) {
    text += fmt::format(
        " ({} records/s)",
        grouped(static_cast<std::uint64_t>(static_cast<double>(totals.rows) / seconds)));
  }
  text += "\n";
  if (totals.known > 0) {
    text += fmt::format("{} objects were known\n", grouped(totals.known));
  }
  if (totals.nothing > 0) {
    text += fmt::format("{} files hold no records\n", grouped(totals.nothing));
  }
  if (totals.rejected > 0) {
    text += fmt::format("rejected {}\n", grouped(totals.rejected));
  }
  return text;
}

Result<int> ingest(const Arguments& arguments, Environment& environment) {
  flowlog::FileTableOptions files;
  files.paths = arguments.positionals();
  if (files.paths.empty()) {
    return fail(ErrorCode::kUsage,
                "weir ingest needs files, directories or globs, or - for standard input");
  }
  if (arguments.has("format")) {
    auto layout = flowlog::parse_format(arguments.value("format"));
    if (!layout) {
      return fail(ErrorCode::kUsage, "--format: " + layout.error().message);
    }
    layout->origin = flowlog::LayoutOrigin::kFormatOption;
    files.format = std::move(*layout);
  }
  files.describe_files = arguments.values("flow-logs");
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  WEIR_ASSIGN_OR_RETURN(const auto threads, arguments.number("threads", cores));
  WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(environment.files(), files));

  const bool is_quiet = arguments.has("quiet");
  const bool tells_objects = arguments.value("progress") == "jsonl";
  intake::IntakeOptions options;
  options.num_threads = static_cast<std::size_t>(std::min<std::int64_t>(threads, 64));
  store::StoreOptions store_options;
  store_options.is_durable = !arguments.has("fast");
  store_options.load_memory_bytes = (std::size_t{40} << 20) / options.num_threads;
  WEIR_ASSIGN_OR_RETURN(const auto store,
                        store::Store::open(environment.files(), environment.clock(),
                                           data_directory(arguments), store_options));
  WEIR_ASSIGN_OR_RETURN(
      const auto intake,
      intake::Intake::open(*store, environment.clock(), options, [&](const ObjectReport& object) {
        if (tells_objects) {
          static_cast<void>(environment.write(object_line(object)));
        }
        if (object.state == ObjectReport::State::kRefused) {
          environment.say(fmt::format("weir: {}: not taken in: {}\n", object.path, object.problem));
        }
      }));
  column::ScanProgress progress;
  column::ScanContext context;
  context.cancel = &environment.cancel();
  context.progress = &progress;
  const std::int64_t begin_ns = environment.clock().monotonic_ns();
  auto taken = [&] {
    const ProgressLine line(
        is_quiet || tells_objects ? "none" : arguments.value("progress", "auto"), progress,
        environment);
    return intake->take(*table, context);
  }();
  const double seconds = static_cast<double>(environment.clock().monotonic_ns() - begin_ns) / 1e9;
  if (!is_quiet) {
    environment.say(totals_line(intake->totals(), seconds));
  }
  if (!taken) {
    return tl::unexpected<Error>(std::move(taken).error());
  }
  return intake->totals().refused > 0 ? kExitInput : environment.write_failure();
}

}  // namespace

int run_ingest(const Arguments& arguments, Environment& environment) {
  const auto done = ingest(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
