#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/segment_format.h"

namespace weir::store {

// What footers and indexes of segments are made of.

inline void put_signed(std::int64_t value, std::string& out) {
  codec::put_varint(codec::to_zigzag(value), out);
}
[[nodiscard]] inline std::int64_t take_signed(codec::ByteReader& reader) {
  return codec::from_zigzag(reader.varint());
}

void put_extent(const Extent& extent, std::string& out);
void put_chunk(const Chunk& chunk, std::string& out);

// Hardened against untrusted input. `file_bytes` bounds every extent.
class PartReader {
 public:
  PartReader(std::string_view bytes, std::uint64_t file_bytes)
      : reader_(bytes), file_bytes_(file_bytes) {}

  [[nodiscard]] Extent extent();
  // A count of things that take at least `least_bytes` each.
  [[nodiscard]] std::size_t count(std::uint64_t limit, std::size_t least_bytes) {
    return reader_.varint_up_to(
        std::min<std::uint64_t>(limit, reader_.rest().size() / least_bytes));
  }
  [[nodiscard]] std::uint32_t number(std::uint64_t limit) {
    return static_cast<std::uint32_t>(reader_.varint_up_to(limit));
  }
  [[nodiscard]] Result<Chunk> chunk();
  [[nodiscard]] codec::ByteReader& bytes() { return reader_; }

 private:
  codec::ByteReader reader_;
  std::uint64_t file_bytes_;
};

}  // namespace weir::store
