#include "cli/metric_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"

namespace weir::cli {
namespace {

// A text whose quotes are taken away; which of its characters stood in them is kept.
struct Unquoted {
  std::string text;
  std::string marks;                // a structural character where it was not quoted, else a blank
  std::vector<std::size_t> places;  // of each character in what was written
};

tl::unexpected<Error> wrong(std::string_view text, std::size_t place, std::string_view what) {
  return fail(ErrorCode::kUsage,
              fmt::format("'{}': at character {}: {}; a metric is written NAMESPACE/METRIC"
                          "{{NAME=VALUE,...}}:STATISTIC, names with / {{ }} , = : in double quotes",
                          text, place + 1, what));
}

Result<Unquoted> unquote(std::string_view text) {
  constexpr std::string_view kStructure = "/{},=:";
  Unquoted result;
  std::optional<std::size_t> opened;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      opened = opened ? std::nullopt : std::optional(i);
      continue;
    }
    const bool is_escape = opened && text[i] == '\\' && i + 1 < text.size();
    i += is_escape ? 1 : 0;
    const bool is_structure = !opened && kStructure.find(text[i]) != std::string_view::npos;
    result.text += text[i];
    result.marks += is_structure ? text[i] : ' ';
    result.places.push_back(i);
  }
  if (opened) {
    return wrong(text, *opened, "this quote is not closed");
  }
  result.places.push_back(text.size());
  return result;
}

Result<std::vector<DimensionText>> read_dimensions(std::string_view written, const Unquoted& text,
                                                   std::size_t begin, std::size_t end) {
  std::vector<DimensionText> dimensions;
  while (begin < end) {
    const std::size_t comma = std::min(text.marks.find(',', begin), end);
    const std::size_t equals = text.marks.find('=', begin);
    if (equals >= comma || equals == begin) {
      return wrong(written, text.places[begin], "a dimension is NAME=VALUE");
    }
    dimensions.emplace_back(text.text.substr(begin, equals - begin),
                            text.text.substr(equals + 1, comma - equals - 1));
    begin = comma + 1;
  }
  return dimensions;
}

}  // namespace

Result<MetricText> parse_metric_text(std::string_view written) {
  WEIR_ASSIGN_OR_RETURN(const Unquoted text, unquote(written));
  const std::size_t size = text.text.size();
  const std::size_t brace = std::min(text.marks.find('{'), size);
  const std::size_t head_end = brace < size ? brace : std::min(text.marks.find(':'), size);
  MetricText metric;
  std::size_t end = head_end;
  if (brace < size) {
    const std::size_t closing = text.marks.find('}', brace);
    if (closing == std::string::npos) {
      return wrong(written, text.places[brace], "this { is not closed");
    }
    WEIR_ASSIGN_OR_RETURN(metric.dimensions, read_dimensions(written, text, brace + 1, closing));
    end = closing + 1;
  }
  const std::size_t slash = text.marks.rfind('/', head_end == 0 ? 0 : head_end - 1);
  if (slash == std::string::npos || slash == 0 || slash + 1 >= head_end) {
    return wrong(written, 0, "a slash parts the namespace from the metric's name");
  }
  metric.name_space = text.text.substr(0, slash);
  metric.metric = text.text.substr(slash + 1, head_end - slash - 1);
  if (end < size) {
    if (text.marks[end] != ':' || end + 1 == size) {
      return wrong(written, text.places[end], "behind the metric stands :STATISTIC, or nothing");
    }
    metric.statistic = text.text.substr(end + 1);
  }
  return metric;
}

Result<DimensionText> parse_dimension_text(std::string_view written) {
  std::string name;
  std::size_t i = 0;
  if (written.starts_with('"')) {
    for (i = 1; i < written.size() && written[i] != '"'; ++i) {
      i += written[i] == '\\' && i + 1 < written.size() ? 1 : 0;
      name += written[i];
    }
    i = std::min(i + 1, written.size());
  } else {
    i = std::min(written.find('='), written.size());
    name = written.substr(0, i);
  }
  if (name.empty() || i == written.size() || written[i] != '=') {
    return fail(ErrorCode::kUsage, fmt::format("--dimension takes NAME=VALUE, not '{}'", written));
  }
  return DimensionText(std::move(name), written.substr(i + 1));
}

Result<NamedText> parse_named_text(std::string_view written) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  NamedText named;
  named.rest = written;
  std::size_t end = 0;
  while (end < written.size() && is_letter(written[end])) {
    ++end;
  }
  if (end == 0 || written[0] < 'a' || written[0] > 'z') {
    return named;
  }
  std::size_t equals = end;
  if (end < written.size() && written[end] == '@') {
    equals = std::min(written.find('=', end), written.size());
    named.period_s = parse_int64(written.substr(end + 1, equals - end - 1));
    if (!named.period_s || *named.period_s < 1) {
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}': behind @ stand the seconds of a period, and =", written));
    }
  }
  // m1 == m2 compares.
  if (equals + 1 >= written.size() || written[equals] != '=' || written[equals + 1] == '=') {
    return named.period_s ? wrong(written, equals, "nothing is named") : Result<NamedText>(named);
  }
  named.id = written.substr(0, end);
  named.rest = written.substr(equals + 1);
  return named;
}

}  // namespace weir::cli
