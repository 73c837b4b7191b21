#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "logs/filter_condition.h"

namespace weir::logs {

// Which events a filter wants, in CloudWatch Logs' filter syntax (AWS, FilterAndPatternSyntax,
// 2026). Case matters, as it does there.
// - Words: words, "quoted phrases" and %regular expressions% that must all be there, -word that
//   must not, ?word of which one must; without any all events.
// - JSON: { $.a.b[0] = "x*" && ($.n >= 3 || $.flag IS TRUE) }. Events that are no JSON object or
//   list match none.
// - Columns: [ip, user, ..., status = 4*, bytes > 1000]. An event is cut at spaces, but not within
//   "quotes" and [brackets], and has as many columns as the pattern, or with ... at least as many.
// Hardened against untrusted input.
class FilterPattern {
 public:
  static constexpr std::size_t kMaxBytes = 1024;

  [[nodiscard]] static Result<FilterPattern> parse(std::string_view text);
  [[nodiscard]] bool matches(std::string_view message) const;
  // What `selector` ($.latency, $bytes) means in an event that matches; nullopt where it has none.
  [[nodiscard]] std::optional<std::string> value_of(std::string_view selector,
                                                    std::string_view message) const;

  // The fields that the pattern names, in an event that matches, as TestMetricFilter shows them:
  // {"$.a", "1"}, {"$ip", "10.0.0.1"}; of words nothing.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> extracted(
      std::string_view message) const;

 private:
  struct Term {
    std::string text;
    std::shared_ptr<const re2::RE2> regex;  // else the text
    [[nodiscard]] bool is_in(std::string_view message) const;
  };
  struct FilterColumn {
    std::string name;
    bool is_ellipsis = false;
    FilterCondition condition;
  };
  enum class Form { kWords, kJson, kColumns };

  [[nodiscard]] Result<void> parse_words(std::string_view text);
  [[nodiscard]] Result<void> parse_columns(std::string_view text);
  // The fields that the columns are, without the ellipsis; empty where the message does not fit.
  [[nodiscard]] std::vector<std::string_view> fields_of(std::string_view message) const;

  Form form_ = Form::kWords;
  std::vector<Term> all_;
  std::vector<Term> none_;
  std::vector<Term> any_;
  FilterCondition condition_;
  std::vector<FilterColumn> columns_;
};

}  // namespace weir::logs
