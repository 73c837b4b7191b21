#include "query/execute.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

#include "query/evaluate.h"
#include "query/execution/conjunct.h"
#include "query/execution/consumer.h"
#include "query/execution/workers.h"

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
  [[nodiscard]] bool takes_codes() const override { return next_.takes_codes(); }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
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
  [[nodiscard]] bool takes_codes() const override { return true; }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(plan_, std::move(next), next_.takes_codes());
  }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(const Plan& plan, std::unique_ptr<LocalConsumer> next, bool gives_codes)
        : plan_(plan),
          next_(std::move(next)),
          gives_codes_(gives_codes),
          all_rows_(column::kBatchRows) {
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
        const Expression& expression = *plan_.expressions[i];
        WEIR_ASSIGN_OR_RETURN(const column::Column* const value,
                              gives_codes_ ? evaluator_.evaluate_coded(expression, batch)
                                           : evaluator_.evaluate(expression, batch));
        out_.columns[i].gather(*value, rows);  // strings stay where they are
      }
      return next_->consume(out_);
    }
    Result<void> close() override { return next_->close(); }

   private:
    const Plan& plan_;
    std::unique_ptr<LocalConsumer> next_;
    bool gives_codes_;
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
  [[nodiscard]] bool takes_codes() const override { return next_.takes_codes(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }
  [[nodiscard]] bool is_done() const override { return left_ == 0 || next_.is_done(); }

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

// Numbers the batches of one input of a union behind those of the inputs before it.
class UnionConsumer final : public Consumer {
 public:
  explicit UnionConsumer(Consumer& next) : next_(next) {}
  [[nodiscard]] bool needs_order() const override { return next_.needs_order(); }
  [[nodiscard]] bool takes_codes() const override { return next_.takes_codes(); }
  [[nodiscard]] bool is_done() const override { return next_.is_done(); }
  Result<std::unique_ptr<LocalConsumer>> open() override {
    WEIR_ASSIGN_OR_RETURN(auto next, next_.open());
    return std::make_unique<Local>(*this, std::move(next));
  }
  // To be called between two inputs.
  void start_input() { first_ = end_.load(std::memory_order_relaxed); }

 private:
  class Local final : public LocalConsumer {
   public:
    Local(UnionConsumer& owner, std::unique_ptr<LocalConsumer> next)
        : owner_(owner), next_(std::move(next)) {}
    Result<bool> consume(Batch& batch) override {
      batch.sequence += owner_.first_;
      end_ = std::max(end_, batch.sequence + 1);
      return next_->consume(batch);
    }
    Result<void> close() override {
      std::uint64_t end = owner_.end_.load(std::memory_order_relaxed);
      while (end < end_ &&
             !owner_.end_.compare_exchange_weak(end, end_, std::memory_order_relaxed)) {
      }
      return next_->close();
    }

   private:
    UnionConsumer& owner_;
    std::unique_ptr<LocalConsumer> next_;
    std::uint64_t end_ = 0;
  };
  Consumer& next_;
  std::uint64_t first_ = 0;
  std::atomic<std::uint64_t> end_{0};
};

// The end of every plan: the caller's sink.
class SinkConsumer final : public Consumer {
 public:
  SinkConsumer(RowSink& sink, std::uint64_t& num_rows) : sink_(sink), num_rows_(num_rows) {}
  [[nodiscard]] bool needs_order() const override { return true; }
  [[nodiscard]] bool is_done() const override { return !wants_more_; }
  Result<std::unique_ptr<LocalConsumer>> open() override { return std::make_unique<Local>(*this); }

 private:
  class Local final : public LocalConsumer {
   public:
    explicit Local(SinkConsumer& owner) : owner_(owner) {}
    Result<bool> consume(Batch& batch) override {
      owner_.num_rows_ += batch.num_rows;
      if (batch.num_rows > 0) {
        WEIR_ASSIGN_OR_RETURN(owner_.wants_more_, owner_.sink_.write(batch));
      }
      return owner_.wants_more_;
    }
    Result<void> close() override { return {}; }

   private:
    SinkConsumer& owner_;
  };
  RowSink& sink_;
  std::uint64_t& num_rows_;
  bool wants_more_ = true;
};

// Rows of a batch, or those that its groups stand for.
std::uint64_t num_rows_in(const Batch& batch, std::optional<std::size_t> count_column) {
  if (!count_column) {
    return batch.num_rows;
  }
  std::uint64_t num_rows = 0;
  for (std::size_t row = 0; row < batch.num_rows; ++row) {
    num_rows += static_cast<std::uint64_t>(batch.columns[*count_column].value_at(row).integer);
  }
  return num_rows;
}

// Reads one stream to its end, or until somebody says stop.
Result<void> drain(column::Scan& scan, const Expression* residual, Consumer& consumer,
                   Execution& execution, std::optional<std::size_t> count_column,
                   std::atomic<bool>& stop) {
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
    if (batch.num_rows > column::kBatchRows) {
      return fail(ErrorCode::kInternal, "a scan gave more rows at once than a batch may hold");
    }
    const std::uint64_t num_rows = num_rows_in(batch, count_column);
    scanned += num_rows;
    Batch* selected = &batch;
    if (residual != nullptr) {
      WEIR_RETURN_IF_ERROR(evaluator.select(*residual, batch, rows));
      if (rows.size() != batch.num_rows) {
        keep_rows(rows, batch, kept);
        selected = &kept;
      }
    }
    matched += residual == nullptr ? num_rows : selected->num_rows;
    if (selected->num_rows == 0) {
      continue;
    }
    if (!consumer.takes_codes()) {
      for (column::Column& column : selected->columns) {
        if (column.is_coded()) {
          column.flatten();
        }
      }
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
  request.num_streams = num_streams_for(consumer, execution);
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
  WEIR_ASSIGN_OR_RETURN(const auto scan, plan.table->scan(request, scan_context(execution)));
  const auto applied = scan->applied_conjuncts();
  for (std::size_t i = offered.size(); i-- > 0;) {
    if (i < applied.size() && applied[i]) {
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(offered[i]));
    }
  }
  const ExpressionPtr residual = join_conjunction(terms);
  return run_streams(*scan, request.num_streams, residual.get(), consumer, execution);
}

// Texts stay in `value`, which the plan keeps.
void put_value(const column::Value& value, std::size_t row, column::Column& out) {
  if (value.is_null()) {
    out.set_null(row);
    return;
  }
  switch (out.type()) {
    case column::Type::kNull:
      break;
    case column::Type::kBool:
      out.data<std::uint8_t>()[row] = value.integer != 0 ? 1 : 0;
      break;
    case column::Type::kDouble:
      out.data<double>()[row] = value.number;
      break;
    case column::Type::kAddress:
      out.data<IpAddress>()[row] = value.address;
      break;
    case column::Type::kString:
      out.data<std::string_view>()[row] = value.text;
      break;
    default:
      out.data<std::int64_t>()[row] = value.integer;
      break;
  }
}

Result<void> run_values(const Plan& plan, Consumer& consumer) {
  WEIR_ASSIGN_OR_RETURN(const auto local, consumer.open());
  Batch batch;
  for (std::size_t begin = 0; begin < plan.rows.size(); begin += column::kBatchRows) {
    batch.num_rows = std::min(column::kBatchRows, plan.rows.size() - begin);
    batch.sequence = begin / column::kBatchRows;
    batch.columns.resize(plan.schema.size());
    for (std::size_t c = 0; c < plan.schema.size(); ++c) {
      // A null has the type of its column nevertheless.
      batch.columns[c].reset(plan.schema[c].type, batch.num_rows);
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        put_value(plan.rows[begin + i][c], i, batch.columns[c]);
      }
    }
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, local->consume(batch));
    if (!wants_more) {
      break;
    }
  }
  return local->close();
}

}  // namespace

std::size_t num_streams_for(const Consumer& consumer, const Execution& execution) {
  return consumer.needs_order() ? 1 : std::max<std::size_t>(execution.options.num_threads, 1);
}

column::ScanContext scan_context(const Execution& execution) {
  column::ScanContext context;
  context.cancel = execution.options.cancel;
  context.memory = execution.options.memory;
  context.progress = execution.options.progress;
  return context;
}

Result<void> run_streams(column::Scan& scan, std::size_t num_streams, const Expression* residual,
                         Consumer& consumer, Execution& execution,
                         std::optional<std::size_t> count_column) {
  std::atomic<bool> stop{false};
  WEIR_RETURN_IF_ERROR(run_workers(num_streams, [&](std::size_t) {
    auto done = drain(scan, residual, consumer, execution, count_column, stop);
    if (!done) {
      stop.store(true, std::memory_order_relaxed);
    }
    return done;
  }));
  for (std::string& path : scan.paths()) {
    execution.note(std::move(path));
  }
  const std::lock_guard lock(execution.mutex);
  execution.completeness.merge(scan.completeness());
  return {};
}

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
    case Plan::Kind::kUnionAll: {
      UnionConsumer numbered(consumer);
      for (const auto& input : plan.inputs) {
        if (consumer.is_done()) {
          break;
        }
        numbered.start_input();
        WEIR_RETURN_IF_ERROR(run_plan(*input, numbered, execution));
      }
      return {};
    }
    case Plan::Kind::kValues:
      return run_values(plan, consumer);
    case Plan::Kind::kUnnest:
      return run_unnest(plan, consumer, execution);
    case Plan::Kind::kLookup:
      return run_lookup(plan, consumer, execution);
    case Plan::Kind::kTotals:
      return run_totals(plan, consumer, execution);
    case Plan::Kind::kPatterns:
      return run_patterns(plan, consumer, execution);
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
