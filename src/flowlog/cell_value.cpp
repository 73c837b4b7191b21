#include "flowlog/cell_value.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/number.h"
#include "base/time_text.h"
#include "flowlog/line_program.h"

namespace weir::flowlog {
namespace {

using column::Column;
using column::Type;

constexpr std::int64_t kLastTimeMs = 253'402'300'799'999;  // of the year 9999
constexpr std::size_t kAccountDigits = 12;

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Reject put_integer(CellKind kind, std::int64_t value, std::size_t row, Column& values) {
  if (value < 0) {
    return Reject::kBadNumber;
  }
  if (kind == CellKind::kPort && value > 65'535) {
    return Reject::kOverflow;
  }
  if (kind == CellKind::kEpoch) {
    value = epoch_to_ms(value);
    if (value > kLastTimeMs) {
      return Reject::kBadTime;
    }
  }
  values.data<std::int64_t>()[row] = value;
  return Reject::kNone;
}

Reject put_time(std::int64_t ms, std::size_t row, Column& values) {
  if (ms < 0 || ms > kLastTimeMs) {
    return Reject::kBadTime;
  }
  values.data<std::int64_t>()[row] = ms;
  return Reject::kNone;
}

Reject put_text(std::string_view text, std::size_t row, Column& values) {
  values.data<std::string_view>()[row] = text;
  return Reject::kNone;
}

Reject put_copy(std::string_view text, std::size_t row, Column& values) {
  return put_text(values.arena().copy(text), row, values);
}

Reject decode_text(CellKind kind, std::string_view text, std::size_t row, Column& values) {
  if (text.empty() || text == "-") {
    return null_cell(values, row);
  }
  if (kind == CellKind::kText || kind == CellKind::kAccount) {
    const Reject reject = check_characters(text);
    return reject == Reject::kNone ? put_text(text, row, values) : reject;
  }
  if (text == "None") {
    return null_cell(values, row);
  }
  if (kind == CellKind::kAddress) {
    const auto address = parse_ip(text);
    if (!address) {
      return Reject::kBadAddress;
    }
    values.data<IpAddress>()[row] = *address;
    return Reject::kNone;
  }
  if (is_digits(text)) {
    const auto value = parse_int64(text);
    return value ? put_integer(kind, *value, row, values) : Reject::kOverflow;
  }
  if (kind != CellKind::kEpoch) {
    return Reject::kBadNumber;
  }
  const auto time = parse_absolute_time(text);
  return time ? put_time(*time, row, values) : Reject::kBadTime;
}

Reject decode_integer(CellKind kind, std::int64_t value, std::size_t row, Column& values) {
  char digits[24];
  char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  switch (kind) {
    case CellKind::kText:
      return put_copy(text, row, values);
    case CellKind::kAccount: {
      if (value < 0 || text.size() >= kAccountDigits) {
        return put_copy(text, row, values);
      }
      char padded[kAccountDigits];
      std::fill_n(padded, kAccountDigits, '0');
      std::copy(text.begin(), text.end(), padded + (kAccountDigits - text.size()));
      return put_copy({padded, kAccountDigits}, row, values);
    }
    case CellKind::kAddress:
      return Reject::kBadAddress;
    default:
      return put_integer(kind, value, row, values);
  }
}

}  // namespace

CellKind kind_of(std::optional<FieldId> field, FieldShape shape) {
  if (!field) {
    return CellKind::kText;
  }
  switch (*field) {
    case FieldId::kAccountId:
    case FieldId::kTgwSrcVpcAccountId:
    case FieldId::kTgwDstVpcAccountId:
      return CellKind::kAccount;
    default:
      break;
  }
  switch (shape) {
    case FieldShape::kText:
      return CellKind::kText;
    case FieldShape::kAddress:
      return CellKind::kAddress;
    case FieldShape::kInteger:
      return CellKind::kInteger;
    case FieldShape::kPort:
      return CellKind::kPort;
    case FieldShape::kEpoch:
      return CellKind::kEpoch;
  }
  return CellKind::kText;
}

Type type_of(CellKind kind) {
  switch (kind) {
    case CellKind::kText:
    case CellKind::kAccount:
      return Type::kString;
    case CellKind::kAddress:
      return Type::kAddress;
    case CellKind::kInteger:
    case CellKind::kPort:
      return Type::kInt64;
    case CellKind::kEpoch:
      return Type::kTime;
  }
  return Type::kString;
}

Reject null_cell(Column& values, std::size_t row) {
  values.set_null(row);
  return Reject::kNone;
}

Reject decode_cell(CellKind kind, const Column& raw, std::size_t row, Column& values) {
  const std::size_t i = raw.is_constant() ? 0 : row;
  switch (raw.type()) {
    case Type::kString:
      return decode_text(kind, raw.data<std::string_view>()[i], row, values);
    case Type::kInt64:
      return decode_integer(kind, raw.data<std::int64_t>()[i], row, values);
    case Type::kTime: {
      const std::int64_t ms = raw.data<std::int64_t>()[i];
      return kind == CellKind::kEpoch  ? put_time(ms, row, values)
             : kind == CellKind::kText ? put_copy(to_time_text(ms), row, values)
                                       : Reject::kBadNumber;
    }
    case Type::kDouble: {
      const double number = raw.data<double>()[i];
      const bool is_whole = std::floor(number) == number && std::abs(number) < 9e15;
      return is_whole ? decode_integer(kind, static_cast<std::int64_t>(number), row, values)
             : kind == CellKind::kText ? put_copy(format_double(number), row, values)
                                       : Reject::kBadNumber;
    }
    case Type::kBool:
      return kind == CellKind::kText
                 ? put_text(raw.data<std::uint8_t>()[i] != 0 ? "true" : "false", row, values)
                 : Reject::kBadNumber;
    default:
      return null_cell(values, row);
  }
}

void append_token(const Column& values, std::size_t row, std::string& out) {
  if (values.is_null(row)) {
    out += '-';
    return;
  }
  char text[kMaxIpText];
  switch (values.type()) {
    case Type::kString:
      out += values.data<std::string_view>()[row];
      break;
    case Type::kAddress:
      out.append(text, format_ip(values.data<IpAddress>()[row], text));
      break;
    case Type::kTime: {
      const std::int64_t ms = values.data<std::int64_t>()[row];
      out.append(text,
                 std::to_chars(text, text + sizeof text, ms % 1000 == 0 ? ms / 1000 : ms).ptr);
      break;
    }
    default:
      out.append(text,
                 std::to_chars(text, text + sizeof text, values.data<std::int64_t>()[row]).ptr);
      break;
  }
}

Reject check_characters(std::string_view text) {
  bool is_ascii = true;
  for (const char c : text) {
    if (c == '\0') {
      return Reject::kNulByte;
    }
    is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
  }
  return is_ascii || simdjson::validate_utf8(text.data(), text.size()) ? Reject::kNone
                                                                       : Reject::kBadUtf8;
}

}  // namespace weir::flowlog
