#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "column/coverage.h"
#include "column/scan.h"
#include "flowlog/layout.h"

namespace weir::flowlog {

class LineBook;

// Why a record was refused. The names are stable: they are keys of reports.
enum class Reject : std::uint8_t {
  kNone,
  kTooFewTokens,
  kTooManyTokens,
  kBadNumber,  // not a decimal number
  kOverflow,   // past 64 bits, or a port past 65535
  kBadAddress,
  kBadTime,
  kNulByte,
  kBadUtf8,
  kLineTooLong,
  kCutShort,  // the compressed stream ends within the line
  kBadJson,
  kBadRow,  // envelopes
};
inline constexpr std::size_t kNumRejects = 13;
[[nodiscard]] std::string_view name_of(Reject reject);

inline constexpr std::size_t kMaxLineBytes = 64 * 1024;

// Counts and coverage that parsing leaves behind; merged over parsers into a Completeness.
struct ParseTally {
  std::uint64_t ok = 0;
  std::uint64_t nodata = 0;
  std::uint64_t skipdata = 0;
  std::array<std::uint64_t, kNumRejects> rejected{};
  std::uint64_t odd_protocol = 0;      // above 255: kept
  std::uint64_t end_before_start = 0;  // kept
  std::int64_t first_start_ms = INT64_MAX;
  std::int64_t last_end_ms = INT64_MIN;
};

// Parses lines of one layout into batches. One parser a thread and layout; holds no input.
//
// Every line is validated whole (number of tokens, each number, each address, no NUL, valid UTF-8),
// whatever columns are asked for. Hardened against untrusted input; no allocation per record.
class LineParser {
 public:
  struct Options {
    std::vector<std::string> columns;          // canonical names; absent ones give nulls
    std::vector<column::Predicate> conjuncts;  // applied exactly where applies() says so
    column::TimeRange range;                   // applied exactly
    bool include_silent = true;                // NODATA and SKIPDATA rows too
    // Columns that may come deferred where no conjunct is asked for, by way of this book, which
    // outlives the parser.
    LineBook* book = nullptr;
    std::vector<bool> may_be_deferred;
  };
  struct Refused {  // called for each refused line
    Reject reason;
    std::size_t offset;  // of the line in the bytes given
    std::size_t length;
    std::size_t token_column;  // 1-based byte in the line, 0 = whole line
  };
  struct Outcome {
    std::size_t consumed = 0;  // bytes; stops behind a line
    bool met_header = false;   // the line at `consumed` is a header: switch layouts there
  };

  virtual ~LineParser() = default;
  // Parses whole lines from the front of `bytes` until `batch` holds column::kBatchRows rows, the
  // lines end, or a header is met. `bytes` must end behind a newline unless `is_last`; it must be
  // readable for 64 bytes past its end. Views in the batch point into `bytes`. Refused lines are
  // appended to `refused` up to its capacity; the tally counts all.
  virtual Outcome parse(std::string_view bytes, bool is_last, column::Batch& batch,
                        ParseTally& tally, std::vector<Refused>& refused,
                        column::Coverage* coverage) = 0;
  // Which conjuncts the parser applies exactly.
  [[nodiscard]] virtual std::vector<bool> applied_conjuncts() const = 0;
  // "avx512", "avx2", "scalar": the kernel in use.
  [[nodiscard]] virtual std::string_view kernel() const = 0;
};

// Which instruction sets a kernel may use; kBest looks at the processor once.
enum class KernelChoice : std::uint8_t { kBest, kScalar, kAvx2, kAvx512 };
[[nodiscard]] std::unique_ptr<LineParser> make_line_parser(
    const Layout& layout, const LineParser::Options& options,
    KernelChoice choice = KernelChoice::kBest);
[[nodiscard]] std::vector<KernelChoice> available_kernels();
[[nodiscard]] std::string_view name_of(KernelChoice kernel);

}  // namespace weir::flowlog
