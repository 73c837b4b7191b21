#include "store/stored_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/nearest_name.h"
#include "column/row_filter.h"
#include "store/block_cursor.h"
#include "store/scan_work.h"
#include "store/table_layout.h"

namespace weir::store {
namespace {

using column::Batch;
using column::Type;

// Rows of the tail that a request wants, in its columns.
class TailReader {
 public:
  TailReader(const ScanWork& work, const column::ScanRequest& request)
      : work_(work), request_(request), filter_(conjuncts_of(work, request)) {
    const TableSpec& spec = *work.snapshot().spec;
    for (const std::string& name : request.columns) {
      columns_.push_back(*find_column(spec, name));
    }
    time_ = find_column(spec, spec.time_column);
    for (const auto& [key, value] : spec.properties) {
      if (key == "silent") {
        silent_ = find_column(spec, value);
      }
    }
  }

  // False at the end.
  bool next(Batch& batch) {
    const auto& tail = work_.snapshot().tail;
    while (index_ < tail.size()) {
      const TailBatch& source = *tail[index_];
      rows_.clear();
      const std::size_t end = std::min(row_ + column::kBatchRows, source.batch.num_rows);
      for (; row_ < end; ++row_) {
        if (is_wanted(source.batch, row_)) {
          rows_.push_back(static_cast<std::uint32_t>(row_));
        }
      }
      const std::uint64_t first = rows_.empty() ? 0 : rows_.front();
      if (row_ == source.batch.num_rows) {
        ++index_;
        row_ = 0;
      }
      if (rows_.empty()) {
        continue;
      }
      batch.num_rows = rows_.size();
      batch.sequence = source.first_ordinal + first;
      batch.columns.resize(columns_.size());
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        batch.columns[c].gather(source.batch.columns[columns_[c]], rows_);
      }
      filter_.apply(batch);
      return true;
    }
    return false;
  }

 private:
  static std::vector<column::Predicate> conjuncts_of(const ScanWork& work,
                                                     const column::ScanRequest& request) {
    std::vector<column::Predicate> applied;
    for (const column::Predicate& conjunct : request.conjuncts) {
      if (is_applied(*work.snapshot().spec, request.columns[conjunct.column], conjunct)) {
        applied.push_back(conjunct);
      }
    }
    return applied;
  }

  bool is_wanted(const Batch& batch, std::size_t row) const {
    if (request_.range.since || request_.range.until) {
      if (!time_ || batch.columns[*time_].is_null(row)) {
        return false;
      }
      const TimeMs time = batch.columns[*time_].value_at(row).integer;
      if ((request_.range.since && time < *request_.range.since) ||
          (request_.range.until && time >= *request_.range.until)) {
        return false;
      }
    }
    if (!request_.include_silent && silent_) {
      const std::string status = batch.columns[*silent_].value_at(row).text;
      return status != "NODATA" && status != "SKIPDATA";
    }
    return true;
  }

  const ScanWork& work_;
  const column::ScanRequest& request_;
  column::RowFilter filter_;
  std::vector<std::size_t> columns_;
  std::optional<std::size_t> time_;
  std::optional<std::size_t> silent_;
  std::size_t index_ = 0;
  std::size_t row_ = 0;
  std::vector<std::uint32_t> rows_;
};

// What the streams of a row scan share.
struct SharedRows {
  SharedRows(const std::shared_ptr<const TableSnapshot>& snapshot, const column::ScanRequest& given,
             const column::ScanContext& context)
      : request(given),
        work(snapshot,
             {snapshot->spec,
              given.columns,
              given.conjuncts,
              given.range,
              given.include_silent,
              {},
              false,
              true},
             context, given.num_streams) {}
  column::ScanRequest request;
  std::vector<Type> types;
  ScanWork work;
};

void count_block(ScanWork& work, const SegmentPlan& plan, std::size_t block, std::uint64_t bytes) {
  if (plan.is_of_rare_rows()) {
    const SegmentPlan::RowRange rows = plan.rows(block);
    work.count_rare(bytes, rows.end - rows.first);
  } else {
    work.count(1, bytes, plan.block(block).num_rows);
  }
}

// Reads tasks as they come: for several streams.
class TaskStream final : public column::ScanStream {
 public:
  explicit TaskStream(std::shared_ptr<SharedRows> shared)
      : shared_(std::move(shared)), cursor_(shared_->request.columns, shared_->types) {}

  Result<bool> next(Batch& batch) override {
    ScanWork& work = shared_->work;
    while (true) {
      if (work.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "cancelled");
      }
      if (is_open_) {
        WEIR_ASSIGN_OR_RETURN(const bool is_more, cursor_.next(batch));
        if (is_more) {
          return true;
        }
        is_open_ = false;
        count_block(work, *plan_, block_, cursor_.bytes_read() - bytes_counted_);
        bytes_counted_ = cursor_.bytes_read();
        ++block_;
      }
      if (!task_) {
        if (is_at_tail_) {
          return tail_ && tail_->next(batch);
        }
        task_ = work.take();
        if (!task_) {
          is_at_tail_ = true;
          if (work.take_tail()) {
            tail_.emplace(work, shared_->request);
          }
          continue;
        }
        WEIR_ASSIGN_OR_RETURN(plan_, work.plan(task_->segment));
        block_ = task_->first_block;
        end_block_ = task_->end_block;
        if (plan_->is_of_rare_rows()) {  // they are few: the first task of the segment reads them
          end_block_ = block_ == 0 ? plan_->num_blocks() : block_;
        }
      }
      while (block_ < end_block_ && !plan_->wants_block(block_)) {
        ++block_;
      }
      if (block_ >= end_block_) {
        plan_.reset();
        work.forget(task_->segment);
        task_.reset();
        continue;
      }
      WEIR_RETURN_IF_ERROR(cursor_.open(plan_, block_));
      is_open_ = true;
    }
  }

 private:
  std::shared_ptr<SharedRows> shared_;
  BlockCursor cursor_;
  std::optional<ScanWork::Task> task_;
  std::shared_ptr<const SegmentPlan> plan_;
  std::size_t block_ = 0;
  std::size_t end_block_ = 0;
  std::uint64_t bytes_counted_ = 0;
  bool is_open_ = false;
  bool is_at_tail_ = false;
  std::optional<TailReader> tail_;
};

// Reads all segments side by side where their ordinals interleave: for the one stream of who wants
// the rows in order.
class OrderedStream final : public column::ScanStream {
 public:
  explicit OrderedStream(std::shared_ptr<SharedRows> shared)
      : shared_(std::move(shared)), tail_(shared_->work, shared_->request) {
    const auto& segments = shared_->work.snapshot().segments;
    for (std::size_t s = 0; s < segments.size(); ++s) {
      if (meets(segments[s]->footer(), shared_->request.range)) {
        waiting_.push_back(s);
      }
    }
  }

  Result<bool> next(Batch& batch) override {
    while (true) {
      if (shared_->work.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "cancelled");
      }
      WEIR_RETURN_IF_ERROR(start_sources());
      if (active_.empty()) {
        return tail_.next(batch);
      }
      std::size_t first = 0;
      std::uint64_t limit = waiting_.empty() ? ~std::uint64_t{0} : first_ordinal(waiting_.front());
      for (std::size_t i = 1; i < active_.size(); ++i) {
        if (active_[i]->cursor.next_ordinal() < active_[first]->cursor.next_ordinal()) {
          first = i;
        }
      }
      for (std::size_t i = 0; i < active_.size(); ++i) {
        if (i != first) {
          limit = std::min(limit, active_[i]->cursor.next_ordinal());
        }
      }
      Source& source = *active_[first];
      WEIR_ASSIGN_OR_RETURN(const bool is_more, source.cursor.next(batch, limit));
      if (source.cursor.is_done()) {
        // Texts of the batch live in the cursor's buffers, so it moves on at the next call.
        source.is_used_up = true;
      }
      if (is_more) {
        return true;
      }
    }
  }

 private:
  struct Source {
    explicit Source(const SharedRows& shared) : cursor(shared.request.columns, shared.types) {}
    std::size_t segment = 0;
    std::shared_ptr<const SegmentPlan> plan;
    std::size_t block = 0;
    bool is_used_up = false;
    std::uint64_t bytes_counted = 0;
    BlockCursor cursor;
  };

  [[nodiscard]] std::uint64_t first_ordinal(std::size_t segment) const {
    return shared_->work.snapshot().segments[segment]->footer().first_ordinal;
  }

  // Opens the next wanted block of a source; false where there is none.
  Result<bool> open_block(Source& source) {
    const std::size_t num_blocks = source.plan->num_blocks();
    while (source.block < num_blocks && !source.plan->wants_block(source.block)) {
      ++source.block;
    }
    if (source.block == num_blocks) {
      return false;
    }
    WEIR_RETURN_IF_ERROR(source.cursor.open(source.plan, source.block++));
    source.is_used_up = false;
    return true;
  }

  Result<void> start_sources() {
    for (std::size_t i = 0; i < active_.size();) {
      Source& source = *active_[i];
      if (source.is_used_up) {
        count_block(shared_->work, *source.plan, source.block - 1,
                    source.cursor.bytes_read() - source.bytes_counted);
        source.bytes_counted = source.cursor.bytes_read();
        WEIR_ASSIGN_OR_RETURN(const bool is_open, open_block(source));
        if (!is_open) {
          source.plan.reset();
          shared_->work.forget(source.segment);
          idle_.push_back(std::move(active_[i]));
          active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(i));
          continue;
        }
      }
      ++i;
    }
    while (!waiting_.empty()) {
      const std::uint64_t ordinal = first_ordinal(waiting_.front());
      const bool is_due = std::all_of(active_.begin(), active_.end(), [&](const auto& source) {
        return source->cursor.next_ordinal() >= ordinal;
      });
      if (!is_due) {
        break;
      }
      std::unique_ptr<Source> source;
      if (!idle_.empty()) {
        source = std::move(idle_.back());
        idle_.pop_back();
      } else {
        source = std::make_unique<Source>(*shared_);
      }
      source->segment = waiting_.front();
      waiting_.pop_front();
      WEIR_ASSIGN_OR_RETURN(source->plan, shared_->work.plan(source->segment));
      source->block = 0;
      WEIR_ASSIGN_OR_RETURN(const bool is_open, open_block(*source));
      if (is_open) {
        active_.push_back(std::move(source));
      } else {
        source->plan.reset();
        shared_->work.forget(source->segment);
        idle_.push_back(std::move(source));
      }
    }
    return {};
  }

  std::shared_ptr<SharedRows> shared_;
  std::deque<std::size_t> waiting_;  // segments, by first ordinal
  std::vector<std::unique_ptr<Source>> active_;
  std::vector<std::unique_ptr<Source>> idle_;
  TailReader tail_;
};

class StoredScan final : public column::Scan {
 public:
  explicit StoredScan(std::shared_ptr<SharedRows> shared) : shared_(std::move(shared)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    if (shared_->request.num_streams <= 1) {
      return std::make_unique<OrderedStream>(shared_);
    }
    return std::make_unique<TaskStream>(shared_);
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    std::vector<bool> applied;
    for (const column::Predicate& conjunct : shared_->request.conjuncts) {
      applied.push_back(is_applied(*shared_->work.snapshot().spec,
                                   shared_->request.columns[conjunct.column], conjunct));
    }
    return applied;
  }
  [[nodiscard]] column::Completeness completeness() const override {
    return shared_->work.completeness();
  }
  [[nodiscard]] std::vector<std::string> paths() const override {
    return {"store: " + shared_->work.text()};
  }

 private:
  std::shared_ptr<SharedRows> shared_;
};

}  // namespace

Result<std::optional<column::Field>> StoredTable::find(std::string_view name) {
  const auto column = find_column(*snapshot_->spec, name);
  return column ? std::optional(column::Field{snapshot_->spec->columns[*column].name,
                                              snapshot_->spec->columns[*column].type})
                : std::nullopt;
}

Result<column::Schema> StoredTable::columns() {
  column::Schema schema;
  for (const ColumnSpec& column : snapshot_->spec->columns) {
    schema.push_back({column.name, column.type});
  }
  return schema;
}

std::vector<std::string> StoredTable::known_names() {
  std::vector<std::string> names;
  for (const ColumnSpec& column : snapshot_->spec->columns) {
    names.push_back(column.name);
  }
  return names;
}

Result<bool> StoredTable::carries(std::string_view canonical_name) {
  return find_column(*snapshot_->spec, canonical_name).has_value();
}

Result<std::unique_ptr<column::Scan>> StoredTable::scan(const column::ScanRequest& request,
                                                        const column::ScanContext& context) {
  column::ScanRequest bounded = request;
  bounded.num_streams = std::max<std::size_t>(request.num_streams, 1);
  auto shared = std::make_shared<SharedRows>(snapshot_, bounded, context);
  for (const std::string& name : request.columns) {
    const auto column = find_column(*snapshot_->spec, name);
    if (!column) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("table {} has no column '{}';{}", snapshot_->spec->name, name,
                              did_you_mean(name, known_names())));
    }
    shared->types.push_back(snapshot_->spec->columns[*column].type);
  }
  return std::make_unique<StoredScan>(std::move(shared));
}

}  // namespace weir::store
