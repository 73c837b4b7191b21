#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "format/base64.h"
#include "format/json_writer.h"
#include "format/tree.h"

namespace weir::format {
namespace {

namespace dom = simdjson::dom;

// Fills trees where they lie: a large document is many small values.
class JsonTreeReader {
 public:
  explicit JsonTreeReader(const TreeLimits& limits) : max_nodes_(limits.max_nodes) {}

  // False where there are too many values.
  [[nodiscard]] bool read(const dom::element& element, Tree& out) {
    if (++num_nodes_ > max_nodes_) {
      return false;
    }
    switch (element.type()) {
      case dom::element_type::ARRAY:
        return read_array(element.get_array().value_unsafe(), out);
      case dom::element_type::OBJECT:
        return read_object(element.get_object().value_unsafe(), out);
      case dom::element_type::INT64:
        out = Tree(element.get_int64().value_unsafe());
        break;
      case dom::element_type::UINT64:
        out = Tree(static_cast<double>(element.get_uint64().value_unsafe()));
        break;
      case dom::element_type::DOUBLE:
        out = Tree(element.get_double().value_unsafe());
        break;
      case dom::element_type::STRING:
        out = Tree(element.get_string().value_unsafe());
        break;
      case dom::element_type::BOOL:
        out = Tree(element.get_bool().value_unsafe());
        break;
      case dom::element_type::NULL_VALUE:
        break;
    }
    return true;
  }

 private:
  // The size is exact below 2^24, where simdjson stops counting.
  [[nodiscard]] bool read_array(const dom::array& items, Tree& out) {
    Tree::List list;
    list.reserve(items.size());
    for (const dom::element item : items) {
      if (!read(item, list.emplace_back())) {
        return false;
      }
    }
    out = Tree(std::move(list));
    return true;
  }
  [[nodiscard]] bool read_object(const dom::object& members, Tree& out) {
    Tree::Map map;
    map.reserve(members.size());
    for (const auto [key, member] : members) {
      if (!read(member, map.emplace_back(key, Tree()).second)) {
        return false;
      }
    }
    out = Tree(std::move(map));
    return true;
  }

  std::size_t max_nodes_;
  std::size_t num_nodes_ = 0;
};

void write(const Tree& tree, JsonWriter& json) {
  if (tree.is_bool()) {
    json.boolean(tree.boolean());
  } else if (tree.is_integer()) {
    json.integer(tree.integer());
  } else if (tree.is_double()) {
    json.number(tree.number());
  } else if (tree.is_text()) {
    json.string(tree.text());
  } else if (tree.is_bytes()) {
    json.string(encode_base64(tree.bytes()));
  } else if (tree.is_time()) {
    if (tree.time_ms() % 1000 == 0) {
      json.integer(tree.time_ms() / 1000);
    } else {
      json.number(static_cast<double>(tree.time_ms()) / 1000);
    }
  } else if (tree.is_list()) {
    json.begin_array();
    for (const Tree& item : tree.items()) {
      write(item, json);
    }
    json.end_array();
  } else if (tree.is_map()) {
    json.begin_object();
    for (const auto& [name, value] : tree.members()) {
      json.key(name);
      write(value, json);
    }
    json.end_object();
  } else {
    json.null();
  }
}

}  // namespace

Result<Tree> read_json(std::string_view text, const TreeLimits& limits) {
  if (text.empty()) {  // simdjson would copy from its null pointer
    return fail(ErrorCode::kInput, "this is no JSON: it is empty");
  }
  dom::parser parser;
  if (const auto error = parser.allocate(std::max<std::size_t>(text.size(), 64), limits.max_depth);
      error != simdjson::SUCCESS) {
    return fail(ErrorCode::kLimit, fmt::format("no memory to read {} bytes of JSON", text.size()));
  }
  dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root);
      error != simdjson::SUCCESS) {
    const bool is_deep = error == simdjson::DEPTH_ERROR;
    return fail(is_deep ? ErrorCode::kLimit : ErrorCode::kInput,
                is_deep ? fmt::format("JSON is nested deeper than {}", limits.max_depth)
                        : fmt::format("this is no JSON: {}", simdjson::error_message(error)));
  }
  Tree tree;
  if (!JsonTreeReader(limits).read(root, tree)) {
    return fail(ErrorCode::kLimit, fmt::format("JSON of more than {} values", limits.max_nodes));
  }
  return tree;
}

std::string write_json(const Tree& tree) {
  std::string text;
  JsonWriter json(text);
  write(tree, json);
  return text;
}

}  // namespace weir::format
