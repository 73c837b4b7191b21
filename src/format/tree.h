#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace weir::format {

// Bytes that are no text.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// A moment, where a format tells moments from numbers.
struct Moment {
  TimeMs ms = 0;
  friend bool operator==(const Moment&, const Moment&) = default;
};

// A document of any format: a scalar, a list, or a map whose keys keep their order. A value; who
// shares one between threads does not change it.
class Tree {
 public:
  using List = std::vector<Tree>;
  using Map = std::vector<std::pair<std::string, Tree>>;

  Tree() = default;
  Tree(bool value) : value_(value) {}                                      // NOLINT
  Tree(int value) : value_(static_cast<std::int64_t>(value)) {}            // NOLINT
  Tree(std::int64_t value) : value_(value) {}                              // NOLINT
  Tree(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT
  Tree(double value) : value_(value) {}                                    // NOLINT
  Tree(const char* value) : value_(std::string(value)) {}                  // NOLINT
  Tree(std::string_view value) : value_(std::string(value)) {}             // NOLINT
  Tree(std::string value) : value_(std::move(value)) {}                    // NOLINT
  Tree(Bytes value) : value_(std::move(value)) {}                          // NOLINT
  Tree(Moment value) : value_(value) {}                                    // NOLINT
  Tree(List value) : value_(std::move(value)) {}                           // NOLINT
  Tree(Map value) : value_(std::move(value)) {}                            // NOLINT

  [[nodiscard]] static Tree time(TimeMs ms) { return {Moment{ms}}; }
  [[nodiscard]] static Tree list() { return {List{}}; }
  // A member of a map that is written out; its value is moved into the map, which elements of an
  // initializer_list otherwise forbid.
  struct Member;
  [[nodiscard]] static Tree map(std::initializer_list<Member> members = {});
  // A list of what a range holds.
  template <class Range>
  [[nodiscard]] static Tree list_of(const Range& range) {
    List list;
    for (const auto& item : range) {
      list.emplace_back(item);
    }
    return {std::move(list)};
  }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(value_); }
  [[nodiscard]] bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  [[nodiscard]] bool is_double() const { return std::holds_alternative<double>(value_); }
  [[nodiscard]] bool is_text() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_bytes() const { return std::holds_alternative<Bytes>(value_); }
  [[nodiscard]] bool is_time() const { return std::holds_alternative<Moment>(value_); }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<List>(value_); }
  [[nodiscard]] bool is_map() const { return std::holds_alternative<Map>(value_); }

  // What is asked of a tree of another kind is nothing: false, 0, empty. Who must know asks first.
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::int64_t integer() const;  // of a double: cut to a whole number
  [[nodiscard]] double number() const;         // of either kind of number
  [[nodiscard]] TimeMs time_ms() const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] const std::string& bytes() const;
  [[nodiscard]] const List& items() const;
  [[nodiscard]] const Map& members() const;
  // To change them where they are; null where it is no list, no map.
  [[nodiscard]] List* list_if() { return std::get_if<List>(&value_); }
  [[nodiscard]] Map* map_if() { return std::get_if<Map>(&value_); }

  // A member of a map; null where there is none.
  [[nodiscard]] const Tree* find(std::string_view name) const;
  [[nodiscard]] const Tree& operator[](std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return !(*this)[name].is_null(); }
  // The texts of a list.
  [[nodiscard]] std::vector<std::string> texts() const;

  // Makes it a map, or a list, where it is null. `set` replaces a member of that name; `append` of
  // a map does not look for one.
  void set(std::string_view name, Tree value);
  void append(std::string name, Tree value);
  void push(Tree value);

  friend bool operator==(const Tree&, const Tree&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, Moment, List, Map>
      value_;
};

struct Tree::Member {
  std::string name;
  mutable Tree value;
};

inline Tree Tree::map(std::initializer_list<Member> members) {
  Tree tree;
  Map& map = tree.value_.emplace<Map>();
  map.reserve(members.size());
  for (const Member& member : members) {
    map.emplace_back(member.name, std::move(member.value));
  }
  return tree;
}

// What a document of untrusted origin may be.
struct TreeLimits {
  std::size_t max_depth = 64;
  std::size_t max_nodes = 2'000'000;
};

// Reads one JSON document (RFC 8259). Hardened against untrusted input. Errors: kInput where it is
// no JSON, kLimit where it is too deep or has too many values.
[[nodiscard]] Result<Tree> read_json(std::string_view text, const TreeLimits& limits = {});
// Times are seconds with up to three digits behind the point, bytes base64.
[[nodiscard]] std::string write_json(const Tree& tree);

}  // namespace weir::format
