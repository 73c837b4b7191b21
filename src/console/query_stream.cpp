#include "console/query_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/memory_budget.h"
#include "console/answer_tree.h"
#include "console/empty_reasons.h"
#include "console/time_range.h"
#include "logs/source_names.h"
#include "query/execute.h"

namespace weir::console {
namespace {

using api::RouteCall;
using format::Tree;

constexpr std::size_t kRowsEachLine = 1'000;
constexpr std::int64_t kMostRows = 1'000'000;
constexpr std::chrono::milliseconds kProgressEvery{200};

struct Running {
  std::atomic<std::size_t> count{0};
};

// A query that could be prepared.
struct PreparedCall {
  std::string text;
  query::PreparedQuery query;
  column::TimeRange range;
  std::size_t max_rows = 0;
  bool is_of_flows = true;
  std::string request_id;
};

class SourceCatalog final : public query::Catalog {
 public:
  SourceCatalog(const QueryRoom& room, std::shared_ptr<column::Table> table,
                std::vector<std::string> names)
      : room_(room), table_(std::move(table)), names_(std::move(names)) {}

  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    if (name.empty() || name == "flows" || name == "vpc_flow_logs" ||
        std::find(names_.begin(), names_.end(), name) != names_.end()) {
      return table_;
    }
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no table '{}'; the flow table is called flows", name), span);
  }
  Result<std::shared_ptr<column::Table>> find_source(const std::vector<std::string>& names,
                                                     TextSpan span) override {
    return at(room_.groups(names, {}), span);
  }
  Result<std::shared_ptr<column::Table>> find_lookup(std::string_view name,
                                                     TextSpan span) override {
    return at(room_.lookup(name), span);
  }

 private:
  static Result<std::shared_ptr<column::Table>> at(Result<std::shared_ptr<column::Table>> table,
                                                   TextSpan span) {
    if (!table) {
      table.error().span = span;
    }
    return table;
  }
  const QueryRoom& room_;
  std::shared_ptr<column::Table> table_;
  std::vector<std::string> names_;
};

// Writes lines from two threads: rows of the query, progress meanwhile.
class Lines {
 public:
  explicit Lines(http::BodyWriter& body) : body_(body) {}
  bool write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    return body_.write(line + "\n");
  }
  bool write(const Tree& tree) { return write(format::write_json(tree)); }

 private:
  http::BodyWriter& body_;
  std::mutex mutex_;
};

class RowLines final : public query::RowSink {
 public:
  RowLines(Lines& lines, std::size_t max_rows) : lines_(lines), max_rows_(max_rows) {}

  Result<void> start(const column::Schema& schema) override {
    Tree columns = Tree::list();
    for (const column::Field& field : schema) {
      columns.push(Tree::map({{"name", field.name}, {"type", cell_type(field.type)}}));
    }
    lines_.write(Tree::map({{"type", "columns"}, {"columns", std::move(columns)}}));
    return {};
  }
  Result<bool> write(const column::Batch& batch) override {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      if (num_rows_ == max_rows_) {
        is_truncated_ = true;
        return flush() && false;
      }
      Tree cells = Tree::list();
      for (const column::Column& column : batch.columns) {
        cells.push(cell_tree(column.value_at(row)));
      }
      rows_.push(std::move(cells));
      ++num_rows_;
      if (rows_.items().size() == kRowsEachLine && !flush()) {
        return false;
      }
    }
    return true;
  }
  bool flush() {
    if (rows_.items().empty()) {
      return true;
    }
    Tree rows = std::move(rows_);
    rows_ = Tree::list();
    return lines_.write(Tree::map({{"type", "rows"}, {"rows", std::move(rows)}}));
  }
  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }
  [[nodiscard]] bool is_truncated() const { return is_truncated_; }

 private:
  Lines& lines_;
  std::size_t max_rows_;
  Tree rows_ = Tree::list();
  std::size_t num_rows_ = 0;
  bool is_truncated_ = false;
};

// Says how far a query is, every so often, until it is destroyed.
class ProgressTeller {
 public:
  ProgressTeller(Lines& lines, const column::ScanProgress& progress,
                 std::optional<std::uint64_t> total)
      : lines_(lines), progress_(progress), total_(total), thread_([this] { run(); }) {}
  ProgressTeller(const ProgressTeller&) = delete;
  ProgressTeller& operator=(const ProgressTeller&) = delete;
  ~ProgressTeller() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void run() {
    const auto begin = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kProgressEvery, [&] { return is_ending_; })) {
      const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now() - begin);
      const auto num_read = static_cast<std::int64_t>(progress_.records.load());
      lines_.write(
          Tree::map({{"type", "progress"},
                     {"rowsRead", num_read},
                     {"rowsTotal", total_ ? Tree(static_cast<std::int64_t>(*total_)) : Tree()},
                     {"elapsedMs", static_cast<std::int64_t>(elapsed.count())}}));
    }
  }

  Lines& lines_;
  const column::ScanProgress& progress_;
  std::optional<std::uint64_t> total_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;
  std::thread thread_;
};

Tree problem_line(const Error& error, const PreparedCall& call) {
  Tree line = format::read_json(api::problem_answer(error, call.request_id).body).value_or(Tree());
  line.set("type", "problem");
  if (error.span) {
    line.set("position", position_tree(call.text, *error.span));
  }
  return line;
}

void run_query(const QueryRoom& room, const PreparedCall& call, http::BodyWriter& body) {
  Lines lines(body);
  RowLines rows(lines, call.max_rows);
  MemoryBudget memory(room.flows.memory_bytes);
  column::ScanProgress progress;
  query::ExecuteOptions options;
  options.num_threads = room.flows.num_threads;
  options.memory = &memory;
  options.cancel = &body.gone();
  options.progress = &progress;
  std::optional<std::uint64_t> total;
  if (call.is_of_flows && !call.range.since && !call.range.until) {
    if (const auto extent = room.flows.extent()) {
      total = extent->num_records;
    }
  }
  const std::int64_t begin_ns = room.flows.clock->monotonic_ns();
  auto done = [&] {
    const ProgressTeller teller(lines, progress, total);
    return query::execute(call.query.plan, options, rows);
  }();
  if (!done) {
    lines.write(problem_line(done.error(), call));
    return;
  }
  rows.flush();
  query::AnswerReport report;
  report.completeness = std::move(done->completeness);
  report.paths = std::move(done->paths);
  report.rows_matched = done->rows_matched;
  report.rows_returned = rows.num_rows();
  report.peak_memory_bytes = done->peak_memory_bytes;
  const std::int64_t elapsed_ns = room.flows.clock->monotonic_ns() - begin_ns;
  report.seconds = static_cast<double>(elapsed_ns) / 1e9;
  report.query = call.text;
  for (const query::Warning& warning : call.query.warnings) {
    if (warning.code != "source_ignored") {  // it was looked at, before
      report.warnings.push_back(warning);
    }
  }
  Tree reasons = Tree::list();
  if (call.is_of_flows) {
    reasons =
        empty_reasons(room.flows, report, call.range, rows.num_rows() > 0).value_or(Tree::list());
  } else if (rows.num_rows() == 0) {
    reasons.push(Tree::map({{"cause", "filter_matches_nothing"},
                            {"detail", "no event of the groups matches in that time"},
                            {"next", "Ask for another time, or loosen the filter."}}));
  }
  lines.write(Tree::map({{"type", "end"},
                         {"rowCount", static_cast<std::int64_t>(rows.num_rows())},
                         {"isTruncated", rows.is_truncated()},
                         {"warnings", warnings_tree(report.warnings, call.text)},
                         {"report", report_tree(report)},
                         {"elapsedMs", elapsed_ns / 1'000'000},
                         {"answeredFrom", text_or_null(answered_from(report))},
                         {"emptyBecause", std::move(reasons)}}));
}

Result<std::optional<query::Language>> language_of(const Tree& body) {
  WEIR_ASSIGN_OR_RETURN(const std::string name, read_text(body, "language", "auto"));
  if (name == "auto") {
    return std::optional<query::Language>();
  }
  if (name != "insights" && name != "sql") {
    return fail(ErrorCode::kUsage, "language is auto, insights or sql");
  }
  return std::optional(name == "sql" ? query::Language::kSql : query::Language::kInsights);
}

// The refusal of a text that does not parse, with the place and what may have been meant.
http::Response refusal_of(const QueryRoom& room, const RouteCall& call, const std::string& text,
                          std::optional<query::Language> language, Error error) {
  if (error.code == ErrorCode::kNotFound && error.span) {
    error.code = ErrorCode::kUsage;  // a name in the text, not what the text was sent to
  }
  const query::Language spoken =
      language.value_or(query::detect_language(text).value_or(query::Language::kInsights));
  return api::problem_answer(error, call.request_id,
                             problem_members(text, error, room.flows, spoken));
}

Result<http::Response> start_query(const QueryRoom& room, const std::shared_ptr<Running>& running,
                                   const RouteCall& call) {
  WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
  auto prepared_call = std::make_shared<PreparedCall>();
  WEIR_ASSIGN_OR_RETURN(prepared_call->text, read_text(body, "query"));
  WEIR_ASSIGN_OR_RETURN(const auto language, language_of(body));
  WEIR_ASSIGN_OR_RETURN(const auto max_rows, read_number(body, "maxRows", 10'000, 1, kMostRows));
  WEIR_ASSIGN_OR_RETURN(const std::string dialect, read_text(body, "dialect", "helpful"));
  if (dialect != "helpful" && dialect != "cloudwatch") {
    return fail(ErrorCode::kUsage, "dialect is helpful or cloudwatch");
  }
  prepared_call->max_rows = static_cast<std::size_t>(max_rows);
  prepared_call->request_id = call.request_id;
  if (body.has("since") || body.has("until")) {
    WEIR_ASSIGN_OR_RETURN(const TimeSpan span, read_span(body, room.flows.clock->now_ms()));
    prepared_call->range.until = span.until;
    if (body.has("since")) {
      prepared_call->range.since = span.since;
    }
  }
  const std::string& text = prepared_call->text;
  const auto sources = logs::read_sources(text);
  std::shared_ptr<column::Table> table;
  if (!sources.problem.empty()) {
    return fail(ErrorCode::kUsage, sources.problem);
  }
  if (!sources.names.empty() || !sources.prefixes.empty()) {
    WEIR_ASSIGN_OR_RETURN(table, room.groups(sources.names, sources.prefixes));
    prepared_call->is_of_flows = false;
  } else {
    WEIR_ASSIGN_OR_RETURN(table, room.flows.flows());
  }
  SourceCatalog catalog(room, std::move(table), sources.names);
  query::PrepareOptions options;
  options.language = language;
  options.range = prepared_call->range;
  query::QueryEnvironment environment;
  environment.now_ms = room.flows.clock->now_ms();
  environment.enrichment = room.flows.enrichment;
  environment.dialect =
      dialect == "cloudwatch" ? query::Dialect::kCloudWatch : query::Dialect::kHelpful;
  auto prepared = query::prepare(text, options, catalog, environment);
  if (prepared && prepared->size() != 1) {
    prepared = fail(ErrorCode::kUsage, "a query is one statement");
  }
  if (!prepared) {
    return refusal_of(room, call, text, language, std::move(prepared).error());
  }
  prepared_call->query = std::move(prepared->front());
  if (running->count.fetch_add(1) >= room.max_running) {
    --running->count;
    return fail(ErrorCode::kBusy,
                fmt::format("{} queries run already; try again shortly", room.max_running));
  }
  // However the stream ends, or should it never begin, the place is given back.
  const std::shared_ptr<void> place(nullptr, [running](void*) { --running->count; });
  http::Response response{
      200, {{"Content-Type", "application/x-ndjson"}, {"Cache-Control", "no-store"}}, ""};
  response.produce = [&room, prepared_call, place](http::BodyWriter& writer) {
    run_query(room, *prepared_call, writer);
  };
  return response;
}

}  // namespace

void add_query_route(api::NativeApi& native, const QueryRoom& room) {
  api::Route route{"POST", "/api/v1/query",
                   "Runs a query; columns, rows and progress come as they are there."};
  route.members = {"query", "language", "since", "until", "maxRows", "dialect"};
  route.media_type = "application/x-ndjson";
  route.answers = "lines told apart by type: columns, progress, rows, end, problem";
  const auto running = std::make_shared<Running>();
  route.run = [room = std::make_shared<QueryRoom>(room), running](const RouteCall& call) {
    return start_query(*room, running, call);
  };
  native.add(std::move(route));
}

}  // namespace weir::console
