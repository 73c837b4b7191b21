#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace weir::query {

// Runs `work` on up to `num_workers` threads, the caller's among them, and waits for all of them.
// `work` gets the number of its thread, from 0 up. Where the system has no thread to give, fewer
// do the work, at least the caller's. Returns the first error; what `work` throws becomes one.
[[nodiscard]] Result<void> run_workers(std::size_t num_workers,
                                       const std::function<Result<void>(std::size_t)>& work);

}  // namespace weir::query
