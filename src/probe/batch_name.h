#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::probe {

// A batch as the spool keeps it: a UUID by which `weir serve` counts it once however often it is
// sent, a newline, the body.
struct NamedBatch {
  std::string_view uuid;  // "": of a Weir that did not name batches
  std::string_view body;
};
[[nodiscard]] NamedBatch read_named_batch(std::string_view text);

// With a new random UUID in front (RFC 9562, version 4).
[[nodiscard]] Result<std::string> name_batch(std::string_view body);

}  // namespace weir::probe
