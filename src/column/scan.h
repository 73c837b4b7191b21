#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "column/batch.h"
#include "column/completeness.h"
#include "column/value.h"

namespace weir::column {

enum class Comparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,        // equal to one of the values
  kInPrefix,  // address within one of the values (strings holding prefixes)
  kIsNull,
  kIsNotNull,
};

// `column` compared to constants of the column's own type; false for a null row, except kIsNull.
struct Predicate {
  std::size_t column = 0;  // index into ScanRequest::columns or GroupRequest::conjunct_columns
  Comparison comparison = Comparison::kEqual;
  std::vector<Value> values;
};

// Rows with since <= start < until; rows without a start are kept only when both are open.
struct TimeRange {
  std::optional<TimeMs> since;
  std::optional<TimeMs> until;
};

struct ScanRequest {
  std::vector<std::string> columns;  // canonical names, as Table::find gave them
  std::vector<Predicate> conjuncts;  // rows for which one is not true need not be delivered
  TimeRange range;                   // applied exactly by the scan
  bool include_silent = true;        // deliver NODATA and SKIPDATA rows as well
  std::size_t num_streams = 1;       // streams that will be opened at most
};

// Rows by groups, for a table that can add them up itself (from roll-ups, or while it reads). A
// batch of the answer holds the key columns, then the bin as a time, then one int64 column a
// measure. Its rows are partial: several may have the same key, in one batch or stream or in
// several, so a sum past 64 bits comes in two.
struct GroupRequest {
  // A further key: the time of `column`, rounded down to offset_ms + n * width_ms, null where the
  // row has none.
  struct Bin {
    std::string column;
    std::int64_t width_ms = 0;  // above 0
    std::int64_t offset_ms = 0;
    friend bool operator==(const Bin&, const Bin&) = default;
  };
  struct Measure {
    enum class Kind : std::uint8_t {
      kCountRows,
      kCount,  // of values that are not null
      kSum,    // null where there is no value, as are
      kMin,
      kMax,
      // The sum of squares, 128 bits in two measures: the lower half, and right behind it the upper
      // half of the same column.
      kSquaresLow,
      kSquaresHigh,
    };
    Kind kind = Kind::kCountRows;
    std::string column;  // of integers or times; none for kCountRows
    friend bool operator==(const Measure&, const Measure&) = default;
  };
  std::vector<std::string> keys;  // canonical names, as all that follow
  std::optional<Bin> bin;
  std::vector<Measure> measures;
  std::vector<std::string> conjunct_columns;
  std::vector<Predicate> conjuncts;                  // all applied exactly
  std::vector<std::vector<Predicate>> disjunctions;  // one at least of each must be true
  TimeRange range;
  bool include_silent = true;
  std::size_t num_streams = 1;
  bool may_use_rollups = true;  // false: from the rows themselves
  // Only the `count` groups whose total of a measure, kSum or kCountRows, is greatest are wanted,
  // with those equal to the last of them, and those where it is null. A hint: others may come too.
  struct Top {
    std::size_t measure = 0;
    std::uint64_t count = 0;
  };
  std::optional<Top> top;
};

// Counts that other threads may watch while a scan runs.
struct ScanProgress {
  std::atomic<std::uint64_t> bytes_total{0};  // of input as stored (compressed)
  std::atomic<std::uint64_t> bytes_done{0};
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> files_total{0};
  std::atomic<std::uint64_t> files_done{0};
  std::atomic<std::uint64_t> rejected{0};
};

// One worker's share of a scan. Used by one thread at a time.
class ScanStream {
 public:
  virtual ~ScanStream() = default;
  // Fills `batch` (columns in the order of the request) and returns true, or returns false at the
  // end. Batches may be empty. String views stay valid until the next call.
  [[nodiscard]] virtual Result<bool> next(Batch& batch) = 0;
};

// A scan under way: streams share its morsels, each row is delivered by exactly one of them.
class Scan {
 public:
  virtual ~Scan() = default;
  // Safe to call from several threads.
  [[nodiscard]] virtual Result<std::unique_ptr<ScanStream>> open_stream() = 0;
  // Which conjuncts of the request the scan applies exactly; the reader filters by the others.
  [[nodiscard]] virtual std::vector<bool> applied_conjuncts() const = 0;
  // What the rows delivered rest on. Call after every stream has ended.
  [[nodiscard]] virtual Completeness completeness() const = 0;
  // How the scan worked ("roll-up of 24 hours"), for who asks why it was fast or slow. Call after
  // every stream has ended.
  [[nodiscard]] virtual std::vector<std::string> paths() const { return {}; }
};

// What a scan needs of its surroundings. All outlive it; all may be null but `clock`.
struct ScanContext {
  const CancelToken* cancel = nullptr;
  MemoryBudget* memory = nullptr;
  ScanProgress* progress = nullptr;
};

// Something that can be read by columns: files, the store, rows in memory. Safe from any thread.
class Table {
 public:
  virtual ~Table() = default;
  // The column that any accepted spelling of a name means, under its canonical name.
  [[nodiscard]] virtual Result<std::optional<Field>> find(std::string_view name) = 0;
  // Columns that the data has, in order: what `*` stands for.
  [[nodiscard]] virtual Result<Schema> columns() = 0;
  // Names to choose suggestions from.
  [[nodiscard]] virtual std::vector<std::string> known_names() = 0;
  // False for a column that exists by definition but that no record of the data carries (a v5
  // field over v2 files): worth a warning.
  [[nodiscard]] virtual Result<bool> carries(std::string_view canonical_name) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Scan>> scan(const ScanRequest& request,
                                                           const ScanContext& context) = 0;
  // The same rows as groups; null where the table does not offer that for such a request. Streams
  // may give their batches in any order.
  [[nodiscard]] virtual Result<std::unique_ptr<Scan>> scan_groups(const GroupRequest& /*request*/,
                                                                  const ScanContext& /*context*/) {
    return std::unique_ptr<Scan>();
  }
};

}  // namespace weir::column
