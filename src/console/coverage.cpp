#include <fmt/format.h>

#include <algorithm>

#include "console/answer_tree.h"
#include "console/overview.h"
#include "console/series.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::int64_t kDayMs = 86'400'000;

Tree gaps_tree(const std::vector<column::Completeness::Gap>& gaps) {
  Tree list = Tree::list();
  for (const auto& gap : gaps) {
    list.push(Tree::map({{"fromMs", gap.from}, {"untilMs", gap.to}}));
  }
  return list;
}

}  // namespace

Result<Tree> coverage(const FlowRoom& room, std::optional<TimeSpan> span, std::int64_t points) {
  WEIR_ASSIGN_OR_RETURN(const FlowExtent extent, room.extent());
  const TimeMs now_ms = room.clock->now_ms();
  if (!span) {
    span = TimeSpan{extent.oldest_ms.value_or(now_ms - kDayMs),
                    extent.newest_ms.value_or(now_ms - 1) + 1};
  }
  const std::int64_t step_ms = step_for(*span, points);
  const std::vector<TimeMs> times = steps_of(*span, step_ms);
  Question question;
  question.text =
      fmt::format("stats count(*) as value by bin({}) as at, log_status", period_text(step_ms));
  question.range = {span->since, span->until};
  WEIR_ASSIGN_OR_RETURN(const Answer answer, ask(room, question, 3));
  StepValues records(times.size(), 0.0);
  StepValues nodata = records;
  StepValues skipdata = records;
  for (const auto& row : answer.rows) {
    std::optional<TimeMs> at;
    std::string status;
    double count = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (answer.schema[i].name == "at" && !row[i].is_null()) {
        at = row[i].integer;
      } else if (answer.schema[i].name == "value") {
        count = static_cast<double>(row[i].integer);
      } else {
        status = row[i].text;
      }
    }
    const std::size_t step =
        at ? static_cast<std::size_t>((*at - times.front()) / step_ms) : times.size();
    if (step < times.size()) {
      StepValues& values = status == "NODATA" ? nodata : status == "SKIPDATA" ? skipdata : records;
      *values[step] += count;
    }
  }
  return Tree::map({{"stepMs", step_ms},
                    {"timesMs", times_tree(times)},
                    {"records", values_tree(records)},
                    {"skipdata", values_tree(skipdata)},
                    {"nodata", values_tree(nodata)},
                    {"gaps", gaps_tree(answer.report.completeness.gaps)},
                    {"newestMs", time_tree(extent.newest_ms)},
                    {"oldestMs", time_tree(extent.oldest_ms)},
                    {"totalRecords", static_cast<std::int64_t>(extent.num_records)},
                    {"answeredFrom", text_or_null(answered_from(answer.report))}});
}

}  // namespace weir::console
