#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::doctor {

struct ShellWord {
  std::string text;      // quotes removed, variables that were set before replaced
  bool is_known = true;  // false: what it is shows only when it runs
  std::size_t line = 0;  // from 1
};

// A simple command: the words between separators.
struct ShellCommand {
  std::vector<ShellWord> words;
};

// Takes a script's text apart as a POSIX shell does, as far as that goes without running it:
// quotes, backslashes, comments, separators, here-documents (passed over), variables with a literal
// value. Hardened against untrusted input.
[[nodiscard]] std::vector<ShellCommand> read_shell(std::string_view text);

}  // namespace weir::doctor
