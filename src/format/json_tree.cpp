#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "format/base64.h"
#include "format/json_writer.h"
#include "format/tree.h"

namespace weir::format {
namespace {

namespace dom = simdjson::dom;

class JsonTreeReader {
 public:
  explicit JsonTreeReader(const TreeLimits& limits) : limits_(limits) {}

  Result<Tree> read(const dom::element& element) {
    if (++num_nodes_ > limits_.max_nodes) {
      return fail(ErrorCode::kLimit, fmt::format("JSON of more than {} values", limits_.max_nodes));
    }
    switch (element.type()) {
      case dom::element_type::ARRAY:
        return read_array(element);
      case dom::element_type::OBJECT:
        return read_object(element);
      case dom::element_type::INT64:
        return Tree(element.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return Tree(static_cast<double>(element.get_uint64().value_unsafe()));
      case dom::element_type::DOUBLE:
        return Tree(element.get_double().value_unsafe());
      case dom::element_type::STRING:
        return Tree(element.get_string().value_unsafe());
      case dom::element_type::BOOL:
        return Tree(element.get_bool().value_unsafe());
      case dom::element_type::NULL_VALUE:
        break;
    }
    return Tree();
  }

 private:
  Result<Tree> read_array(const dom::element& element) {
    Tree tree = Tree::list();
    const dom::array items = element.get_array().value_unsafe();
    for (const dom::element item : items) {
      WEIR_ASSIGN_OR_RETURN(Tree value, read(item));
      tree.push(std::move(value));
    }
    return tree;
  }
  Result<Tree> read_object(const dom::element& element) {
    Tree tree = Tree::map();
    const dom::object members = element.get_object().value_unsafe();
    for (const auto [key, member] : members) {
      WEIR_ASSIGN_OR_RETURN(Tree value, read(member));
      tree.append(std::string(key), std::move(value));
    }
    return tree;
  }

  const TreeLimits& limits_;
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
  return JsonTreeReader(limits).read(root);
}

std::string write_json(const Tree& tree) {
  std::string text;
  JsonWriter json(text);
  write(tree, json);
  return text;
}

}  // namespace weir::format
