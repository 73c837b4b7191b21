#include "api/shape.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

namespace weir::api {

class ShapeParser {
 public:
  ShapeParser(std::string_view text, ShapeTable& table) : text_(text), table_(table) {}

  Result<void> parse() {
    for (skip(); at_ < text_.size(); skip()) {
      const std::string word = take_word();
      if (word == "operation") {
        WEIR_RETURN_IF_ERROR(parse_operation());
      } else if (!word.empty()) {
        WEIR_RETURN_IF_ERROR(parse_structure(word));
      } else {
        return bad("a name is wanted");
      }
    }
    for (const auto& [name, shape] : table_.structures_) {
      if (!defined_.contains(name)) {
        return fail(ErrorCode::kInternal, fmt::format("shapes: {} is not defined", name));
      }
    }
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Error> bad(std::string_view what) const {
    return fail(ErrorCode::kInternal, fmt::format("shapes, line {}: {}", line_, what));
  }
  void skip() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') {
          ++at_;
        }
      }
      if (at_ == text_.size() || std::isspace(static_cast<unsigned char>(text_[at_])) == 0) {
        break;
      }
      line_ += text_[at_] == '\n' ? 1 : 0;
    }
  }
  bool take(char c) {
    skip();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  std::string take_word() {
    skip();
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' ||
            text_[at_] == '-' || text_[at_] == '.' || text_[at_] == '/' || text_[at_] == ':')) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  Shape* structure(const std::string& name) {
    Shape*& shape = table_.structures_[name];
    if (shape == nullptr) {
      shape = &table_.shapes_.emplace_back();
      shape->kind = Shape::Kind::kStructure;
      shape->name = name;
    }
    return shape;
  }

  Result<void> parse_operation() {
    const std::string name = take_word();
    OperationShape operation;
    if (!take('(')) {
      return bad("'(' is wanted");
    }
    operation.input = structure(take_word());
    if (!take(')')) {
      return bad("')' is wanted");
    }
    std::string word = take_word();
    if (word == "-" && take('>')) {
      operation.output = structure(take_word());
      word = take_word();
    }
    if (word == "read") {
      operation.scope = KeyScope::kRead;
    } else if (word == "ingest") {
      operation.scope = KeyScope::kIngest;
    } else if (word == "open") {
      operation.is_open = true;
    } else if (word != "admin") {
      return bad("read, ingest, admin or open is wanted");
    }
    table_.operations_[name] = operation;
    return {};
  }

  Result<void> parse_structure(const std::string& name) {
    Shape* shape = structure(name);
    defined_[name] = true;
    if (!take('{')) {
      return bad("'{' is wanted");
    }
    while (!take('}')) {
      Member member;
      member.name = take_word();
      if (member.name.empty()) {
        return bad("a member's name is wanted");
      }
      member.wire_name = take('@') ? take_word() : member.name;
      member.is_required = take('!');
      WEIR_ASSIGN_OR_RETURN(member.shape, parse_type());
      if (shape->members.size() == 64) {
        return bad("a structure has 64 members at most");
      }
      shape->required_members |= std::uint64_t{member.is_required} << shape->members.size();
      shape->members.push_back(std::move(member));
      take(',');
    }
    return {};
  }

  Result<const Shape*> parse_type() {
    const bool is_list = take('[');
    if (is_list || take('{')) {
      Shape* shape = &table_.shapes_.emplace_back();
      shape->kind = is_list ? Shape::Kind::kList : Shape::Kind::kMap;
      WEIR_ASSIGN_OR_RETURN(shape->item, parse_type());
      if (!take(is_list ? ']' : '}')) {
        return bad("a closing bracket is wanted");
      }
      WEIR_RETURN_IF_ERROR(parse_bounds(*shape));
      return shape;
    }
    const std::string word = take_word();
    const std::optional<Shape::Kind> kind = kind_of(word);
    if (!kind) {
      return structure(word);
    }
    Shape* shape = &table_.shapes_.emplace_back();
    shape->kind = *kind;
    WEIR_RETURN_IF_ERROR(parse_bounds(*shape));
    return shape;
  }

  static std::optional<Shape::Kind> kind_of(std::string_view word) {
    using Kind = Shape::Kind;
    return word == "text"      ? std::optional(Kind::kText)
           : word == "integer" ? std::optional(Kind::kInteger)
           : word == "double"  ? std::optional(Kind::kDouble)
           : word == "boolean" ? std::optional(Kind::kBoolean)
           : word == "time"    ? std::optional(Kind::kTime)
           : word == "bytes"   ? std::optional(Kind::kBytes)
                               : std::nullopt;
  }

  // (1..100), (..5), (A|B|C)
  Result<void> parse_bounds(Shape& shape) {
    if (!take('(')) {
      return {};
    }
    const std::size_t end = text_.find(')', at_);
    if (end == std::string_view::npos) {
      return bad("')' is wanted");
    }
    std::string inside(text_.substr(at_, end - at_));
    at_ = end + 1;
    if (const std::size_t dots = inside.find(".."); dots != std::string::npos) {
      if (dots > 0) {
        shape.least = std::strtoll(inside.c_str(), nullptr, 10);
      }
      if (dots + 2 < inside.size()) {
        shape.most = std::strtoll(inside.c_str() + dots + 2, nullptr, 10);
      }
      return {};
    }
    for (std::size_t begin = 0; begin <= inside.size();) {
      const std::size_t bar = std::min(inside.find('|', begin), inside.size());
      shape.choices.push_back(inside.substr(begin, bar - begin));
      begin = bar + 1;
    }
    return {};
  }

  std::string_view text_;
  ShapeTable& table_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::map<std::string, bool> defined_;
};

Result<ShapeTable> ShapeTable::parse(std::string_view text) {
  ShapeTable table;
  WEIR_RETURN_IF_ERROR(ShapeParser(text, table).parse());
  return table;
}

const OperationShape* ShapeTable::find(std::string_view operation) const {
  const auto found = operations_.find(operation);
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace weir::api
