#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "column/column.h"
#include "flowlog/field.h"
#include "flowlog/line_parser.h"

namespace weir::flowlog {

// What a cell of a column that has a name is read as.
enum class CellKind : std::uint8_t {
  kText,
  kAccount,  // text; as a number 12 digits wide
  kAddress,
  kInteger,
  kPort,
  kEpoch,
};
[[nodiscard]] CellKind kind_of(std::optional<FieldId> field, FieldShape shape);
[[nodiscard]] column::Type type_of(CellKind kind);

// Reads row `row` of `raw`, not null, into `values`, a column of type_of(kind) with room for it.
// '-' and nothing are null, and `None` where no text is expected. Anything but kNone: not readable.
// Allocates only in the arena of `values`. Hardened against untrusted input.
[[nodiscard]] Reject decode_cell(CellKind kind, const column::Column& raw, std::size_t row,
                                 column::Column& values);
// The same for a null.
Reject null_cell(column::Column& values, std::size_t row);

// Appends a decoded value as the token that AWS would write, '-' for null.
void append_token(const column::Column& values, std::size_t row, std::string& out);

// Well-formed UTF-8 without NUL, or which of the two is wrong.
[[nodiscard]] Reject check_characters(std::string_view text);

}  // namespace weir::flowlog
