#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flowlog/layout.h"

namespace weir::flowlog {

// One flow log as DescribeFlowLogs tells of it.
struct DescribedFlowLog {
  std::string flow_log_id;
  std::string log_group;  // "" where it is delivered elsewhere
  Layout layout;
};

// Reads the JSON of DescribeFlowLogs (`aws ec2 describe-flow-logs`). Flow logs whose LogFormat
// cannot be read are left out. Hardened against untrusted input.
[[nodiscard]] Result<std::vector<DescribedFlowLog>> parse_describe_flow_logs(std::string_view json);
inline constexpr std::size_t kMaxDescribeBytes = 16 * 1024 * 1024;

// Where the layout of records without a header comes from: --format, else what DescribeFlowLogs
// said of their flow log or log group. What the tree itself holds of DescribeFlowLogs is looked
// for on the first need. Thread-safe.
class LayoutBook {
 public:
  using Load = std::function<std::vector<DescribedFlowLog>()>;

  LayoutBook(std::optional<Layout> format, std::vector<DescribedFlowLog> described, Load load)
      : format_(std::move(format)), described_(std::move(described)), load_(std::move(load)) {}

  // The layout of --format.
  [[nodiscard]] const std::optional<Layout>& format() const { return format_; }
  [[nodiscard]] const Layout* find_flow_log(std::string_view flow_log_id);
  // Of all flow logs that deliver to the group: one interface may have several.
  [[nodiscard]] std::vector<const Layout*> find_log_group(std::string_view log_group);

 private:
  void ensure_loaded();

  std::optional<Layout> format_;
  std::vector<DescribedFlowLog> described_;
  Load load_;
  std::once_flag loaded_;
};

}  // namespace weir::flowlog
