#include "query/insights/portability.h"

#include <fmt/format.h>

#include <algorithm>

#include "flowlog/field.h"

namespace weir::query::insights {
namespace {

// Functions and operators of Logs Insights QL (CWL_QuerySyntax-operations-functions and
// CWL_QuerySyntax-Stats, read 2026-06), lower case. parse_glob and parse_regex are what its `parse`
// becomes.
constexpr std::string_view kCloudWatchFunctions[] = {"abs",
                                                     "avg",
                                                     "bin",
                                                     "ceil",
                                                     "coalesce",
                                                     "concat",
                                                     "contains",
                                                     "count",
                                                     "dateceil",
                                                     "datefloor",
                                                     "count_distinct",
                                                     "earliest",
                                                     "floor",
                                                     "frommillis",
                                                     "greatest",
                                                     "if",
                                                     "isblank",
                                                     "isempty",
                                                     "isipinsubnet",
                                                     "isipv4insubnet",
                                                     "isipv6insubnet",
                                                     "ispresent",
                                                     "isvalidip",
                                                     "isvalidipv4",
                                                     "isvalidipv6",
                                                     "latest",
                                                     "least",
                                                     "log",
                                                     "ltrim",
                                                     "matches",
                                                     "max",
                                                     "min",
                                                     "now",
                                                     "parse_glob",
                                                     "parse_regex",
                                                     "pct",
                                                     "replace",
                                                     "rtrim",
                                                     "sortsfirst",
                                                     "sortslast",
                                                     "sqrt",
                                                     "stddev",
                                                     "strcontains",
                                                     "strlen",
                                                     "substr",
                                                     "sum",
                                                     "tolower",
                                                     "tomillis",
                                                     "toupper",
                                                     "trim"};

constexpr std::string_view kCloudWatchOperators[] = {
    "and", "or", "not", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "neg", "in"};

template <std::size_t kSize>
bool is_listed(const std::string_view (&list)[kSize], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

std::optional<std::string_view> cloudwatch_spelling(std::string_view canonical) {
  const auto field = flowlog::find_field(canonical);
  if (!field || flowlog::info(*field).canonical != canonical) {
    return std::nullopt;
  }
  return flowlog::insights_name(*field);
}

void SpellingNotes::add(std::string_view written, std::string_view canonical, TextSpan span) {
  const auto spelling = cloudwatch_spelling(canonical);
  const bool is_noted = std::any_of(notes_.begin(), notes_.end(),
                                    [&](const Note& note) { return note.written == written; });
  if (spelling && *spelling != written && !is_noted) {
    notes_.push_back({std::string(written), std::string(*spelling), span});
  }
}

void SpellingNotes::report(Binder& binder) const {
  std::string respelt;
  std::string undiscovered;
  std::optional<TextSpan> respelt_span;
  std::optional<TextSpan> undiscovered_span;
  for (const Note& note : notes_) {
    std::string& list = note.cloudwatch.empty() ? undiscovered : respelt;
    auto& span = note.cloudwatch.empty() ? undiscovered_span : respelt_span;
    list += list.empty() ? "" : ", ";
    list += note.cloudwatch.empty() ? note.written
                                    : fmt::format("{} for {}", note.cloudwatch, note.written);
    if (!span) {
      span = note.span;
    }
  }
  if (!respelt.empty()) {
    binder.warn("field_casing", fmt::format("in CloudWatch write {}", respelt), respelt_span);
  }
  if (!undiscovered.empty()) {
    binder.warn("field_undiscovered",
                fmt::format("CloudWatch does not discover {} in flow logs: there, parse @message",
                            undiscovered),
                undiscovered_span);
  }
}

std::optional<TextSpan> find_period_arithmetic(const Syntax& syntax) {
  const bool is_operator =
      syntax.kind == Syntax::Kind::kCall && is_listed(kCloudWatchOperators, syntax.text);
  for (const Syntax& child : syntax.children) {
    if (is_operator && child.kind == Syntax::Kind::kPeriod) {
      return syntax.span;
    }
    if (const auto found = find_period_arithmetic(child)) {
      return found;
    }
  }
  return std::nullopt;
}

Result<void> check_cloudwatch_expression(const Syntax& syntax) {
  if (syntax.kind == Syntax::Kind::kCall && !is_listed(kCloudWatchOperators, syntax.text) &&
      !is_listed(kCloudWatchFunctions, syntax.text)) {
    return fail(ErrorCode::kUsage, fmt::format("CloudWatch has no function '{}'", syntax.text),
                syntax.span);
  }
  for (const Syntax& child : syntax.children) {
    WEIR_RETURN_IF_ERROR(check_cloudwatch_expression(child));
  }
  return {};
}

}  // namespace weir::query::insights
