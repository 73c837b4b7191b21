#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "flowlog/line_kernel.h"
#include "flowlog/line_program.h"

namespace weir::flowlog {

// The fast way through plain lines: windows of them, column by column, by a kernel. Gives exactly
// what the scalar reference gives, and stops before the first line that it leaves to it.
class FastLines {
 public:
  // A header line in the midst must fail as data, so some column must be a number or an address.
  [[nodiscard]] static bool can_read(const LineProgram& program);

  // `program` outlives this.
  FastLines(const LineProgram& program, const LineKernel& kernel);

  // Reads lines from the front of `bytes` into `batch` from `row` on, which it advances, until the
  // batch is full, the whole lines end, or one is not plain. Returns the bytes read.
  std::size_t read(std::string_view bytes, std::size_t& row, column::Batch& batch,
                   ParseTally& tally, Coverage* coverage);

  [[nodiscard]] const LineKernel& kernel() const { return kernel_; }

 private:
  struct Scratch;  // of one window
  struct FreeScratch {
    void operator()(Scratch* scratch) const;
  };

  std::size_t read_columns(std::size_t row, column::Batch& batch);
  std::size_t read_column(std::size_t token, std::size_t num_lines, std::size_t row,
                          column::Batch& batch);
  std::size_t read_epochs(std::size_t token, std::size_t num_lines, std::int64_t* out);
  void mark_absent(const TokenStep& step, std::size_t num_lines, std::size_t row,
                   column::Batch& batch);
  void count_lines(std::size_t num_lines, ParseTally& tally, Coverage* coverage) const;
  std::size_t keep_wanted(std::size_t num_lines, std::size_t row, column::Batch& batch);

  const LineProgram* program_;
  const LineKernel& kernel_;
  bool filters_rows_;
  std::unique_ptr<Scratch, FreeScratch> scratch_;
};

}  // namespace weir::flowlog
