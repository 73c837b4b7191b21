#include "cli/cell.h"

#include <fmt/format.h>

#include <iterator>

#include "base/number.h"

namespace weir::cli {
namespace {

// Bytes of the well-formed UTF-8 sequence at the front of `text`; 0 where it is ill-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xf0 && lead < 0xf5   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool is_outside = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
  return is_overlong || is_outside ? 0 : length;
}

}  // namespace

void append_cell(const column::Column& column, std::size_t row, TimeStyle style, std::string& out) {
  const std::size_t i = column.is_constant() ? 0 : row;
  switch (column.type()) {
    case column::Type::kNull:
      return;
    case column::Type::kBool:
      out += column.data<std::uint8_t>()[i] != 0 ? "true" : "false";
      return;
    case column::Type::kInt64: {
      const fmt::format_int digits(column.data<std::int64_t>()[i]);
      out.append(digits.data(), digits.size());
      return;
    }
    case column::Type::kDouble:
      out += format_double(column.data<double>()[i]);
      return;
    case column::Type::kTime: {
      char text[kMaxTimeText];
      out.append(text, format_time(column.data<std::int64_t>()[i], style, text));
      return;
    }
    case column::Type::kInterval:
      out += format_double(static_cast<double>(column.data<std::int64_t>()[i]) / 1000);
      out += 's';
      return;
    case column::Type::kAddress: {
      char text[kMaxIpText];
      out.append(text, format_ip(column.data<IpAddress>()[i], text));
      return;
    }
    case column::Type::kString:
      out += column.data<std::string_view>()[i];
      return;
  }
}

void append_printable(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    const bool is_c1 = length == 2 && lead == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0 || lead < 0x20 || lead == 0x7f || is_c1) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    width += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  }
  return width;
}

}  // namespace weir::cli
