#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/ip_address.h"
#include "column/type.h"

namespace weir::column {

// One typed value: a literal, a predicate's constant, a cell taken out of a batch. Owns its text.
struct Value {
  Type type = Type::kNull;
  std::int64_t integer = 0;  // kInt64, kTime, kInterval; 0 or 1 for kBool
  double number = 0;         // kDouble
  IpAddress address;         // kAddress
  std::string text;          // kString

  static Value null() { return {}; }
  static Value of_bool(bool v) { return scalar(Type::kBool, v ? 1 : 0); }
  static Value of_int(std::int64_t v) { return scalar(Type::kInt64, v); }
  static Value of_time(std::int64_t ms) { return scalar(Type::kTime, ms); }
  static Value of_interval(std::int64_t ms) { return scalar(Type::kInterval, ms); }
  static Value of_double(double v) {
    Value value;
    value.type = Type::kDouble;
    value.number = v;
    return value;
  }
  static Value of_address(const IpAddress& v) {
    Value value;
    value.type = Type::kAddress;
    value.address = v;
    return value;
  }
  static Value of_string(std::string v) {
    Value value;
    value.type = Type::kString;
    value.text = std::move(v);
    return value;
  }
  [[nodiscard]] bool is_null() const { return type == Type::kNull; }
  friend bool operator==(const Value&, const Value&) = default;

 private:
  static Value scalar(Type type, std::int64_t v) {
    Value value;
    value.type = type;
    value.integer = v;
    return value;
  }
};

}  // namespace weir::column
