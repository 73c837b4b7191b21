#include "flowlog/text_layout.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "flowlog/container.h"

namespace weir::flowlog {

TextLayout find_text_layout(std::string_view first_bytes, bool is_whole, const ObjectKey& key,
                            LayoutBook& book) {
  TextLayout found;
  std::string_view text = without_bom(first_bytes);
  found.data_offset = first_bytes.size() - text.size();
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t newline = text.find('\n', begin);
    if (newline == std::string_view::npos && !is_whole) {
      break;
    }
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline;
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t next = newline == std::string_view::npos ? end : newline + 1;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      if (lines.empty()) {
        if (auto header = parse_header(line)) {
          found.layout = std::move(header);
          found.data_offset += next;
          return found;
        }
      }
      lines.push_back(line);
    }
    begin = next;
  }
  if (book.format()) {
    found.layout = book.format();
    return found;
  }
  if (const Layout* described = book.find_flow_log(key.flow_log_id)) {
    found.layout = *described;
    return found;
  }
  if (lines.empty()) {
    found.problem = fmt::format("its first line is longer than {} bytes", first_bytes.size());
    return found;
  }
  auto inferred = infer_layout(lines);
  if (inferred) {
    found.layout = std::move(*inferred);
  } else {
    found.problem = std::move(inferred.error().message);
  }
  return found;
}

std::string origin_note(const Layout& layout) {
  switch (layout.origin) {
    case LayoutOrigin::kHeader:
    case LayoutOrigin::kSelfDescribing:
    case LayoutOrigin::kFormatOption:
      return "";
    case LayoutOrigin::kDescribeFlowLogs:
      return fmt::format("no header; read as DescribeFlowLogs says ({}, {} fields)", layout.label,
                         layout.columns.size());
    case LayoutOrigin::kInferred:
      return fmt::format("no header; read as {} ({} fields, confidence {:.2f})", layout.label,
                         layout.columns.size(), layout.confidence);
  }
  return "";
}

}  // namespace weir::flowlog
