#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "column/scan.h"
#include "query/execute.h"
#include "query/query.h"

namespace weir::logs {

enum class QueryStatus : std::uint8_t {
  kScheduled,
  kRunning,
  kComplete,
  kFailed,
  kCancelled,
  kTimeout,
};
[[nodiscard]] std::string_view name_of(QueryStatus status);  // "Complete"

// A query to run.
struct QueryRequest {
  std::string scope;  // account and region
  std::string text;
  query::Language language = query::Language::kInsights;
  column::TimeRange range;
  std::size_t limit = 10'000;
  std::vector<std::string> group_names;
  std::shared_ptr<column::Table> table;  // of those groups
  query::Dialect dialect = query::Dialect::kHelpful;
  // The groups that a subquery or a join names, and lookup tables; asked while the query is
  // prepared, never after.
  std::function<Result<std::shared_ptr<column::Table>>(const std::vector<std::string>&)>
      find_source;
  std::function<Result<std::shared_ptr<column::Table>>(std::string_view)> find_lookup;
};

// A query and what became of it. Rows and what follows are there once it has ended.
struct QueryState {
  std::string id;
  QueryRequest request;  // without its table once it has ended
  QueryStatus status = QueryStatus::kScheduled;
  TimeMs created_ms = 0;
  TimeMs ended_ms = 0;
  std::vector<query::Warning> warnings;
  using Row = std::vector<std::pair<std::string, std::string>>;  // null fields left out
  std::vector<Row> rows;
  query::ExecuteStatistics statistics;
  std::string problem;  // of one that failed
};

struct QueryRunnerOptions {
  std::size_t num_threads = 2;
  std::size_t max_waiting = 100;
  std::size_t max_kept = 1000;
  std::int64_t kept_ms = 7 * 86'400'000LL;
  std::int64_t timeout_ms = 3'600'000;
  std::size_t memory_bytes = 512U << 20;  // of each query
};

class AnswerStore;

// Runs queries on threads of its own and keeps their answers: in memory, and with an AnswerStore
// over a restart. Thread-safe.
class QueryRunner {
 public:
  // `clock` and `answers`, which may be null, outlive it.
  QueryRunner(const Clock& clock, std::shared_ptr<const flow::Enrichment> enrichment,
              QueryRunnerOptions options = {}, AnswerStore* answers = nullptr);
  ~QueryRunner();
  QueryRunner(const QueryRunner&) = delete;
  QueryRunner& operator=(const QueryRunner&) = delete;

  // The id. What cannot be parsed or bound is an error at once, with its span; kBusy where too
  // many wait.
  [[nodiscard]] Result<std::string> start(QueryRequest request);
  [[nodiscard]] std::shared_ptr<const QueryState> find(std::string_view id) const;
  // False where it has ended, or there is none.
  bool stop(std::string_view id);
  // Newest first.
  [[nodiscard]] std::vector<std::shared_ptr<const QueryState>> list(std::string_view scope) const;

 private:
  struct Job {
    std::shared_ptr<const QueryState> state;  // replaced as a whole
    query::PreparedQuery prepared;
    std::shared_ptr<CancelToken> cancel;
    TimeMs deadline_ms = 0;
    bool is_timed_out = false;
    bool is_on_disk = false;  // its rows are with `answers_` alone
  };

  void run();
  void watch();
  void recover();
  void forget_old();
  void finish(const std::string& id, QueryState state);

  const Clock& clock_;
  std::shared_ptr<const flow::Enrichment> enrichment_;
  QueryRunnerOptions options_;
  AnswerStore* answers_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<std::string, Job, std::less<>> jobs_;
  std::deque<std::string> order_;  // oldest first
  std::deque<std::string> waiting_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir::logs
