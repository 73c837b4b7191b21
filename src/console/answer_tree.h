#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/value.h"
#include "console/flow_room.h"
#include "format/tree.h"
#include "http/message.h"
#include "query/answer_report.h"

namespace weir::console {

// A number as JSON of these routes has it: past 2^53 a decimal text.
[[nodiscard]] format::Tree number_tree(std::int64_t value);
// A cell: null, number, text, boolean; times and durations as milliseconds.
[[nodiscard]] format::Tree cell_tree(const column::Value& value);
// "address", "time", "integer", "number", "text", "boolean".
[[nodiscard]] std::string_view cell_type(column::Type type);
// Milliseconds, or null.
[[nodiscard]] format::Tree time_tree(std::optional<TimeMs> time);
// A text, or null where it is empty.
[[nodiscard]] format::Tree text_or_null(std::string_view text);

// {"offset", "line", "column", "length"} of a place in a text.
[[nodiscard]] format::Tree position_tree(std::string_view text, TextSpan span);
[[nodiscard]] format::Tree warnings_tree(const std::vector<query::Warning>& warnings,
                                         std::string_view text);
// The document of --report FILE.
[[nodiscard]] format::Tree report_tree(const query::AnswerReport& report);

// Names that may have been meant at the place of an error.
[[nodiscard]] std::vector<std::string> suggestions_for(std::string_view text, const Error& error,
                                                       column::Table& table,
                                                       query::Language language);
// The members that a problem of a text has beside its own: position and suggestions.
[[nodiscard]] format::Tree problem_members(std::string_view text, const Error& error,
                                           const FlowRoom& room, query::Language language);

}  // namespace weir::console
