#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "column/batch.h"
#include "flowlog/content.h"
#include "flowlog/layout.h"
#include "flowlog/line_parser.h"
#include "flowlog/meta_column.h"
#include "flowlog/read_plan.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {

// The layout that the names of columns make: aliases give way to real names, a second column of one
// name is left out by giving it no name. Names of ours with '@' are not part of it.
[[nodiscard]] Layout layout_of_names(std::span<const std::string> names);
// True where one of the names is a field's.
[[nodiscard]] bool has_field_name(std::span<const std::string> names);

// Turns rows of a source that names its columns (JSON rows, CSV, Parquet) into batches of what was
// asked for. Values are checked like the tokens of a line, whatever is asked for, by column. Text
// stands for numbers, addresses and times (epoch or a date); '-', nothing, and for anything but
// text `None`, are null. Not thread-safe.
class RowDecoder {
 public:
  // All arguments outlive the decoder.
  RowDecoder(const ReadPlan& plan, const InputFile& file, FileTally& tally);

  // The columns of what decode() gets, in its order. Only types kInt64, kDouble, kTime, kBool and
  // kString occur.
  void set_schema(const column::Schema& schema);
  // Which of them must be read at all.
  [[nodiscard]] std::vector<std::size_t> needed_columns() const;

  // `raw`: all columns, or the needed ones alone. `lines`: of each row, the line or row number to
  // name it by. Fills `batch` but for its sequence; views point into `raw` and this decoder.
  void decode(const column::Batch& raw, std::span<const std::uint64_t> lines, column::Batch& batch);

 private:
  struct Source {
    std::string name;
    std::optional<FieldId> field;
    std::optional<MetaColumn> meta;
    std::optional<std::size_t> position;  // in the request
    bool is_needed = false;
    column::Column values;  // decoded
  };

  void decode_column(const column::Column& raw, Source& source);
  void count_rows(std::span<const std::uint64_t> lines, std::size_t num_rows);
  void build_messages(std::size_t num_rows);
  void hand_out(std::size_t num_rows, column::Batch& batch);
  [[nodiscard]] Source* find(FieldId field);
  [[nodiscard]] Source* find(MetaColumn meta);

  const ReadPlan& plan_;
  const InputFile& file_;
  FileTally& tally_;
  std::vector<Source> sources_;
  std::vector<std::size_t> in_message_;  // sources, in the order of the layout
  bool builds_message_ = false;
  std::string layout_names_;
  column::Column messages_;
  column::Column times_;  // @timestamp
  static constexpr std::size_t kMaxExcerpts = 64;
  std::vector<Reject> refusals_;                 // of each row
  std::map<std::size_t, std::string> excerpts_;  // of the first refused ones
  std::vector<std::uint32_t> kept_;
  column::RowFilter conjuncts_;
};

}  // namespace weir::flowlog
