#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "query/aggregate.h"
#include "query/evaluate.h"
#include "query/execution/aggregate_state.h"
#include "query/execution/consumer.h"
#include "query/execution/group_table.h"
#include "query/execution/interner.h"
#include "query/execution/reservation.h"

namespace weir::query {
namespace {

using column::Batch;
using column::Column;
using Word = GroupTable::Word;

constexpr std::size_t kAggregateBatch = GroupTable::kMaxBatch;

// The groups that one thread has seen.
struct ThreadGroups {
  Interner interner;
  std::vector<std::unique_ptr<AggregateState>> states;
  std::unique_ptr<GroupTable> table;
};

std::unique_ptr<ThreadGroups> make_groups(const Plan& plan, MemoryBudget* budget) {
  auto groups = std::make_unique<ThreadGroups>();
  std::size_t state_words = 0;
  Word seen = GroupTable::kKeyNulls + 1;
  for (const Aggregate& aggregate : plan.aggregates) {
    auto state = make_aggregate_state(aggregate, groups->interner, budget);
    state->place(1 + plan.expressions.size() + state_words, seen);
    seen <<= 1;
    state_words += state->num_words();
    groups->states.push_back(std::move(state));
  }
  groups->table = std::make_unique<GroupTable>(plan.expressions.size(), state_words, budget);
  return groups;
}

class AggregateConsumer final : public Consumer {
 public:
  AggregateConsumer(const Plan& plan, Execution& execution) : plan_(plan), execution_(execution) {}

  [[nodiscard]] bool needs_order() const override { return false; }
  Result<std::unique_ptr<LocalConsumer>> open() override;

  // Gives the groups to the next consumer.
  Result<void> emit(Consumer& next);

 private:
  friend class AggregateLocal;
  Result<void> merge_into(ThreadGroups& target, const ThreadGroups& source);
  [[nodiscard]] std::vector<std::uint32_t> order_of_groups(const ThreadGroups& groups) const;

  const Plan& plan_;
  Execution& execution_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ThreadGroups>> parts_;
};

class AggregateLocal final : public LocalConsumer {
 public:
  AggregateLocal(AggregateConsumer& owner, const Plan& plan, MemoryBudget* budget)
      : owner_(owner), plan_(plan), budget_(budget), groups_(make_groups(plan, budget)) {
    words_.resize(plan.expressions.size() * kAggregateBatch);
    for (std::size_t k = 0; k < plan.expressions.size(); ++k) {
      keys_.push_back(words_.data() + k * kAggregateBatch);
    }
    rows_.resize(kAggregateBatch);
    nulls_.resize(kAggregateBatch);
  }

  ~AggregateLocal() override {
    if (budget_ != nullptr) {
      budget_->release(reserved_);
    }
  }
  AggregateLocal(const AggregateLocal&) = delete;
  AggregateLocal& operator=(const AggregateLocal&) = delete;

  Result<bool> consume(Batch& batch) override {
    if (batch.num_rows == 0) {
      return true;
    }
    bool has_nulls = false;
    for (std::size_t k = 0; k < plan_.expressions.size(); ++k) {
      WEIR_ASSIGN_OR_RETURN(const Column* const key,
                            evaluator_.evaluate(*plan_.expressions[k], batch));
      groups_->interner.encode(*key, batch.num_rows, words_.data() + k * kAggregateBatch);
      if (key->has_nulls() || key->type() == column::Type::kNull) {
        if (!has_nulls) {
          std::fill_n(nulls_.begin(), batch.num_rows, 0);
          has_nulls = true;
        }
        for (std::size_t i = 0; i < batch.num_rows; ++i) {
          nulls_[i] |= key->is_null(i) ? Word{1} << k : 0;
        }
      }
    }
    WEIR_RETURN_IF_ERROR(groups_->table->find_or_add(
        keys_.data(), has_nulls ? nulls_.data() : nullptr, batch.num_rows, rows_.data()));
    for (std::size_t a = 0; a < plan_.aggregates.size(); ++a) {
      const Aggregate& aggregate = plan_.aggregates[a];
      const Column* values = nullptr;
      const Column* order = nullptr;
      if (aggregate.argument) {
        WEIR_ASSIGN_OR_RETURN(values, evaluator_.evaluate(*aggregate.argument, batch));
      }
      if (aggregate.order_by) {
        WEIR_ASSIGN_OR_RETURN(order, evaluator_.evaluate(*aggregate.order_by, batch));
      }
      WEIR_RETURN_IF_ERROR(
          groups_->states[a]->update(values, order, batch.num_rows, rows_.data(), batch.sequence));
    }
    return account();
  }

  Result<void> close() override {
    const std::lock_guard lock(owner_.mutex_);
    owner_.parts_.push_back(std::move(groups_));
    return {};
  }

 private:
  Result<bool> account() {
    const std::size_t bytes = groups_->interner.memory_bytes();
    if (budget_ != nullptr && bytes > reserved_) {
      if (!budget_->reserve(bytes - reserved_)) {
        return out_of_budget("grouping", *budget_);
      }
      reserved_ = bytes;
    }
    return true;
  }

  AggregateConsumer& owner_;
  const Plan& plan_;
  MemoryBudget* budget_;
  std::size_t reserved_ = 0;
  std::unique_ptr<ThreadGroups> groups_;
  Evaluator evaluator_;
  std::vector<Word> words_;
  std::vector<const Word*> keys_;
  std::vector<Word> nulls_;
  std::vector<Word*> rows_;
};

Result<std::unique_ptr<LocalConsumer>> AggregateConsumer::open() {
  return std::make_unique<AggregateLocal>(*this, plan_, execution_.options.memory);
}

Result<void> AggregateConsumer::merge_into(ThreadGroups& target, const ThreadGroups& source) {
  const std::size_t num_keys = plan_.expressions.size();
  std::vector<Word> words(num_keys * kAggregateBatch);
  std::vector<const Word*> keys;
  for (std::size_t k = 0; k < num_keys; ++k) {
    keys.push_back(words.data() + k * kAggregateBatch);
  }
  std::vector<Word> nulls(kAggregateBatch);
  std::vector<Word*> rows(kAggregateBatch);
  for (std::size_t begin = 0; begin < source.table->size(); begin += kAggregateBatch) {
    const std::size_t count = std::min(kAggregateBatch, source.table->size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const Word* theirs = source.table->row(begin + i);
      nulls[i] = theirs[0] & GroupTable::kKeyNulls;
      for (std::size_t k = 0; k < num_keys; ++k) {
        const bool is_null = ((nulls[i] >> k) & 1) != 0;
        words[k * kAggregateBatch + i] =
            is_null ? 0
                    : target.interner.translate(GroupTable::keys_of(theirs)[k],
                                                plan_.expressions[k]->type, source.interner);
      }
    }
    WEIR_RETURN_IF_ERROR(target.table->find_or_add(keys.data(), nulls.data(), count, rows.data()));
    for (std::size_t a = 0; a < target.states.size(); ++a) {
      for (std::size_t i = 0; i < count; ++i) {
        WEIR_RETURN_IF_ERROR(
            target.states[a]->merge(rows[i], source.table->row(begin + i), *source.states[a]));
      }
    }
  }
  return {};
}

// Ascending order of the keys, nulls last.
std::vector<std::uint32_t> AggregateConsumer::order_of_groups(const ThreadGroups& groups) const {
  std::vector<std::uint32_t> order(groups.table->size());
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t num_keys = plan_.expressions.size();
  if (plan_.is_any_order || num_keys == 0) {
    return order;
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Word* x = groups.table->row(a);
    const Word* y = groups.table->row(b);
    for (std::size_t k = 0; k < num_keys; ++k) {
      const Word null_x = (x[0] >> k) & 1;
      const Word null_y = (y[0] >> k) & 1;
      if (null_x != null_y) {
        return null_x < null_y;
      }
      const Word word_x = GroupTable::keys_of(x)[k];
      const Word word_y = GroupTable::keys_of(y)[k];
      if (null_x == 0 && word_x != word_y) {
        return groups.interner.less(word_x, word_y, plan_.expressions[k]->type);
      }
    }
    return false;
  });
  return order;
}

Result<void> AggregateConsumer::emit(Consumer& next) {
  if (parts_.empty()) {
    parts_.push_back(make_groups(plan_, execution_.options.memory));
  }
  // The largest part takes the others in.
  std::stable_sort(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) {
    return a->table->size() > b->table->size();
  });
  ThreadGroups& groups = *parts_.front();
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    WEIR_RETURN_IF_ERROR(merge_into(groups, *parts_[i]));
    parts_[i].reset();
  }
  if (plan_.expressions.empty() && groups.table->size() == 0) {
    Word* row = nullptr;  // no rows at all still make one answer
    WEIR_RETURN_IF_ERROR(groups.table->find_or_add(nullptr, nullptr, 1, &row));
  }
  execution_.note(fmt::format("aggregate: hash, {} groups, {} bytes of other values",
                              groups.table->size(), groups.interner.memory_bytes()));
  for (const auto& state : groups.states) {
    state->seal();
  }
  const auto order = order_of_groups(groups);
  const std::size_t num_keys = plan_.expressions.size();
  WEIR_ASSIGN_OR_RETURN(const auto local, next.open());
  Batch batch;
  batch.columns.resize(plan_.schema.size());
  std::vector<const Word*> rows(kAggregateBatch);
  for (std::size_t begin = 0; begin < order.size(); begin += kAggregateBatch) {
    WEIR_RETURN_IF_ERROR(execution_.check_cancelled());
    batch.num_rows = std::min(kAggregateBatch, order.size() - begin);
    batch.sequence = begin / kAggregateBatch;
    batch.columns.resize(plan_.schema.size());
    for (std::size_t i = 0; i < batch.num_rows; ++i) {
      rows[i] = groups.table->row(order[begin + i]);
    }
    for (std::size_t k = 0; k < num_keys; ++k) {
      Column& out = batch.columns[k];
      out.reset(plan_.expressions[k]->type, batch.num_rows);
      for (std::size_t i = 0; i < batch.num_rows; ++i) {
        if (((rows[i][0] >> k) & 1) != 0) {
          out.set_null(i);
        } else {
          groups.interner.decode(GroupTable::keys_of(rows[i])[k], i, out);
        }
      }
    }
    for (std::size_t a = 0; a < groups.states.size(); ++a) {
      Column& out = batch.columns[num_keys + a];
      out.reset(plan_.aggregates[a].type, batch.num_rows);
      WEIR_RETURN_IF_ERROR(groups.states[a]->finish(rows.data(), batch.num_rows, out));
    }
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, local->consume(batch));
    if (!wants_more) {
      break;
    }
  }
  return local->close();
}

}  // namespace

Result<void> run_aggregate(const Plan& plan, Consumer& consumer, Execution& execution) {
  if (plan.expressions.size() > GroupTable::kMaxKeys || plan.aggregates.size() > 48) {
    return fail(ErrorCode::kLimit,
                fmt::format("at most {} keys and 48 aggregates at once", GroupTable::kMaxKeys));
  }
  AggregateConsumer aggregate(plan, execution);
  WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs.front(), aggregate, execution));
  return aggregate.emit(consumer);
}

}  // namespace weir::query
