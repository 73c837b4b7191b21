#include "logs/query_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "aws/digest.h"
#include "base/number.h"
#include "base/time_text.h"
#include "logs/answer_store.h"
#include "logs/source_names.h"

namespace weir::logs {
namespace {

bool has_ended(QueryStatus status) {
  return status != QueryStatus::kScheduled && status != QueryStatus::kRunning;
}

std::string cell_text(const column::Value& value) {
  switch (value.type) {
    case column::Type::kNull:
      return {};
    case column::Type::kBool:
      return value.integer != 0 ? "1" : "0";
    case column::Type::kInt64:
      return std::to_string(value.integer);
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kTime:
      return to_time_text(value.integer, TimeStyle::kInsights);
    case column::Type::kInterval:
      return format_double(static_cast<double>(value.integer) / 1000) + "s";
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kString:
      return value.text;
  }
  return {};
}

// Keeps rows as texts, up to a limit.
class TextRows final : public query::RowSink {
 public:
  TextRows(std::size_t limit, std::vector<QueryState::Row>& rows) : limit_(limit), rows_(rows) {}

  Result<void> start(const column::Schema& schema) override {
    schema_ = schema;
    return {};
  }
  Result<bool> write(const column::Batch& batch) override {
    for (std::size_t row = 0; row < batch.num_rows && rows_.size() < limit_; ++row) {
      QueryState::Row& texts = rows_.emplace_back();
      for (std::size_t i = 0; i < batch.columns.size(); ++i) {
        if (!batch.columns[i].is_null(row)) {
          texts.emplace_back(schema_[i].name, cell_text(batch.columns[i].value_at(row)));
        }
      }
    }
    return rows_.size() < limit_;
  }

 private:
  std::size_t limit_;
  std::vector<QueryState::Row>& rows_;
  column::Schema schema_;
};

// The one table that a query's groups are, by whatever name the query calls it.
class OneTable final : public query::Catalog {
 public:
  explicit OneTable(const QueryRequest& request) : request_(request) {}

  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    const auto& names = request_.group_names;
    if (name.empty() || name == "flows" || name == "vpc_flow_logs" ||
        std::find(names.begin(), names.end(), name) != names.end()) {
      return request_.table;
    }
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no table '{}'; the query's log groups are one table, called "
                            "flows or by a group's name in backquotes",
                            name),
                span);
  }
  Result<std::shared_ptr<column::Table>> find_source(const std::vector<std::string>& names,
                                                     TextSpan span) override {
    if (!request_.find_source) {
      return Catalog::find_source(names, span);
    }
    return at(request_.find_source(names), span);
  }
  Result<std::shared_ptr<column::Table>> find_lookup(std::string_view name,
                                                     TextSpan span) override {
    return request_.find_lookup ? at(request_.find_lookup(name), span)
                                : Catalog::find_lookup(name, span);
  }

 private:
  static Result<std::shared_ptr<column::Table>> at(Result<std::shared_ptr<column::Table>> table,
                                                   TextSpan span) {
    if (!table) {
      table.error().span = span;
    }
    return table;
  }
  const QueryRequest& request_;
};

// Whether something in the plan decides the order of rows, or makes other rows of records.
bool has_order(const query::Plan& plan) {
  using Kind = query::Plan::Kind;
  const bool is_plain = plan.kind == Kind::kScan || plan.kind == Kind::kFilter ||
                        plan.kind == Kind::kProject || plan.kind == Kind::kLimit ||
                        plan.kind == Kind::kLookup || plan.kind == Kind::kUnnest ||
                        plan.kind == Kind::kTotals;
  return !is_plain || (!plan.inputs.empty() && has_order(*plan.inputs.front()));
}

std::string make_query_id() {
  const std::string hex = aws::to_hex(aws::random_bytes(16));
  return fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace

std::string_view name_of(QueryStatus status) {
  constexpr std::string_view kNames[] = {"Scheduled", "Running",   "Complete",
                                         "Failed",    "Cancelled", "Timeout"};
  return kNames[static_cast<std::size_t>(status)];
}

QueryRunner::QueryRunner(const Clock& clock, std::shared_ptr<const flow::Enrichment> enrichment,
                         QueryRunnerOptions options, AnswerStore* answers)
    : clock_(clock), enrichment_(std::move(enrichment)), options_(options), answers_(answers) {
  recover();
  for (std::size_t i = 0; i < options_.num_threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
  threads_.emplace_back([this] { watch(); });
}

QueryRunner::~QueryRunner() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    for (auto& [id, job] : jobs_) {
      job.cancel->cancel();
    }
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void QueryRunner::recover() {
  if (answers_ == nullptr) {
    return;
  }
  for (const QueryState& state : answers_->found()) {
    Job job;
    job.cancel = std::make_shared<CancelToken>();
    job.is_on_disk = state.status == QueryStatus::kComplete;
    job.state = std::make_shared<const QueryState>(state);
    jobs_.emplace(state.id, std::move(job));
    order_.push_back(state.id);
  }
  forget_old();
}

Result<std::string> QueryRunner::start(QueryRequest request) {
  OneTable catalog(request);
  query::PrepareOptions options;
  options.language = request.language;
  options.range = request.range;
  options.appends_pointer = true;
  query::QueryEnvironment environment;
  environment.now_ms = clock_.now_ms();
  environment.enrichment = enrichment_;
  environment.dialect = request.dialect;
  WEIR_ASSIGN_OR_RETURN(auto prepared, query::prepare(request.text, options, catalog, environment));
  if (prepared.size() != 1) {
    return fail(ErrorCode::kInput, "a query is one statement");
  }
  if (request.language == query::Language::kInsights && !has_order(*prepared[0].plan)) {
    // Records come newest first, as CloudWatch gives them where nothing orders them.
    std::string sorted = request.text;
    sorted.insert(read_sources(sorted).end, "sort @timestamp desc | ");
    if (auto again = query::prepare(sorted, options, catalog, environment)) {
      prepared[0].plan = (*again)[0].plan;
    }
  }
  QueryState state;
  state.id = make_query_id();
  state.created_ms = clock_.now_ms();
  request.find_source = nullptr;
  request.find_lookup = nullptr;
  state.request = std::move(request);
  for (const query::Warning& warning : prepared[0].warnings) {
    if (warning.code != "source_ignored") {  // it was looked at, before
      state.warnings.push_back(warning);
    }
  }
  std::string id = state.id;
  Job job;
  job.prepared = std::move(prepared[0]);
  job.cancel = std::make_shared<CancelToken>();
  job.deadline_ms = state.created_ms + options_.timeout_ms;
  job.state = std::make_shared<const QueryState>(std::move(state));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.max_waiting) {
      return fail(ErrorCode::kBusy, fmt::format("{} queries wait already; try again when some have "
                                                "ended",
                                                waiting_.size()));
    }
    forget_old();
    if (answers_ != nullptr) {
      answers_->begin(*job.state);
    }
    jobs_.emplace(id, std::move(job));
    order_.push_back(id);
    waiting_.push_back(id);
  }
  wake_.notify_all();
  return id;
}

void QueryRunner::forget_old() {
  const TimeMs oldest = clock_.now_ms() - options_.kept_ms;
  while (!order_.empty()) {
    const auto found = jobs_.find(order_.front());
    const QueryState& state = *found->second.state;
    if (!has_ended(state.status) ||
        (order_.size() < options_.max_kept && state.created_ms >= oldest)) {
      return;
    }
    if (answers_ != nullptr) {
      answers_->remove(order_.front());
    }
    jobs_.erase(found);
    order_.pop_front();
  }
}

std::shared_ptr<const QueryState> QueryRunner::find(std::string_view id) const {
  std::shared_ptr<const QueryState> state;
  {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || !found->second.is_on_disk) {
      return found == jobs_.end() ? nullptr : found->second.state;
    }
    state = found->second.state;
  }
  auto whole = std::make_shared<QueryState>(*state);
  auto rows = answers_->rows(whole->id);
  if (rows) {
    whole->rows = std::move(*rows);
  } else {
    whole->status = QueryStatus::kFailed;
    whole->problem = rows.error().message;
  }
  return whole;
}

bool QueryRunner::stop(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || has_ended(found->second.state->status)) {
    return false;
  }
  found->second.cancel->cancel();
  return true;
}

std::vector<std::shared_ptr<const QueryState>> QueryRunner::list(std::string_view scope) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const QueryState>> states;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    const auto& state = jobs_.find(*id)->second.state;
    if (state->request.scope == scope) {
      states.push_back(state);
    }
  }
  return states;
}

void QueryRunner::finish(const std::string& id, QueryState state) {
  std::unique_lock lock(mutex_);
  Job& job = jobs_.find(id)->second;  // stays: one that has not ended is not forgotten
  if (state.status == QueryStatus::kCancelled && job.is_timed_out) {
    state.status = QueryStatus::kTimeout;
  }
  state.ended_ms = clock_.now_ms();
  state.request.table = nullptr;
  // Before anybody is told that it has ended; what the server's own end cancelled is kept as begun.
  if (answers_ != nullptr && !(is_ending_ && state.status == QueryStatus::kCancelled)) {
    lock.unlock();
    answers_->end(state);
    lock.lock();
  }
  job.prepared = {};
  job.state = std::make_shared<const QueryState>(std::move(state));
}

void QueryRunner::run() {
  while (true) {
    std::string id;
    QueryState state;
    query::PlanPtr plan;
    std::shared_ptr<CancelToken> cancel;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return is_ending_ || !waiting_.empty(); });
      if (is_ending_) {
        return;
      }
      id = waiting_.front();
      waiting_.pop_front();
      Job& job = jobs_.find(id)->second;
      state = *job.state;
      state.status = QueryStatus::kRunning;
      job.state = std::make_shared<const QueryState>(state);
      plan = job.prepared.plan;
      cancel = job.cancel;
    }
    MemoryBudget memory(options_.memory_bytes);
    query::ExecuteOptions options;
    options.memory = &memory;
    options.cancel = cancel.get();
    TextRows rows(state.request.limit, state.rows);
    auto done = query::execute(plan, options, rows);
    plan = nullptr;
    if (done) {
      state.status = QueryStatus::kComplete;
      state.statistics = std::move(*done);
    } else {
      state.status = done.error().code == ErrorCode::kCancelled ? QueryStatus::kCancelled
                                                                : QueryStatus::kFailed;
      state.problem = done.error().message;
      state.rows.clear();
    }
    finish(id, std::move(state));
  }
}

// Cancels what has run for too long.
void QueryRunner::watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(1), [&] { return is_ending_; })) {
    const TimeMs now_ms = clock_.now_ms();
    for (auto& [id, job] : jobs_) {
      if (!has_ended(job.state->status) && now_ms > job.deadline_ms) {
        job.is_timed_out = true;
        job.cancel->cancel();
      }
    }
  }
}

}  // namespace weir::logs
