#include "format/tree.h"

#include <cmath>

namespace weir::format {
namespace {

const Tree kNothing;
const std::string kNoText;
const Tree::List kNoItems;
const Tree::Map kNoMembers;

template <class T, class Variant>
const T& get_or(const Variant& value, const T& otherwise) {
  const T* found = std::get_if<T>(&value);
  return found == nullptr ? otherwise : *found;
}

}  // namespace

bool Tree::boolean() const { return get_or(value_, false); }

std::int64_t Tree::integer() const {
  if (const double* number = std::get_if<double>(&value_)) {
    return std::fabs(*number) < 9.2e18 ? static_cast<std::int64_t>(*number) : 0;
  }
  return get_or(value_, std::int64_t{0});
}

double Tree::number() const {
  if (const std::int64_t* integer = std::get_if<std::int64_t>(&value_)) {
    return static_cast<double>(*integer);
  }
  return get_or(value_, 0.0);
}

TimeMs Tree::time_ms() const {
  const Moment* moment = std::get_if<Moment>(&value_);
  return moment == nullptr ? 0 : moment->ms;
}

const std::string& Tree::text() const { return get_or(value_, kNoText); }

const std::string& Tree::bytes() const {
  const Bytes* bytes = std::get_if<Bytes>(&value_);
  return bytes == nullptr ? kNoText : bytes->value;
}

const Tree::List& Tree::items() const { return get_or(value_, kNoItems); }
const Tree::Map& Tree::members() const { return get_or(value_, kNoMembers); }

const Tree* Tree::find(std::string_view name) const {
  for (const auto& [key, value] : members()) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

const Tree& Tree::operator[](std::string_view name) const {
  const Tree* found = find(name);
  return found == nullptr ? kNothing : *found;
}

std::vector<std::string> Tree::texts() const {
  std::vector<std::string> texts;
  for (const Tree& item : items()) {
    texts.push_back(item.text());
  }
  return texts;
}

void Tree::set(std::string_view name, Tree value) {
  if (Map* map = std::get_if<Map>(&value_)) {
    for (auto& member : *map) {
      if (member.first == name) {
        member.second = std::move(value);
        return;
      }
    }
  }
  append(std::string(name), std::move(value));
}

void Tree::append(std::string name, Tree value) {
  if (is_null()) {
    value_.emplace<Map>();
  }
  std::get<Map>(value_).emplace_back(std::move(name), std::move(value));
}

void Tree::push(Tree value) {
  if (is_null()) {
    value_.emplace<List>();
  }
  std::get<List>(value_).push_back(std::move(value));
}

}  // namespace weir::format
