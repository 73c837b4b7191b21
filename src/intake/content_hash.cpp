#include "intake/content_hash.h"

#include <xxhash.h>
#ifdef WEIR_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h>  // puts its own functions in the place of the others
#endif

#include <algorithm>
#include <cstring>
#include <vector>

namespace weir::intake {
namespace {

// A line that is longer is no line that could be left out.
constexpr std::size_t kMaxPending = 1 << 20;
constexpr std::size_t kProbeBytes = 16 * 1024;
constexpr std::size_t kHashChunk = 256 * 1024;

store::SourceId id_of(const XXH128_hash_t& hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  store::SourceId id{};
  static_assert(sizeof canonical.digest == sizeof id);
  std::memcpy(id.data(), canonical.digest, id.size());
  return id;
}

}  // namespace

struct ContentHash::State {
  XXH3_state_t* state = XXH3_createState();
  ~State() { XXH3_freeState(state); }
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) { reset(); }
ContentHash::~ContentHash() = default;

void ContentHash::reset(std::uint64_t mark) {
  XXH3_128bits_reset(state_->state);
  size_ = 0;
  mark_ = mark;
  marked_.reset();
  pending_.clear();
}

void ContentHash::update(std::string_view bytes) {
  XXH3_128bits_update(state_->state, bytes.data(), bytes.size());
}

void ContentHash::watch(std::string_view bytes) {
  if (size_ < mark_ && size_ + bytes.size() >= mark_) {
    const auto before = static_cast<std::size_t>(mark_ - size_);
    update(pending_);
    pending_.clear();
    update(bytes.substr(0, before));
    marked_ = id_of(XXH3_128bits_digest(state_->state));
    size_ = mark_;
    bytes.remove_prefix(before);
  }
  size_ += bytes.size();
  const std::size_t newline = bytes.rfind('\n');
  if (newline != std::string_view::npos || pending_.size() > kMaxPending) {
    const std::size_t whole = newline == std::string_view::npos ? bytes.size() : newline + 1;
    update(pending_);
    pending_.clear();
    update(bytes.substr(0, whole));
    bytes.remove_prefix(whole);
  }
  pending_ += bytes;
}

store::SourceId ContentHash::digest(std::uint64_t left_bytes) const {
  State copy;
  XXH3_copyState(copy.state, state_->state);
  const std::size_t left =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes, pending_.size()));
  XXH3_128bits_update(copy.state, pending_.data(), pending_.size() - left);
  return id_of(XXH3_128bits_digest(copy.state));
}

store::SourceId hash_of(std::string_view bytes) {
  return id_of(XXH3_128bits(bytes.data(), bytes.size()));
}

Result<store::SourceId> hash_file(const io::RandomAccessFile& file) {
  std::vector<char> chunk(
      static_cast<std::size_t>(std::clamp<std::uint64_t>(file.size(), 1, kHashChunk)));
  ContentHash hash;
  for (std::uint64_t at = 0;;) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, file.read_at(at, chunk));
    if (size == 0) {
      return hash.digest();
    }
    hash.watch({chunk.data(), size});
    at += size;
  }
}

Result<std::uint64_t> probe_file(const io::RandomAccessFile& file) {
  char bytes[2 * kProbeBytes + sizeof(std::uint64_t)];
  const std::uint64_t size = file.size();
  std::memcpy(bytes, &size, sizeof size);
  std::size_t held = sizeof size;
  WEIR_ASSIGN_OR_RETURN(const std::size_t front, file.read_at(0, {bytes + held, kProbeBytes}));
  held += front;
  if (size > kProbeBytes) {
    const std::uint64_t at = std::max<std::uint64_t>(size - kProbeBytes, kProbeBytes);
    WEIR_ASSIGN_OR_RETURN(const std::size_t back, file.read_at(at, {bytes + held, kProbeBytes}));
    held += back;
  }
  return XXH3_64bits(bytes, held);
}

std::string to_hex(const store::SourceId& id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<store::SourceId> from_hex(std::string_view text) {
  store::SourceId id{};
  if (text.size() != 2 * id.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) {
      return std::nullopt;
    }
    id[i / 2] = static_cast<std::uint8_t>(id[i / 2] << 4 | digit);
  }
  return id;
}

}  // namespace weir::intake
