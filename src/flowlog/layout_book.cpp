#include "flowlog/layout_book.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::flowlog {

void LayoutBook::ensure_loaded() {
  std::call_once(loaded_, [this] {
    if (load_) {
      auto found = load_();
      std::move(found.begin(), found.end(), std::back_inserter(described_));
    }
  });
}

const Layout* LayoutBook::find_flow_log(std::string_view flow_log_id) {
  if (flow_log_id.empty()) {
    return nullptr;
  }
  ensure_loaded();
  const auto found = std::find_if(
      described_.begin(), described_.end(),
      [&](const DescribedFlowLog& flow_log) { return flow_log.flow_log_id == flow_log_id; });
  return found == described_.end() ? nullptr : &found->layout;
}

std::vector<const Layout*> LayoutBook::find_log_group(std::string_view log_group) {
  std::vector<const Layout*> layouts;
  if (log_group.empty()) {
    return layouts;
  }
  ensure_loaded();
  for (const DescribedFlowLog& flow_log : described_) {
    if (flow_log.log_group == log_group) {
      layouts.push_back(&flow_log.layout);
    }
  }
  return layouts;
}

}  // namespace weir::flowlog
