#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "flowlog/layout.h"
#include "flowlog/layout_book.h"
#include "flowlog/object_key.h"

namespace weir::flowlog {

// How the lines of a text file are laid out.
struct TextLayout {
  std::optional<Layout> layout;  // none: `problem` says why
  std::size_t data_offset = 0;   // of the first record: behind byte order mark and header
  std::string problem;
};

// From the header line, else --format, else DescribeFlowLogs (by the key's flow-log id), else by
// inference from the lines of `first_bytes`; `is_whole` where these are the whole file.
[[nodiscard]] TextLayout find_text_layout(std::string_view first_bytes, bool is_whole,
                                          const ObjectKey& key, LayoutBook& book);

// "no header; read as v2 (14 fields, confidence 0.99)" and its like; "" for a header.
[[nodiscard]] std::string origin_note(const Layout& layout);

}  // namespace weir::flowlog
