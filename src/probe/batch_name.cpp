#include "probe/batch_name.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace weir::probe {
namespace {

constexpr std::size_t kUuidBytes = 36;

}  // namespace

NamedBatch read_named_batch(std::string_view text) {
  if (text.size() <= kUuidBytes || text[kUuidBytes] != '\n') {
    return {"", text};
  }
  return {text.substr(0, kUuidBytes), text.substr(kUuidBytes + 1)};
}

Result<std::string> name_batch(std::string_view body) {
  std::uint64_t random[2] = {};
  if (getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    return fail(ErrorCode::kIo, fmt::format("getrandom: {}", std::strerror(errno)));
  }
  constexpr std::uint64_t kVersion = 0x4000;
  constexpr std::uint64_t kVariant = std::uint64_t{2} << 62;
  random[0] = (random[0] & ~std::uint64_t{0xf000}) | kVersion;
  random[1] = (random[1] & (UINT64_MAX >> 2)) | kVariant;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}\n{}", random[0] >> 32,
                     random[0] >> 16 & 0xffff, random[0] & 0xffff, random[1] >> 48,
                     random[1] & 0xffff'ffff'ffff, body);
}

}  // namespace weir::probe
