#pragma once

#include <cstddef>
#include <string>

#include "base/time_text.h"
#include "column/column.h"

namespace weir::cli {

// Appends the text of one non-null cell: addresses and times in their canonical forms, doubles as
// the shortest text that reads back, booleans as true and false, intervals as seconds ("300s").
void append_cell(const column::Column& column, std::size_t row, TimeStyle style, std::string& out);

// Makes text from the network safe to show on a terminal: control characters and bad UTF-8 as
// U+FFFD, so that no escape sequence reaches it.
void append_printable(std::string_view text, std::string& out);
// Columns that `text` takes on a terminal, one a code point.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace weir::cli
