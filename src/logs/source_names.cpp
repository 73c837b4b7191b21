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
