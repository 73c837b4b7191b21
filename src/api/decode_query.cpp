#include <fmt/format.h>

#include <cmath>
#include <map>

#include "api/decode.h"
#include "base/number.h"
#include "base/time_text.h"
#include "format/base64.h"

namespace weir::api {
namespace {

constexpr std::size_t kMaxNameParts = 16;

// Parameters as a tree of their names' parts: MetricData -> member -> 1 -> Value.
struct Node {
  const std::string* value = nullptr;
  std::map<std::string, Node, std::less<>> children;

  [[nodiscard]] const Node* find(std::string_view name) const {
    const auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
};

tl::unexpected<ApiError> malformed(std::string_view name, std::string_view kind) {
  return refuse("MalformedInput", fmt::format("{} must be {}", name, kind));
}

class QueryDecoder {
 public:
  explicit QueryDecoder(bool is_ec2) : is_ec2_(is_ec2) {}

  Outcome decode(const Node& node, const Shape& shape, const std::string& name) {
    switch (shape.kind) {
      case Shape::Kind::kStructure:
        return decode_structure(node, shape);
      case Shape::Kind::kList:
        return decode_list(node, shape, name);
      case Shape::Kind::kMap:
        return decode_map(node, shape, name);
      default:
        break;
    }
    if (node.value == nullptr) {
      return malformed(name, "a value");
    }
    return decode_scalar(*node.value, shape, name);
  }

 private:
  Outcome decode_structure(const Node& node, const Shape& shape) {
    Tree tree = Tree::map();
    for (const Member& member : shape.members) {
      const Node* child = node.find(is_ec2_ ? member.wire_name : member.name);
      if (child == nullptr) {
        continue;
      }
      Outcome value = decode(*child, *member.shape, member.name);
      if (!value) {
        return value;
      }
      if (!value->is_null()) {
        tree.append(member.name, std::move(*value));
      }
    }
    return tree;
  }

  // Name.member.1, or EC2's flat Name.1; "Name=" is the empty list.
  Outcome decode_list(const Node& node, const Shape& shape, const std::string& name) {
    const Node* items = &node;
    if (!is_ec2_ && !node.children.empty()) {
      items = node.find("member");
      if (items == nullptr) {
        return malformed(name, "a list: " + name + ".member.1 ...");
      }
    }
    std::map<std::int64_t, const Node*> ordered;
    for (const auto& [key, child] : items->children) {
      const auto index = parse_int64(key);
      if (!index) {
        return malformed(name, "a list: its indexes are numbers");
      }
      ordered[*index] = &child;
    }
    Tree tree = Tree::list();
    for (const auto& [index, child] : ordered) {
      Outcome item = decode(*child, *shape.item, name);
      if (!item) {
        return item;
      }
      tree.push(std::move(*item));
    }
    return tree;
  }

  // Name.entry.1.key and .value; SNS calls them Name and Value for message attributes.
  Outcome decode_map(const Node& node, const Shape& shape, const std::string& name) {
    Tree tree = Tree::map();
    const Node* entries = node.find("entry");
    if (entries == nullptr) {
      return tree;
    }
    for (const auto& [index, entry] : entries->children) {
      const Node* key = entry.find("key");
      const Node* value = entry.find("value");
      key = key == nullptr ? entry.find("Name") : key;
      value = value == nullptr ? entry.find("Value") : value;
      if (key == nullptr || key->value == nullptr || value == nullptr) {
        return malformed(name, "a map: " + name + ".entry.1.key and .value");
      }
      Outcome item = decode(*value, *shape.item, name);
      if (!item) {
        return item;
      }
      tree.append(*key->value, std::move(*item));
    }
    return tree;
  }

  static Outcome decode_scalar(const std::string& text, const Shape& shape,
                               const std::string& name) {
    switch (shape.kind) {
      case Shape::Kind::kInteger: {
        const std::string_view digits =
            std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
        const auto value = parse_int64(digits);
        return value ? Outcome(Tree(*value)) : malformed(name, "a whole number");
      }
      case Shape::Kind::kDouble: {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        const bool is_number = !text.empty() && end == text.c_str() + text.size();
        return is_number ? Outcome(Tree(value)) : malformed(name, "a number");
      }
      case Shape::Kind::kBoolean:
        if (text == "true" || text == "1") {
          return Tree(true);
        }
        if (text == "false" || text == "0") {
          return Tree(false);
        }
        return malformed(name, "true or false");
      case Shape::Kind::kTime: {
        const auto time = parse_absolute_time(text);
        return time ? Outcome(Tree::time(*time))
                    : malformed(name, "a time such as 2026-11-22T04:33:45Z");
      }
      case Shape::Kind::kBytes: {
        format::Bytes bytes;
        if (!format::decode_base64(text, bytes.value)) {
          return malformed(name, "base64");
        }
        return Tree(std::move(bytes));
      }
      default:
        return Tree(text);
    }
  }

  bool is_ec2_;
};

}  // namespace

Outcome decode_query(const http::FormPairs& pairs, const Shape& shape, bool is_ec2) {
  Node root;
  for (const auto& [name, value] : pairs) {
    Node* node = &root;
    std::string_view rest = name;
    for (std::size_t depth = 0;; ++depth) {
      if (depth == kMaxNameParts) {
        return refuse("MalformedInput", "a parameter's name has too many parts");
      }
      const std::size_t dot = rest.find('.');
      node = &node->children[std::string(rest.substr(0, dot))];
      if (dot == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(dot + 1);
    }
    node->value = &value;
  }
  return QueryDecoder(is_ec2).decode(root, shape, "");
}

}  // namespace weir::api
