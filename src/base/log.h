#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weir {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
[[nodiscard]] constexpr std::string_view name_of(LogLevel level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

// One thing that a line tells beside its message, named as in `request_id`, `took_ms`.
struct LogField {
  using Value = std::variant<std::string, std::int64_t, double, bool>;

  std::string_view name;  // a literal
  Value value;

  LogField(std::string_view the_name, std::string text) : name(the_name), value(std::move(text)) {}
  LogField(std::string_view the_name, std::string_view text)
      : name(the_name), value(std::string(text)) {}
  LogField(std::string_view the_name, const char* text)
      : name(the_name), value(std::string(text)) {}
  LogField(std::string_view the_name, std::integral auto number)
      : name(the_name), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view the_name, bool is_so) : name(the_name), value(is_so) {}
  LogField(std::string_view the_name, double number) : name(the_name), value(number) {}
};

// What a server says of itself while it runs. Thread-safe; never waits for who reads it.
class Log {
 public:
  virtual ~Log() = default;
  // Whether lines of that level are wanted: asked before a line is made that costs something.
  [[nodiscard]] virtual bool takes(LogLevel level) const = 0;
  // Lines of one level, one message and the same first field count as repeats of one another.
  // Secrets are masked by who writes the line, not by who calls.
  virtual void write(LogLevel level, std::string_view message,
                     std::vector<LogField> fields = {}) = 0;
};

// For commands that run once, and for tests.
class SilentLog final : public Log {
 public:
  [[nodiscard]] bool takes(LogLevel /*level*/) const override { return false; }
  void write(LogLevel /*level*/, std::string_view /*message*/,
             std::vector<LogField> /*fields*/) override {}
};

}  // namespace weir
