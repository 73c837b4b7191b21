#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "query/evaluate.h"
#include "query/execution/consumer.h"
#include "query/execution/row_buffer.h"
#include "query/execution/row_order.h"

namespace weir::query {
namespace {

using column::Batch;
using Place = RowBuffer::Place;

// Orders buffered rows: the sort keys (columns behind the row's own), then the row's own columns,
// then the place in the input.
class RowOrder {
 public:
  RowOrder(const Plan& plan, const RowBuffer& rows) : plan_(plan), rows_(rows) {}

  bool operator()(const Place& a, const Place& b) const {
    const Batch& x = rows_.batches()[a.batch];
    const Batch& y = rows_.batches()[b.batch];
    const std::size_t num_columns = plan_.schema.size();
    for (std::size_t k = 0; k < plan_.sort_keys.size(); ++k) {
      const SortKey& key = plan_.sort_keys[k];
      const auto& left = x.columns[num_columns + k];
      const auto& right = y.columns[num_columns + k];
      const int order = compare_cells(left, a.row, right, b.row, key.is_insights_order);
      if (order != 0) {
        // Nulls stay last in both directions, but by Insights' rules descending is the exact
        // reverse.
        const bool is_about_null = left.is_null(a.row) || right.is_null(b.row);
        const bool is_reversed = key.is_descending && (key.is_insights_order || !is_about_null);
        return is_reversed ? order > 0 : order < 0;
      }
    }
    for (std::size_t c = 0; c < num_columns; ++c) {
      const int order = compare_cells(x.columns[c], a.row, y.columns[c], b.row, false);
      if (order != 0) {
        return order < 0;
      }
    }
    return x.sequence != y.sequence ? x.sequence < y.sequence : a.row < b.row;
  }

 private:
  const Plan& plan_;
  const RowBuffer& rows_;
};

class SortConsumer final : public Consumer {
 public:
  SortConsumer(const Plan& plan, Execution& execution)
      : plan_(plan), execution_(execution), rows_(execution.options.memory) {}

  [[nodiscard]] bool needs_order() const override { return false; }
  Result<std::unique_ptr<LocalConsumer>> open() override;
  Result<void> emit(Consumer& next);

 private:
  friend class SortLocal;
  const Plan& plan_;
  Execution& execution_;
  std::mutex mutex_;
  RowBuffer rows_;
};

class SortLocal final : public LocalConsumer {
 public:
  SortLocal(SortConsumer& owner, const Plan& plan, MemoryBudget* budget)
      : owner_(owner), plan_(plan), rows_(budget) {}

  Result<bool> consume(Batch& batch) override {
    const std::size_t num_columns = plan_.schema.size();
    batch.columns.resize(num_columns);
    // The keys must not be evaluated over a batch whose columns move: evaluate first, append after.
    std::vector<column::Column> keys(plan_.sort_keys.size());
    for (std::size_t k = 0; k < keys.size(); ++k) {
      WEIR_ASSIGN_OR_RETURN(const column::Column* const value,
                            evaluator_.evaluate(*plan_.sort_keys[k].expression, batch));
      keys[k].copy_from(*value);
    }
    for (auto& key : keys) {
      batch.columns.push_back(std::move(key));
    }
    WEIR_RETURN_IF_ERROR(rows_.add(batch, "sorting"));
    batch.columns.resize(num_columns);
    if (plan_.limit && rows_.num_rows() >= *plan_.limit * 2 + kSlackRows) {
      WEIR_RETURN_IF_ERROR(prune());
    }
    return true;
  }

  Result<void> close() override {
    const std::lock_guard lock(owner_.mutex_);
    owner_.rows_.take(std::move(rows_));
    return {};
  }

 private:
  static constexpr std::size_t kSlackRows = 16 * 1024;

  // Keeps the rows that can still be among the first `limit`.
  Result<void> prune() {
    WEIR_ASSIGN_OR_RETURN(auto places, rows_.places("sorting"));
    const auto limit = static_cast<std::ptrdiff_t>(*plan_.limit);
    std::nth_element(places.begin(), places.begin() + limit, places.end(), RowOrder(plan_, rows_));
    places.resize(static_cast<std::size_t>(limit));
    return rows_.keep(places, "sorting");
  }

  SortConsumer& owner_;
  const Plan& plan_;
  RowBuffer rows_;
  Evaluator evaluator_;
};

Result<std::unique_ptr<LocalConsumer>> SortConsumer::open() {
  return std::make_unique<SortLocal>(*this, plan_, execution_.options.memory);
}

Result<void> SortConsumer::emit(Consumer& next) {
  WEIR_ASSIGN_OR_RETURN(auto places, rows_.places("sorting"));
  const RowOrder order(plan_, rows_);
  if (plan_.limit && *plan_.limit < places.size()) {
    std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(*plan_.limit),
                      places.end(), order);
    places.resize(*plan_.limit);
  } else {
    std::sort(places.begin(), places.end(), order);
  }
  execution_.note(fmt::format("sort: {} rows", places.size()));
  WEIR_ASSIGN_OR_RETURN(const auto local, next.open());
  Batch batch;
  for (std::size_t begin = 0; begin < places.size(); begin += column::kBatchRows) {
    WEIR_RETURN_IF_ERROR(execution_.check_cancelled());
    const std::size_t end = std::min(places.size(), begin + column::kBatchRows);
    rows_.gather(places, begin, end, plan_.schema.size(), batch);
    batch.sequence = begin / column::kBatchRows;
    WEIR_ASSIGN_OR_RETURN(const bool wants_more, local->consume(batch));
    if (!wants_more) {
      break;
    }
  }
  return local->close();
}

}  // namespace

Result<void> run_sort(const Plan& plan, Consumer& consumer, Execution& execution) {
  SortConsumer sort(plan, execution);
  WEIR_RETURN_IF_ERROR(run_plan(*plan.inputs.front(), sort, execution));
  return sort.emit(consumer);
}

}  // namespace weir::query
