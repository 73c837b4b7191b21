#include "flowlog/json_splitter.h"

#include <algorithm>

namespace weir::flowlog {
namespace {

struct ObjectEnd {
  enum class State { kClosed, kOpen, kBroken } state = State::kOpen;
  std::size_t end = 0;
};

// Looks for the end of the object that begins at `begin`. A newline within a string breaks it, and
// with `is_line_bound` any newline does.
ObjectEnd find_object_end(std::string_view text, std::size_t begin, bool is_line_bound) {
  std::size_t depth = 0;
  bool is_in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        is_in_string = false;
      } else if (c == '\n') {
        return {ObjectEnd::State::kBroken, i};
      }
      continue;
    }
    switch (c) {
      case '"':
        is_in_string = true;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) {
          return {ObjectEnd::State::kClosed, i + 1};
        }
        break;
      case '\n':
        if (is_line_bound) {
          return {ObjectEnd::State::kBroken, i};
        }
        break;
      default:
        break;
    }
  }
  return {ObjectEnd::State::kOpen, text.size()};
}

}  // namespace

JsonSplitter::Item JsonSplitter::next(std::string_view text, bool is_last) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n,[]"), text.size());
  if (begin == text.size()) {
    return {Kind::kEnd, begin, begin};
  }
  const auto line_end = [&] { return std::min(text.find('\n', begin), text.size()); };
  if (text[begin] != '{') {
    const std::size_t end = line_end();
    return end == text.size() && !is_last ? Item{Kind::kPartial, begin, begin}
                                          : Item{Kind::kLine, begin, end};
  }
  const ObjectEnd found = find_object_end(text, begin, num_unclosed_ >= kMaxUnclosed);
  switch (found.state) {
    case ObjectEnd::State::kClosed:
      return {Kind::kObject, begin, found.end};
    case ObjectEnd::State::kBroken:
      return {Kind::kBad, begin, found.end};
    case ObjectEnd::State::kOpen:
      break;
  }
  if (!is_last) {
    return {Kind::kPartial, begin, begin};
  }
  ++num_unclosed_;
  return {Kind::kBad, begin, line_end()};
}

}  // namespace weir::flowlog
