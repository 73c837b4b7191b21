#include "query/execute.h"

#include <algorithm>
#include <exception>
#include <new>
#include <numeric>
#include <thread>
#include <utility>

#include "query/evaluate.h"
#include "query/execution/conjunct.h"
#include "query/execution/consumer.h"

namespace weir::query {

Result<void> Execution::check_cancelled() const {
  if (options.cancel != nullptr && options.cancel->is_cancelled()) {
    return fail(ErrorCode::kCancelled, "interrupted");
  }
  return {};
}

namespace {

using column::Batch;

// Keeps the rows at `rows`, in place where that is all of them.
void keep_rows(const std::vector<std::uint32_t>& rows, Batch& batch, Batch& kept) {
  kept.num_rows = rows.size();
  kept.sequence = batch.sequence;
  kept.columns.resize(batch.columns.size());
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    kept.columns[c].gather(batch.columns[c], rows);
  }
}

class FilterConsumer final : public Consumer {
 public:
  FilterConsumer(const ExpressionPtr& predicate, Consumer& next)
      : predicate_(predicate), next_(next) {}
  [[nodiscard]] bool needs_order() const override { return next_.needs_order(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*predicate_, std::move(next));
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(const Expression& predicate, std::unique_ptr<LocalConsumer> next)
        : predicate_(predicate), next_(std::move(next)) {}
    Result<bool> consume(Batch& batch) override {
      WEIR_RETURN_IF_ERROR(evaluator_.select(predicate_, batch, rows_));
      if (rows_.size() == batch.num_rows) {
        return next_->consume(batch);
      }
      if (rows_.empty()) {
        return true;
      }
      keep_rows(rows_, batch, kept_);
      return next_->consume(kept_);
    }
    Result<void> close() override { return next_->close(); }

   private:
    const Expression& predicate_;
    std::unique_ptr<LocalConsumer> next_;
    Evaluator evaluator_;
    std::vector<std::uint32_t> rows_;
    Batch kept_;
  };
  ExpressionPtr predicate_;
  Consumer& next_;
};

class ProjectConsumer final : public Consumer {
 public:
  ProjectConsumer(const Plan& plan, Consumer& next) : plan_(plan), next_(next) {}
  [[nodiscard]] bool needs_order() const override { return next_.needs_order(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(plan_, std::move(next));
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(const Plan& plan, std::unique_ptr<LocalConsumer> next)
        : plan_(plan), next_(std::move(next)), all_rows_(column::kBatchRows) {
      std::iota(all_rows_.begin(), all_rows_.end(), 0U);
    }
    Result<bool> consume(Batch& batch) override {
      out_.num_rows = batch.num_rows;
      out_.sequence = batch.sequence;
      out_.columns.resize(plan_.expressions.size());
      for (std::size_t i = all_rows_.size(); i < batch.num_rows; ++i) {
        all_rows_.push_back(static_cast<std::uint32_t>(i));
      }
      const std::span<const std::uint32_t> rows(all_rows_.data(), batch.num_rows);
      for (std::size_t i = 0; i < plan_.expressions.size(); ++i) {
        WEIR_ASSIGN_OR_RETURN(const column::Column* const value,
                              evaluator_.evaluate(*plan_.expressions[i], batch));
        out_.columns[i].gather(*value, rows);  // strings stay where they are
      }
      return next_->consume(out_);
    }
    Result<void> close() override { return next_->close(); }

   private:
    const Plan& plan_;
    std::unique_ptr<LocalConsumer> next_;
    Evaluator evaluator_;
    std::vector<std::uint32_t> all_rows_;
    Batch out_;
  };
  const Plan& plan_;
  Consumer& next_;
};

class LimitConsumer final : public Consumer {
 public:
  LimitConsumer(const Plan& plan, Consumer& next)
      : next_(next), to_skip_(plan.offset), left_(plan.limit.value_or(~std::uint64_t{0})) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }
  [[nodiscard]] bool is_done() const { return left_ == 0; }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(LimitConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner), next_(std::move(next)) {}
    Result<bool> consume(Batch& batch) override {
      const std::uint64_t skip = std::min<std::uint64_t>(owner_.to_skip_, batch.num_rows);
      const std::uint64_t take = std::min<std::uint64_t>(owner_.left_, batch.num_rows - skip);
      owner_.to_skip_ -= skip;
      owner_.left_ -= take;
      bool wants_more = true;
      if (take == batch.num_rows) {
        WEIR_ASSIGN_OR_RETURN(wants_more, next_->consume(batch));
      } else if (take > 0) {
        rows_.resize(take);
        std::iota(rows_.begin(), rows_.end(), static_cast<std::uint32_t>(skip));
        keep_rows(rows_, batch, kept_);
        WEIR_ASSIGN_OR_RETURN(wants_more, next_->consume(kept_));
      }
      return wants_more && !owner_.is_done();
    }
    Result<void> close() override { return next_->close(); }

   private:
    LimitConsumer& owner_;
    std::unique_ptr<LocalConsumer> next_;
    std::vector<std::uint32_t> rows_;
    Batch kept_;
  };
  Consumer& next_;
  std::uint64_t to_skip_;
  std::uint64_t left_;
};

// The end of every plan: the caller's sink.
class SinkConsumer final : public Consumer {
 public:
  SinkConsumer(RowSink& sink, std::uint64_t& num_rows) : sink_(sink), num_rows_(num_rows) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    return std::make_unique<Local>(sink_, num_rows_);
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(RowSink& sink, std::uint64_t& num_rows) : sink_(sink), num_rows_(num_rows) {}
    Result<bool> consume(Batch& batch) override {
      num_rows_ += batch.num_rows;
      return batch.num_rows > 0 ? sink_.write(batch) : Result<bool>(true);
    }
    Result<void> close() override { return {}; }

   private:
    RowSink& sink_;
    std::uint64_t& num_rows_;
  };
  RowSink& sink_;
  std::uint64_t& num_rows_;
};

// Reads one stream to its end, or until somebody says stop.
Result<void> drain(column::Scan& scan, const Expression* residual, Consumer& consumer,
                   Execution& execution, std::atomic<bool>& stop) {
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan.open_stream());
  WEIR_ASSIGN_OR_RETURN(const auto local, consumer.open());
  Evaluator evaluator;
  std::vector<std::uint32_t> rows;
  Batch batch;
  Batch kept;
  std::uint64_t scanned = 0;
  std::uint64_t matched = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    WEIR_RETURN_IF_ERROR(execution.check_cancelled());
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch));
    if (!is_more) {
      break;
    }
    scanned += batch.num_rows;
    Batch* selected = &batch;
    if (residual != nullptr) {
      WEIR_RETURN_IF_ERROR(evaluator.select(*residual, batch, rows));
      if (rows.size() != batch.num_rows) {
        keep_rows(rows, batch, kept);
        selected = &kept;
      }
    }
    matched += selected->num_rows;
    if (selected->num_rows == 0) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, local->consume(*selected));
    if (!wants_more) {
      stop.store(true, std::memory_order_relaxed);
    }
  }
  execution.rows_scanned += scanned;
  execution.rows_matched += matched;
  return local->close();
}

Result<void> run_scan(const Plan& plan, const ExpressionPtr& predicate, Consumer& consumer,
                      Execution& execution) {
  column::ScanRequest request;
  request.columns = plan.scan_columns;
  request.range = plan.range;
  request.include_silent = plan.include_silent;
  request.num_streams =
      consumer.needs_order() ? 1 : std::max<std::size_t>(execution.options.num_threads, 1);
  std::vector<ExpressionPtr> terms;
  std::vector<std::size_t> offered;  // which term each conjunct came from
  if (predicate != nullptr) {
    split_conjunction(predicate, terms);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (auto conjunct = to_scan_predicate(*terms[i])) {
        request.conjuncts.push_back(std::move(*conjunct));
        offered.push_back(i);
      }
    }
  }
  column::ScanContext context;
  context.cancel = execution.options.cancel;
  context.memory = execution.options.memory;
  context.progress = execution.options.progress;
  WEIR_ASSIGN_OR_RETURN(const auto scan, plan.table->scan(request, context));
  const auto applied = scan->applied_conjuncts();
  for (std::size_t i = offered.size(); i-- > 0;) {
    if (i < applied.size() && applied[i]) {
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(offered[i]));
    }
  }
  const ExpressionPtr residual = join_conjunction(terms);

  std::atomic<bool> stop{false};
  Result<void> outcome;
  if (request.num_streams == 1) {
    outcome = drain(*scan, residual.get(), consumer, execution, stop);
  } else {
    std::mutex mutex;
    std::vector<std::thread> threads;
    const auto work = [&] {
      Result<void> done;
      try {
        done = drain(*scan, residual.get(), consumer, execution, stop);
      } catch (const std::bad_alloc&) {
        done = fail(ErrorCode::kLimit, "out of memory; lower --memory or ask for less at once");
      } catch (const std::exception& error) {
        done = fail(ErrorCode::kInternal, error.what());
      }
      if (!done) {
        stop.store(true, std::memory_order_relaxed);
        const std::lock_guard lock(mutex);
        if (outcome) {
          outcome = std::move(done);
        }
      }
    };
    for (std::size_t i = 1; i < request.num_streams; ++i) {
      threads.emplace_back(work);
    }
    work();
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  WEIR_RETURN_IF_ERROR(std::move(outcome));
  const std::lock_guard lock(execution.mutex);
  execution.completeness.merge(scan->completeness());
  return {};
}

Result<void> run_values(const Plan& plan, Consumer& consumer) {
  WEIR_ASSIGN_OR_RETURN(const auto local, consumer.open());
  Batch batch;
  for (const auto& row : plan.rows) {
    batch.num_rows = 1;
    batch.columns.resize(row.size());
    for (std::size_t c = 0; c < row.size(); ++c) {
      batch.columns[c].reset_constant(row[c], 1);
    }
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, local->consume(batch));
    ++batch.sequence;
    if (!wants_more) {
      break;
    }
  }
  return local->close();
}

}  // namespace

Result<void> run_plan(const Plan& plan, Consumer& consumer, Execution& execution) {
  switch (plan.kind) {
    case Plan::Kind::kScan:
      return run_scan(plan, nullptr, consumer, execution);
    case Plan::Kind::kFilter: {
      const Plan& input = *plan.inputs.front();
      if (input.kind == Plan::Kind::kScan) {
        return run_scan(input, plan.predicate, consumer, execution);
      }
      FilterConsumer filter(plan.predicate, consumer);
      return run_plan(input, filter, execution);
    }
    case Plan::Kind::kProject: {
      ProjectConsumer project(plan, consumer);
      return run_plan(*plan.inputs.front(), project, execution);
    }
    case Plan::Kind::kAggregate:
      return run_aggregate(plan, consumer, execution);
    case Plan::Kind::kSort:
      return run_sort(plan, consumer, execution);
    case Plan::Kind::kLimit: {
      LimitConsumer limit(plan, consumer);
      if (limit.is_done()) {
        WEIR_ASSIGN_OR_RETURN(const auto local, consumer.open());
        return local->close();
      }
      return run_plan(*plan.inputs.front(), limit, execution);
    }
    case Plan::Kind::kDistinctOn:
      return run_distinct(plan, consumer, execution);
    case Plan::Kind::kJoin:
      return run_join(plan, consumer, execution);
    case Plan::Kind::kUnionAll:
      for (const auto& input : plan.inputs) {
        WEIR_RETURN_IF_ERROR(run_plan(*input, consumer, execution));
      }
      return {};
    case Plan::Kind::kValues:
      return run_values(plan, consumer);
  }
  return fail(ErrorCode::kInternal, "a plan node of no known kind");
}

Result<ExecuteStatistics> execute(const PlanPtr& plan, const ExecuteOptions& options,
                                  RowSink& sink) {
  Execution execution(options);
  ExecuteStatistics statistics;
  WEIR_RETURN_IF_ERROR(sink.start(plan->schema));
  SinkConsumer end(sink, statistics.rows_returned);
  try {
    WEIR_RETURN_IF_ERROR(run_plan(*plan, end, execution));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kLimit, "out of memory; lower --memory or ask for less at once");
  }
  statistics.completeness = std::move(execution.completeness);
  statistics.rows_scanned = execution.rows_scanned;
  statistics.rows_matched = execution.rows_matched;
  statistics.peak_memory_bytes = options.memory != nullptr ? options.memory->peak_bytes() : 0;
  statistics.paths = std::move(execution.paths);
  return statistics;
}

Result<void> RowCollector::start(const column::Schema& schema) {
  schema_ = schema;
  return {};
}

Result<bool> RowCollector::write(const Batch& batch) {
  Batch copy;
  copy.num_rows = batch.num_rows;
  copy.sequence = batch.sequence;
  for (const auto& column : batch.columns) {
    copy.columns.emplace_back().copy_from(column);
  }
  num_rows_ += batch.num_rows;
  batches_.push_back(std::move(copy));
  return true;
}

}  // namespace weir::query
