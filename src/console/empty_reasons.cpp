#include "console/empty_reasons.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "base/time_text.h"

namespace weir::console {
namespace {

using format::Tree;

Tree reason(std::string_view cause, std::string detail, std::string_view next) {
  return Tree::map({{"cause", cause}, {"detail", std::move(detail)}, {"next", next}});
}

std::string grouped(std::uint64_t count) {
  return format_grouped(static_cast<std::int64_t>(count));
}

// What the time that was asked for has to do with the time of what is stored.
std::optional<Tree> reason_of_range(const FlowExtent& extent, const column::TimeRange& range) {
  if (extent.oldest_ms && range.until && *range.until <= *extent.oldest_ms) {
    return reason("range_before_data",
                  fmt::format("the time asked for ends {}, the first record stored is of {}",
                              to_time_text(*range.until), to_time_text(*extent.oldest_ms)),
                  "Ask for a later time.");
  }
  if (extent.newest_ms && range.since && *range.since > *extent.newest_ms) {
    return reason("range_after_data",
                  fmt::format("the time asked for begins {}, the last record stored is of {}",
                              to_time_text(*range.since), to_time_text(*extent.newest_ms)),
                  "Ask for an earlier time, or see on System whether flow logs still come in.");
  }
  return std::nullopt;
}

std::optional<Tree> reason_of_warnings(const query::AnswerReport& report) {
  const auto find = [&](std::string_view code) {
    return std::find_if(report.warnings.begin(), report.warnings.end(),
                        [&](const query::Warning& warning) { return warning.code == code; });
  };
  if (const auto constant = find("constant_predicate"); constant != report.warnings.end()) {
    return reason("filter_constant", constant->message,
                  "Compare a field with a value, not with itself.");
  }
  if (const auto absent = find("empty_field"); absent != report.warnings.end()) {
    return reason("field_never_present", absent->message,
                  "Ask for fields that the records have; Flows shows one with all it has.");
  }
  return std::nullopt;
}

}  // namespace

Result<Tree> empty_reasons(const FlowRoom& room, const query::AnswerReport& report,
                           const column::TimeRange& range, bool has_rows) {
  Tree reasons = Tree::list();
  if (has_rows) {
    return reasons;
  }
  WEIR_ASSIGN_OR_RETURN(const FlowExtent extent, room.extent());
  const column::Completeness& found = report.completeness;
  if (extent.num_records == 0 && found.rejected > 0) {
    reasons.push(reason(
        "all_rejected",
        fmt::format("all {} records that were taken in were refused", grouped(found.rejected)),
        "See on System why, and compare the layout with weir fields FILE."));
    return reasons;
  }
  if (extent.num_records == 0) {
    reasons.push(reason("no_data_stored", "no flow record has been taken in yet",
                        "weir ingest PATH takes flow logs in, or weir serve --ingest PATH."));
    return reasons;
  }
  if (auto of_range = reason_of_range(extent, range)) {
    reasons.push(std::move(*of_range));
    return reasons;
  }
  if (auto of_warnings = reason_of_warnings(report)) {
    reasons.push(std::move(*of_warnings));
  }
  const std::uint64_t num_silent = found.nodata + found.skipdata;
  if (found.ok == 0 && num_silent > 0) {
    reasons.push(reason("only_nodata",
                        fmt::format("the {} records of that time say that there was nothing to "
                                    "record (NODATA) or that records were lost (SKIPDATA)",
                                    grouped(num_silent)),
                        "Ask for another time, or for log_status itself."));
  } else if (found.records == 0 && reasons.items().empty()) {
    reasons.push(reason("gap_in_range",
                        fmt::format("no record covers that time; what is stored runs from {} to {}",
                                    extent.oldest_ms ? to_time_text(*extent.oldest_ms) : "?",
                                    extent.newest_ms ? to_time_text(*extent.newest_ms) : "?"),
                        "Ask for another time; the coverage shows where records are."));
  } else if (reasons.items().empty()) {
    reasons.push(reason(
        "filter_matches_nothing",
        fmt::format("{} records of that time were looked at, none matched", grouped(found.records)),
        "Loosen the filter, or take a condition out to see which one excludes everything."));
  }
  return reasons;
}

}  // namespace weir::console
