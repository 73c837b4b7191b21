// JSON and CBOR as trees: what is read, written and read again is the same. Dashboard bodies
// beside.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dashboard/body_check.h"
#include "format/cbor.h"
#include "format/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = weir::format::read_cbor(text)) {
    const std::string once = weir::format::write_cbor(*tree);
    const auto again = weir::format::read_cbor(once);
    if (!again || weir::format::write_cbor(*again) != once) {
      std::abort();
    }
    (void)weir::format::write_json(*tree);
  }
  if (const auto tree = weir::format::read_json(text)) {
    const std::string once = weir::format::write_json(*tree);
    const auto again = weir::format::read_json(once);
    if (!again || weir::format::write_json(*again) != once) {
      std::abort();
    }
  }
  (void)weir::dashboard::check_body(text);
  return 0;
}
