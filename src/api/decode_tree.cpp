#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/decode.h"
#include "base/time_text.h"
#include "format/base64.h"

namespace weir::api {
namespace {

constexpr std::size_t kNoMember = ~std::size_t{0};

std::size_t find_member(const Shape& shape, const std::string& name) {
  for (std::size_t i = 0; i < shape.members.size(); ++i) {
    if (shape.members[i].name == name) {
      return i;
    }
  }
  return kNoMember;
}

using Checked = tl::expected<void, ApiError>;

tl::unexpected<ApiError> wrong_kind(std::string_view name, std::string_view kind) {
  return refuse("SerializationException", fmt::format("{} must be {}", name, kind));
}

Checked decode(Tree& tree, const Shape& shape, const std::string& name);

Checked decode_time(Tree& tree, const std::string& name) {
  if (tree.is_time()) {
    return {};
  }
  if (tree.is_integer() || tree.is_double()) {
    const double ms = tree.number() * 1000;
    if (std::fabs(ms) < 1e16) {
      tree = Tree::time(std::llround(ms));
      return {};
    }
  } else if (tree.is_text()) {
    if (const auto time = parse_absolute_time(tree.text())) {
      tree = Tree::time(*time);
      return {};
    }
  }
  return wrong_kind(name, "a time, in seconds since 1970");
}

Checked decode_bytes(Tree& tree, const std::string& name) {
  if (tree.is_bytes()) {
    return {};
  }
  format::Bytes bytes;
  if (!tree.is_text() || !format::decode_base64(tree.text(), bytes.value)) {
    return wrong_kind(name, "base64");
  }
  tree = Tree(std::move(bytes));
  return {};
}

// What stands first of several members with one name counts, as in a look-up.
Checked decode_structure(Tree& tree, const Shape& shape, const std::string& name) {
  Tree::Map* const members = tree.map_if();
  if (members == nullptr) {
    return wrong_kind(name, "an object");
  }
  std::uint64_t seen = 0;
  std::size_t kept = 0;
  for (auto& [key, value] : *members) {
    const std::size_t place = value.is_null() ? kNoMember : find_member(shape, key);
    if (place == kNoMember || (seen >> place & 1) != 0) {
      continue;
    }
    seen |= std::uint64_t{1} << place;
    if (auto decoded = decode(value, *shape.members[place].shape, key); !decoded) {
      return decoded;
    }
    auto& to = (*members)[kept++];
    if (&to.second != &value) {
      to = {std::move(key), std::move(value)};
    }
  }
  members->resize(kept);
  return {};
}

Checked decode_number(Tree& tree, const std::string& name) {
  if (tree.is_double()) {
    return {};
  }
  if (tree.is_integer()) {
    tree = Tree(tree.number());
    return {};
  }
  const std::string& text = tree.text();
  if (text == "NaN" || text.ends_with("Infinity")) {
    tree = Tree(text == "NaN" ? std::nan("") : HUGE_VAL);
    return {};
  }
  return wrong_kind(name, "a number");
}

Checked decode(Tree& tree, const Shape& shape, const std::string& name) {
  switch (shape.kind) {
    case Shape::Kind::kText:
      return tree.is_text() ? Checked() : wrong_kind(name, "a string");
    case Shape::Kind::kInteger:
      if (tree.is_double() && tree.number() == std::floor(tree.number())) {
        tree = Tree(tree.integer());
      }
      return tree.is_integer() ? Checked() : wrong_kind(name, "a whole number");
    case Shape::Kind::kDouble:
      return decode_number(tree, name);
    case Shape::Kind::kBoolean:
      return tree.is_bool() ? Checked() : wrong_kind(name, "true or false");
    case Shape::Kind::kTime:
      return decode_time(tree, name);
    case Shape::Kind::kBytes:
      return decode_bytes(tree, name);
    case Shape::Kind::kStructure:
      return decode_structure(tree, shape, name);
    case Shape::Kind::kList:
      if (!tree.is_list()) {
        return wrong_kind(name, "a list");
      }
      for (Tree& item : *tree.list_if()) {
        if (auto decoded = decode(item, *shape.item, name); !decoded) {
          return decoded;
        }
      }
      return {};
    case Shape::Kind::kMap:
      if (!tree.is_map()) {
        return wrong_kind(name, "an object");
      }
      for (auto& [key, item] : *tree.map_if()) {
        if (auto decoded = decode(item, *shape.item, name); !decoded) {
          return decoded;
        }
      }
      return {};
  }
  return {};
}

bool is_within(std::int64_t value, const Shape& shape) {
  return !(shape.least && value < *shape.least) && !(shape.most && value > *shape.most);
}

// Whether a Validator would find nothing, without the paths that it tells.
bool is_valid(const Tree& tree, const Shape& shape) {
  const auto is_valid_item = [&](const Tree& item) { return is_valid(item, *shape.item); };
  switch (shape.kind) {
    case Shape::Kind::kStructure: {
      std::uint64_t given = 0;
      for (const auto& [key, value] : tree.members()) {
        const std::size_t place = find_member(shape, key);
        if (place == kNoMember || value.is_null()) {
          continue;
        }
        given |= std::uint64_t{1} << place;
        if (!is_valid(value, *shape.members[place].shape)) {
          return false;
        }
      }
      return (shape.required_members & ~given) == 0;
    }
    case Shape::Kind::kList: {
      const Tree::List& items = tree.items();
      return is_within(static_cast<std::int64_t>(items.size()), shape) &&
             std::all_of(items.begin(), items.end(), is_valid_item);
    }
    case Shape::Kind::kMap:
      return std::all_of(tree.members().begin(), tree.members().end(),
                         [&](const auto& member) { return is_valid_item(member.second); });
    case Shape::Kind::kInteger:
      return is_within(tree.integer(), shape);
    case Shape::Kind::kText:
      return is_within(static_cast<std::int64_t>(tree.text().size()), shape) &&
             (shape.choices.empty() || std::find(shape.choices.begin(), shape.choices.end(),
                                                 tree.text()) != shape.choices.end());
    default:
      return true;
  }
}

// Collects faults as AWS's front ends word them.
class Validator {
 public:
  void check(const Tree& tree, const Shape& shape, const std::string& path) {
    switch (shape.kind) {
      case Shape::Kind::kStructure:
        for (const Member& member : shape.members) {
          const std::string inner =
              path.empty() ? lower_first(member.name) : path + "." + lower_first(member.name);
          const Tree& value = tree[member.name];
          if (!value.is_null()) {
            check(value, *member.shape, inner);
          } else if (member.is_required) {
            add("null", inner, "Member must not be null");
          }
        }
        return;
      case Shape::Kind::kList: {
        check_size(tree.items().size(), shape, path, "[]", "size");
        std::size_t index = 1;
        for (const Tree& item : tree.items()) {
          check(item, *shape.item, fmt::format("{}.{}.member", path, index++));
        }
        return;
      }
      case Shape::Kind::kMap:
        for (const auto& [key, item] : tree.members()) {
          check(item, *shape.item, path + "." + key);
        }
        return;
      case Shape::Kind::kInteger:
        check_integer(tree.integer(), shape, path);
        return;
      case Shape::Kind::kText:
        check_text(tree.text(), shape, path);
        return;
      default:
        return;
    }
  }

  [[nodiscard]] tl::expected<void, ApiError> result() const {
    if (num_faults_ == 0) {
      return {};
    }
    return refuse("ValidationError", fmt::format("{} validation error{} detected: {}", num_faults_,
                                                 num_faults_ == 1 ? "" : "s", text_));
  }

 private:
  static std::string lower_first(std::string name) {
    if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') {
      name[0] = static_cast<char>(name[0] + 32);
    }
    return name;
  }
  void add(std::string_view value, std::string_view path, std::string_view rule) {
    if (++num_faults_ > 10) {
      return;
    }
    text_ += text_.empty() ? "" : "; ";
    text_ += value == "null"
                 ? fmt::format("Value null at '{}' failed to satisfy constraint: {}", path, rule)
                 : fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}",
                               value.substr(0, 256), path, rule);
  }
  void check_integer(std::int64_t value, const Shape& shape, const std::string& path) {
    if (shape.least && value < *shape.least) {
      add(std::to_string(value), path,
          fmt::format("Member must have value greater than or equal to {}", *shape.least));
    }
    if (shape.most && value > *shape.most) {
      add(std::to_string(value), path,
          fmt::format("Member must have value less than or equal to {}", *shape.most));
    }
  }
  void check_size(std::size_t size, const Shape& shape, const std::string& path,
                  std::string_view value, std::string_view what) {
    if (shape.least && static_cast<std::int64_t>(size) < *shape.least) {
      add(value, path,
          fmt::format("Member must have {} greater than or equal to {}", what, *shape.least));
    }
    if (shape.most && static_cast<std::int64_t>(size) > *shape.most) {
      add(value, path,
          fmt::format("Member must have {} less than or equal to {}", what, *shape.most));
    }
  }
  void check_text(const std::string& text, const Shape& shape, const std::string& path) {
    check_size(text.size(), shape, path, text, "length");
    if (shape.choices.empty()) {
      return;
    }
    std::string all;
    for (const std::string& choice : shape.choices) {
      if (choice == text) {
        return;
      }
      all += (all.empty() ? "" : ", ") + choice;
    }
    add(text, path, fmt::format("Member must satisfy enum value set: [{}]", all));
  }

  std::string text_;
  int num_faults_ = 0;
};

}  // namespace

Outcome decode_tree(Tree tree, const Shape& shape) {
  if (auto decoded = decode(tree, shape, "the request"); !decoded) {
    return tl::unexpected<ApiError>(std::move(decoded.error()));
  }
  return tree;
}

tl::expected<void, ApiError> validate(const Tree& tree, const Shape& shape) {
  if (is_valid(tree, shape)) {
    return {};
  }
  Validator validator;
  validator.check(tree, shape, "");
  return validator.result();
}

}  // namespace weir::api
