#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flowlog/field.h"

namespace weir::flowlog {

// Where a layout came from.
enum class LayoutOrigin : std::uint8_t {
  kHeader,
  kFormatOption,
  kDescribeFlowLogs,
  kInferred,
  kSelfDescribing
};

struct LayoutColumn {
  std::optional<FieldId> field;  // nullopt: open column
  std::string name;              // canonical
  std::string token;             // as written
};

// The order of fields in a line. Value type; immutable once made.
struct Layout {
  std::vector<LayoutColumn> columns;
  LayoutOrigin origin = LayoutOrigin::kHeader;
  double confidence = 1;  // 0..1, below 1 for inferred ones only
  std::string label;      // "v2 default", "all fields to v5", "Transit Gateway", "custom"

  [[nodiscard]] std::optional<std::size_t> find(FieldId field) const;
  [[nodiscard]] bool same_columns(const Layout& other) const;
  // The canonical names separated by spaces: what @layout says.
  [[nodiscard]] std::string names() const;
};

inline constexpr std::size_t kMaxColumns = 256;

// Reads '${version} ${srcaddr}' or a bare list of names separated by spaces or commas. Two names of
// one field: the real name wins and the alias becomes an open column. Refuses duplicates, more than
// kMaxColumns names, and a list in which nothing is a known field.
[[nodiscard]] Result<Layout> parse_format(std::string_view text);

// The layout if `line` is a header: every token a name, at least half known, none an address, a
// number or '-'.
[[nodiscard]] std::optional<Layout> parse_header(std::string_view line);

struct LayoutCandidate {
  Layout layout;
  std::uint32_t lines_fitting = 0;
  std::uint32_t lines_seen = 0;
};

// Infers the layout of header-less lines from the known orders (14, 21, 25, 29, 36, 39-42, 54
// columns), up to 1,000 lines. Exactly one fit: that one, with a confidence; else an error that
// shows the candidates or, for an unknown number of columns, each column's shape and a --format to
// complete.
[[nodiscard]] Result<Layout> infer_layout(std::span<const std::string_view> lines);

// The known orders, by name: "v2", "v3", "v4", "v5", "v7", "v8", "v9", "v10", "v11", "tgw".
[[nodiscard]] std::span<const Layout> known_layouts();

}  // namespace weir::flowlog
