#include "format/utf8.h"

#include <cstddef>

namespace weir::format {
namespace {

// Length of the well-formed UTF-8 sequence at the front of `text`, or 0; then `bad` is the length
// of the part to replace by one U+FFFD (maximal subpart, Unicode 15 section 3.9).
std::size_t utf8_sequence(std::string_view text, std::size_t& bad) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  bad = 1;
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) {
      bad = i;
      return 0;
    }
  }
  return length;
}

}  // namespace

std::string_view valid_utf8(std::string_view text, std::string& room) {
  bool is_repaired = false;
  std::size_t kept = 0;  // bytes of `text` in `room` already, or not in need of it
  for (std::size_t at = 0; at < text.size();) {
    std::size_t bad = 1;
    const std::size_t length = utf8_sequence(text.substr(at), bad);
    if (length > 0) {
      at += length;
      continue;
    }
    if (!is_repaired) {
      room.clear();
      is_repaired = true;
    }
    room.append(text.substr(kept, at - kept));
    room.append("\xef\xbf\xbd");
    at += bad;
    kept = at;
  }
  if (!is_repaired) {
    return text;
  }
  room.append(text.substr(kept));
  return room;
}

}  // namespace weir::format
