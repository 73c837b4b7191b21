#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "query/aggregate.h"
#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/execution/group_keys.h"
#include "query/execution/groups.h"
#include "query/execution/table_groups.h"
#include "query/execution/workers.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;
using Word = GroupTable::Word;

constexpr std::size_t kAggregateBatch = GroupTable::kMaxBatch;
// What one thread gathers before it hands over to all; with one thread there is no such limit.
constexpr std::size_t kLocalBytes = 12 << 20;
constexpr std::size_t kPartRows = 256;  // whose groups stay in the first cache between aggregates
constexpr std::size_t kFewGroups = 16 * 1024;  // what stays near the processor

class AggregateConsumer final : public Consumer {
 public:
  AggregateConsumer(const Plan& plan, Execution& execution)
      : plan_(plan),
        execution_(execution),
        dictionary_(execution.options.memory),
        shared_(plan, dictionary_, execution.options.memory) {}

  [[nodiscard]] bool needs_order() const override { return false; }
  [[nodiscard]] bool takes_codes() const override { return true; }
  Result<std::unique_ptr<LocalConsumer>> open() override;

  // Gives the groups to the next consumer.
  Result<void> emit(Consumer& next);

 private:
  friend class AggregateLocal;
  [[nodiscard]] bool is_parallel() const { return execution_.options.num_threads > 1; }
  Result<void> emit_in_order(Consumer& next);
  Result<void> emit_parts(Consumer& next);
  Result<bool> emit_rows(Groups& groups, const std::vector<const Word*>& rows, LocalConsumer& next);

  const Plan& plan_;
  Execution& execution_;
  Dictionary dictionary_;
  SharedGroups shared_;
  std::mutex mutex_;
  std::unique_ptr<Groups> single_;  // of one thread that needed no sharing
  std::atomic<std::uint64_t> num_given_{0};
};

class AggregateLocal final : public LocalConsumer {
 public:
  AggregateLocal(AggregateConsumer& owner, const Plan& plan, MemoryBudget* budget)
      : owner_(owner),
        plan_(plan),
        groups_(std::make_unique<Groups>(plan, owner.dictionary_, budget)),
        keys_(plan, *groups_, budget),
        values_(plan.aggregates.size()),
        rows_(kAggregateBatch) {
    if (budget != nullptr) {
      const std::size_t num_threads =
          std::max<std::size_t>(owner.execution_.options.num_threads, 1);
      local_bytes_ = std::min(kLocalBytes, budget->limit_bytes() / 4 / num_threads);
    }
    max_groups_ = local_bytes_ / (groups_->row_bytes() + 14);
  }

  Result<bool> consume(Batch& batch) override {
    if (batch.num_rows == 0) {
      return true;
    }
    WEIR_ASSIGN_OR_RETURN(const GroupKeys::States states, keys_.find(batch, rows_.data()));
    for (std::size_t a = 0; a < states.size(); ++a) {
      if (plan_.aggregates[a].argument) {
        WEIR_ASSIGN_OR_RETURN(values_[a],
                              evaluator_.evaluate(*plan_.aggregates[a].argument, batch));
      }
    }
    if (!keys_.add(values_, batch.num_rows)) {
      WEIR_RETURN_IF_ERROR(update(states, batch));
    }
    num_rows_ += batch.num_rows;
    if (owner_.is_parallel() &&
        (groups_->size() > max_groups_ || groups_->state_bytes() > local_bytes_)) {
      WEIR_RETURN_IF_ERROR(hand_over());
    }
    return true;
  }

  Result<void> close() override {
    WEIR_RETURN_IF_ERROR(keys_.settle());
    if (owner_.is_parallel()) {
      return owner_.shared_.take(*groups_);
    }
    const std::lock_guard lock(owner_.mutex_);
    if (owner_.single_) {  // of another input of a union
      return owner_.single_->merge(*groups_);
    }
    owner_.single_ = std::move(groups_);
    return {};
  }

 private:
  Result<void> update(GroupKeys::States states, const Batch& batch) {
    if (keys_.gives_codes()) {
      keys_.find_rows(batch.num_rows, rows_.data());
    }
    for (std::size_t a = 0; a < states.size(); ++a) {
      if (states[a]->takes_parts()) {
        continue;
      }
      if (!plan_.aggregates[a].parts.empty()) {
        parts_.clear();
        for (const ExpressionPtr& part : plan_.aggregates[a].parts) {
          WEIR_ASSIGN_OR_RETURN(parts_.emplace_back(), evaluator_.evaluate(*part, batch));
        }
        WEIR_RETURN_IF_ERROR(
            states[a]->update_with_parts(values_[a], parts_, batch.num_rows, rows_.data()));
        continue;
      }
      const Column* order = nullptr;
      if (const auto& order_by = plan_.aggregates[a].order_by) {
        WEIR_ASSIGN_OR_RETURN(order, evaluator_.evaluate(*order_by, batch));
      }
      WEIR_RETURN_IF_ERROR(
          states[a]->update(values_[a], order, 0, batch.num_rows, rows_.data(), batch.sequence));
    }
    for (std::size_t begin = 0; begin < batch.num_rows; begin += kPartRows) {
      const std::size_t end = std::min(begin + kPartRows, batch.num_rows);
      if (keys_.gives_codes()) {
        GroupKeys::mark(rows_.data() + begin, end - begin);
      }
      for (std::size_t a = 0; a < states.size(); ++a) {
        if (states[a]->takes_parts()) {
          WEIR_RETURN_IF_ERROR(
              states[a]->update(values_[a], nullptr, begin, end, rows_.data(), batch.sequence));
        }
      }
    }
    return {};
  }

  Result<void> hand_over() {
    // Where rows hardly share groups, gathering them first is of no use: keep to the caches.
    if (num_rows_ < groups_->size() * 2) {
      max_groups_ = std::min(max_groups_, kFewGroups);
    }
    num_rows_ = 0;
    WEIR_RETURN_IF_ERROR(keys_.settle());
    keys_.forget();
    return owner_.shared_.take(*groups_);
  }

  AggregateConsumer& owner_;
  const Plan& plan_;
  std::size_t local_bytes_ = kLocalBytes;
  std::size_t max_groups_ = 0;
  std::size_t num_rows_ = 0;  // since the last hand-over
  std::unique_ptr<Groups> groups_;
  GroupKeys keys_;
  Evaluator evaluator_;
  std::vector<const Column*> values_;  // of the aggregates' arguments, in this batch
  std::vector<const Column*> parts_;   // of one aggregate
  std::vector<Word*> rows_;
};

Result<std::unique_ptr<LocalConsumer>> AggregateConsumer::open() {
  return std::make_unique<AggregateLocal>(*this, plan_, execution_.options.memory);
}

Result<bool> AggregateConsumer::emit_rows(Groups& groups, const std::vector<const Word*>& rows,
                                          LocalConsumer& next) {
  Batch batch;
  for (std::size_t begin = 0; begin < rows.size(); begin += kAggregateBatch) {
    WEIR_RETURN_IF_ERROR(execution_.check_cancelled());
    const std::size_t count = std::min(kAggregateBatch, rows.size() - begin);
    WEIR_RETURN_IF_ERROR(groups.finish(rows.data() + begin, count, batch));
    batch.sequence = num_given_.fetch_add(1, std::memory_order_relaxed);
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, next.consume(batch));
    if (!wants_more) {
      return false;
    }
  }
  return true;
}

// All groups in ascending order of their keys, or the one group that there is without keys.
Result<void> AggregateConsumer::emit_in_order(Consumer& next) {
  for (std::size_t i = 0; i < SharedGroups::kParts; ++i) {
    WEIR_RETURN_IF_ERROR(execution_.check_cancelled());
    std::unique_ptr<Groups> part = std::move(shared_.part(i));
    if (part && !single_) {
      single_ = std::move(part);
    } else if (part) {
      WEIR_RETURN_IF_ERROR(single_->merge(*part));
    }
  }
  if (!single_) {
    single_ = std::make_unique<Groups>(plan_, dictionary_, execution_.options.memory);
  }
  if (plan_.expressions.empty() && single_->size() == 0) {
    Word hash = 0;  // no rows at all still make one answer
    Word* row = nullptr;
    GroupTable::hash_keys(0, nullptr, nullptr, 1, &hash);
    WEIR_RETURN_IF_ERROR(single_->find_or_add(nullptr, nullptr, &hash, 1, &row));
  }
  execution_.note(fmt::format("aggregate: hash, {} groups, {} texts and addresses", single_->size(),
                              dictionary_.size()));
  WEIR_RETURN_IF_ERROR(single_->seal(AggregateState::Purpose::kFinish));
  WEIR_ASSIGN_OR_RETURN(const auto local, next.open());
  WEIR_RETURN_IF_ERROR(emit_rows(*single_, single_->rows_in_order(), *local));
  return local->close();
}

// The groups in any order, parts side by side where the next consumer takes them so.
Result<void> AggregateConsumer::emit_parts(Consumer& next) {
  std::vector<Groups*> parts;
  std::size_t num_groups = 0;
  for (std::size_t i = 0; i < SharedGroups::kParts; ++i) {
    if (shared_.part(i)) {
      parts.push_back(shared_.part(i).get());
      num_groups += parts.back()->size();
    }
  }
  if (single_) {
    parts.push_back(single_.get());
    num_groups += single_->size();
  }
  execution_.note(fmt::format("aggregate: hash, {} groups, {} texts and addresses", num_groups,
                              dictionary_.size()));
  std::atomic<std::size_t> next_part{0};
  std::atomic<bool> stop{false};
  const auto work = [&](std::size_t) -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto local, next.open());
    std::vector<const Word*> rows;
    while (!stop.load(std::memory_order_relaxed)) {
      const std::size_t index = next_part.fetch_add(1, std::memory_order_relaxed);
      if (index >= parts.size()) {
        break;
      }
      Groups& part = *parts[index];
      WEIR_RETURN_IF_ERROR(part.seal(AggregateState::Purpose::kFinish));
      rows.resize(part.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i] = part.row(i);
      }
      WEIR_ASSIGN_OR_RETURN(const bool wants_more, emit_rows(part, rows, *local));
      if (!wants_more) {
        stop.store(true, std::memory_order_relaxed);
      }
    }
    return local->close();
  };
  const bool has_many = parts.size() > 1 && num_groups > kFewGroups;
  return run_workers(has_many && !next.needs_order() ? execution_.options.num_threads : 1, work);
}

Result<void> AggregateConsumer::emit(Consumer& next) {
  return plan_.is_any_order && !plan_.expressions.empty() ? emit_parts(next) : emit_in_order(next);
}

// The column of the answer that says how many rows a group stands for; added behind the others
// where nobody else asks for it.
std::size_t ask_for_counts(column::GroupRequest& request) {
  using Measure = column::GroupRequest::Measure;
  const Measure counts{Measure::Kind::kCountRows, ""};
  const auto found = std::find(request.measures.begin(), request.measures.end(), counts);
  const auto place = static_cast<std::size_t>(found - request.measures.begin());
  if (found == request.measures.end()) {
    request.measures.push_back(counts);
  }
  return request.keys.size() + (request.bin ? 1 : 0) + place;
}

}  // namespace

Result<void> run_aggregate(const Plan& plan, Consumer& consumer, Execution& execution) {
  if (plan.expressions.size() > GroupTable::kMaxKeys || plan.aggregates.size() > 48) {
    return fail(ErrorCode::kLimit,
                fmt::format("at most {} keys and 48 aggregates at once", GroupTable::kMaxKeys));
  }
  if (auto groups = to_table_groups(plan)) {
    AggregateConsumer merge(*groups->merge, execution);
    const std::size_t count_column = ask_for_counts(groups->request);
    groups->request.num_streams = num_streams_for(merge, execution);
    groups->request.may_use_rollups = execution.options.may_use_rollups;
    WEIR_ASSIGN_OR_RETURN(const auto scan,
                          groups->table->scan_groups(groups->request, scan_context(execution)));
    if (scan != nullptr) {
      WEIR_RETURN_IF_ERROR(
          run_streams(*scan, groups->request.num_streams, nullptr, merge, execution, count_column));
      return merge.emit(consumer);
    }
  }
  AggregateConsumer aggregate(plan, execution);
  WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs.front(), aggregate, execution));
  return aggregate.emit(consumer);
}

}  // namespace weir::query
