#include "flowlog/event_layouts.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace weir::flowlog {
namespace {

// A header begins with a letter (or `${`), a record nearly always with a digit or '-'.
bool may_be_header(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] != '-' &&
         (line[first] < '0' || line[first] > '9');
}

}  // namespace

std::size_t count_tokens(std::string_view line) {
  std::size_t count = 0;
  bool is_in_token = false;
  for (const char c : line) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r';
    count += !is_blank && !is_in_token ? 1 : 0;
    is_in_token = !is_blank;
  }
  return count;
}

const Layout* EventLayouts::keep(Layout layout) {
  for (const auto& known : layouts_) {
    if (known->same_columns(layout)) {
      return known.get();
    }
  }
  layouts_.push_back(std::make_unique<Layout>(std::move(layout)));
  return layouts_.back().get();
}

bool EventLayouts::is_decided(std::string_view log_group) const {
  return groups_.find(log_group) != groups_.end();
}

void EventLayouts::decide(std::string_view log_group, std::span<const std::string_view> lines) {
  Group& group = groups_[std::string(log_group)];
  const auto add = [&](const Layout& layout) {
    const std::size_t width = layout.columns.size();
    if (std::none_of(group.by_width.begin(), group.by_width.end(),
                     [&](const auto& entry) { return entry.first == width; })) {
      group.by_width.emplace_back(width, keep(layout));
    }
  };
  if (book_.format()) {
    add(*book_.format());
    return;
  }
  if (const Layout* described = book_.find_flow_log(key_.flow_log_id)) {
    add(*described);
    return;
  }
  for (const Layout* described : book_.find_log_group(log_group)) {
    add(*described);
  }
  if (!group.by_width.empty()) {
    return;
  }
  std::map<std::size_t, std::vector<std::string_view>> by_width;
  for (const std::string_view line : lines) {
    if (may_be_header(line) && parse_header(line)) {
      return;  // its header will be followed
    }
    by_width[count_tokens(line)].push_back(line);
  }
  std::vector<std::pair<std::size_t, std::size_t>> widths;  // most lines first
  for (const auto& [width, of_width] : by_width) {
    widths.emplace_back(width, of_width.size());
  }
  std::stable_sort(widths.begin(), widths.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string problem;
  for (const auto& [width, count] : widths) {
    auto inferred = infer_layout(by_width[width]);
    if (inferred) {
      add(*inferred);
    } else if (problem.empty()) {
      problem = std::move(inferred.error().message);
    }
  }
  if (group.by_width.empty() && problem_.empty()) {
    problem_ = std::move(problem);
  }
}

const Layout* EventLayouts::find(std::string_view log_group, std::string_view line,
                                 bool& is_header) {
  Group& group = groups_.find(log_group)->second;
  is_header = false;
  if (may_be_header(line)) {
    if (auto header = parse_header(line)) {
      is_header = true;
      group.followed = keep(std::move(*header));
    }
  }
  if (group.followed != nullptr) {
    return group.followed;
  }
  if (group.by_width.empty()) {
    return nullptr;
  }
  if (group.by_width.size() > 1) {
    const std::size_t width = count_tokens(line);
    for (const auto& [columns, layout] : group.by_width) {
      if (columns == width) {
        return layout;
      }
    }
  }
  return group.by_width.front().second;
}

std::vector<Layout> EventLayouts::all() const {
  std::vector<Layout> layouts;
  for (const auto& layout : layouts_) {
    layouts.push_back(*layout);
  }
  return layouts;
}

}  // namespace weir::flowlog
