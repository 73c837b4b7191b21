#include "format/base64.h"

#include <array>
#include <cstdint>

namespace weir::format {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_base64_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}
constexpr std::array<std::uint8_t, 256> kBase64Digits = make_base64_digits();

}  // namespace

bool decode_base64(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  out.reserve(before + text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int num_digits = 0;
  std::size_t num_padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n') {
      continue;
    }
    if (c == '=') {
      ++num_padding;
      continue;
    }
    const std::uint8_t digit = kBase64Digits[static_cast<unsigned char>(c)];
    if (digit == kNoDigit || num_padding > 0) {
      out.resize(before);
      return false;
    }
    bits = (bits << 6) | digit;
    if (++num_digits == 4) {
      out += static_cast<char>(bits >> 16);
      out += static_cast<char>(bits >> 8);
      out += static_cast<char>(bits);
      bits = 0;
      num_digits = 0;
    }
  }
  if (num_digits == 1 || num_padding > 2) {
    out.resize(before);
    return false;
  }
  if (num_digits >= 2) {
    bits <<= 6 * (4 - num_digits);
    out += static_cast<char>(bits >> 16);
    if (num_digits == 3) {
      out += static_cast<char>(bits >> 8);
    }
  }
  return true;
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t num_bytes = bytes.size() - at < 3 ? bytes.size() - at : 3;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = (bits << 8) | (i < num_bytes ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= num_bytes ? kAlphabet[(bits >> (18 - 6 * i)) & 63] : '=';
    }
  }
  return text;
}

}  // namespace weir::format
