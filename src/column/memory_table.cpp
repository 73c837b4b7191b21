#include "column/memory_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <numeric>
#include <utility>

#include "base/nearest_name.h"

namespace weir::column {
namespace {

char folded_letter(char c) {
  return c == '-' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool is_same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return folded_letter(x) == folded_letter(y); });
}

template <class T>
T value_of(const Column& column, std::size_t row) {
  if (column.is_coded()) {
    return column.code_table()->values.data<T>()[column.codes()[row]];
  }
  return column.data<T>()[column.is_constant() ? 0 : row];
}

// What the streams of one scan share.
struct SharedScan {
  const std::vector<Batch>* batches = nullptr;
  std::vector<std::pair<std::size_t, std::size_t>> pieces;  // batch, first row
  std::vector<std::size_t> columns;       // index in the table of each requested one
  std::optional<std::size_t> start;       // index of the column a time range applies to
  std::optional<std::size_t> log_status;  // index of the column that tells silent rows
  TimeRange range;
  bool include_silent = true;
  ScanContext context;
  std::atomic<std::size_t> next_batch{0};
  std::atomic<std::uint64_t> num_delivered{0};
};

class MemoryStream final : public ScanStream {
 public:
  explicit MemoryStream(std::shared_ptr<SharedScan> shared) : shared_(std::move(shared)) {}

  Result<bool> next(Batch& batch) override {
    if (shared_->context.cancel != nullptr && shared_->context.cancel->is_cancelled()) {
      return fail(ErrorCode::kCancelled, "cancelled");
    }
    const std::size_t i = shared_->next_batch.fetch_add(1, std::memory_order_relaxed);
    if (i >= shared_->pieces.size()) {
      return false;
    }
    const auto [place, begin] = shared_->pieces[i];
    const Batch& source = (*shared_->batches)[place];
    select_rows(source, begin);
    batch.num_rows = rows_.size();
    batch.sequence = i;
    batch.columns.resize(shared_->columns.size());
    for (std::size_t c = 0; c < shared_->columns.size(); ++c) {
      batch.columns[c].gather(source.columns[shared_->columns[c]], rows_);
    }
    shared_->num_delivered.fetch_add(rows_.size(), std::memory_order_relaxed);
    if (shared_->context.progress != nullptr) {
      shared_->context.progress->records.fetch_add(rows_.size(), std::memory_order_relaxed);
    }
    return true;
  }

 private:
  void select_rows(const Batch& source, std::size_t begin) {
    rows_.resize(std::min(kBatchRows, source.num_rows - begin));
    std::iota(rows_.begin(), rows_.end(), static_cast<std::uint32_t>(begin));
    if (!shared_->include_silent && shared_->log_status) {
      const Column& status = source.columns[*shared_->log_status];
      std::erase_if(rows_, [&](std::uint32_t row) {
        const std::string_view text = value_of<std::string_view>(status, row);
        return text == "NODATA" || text == "SKIPDATA";
      });
    }
    const TimeRange& range = shared_->range;
    if (!range.since && !range.until) {
      return;
    }
    if (!shared_->start) {
      rows_.clear();
      return;
    }
    const Column& start = source.columns[*shared_->start];
    std::erase_if(rows_, [&](std::uint32_t row) {
      if (start.is_null(row)) {
        return true;
      }
      const auto time = value_of<TimeMs>(start, row);
      return (range.since && time < *range.since) || (range.until && time >= *range.until);
    });
  }

  std::shared_ptr<SharedScan> shared_;
  std::vector<std::uint32_t> rows_;
};

class MemoryScan final : public Scan {
 public:
  MemoryScan(std::shared_ptr<SharedScan> shared, std::size_t num_conjuncts)
      : shared_(std::move(shared)), num_conjuncts_(num_conjuncts) {}

  Result<std::unique_ptr<ScanStream>> open_stream() override {
    return std::make_unique<MemoryStream>(shared_);
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return std::vector<bool>(num_conjuncts_, false);
  }
  [[nodiscard]] Completeness completeness() const override {
    Completeness completeness;
    completeness.records = shared_->num_delivered.load(std::memory_order_relaxed);
    completeness.ok = completeness.records;
    return completeness;
  }

 private:
  std::shared_ptr<SharedScan> shared_;
  std::size_t num_conjuncts_;
};

}  // namespace

MemoryTable::MemoryTable(Schema schema, std::vector<Batch> batches)
    : schema_(std::move(schema)), batches_(std::move(batches)) {
#ifndef NDEBUG
  for (const Batch& batch : batches_) {
    assert(batch.columns.size() == schema_.size());
    for (std::size_t c = 0; c < schema_.size(); ++c) {
      assert(batch.columns[c].type() == schema_[c].type);
      assert(batch.columns[c].size() == batch.num_rows);
    }
  }
#endif
}

std::unique_ptr<MemoryTable> MemoryTable::from_rows(Schema schema,
                                                    std::span<const std::vector<Value>> rows,
                                                    std::size_t rows_each_batch) {
  assert(rows_each_batch > 0);
  std::vector<Batch> batches;
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_each_batch) {
    Batch& batch = batches.emplace_back();
    batch.sequence = batches.size() - 1;
    batch.num_rows = std::min(rows_each_batch, rows.size() - begin);
    batch.columns.resize(schema.size());
    for (std::size_t c = 0; c < schema.size(); ++c) {
      Column& column = batch.columns[c];
      column.reset(schema[c].type, batch.num_rows);
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        const Value& value = rows[begin + row][c];
        assert(value.is_null() || value.type == schema[c].type);
        column.put(row, value);
      }
    }
  }
  return std::make_unique<MemoryTable>(std::move(schema), std::move(batches));
}

std::optional<std::size_t> MemoryTable::index_of(std::string_view name) const {
  // The exact spelling first: a result may have columns that differ in case alone.
  const auto exact = std::find_if(schema_.begin(), schema_.end(),
                                  [&](const Field& field) { return field.name == name; });
  const auto found = exact != schema_.end()
                         ? exact
                         : std::find_if(schema_.begin(), schema_.end(), [&](const Field& field) {
                             return is_same_name(field.name, name);
                           });
  return found == schema_.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - schema_.begin()));
}

Result<std::optional<Field>> MemoryTable::find(std::string_view name) {
  const auto index = index_of(name);
  return index ? std::optional(schema_[*index]) : std::nullopt;
}

std::vector<std::string> MemoryTable::known_names() {
  std::vector<std::string> names;
  for (const Field& field : schema_) {
    names.push_back(field.name);
  }
  return names;
}

Result<bool> MemoryTable::carries(std::string_view canonical_name) {
  return index_of(canonical_name).has_value();
}

Result<std::unique_ptr<Scan>> MemoryTable::scan(const ScanRequest& request,
                                                const ScanContext& context) {
  auto shared = std::make_shared<SharedScan>();
  shared->batches = &batches_;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    for (std::size_t begin = 0; begin < batches_[i].num_rows; begin += kBatchRows) {
      shared->pieces.emplace_back(i, begin);
    }
  }
  shared->range = request.range;
  shared->context = context;
  for (const std::string& name : request.columns) {
    const auto index = index_of(name);
    if (!index) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("no column named '{}';{}", name, did_you_mean(name, known_names())));
    }
    shared->columns.push_back(*index);
  }
  if (const auto start = index_of("start"); start && schema_[*start].type == Type::kTime) {
    shared->start = start;
  }
  shared->include_silent = request.include_silent;
  if (const auto status = index_of("log_status");
      status && schema_[*status].type == Type::kString) {
    shared->log_status = status;
  }
  return std::make_unique<MemoryScan>(std::move(shared), request.conjuncts.size());
}

std::size_t MemoryTable::num_rows() const {
  return std::accumulate(batches_.begin(), batches_.end(), std::size_t{0},
                         [](std::size_t sum, const Batch& batch) { return sum + batch.num_rows; });
}

}  // namespace weir::column
