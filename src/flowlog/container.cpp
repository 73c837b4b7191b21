#include "flowlog/container.h"

#include <algorithm>
#include <string>
#include <vector>

#include "flowlog/field.h"
#include "flowlog/meta_column.h"

namespace weir::flowlog {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// The keys at the top level of the first object of `text`, as far as the text goes; into arrays on
// the way to it. `is_flat`: none of their values is an object or an array. No more than a look:
// nothing is validated.
std::vector<std::string_view> first_object_keys(std::string_view text, bool& is_flat) {
  constexpr std::size_t kMaxKeys = 512;
  std::vector<std::string_view> keys;
  is_flat = true;
  std::size_t at = text.find_first_not_of(" \t\r\n[");
  if (at == std::string_view::npos || text[at] != '{') {
    return keys;
  }
  int depth = 0;
  bool is_key = false;
  for (; at < text.size() && keys.size() < kMaxKeys; ++at) {
    switch (text[at]) {
      case '{':
      case '[':
        ++depth;
        is_key = depth == 1;
        is_flat = is_flat && depth == 1;
        break;
      case '}':
      case ']':
        if (--depth == 0) {
          return keys;
        }
        break;
      case ',':
        is_key = depth == 1;
        break;
      case '"': {
        const std::size_t begin = ++at;
        while (at < text.size() && text[at] != '"') {
          at += text[at] == '\\' ? 2 : 1;
        }
        if (at >= text.size()) {
          return keys;
        }
        if (is_key && depth == 1) {
          keys.push_back(text.substr(begin, at - begin));
          is_key = false;
        }
        break;
      }
      default:
        break;
    }
  }
  return keys;
}

std::optional<Container> detect_json(std::string_view text) {
  bool is_flat = true;
  const auto keys = first_object_keys(text, is_flat);
  const auto has = [&](std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  if (has("messageType") || has("logEvents") || has("events")) {
    return Container::kCloudWatch;
  }
  if (has("awslogs")) {
    return Container::kLambdaLogs;
  }
  if (has("FlowLogs")) {
    return Container::kDescribeFlowLogs;
  }
  if (has("Records")) {
    return Container::kKinesis;
  }
  if (has("records")) {
    return Container::kFirehose;
  }
  if (has("message")) {
    return Container::kWrappedLines;
  }
  const bool is_row = is_flat && std::any_of(keys.begin(), keys.end(), [](std::string_view key) {
                        return find_field(key) || find_meta_column(key);
                      });
  const std::size_t first = text.find_first_not_of(" \t\r\n[");
  if (is_row) {
    return Container::kJsonRows;
  }
  // `[]` is what no rows look like.
  return first != std::string_view::npos && text[first] == ']' ? std::optional(Container::kEmpty)
                                                               : std::nullopt;
}

// A CSV header of Insights: names between commas, quoted or not, one of them a column of ours.
bool is_csv_header(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() > 16 * 1024) {
    return false;
  }
  if (line.find(',') == std::string_view::npos && !line.starts_with('"') &&
      !line.starts_with('@')) {
    return false;
  }
  std::size_t known = 0;
  std::size_t begin = 0;
  while (begin <= line.size()) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    std::string_view name = line.substr(begin, end - begin);
    begin = end + 1;
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    known += find_field(name) || find_meta_column(name) ? 1 : 0;
  }
  return known > 0;
}

}  // namespace

std::string_view name_of(Container container) {
  switch (container) {
    case Container::kText:
      return "text";
    case Container::kParquet:
      return "Parquet";
    case Container::kCloudWatch:
      return "CloudWatch Logs JSON";
    case Container::kFirehose:
      return "Firehose records";
    case Container::kKinesis:
      return "Kinesis records";
    case Container::kLambdaLogs:
      return "Lambda event of CloudWatch Logs";
    case Container::kWrappedLines:
      return "JSON-wrapped lines";
    case Container::kJsonRows:
      return "JSON rows";
    case Container::kInsightsCsv:
      return "CSV of Logs Insights";
    case Container::kDescribeFlowLogs:
      return "DescribeFlowLogs";
    case Container::kEmpty:
      return "empty";
  }
  return "text";
}

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

std::optional<Container> detect_container(std::string_view first_bytes) {
  if (first_bytes.starts_with("PAR1")) {
    return Container::kParquet;
  }
  const std::string_view text = without_bom(first_bytes);
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return Container::kEmpty;
  }
  const std::string_view content = text.substr(begin);
  if (content.front() == '{' || content.front() == '[') {
    return detect_json(content);
  }
  if (is_csv_header(content)) {
    return Container::kInsightsCsv;
  }
  // A NUL in the first line is no flow log; further down it is a bad line among good ones.
  const std::string_view line = content.substr(0, content.find('\n'));
  return line.find('\0') == std::string_view::npos ? std::optional(Container::kText) : std::nullopt;
}

}  // namespace weir::flowlog
