#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "query/expression.h"

namespace weir::query {

class Evaluator;

// Values of one expression by code: where all columns that it reads are coded in one space, it is
// computed for a code when a row with that code first comes, never for codes without a row (whose
// values might be an error). One a thread, as the evaluator that holds it.
class CodeValues {
 public:
  // `expression` outlives it.
  explicit CodeValues(const Expression& expression);
  ~CodeValues();

  // Makes `out` the values of the batch, coded, and returns true; or returns false where that is
  // not possible, or of no use yet: for a few rows of a large space.
  [[nodiscard]] Result<bool> evaluate(const column::Batch& batch, column::Column& out);

 private:
  // Null where the columns are not coded, or in several spaces.
  [[nodiscard]] const column::CodeTable* table_of(const column::Batch& batch) const;
  void find_fresh(const std::uint32_t* codes, std::size_t num_rows);
  [[nodiscard]] Result<void> add_fresh(const column::Batch& batch);

  const Expression& expression_;
  std::vector<std::size_t> columns_;  // that it reads; empty where it is not to be kept
  std::shared_ptr<const column::CodeSpace> space_;
  std::uint64_t num_rows_ = 0;  // seen of the space
  std::shared_ptr<column::CodeTable> table_;
  std::vector<std::uint64_t> is_known_;  // a bit a code
  std::vector<std::uint32_t> fresh_;
  column::Batch fresh_rows_;
  std::unique_ptr<Evaluator> evaluator_;
};

// True once so many rows of a space have come that work by code will pay for room by code.
[[nodiscard]] constexpr bool is_worth_codes(std::uint64_t num_rows, std::uint32_t space_size) {
  return num_rows * 8 >= space_size;
}

}  // namespace weir::query
