#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/condition_chooser.h"
#include "cli/data_directory.h"
#include "cli/ingest_captures.h"
#include "cli/ingest_follow.h"
#include "cli/progress.h"
#include "cli/removed_text.h"
#include "flow/enrichment.h"
#include "format/json_writer.h"
#include "intake/intake.h"
#include "query/query.h"

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
    if (object.repeats > 0) {
      json.key("repeats");
      json.unsigned_integer(object.repeats);
    }
  }
  if (!object.problem.empty()) {
    json.key("problem");
    json.string(object.problem);
  }
  json.end_object();
  return text + "\n";
}

std::string grouped_total(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

std::string totals_line(const intake::Intake::Totals& totals, double seconds) {
  std::string text = fmt::format("{} records of {} objects, {} in {:.2f} s",
                                 grouped_total(totals.rows), grouped_total(totals.taken),
                                 format_bytes(static_cast<double>(totals.bytes)), seconds);
  if (seconds > 0.005 && totals.rows > 0) {
    text += fmt::format(
        " ({} records/s)",
        grouped_total(static_cast<std::uint64_t>(static_cast<double>(totals.rows) / seconds)));
  }
  text += "\n";
  if (totals.known > 0) {
    text += fmt::format("{} objects were known\n", grouped_total(totals.known));
  }
  if (totals.nothing > 0) {
    text += fmt::format("{} {} no records\n", grouped_total(totals.nothing),
                        totals.nothing == 1 ? "file holds" : "files hold");
  }
  if (totals.repeats > 0) {
    text +=
        fmt::format("{} records were repeats and were dropped\n", grouped_total(totals.repeats));
  }
  if (totals.rejected > 0) {
    text += fmt::format("rejected {}\n", grouped_total(totals.rejected));
  }
  return text;
}

// What was asked for, read from the command line.
struct IngestPlan {
  flowlog::FileTableOptions files;
  intake::IntakeOptions intake;
  store::StoreOptions store;
  bool is_following = false;
  bool is_of_pipe = false;  // standard input alone
};

Result<std::uint32_t> read_sample(std::string_view text) {
  std::string_view number = text;
  if (number.starts_with("1/")) {
    number.remove_prefix(2);
  }
  const auto rate = parse_int64(number);
  if (!rate || *rate < 1 || *rate > 1'000'000) {
    return fail(ErrorCode::kUsage,
                fmt::format("--sample takes one connection in N, as in 1/10, not '{}'", text));
  }
  return static_cast<std::uint32_t>(*rate);
}

Result<void> read_condition(const Arguments& arguments, Environment& environment,
                            std::shared_ptr<flowlog::FileTable> table,
                            intake::IntakeOptions& options) {
  query::QueryEnvironment query;
  query.now_ms = environment.clock().now_ms();
  if (arguments.has("now")) {
    auto now = parse_time(arguments.value("now"), query.now_ms);
    if (!now) {
      return fail(ErrorCode::kUsage, "--now: " + now.error().message);
    }
    query.now_ms = *now;
  }
  WEIR_ASSIGN_OR_RETURN(query.enrichment, flow::load_enrichment(environment.files(), {}));
  const std::string_view text = arguments.value("where");
  auto condition = query::bind_condition(text, std::move(table), query);
  if (!condition) {
    Error error = std::move(condition).error();
    error.message = "--where: " + error.message;
    if (error.span) {
      error.message += "\n" + query::point_at(text, *error.span);
    }
    return tl::unexpected<Error>(std::move(error));
  }
  options.choosers.push_back(choose_by(std::move(*condition)));
  options.where = text;
  return {};
}

Result<IngestPlan> read_plan(const Arguments& arguments, Environment& environment) {
  IngestPlan plan;
  plan.files.paths = arguments.positionals();
  if (plan.files.paths.empty()) {
    return fail(ErrorCode::kUsage,
                "weir ingest needs files, directories or globs, or - for standard input");
  }
  if (arguments.has("format")) {
    auto layout = flowlog::parse_format(arguments.value("format"));
    if (!layout) {
      return fail(ErrorCode::kUsage, "--format: " + layout.error().message);
    }
    layout->origin = flowlog::LayoutOrigin::kFormatOption;
    plan.files.format = std::move(*layout);
  }
  plan.files.describe_files = arguments.values("flow-logs");
  plan.is_following = arguments.has("follow");
  const bool has_pipe =
      std::find(plan.files.paths.begin(), plan.files.paths.end(), "-") != plan.files.paths.end();
  plan.is_of_pipe = has_pipe && plan.files.paths.size() == 1;
  if (plan.is_following && has_pipe && !plan.is_of_pipe) {
    return fail(ErrorCode::kUsage, "--follow takes directories, or standard input alone");
  }
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  WEIR_ASSIGN_OR_RETURN(const auto threads, arguments.number("threads", cores));
  plan.intake.num_threads = static_cast<std::size_t>(std::min<std::int64_t>(threads, 64));
  plan.intake.is_following = plan.is_following && !plan.is_of_pipe;
  plan.intake.drops_repeats = arguments.has("dedupe-records");
  if (plan.is_following && plan.is_of_pipe) {
    plan.intake.piece_token = fmt::format("{}.{}.{}", environment.clock().now_ms(),
                                          environment.clock().monotonic_ns(), getpid());
  }
  if (arguments.has("sample")) {
    WEIR_ASSIGN_OR_RETURN(plan.intake.sample, read_sample(arguments.value("sample")));
    const std::uint32_t rate = plan.intake.sample;
    if (rate > 1) {
      plan.intake.choosers.emplace_back([rate]() -> Result<std::unique_ptr<intake::RowChooser>> {
        return intake::make_connection_sample(rate);
      });
    }
  }
  plan.store.is_durable = !arguments.has("fast");
  constexpr std::size_t kLoadBytes = std::size_t{40} << 20;
  plan.store.load_memory_bytes = kLoadBytes / plan.intake.num_threads;
  return plan;
}

Result<int> ingest(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(IngestPlan plan, read_plan(arguments, environment));
  int captures_code = kExitDone;
  if (const auto captures = take_captures(plan.files.paths, environment); !captures.empty()) {
    WEIR_ASSIGN_OR_RETURN(captures_code, ingest_captures(captures, arguments, environment));
    if (plan.files.paths.empty()) {
      return captures_code;
    }
  }
  std::shared_ptr<flowlog::FileTable> table;
  if (!plan.is_following) {
    WEIR_ASSIGN_OR_RETURN(table, flowlog::open_files(environment.files(), plan.files));
  }
  if (arguments.has("where")) {
    std::shared_ptr<flowlog::FileTable> bound = table;
    if (bound == nullptr) {  // what is followed may not be there yet: fields, no columns of its own
      flowlog::FileTableOptions nothing;
      nothing.paths = {"-"};
      nothing.standard_input = io::make_memory_source("");
      WEIR_ASSIGN_OR_RETURN(bound, flowlog::open_files(environment.files(), nothing));
    }
    WEIR_RETURN_IF_ERROR(read_condition(arguments, environment, bound, plan.intake));
  }
  const bool is_quiet = arguments.has("quiet");
  const bool tells_objects = arguments.value("progress") == "jsonl";
  WEIR_ASSIGN_OR_RETURN(const auto store,
                        store::Store::open(environment.files(), environment.clock(),
                                           data_directory(arguments), plan.store));
  std::vector<std::string> descriptions;
  WEIR_ASSIGN_OR_RETURN(
      const auto intake,
      intake::Intake::open(
          *store, environment.clock(), plan.intake, [&](const ObjectReport& object) {
            if (tells_objects) {
              static_cast<void>(environment.write(object_line(object)));
            }
            if (object.state == ObjectReport::State::kRefused) {
              environment.say(
                  fmt::format("weir: {}: not taken in: {}\n", object.path, object.problem));
            }
            if (object.is_description) {
              descriptions.push_back(object.path);
            }
          }));
  const std::int64_t begin_ns = environment.clock().monotonic_ns();
  Result<void> taken;
  if (plan.is_following) {
    const FollowWork work{environment, *store, *intake, plan.files, descriptions};
    taken = plan.is_of_pipe ? follow_standard_input(work) : follow_directories(work);
  } else {
    column::ScanProgress progress;
    column::ScanContext context;
    context.cancel = &environment.cancel();
    context.progress = &progress;
    const ProgressLine line(
        is_quiet || tells_objects ? "none" : arguments.value("progress", "auto"), progress,
        environment);
    taken = intake->take(*table, context);
  }
  const double seconds = static_cast<double>(environment.clock().monotonic_ns() - begin_ns) / 1e9;
  if (!is_quiet) {
    environment.say(totals_line(intake->totals(), seconds));
  }
  if (!taken) {
    return tl::unexpected<Error>(std::move(taken).error());
  }
  WEIR_ASSIGN_OR_RETURN(const auto removed, store->apply_retention());
  environment.say(removed_text(removed, false));
  return intake->totals().refused > 0 ? kExitInput
         : captures_code != kExitDone ? captures_code
                                      : environment.write_failure();
}

}  // namespace

int run_ingest(const Arguments& arguments, Environment& environment) {
  const auto done = ingest(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
