#include "flowlog/line_program.h"

#include <charconv>
#include <string>

#include "base/number.h"

namespace weir::flowlog {
namespace {

// Digits alone, up to 2^63 - 1.
Reject read_integer(std::string_view token, std::int64_t& value) {
  constexpr std::size_t kSafeDigits = 18;
  std::int64_t number = 0;
  bool is_digits = true;
  for (const char c : token.substr(0, kSafeDigits)) {
    const auto digit = static_cast<unsigned>(c - '0');
    is_digits &= digit <= 9;
    number = number * 10 + static_cast<std::int64_t>(digit & 15);
  }
  if (!is_digits || token.empty()) {
    return Reject::kBadNumber;
  }
  if (token.size() > kSafeDigits) {
    if (token.find_first_not_of("0123456789") != std::string_view::npos) {
      return Reject::kBadNumber;
    }
    const auto parsed = parse_int64(token);
    if (!parsed) {
      return Reject::kOverflow;
    }
    number = *parsed;
  }
  value = number;
  return Reject::kNone;
}

Reject read_epoch(std::string_view token, std::int64_t& ms) {
  std::int64_t value = 0;
  if (const Reject reject = read_integer(token, value); reject != Reject::kNone) {
    return reject == Reject::kBadNumber ? Reject::kBadTime : reject;
  }
  ms = epoch_to_ms(value);
  return ms <= kLastEpochMs ? Reject::kNone : Reject::kBadTime;
}

void append_canonical(FieldShape shape, std::string_view token, std::string& out) {
  std::int64_t value = 0;
  char text[64];
  if (is_absent(token)) {
    out += '-';
  } else if (shape == FieldShape::kAddress) {
    if (const auto address = parse_ip(token)) {
      out.append(text, format_ip(*address, text));
    }
  } else if (shape == FieldShape::kText) {
    out += token;
  } else {
    (void)read_integer(token, value);
    if (shape == FieldShape::kEpoch) {
      const std::int64_t ms = epoch_to_ms(value);
      value = ms % 1000 == 0 ? ms / 1000 : ms;
    }
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
}

// True where the token is just what a store would write for its value.
bool is_canonical(FieldShape shape, std::string_view token) {
  switch (shape) {
    case FieldShape::kText:
      return true;
    case FieldShape::kAddress: {
      if (token.find(':') == std::string_view::npos) {
        return true;
      }
      char text[kMaxIpText];
      const auto address = parse_ip(token);
      return address && std::string_view(text, format_ip(*address, text)) == token;
    }
    case FieldShape::kEpoch: {
      const bool is_ms = token.size() > 11;
      return token[0] != '0' && !(is_ms && token.ends_with("000"));
    }
    default:
      return token.size() == 1 || token[0] != '0';
  }
}

}  // namespace

void split_line(std::string_view line, Tokens& tokens) {
  tokens.count = 0;
  std::size_t i = 0;
  while (true) {
    while (i < line.size() && (line[i] == ' ' || line[i] == '\t')) {
      ++i;
    }
    if (i == line.size()) {
      return;
    }
    const std::size_t begin = i;
    while (i < line.size() && line[i] != ' ' && line[i] != '\t') {
      ++i;
    }
    tokens.begins[tokens.count] = static_cast<std::uint32_t>(begin);
    tokens.ends[tokens.count] = static_cast<std::uint32_t>(i);
    if (++tokens.count == kMaxColumns + 1) {
      return;
    }
  }
}

Reject read_tokens(const LineProgram& program, std::string_view line, const Tokens& tokens,
                   std::size_t row, column::Batch& batch, LineValues& values,
                   std::size_t& token_column) {
  using Check = TokenStep::Check;
  values.start_ms = LineValues::kAbsent;
  values.end_ms = LineValues::kAbsent;
  values.status = LineValues::Status::kOk;
  values.has_odd_protocol = false;
  values.num_nulls = 0;
  token_column = 0;
  if (tokens.count < program.steps.size()) {
    token_column = tokens.ends[tokens.count - 1] + std::size_t{1};
    return Reject::kTooFewTokens;
  }
  if (tokens.count > program.steps.size()) {
    token_column = tokens.begins[program.steps.size()] + std::size_t{1};
    return Reject::kTooManyTokens;
  }
  for (std::size_t i = 0; i < tokens.count; ++i) {
    const TokenStep& step = program.steps[i];
    const std::string_view token = line.substr(tokens.begins[i], tokens.ends[i] - tokens.begins[i]);
    if (is_absent(token)) {
      if (step.column >= 0) {
        values.null_columns[values.num_nulls++] = step.column;
      }
      continue;
    }
    column::Column* out =
        step.column >= 0 ? &batch.columns[static_cast<std::size_t>(step.column)] : nullptr;
    Reject reject = Reject::kNone;
    std::int64_t value = 0;
    switch (step.check) {
      case Check::kText:
        break;
      case Check::kStatus:
        values.status = status_of(token);
        break;
      case Check::kAddress: {
        const auto address = parse_ip(token);
        if (!address) {
          reject = Reject::kBadAddress;
        } else if (out != nullptr) {
          out->data<IpAddress>()[row] = *address;
        }
        break;
      }
      case Check::kInteger:
      case Check::kPort:
      case Check::kProtocol:
        reject = read_integer(token, value);
        if (reject == Reject::kNone && step.check == Check::kPort && value > 65'535) {
          reject = Reject::kOverflow;
        }
        values.has_odd_protocol |= step.check == Check::kProtocol && value > 255;
        break;
      case Check::kStart:
        reject = read_epoch(token, value);
        values.start_ms = value;
        break;
      case Check::kEnd:
        reject = read_epoch(token, value);
        values.end_ms = value;
        break;
      case Check::kEpoch:
        reject = read_epoch(token, value);
        break;
    }
    if (reject != Reject::kNone) {
      token_column = tokens.begins[i] + 1;
      return reject;
    }
    if (out == nullptr || step.check == Check::kAddress) {
      continue;
    }
    if (step.check == Check::kText || step.check == Check::kStatus) {
      out->data<std::string_view>()[row] = token;
    } else {
      out->data<std::int64_t>()[row] = value;
    }
  }
  return Reject::kNone;
}

void write_special_columns(const LineProgram& program, std::int64_t start_ms, std::string_view line,
                           std::size_t row, column::Batch& batch) {
  if (program.timestamp_column >= 0) {
    column::Column& out = batch.columns[static_cast<std::size_t>(program.timestamp_column)];
    if (start_ms == LineValues::kAbsent) {
      out.set_null(row);
    } else {
      out.data<std::int64_t>()[row] = start_ms;
    }
  }
  if (program.message_column < 0) {
    return;
  }
  column::Column& out = batch.columns[static_cast<std::size_t>(program.message_column)];
  Tokens tokens;
  split_line(line, tokens);
  bool is_raw = tokens.begins[0] == 0 && tokens.ends[tokens.count - 1] == line.size();
  for (std::size_t i = 0; i < tokens.count && is_raw; ++i) {
    const std::string_view token = line.substr(tokens.begins[i], tokens.ends[i] - tokens.begins[i]);
    const auto field = program.layout.columns[i].field;
    is_raw = (i == 0 ||
              (tokens.begins[i] == tokens.ends[i - 1] + 1 && line[tokens.ends[i - 1]] == ' ')) &&
             (is_absent(token) || !field || is_canonical(info(*field).shape, token));
  }
  if (is_raw) {
    out.data<std::string_view>()[row] = line;
    return;
  }
  std::string text;
  for (std::size_t i = 0; i < tokens.count; ++i) {
    text += i > 0 ? " " : "";
    const auto field = program.layout.columns[i].field;
    append_canonical(field ? info(*field).shape : FieldShape::kText,
                     line.substr(tokens.begins[i], tokens.ends[i] - tokens.begins[i]), text);
  }
  out.data<std::string_view>()[row] = out.arena().copy(text);
}

}  // namespace weir::flowlog
