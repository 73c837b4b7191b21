#include "console/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/time_text.h"
#include "console/answer_tree.h"
#include "console/empty_reasons.h"
#include "console/series.h"
#include "query/derived.h"

namespace weir::console {
namespace {

using column::Value;
using format::Tree;
using Key = std::vector<Value>;

constexpr std::size_t kMostCells = 1'000'000;
// Kept by minute with each segment, so that a question by these alone reads no record.
constexpr std::string_view kSmallFields[] = {"action",         "protocol",     "log_status",
                                             "flow_direction", "traffic_path", "type"};

struct Series {
  Key key;
  StepValues values;
};

double amount_of(const Value& value) {
  return value.type == column::Type::kDouble ? value.number : static_cast<double>(value.integer);
}

std::string key_text(const Key& key) {
  std::string text;
  for (const Value& value : key) {
    text += value.is_null() ? std::string("-") : literal_text(value).value_or("?");
    text += '\n';
  }
  return text;
}

class Exploration {
 public:
  Exploration(const FlowRoom& room, const ExploreRequest& request, const CancelToken* cancel)
      : room_(room),
        request_(request),
        cancel_(cancel),
        step_ms_(step_for(request.span, request.points)),
        times_(steps_of(request.span, step_ms_)) {}

  Result<Tree> answer() {
    for (const std::string& name : request_.by) {
      WEIR_ASSIGN_OR_RETURN(std::string text, field_text(name));
      by_ += (by_.empty() ? "" : ", ") + text;
    }
    covered_.assign(times_.size(), false);
    if (!request_.filter.empty() || request_.metric == Metric::kRejects) {
      WEIR_RETURN_IF_ERROR(read_covered());
    }
    std::vector<Series> series;
    if (have_few_values()) {
      auto all = series_where("", true);
      if (all) {
        series = best_of(std::move(*all));
      } else if (all.error().code == ErrorCode::kLimit) {
        WEIR_ASSIGN_OR_RETURN(series, greatest());
      } else {
        return tl::unexpected(all.error());
      }
    } else {
      WEIR_ASSIGN_OR_RETURN(series, greatest());
    }
    return to_tree(series);
  }

 private:
  // Of these one question gives all there is: their sums by step are few.
  [[nodiscard]] bool have_few_values() const {
    return std::all_of(request_.by.begin(), request_.by.end(), [](const std::string& name) {
      return std::find(std::begin(kSmallFields), std::end(kSmallFields), name) !=
                 std::end(kSmallFields) ||
             query::find_derived(name) != nullptr;
    });
  }

  // The total, then the series of the greatest keys.
  Result<std::vector<Series>> greatest() {
    WEIR_ASSIGN_OR_RETURN(total_, totals(request_.span, 0));
    if (request_.order_by == OrderBy::kTotal) {
      return series_of_top();
    }
    WEIR_ASSIGN_OR_RETURN(std::vector<Series> all, series_where("", false));
    return best_of(std::move(all));
  }

  [[nodiscard]] std::size_t step_of(TimeMs time) const {
    return static_cast<std::size_t>((time - times_.front()) / step_ms_);
  }

  [[nodiscard]] Question question(const TimeSpan& span, std::string_view more_filter,
                                  std::string_view rest) const {
    std::string text;
    if (request_.metric == Metric::kRejects) {
      text = "filter action = \"REJECT\" | ";
    }
    text += more_filter;
    Question question =
        filtered_question(request_.filter, text + std::string(rest), {span.since, span.until});
    question.max_rows = kMostCells;
    question.cancel = cancel_;
    return question;
  }

  Result<Answer> run(const Question& question, std::size_t num_columns) {
    WEIR_ASSIGN_OR_RETURN(Answer answer, ask(room_, question, num_columns));
    const std::string path = answered_from(answer.report);
    if (!path.empty() && std::find(paths_.begin(), paths_.end(), path) == paths_.end()) {
      paths_.push_back(path);
    }
    seconds_ += answer.report.seconds;
    return answer;
  }

  // Which steps some record covers: where none does, there is no value, not even zero.
  Result<void> read_covered() {
    covered_.assign(times_.size(), false);
    Question all;
    all.text = fmt::format("stats count(*) as n by bin({}) as at", period_text(step_ms_));
    all.range = {request_.span.since, request_.span.until};
    all.max_rows = kMostCells;
    WEIR_ASSIGN_OR_RETURN(const Answer answer, run(all, 2));
    for (const auto& row : answer.rows) {
      const std::size_t column = time_column(answer);
      if (!row[column].is_null() && step_of(row[column].integer) < covered_.size()) {
        covered_[step_of(row[column].integer)] = true;
      }
    }
    return {};
  }

  static std::size_t column_of(const Answer& answer, std::string_view name) {
    return static_cast<std::size_t>(
        std::find_if(answer.schema.begin(), answer.schema.end(),
                     [&](const column::Field& field) { return field.name == name; }) -
        answer.schema.begin());
  }
  static std::size_t time_column(const Answer& answer) { return column_of(answer, "at"); }
  static std::size_t value_column(const Answer& answer) { return column_of(answer, "value"); }

  [[nodiscard]] StepValues empty_values() const {
    StepValues values(times_.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (covered_[i]) {
        values[i] = 0;
      }
    }
    return values;
  }

  void add(StepValues& values, TimeMs time, double amount) const {
    const std::size_t step = step_of(time);
    if (step < values.size()) {
      values[step] = values[step].value_or(0) + amount;
    }
  }

  // "stats sum(bytes) as value, count(*) as n by bin(5m) as at": n tells which steps have records.
  [[nodiscard]] std::string stats_text(bool has_keys) const {
    return fmt::format("stats {} as value, count(*) as n by bin({}) as at{}{}",
                       aggregate_of(request_.metric), period_text(step_ms_), has_keys ? ", " : "",
                       has_keys ? by_ : "");
  }

  // Without a condition the rows themselves say which steps have records.
  void note_covered(const Answer& answer) {
    if (!request_.filter.empty() || request_.metric == Metric::kRejects) {
      return;
    }
    for (const auto& row : answer.rows) {
      const Value& time = row[time_column(answer)];
      if (!time.is_null() && step_of(time.integer) < covered_.size()) {
        covered_[step_of(time.integer)] = true;
      }
    }
  }

  // Of all together, by step; `shift_ms` is added to the times of an earlier span.
  Result<StepValues> totals(const TimeSpan& span, std::int64_t shift_ms) {
    WEIR_ASSIGN_OR_RETURN(Answer answer, run(question(span, "", stats_text(false)), 3));
    if (shift_ms == 0) {
      note_covered(answer);
    }
    StepValues values = shift_ms == 0 ? empty_values() : StepValues(times_.size());
    for (const auto& row : answer.rows) {
      const Value& time = row[time_column(answer)];
      if (!time.is_null()) {
        add(values, time.integer + shift_ms, amount_of(row[value_column(answer)]));
      }
    }
    if (shift_ms == 0) {
      report_ = std::move(answer.report);
    }
    return values;
  }

  // By key and step, of those that `more_filter` lets pass; their sum is the total where it lets
  // all pass.
  Result<std::vector<Series>> series_where(std::string_view more_filter, bool makes_total) {
    WEIR_ASSIGN_OR_RETURN(Answer answer,
                          run(question(request_.span, more_filter, stats_text(!by_.empty())),
                              3 + request_.by.size()));
    if (makes_total) {
      note_covered(answer);
      total_ = empty_values();
    }
    const std::size_t at = time_column(answer);
    const std::size_t value = value_column(answer);
    const std::size_t count = column_of(answer, "n");
    std::map<std::string, Series> found;
    for (const auto& row : answer.rows) {
      if (row[at].is_null()) {
        continue;
      }
      if (makes_total) {
        add(total_, row[at].integer, amount_of(row[value]));
      }
      Key key;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i != at && i != value && i != count) {
          key.push_back(row[i]);
        }
      }
      const bool is_nothing =
          std::all_of(key.begin(), key.end(), [](const Value& part) { return part.is_null(); });
      if (is_nothing) {
        continue;  // records that say there was nothing
      }
      Series& series = found[key_text(key)];
      if (series.values.empty()) {
        series.key = std::move(key);
        series.values = empty_values();
      }
      add(series.values, row[at].integer, amount_of(row[value]));
    }
    std::vector<Series> all;
    for (auto& [text, series] : found) {
      all.push_back(std::move(series));
    }
    if (makes_total) {
      report_ = std::move(answer.report);
    }
    return all;
  }

  [[nodiscard]] double rank_of(const Series& series) const {
    const StepSummary summary = summary_of(series.values);
    switch (request_.order_by) {
      case OrderBy::kTotal:
        return summary.total;
      case OrderBy::kAverage:
        return summary.avg.value_or(0);
      case OrderBy::kMax:
        return summary.max.value_or(0);
      case OrderBy::kLast:
        return summary.last.value_or(0);
    }
    return 0;
  }

  // Keys of equal rank stay in the order of their texts, so that a chart does not flicker.
  [[nodiscard]] std::vector<Series> best_of(std::vector<Series> all) const {
    std::stable_sort(all.begin(), all.end(),
                     [&](const Series& a, const Series& b) { return rank_of(a) > rank_of(b); });
    all.resize(std::min(all.size(), request_.top));
    return all;
  }

  // First which keys are the greatest, then the steps of these alone.
  Result<std::vector<Series>> series_of_top() {
    const std::string rest = fmt::format("stats {} as value by {} | sort value desc | limit {}",
                                         aggregate_of(request_.metric), by_, request_.top + 1);
    WEIR_ASSIGN_OR_RETURN(const Answer answer,
                          run(question(request_.span, "", rest), 1 + request_.by.size()));
    const std::size_t value = value_column(answer);
    std::vector<std::vector<std::string>> literals(request_.by.size());
    std::vector<std::string> wanted;
    for (const auto& row : answer.rows) {
      Key key;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i != value) {
          key.push_back(row[i]);
        }
      }
      const bool is_nothing =
          std::all_of(key.begin(), key.end(), [](const Value& part) { return part.is_null(); });
      if (is_nothing) {
        continue;
      }
      for (std::size_t i = 0; i < key.size(); ++i) {
        const auto literal = literal_text(key[i]);
        if (!literal) {
          // Of a kind that a condition cannot name.
          WEIR_ASSIGN_OR_RETURN(std::vector<Series> all, series_where("", false));
          return best_of(std::move(all));
        }
        if (std::find(literals[i].begin(), literals[i].end(), *literal) == literals[i].end()) {
          literals[i].push_back(*literal);
        }
      }
      wanted.push_back(key_text(key));
      if (wanted.size() == request_.top) {
        break;
      }
    }
    if (wanted.empty()) {
      return std::vector<Series>();
    }
    std::string more_filter = "filter ";
    for (std::size_t i = 0; i < request_.by.size(); ++i) {
      WEIR_ASSIGN_OR_RETURN(const std::string name, field_text(request_.by[i]));
      more_filter +=
          fmt::format("{}{} in [{}]", i > 0 ? " and " : "", name, fmt::join(literals[i], ", "));
    }
    WEIR_ASSIGN_OR_RETURN(std::vector<Series> found, series_where(more_filter + " | ", false));
    std::erase_if(found, [&](const Series& series) {
      return std::find(wanted.begin(), wanted.end(), key_text(series.key)) == wanted.end();
    });
    return best_of(std::move(found));
  }

  [[nodiscard]] std::optional<StepValues> other_of(const std::vector<Series>& series) const {
    StepValues other = total_;
    bool has_any = false;
    for (std::size_t i = 0; i < other.size(); ++i) {
      for (const Series& one : series) {
        if (other[i] && one.values[i]) {
          *other[i] -= *one.values[i];
        }
      }
      has_any = has_any || (other[i] && *other[i] != 0);
    }
    return has_any ? std::optional(std::move(other)) : std::nullopt;
  }

  Result<Tree> previous() {
    if (!request_.has_previous) {
      return Tree();
    }
    // By whole steps, so that both lie on the same times.
    const std::int64_t shift_ms = static_cast<std::int64_t>(times_.size()) * step_ms_;
    const TimeSpan before{request_.span.since - shift_ms, request_.span.until - shift_ms};
    WEIR_ASSIGN_OR_RETURN(const StepValues values, totals(before, shift_ms));
    return Tree::map({{"sinceMs", before.since}, {"values", values_tree(values)}});
  }

  [[nodiscard]] std::string query_text() const {
    const FilterText filter = filter_text(request_.filter);
    std::string text;
    if (!filter.text.empty()) {
      text = fmt::format("filter {} | ", request_.filter);
    }
    if (request_.metric == Metric::kRejects) {
      text += "filter action = \"REJECT\" | ";
    }
    text += fmt::format("stats {} as {} by bin({})", aggregate_of(request_.metric),
                        name_of(request_.metric), period_text(step_ms_));
    for (const std::string& name : request_.by) {
      text += ", " + name;
    }
    return text;
  }

  [[nodiscard]] std::string command_text() const {
    return fmt::format("weir query --data {} --since {} --until {} {}",
                       shell_word(room_.data_directory), to_time_text(request_.span.since),
                       to_time_text(request_.span.until), shell_word(query_text()));
  }

  Result<Tree> to_tree(const std::vector<Series>& series) {
    Tree list = Tree::list();
    for (const Series& one : series) {
      Tree key = Tree::list();
      for (const Value& part : one.key) {
        key.push(cell_tree(part));
      }
      Tree tree = series_tree(one.values);
      tree.set("key", std::move(key));
      list.push(std::move(tree));
    }
    WEIR_ASSIGN_OR_RETURN(Tree before, previous());
    Tree other;
    if (const auto rest = request_.by.empty() ? std::nullopt : other_of(series)) {
      other = series_tree(*rest);
    }
    WEIR_ASSIGN_OR_RETURN(Tree reasons,
                          empty_reasons(room_, report_, {request_.span.since, request_.span.until},
                                        report_.rows_matched > 0));
    report_.seconds = seconds_;
    return Tree::map({{"stepMs", step_ms_},
                      {"timesMs", times_tree(times_)},
                      {"series", std::move(list)},
                      {"other", std::move(other)},
                      {"total", series_tree(total_)},
                      {"previous", std::move(before)},
                      {"report", report_tree(report_)},
                      {"answeredFrom", text_or_null(fmt::format("{}", fmt::join(paths_, "; ")))},
                      {"warnings", warnings_tree(report_.warnings, request_.filter)},
                      {"emptyBecause", std::move(reasons)},
                      {"query", query_text()},
                      {"command", command_text()}});
  }

  const FlowRoom& room_;
  const ExploreRequest& request_;
  const CancelToken* cancel_;
  std::int64_t step_ms_;
  std::vector<TimeMs> times_;
  std::string by_;
  std::vector<bool> covered_;
  StepValues total_;
  query::AnswerReport report_;
  std::vector<std::string> paths_;
  double seconds_ = 0;
};

}  // namespace

Result<Tree> explore(const FlowRoom& room, const ExploreRequest& request,
                     const CancelToken* cancel) {
  return Exploration(room, request, cancel).answer();
}

}  // namespace weir::console
