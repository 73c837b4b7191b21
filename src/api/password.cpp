#include "api/password.h"

#include <argon2.h>
#include <fmt/format.h>

#include <array>

#include "aws/digest.h"

namespace weir::api {
namespace {

constexpr std::uint32_t kPasses = 3;
constexpr std::uint32_t kMemoryKib = 32U << 10;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  if (password.size() < kLeastPasswordBytes || password.size() > kMostPasswordBytes) {
    return fail(ErrorCode::kUsage, fmt::format("a password has {} to {} bytes", kLeastPasswordBytes,
                                               kMostPasswordBytes));
  }
  const std::string salt = aws::random_bytes(kSaltBytes);
  std::array<char, 160> text{};
  const int code =
      argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, text.data(), text.size());
  if (code != ARGON2_OK) {
    return fail(ErrorCode::kInternal,
                fmt::format("the password could not be hashed: {}", argon2_error_message(code)));
  }
  return std::string(text.data());
}

bool is_password(std::string_view password, const std::string& hash) {
  if (password.size() > kMostPasswordBytes) {
    return false;
  }
  if (argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK) {
    return true;
  }
  if (!hash.starts_with("$argon2id$")) {  // who is asked for in vain must not be told by the time
    const std::string salt(kSaltBytes, '\0');
    std::array<char, kHashBytes> room{};
    (void)argon2id_hash_raw(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), room.data(), room.size());
  }
  return false;
}

}  // namespace weir::api
