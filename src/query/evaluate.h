#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "query/expression.h"

namespace weir::query {

// Computes expressions over batches. Holds scratch columns, so each thread has its own.
class Evaluator {
 public:
  Evaluator();
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  // Returns the column of results: a column of `batch` itself, or one that stays valid until the
  // next call with the same expression. It may be constant, but never is coded, whether those of
  // the batch are or not.
  [[nodiscard]] Result<const column::Column*> evaluate(const Expression& expression,
                                                       const column::Batch& batch);
  // The same for who knows what to do with codes. The codes are those of a column of the batch.
  [[nodiscard]] Result<const column::Column*> evaluate_coded(const Expression& expression,
                                                             const column::Batch& batch);
  // Row indices for which a bool expression is true (null counts as false), ascending.
  [[nodiscard]] Result<void> select(const Expression& predicate, const column::Batch& batch,
                                    std::vector<std::uint32_t>& rows);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace weir::query
