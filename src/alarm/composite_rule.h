#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alarm/definition.h"
#include "base/result.h"

namespace weir::alarm {

// An AlarmRule, parsed (facts: section 8; PutCompositeAlarm's reference, 2024):
// ALARM("name or ARN"), OK(..), INSUFFICIENT_DATA(..), TRUE, FALSE, AND, OR, NOT, parentheses,
// AT_LEAST(n or n%, STATE, (a, b, ..)). Quotes are optional around names without spaces, commas and
// parentheses; words are read in any case. NOT binds before AND, AND before OR.
class CompositeRule {
 public:
  static constexpr std::size_t kMaxElements = 500;
  static constexpr std::size_t kMaxChildren = 100;

  // An error's span points into `text`. Hardened against untrusted input.
  [[nodiscard]] static Result<CompositeRule> parse(std::string_view text);

  // Names (out of ARNs too), each once, in the order in which they are first named.
  [[nodiscard]] const std::vector<std::string>& children() const { return children_; }
  // Whether the rule is true. `state` tells a child's; one that does not exist counts as
  // INSUFFICIENT_DATA.
  [[nodiscard]] bool evaluate(const std::function<StateValue(const std::string&)>& state) const;

 private:
  enum class Kind : std::uint8_t { kTrue, kFalse, kIsInState, kNot, kAnd, kOr, kAtLeast };
  struct Node {
    Kind kind = Kind::kFalse;
    StateValue value = StateValue::kAlarm;
    std::vector<std::size_t> parts;  // nodes; children for kIsInState and kAtLeast
    double least = 0;                // of kAtLeast
    bool is_percent = false;
    bool is_negated = false;  // NOT before the state of an AT_LEAST
  };
  class Parser;

  [[nodiscard]] bool evaluate(std::size_t node,
                              const std::function<StateValue(const std::string&)>& state) const;

  std::vector<Node> nodes_;  // parts come before who has them; the last is the whole
  std::vector<std::string> children_;
};

}  // namespace weir::alarm
