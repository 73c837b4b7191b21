#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/nearest_name.h"
#include "base/number.h"
#include "base/time_text.h"
#include "cli/data_directory.h"
#include "cli/progress.h"
#include "flow/count_once.h"
#include "flow/enrichment.h"
#include "intake/flow_table_spec.h"
#include "intake/stored_flows.h"
#include "query/lookup_table.h"

namespace weir::cli {
namespace {

std::uint64_t default_memory_bytes() {
  const auto pages = static_cast<std::uint64_t>(std::max(sysconf(_SC_PHYS_PAGES), 1L));
  const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return std::max<std::uint64_t>(pages * page_bytes / 2, 256'000'000);
}

Result<std::string> read_lookup_file(io::FileSystem& files, const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  constexpr std::uint64_t kMostRead = 16U << 20;  // past what a table may have, so that it says so
  std::string text(std::min(file->size(), kMostRead), '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t num_bytes, file->read_at(0, text));
  text.resize(num_bytes);
  return text;
}

Error with_caret(Error error, const QueryText& text) {
  if (error.span) {
    if (const auto place = text.point_at(*error.span)) {
      error.message += "\n" + *place;
    }
  }
  return error;
}

// What was done before an interruption.
std::string interrupted_text(const column::ScanProgress& progress, double seconds) {
  return fmt::format("interrupted after {} records, {} of {} in {:.1f} s",
                     format_grouped(static_cast<std::int64_t>(progress.records.load())),
                     format_bytes(static_cast<double>(progress.bytes_done.load())),
                     format_bytes(static_cast<double>(progress.bytes_total.load())), seconds);
}

Result<std::optional<TimeMs>> read_time(const Arguments& arguments, std::string_view option,
                                        TimeMs now) {
  if (!arguments.has(option)) {
    return std::optional<TimeMs>();
  }
  auto time = parse_time(arguments.value(option), now);
  if (!time) {
    return fail(ErrorCode::kUsage, fmt::format("--{}: {}", option, time.error().message));
  }
  return std::optional<TimeMs>(*time);
}

}  // namespace

Session::Session(Environment& environment) : environment_(environment) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const Arguments& arguments,
                                               std::vector<std::string> paths,
                                               Environment& environment) {
  std::unique_ptr<Session> session(new Session(environment));
  WEIR_RETURN_IF_ERROR(session->read_options(arguments));
  if (arguments.has("data") && !paths.empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("paths and --data do not go together: leave out --data to ask the "
                            "files, {} to ask the store",
                            paths.front()));
  }
  if (asks_store(arguments, paths, environment)) {
    WEIR_RETURN_IF_ERROR(session->open_store(data_directory(arguments)));
    return session;
  }
  if (paths.empty()) {
    if (isatty(STDIN_FILENO) == 1) {
      return fail(ErrorCode::kUsage,
                  fmt::format("no input: name files, directories or globs (weir top ./AWSLogs/), "
                              "or pipe flow logs in; there is no store at {} either",
                              data_directory(arguments)));
    }
    paths.emplace_back("-");
  }
  WEIR_RETURN_IF_ERROR(session->open_files(arguments, std::move(paths)));
  return session;
}

Result<std::unique_ptr<Session>> Session::open_stored(const Arguments& arguments,
                                                      Environment& environment) {
  std::unique_ptr<Session> session(new Session(environment));
  WEIR_RETURN_IF_ERROR(session->read_options(arguments));
  WEIR_RETURN_IF_ERROR(session->open_store(data_directory(arguments)));
  return session;
}

bool Session::asks_store(const Arguments& arguments, const std::vector<std::string>& paths,
                         Environment& environment) {
  return paths.empty() &&
         (arguments.has("data") || has_store(environment, data_directory(arguments)));
}

void Session::use_table(std::shared_ptr<column::Table> table) {
  table_ = std::move(table);
  if (counts_once_) {
    table_ = std::make_shared<flow::CountOnceTable>(table_, memory_.get());
  }
}

Result<void> Session::open_files(const Arguments& arguments, std::vector<std::string> paths) {
  flowlog::FileTableOptions options;
  options.paths = std::move(paths);
  if (arguments.has("format")) {
    auto layout = flowlog::parse_format(arguments.value("format"));
    if (!layout) {
      return fail(ErrorCode::kUsage, "--format: " + layout.error().message);
    }
    layout->origin = flowlog::LayoutOrigin::kFormatOption;
    options.format = std::move(*layout);
  }
  options.describe_files = arguments.values("flow-logs");
  WEIR_ASSIGN_OR_RETURN(files_, flowlog::open_files(environment_.files(), options));
  use_table(files_);
  return {};
}

Result<void> Session::open_store(const std::string& directory) {
  if (!has_store(environment_, directory)) {
    return tl::unexpected<Error>(no_store(directory));
  }
  WEIR_ASSIGN_OR_RETURN(store_, store::StoreView::open(environment_.files(), directory));
  std::shared_ptr<const store::TableSnapshot> snapshot;
  if (store_->state()->table(intake::kFlowsTable) != nullptr) {
    WEIR_ASSIGN_OR_RETURN(snapshot, store_->snapshot(intake::kFlowsTable));
  }
  const auto flows = std::make_shared<intake::StoredFlows>(std::move(snapshot), store_->state());
  WEIR_ASSIGN_OR_RETURN(sample_, flows->sample());
  use_table(flows);
  return {};
}

Result<void> Session::read_options(const Arguments& arguments) {
  environment_.set_color(arguments.value("color", "auto"));
  output_format_ = arguments.value("output", "table");
  progress_mode_ = arguments.value("progress", "auto");
  report_path_ = arguments.value("report");
  is_quiet_ = arguments.has("quiet");
  has_header_ = !arguments.has("no-header");
  requires_complete_ = arguments.has("require-complete");
  counts_once_ = arguments.has("count-once");
  may_use_rollups_ = !arguments.has("no-rollups");

  WEIR_ASSIGN_OR_RETURN(const auto now, read_time(arguments, "now", environment_.clock().now_ms()));
  query_environment_.now_ms = now.value_or(environment_.clock().now_ms());
  WEIR_ASSIGN_OR_RETURN(prepare_options_.range.since,
                        read_time(arguments, "since", query_environment_.now_ms));
  WEIR_ASSIGN_OR_RETURN(prepare_options_.range.until,
                        read_time(arguments, "until", query_environment_.now_ms));
  if (arguments.value("dialect", "helpful") == "cloudwatch") {
    query_environment_.dialect = query::Dialect::kCloudWatch;
  }

  const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  WEIR_ASSIGN_OR_RETURN(const auto threads, arguments.number("threads", cores));
  num_threads_ = static_cast<std::size_t>(std::min<std::int64_t>(threads, 1024));
  std::uint64_t memory = default_memory_bytes();
  if (arguments.has("memory")) {
    const auto parsed = parse_byte_size(arguments.value("memory"));
    if (!parsed || *parsed == 0) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--memory takes a size such as 512MB or 2GiB, not '{}'",
                              arguments.value("memory")));
    }
    memory = *parsed;
  }
  memory_ = std::make_unique<MemoryBudget>(memory);

  flow::EnrichmentOptions enrichment;
  enrichment.vpc_cidrs = arguments.values("vpc-cidr");
  enrichment.geo_files = arguments.values("geo");
  enrichment.aws_ranges_file = arguments.value("aws-ranges");
  WEIR_ASSIGN_OR_RETURN(query_environment_.enrichment,
                        flow::load_enrichment(environment_.files(), enrichment));
  return read_lookups(arguments);
}

Result<void> Session::read_lookups(const Arguments& arguments) {
  for (const std::string& given : arguments.values("lookup")) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--lookup takes NAME=FILE, as in hosts=hosts.csv, not '{}'", given));
    }
    const std::string path = given.substr(equals + 1);
    WEIR_ASSIGN_OR_RETURN(const std::string csv, read_lookup_file(environment_.files(), path));
    auto table = query::read_lookup_table(csv);
    if (!table) {
      return fail(ErrorCode::kInput, fmt::format("{}: {}", path, table.error().message));
    }
    lookups_[given.substr(0, equals)] = std::move(*table);
  }
  return {};
}

Result<std::shared_ptr<column::Table>> Session::find_lookup(std::string_view name, TextSpan span) {
  const auto found = lookups_.find(name);
  if (found != lookups_.end()) {
    return found->second;
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no lookup table '{}'; name a CSV file with --lookup {}=FILE",
                          name, name),
              span);
}

Result<std::shared_ptr<column::Table>> Session::find_table(std::string_view name, TextSpan span) {
  const auto is = [&](std::string_view other) {
    return std::equal(name.begin(), name.end(), other.begin(), other.end(),
                      [](char a, char b) { return std::tolower(a) == b; });
  };
  if (name.empty() || is("flows") || is("vpc_flow_logs")) {
    return table_;
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no table '{}'; the flow logs given are the table flows (also "
                          "called vpc_flow_logs)",
                          name),
              span);
}

Result<std::vector<query::PreparedQuery>> Session::prepare(
    const QueryText& text, std::optional<query::Language> language) {
  query::PrepareOptions options = prepare_options_;
  options.language = language;
  auto prepared = query::prepare(text.text(), options, *this, query_environment_);
  if (!prepared) {
    return tl::unexpected<Error>(with_caret(std::move(prepared).error(), text));
  }
  return prepared;
}

void Session::say_warning(const query::Warning& warning, const QueryText& text) {
  environment_.say(fmt::format("warning: {}\n", warning.message));
  if (warning.span && warning.code != "field_casing") {
    if (const auto place = text.point_at(*warning.span)) {
      environment_.say(*place + "\n");
    }
  }
}

Result<void> Session::run(const query::PreparedQuery& prepared, const QueryText& whole_text,
                          query::RowSink& sink) {
  for (const auto& warning : prepared.warnings) {
    // These two are said below, if there are such records, and any at all.
    if (!is_quiet_ && warning.code != "null_groups" && warning.code != "empty_field") {
      say_warning(warning, whole_text);
    }
  }
  column::ScanProgress progress;
  query::ExecuteOptions options;
  options.num_threads = num_threads_;
  options.memory = memory_.get();
  options.cancel = &environment_.cancel();
  options.progress = &progress;
  options.may_use_rollups = may_use_rollups_;
  const std::int64_t begin_ns = environment_.clock().monotonic_ns();
  auto done = [&] {
    const ProgressLine line(is_quiet_ ? "none" : progress_mode_, progress, environment_);
    return query::execute(prepared.plan, options, sink);
  }();
  const double seconds = static_cast<double>(environment_.clock().monotonic_ns() - begin_ns) / 1e9;
  if (!done) {
    if (done.error().code == ErrorCode::kCancelled) {
      return fail(ErrorCode::kCancelled, interrupted_text(progress, seconds));
    }
    return tl::unexpected<Error>(with_caret(std::move(done).error(), whole_text));
  }
  const column::Completeness& completeness = done->completeness;
  for (const auto& warning : prepared.warnings) {
    if (warning.code == "null_groups" && !is_quiet_ &&
        completeness.nodata + completeness.skipdata > 0) {
      environment_.say(fmt::format("note: {}\n", warning.message));
    }
    // A command's own columns are no news: they show themselves as absent.
    if (warning.code == "empty_field" && !is_quiet_ && completeness.records > 0 &&
        (!warning.span || whole_text.point_at(*warning.span))) {
      say_warning(warning, whole_text);
    }
  }
  AnswerReport report;
  report.completeness = std::move(done->completeness);
  report.warnings = prepared.warnings;
  report.paths = std::move(done->paths);
  report.rows_matched = done->rows_matched;
  report.rows_returned = done->rows_returned;
  report.seconds = seconds;
  report.peak_memory_bytes = done->peak_memory_bytes;
  report.query = prepared.text;
  reports_.push_back(std::move(report));
  return {};
}

std::unique_ptr<RowWriter> Session::make_writer(query::Language language) {
  RowWriterOptions options;
  options.time_style =
      language == query::Language::kInsights ? TimeStyle::kInsights : TimeStyle::kIso;
  options.is_terminal = environment_.is_output_terminal();
  options.terminal_width = environment_.terminal_width();
  options.has_color = environment_.has_color();
  options.has_header = has_header_;
  return make_row_writer(output_format_, environment_, options);
}

int Session::close() {
  if (reports_.empty()) {
    return kExitDone;
  }
  const AnswerReport& last = reports_.back();
  if (!is_quiet_) {
    environment_.say(report_text(last));
    environment_.say(empty_reason(last));
  }
  if (!report_path_.empty()) {
    if (auto done = write_report_file(report_path_, report_json(reports_), environment_); !done) {
      return environment_.fail(done.error());
    }
  }
  const column::Completeness& completeness = last.completeness;
  if (completeness.records == 0 && completeness.rejected > 0) {
    return kExitInput;
  }
  if (requires_complete_ && !completeness.is_complete()) {
    environment_.say("weir: the data is not complete (--require-complete)\n");
    return kExitPartial;
  }
  return environment_.write_failure();
}

}  // namespace weir::cli
