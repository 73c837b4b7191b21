#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "flowlog/line_book.h"
#include "flowlog/line_kernel.h"
#include "flowlog/line_program.h"

namespace weir::flowlog {

// The fast way through plain lines: windows of them, column by column, by a kernel. Gives exactly
// what the scalar reference gives, and stops before the first line that it leaves to it.
class FastLines {
 public:
  // A header line in the midst must fail as data, so some column must be a number or an address.
  [[nodiscard]] static bool can_read(const LineProgram& program);

  // `program` and `book`, which may be null, outlive this.
  FastLines(const LineProgram& program, const LineKernel& kernel, LineBook* book = nullptr);

  // Before the first row of a batch. Where columns are deferred they are so for all rows, so that a
  // batch ends before the first line that is not plain, and if that is its very first line, the
  // batch is read_whole().
  void begin_batch();
  [[nodiscard]] bool defers() const { return defers_; }
  void read_whole() { defers_ = false; }
  void end_batch(std::size_t num_rows, column::Batch& batch);

  // Reads lines from the front of `bytes` into `batch` from `row` on, which it advances, until the
  // batch is full, the whole lines end, or one is not plain. Returns the bytes read.
  std::size_t read(std::string_view bytes, std::size_t& row, column::Batch& batch,
                   ParseTally& tally, column::Coverage* coverage);

  [[nodiscard]] const LineKernel& kernel() const { return kernel_; }

 private:
  struct Scratch;  // of one window
  struct FreeScratch {
    void operator()(Scratch* scratch) const;
  };

  std::size_t read_columns(std::size_t row, column::Batch& batch);
  std::size_t read_column(const LineWindow& window, std::size_t token, std::size_t num_lines,
                          std::size_t row, column::Column* column);
  std::size_t read_epochs(const LineWindow& window, std::size_t token, std::size_t num_lines,
                          std::int64_t* out);
  void mark_absent(std::size_t num_lines, std::size_t row, column::Column& column) const;
  void count_lines(std::size_t num_lines, ParseTally& tally, column::Coverage* coverage) const;
  std::size_t keep_wanted(std::size_t num_lines, std::size_t row, column::Batch& batch);
  void copy_timestamps(std::size_t num_lines, std::size_t row, column::Batch& batch) const;
  void pick_lines(std::size_t num_kept);
  void move_together(column::Column& column, std::size_t num_lines, std::size_t num_kept,
                     std::size_t row) const;
  // The column that a token goes to; null where it is only checked.
  [[nodiscard]] column::Column* column_of(std::size_t token, column::Batch& batch) const;

  const LineProgram* program_;
  const LineKernel& kernel_;
  LineBook* book_;
  bool filters_rows_;
  bool defers_ = false;               // in the batch at hand
  std::vector<bool> is_filtered_by_;  // tokens whose column a filter looks at
  // Few lines of the last window were wanted: of the next one, read only what filters look at,
  // check the rest, and read it for the wanted lines alone.
  bool reads_late_ = false;
  std::unique_ptr<Scratch, FreeScratch> scratch_;
};

}  // namespace weir::flowlog
