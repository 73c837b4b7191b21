#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace weir::column {

class Column;
struct CodeSpace;

// What deferred columns stand for: a scan that was allowed to has not filled them but given each
// row a code, of which all of them can be read. Who has met a code before need not read it again.
// Used by the thread of the scan, until the batch is filled again.
class DeferredValues {
 public:
  virtual ~DeferredValues() = default;
  // Codes of one space have the same values in each batch; a scan may begin another with any batch.
  [[nodiscard]] virtual const std::shared_ptr<const CodeSpace>& space() const = 0;
  // Fills row i of `out` with the value of codes[i] in column `member` of the deferred ones; `out`
  // has been reset to their type and number.
  virtual void read(std::size_t member, std::span<const std::uint32_t> codes,
                    Column& out) const = 0;
};

}  // namespace weir::column
