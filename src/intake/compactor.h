#pragma once

#include <cstdint>

#include "base/cancel.h"
#include "base/result.h"
#include "store/store.h"

namespace weir::intake {

// For who fills a store for long: follows the number of segments, and compacts when it has grown.
class Compactor {
 public:
  explicit Compactor(store::Store& store)
      : store_(store), num_after_(store.state()->num_segments()) {}

  // Does nothing most of the time. A cancellation is no error.
  [[nodiscard]] Result<void> run(const CancelToken& cancel);

 private:
  store::Store& store_;
  std::uint64_t num_after_;
};

}  // namespace weir::intake
