#include "logs/source_names.h"

#include <algorithm>

#include "http/message.h"

namespace weir::logs {
namespace {

void skip_space(std::string_view& text) {
  while (!text.empty()) {
    if (text[0] == '#') {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else if (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n' ||
               text[0] == '|') {
      text.remove_prefix(1);
    } else {
      return;
    }
  }
}

bool take_word(std::string_view& text, std::string_view word) {
  if (text.size() < word.size() || !http::equals_ignoring_case(text.substr(0, word.size()), word)) {
    return false;
  }
  text.remove_prefix(word.size());
  return true;
}

// (namePrefix: ['a', "b"], class: 'STANDARD'), the bracket that opens it first. What is wrong with
// it becomes `problem`, and nothing of the text is left.
void read_log_groups(std::string_view& text, Sources& sources) {
  const auto skip = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  };
  const auto take = [&](char c) {
    skip();
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
  };
  const auto stop = [&](std::string problem) {
    sources.problem = std::move(problem);
    text = {};
  };
  if (!take('(')) {
    return stop("SOURCE logGroups stands with brackets: logGroups(namePrefix: ['a'])");
  }
  while (!take(')')) {
    skip();
    const bool is_prefix = take_word(text, "nameprefix");
    if (!is_prefix && !take_word(text, "class")) {
      return stop(
          "SOURCE logGroups takes namePrefix and class here, and no other choice of groups");
    }
    bool is_whole = take(':');
    const bool is_list = take('[');
    do {
      skip();
      const char quote = text.empty() ? '\0' : text[0];
      const std::size_t end =
          quote == '\'' || quote == '"' ? text.find(quote, 1) : std::string_view::npos;
      if (end == std::string_view::npos) {
        return stop("SOURCE logGroups takes names in quotes: logGroups(namePrefix: ['a', 'b'])");
      }
      if (is_prefix) {
        sources.prefixes.emplace_back(text.substr(1, end - 1));
      } else if (text.substr(1, end - 1) != "STANDARD") {
        return stop("all log groups here are of class STANDARD");
      }
      text.remove_prefix(end + 1);
    } while (is_list && take(','));
    is_whole = is_whole && (!is_list || take(']'));
    if (!is_whole || (!take(',') && !text.starts_with(')'))) {
      return stop("SOURCE logGroups is not written as logGroups(namePrefix: ['a', 'b'])");
    }
  }
}

}  // namespace

Sources read_sources(std::string_view query) {
  constexpr std::string_view kSource = "source";
  const std::string_view whole = query;
  Sources sources;
  while (true) {
    skip_space(query);
    sources.end = whole.size() - query.size();
    if (query.size() <= kSource.size() ||
        !http::equals_ignoring_case(query.substr(0, kSource.size()), kSource)) {
      return sources;
    }
    query.remove_prefix(kSource.size());
    skip_space(query);
    if (take_word(query, "loggroups")) {
      read_log_groups(query, sources);
      continue;
    }
    if (query.empty() || (query[0] != '\'' && query[0] != '"' && query[0] != '`')) {
      return sources;
    }
    const std::size_t end = query.find(query[0], 1);
    if (end == std::string_view::npos) {
      return sources;
    }
    sources.names.emplace_back(query.substr(1, end - 1));
    query.remove_prefix(end + 1);
  }
}

}  // namespace weir::logs
