#include "app/journal_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.h"
#include "base/time_text.h"
#include "format/json_writer.h"
#include "format/utf8.h"

namespace weir::app {
namespace {

constexpr std::string_view kMask = "***";

// What stands before a secret in texts that others wrote, in small letters.
constexpr std::array<std::string_view, 12> kBeforeSecrets = {
    "x-amz-signature=",  "x-amz-security-token=",
    "x-amz-credential=", "signature=",
    "password=",         "passwd=",
    "secret=",           "token=",
    "api_key=",          "apikey=",
    "bearer ",           "authorization: "};

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

bool ends_secret(char letter) {
  return std::string_view(" \t\r\n&,;\"'<>)}").find(letter) != std::string_view::npos;
}

// Behind "://": up to '@', where there is one before the path.
std::size_t user_part(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_of("@/?# \t\"'<>", begin);
  return end != std::string_view::npos && text[end] == '@' ? end : begin;
}

std::string value_text(const LogField& field) {
  if (names_secret(field.name)) {
    return std::string(kMask);
  }
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    return std::to_string(*number);
  }
  if (const auto* number = std::get_if<double>(&field.value)) {
    return format_double(*number);
  }
  if (const auto* is_so = std::get_if<bool>(&field.value)) {
    return *is_so ? "true" : "false";
  }
  return mask_secrets(std::get<std::string>(field.value));
}

// Bytes that steer a terminal as \xNN; in quotes where a word would not do.
std::string shown(std::string_view text, bool is_value) {
  std::string room;
  const std::string_view whole = format::valid_utf8(text, room);
  std::string out;
  bool needs_quotes = is_value && whole.empty();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto letter = static_cast<unsigned char>(whole[i]);
    // U+0080 to U+009F, in UTF-8 C2 80 to C2 9F, steer as well.
    const bool is_c1 =
        letter == 0xc2 && i + 1 < whole.size() && static_cast<unsigned char>(whole[i + 1]) < 0xa0;
    if (letter < 0x20 || letter == 0x7f) {
      out += fmt::format("\\x{:02x}", letter);
    } else if (is_c1) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(whole[++i]));
    } else {
      out += whole[i];
    }
    needs_quotes = needs_quotes || (is_value && (letter == ' ' || letter == '"'));
  }
  return needs_quotes ? "\"" + out + "\"" : out;
}

// With milliseconds even where there are none: lines of a width.
std::string time_text(TimeMs time_ms) {
  std::string text = to_time_text(time_ms, TimeStyle::kInsights) + "Z";
  text[text.find(' ')] = 'T';
  return text;
}

std::string json_line(const JournalLine& line) {
  std::string text;
  {
    format::JsonWriter json(text);
    json.begin_object();
    const auto add = [&](std::string_view name, std::string_view value) {
      json.key(name);
      json.string(value);
    };
    add("time", time_text(line.time_ms));
    add("level", name_of(line.level));
    add("message", mask_secrets(line.message));
    for (const LogField& field : line.fields) {
      json.key(field.name);
      if (names_secret(field.name) || std::holds_alternative<std::string>(field.value)) {
        json.string(value_text(field));
      } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        json.integer(*integer);
      } else if (const auto* number = std::get_if<double>(&field.value)) {
        json.number(*number);
      } else {
        json.boolean(std::get<bool>(field.value));
      }
    }
    json.end_object();
  }
  return text + "\n";
}

std::string pretty_line(const JournalLine& line, bool has_color) {
  constexpr std::array<std::string_view, 4> kColors = {"\x1b[2m", "\x1b[32m", "\x1b[33m",
                                                       "\x1b[31m"};
  constexpr std::size_t kTimeOfDay = 11;  // behind "2026-11-30T"
  const std::string_view color = kColors[static_cast<std::size_t>(line.level)];
  const auto painted = [&](std::string_view paint, std::string_view text) {
    return has_color ? fmt::format("{}{}\x1b[0m", paint, text) : std::string(text);
  };
  std::string text =
      fmt::format("{} {} {}", painted("\x1b[2m", time_text(line.time_ms).substr(kTimeOfDay)),
                  painted(color, fmt::format("{:<7}", name_of(line.level))),
                  shown(mask_secrets(line.message), false));
  for (const LogField& field : line.fields) {
    text +=
        "  " + painted("\x1b[2m", fmt::format("{}=", field.name)) + shown(value_text(field), true);
  }
  return text + "\n";
}

}  // namespace

bool names_secret(std::string_view field) {
  constexpr std::array<std::string_view, 5> kNames = {"secret", "password", "token",
                                                      "authorization", "cookie"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return field.find(name) != std::string_view::npos;
  });
}

std::string mask_secrets(std::string_view text) {
  const std::string lower = lowered(text);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = std::string_view(lower).substr(at);
    const auto* const before =
        std::find_if(kBeforeSecrets.begin(), kBeforeSecrets.end(),
                     [&](std::string_view name) { return rest.starts_with(name); });
    if (before != kBeforeSecrets.end()) {
      out += text.substr(at, before->size());
      at += before->size();
      if (before->ends_with(": ")) {  // a header: to the end of its line
        at = std::min(text.find_first_of("\r\n", at), text.size());
      } else {
        while (at < text.size() && !ends_secret(text[at])) {
          ++at;
        }
      }
      out += kMask;
    } else if (rest.starts_with("://")) {
      out += "://";
      at += 3;
      const std::size_t end = user_part(text, at);
      out += end == at ? std::string_view() : kMask;
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string write_line(const JournalLine& line, LineForm form) {
  return form == LineForm::kJson ? json_line(line) : pretty_line(line, form == LineForm::kColored);
}

}  // namespace weir::app
