#include <fmt/format.h>

#include <cmath>

#include "api/decode.h"
#include "base/time_text.h"
#include "format/base64.h"

namespace weir::api {
namespace {

tl::unexpected<ApiError> wrong_kind(std::string_view name, std::string_view kind) {
  return refuse("SerializationException", fmt::format("{} must be {}", name, kind));
}

Outcome decode_value(const Tree& tree, const Shape& shape, const std::string& name);

Outcome decode_time(const Tree& tree, const std::string& name) {
  if (tree.is_time()) {
    return tree;
  }
  if (tree.is_integer() || tree.is_double()) {
    const double ms = tree.number() * 1000;
    if (std::fabs(ms) < 1e16) {
      return Tree::time(std::llround(ms));
    }
  } else if (tree.is_text()) {
    if (const auto time = parse_absolute_time(tree.text())) {
      return Tree::time(*time);
    }
  }
  return wrong_kind(name, "a time, in seconds since 1970");
}

Outcome decode_bytes(const Tree& tree, const std::string& name) {
  format::Bytes bytes;
  if (tree.is_bytes()) {
    return tree;
  }
  if (!tree.is_text() || !format::decode_base64(tree.text(), bytes.value)) {
    return wrong_kind(name, "base64");
  }
  return Tree(std::move(bytes));
}

Outcome decode_structure(const Tree& tree, const Shape& shape, const std::string& name) {
  if (!tree.is_map()) {
    return wrong_kind(name, "an object");
  }
  Tree out = Tree::map();
  for (const Member& member : shape.members) {
    const Tree& value = tree[member.name];
    if (value.is_null()) {
      continue;
    }
    Outcome decoded = decode_value(value, *member.shape, member.name);
    if (!decoded) {
      return decoded;
    }
    out.append(member.name, std::move(*decoded));
  }
  return out;
}

Outcome decode_value(const Tree& tree, const Shape& shape, const std::string& name) {
  switch (shape.kind) {
    case Shape::Kind::kText:
      return tree.is_text() ? Outcome(tree) : wrong_kind(name, "a string");
    case Shape::Kind::kInteger:
      if (tree.is_integer()) {
        return tree;
      }
      return tree.is_double() && tree.number() == std::floor(tree.number())
                 ? Outcome(Tree(tree.integer()))
                 : wrong_kind(name, "a whole number");
    case Shape::Kind::kDouble:
      if (tree.is_text() && (tree.text() == "NaN" || tree.text().ends_with("Infinity"))) {
        return Tree(tree.text() == "NaN" ? std::nan("") : HUGE_VAL);
      }
      return tree.is_integer() || tree.is_double() ? Outcome(Tree(tree.number()))
                                                   : wrong_kind(name, "a number");
    case Shape::Kind::kBoolean:
      return tree.is_bool() ? Outcome(tree) : wrong_kind(name, "true or false");
    case Shape::Kind::kTime:
      return decode_time(tree, name);
    case Shape::Kind::kBytes:
      return decode_bytes(tree, name);
    case Shape::Kind::kStructure:
      return decode_structure(tree, shape, name);
    case Shape::Kind::kList: {
      if (!tree.is_list()) {
        return wrong_kind(name, "a list");
      }
      Tree out = Tree::list();
      for (const Tree& item : tree.items()) {
        Outcome decoded = decode_value(item, *shape.item, name);
        if (!decoded) {
          return decoded;
        }
        out.push(std::move(*decoded));
      }
      return out;
    }
    case Shape::Kind::kMap: {
      if (!tree.is_map()) {
        return wrong_kind(name, "an object");
      }
      Tree out = Tree::map();
      for (const auto& [key, item] : tree.members()) {
        Outcome decoded = decode_value(item, *shape.item, name);
        if (!decoded) {
          return decoded;
        }
        out.append(key, std::move(*decoded));
      }
      return out;
    }
  }
  return Tree();
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

Outcome decode_tree(const Tree& tree, const Shape& shape) {
  return decode_value(tree, shape, "the request");
}

tl::expected<void, ApiError> validate(const Tree& tree, const Shape& shape) {
  Validator validator;
  validator.check(tree, shape, "");
  return validator.result();
}

}  // namespace weir::api
