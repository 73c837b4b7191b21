#include "console/flow_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "console/answer_tree.h"
#include "console/empty_reasons.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::int64_t kFirstWindowMs = 60'000;
constexpr std::int64_t kWindowFactor = 8;
constexpr std::size_t kMostSkipped = 200'000;

// Where a page ends: the time of its last record, and how many of that time were shown.
struct Cursor {
  TimeMs time_ms = 0;
  std::size_t shown = 0;
};

Result<std::optional<Cursor>> read_cursor(const std::string& text) {
  if (text.empty()) {
    return std::optional<Cursor>();
  }
  const std::size_t dot = std::min(text.find('.'), text.size() - 1);
  const auto time = parse_int64(std::string_view(text).substr(0, dot));
  const std::int64_t shown = parse_int64(std::string_view(text).substr(dot + 1)).value_or(-1);
  if (!time || shown < 0 || static_cast<std::size_t>(shown) > kMostSkipped) {
    return fail(ErrorCode::kUsage, "cursor is to be one that a page before gave");
  }
  return std::optional(Cursor{*time, static_cast<std::size_t>(shown)});
}

}  // namespace

Result<std::vector<std::string>> record_fields(column::Table& table) {
  WEIR_ASSIGN_OR_RETURN(const column::Schema schema, table.columns());
  std::vector<std::string> names;
  for (const column::Field& field : schema) {
    names.push_back(field.name);
  }
  return names;
}

Tree record_tree(const column::Schema& schema, const std::vector<column::Value>& row) {
  Tree record = Tree::map();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i].is_null() && schema[i].name != "@timestamp") {
      record.append(schema[i].name, cell_tree(row[i]));
    }
  }
  return record;
}

Result<Tree> flow_page(const FlowRoom& room, const FlowPageRequest& request) {
  WEIR_ASSIGN_OR_RETURN(const auto cursor, read_cursor(request.cursor));
  WEIR_ASSIGN_OR_RETURN(const auto table, room.flows());
  WEIR_ASSIGN_OR_RETURN(const auto fields, record_fields(*table));
  WEIR_ASSIGN_OR_RETURN(const FlowExtent extent, room.extent());
  std::string names = "`@timestamp`";
  for (const std::string& field : fields) {
    names += fmt::format(", `{}`", field);
  }
  TimeSpan span = request.span;
  std::size_t skipped = 0;
  if (cursor) {
    span.until = std::min(span.until, cursor->time_ms + 1);
    skipped = cursor->shown;
  }
  // Nothing is newer or older than what is stored: windows begin where records are.
  const TimeMs newest = extent.newest_ms.value_or(span.until);
  const TimeMs oldest = extent.oldest_ms.value_or(span.since);
  const TimeMs until = std::max(span.since, std::min(span.until, newest + 1));
  const TimeMs since = std::min(until, std::max(span.since, oldest));
  const std::size_t wanted = skipped + request.limit + 1;
  const std::string rest =
      fmt::format("fields {} | sort `@timestamp` desc | limit {}", names, wanted);
  Answer answer;
  for (std::int64_t window = kFirstWindowMs;; window *= kWindowFactor) {
    const bool is_last = until - window <= since;
    const column::TimeRange range{is_last ? span.since : until - window, span.until};
    const Question question = filtered_question(request.filter, rest, range);
    WEIR_ASSIGN_OR_RETURN(answer, ask(room, question, fields.size() + 1));
    if (is_last || answer.rows.size() >= wanted) {
      break;
    }
  }
  Tree records = Tree::list();
  std::optional<Cursor> next;
  for (std::size_t i = skipped; i < answer.rows.size(); ++i) {
    const auto& row = answer.rows[i];
    if (records.items().size() == request.limit) {
      // How many of the last record's time were given out by now, on this page and before.
      const column::Value& last = answer.rows[i - 1].front();
      const auto num_same = static_cast<std::size_t>(
          std::count_if(answer.rows.begin(), answer.rows.begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const auto& shown) { return shown.front() == last; }));
      next = Cursor{last.integer, num_same};
      break;
    }
    records.push(record_tree(answer.schema, row));
  }
  const bool has_rows = !records.items().empty() || cursor.has_value();
  WEIR_ASSIGN_OR_RETURN(
      Tree reasons,
      empty_reasons(room, answer.report, {request.span.since, request.span.until}, has_rows));
  return Tree::map(
      {{"records", std::move(records)},
       {"cursor", next ? Tree(fmt::format("{}.{}", next->time_ms, next->shown)) : Tree()},
       {"report", report_tree(answer.report)},
       {"emptyBecause", std::move(reasons)}});
}

}  // namespace weir::console
