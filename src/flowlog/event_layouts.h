#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flowlog/layout.h"
#include "flowlog/layout_book.h"
#include "flowlog/object_key.h"

namespace weir::flowlog {

// The layouts of lines that come in events, without header. One log group may mix the formats of
// several flow logs, so lines are told apart by their number of tokens. Not thread-safe.
class EventLayouts {
 public:
  EventLayouts(const ObjectKey& key, LayoutBook& book) : key_(key), book_(book) {}

  // Decides for a log group ("" too), once, from the first lines of it: --format, DescribeFlowLogs
  // by flow-log id or group, inference.
  void decide(std::string_view log_group, std::span<const std::string_view> lines);
  [[nodiscard]] bool is_decided(std::string_view log_group) const;
  // The layout of a line; nullptr where none could be told (problem() says why). Follows headers:
  // `is_header` where the line is one.
  [[nodiscard]] const Layout* find(std::string_view log_group, std::string_view line,
                                   bool& is_header);

  // All that lines were or may be read by, in the order found out.
  [[nodiscard]] std::vector<Layout> all() const;
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Group {
    std::vector<std::pair<std::size_t, const Layout*>> by_width;  // the first: the most frequent
    const Layout* followed = nullptr;                             // of a header met on the way
  };
  const Layout* keep(Layout layout);

  const ObjectKey& key_;
  LayoutBook& book_;
  std::map<std::string, Group, std::less<>> groups_;
  std::vector<std::unique_ptr<Layout>> layouts_;
  std::string problem_;
};

// Number of tokens of a line, between runs of spaces and tabs.
[[nodiscard]] std::size_t count_tokens(std::string_view line);

}  // namespace weir::flowlog
