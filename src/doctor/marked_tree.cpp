#include "doctor/marked_tree.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>

namespace weir::doctor {
namespace {

constexpr std::size_t kMaxLevels = 64;
constexpr std::size_t kMaxYamlNodes = 200'000;

// libyaml's parser as a stream of events, each freed when the next one comes.
class Events {
 public:
  explicit Events(std::string_view text) {
    is_open_ = yaml_parser_initialize(&parser_) != 0;
    if (is_open_) {
      yaml_parser_set_input_string(
          &parser_, reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data()),
          text.size());
    }
  }
  ~Events() {
    release();
    if (is_open_) {
      yaml_parser_delete(&parser_);
    }
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  [[nodiscard]] Result<void> next() {
    release();
    if (!is_open_ || yaml_parser_parse(&parser_, &event_) == 0) {
      return fail(ErrorCode::kInput,
                  fmt::format("line {}: {}", parser_.problem_mark.line + 1,
                              parser_.problem == nullptr ? "no YAML" : parser_.problem));
    }
    has_event_ = true;
    return {};
  }
  [[nodiscard]] const yaml_event_t& event() const { return event_; }
  [[nodiscard]] std::size_t line() const { return event_.start_mark.line + 1; }

 private:
  void release() {
    if (has_event_) {
      yaml_event_delete(&event_);
      has_event_ = false;
    }
  }
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool is_open_ = false;
  bool has_event_ = false;
};

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : events_(text) {}

  Result<MarkedTree> read_document() {
    do {
      WEIR_RETURN_IF_ERROR(events_.next());
      if (events_.event().type == YAML_STREAM_END_EVENT) {
        return fail(ErrorCode::kInput, "there is no document");
      }
    } while (events_.event().type == YAML_STREAM_START_EVENT ||
             events_.event().type == YAML_DOCUMENT_START_EVENT);
    MarkedTree tree;
    WEIR_RETURN_IF_ERROR(read_node(tree, 0));
    return tree;
  }

 private:
  // Of the event at hand.
  Result<void> read_node(MarkedTree& tree, std::size_t depth) {
    if (depth > kMaxLevels || ++num_nodes_ > kMaxYamlNodes) {
      return fail(ErrorCode::kLimit, fmt::format("line {}: deeper than {} levels, or more than {} "
                                                 "values",
                                                 events_.line(), kMaxLevels, kMaxYamlNodes));
    }
    const yaml_event_t& event = events_.event();
    tree.line = events_.line();
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        tree.tag = text_of(event.data.scalar.tag);
        tree.text.assign(reinterpret_cast<const char*>(event.data.scalar.value),
                         event.data.scalar.length);
        tree.is_quoted = event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return {};
      case YAML_SEQUENCE_START_EVENT:
        tree.kind = MarkedTree::Kind::kList;
        tree.tag = text_of(event.data.sequence_start.tag);
        return read_items(tree, depth);
      case YAML_MAPPING_START_EVENT:
        tree.kind = MarkedTree::Kind::kMap;
        tree.tag = text_of(event.data.mapping_start.tag);
        return read_members(tree, depth);
      default:
        return fail(ErrorCode::kInput,
                    fmt::format("line {}: an alias, which templates cannot have", events_.line()));
    }
  }

  Result<void> read_items(MarkedTree& tree, std::size_t depth) {
    while (true) {
      WEIR_RETURN_IF_ERROR(events_.next());
      if (events_.event().type == YAML_SEQUENCE_END_EVENT) {
        return {};
      }
      WEIR_RETURN_IF_ERROR(read_node(tree.items.emplace_back(), depth + 1));
    }
  }

  Result<void> read_members(MarkedTree& tree, std::size_t depth) {
    while (true) {
      WEIR_RETURN_IF_ERROR(events_.next());
      if (events_.event().type == YAML_MAPPING_END_EVENT) {
        return {};
      }
      MarkedTree key;
      WEIR_RETURN_IF_ERROR(read_node(key, depth + 1));
      WEIR_RETURN_IF_ERROR(events_.next());
      MarkedTree::Member& member = tree.members.emplace_back();
      member.name = std::move(key.text);
      WEIR_RETURN_IF_ERROR(read_node(member.value, depth + 1));
    }
  }

  Events events_;
  std::size_t num_nodes_ = 0;
};

}  // namespace

const MarkedTree* MarkedTree::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& member) { return member.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

const MarkedTree* MarkedTree::find_path(std::initializer_list<std::string_view> names) const {
  const MarkedTree* tree = this;
  for (const std::string_view name : names) {
    tree = tree == nullptr ? nullptr : tree->find(name);
  }
  return tree;
}

Result<MarkedTree> read_yaml(std::string_view text) {
  Reader reader(text);
  return reader.read_document();
}

}  // namespace weir::doctor
