#include "store/source_book.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/manifest_codec.h"

namespace weir::store {
namespace {

constexpr std::size_t kIdBytes = SourceId{}.size();
constexpr int kPackingLevel = 3;

std::size_t hash_of_id(const char* id) { return XXH3_64bits(id, kIdBytes); }

const char* bytes_of(const SourceId& id) { return reinterpret_cast<const char*>(id.data()); }

std::string pack(const std::vector<SourceMeta>& sources) {
  std::string block;
  codec::put_fixed(static_cast<std::uint8_t>(sources.size()), block);
  std::string bodies;
  for (const SourceMeta& source : sources) {
    block.append(bytes_of(source.id), kIdBytes);
    put_source_body(bodies, source);
  }
  codec::put_varint(bodies.size(), block);
  std::string packed(ZSTD_compressBound(bodies.size()), '\0');
  packed.resize(
      ZSTD_compress(packed.data(), packed.size(), bodies.data(), bodies.size(), kPackingLevel));
  return block + packed;
}

tl::unexpected<Error> bad_block() {
  return fail(ErrorCode::kInput, "a block of sources is malformed");
}

Result<std::vector<SourceMeta>> unpack(std::string_view block) {
  codec::ByteReader reader(block);
  const std::size_t count = reader.fixed<std::uint8_t>();
  const std::string_view ids = reader.take(count * kIdBytes);
  const std::uint64_t size = reader.varint();
  const std::string_view packed = reader.rest();
  if (!reader.is_good() || count == 0 || count > SourceBook::kBlockSources ||
      size > SourceBook::kMaxUnpackedBytes) {
    return bad_block();
  }
  std::string bodies(size, '\0');
  if (ZSTD_decompress(bodies.data(), size, packed.data(), packed.size()) != size) {
    return bad_block();
  }
  codec::ByteReader fields(bodies);
  std::vector<SourceMeta> sources;
  for (std::size_t i = 0; i < count; ++i) {
    sources.push_back(get_source_body(fields));
    std::memcpy(sources.back().id.data(), ids.data() + i * kIdBytes, kIdBytes);
  }
  if (!fields.is_at_end()) {
    return bad_block();
  }
  return sources;
}

}  // namespace

void SourceBook::append(const std::vector<SourceMeta>& sources) {
  const std::unique_lock lock(mutex_);
  for (const SourceMeta& source : sources) {
    append_locked(source);
  }
}

std::uint64_t SourceBook::size() const {
  const std::shared_lock lock(mutex_);
  return size_locked();
}

std::optional<std::uint64_t> SourceBook::find(const SourceId& id) const {
  const std::shared_lock lock(mutex_);
  return find_locked(bytes_of(id));
}

Result<SourceMeta> SourceBook::at(std::uint64_t place) const {
  std::string block;
  {
    const std::shared_lock lock(mutex_);
    if (place / kBlockSources == blocks_.size()) {
      return open_[place % kBlockSources];
    }
    block = blocks_[place / kBlockSources];
  }
  WEIR_ASSIGN_OR_RETURN(auto sources, unpack(block));
  return std::move(sources[place % kBlockSources]);
}

Result<void> SourceBook::visit(std::uint64_t count,
                               const std::function<bool(const SourceMeta&)>& visitor) const {
  for (std::uint64_t place = 0; place < count;) {
    std::string block;
    std::vector<SourceMeta> sources;
    {
      const std::shared_lock lock(mutex_);
      if (place / kBlockSources == blocks_.size()) {
        sources = open_;
      } else {
        block = blocks_[place / kBlockSources];
      }
    }
    if (!block.empty()) {
      WEIR_ASSIGN_OR_RETURN(sources, unpack(block));
    }
    for (const SourceMeta& source : sources) {
      if (place++ == count || !visitor(source)) {
        return {};
      }
    }
  }
  return {};
}

Result<void> SourceBook::visit_blocks(
    const std::function<Result<void>(std::string_view)>& visitor) const {
  const std::shared_lock lock(mutex_);
  for (const std::string& block : blocks_) {
    WEIR_RETURN_IF_ERROR(visitor(block));
  }
  return open_.empty() ? Result<void>() : visitor(pack(open_));
}

Result<void> SourceBook::append_block(std::string_view block) {
  WEIR_ASSIGN_OR_RETURN(auto sources, unpack(block));
  const std::unique_lock lock(mutex_);
  // A full one is kept as it came.
  const bool is_kept = sources.size() == kBlockSources && open_.empty();
  if (is_kept) {
    blocks_.emplace_back(block);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (find_locked(bytes_of(sources[i].id))) {
      return fail(ErrorCode::kInput, fmt::format("{} was taken in before", sources[i].name));
    }
    if (is_kept) {
      enter((blocks_.size() - 1) * kBlockSources + i);
    } else {
      append_locked(std::move(sources[i]));
    }
  }
  return {};
}

std::size_t SourceBook::memory_bytes() const {
  const std::shared_lock lock(mutex_);
  std::size_t bytes =
      slots_.capacity() * sizeof(std::uint32_t) + blocks_.capacity() * sizeof(std::string);
  for (const std::string& block : blocks_) {
    bytes += block.capacity();
  }
  return bytes;
}

const char* SourceBook::id_at(std::uint64_t place) const {
  const std::uint64_t block = place / kBlockSources;
  const std::uint64_t within = place % kBlockSources;
  return block < blocks_.size() ? blocks_[block].data() + 1 + within * kIdBytes
                                : bytes_of(open_[within].id);
}

std::optional<std::uint64_t> SourceBook::find_locked(const char* id) const {
  if (slots_.empty()) {
    return std::nullopt;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_of_id(id) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (std::memcmp(id_at(slots_[slot] - 1), id, kIdBytes) == 0) {
      return slots_[slot] - 1;
    }
  }
  return std::nullopt;
}

void SourceBook::append_locked(SourceMeta source) {
  open_.push_back(std::move(source));
  enter(size_locked() - 1);
  if (open_.size() == kBlockSources) {
    blocks_.push_back(pack(open_));
    blocks_.back().shrink_to_fit();
    open_.clear();
  }
}

void SourceBook::enter(std::uint64_t place) {
  if ((place + 1) * 10 > slots_.size() * 7) {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
    for (std::uint64_t earlier = 0; earlier < place; ++earlier) {
      put_slot(earlier);
    }
  }
  put_slot(place);
}

void SourceBook::put_slot(std::uint64_t place) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of_id(id_at(place)) & mask;
  while (slots_[slot] != 0) {
    slot = (slot + 1) & mask;
  }
  slots_[slot] = static_cast<std::uint32_t>(place + 1);
}

}  // namespace weir::store
