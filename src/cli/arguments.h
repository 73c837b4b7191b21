#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::cli {

// An option of a verb: one row of the table from which parsing, help and completion are made.
struct Option {
  std::string_view name;   // "since": given as --since
  char letter = 0;         // 'n' for -n; 0 = none
  std::string_view value;  // "TIME"; empty = a switch
  std::string_view help;
  std::string_view choices = {};  // "csv|json": the values there are, for checking and completion
  bool is_repeatable = false;
};

class Environment;
struct Verb;

// What the user gave to a verb.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  [[nodiscard]] std::string_view value(std::string_view option,
                                       std::string_view otherwise = {}) const;
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }
  // A whole number of at least `least`; the error names the option.
  [[nodiscard]] Result<std::int64_t> number(std::string_view option, std::int64_t otherwise,
                                            std::int64_t least = 1) const;

  void add(std::string_view option, std::string value) {
    values_[std::string(option)].push_back(std::move(value));
  }
  void add_positional(std::string text) { positionals_.push_back(std::move(text)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positionals_;
};

// A command of the binary.
struct Verb {
  std::string_view name;
  std::string_view summary;   // one line
  std::string_view usage;     // "PATH..."
  std::string_view examples;  // lines, shown first
  std::span<const Option> options;
  bool takes_flow_options;  // the shared options of verbs that read flow logs
  int (*run)(const Arguments& arguments, Environment& environment);
};

[[nodiscard]] std::span<const Verb> all_verbs();
[[nodiscard]] const Verb* find_verb(std::string_view name);
// Options that every verb that reads flow logs takes beside its own.
[[nodiscard]] std::span<const Option> flow_options();
// All options of a verb, --help included.
[[nodiscard]] std::vector<Option> options_of(const Verb& verb);

// Reads a verb's words. Options may stand before or after positionals; `--` ends them. Errors name
// the nearest option.
[[nodiscard]] Result<Arguments> parse_arguments(const Verb& verb,
                                                std::span<const std::string> words);

[[nodiscard]] std::string help_text(const Verb& verb);
[[nodiscard]] std::string overview_text();

}  // namespace weir::cli
