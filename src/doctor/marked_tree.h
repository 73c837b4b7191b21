#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::doctor {

// A YAML document (JSON is one) with the lines and tags that its parts stand at, which plain trees
// do not keep.
struct MarkedTree {
  enum class Kind : std::uint8_t { kScalar, kList, kMap } kind = Kind::kScalar;
  std::string tag;  // "!Sub"; "" where none is written
  std::string text;
  bool is_quoted = false;
  std::vector<MarkedTree> items;
  struct Member;
  std::vector<Member> members;
  std::size_t line = 0;  // from 1

  // nullptr where there is none.
  [[nodiscard]] const MarkedTree* find(std::string_view name) const;
  // Member by member; nullptr where one is missing.
  [[nodiscard]] const MarkedTree* find_path(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] bool is_text() const { return kind == Kind::kScalar; }
};

struct MarkedTree::Member {
  std::string name;
  MarkedTree value;
};

// Reads the first document. Hardened against untrusted input: at most 64 levels and 200,000 nodes,
// aliases refused (CloudFormation knows none). Errors name the line.
[[nodiscard]] Result<MarkedTree> read_yaml(std::string_view text);

}  // namespace weir::doctor
