// Headers, --format, DescribeFlowLogs and inference: any text gives a layout that is one, or a
// message.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flowlog/layout.h"
#include "flowlog/layout_book.h"

namespace {

using namespace weir;
using namespace weir::flowlog;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

void check(const Layout& layout) {
  require(!layout.columns.empty() && layout.columns.size() <= kMaxColumns);
  require(layout.confidence >= 0 && layout.confidence <= 1);
  std::set<std::string> names;
  std::string format;
  for (const LayoutColumn& column : layout.columns) {
    require(!column.name.empty() && names.insert(column.name).second);
    require(!column.field || column.name == info(*column.field).canonical);
    format += column.token + " ";
  }
  // What was understood once is understood again.
  const auto again = parse_format(format);
  require(again.has_value() && again->same_columns(layout));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto header = parse_header(text.substr(0, text.find('\n')))) {
    check(*header);
  }
  if (const auto format = parse_format(text)) {
    check(*format);
  } else {
    require(!format.error().message.empty());
  }
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (const auto inferred = infer_layout(lines)) {
    check(*inferred);
  } else {
    require(!inferred.error().message.empty());
  }
  if (const auto described = parse_describe_flow_logs(text)) {
    for (const DescribedFlowLog& flow_log : *described) {
      check(flow_log.layout);
    }
  }
  return 0;
}
