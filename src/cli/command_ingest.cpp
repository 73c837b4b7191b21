#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "app/ingest_request.h"
#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/ingest_captures.h"
#include "cli/ingest_follow.h"
#include "cli/ingest_follow_server.h"
#include "cli/progress.h"
#include "cli/removed_text.h"
#include "cli/server_link.h"
#include "intake/intake.h"

namespace weir::cli {
namespace {

using intake::ObjectReport;

std::string object_line(const format::Tree& object) { return format::write_json(object) + "\n"; }

std::string problem_line(std::string_view path, std::string_view state, std::string_view problem) {
  const bool is_refused = state == name_of(ObjectReport::State::kRefused);
  return fmt::format("weir: {}: {}{}\n", path, is_refused ? "not taken in: " : "", problem);
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
struct IngestPlan : app::IngestPlan {
  app::IngestRequest request;
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

bool has_pipe(const app::IngestRequest& request) {
  return std::find(request.paths.begin(), request.paths.end(), "-") != request.paths.end();
}

Result<app::IngestRequest> read_request(const Arguments& arguments, Environment& environment) {
  app::IngestRequest request;
  request.paths = arguments.positionals();
  if (request.paths.empty()) {
    return fail(ErrorCode::kUsage,
                "weir ingest needs files, directories or globs, or - for standard input");
  }
  request.format = arguments.value("format");
  request.flow_logs = arguments.values("flow-logs");
  request.where = arguments.value("where");
  if (arguments.has("now")) {
    const auto now = parse_time(arguments.value("now"), environment.clock().now_ms());
    if (!now) {
      return fail(ErrorCode::kUsage, "--now: " + now.error().message);
    }
    request.now_ms = *now;
  }
  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  WEIR_ASSIGN_OR_RETURN(const auto threads, arguments.number("threads", cores));
  request.threads = std::min(static_cast<std::size_t>(threads), app::kMaxIngestThreads);
  request.drops_repeats = arguments.has("dedupe-records");
  if (arguments.has("sample")) {
    WEIR_ASSIGN_OR_RETURN(request.sample, read_sample(arguments.value("sample")));
  }
  if (arguments.has("follow") && has_pipe(request) && request.paths.size() > 1) {
    return fail(ErrorCode::kUsage, "--follow takes directories, or standard input alone");
  }
  return request;
}

Result<IngestPlan> make_plan(app::IngestRequest request, const Arguments& arguments,
                             Environment& environment) {
  IngestPlan plan;
  plan.is_following = arguments.has("follow");
  plan.is_of_pipe = has_pipe(request) && request.paths.size() == 1;
  request.is_following = plan.is_following && !plan.is_of_pipe;
  WEIR_ASSIGN_OR_RETURN(static_cast<app::IngestPlan&>(plan),
                        app::plan_of(request, environment.files()));
  plan.request = std::move(request);
  if (plan.is_following && plan.is_of_pipe) {
    plan.intake.piece_token = fmt::format("{}.{}.{}", environment.clock().now_ms(),
                                          environment.clock().monotonic_ns(), getpid());
  }
  plan.store.is_durable = !arguments.has("fast");
  // What stays below 64 MB and 8 MB a thread: each has buffers of its own.
  plan.store.load_memory_bytes = plan.intake.num_threads == 1
                                     ? std::size_t{22} << 20
                                     : (std::size_t{24} << 20) / plan.intake.num_threads;
  return plan;
}

Result<int> ingest_here(app::IngestRequest request, const Arguments& arguments,
                        Environment& environment) {
  int captures_code = kExitDone;
  if (const auto captures = take_captures(request.paths, environment); !captures.empty()) {
    WEIR_ASSIGN_OR_RETURN(captures_code, ingest_captures(captures, arguments, environment));
    if (request.paths.empty()) {
      return captures_code;
    }
  }
  WEIR_ASSIGN_OR_RETURN(IngestPlan plan, make_plan(std::move(request), arguments, environment));
  std::shared_ptr<flowlog::FileTable> table;
  if (!plan.is_following) {
    WEIR_ASSIGN_OR_RETURN(table, flowlog::open_files(environment.files(), plan.files));
  }
  // What is followed may not be there yet: the condition is bound to fields, no columns of its own.
  WEIR_RETURN_IF_ERROR(app::add_condition(plan.request, table, environment.files(),
                                          environment.clock(), plan.intake));
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
              static_cast<void>(environment.write(object_line(app::to_tree(object))));
            }
            if (!object.problem.empty()) {
              environment.say(problem_line(object.path, name_of(object.state), object.problem));
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

// The paths as the server must read them, whose working directory is another.
std::vector<std::string> absolute(const std::vector<std::string>& paths) {
  std::vector<std::string> result;
  for (const std::string& path : paths) {
    result.push_back(path == "-" ? path : std::filesystem::absolute(path).string());
  }
  return result;
}

void tell_objects(const format::Tree& objects, const Arguments& arguments,
                  Environment& environment) {
  for (const format::Tree& object : objects.items()) {
    if (arguments.value("progress") == "jsonl") {
      static_cast<void>(environment.write(object_line(object)));
    }
    if (object.has("problem")) {
      environment.say(
          problem_line(object["object"].text(), object["state"].text(), object["problem"].text()));
    }
  }
}

void add_totals(const intake::Intake::Totals& more, intake::Intake::Totals& totals) {
  totals.taken += more.taken;
  totals.known += more.known;
  totals.nothing += more.nothing;
  totals.refused += more.refused;
  totals.rows += more.rows;
  totals.rejected += more.rejected;
  totals.bytes += more.bytes;
  totals.repeats += more.repeats;
}

Result<int> ingest_there(const ServerLink& server, app::IngestRequest request,
                         const Arguments& arguments, Environment& environment) {
  const bool is_following = arguments.has("follow");
  if (is_following && has_pipe(request)) {
    return fail(ErrorCode::kBusy,
                "a server runs on this data directory, which takes a pipe once it has ended: leave "
                "--follow out, or follow a directory");
  }
  if (const auto captures = take_captures(request.paths, environment); !captures.empty()) {
    return fail(ErrorCode::kBusy,
                fmt::format("{} holds packets, which a running server does not take in: stop it "
                            "first, or use another --data",
                            captures.front()));
  }
  request.paths = absolute(request.paths);
  request.flow_logs = absolute(request.flow_logs);
  if (has_pipe(request)) {
    request.standard_input = fmt::format("/proc/{}/fd/{}", getpid(), STDIN_FILENO);
  }
  const std::int64_t begin_ns = environment.clock().monotonic_ns();
  std::optional<Error> problem;
  intake::Intake::Totals totals;
  const auto tell = [&](const format::Tree& answer) {
    tell_objects(answer["objects"], arguments, environment);
    problem.reset();
    if (answer.has("problem")) {
      problem = Error{error_code_of(static_cast<int>(answer["problemStatus"].integer())),
                      answer["problem"].text()};
    }
    add_totals(app::totals_of(answer["totals"]), totals);
  };
  if (is_following) {
    WEIR_RETURN_IF_ERROR(follow_through_server(server, request, environment, tell));
  } else {
    const auto answer = server.send_json("POST", "/api/v1/ingest", app::to_tree(request));
    if (!answer && answer.error().code == ErrorCode::kCancelled) {
      environment.say("weir: the server goes on with what was begun\n");
    }
    WEIR_RETURN_IF_ERROR(answer);
    tell(*answer);
  }
  if (problem) {
    return tl::unexpected<Error>(*problem);
  }
  const double seconds = static_cast<double>(environment.clock().monotonic_ns() - begin_ns) / 1e9;
  if (!arguments.has("quiet")) {
    environment.say(totals_line(totals, seconds));
  }
  return totals.refused > 0 ? kExitInput : environment.write_failure();
}

Result<int> ingest(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(app::IngestRequest request, read_request(arguments, environment));
  if (const auto server = ServerLink::find(environment, data_directory(arguments))) {
    return ingest_there(*server, std::move(request), arguments, environment);
  }
  return ingest_here(std::move(request), arguments, environment);
}

}  // namespace

int run_ingest(const Arguments& arguments, Environment& environment) {
  const auto done = ingest(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
