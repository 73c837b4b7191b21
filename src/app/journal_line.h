#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace weir::app {

enum class LineForm : std::uint8_t {
  kJson,    // one object: time, level, message, then the fields
  kPretty,  // for a person: time of day, level, message, name=value
  kColored  // the same with ANSI colours
};

struct JournalLine {
  TimeMs time_ms = 0;
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::vector<LogField> fields;
};

// The line with its newline, in UTC. Secrets are masked, and nothing in it steers a terminal.
[[nodiscard]] std::string write_line(const JournalLine& line, LineForm form);

// The text with "***" in place of what follows X-Amz-Signature=, password=, "Bearer " and their
// kin, and in place of the user's part of a URL.
[[nodiscard]] std::string mask_secrets(std::string_view text);
// Whether a field of that name holds a secret whatever its text: "secret_key", "session_token".
[[nodiscard]] bool names_secret(std::string_view field);

}  // namespace weir::app
