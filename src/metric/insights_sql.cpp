#include "metric/insights_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.h"

namespace weir::metric {
namespace {

using Function = InsightsQuery::Function;

constexpr std::array<std::string_view, 5> kInsightsFunctions = {"AVG", "COUNT", "MAX", "MIN",
                                                                "SUM"};
constexpr std::size_t kMaxQueryBytes = 2048;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

bool is_word_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ':';
}

class InsightsParser {
 public:
  explicit InsightsParser(std::string_view text) : text_(text) {}

  Result<InsightsQuery> parse() {
    if (text_.size() > kMaxQueryBytes) {
      return error(fmt::format("a query may have {} characters", kMaxQueryBytes));
    }
    if (!take_word("SELECT")) {
      return error("expected SELECT");
    }
    WEIR_ASSIGN_OR_RETURN(query_.function, parse_function());
    WEIR_RETURN_IF_ERROR(expect('('));
    WEIR_ASSIGN_OR_RETURN(query_.metric_name, parse_name("a metric's name"));
    WEIR_RETURN_IF_ERROR(expect(')'));
    if (!take_word("FROM")) {
      return error("expected FROM");
    }
    WEIR_RETURN_IF_ERROR(parse_source());
    if (take_word("WHERE")) {
      do {
        WEIR_RETURN_IF_ERROR(parse_condition());
      } while (take_word("AND"));
    }
    if (take_word("GROUP")) {
      if (!take_word("BY")) {
        return error("expected BY");
      }
      do {
        WEIR_ASSIGN_OR_RETURN(std::string name, parse_name("a dimension"));
        query_.group_by.push_back(std::move(name));
      } while (take(','));
    }
    if (take_word("ORDER")) {
      WEIR_RETURN_IF_ERROR(parse_order());
    }
    if (take_word("LIMIT")) {
      WEIR_RETURN_IF_ERROR(parse_limit());
    }
    skip_space();
    if (at_ < text_.size()) {
      return error("expected WHERE, GROUP BY, ORDER BY, LIMIT or the end");
    }
    return std::move(query_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::string_view what) const {
    return fail(ErrorCode::kInput, fmt::format("at character {}: {}", at_ + 1, what),
                TextSpan{std::min(at_, text_.size()), std::min(at_ + 1, text_.size())});
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  Result<void> expect(char c) {
    return take(c) ? Result<void>() : error(fmt::format("expected {}", c));
  }
  std::string_view peek() {
    skip_space();
    std::size_t end = at_;
    while (end < text_.size() && is_word_letter(text_[end])) {
      ++end;
    }
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (upper(peek()) != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }
  Result<Function> parse_function() {
    const std::string word = upper(peek());
    const auto* const found = std::find(kInsightsFunctions.begin(), kInsightsFunctions.end(), word);
    if (found == kInsightsFunctions.end()) {
      return error("expected AVG, COUNT, MAX, MIN or SUM");
    }
    at_ += word.size();
    return static_cast<Function>(found - kInsightsFunctions.begin());
  }
  Result<std::string> parse_quoted(char quote) {
    const std::size_t begin = at_++;
    std::string out;
    while (at_ < text_.size()) {
      if (text_[at_] == quote) {
        ++at_;
        if (at_ < text_.size() && text_[at_] == quote) {  // a doubled quote is one
          out += quote;
          ++at_;
          continue;
        }
        return out;
      }
      out += text_[at_++];
    }
    at_ = begin;
    return error("the quote is not closed");
  }
  Result<std::string> parse_name(std::string_view what) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') {
      return parse_quoted('"');
    }
    const std::string_view word = peek();
    if (word.empty()) {
      return error(fmt::format("expected {}; in double quotes where it is not one word", what));
    }
    at_ += word.size();
    return std::string(word);
  }
  Result<void> parse_source() {
    if (upper(peek()) != "SCHEMA") {
      WEIR_ASSIGN_OR_RETURN(query_.name_space, parse_name("a namespace or SCHEMA"));
      return {};
    }
    at_ += 6;
    query_.has_schema = true;
    WEIR_RETURN_IF_ERROR(expect('('));
    WEIR_ASSIGN_OR_RETURN(query_.name_space, parse_name("a namespace"));
    while (take(',')) {
      WEIR_ASSIGN_OR_RETURN(std::string name, parse_name("a dimension"));
      query_.dimensions.push_back(std::move(name));
    }
    std::sort(query_.dimensions.begin(), query_.dimensions.end());
    return expect(')');
  }
  Result<void> parse_condition() {
    InsightsQuery::Condition condition;
    WEIR_ASSIGN_OR_RETURN(condition.dimension, parse_name("a dimension"));
    if (take('!')) {
      condition.is_negated = true;
    }
    WEIR_RETURN_IF_ERROR(expect('='));
    skip_space();
    if (at_ == text_.size() || text_[at_] != '\'') {
      return error("expected a value in single quotes");
    }
    WEIR_ASSIGN_OR_RETURN(condition.value, parse_quoted('\''));
    query_.conditions.push_back(std::move(condition));
    return {};
  }
  Result<void> parse_order() {
    if (!take_word("BY")) {
      return error("expected BY");
    }
    WEIR_ASSIGN_OR_RETURN(query_.order_by, parse_function());
    WEIR_RETURN_IF_ERROR(expect('('));
    WEIR_RETURN_IF_ERROR(expect(')'));
    query_.is_descending = take_word("DESC");
    if (!query_.is_descending) {
      take_word("ASC");
    }
    return {};
  }
  Result<void> parse_limit() {
    const auto number = parse_int64(peek());
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(InsightsQuery::kMaxLimit)) {
      return error(fmt::format("expected a number from 1 to {}", InsightsQuery::kMaxLimit));
    }
    at_ += peek().size();
    query_.limit = static_cast<std::size_t>(*number);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  InsightsQuery query_;
};

std::optional<std::string_view> value_of(const ListedMetric& metric, std::string_view dimension) {
  for (const DimensionView& view : metric.dimensions) {
    if (view.name == dimension) {
      return view.value;
    }
  }
  return std::nullopt;
}

}  // namespace

bool InsightsQuery::matches(const ListedMetric& metric) const {
  if (metric.name_space != name_space || metric.name != metric_name) {
    return false;
  }
  if (has_schema) {
    if (metric.dimensions.size() != dimensions.size()) {
      return false;
    }
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      if (metric.dimensions[i].name != dimensions[i]) {
        return false;
      }
    }
  }
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    const auto value = value_of(metric, condition.dimension);
    return value && (*value == condition.value) != condition.is_negated;
  });
}

std::string InsightsQuery::group_of(const ListedMetric& metric) const {
  std::string group;
  for (const std::string& dimension : group_by) {
    group += group.empty() ? "" : " ";
    group += value_of(metric, dimension).value_or("Other");
  }
  return group;
}

bool is_insights_query(std::string_view expression) {
  const std::size_t begin = expression.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && upper(expression.substr(begin, 6)) == "SELECT" &&
         (expression.size() == begin + 6 || !is_word_letter(expression[begin + 6]));
}

Result<InsightsQuery> parse_insights_query(std::string_view text) {
  return InsightsParser(text).parse();
}

std::optional<double> compute(InsightsQuery::Function function, const Aggregate& aggregate) {
  if (!aggregate.has_data()) {
    return std::nullopt;
  }
  switch (function) {
    case Function::kAvg:
      return aggregate.count > 0 ? std::optional(aggregate.sum / aggregate.count) : std::nullopt;
    case Function::kCount:
      return aggregate.count;
    case Function::kMax:
      return aggregate.maximum;
    case Function::kMin:
      return aggregate.minimum;
    case Function::kSum:
      return aggregate.sum;
  }
  return std::nullopt;
}

}  // namespace weir::metric
