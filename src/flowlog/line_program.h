#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "column/batch.h"
#include "column/coverage.h"
#include "flowlog/line_filter.h"
#include "flowlog/line_parser.h"

namespace weir::flowlog {

// What is to be done with one token, and where its value goes.
struct TokenStep {
  enum class Check : std::uint8_t {
    kText,
    kAddress,
    kInteger,
    kPort,
    kProtocol,
    kStart,
    kEnd,
    kEpoch,
    kStatus
  };
  Check check = Check::kText;
  std::int32_t column = -1;  // index into the batch, -1: checked, not kept
  bool may_be_deferred = false;
};

// A parser's work on every line of a layout, worked out once.
struct LineProgram {
  std::vector<TokenStep> steps;  // one a column of the layout
  Layout layout;
  std::vector<column::Type> column_types;    // of the batch
  std::vector<std::int32_t> absent_columns;  // the layout does not have these
  std::int32_t message_column = -1;          // @message
  std::int32_t timestamp_column = -1;        // @timestamp
  std::vector<LineFilter> filters;           // the predicates applied here
  std::vector<bool> applied;                 // which of the request's these are
  column::TimeRange range;
  bool include_silent = true;
};

// The values of the line at hand that the parser itself needs, and which of its tokens are absent.
struct LineValues {
  std::int64_t start_ms = kAbsent;
  std::int64_t end_ms = kAbsent;
  enum class Status : std::uint8_t { kOk, kNodata, kSkipdata } status = Status::kOk;
  bool has_odd_protocol = false;  // above 255
  std::size_t num_nulls = 0;
  std::int32_t null_columns[kMaxColumns];  // of the batch

  static constexpr std::int64_t kAbsent = INT64_MIN;
};

inline bool is_absent(std::string_view token) { return token.size() == 1 && token[0] == '-'; }

inline LineValues::Status status_of(std::string_view token) {
  return token == "NODATA"
             ? LineValues::Status::kNodata
             : (token == "SKIPDATA" ? LineValues::Status::kSkipdata : LineValues::Status::kOk);
}

// Where the tokens of a line are: offsets into its text.
struct Tokens {
  std::size_t count = 0;
  std::uint32_t begins[kMaxColumns + 1];
  std::uint32_t ends[kMaxColumns + 1];
};

// Seconds or, from 10^11 on, milliseconds, as milliseconds. Source: facts "Text parser".
inline std::int64_t epoch_to_ms(std::int64_t value) {
  constexpr std::int64_t kFirstMilliseconds = 100'000'000'000;
  return value >= kFirstMilliseconds ? value : value * 1000;
}

// Splits a line without its line end by runs of spaces and tabs. count is kMaxColumns + 1 where
// there are more tokens than that.
void split_line(std::string_view line, Tokens& tokens);

// The scalar reference of what is done with a line's tokens: checks them all, writes what is kept
// to row `row` of `batch`. `token_column` receives the 1-based byte of the token at fault: of the
// first one too many, or just behind the last where one is missing. A line has a token at least.
[[nodiscard]] Reject read_tokens(const LineProgram& program, std::string_view line,
                                 const Tokens& tokens, std::size_t row, column::Batch& batch,
                                 LineValues& values, std::size_t& token_column);

// Epochs past the year 9999 are no times.
inline constexpr std::int64_t kLastEpochMs = 253'402'300'799'999;

// True where a record of this start and status is wanted.
inline bool is_in_range(const LineProgram& program, std::int64_t start_ms,
                        LineValues::Status status) {
  if (!program.include_silent && status != LineValues::Status::kOk) {
    return false;
  }
  if (program.range.since || program.range.until) {
    return start_ms != LineValues::kAbsent &&
           (!program.range.since || start_ms >= *program.range.since) &&
           (!program.range.until || start_ms < *program.range.until);
  }
  return true;
}

// Writes @message and @timestamp of a row; `line` without its line end.
void write_special_columns(const LineProgram& program, std::int64_t start_ms, std::string_view line,
                           std::size_t row, column::Batch& batch);

// Counts the times of a line that was read.
inline void count_times(std::int64_t start_ms, std::int64_t end_ms, ParseTally& tally,
                        column::Coverage* coverage) {
  if (start_ms == LineValues::kAbsent) {
    return;
  }
  if (end_ms == LineValues::kAbsent) {
    end_ms = start_ms;
  }
  tally.end_before_start += end_ms < start_ms ? 1 : 0;
  tally.first_start_ms = std::min(tally.first_start_ms, start_ms);
  tally.last_end_ms = std::max(tally.last_end_ms, end_ms);
  if (coverage != nullptr) {
    coverage->mark(start_ms, end_ms);
  }
}

inline void count_line(const LineValues& values, ParseTally& tally, column::Coverage* coverage) {
  switch (values.status) {
    case LineValues::Status::kOk:
      ++tally.ok;
      break;
    case LineValues::Status::kNodata:
      ++tally.nodata;
      break;
    case LineValues::Status::kSkipdata:
      ++tally.skipdata;
      break;
  }
  tally.odd_protocol += values.has_odd_protocol ? 1 : 0;
  count_times(values.start_ms, values.end_ms, tally, coverage);
}

}  // namespace weir::flowlog
