#include "console/overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "console/answer_tree.h"
#include "console/empty_reasons.h"
#include "console/series.h"
#include "flow/enrichment.h"

namespace weir::console {
namespace {

using column::Value;
using format::Tree;

constexpr std::size_t kShown = 10;
// Ports are in no roll-up: of a longer time the newest so many records are asked.
constexpr std::uint64_t kMostPortRecords = 1'000'000;

// The four sums of a time, by step.
struct Sums {
  explicit Sums(std::size_t num_steps) { values.fill(StepValues(num_steps)); }
  std::array<StepValues, 4> values;
};
constexpr std::array<std::string_view, 4> kNames{"bytes", "packets", "flows", "rejects"};

double amount_of(const Value& value) {
  return value.type == column::Type::kDouble ? value.number : static_cast<double>(value.integer);
}

std::size_t column_of(const Answer& answer, std::string_view name) {
  return static_cast<std::size_t>(
      std::find_if(answer.schema.begin(), answer.schema.end(),
                   [&](const column::Field& field) { return field.name == name; }) -
      answer.schema.begin());
}

// An answer's cell by the name of its column; null where it has none.
Value cell_of(const Answer& answer, const std::vector<Value>& row, std::string_view name) {
  const std::size_t column = column_of(answer, name);
  return column < row.size() ? row[column] : Value::null();
}

void add_row(Sums& sums, std::size_t step, const Answer& answer, const std::vector<Value>& row) {
  const auto add = [&](std::size_t which, const Value& value) {
    auto& sum = sums.values[which][step];
    sum = sum.value_or(0) + (value.is_null() ? 0.0 : amount_of(value));
  };
  add(0, cell_of(answer, row, "total_bytes"));
  add(1, cell_of(answer, row, "total_packets"));
  add(2, cell_of(answer, row, "flows"));
  const bool is_reject = cell_of(answer, row, "action").text == "REJECT";
  add(3, is_reject ? cell_of(answer, row, "flows") : Value::of_int(0));
}

Tree steps_tree(const Sums& sums) {
  Tree tree = Tree::map();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    tree.set(kNames[i], values_tree(sums.values[i]));
  }
  return tree;
}

Tree totals_tree(const Sums& sums) {
  Tree tree = Tree::map();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    tree.set(kNames[i], amount_tree(summary_of(sums.values[i]).total));
  }
  return tree;
}

struct Greatest {
  std::string text;
  std::vector<std::pair<std::string_view, std::string_view>> members;  // of JSON, of the answer
};

// Rows of a question as a list of objects; rows whose first member is null say there was nothing.
Result<Tree> greatest(const FlowRoom& room, const Greatest& wanted, const column::TimeRange& range,
                      std::vector<std::string>& paths) {
  Question question;
  question.text = fmt::format("{} | limit {}", wanted.text, kShown + 1);
  question.range = range;
  WEIR_ASSIGN_OR_RETURN(const Answer answer, ask(room, question, wanted.members.size()));
  paths.push_back(answered_from(answer.report));
  Tree list = Tree::list();
  for (const auto& row : answer.rows) {
    if (list.items().size() == kShown ||
        cell_of(answer, row, wanted.members.front().second).is_null()) {
      continue;
    }
    Tree item = Tree::map();
    for (const auto& [name, column] : wanted.members) {
      item.set(name, cell_tree(cell_of(answer, row, column)));
    }
    list.push(std::move(item));
  }
  return list;
}

// From when on a span holds about so many records, by how dense all that is stored is.
TimeMs since_of_records(const FlowExtent& extent, const TimeSpan& span, std::uint64_t num_records) {
  if (!extent.oldest_ms || !extent.newest_ms || extent.num_records <= num_records) {
    return span.since;
  }
  const auto length_ms = static_cast<double>(*extent.newest_ms - *extent.oldest_ms + 1);
  const double share = static_cast<double>(num_records) / static_cast<double>(extent.num_records);
  const TimeMs until = std::min(span.until, *extent.newest_ms + 1);
  return std::max(span.since, until - static_cast<TimeMs>(length_ms * share));
}

Tree with_services(const Tree& ports) {
  Tree list = Tree::list();
  for (const Tree& port : ports.items()) {
    Tree item = port;
    item.set("service", text_or_null(flow::service_at(static_cast<int>(port["protocol"].integer()),
                                                      static_cast<int>(port["port"].integer()))));
    list.push(std::move(item));
  }
  return list;
}

}  // namespace

Result<Tree> overview(const FlowRoom& room, const TimeSpan& span, std::int64_t points) {
  const std::int64_t step_ms = step_for(span, points);
  const std::vector<TimeMs> times = steps_of(span, step_ms);
  const auto num_steps = static_cast<std::int64_t>(times.size());
  const TimeMs since = times.front();
  Question question;
  question.text = fmt::format(
      "stats sum(bytes) as total_bytes, sum(packets) as total_packets, count(bytes) as flows by "
      "bin({}) as at, action",
      period_text(step_ms));
  question.range = {since - num_steps * step_ms, span.until};
  WEIR_ASSIGN_OR_RETURN(Answer answer, ask(room, question, 5));
  Sums now(times.size());
  Sums before(times.size());
  bool has_rows = false;
  for (const auto& row : answer.rows) {
    const Value at = cell_of(answer, row, "at");
    if (at.is_null()) {
      continue;
    }
    // Both are whole steps, so the division is exact before `since`, too.
    const std::int64_t step = (at.integer - since) / step_ms;
    if (step < 0 && step + num_steps >= 0) {
      add_row(before, static_cast<std::size_t>(step + num_steps), answer, row);
    } else if (step >= 0 && step < num_steps) {
      has_rows = true;
      add_row(now, static_cast<std::size_t>(step), answer, row);
    }
  }
  std::vector<std::string> paths{answered_from(answer.report)};
  const column::TimeRange range{since, span.until};
  WEIR_ASSIGN_OR_RETURN(
      Tree pairs,
      greatest(room,
               {"stats sum(bytes) as total_bytes, count(bytes) as flows by srcaddr, dstaddr | sort "
                "total_bytes desc",
                {{"source", "srcaddr"},
                 {"destination", "dstaddr"},
                 {"bytes", "total_bytes"},
                 {"flows", "flows"}}},
               range, paths));
  WEIR_ASSIGN_OR_RETURN(const FlowExtent extent, room.extent());
  const TimeMs ports_since = since_of_records(extent, {since, span.until}, kMostPortRecords);
  WEIR_ASSIGN_OR_RETURN(
      Tree ports,
      greatest(
          room,
          // Above lie the ports that clients are answered at.
          {"filter dstport < 32768 | stats sum(bytes) as total_bytes, count(bytes) as flows by "
           "protocol, dstport | sort total_bytes desc",
           {{"protocol", "protocol"},
            {"port", "dstport"},
            {"bytes", "total_bytes"},
            {"flows", "flows"}}},
          {ports_since, span.until}, paths));
  WEIR_ASSIGN_OR_RETURN(
      Tree sources,
      greatest(room,
               {"filter action = \"REJECT\" | stats count(bytes) as rejects by srcaddr | sort "
                "rejects desc",
                {{"source", "srcaddr"}, {"rejects", "rejects"}}},
               range, paths));
  WEIR_ASSIGN_OR_RETURN(Tree reasons, empty_reasons(room, answer.report, range, has_rows));
  std::erase(paths, "");
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  Tree tree = steps_tree(now);
  tree.set("timesMs", times_tree(times));
  tree.set("stepMs", step_ms);
  tree.set("previous", steps_tree(before));
  tree.set("totals", totals_tree(now));
  tree.set("previousTotals", totals_tree(before));
  tree.set("topPairs", std::move(pairs));
  tree.set("topPorts", with_services(ports));
  tree.set("topPortsSinceMs", ports_since);
  tree.set("rejectedSources", std::move(sources));
  tree.set("answeredFrom", text_or_null(fmt::format("{}", fmt::join(paths, "; "))));
  tree.set("emptyBecause", std::move(reasons));
  const column::Completeness& found = answer.report.completeness;
  Tree gaps = Tree::list();
  for (const auto& gap : found.gaps) {
    if (gap.to > since) {
      gaps.push(Tree::map({{"fromMs", std::max(gap.from, since)}, {"untilMs", gap.to}}));
    }
  }
  tree.set("coverage", Tree::map({{"oldestMs", time_tree(extent.oldest_ms)},
                                  {"newestMs", time_tree(extent.newest_ms)},
                                  {"records", static_cast<std::int64_t>(extent.num_records)},
                                  {"gaps", std::move(gaps)},
                                  {"skipdata", static_cast<std::int64_t>(found.skipdata)},
                                  {"nodata", static_cast<std::int64_t>(found.nodata)}}));
  return tree;
}

}  // namespace weir::console
