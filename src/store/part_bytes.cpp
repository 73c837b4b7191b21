#include "store/part_bytes.h"

namespace weir::store {

void put_extent(const Extent& extent, std::string& out) {
  codec::put_varint(extent.offset, out);
  codec::put_varint(extent.size, out);
  codec::put_fixed(extent.hash, out);
}

Extent PartReader::extent() {
  Extent extent;
  extent.offset = reader_.varint_up_to(file_bytes_);
  extent.size = static_cast<std::uint32_t>(
      reader_.varint_up_to(std::min<std::uint64_t>(file_bytes_ - extent.offset, UINT32_MAX)));
  extent.hash = reader_.fixed<std::uint64_t>();
  return extent;
}

void put_chunk(const Chunk& chunk, std::string& out) {
  put_extent(chunk.extent, out);
  out += static_cast<char>(static_cast<unsigned>(chunk.nulls) | (chunk.is_paired ? 0x80U : 0U));
  put_signed(chunk.base, out);
  codec::put_varint(chunk.scale, out);
  put_signed(chunk.min, out);
  put_signed(chunk.max, out);
}

Result<Chunk> PartReader::chunk() {
  Chunk chunk;
  chunk.extent = extent();
  const auto flags = reader_.fixed<std::uint8_t>();
  const auto nulls = static_cast<std::uint8_t>(flags & 0x7f);
  chunk.is_paired = (flags & 0x80) != 0;
  if (nulls > static_cast<std::uint8_t>(Chunk::Nulls::kAll)) {
    return fail(ErrorCode::kInput, "a segment's footer has nulls of an unknown kind");
  }
  chunk.nulls = static_cast<Chunk::Nulls>(nulls);
  chunk.base = take_signed(reader_);
  chunk.scale = reader_.varint();
  chunk.min = take_signed(reader_);
  chunk.max = take_signed(reader_);
  return chunk;
}

}  // namespace weir::store
