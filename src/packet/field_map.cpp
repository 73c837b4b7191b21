#include "packet/field_map.h"

#include <algorithm>

#include "base/number.h"

namespace weir::packet {

void FieldMap::set(std::string_view key, FieldValue value) {
  for (Entry& entry : entries_) {
    if (entry.first == key) {
      entry.second = std::move(value);
      return;
    }
  }
  entries_.emplace_back(std::string(key), std::move(value));
}

const FieldValue* FieldMap::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

std::string to_string(const FieldValue& value) {
  struct Writer {
    std::string operator()(std::uint64_t number) const { return std::to_string(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return format_double(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::string>& list) const {
      std::string joined;
      for (const std::string& item : list) {
        joined += (joined.empty() ? "" : ", ") + item;
      }
      return joined;
    }
  };
  return std::visit(Writer{}, value);
}

}  // namespace weir::packet
