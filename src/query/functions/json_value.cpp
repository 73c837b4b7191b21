#include "query/functions/json_value.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/number.h"
#include "format/json_writer.h"

namespace weir::query {
namespace {

namespace dom = simdjson::dom;
using dom::element_type;

constexpr std::size_t kMaxJsonDepth = 64;

// Of an element that is a list, an object.
dom::array items_of(const dom::element& element) { return element.get_array().value_unsafe(); }
dom::object members_of(const dom::element& element) { return element.get_object().value_unsafe(); }

void write_element(const dom::element& element, format::JsonWriter& json) {
  switch (element.type()) {
    case element_type::ARRAY:
      json.begin_array();
      for (const dom::element item : items_of(element)) {
        write_element(item, json);
      }
      json.end_array();
      return;
    case element_type::OBJECT:
      json.begin_object();
      for (const auto [key, member] : members_of(element)) {
        json.key(key);
        write_element(member, json);
      }
      json.end_object();
      return;
    case element_type::INT64:
      json.integer(element.get_int64().value_unsafe());
      return;
    case element_type::UINT64:
      json.unsigned_integer(element.get_uint64().value_unsafe());
      return;
    case element_type::DOUBLE:
      json.number(element.get_double().value_unsafe());
      return;
    case element_type::STRING:
      json.string(element.get_string().value_unsafe());
      return;
    case element_type::BOOL:
      json.boolean(element.get_bool().value_unsafe());
      return;
    case element_type::NULL_VALUE:
      json.null();
      return;
  }
}

std::string json_of(const dom::element& element) {
  std::string text;
  format::JsonWriter json(text);
  write_element(element, json);
  return text;
}

std::optional<std::string> shown_text(const dom::element& element) {
  switch (element.type()) {
    case element_type::INT64:
      return std::to_string(element.get_int64().value_unsafe());
    case element_type::UINT64:
      return std::to_string(element.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return format_double(element.get_double().value_unsafe());
    case element_type::STRING:
      return std::string(std::string_view(element.get_string().value_unsafe()));
    case element_type::BOOL:
      return element.get_bool().value_unsafe() ? "1" : "0";
    case element_type::NULL_VALUE:
      return std::nullopt;
    case element_type::ARRAY:
    case element_type::OBJECT:
      break;
  }
  return json_of(element);
}

std::optional<dom::element> find_element(const dom::element& element, std::string_view path);

// `path` begins with a place: [3].c
std::optional<dom::element> find_place(const dom::element& element, std::string_view path) {
  const std::size_t end = path.find(']');
  const auto place =
      end == std::string_view::npos ? std::nullopt : parse_int64(path.substr(1, end - 1));
  if (!place || *place < 0 || element.type() != element_type::ARRAY) {
    return std::nullopt;
  }
  dom::element item;
  if (items_of(element).at(static_cast<std::size_t>(*place)).get(item) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return find_element(item, path.substr(end + 1));
}

std::optional<dom::element> find_element(const dom::element& element, std::string_view path) {
  if (path.empty()) {
    return element;
  }
  if (path[0] == '[') {
    return find_place(element, path);
  }
  if (path[0] == '.') {
    path.remove_prefix(1);
  }
  if (element.type() != element_type::OBJECT) {
    return std::nullopt;
  }
  const dom::object members = members_of(element);
  // The whole as one name first, then ever shorter ones.
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0;
       end = path.find_last_of(".[", end - 1)) {
    dom::element member;
    if (members.at_key(path.substr(0, end)).get(member) == simdjson::SUCCESS) {
      if (auto found = find_element(member, path.substr(end))) {
        return found;
      }
    }
  }
  return std::nullopt;
}

void append_names(const dom::element& element, const std::string& name, std::size_t limit,
                  std::vector<std::string>& names) {
  if (names.size() >= limit) {
    return;
  }
  if (element.type() == element_type::OBJECT) {
    for (const auto [key, member] : members_of(element)) {
      append_names(member, name.empty() ? std::string(key) : fmt::format("{}.{}", name, key), limit,
                   names);
    }
  } else if (element.type() == element_type::ARRAY) {
    std::size_t place = 0;
    for (const dom::element item : items_of(element)) {
      append_names(item, fmt::format("{}[{}]", name, place++), limit, names);
    }
  } else if (!name.empty()) {
    names.push_back(name);
  }
}

}  // namespace

struct JsonReader::Impl {
  dom::parser parser;

  std::optional<dom::element> read(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
      return std::nullopt;
    }
    // The parser sizes its memory by the text; the depth is set along with it.
    if (parser.capacity() < text.size() || parser.max_depth() != kMaxJsonDepth) {
      if (parser.allocate(std::max<std::size_t>(text.size(), 4096), kMaxJsonDepth) !=
          simdjson::SUCCESS) {
        return std::nullopt;
      }
    }
    dom::element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    return root;
  }
};

JsonReader::JsonReader() : impl_(std::make_unique<Impl>()) {}
JsonReader::~JsonReader() = default;

std::optional<std::string> JsonReader::find(std::string_view text, std::string_view path) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || (text[begin] != '{' && text[begin] != '[')) {
    return std::nullopt;
  }
  const auto root = impl_->read(text);
  const auto element = root ? find_element(*root, path) : std::nullopt;
  return element ? shown_text(*element) : std::nullopt;
}

void JsonReader::read_elements(std::string_view text, std::vector<column::Value>& elements) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '[') {
    elements.push_back(column::Value::of_string(std::string(text)));
    return;
  }
  const auto root = impl_->read(text);
  if (!root) {
    elements.push_back(column::Value::of_string(std::string(text)));
    return;
  }
  for (const dom::element item : items_of(*root)) {
    auto shown = shown_text(item);
    elements.push_back(shown ? column::Value::of_string(std::move(*shown)) : column::Value::null());
  }
}

std::optional<std::string> JsonReader::normalise(std::string_view text) {
  const auto root = impl_->read(text);
  return root ? std::optional(json_of(*root)) : std::nullopt;
}

void JsonReader::read_names(std::string_view text, std::size_t limit,
                            std::vector<std::string>& names) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') {
    return;
  }
  if (const auto root = impl_->read(text)) {
    append_names(*root, "", limit, names);
  }
}

}  // namespace weir::query
