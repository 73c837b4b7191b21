#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weir::packet {

using FieldValue =
    std::variant<std::uint64_t, std::int64_t, double, std::string, std::vector<std::string>>;

// Typed keys and values in the order in which they were set: what an option or a flow says, for
// people and for programs that do not know the layout. Built only when asked for.
class FieldMap {
 public:
  using Entry = std::pair<std::string, FieldValue>;

  // Adds, or replaces what the key had.
  void set(std::string_view key, FieldValue value);
  void set(std::string_view key, const char* text) { set(key, std::string(text)); }

  [[nodiscard]] const FieldValue* find(std::string_view key) const;
  // The value if it is there and of this type.
  template <class T>
  [[nodiscard]] const T* get(std::string_view key) const {
    const FieldValue* value = find(key);
    return value == nullptr ? nullptr : std::get_if<T>(value);
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  void clear() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

// Numbers as they are, texts without quotes, lists as "a, b".
[[nodiscard]] std::string to_string(const FieldValue& value);

}  // namespace weir::packet
