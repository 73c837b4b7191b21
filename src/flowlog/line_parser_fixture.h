#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "column/coverage.h"
#include "flowlog/line_parser.h"

namespace weir::flowlog {

inline constexpr std::string_view kDefault =
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status";

inline constexpr std::string_view kVersion5 =
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
    "start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr "
    "pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service "
    "pkt-dst-aws-service flow-direction traffic-path";

inline std::string text_of(const column::Value& value) {
  switch (value.type) {
    case column::Type::kString:
      return value.text;
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kTime:
      return to_time_text(value.integer);
    default:
      return std::to_string(value.integer);
  }
}

// Everything that a parser says of some lines, as text.
struct Answer {
  std::vector<std::string> rows;
  std::string tally;
  std::vector<std::string> refused;
  std::size_t consumed = 0;
  bool met_header = false;
  std::size_t num_deferred = 0;  // values
};

inline Answer parse_all(LineParser& parser, std::string_view lines, bool is_last = true) {
  std::string text(lines);
  text.append(64, '#');
  const std::string_view bytes = std::string_view(text).substr(0, lines.size());
  Answer answer;
  column::Batch batch;
  ParseTally tally;
  column::Coverage coverage;
  while (answer.consumed < bytes.size()) {
    std::vector<LineParser::Refused> refused;
    refused.reserve(1000);
    const auto outcome =
        parser.parse(bytes.substr(answer.consumed), is_last, batch, tally, refused, &coverage);
    for (column::Column& column : batch.columns) {
      answer.num_deferred += column.is_deferred() ? batch.num_rows : 0;
      column.flatten();
    }
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      std::string cells;
      for (const auto& column : batch.columns) {
        cells += column.is_null(row) ? "null" : text_of(column.value_at(row));
        cells += '|';
      }
      answer.rows.push_back(cells);
    }
    for (const auto& line : refused) {
      answer.refused.push_back(
          std::to_string(line.offset + answer.consumed) + "+" + std::to_string(line.length) + " " +
          std::string(name_of(line.reason)) + " at " + std::to_string(line.token_column));
    }
    answer.consumed += outcome.consumed;
    answer.met_header = outcome.met_header;
    if (outcome.met_header || outcome.consumed == 0) {
      break;
    }
  }
  answer.tally = std::to_string(tally.ok) + " ok, " + std::to_string(tally.nodata) + " nodata, " +
                 std::to_string(tally.skipdata) + " skipdata, " +
                 std::to_string(tally.odd_protocol) + " odd, " +
                 std::to_string(tally.end_before_start) + " backwards, from " +
                 std::to_string(tally.first_start_ms) + " to " + std::to_string(tally.last_end_ms);
  for (const auto& gap : coverage.gaps(60'000)) {
    answer.tally += ", gap " + std::to_string(gap.from) + "-" + std::to_string(gap.to);
  }
  return answer;
}

inline LineParser::Options all_columns(const Layout& layout) {
  LineParser::Options options;
  for (const auto& column : layout.columns) {
    options.columns.push_back(column.name);
  }
  return options;
}

inline Layout layout_of(std::string_view header) {
  auto layout = parse_header(header);
  EXPECT_TRUE(layout.has_value()) << header;
  return layout ? *layout : Layout{};
}

// Makes lines, most of them good.
class RandomLines {
 public:
  explicit RandomLines(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string number(std::uint64_t bound) { return std::to_string(random_() % bound); }
  std::string token(const LayoutColumn& column) {
    static constexpr std::string_view kTexts[] = {"ACCEPT", "REJECT", "eni-1", "OK",
                                                  "a-long-name-of-something-or-other"};
    static constexpr std::string_view kStatuses[] = {"OK", "OK", "OK", "NODATA", "SKIPDATA"};
    if (one_in(12)) {
      return "-";
    }
    if (one_in(150)) {
      static constexpr std::string_view kWrong[] = {"x",
                                                    "1.2.3",
                                                    "1.2.3.4.5",
                                                    "256.1.1.1",
                                                    "01.2.3.4",
                                                    "1..2.3",
                                                    "65536",
                                                    "70000",
                                                    "00080",
                                                    "1e3",
                                                    "0x10",
                                                    "9999999999999",
                                                    "99999999999999999",
                                                    "18446744073709551616",
                                                    "::",
                                                    "fe80::1%0",
                                                    "\x01",
                                                    "\xc3\xa9",
                                                    "--",
                                                    "123456789012345678"};
      return std::string(kWrong[below(std::size(kWrong))]);
    }
    if (!column.field) {
      return std::string(kTexts[below(std::size(kTexts))]);
    }
    if (*column.field == FieldId::kLogStatus) {
      return std::string(kStatuses[below(std::size(kStatuses))]);
    }
    switch (info(*column.field).shape) {
      case FieldShape::kAddress:
        return one_in(10) ? "2001:db8::" + number(9999)
                          : number(256) + "." + number(256) + "." + number(256) + "." + number(256);
      case FieldShape::kPort:
        return number(65'536);
      case FieldShape::kEpoch:
        return std::to_string(1'767'225'600 + random_() % 7200) + (one_in(20) ? "123" : "");
      case FieldShape::kInteger:
        return *column.field == FieldId::kProtocol ? number(258)
                                                   : number(std::uint64_t{1} << below(63));
      case FieldShape::kText:
        break;
    }
    return std::string(kTexts[below(std::size(kTexts))]);
  }
  std::string line(const Layout& layout) {
    std::string text;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      text += i == 0 ? "" : (one_in(2000) ? "  " : " ");
      text += token(layout.columns[i]);
    }
    if (one_in(200)) {
      text.resize(below(text.size() + 1));
    }
    text += one_in(300) ? "\r\n" : (one_in(300) ? " \n" : "\n");
    return text;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace weir::flowlog
