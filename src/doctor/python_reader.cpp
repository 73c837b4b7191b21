#include <fmt/format.h>

#include <algorithm>

#include "doctor/python_program.h"
#include "doctor/readers.h"

namespace weir::doctor {
namespace {

class PythonReader {
 public:
  PythonReader(std::string_view text, const std::string& file, Setup& setup)
      : program_(text), tokens_(program_.tokens()), file_(file), setup_(setup) {}

  void read() {
    for (const PythonCall& call : program_.calls_of("put_metric_data")) {
      read_put(call);
    }
    for (const PythonCall& call : program_.calls_of("get_metric_statistics")) {
      read_statistics(call);
    }
    for (const PythonCall& call : program_.calls_of("start_query")) {
      read_query(call);
    }
    for (const PythonCall& call : program_.calls_of("get_query_results")) {
      check_status(call);
    }
    for (const PythonToken& token : tokens_) {
      auto named =
          token.is_string() && !token.is_formatted ? named_of_arn(token.text) : std::nullopt;
      if (named) {
        named->place = place(token.line);
        named->subject = file_;
        setup_.used.push_back(std::move(*named));
      }
    }
    check_datapoints();
    find_handled_alarms();
  }

 private:
  [[nodiscard]] std::string place(std::size_t line) const {
    return fmt::format("{}:{}", file_, line);
  }
  [[nodiscard]] std::string subject(std::size_t token) const {
    const std::string function = program_.function_around(token);
    return function.empty() ? file_ : function + "()";
  }

  // The names in [{'Name': 'InstanceId', ..}, ..]; nullopt where some are made at run time.
  [[nodiscard]] std::optional<std::set<std::string>> names_in(const TokenRange& list) const {
    std::set<std::string> names;
    for (std::size_t i = list.begin; i + 2 < list.end; ++i) {
      if (!tokens_[i].is_string() || tokens_[i].text != "Name" || !tokens_[i + 1].is(":")) {
        continue;
      }
      if (!tokens_[i + 2].is_string() || tokens_[i + 2].is_formatted) {
        return std::nullopt;
      }
      names.insert(tokens_[i + 2].text);
    }
    const bool is_empty = list.begin >= list.end;
    return names.empty() && !is_empty ? std::nullopt : std::optional(names);
  }

  // Of the datums that a function builds: what stands behind 'Dimensions':
  [[nodiscard]] std::optional<std::set<std::string>> dimensions_built(
      const TokenRange& body) const {
    std::optional<std::set<std::string>> names;
    for (std::size_t i = body.begin; i + 2 < body.end; ++i) {
      const bool is_key = tokens_[i].is_string() && tokens_[i].text == "Dimensions";
      if (!is_key || !(tokens_[i + 1].is(":") || tokens_[i + 1].is("]"))) {
        continue;
      }
      const auto list = tokens_[i + 1].is(":") ? program_.list_of(value_at(i + 2)) : std::nullopt;
      const auto found = list ? names_in(*list) : std::nullopt;
      if (!found || (names && *names != *found)) {
        return std::nullopt;
      }
      names = found;
    }
    return names ? names : std::optional(std::set<std::string>{});
  }

  // The expression at a token, up to a comma or the bracket around it.
  [[nodiscard]] TokenRange value_at(std::size_t begin) const {
    std::size_t end = begin;
    while (end < tokens_.size() && !tokens_[end].is(",") && !tokens_[end].is("}") &&
           !tokens_[end].is(")") && !tokens_[end].is("]")) {
      const bool is_open = tokens_[end].is("[") || tokens_[end].is("(") || tokens_[end].is("{");
      end = is_open ? program_.past_bracket(end) : end + 1;
    }
    return {begin, end};
  }

  void read_put(const PythonCall& call) {
    const auto* name_space = call.find("Namespace");
    if (name_space == nullptr) {
      return;
    }
    const auto dimensions = dimensions_built(program_.body_around(call.name));
    for (const PythonText& text : program_.texts_of(name_space->value)) {
      setup_.published.push_back({text.text, text.is_prefix, dimensions, place(text.line)});
    }
  }

  void read_statistics(const PythonCall& call) {
    const auto* name_space = call.find("Namespace");
    const auto* metric = call.find("MetricName");
    const auto* dimensions = call.find("Dimensions");
    if (name_space == nullptr || metric == nullptr) {
      return;
    }
    const auto name_spaces = program_.texts_of(name_space->value);
    const auto metrics = program_.texts_of(metric->value);
    std::optional<std::set<std::string>> names = std::set<std::string>{};
    if (dimensions != nullptr) {
      const auto list = program_.list_of(dimensions->value);
      names = list ? names_in(*list) : std::nullopt;
    }
    const bool is_told = names && name_spaces.size() == 1 && metrics.size() == 1 &&
                         !name_spaces[0].is_prefix && !metrics[0].is_prefix;
    if (is_told) {
      setup_.watched.push_back({Watched::By::kCode, subject(call.name), name_spaces[0].text,
                                metrics[0].text, *names, place(tokens_[call.name].line)});
    }
  }

  void read_query(const PythonCall& call) {
    const auto* query = call.find("queryString");
    const auto* group = call.find("logGroupName");
    if (query == nullptr || group == nullptr) {
      return;
    }
    const auto groups = program_.texts_of(group->value);
    const auto texts = program_.texts_of(query->value);
    if (groups.size() == 1 && groups[0].text.find("flow") != std::string::npos &&
        texts.size() == 1 && !texts[0].is_prefix) {
      setup_.queries.push_back({texts[0].text, subject(call.name), place(texts[0].line)});
    }
  }

  void check_status(const PythonCall& call) {
    const TokenRange body = program_.body_around(call.name);
    const bool looks = std::any_of(
        tokens_.begin() + static_cast<std::ptrdiff_t>(body.begin),
        tokens_.begin() + static_cast<std::ptrdiff_t>(body.end),
        [](const PythonToken& token) { return token.is_string() && token.text == "status"; });
    if (!looks) {
      setup_.findings.push_back(
          {Severity::kWarning, "query_status_unread", place(tokens_[call.name].line),
           subject(call.name),
           "reads a query's results without looking at their status: those of one that still runs "
           "are taken for all",
           "ask again until status is none of Scheduled and Running"});
    }
  }

  void check_datapoints() {
    for (std::size_t i = 0; i + 4 < tokens_.size(); ++i) {
      if (!tokens_[i].is_string() || tokens_[i].text != "Datapoints" || !tokens_[i + 1].is("]") ||
          !tokens_[i + 2].is("[")) {
        continue;
      }
      const bool is_last = tokens_[i + 3].is("-");
      const PythonToken& index = tokens_[is_last ? i + 4 : i + 3];
      if (index.kind == PythonToken::Kind::kNumber) {
        setup_.findings.push_back(
            {Severity::kWarning, "datapoints_unordered", place(tokens_[i].line), subject(i),
             fmt::format("takes datapoint {}{} for the {}; CloudWatch gives them in no order",
                         is_last ? "-" : "", index.text, is_last ? "newest" : "oldest"),
             "sort them by Timestamp first"});
      }
    }
  }

  // Names of alarms that the program compares with, of a variable that was given an AlarmName.
  void find_handled_alarms() {
    std::set<std::string> variables;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i].begins_line || tokens_[i].kind != PythonToken::Kind::kName ||
          !tokens_[i + 1].is("=")) {
        continue;
      }
      for (std::size_t at = i + 2; at < tokens_.size() && !tokens_[at].begins_line; ++at) {
        if (tokens_[at].is_string() && tokens_[at].text == "AlarmName") {
          variables.insert(tokens_[i].text);
        }
      }
    }
    const auto is_variable = [&](std::size_t at) {
      return at < tokens_.size() && tokens_[at].kind == PythonToken::Kind::kName &&
             variables.contains(tokens_[at].text);
    };
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) {
      if (!tokens_[i].is_string() || tokens_[i].is_formatted) {
        continue;
      }
      const bool is_part = tokens_[i + 1].is("in") && is_variable(i + 2);
      const bool is_equal =
          i >= 3 && tokens_[i - 1].is("=") && tokens_[i - 2].is("=") && is_variable(i - 3);
      if (is_part || is_equal) {
        setup_.used.push_back({Thing::kAlarm, tokens_[i].text, place(tokens_[i].line), subject(i)});
      }
    }
  }

  PythonProgram program_;
  const std::vector<PythonToken>& tokens_;
  const std::string& file_;
  Setup& setup_;
};

}  // namespace

void read_python(std::string_view text, const std::string& file, Setup& setup) {
  PythonReader(text, file, setup).read();
}

}  // namespace weir::doctor
