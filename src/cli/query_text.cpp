#include "cli/query_text.h"

#include <fmt/format.h>

#include <utility>

#include "query/query.h"

namespace weir::cli {

QueryText QueryText::written(std::string text) {
  QueryText query;
  query.parts_.push_back({{0, text.size()}, "", text});
  query.text_ = std::move(text);
  return query;
}

QueryText QueryText::made(std::string text) {
  QueryText query;
  query.text_ = std::move(text);
  return query;
}

void QueryText::add_option(std::string_view option, std::string_view sql, std::string_view shown) {
  parts_.push_back(
      {{text_.size(), text_.size() + sql.size()}, std::string(option), std::string(shown)});
  text_ += sql;
}

std::optional<std::string> QueryText::point_at(TextSpan span) const {
  for (const Part& part : parts_) {
    if (span.begin < part.span.begin || span.end > part.span.end) {
      continue;
    }
    if (part.option.empty()) {
      return query::point_at(text_, span);
    }
    const bool is_verbatim =
        std::string_view(text_).substr(part.span.begin, part.shown.size()) == part.shown;
    const TextSpan place = is_verbatim
                               ? TextSpan{span.begin - part.span.begin, span.end - part.span.begin}
                               : TextSpan{0, part.shown.size()};
    return fmt::format("in {}, {}", part.option, query::point_at(part.shown, place));
  }
  return std::nullopt;
}

}  // namespace weir::cli
