#pragma once

#include <cstdint>
#include <string_view>

namespace weir::column {

// What a column holds. The physical form is what Column::data<T>() takes.
enum class Type : std::uint8_t {
  kNull,      // every row is null; no storage
  kBool,      // std::uint8_t, 0 or 1
  kInt64,     // std::int64_t
  kDouble,    // double
  kTime,      // std::int64_t, milliseconds since 1970 UTC
  kInterval,  // std::int64_t, milliseconds
  kAddress,   // IpAddress
  kString,    // std::string_view
};

[[nodiscard]] constexpr std::string_view name_of(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "bool";
    case Type::kInt64:
      return "int64";
    case Type::kDouble:
      return "double";
    case Type::kTime:
      return "time";
    case Type::kInterval:
      return "interval";
    case Type::kAddress:
      return "address";
    case Type::kString:
      return "string";
  }
  return "null";
}

[[nodiscard]] constexpr std::uint8_t width_of(Type type) {
  switch (type) {
    case Type::kNull:
      return 0;
    case Type::kBool:
      return 1;
    case Type::kAddress:
    case Type::kString:
      return 16;
    default:
      return 8;
  }
}

}  // namespace weir::column
