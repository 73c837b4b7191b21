#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/numbers.h"
#include "codec/texts.h"
#include "column/batch.h"
#include "store/segment_plan.h"

namespace weir::store {

// Reads the wanted rows of one block after another as batches: codes stay codes, numbers and texts
// are unpacked only where a row of their window passes. One a stream; keeps its buffers.
class BlockCursor {
 public:
  // `columns`: names of the batch's columns, `types` theirs; what the segment lacks is null.
  BlockCursor(std::vector<std::string> columns, std::vector<column::Type> types);

  [[nodiscard]] Result<void> open(std::shared_ptr<const SegmentPlan> plan, std::size_t block);

  // Fills `batch` with the next rows that pass, not beyond a jump of the ordinals, and only rows
  // whose ordinal is below `limit`; false where none is left (below the limit). `batch.sequence`
  // is the ordinal of its first row. Texts live until the next open().
  [[nodiscard]] Result<bool> next(column::Batch& batch, std::uint64_t limit = ~std::uint64_t{0});
  // All rows were looked at.
  [[nodiscard]] bool is_done() const { return row_ >= end_row_; }
  // Of the next row to be looked at.
  [[nodiscard]] std::uint64_t next_ordinal() const { return next_ordinal_; }

  // For who adds up by code, not of rare rows: all codes of the block; which rows pass (ascending)
  // where not all do.
  [[nodiscard]] Result<const std::uint32_t*> codes(std::size_t group);
  struct Selection {
    bool is_all = true;
    const std::uint32_t* rows = nullptr;
    std::size_t num_rows = 0;
  };
  [[nodiscard]] Result<Selection> select_block();
  // Whether which rows of the block pass is told by their codes of one group alone.
  [[nodiscard]] bool passes_by_code(std::size_t group) const;
  struct Numbers {
    const std::int64_t* values = nullptr;
    const std::uint64_t* nulls = nullptr;  // null: none
    bool is_all_null = false;
  };
  // The numbers of a column of the segment in the whole block.
  [[nodiscard]] Result<Numbers> block_numbers(std::size_t column);
  // The same of some rows of the block, in the order of `rows`, which ascend: only these are
  // unpacked. Valid until the column is picked from again.
  [[nodiscard]] Result<Numbers> pick_numbers(std::size_t column,
                                             std::span<const std::uint32_t> rows);
  struct Texts {
    std::vector<std::string_view> values;  // live until the next open()
    std::vector<std::uint64_t> are_null;   // a bit a value
  };
  [[nodiscard]] Result<Texts> pick_texts(std::size_t column, std::span<const std::uint32_t> rows);
  // Whether picking `num_rows` of `of` rows is less work than unpacking them all.
  [[nodiscard]] static bool is_better_picked(std::size_t num_rows, std::size_t of) {
    return num_rows * 8 < of;
  }

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  static constexpr std::size_t kWindowRows = column::kBatchRows;

  struct NumberRun {
    bool is_open = false;
    std::string bytes;
    codec::NumberDecoder decoder;
    std::vector<std::uint64_t> null_flags;  // of the block, where nulls are kept apart
    std::size_t first = ~std::size_t{0};    // of the rows unpacked
    std::size_t count = 0;
    std::vector<std::int64_t> values;
    std::vector<std::uint64_t> nulls;
    bool has_nulls = false;
    // Of a pair: which of the two is the smaller, and what this column has of them.
    codec::NumberDecoder flag_decoder;
    std::vector<std::uint32_t> flags;
    std::size_t first_paired = ~std::size_t{0};
    std::size_t count_paired = 0;
    std::vector<std::int64_t> paired;
    // Of the rows picked.
    std::vector<std::int64_t> picked;
    std::vector<std::uint64_t> picked_nulls;
    std::vector<std::int64_t> picked_paired;
  };
  struct TextRun {
    bool is_open = false;
    std::string bytes;
    codec::TextDecoder decoder;
    std::vector<std::uint64_t> null_flags;
  };
  struct Codes {
    bool is_open = false;
    std::string bytes;
    codec::NumberDecoder decoder;
    std::vector<std::uint32_t> codes;  // of the block
    std::vector<std::uint32_t> kept;   // of the batch
    std::shared_ptr<const GroupCodes> group;
  };
  struct Output {
    bool is_absent = true;
    SegmentReader::Place place;
    std::size_t column = 0;  // of the segment
    std::shared_ptr<const column::CodeTable> table;
  };

  [[nodiscard]] Result<void> set_plan(std::shared_ptr<const SegmentPlan> plan);
  [[nodiscard]] const Block& block() const { return plan_->block(block_); }
  [[nodiscard]] Result<void> open_run(std::string_view bytes, codec::NumberDecoder& decoder) const;
  [[nodiscard]] Result<NumberRun*> open_numbers(std::size_t column);
  [[nodiscard]] Result<TextRun*> open_texts(std::size_t column);
  // Unpacks rows [first, first + count) of the block, as they are written.
  [[nodiscard]] Result<NumberRun*> unpack(std::size_t column, std::size_t first, std::size_t count);
  // The same as they are: values of `values`, nulls of the run.
  struct Window {
    const std::int64_t* values = nullptr;
    const NumberRun* run = nullptr;
  };
  [[nodiscard]] Result<Window> numbers(std::size_t column, std::size_t first, std::size_t count);
  // Picks rows as they are written; `run->picked_nulls` is empty where none is null.
  [[nodiscard]] Result<NumberRun*> pick(std::size_t column, std::span<const std::uint32_t> rows);
  [[nodiscard]] Result<void> select(std::size_t first, std::size_t count);
  [[nodiscard]] Result<void> add_rows(column::Batch& batch, std::size_t first, std::size_t count);
  void start_batch(column::Batch& batch);
  void finish_batch(column::Batch& batch);
  void pass_rows(std::size_t count);

  std::vector<std::string> names_;
  std::vector<column::Type> types_;
  std::vector<Output> outputs_;
  std::shared_ptr<const SegmentPlan> plan_;
  std::size_t block_ = 0;
  std::size_t num_rows_ = 0;
  std::size_t row_ = 0;
  std::size_t end_row_ = 0;
  std::size_t next_jump_ = 0;
  std::uint64_t next_ordinal_ = 0;
  std::vector<NumberRun> numbers_;  // by column of the segment
  std::vector<TextRun> texts_;
  std::vector<Codes> codes_;  // by group
  std::vector<std::uint32_t> rows_;
  std::size_t num_selected_ = 0;
  std::vector<std::uint32_t> block_rows_;
  std::vector<std::uint32_t> picked_rows_;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace weir::store
