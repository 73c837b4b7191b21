#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "column/scan.h"
#include "column/value.h"
#include "flow/enrichment.h"
#include "format/tree.h"
#include "inventory/inventory.h"
#include "query/answer_report.h"
#include "query/query.h"

namespace weir::console {

// What flows hold by the manifest alone, without reading any.
struct FlowExtent {
  std::uint64_t num_records = 0;
  std::optional<TimeMs> oldest_ms;  // smallest and largest start
  std::optional<TimeMs> newest_ms;
};

// What questions about flows are answered from. All outlive who asks.
struct FlowRoom {
  std::function<Result<std::shared_ptr<column::Table>>()> flows;  // as they are now
  std::function<Result<FlowExtent>()> extent;
  std::shared_ptr<const flow::Enrichment> enrichment;
  std::shared_ptr<const inventory::Inventory> inventory;  // null: none was given
  const Clock* clock = nullptr;
  std::size_t num_threads = 1;
  std::size_t memory_bytes = 512U << 20;  // of each question
  std::string data_directory;             // as commands name it
};

// A question in either language, over the flow table.
struct Question {
  std::string text;
  query::Language language = query::Language::kInsights;
  column::TimeRange range;
  const CancelToken* cancel = nullptr;
  std::size_t max_rows = 100'000;  // more are an error: the question is too fine
  // The user's own part of the text; spans of errors are moved to count from there.
  std::size_t user_begin = 0;
  std::size_t user_size = 0;
};

struct Answer {
  column::Schema schema;
  std::vector<std::vector<column::Value>> rows;
  query::AnswerReport report;
};

// `num_columns`: how many the text asks for; a user's part that makes others of it is refused.
[[nodiscard]] Result<Answer> ask(const FlowRoom& room, const Question& question,
                                 std::size_t num_columns);

// "filter (CONDITION\n) | ", or nothing for an empty condition, and where the condition stands.
struct FilterText {
  std::string text;
  std::size_t begin = 0;
  std::size_t size = 0;
};
[[nodiscard]] FilterText filter_text(std::string_view condition);
// A question that begins with the user's condition.
[[nodiscard]] Question filtered_question(std::string_view condition, std::string_view rest,
                                         const column::TimeRange& range);

// A field's name as Insights reads it whatever its letters are. Errors where it cannot be a name.
[[nodiscard]] Result<std::string> field_text(std::string_view name);
// A value as Insights reads it; nullopt for those that have no literal.
[[nodiscard]] std::optional<std::string> literal_text(const column::Value& value);

// Who has an address, as the inventory says: interface, vpc, subnet, instance, name, pod and their
// kin, those that are known. Null where it says nothing.
[[nodiscard]] format::Tree owner_in_inventory(const FlowRoom& room, const IpAddress& address);

// "answeredFrom": which way an answer came; "" where nothing was read.
[[nodiscard]] std::string answered_from(const query::AnswerReport& report);

}  // namespace weir::console
