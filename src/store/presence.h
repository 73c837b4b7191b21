#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::store {

// Remembers in which blocks each code of a group stands. Codes that stand in more than a quarter of
// the blocks are not worth their list: they are everywhere.
class PresenceBuilder {
 public:
  // `codes` of the next block, in any order, each as often as it stands there.
  void add_block(const std::uint32_t* codes, std::size_t num_rows, std::size_t num_codes);
  void write(std::size_t num_codes, std::string& out) const;
  [[nodiscard]] std::size_t memory_bytes() const {
    return (codes_.capacity() + ends_.capacity() + last_block_.capacity()) * 4;
  }

 private:
  std::vector<std::uint32_t> codes_;       // of block after block
  std::vector<std::uint32_t> ends_;        // of each block in codes_
  std::vector<std::uint32_t> last_block_;  // of each code, plus one
  std::uint32_t num_blocks_ = 0;
};

// Which blocks a code stands in. Immutable. Hardened against untrusted input.
class Presence {
 public:
  [[nodiscard]] static Result<Presence> read(std::string_view bytes, std::size_t num_codes,
                                             std::size_t num_blocks);
  // Sets the bits of the blocks that `code` may stand in.
  void mark(std::uint32_t code, std::vector<bool>& blocks) const;

 private:
  std::vector<std::uint32_t> begins_;  // of each code's list in steps_, and the end of the last
  std::vector<std::uint32_t> steps_;   // from block to block
};

}  // namespace weir::store
