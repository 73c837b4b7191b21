#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/batch.h"

namespace weir::intake {

// Says which records are to be taken in. Used by one thread.
class RowChooser {
 public:
  virtual ~RowChooser() = default;
  // The columns that choose() looks at, by canonical names.
  [[nodiscard]] virtual const std::vector<std::string>& columns() const = 0;
  // Sets `rows` to the wanted ones, ascending. `batch` holds columns() in their order.
  [[nodiscard]] virtual Result<void> choose(const column::Batch& batch,
                                            std::vector<std::uint32_t>& rows) = 0;
};
using MakeRowChooser = std::function<Result<std::unique_ptr<RowChooser>>()>;

// Keeps the records of one connection in `rate`, told by a hash of both ends and the protocol, so
// that both directions of a connection, and all its windows, stay or go together. Records without
// addresses stay.
[[nodiscard]] std::unique_ptr<RowChooser> make_connection_sample(std::uint32_t rate);

}  // namespace weir::intake
