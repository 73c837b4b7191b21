#include "base/ip_address.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t value = 0;
  std::size_t i = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (i >= text.size() || text[i] != '.') {
        return std::nullopt;
      }
      ++i;
    }
    const std::size_t begin = i;
    std::uint32_t octet = 0;
    while (i < text.size() && i - begin < 3 && text[i] >= '0' && text[i] <= '9') {
      octet = octet * 10 + static_cast<std::uint32_t>(text[i] - '0');
      ++i;
    }
    const bool has_leading_zero = i - begin > 1 && text[begin] == '0';
    if (i == begin || octet > 255 || has_leading_zero) {
      return std::nullopt;
    }
    value = value << 8 | octet;
  }
  return i == text.size() ? std::optional(value) : std::nullopt;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  std::array<std::uint16_t, 8> groups{};
  std::size_t num_groups = 0;
  constexpr std::size_t kNoGap = 9;
  std::size_t gap = kNoGap;  // index of the group where "::" stands
  std::size_t i = 0;
  if (text.starts_with("::")) {
    gap = 0;
    i = 2;
  } else if (text.starts_with(":")) {
    return std::nullopt;
  }
  while (i < text.size()) {
    if (num_groups == 8) {
      return std::nullopt;
    }
    const std::size_t begin = i;
    std::uint32_t group = 0;
    while (i < text.size() && i - begin < 5 && hex_digit(text[i]) >= 0) {
      group = group << 4 | static_cast<std::uint32_t>(hex_digit(text[i]));
      ++i;
    }
    if (i < text.size() && text[i] == '.') {  // dotted tail
      const auto v4 = parse_v4(text.substr(begin));
      if (!v4 || num_groups > 6) {
        return std::nullopt;
      }
      groups[num_groups++] = static_cast<std::uint16_t>(*v4 >> 16);
      groups[num_groups++] = static_cast<std::uint16_t>(*v4);
      i = text.size();
      break;
    }
    if (i == begin || i - begin > 4) {
      return std::nullopt;
    }
    groups[num_groups++] = static_cast<std::uint16_t>(group);
    if (i == text.size()) {
      break;
    }
    if (text[i] != ':') {
      return std::nullopt;
    }
    ++i;
    if (i < text.size() && text[i] == ':') {
      if (gap != kNoGap) {
        return std::nullopt;
      }
      gap = num_groups;
      ++i;
    } else if (i == text.size()) {
      return std::nullopt;  // ends in a single colon
    }
  }
  if (gap == kNoGap ? num_groups != 8 : num_groups > 7) {
    return std::nullopt;
  }
  if (gap != kNoGap) {
    const std::size_t behind = num_groups - gap;
    std::copy_backward(groups.begin() + static_cast<std::ptrdiff_t>(gap),
                       groups.begin() + static_cast<std::ptrdiff_t>(num_groups), groups.end());
    std::fill(groups.begin() + static_cast<std::ptrdiff_t>(gap),
              groups.end() - static_cast<std::ptrdiff_t>(behind), std::uint16_t{0});
  }
  IpAddress address;
  for (std::size_t g = 0; g < 4; ++g) {
    address.high = address.high << 16 | groups[g];
    address.low = address.low << 16 | groups[g + 4];
  }
  return address;
}

char* write_octet(std::uint32_t octet, char* out) {
  if (octet >= 100) {
    *out++ = static_cast<char>('0' + octet / 100);
    octet %= 100;
    *out++ = static_cast<char>('0' + octet / 10);
    octet %= 10;
  } else if (octet >= 10) {
    *out++ = static_cast<char>('0' + octet / 10);
    octet %= 10;
  }
  *out++ = static_cast<char>('0' + octet);
  return out;
}

std::uint64_t mask_of(int bits) {  // the highest `bits` of 64
  return bits <= 0 ? 0 : bits >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - bits);
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.size() > kMaxIpText) {
    return std::nullopt;
  }
  if (text.find(':') == std::string_view::npos) {
    const auto v4 = parse_v4(text);
    return v4 ? std::optional(IpAddress::from_v4(*v4)) : std::nullopt;
  }
  return text.size() < 2 ? std::nullopt : parse_v6(text);
}

std::size_t format_ip(const IpAddress& address, char* out) {
  char* const begin = out;
  if (address.is_v4()) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out = write_octet((address.v4() >> shift) & 0xff, out);
      *out++ = '.';
    }
    return static_cast<std::size_t>(out - begin) - 1;
  }
  std::array<std::uint16_t, 8> groups;
  for (std::size_t g = 0; g < 4; ++g) {
    groups[g] = static_cast<std::uint16_t>(address.high >> (48 - 16 * g));
    groups[g + 4] = static_cast<std::uint16_t>(address.low >> (48 - 16 * g));
  }
  // RFC 5952 section 4.2: "::" for the longest run of two or more zero groups, the first if equal.
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t g = 0; g < 8;) {
    std::size_t length = 0;
    while (g + length < 8 && groups[g + length] == 0) {
      ++length;
    }
    if (length > best_length) {
      best = g;
      best_length = length;
    }
    g += length + 1;
  }
  for (std::size_t g = 0; g < 8; ++g) {
    if (g == best) {
      *out++ = ':';
      *out++ = ':';
      g += best_length - 1;
      continue;
    }
    if (g > 0 && out[-1] != ':') {
      *out++ = ':';
    }
    out = std::to_chars(out, out + 4, groups[g], 16).ptr;
  }
  return static_cast<std::size_t>(out - begin);
}

std::string to_string(const IpAddress& address) {
  char text[kMaxIpText];
  return {text, format_ip(address, text)};
}

bool IpPrefix::contains(const IpAddress& candidate) const {
  if (length < kMappedLength && candidate.is_v4()) {
    return false;
  }
  return ((candidate.high ^ address.high) & mask_of(length)) == 0 &&
         ((candidate.low ^ address.low) & mask_of(length - 64)) == 0;
}

IpAddress IpPrefix::first() const {
  return {address.high & mask_of(length), address.low & mask_of(length - 64)};
}

IpAddress IpPrefix::last() const {
  return {address.high | ~mask_of(length), address.low | ~mask_of(length - 64)};
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const bool is_v4_text = text.substr(0, slash).find(':') == std::string_view::npos;
  unsigned length = is_v4_text ? 32 : 128;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned given = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc{} || end != digits.data() + digits.size() || given > length) {
      return std::nullopt;
    }
    length = given;
  }
  IpPrefix prefix{*address, static_cast<std::uint8_t>(is_v4_text ? length + 96 : length)};
  prefix.address = prefix.first();
  return prefix;
}

std::string to_string(const IpPrefix& prefix) {
  const bool is_v4 = prefix.address.is_v4() && prefix.length >= 96;
  return to_string(prefix.address) + "/" +
         std::to_string(is_v4 ? prefix.length - 96 : prefix.length);
}

}  // namespace weir
