#include "logs/filter_pattern.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::logs {

Result<FilterPattern> FilterPattern::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return fail(ErrorCode::kInput,
                fmt::format("a filter pattern has at most {} characters", kMaxBytes));
  }
  const std::size_t begin = std::min(text.find_first_not_of(" \t\n"), text.size());
  if (begin < text.size() && (text[begin] == '{' || text[begin] == '[' || text[begin] == '%')) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("patterns that begin with '{}' are not implemented by this server; words, "
                    "\"phrases\", -word and ?word are",
                    text[begin]));
  }
  FilterPattern pattern;
  for (std::size_t at = begin; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n') {
      ++at;
      continue;
    }
    std::vector<std::string>* target = &pattern.all_;
    if (text[at] == '-' || text[at] == '?') {
      target = text[at] == '-' ? &pattern.none_ : &pattern.any_;
      ++at;
    }
    std::string term;
    if (at < text.size() && text[at] == '"') {
      const std::size_t end = text.find('"', at + 1);
      if (end == std::string_view::npos) {
        return fail(ErrorCode::kInput, "a phrase in the filter pattern has no closing quote");
      }
      term = text.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
      term = text.substr(at, end - at);
      at = end;
    }
    if (term.empty()) {
      return fail(ErrorCode::kInput, "the filter pattern has an empty term");
    }
    target->push_back(std::move(term));
  }
  return pattern;
}

bool FilterPattern::matches(std::string_view message) const {
  const auto is_in = [&](const std::string& term) {
    return message.find(term) != std::string_view::npos;
  };
  return std::all_of(all_.begin(), all_.end(), is_in) &&
         std::none_of(none_.begin(), none_.end(), is_in) &&
         (any_.empty() || std::any_of(any_.begin(), any_.end(), is_in));
}

}  // namespace weir::logs
