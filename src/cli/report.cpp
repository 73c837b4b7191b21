#include "cli/report.h"

#include <fmt/format.h>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/cell.h"

namespace weir::cli {
namespace {

constexpr std::size_t kShownGaps = 3;
constexpr std::size_t kShownNotes = 5;

std::string grouped(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string duration_text(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  return minutes < 120 ? fmt::format("{} min", minutes)
                       : fmt::format("{:.1f} h", static_cast<double>(minutes) / 60);
}

std::string example_text(const column::Completeness::Rejected& example) {
  std::string text = example.file;
  if (example.line > 0) {
    text += fmt::format(":{}", example.line);
    if (example.column > 0) {
      text += fmt::format(":{}", example.column);
    }
  }
  text += fmt::format(": {}: ", example.reason);
  append_printable(example.excerpt, text);
  return text;
}

}  // namespace

std::string report_text(const AnswerReport& report) {
  const column::Completeness& c = report.completeness;
  std::string text =
      fmt::format("{} in {}", counted(c.records, "record"), counted(c.files, "file"));
  if (c.files_skipped > 0) {
    text += fmt::format(" ({} passed over by time)", grouped(c.files_skipped));
  }
  text += fmt::format(", {} in {:.2f} s", format_bytes(static_cast<double>(c.bytes_read)),
                      report.seconds);
  if (report.seconds > 0.005 && c.records > 0) {
    text += fmt::format(
        " ({} records/s)",
        grouped(static_cast<std::uint64_t>(static_cast<double>(c.records) / report.seconds)));
  }
  text += "\n";
  if (c.first && c.last) {
    text += fmt::format("{} to {}", to_time_text(*c.first), to_time_text(*c.last));
    text += fmt::format("; NODATA {}, SKIPDATA {}, rejected {}, {}\n", grouped(c.nodata),
                        grouped(c.skipdata), grouped(c.rejected), counted(c.gaps.size(), "gap"));
  } else if (c.rejected > 0) {
    text += fmt::format("rejected {}\n", grouped(c.rejected));
  }
  for (std::size_t i = 0; i < c.gaps.size() && i < kShownGaps; ++i) {
    const auto& gap = c.gaps[i];
    text += fmt::format("gap: no record covers {} to {} ({})\n", to_time_text(gap.from),
                        to_time_text(gap.to), duration_text(gap.to - gap.from));
  }
  if (c.gaps.size() > kShownGaps) {
    text += fmt::format("... and {} more gaps (--report FILE lists them)\n",
                        c.gaps.size() - kShownGaps);
  }
  if (c.skipdata > 0) {
    text += fmt::format("AWS lost records in {} (SKIPDATA): totals are too low there\n",
                        counted(c.skipdata, "window"));
  }
  for (const auto& [reason, count] : c.rejected_by_reason) {
    text += fmt::format("rejected: {} ({})\n", grouped(count), reason);
  }
  for (const auto& example : c.examples) {
    text += fmt::format("  {}\n", example_text(example));
  }
  for (const auto& [reason, count] : c.warnings) {
    text += fmt::format("kept, but odd: {} ({})\n", grouped(count), reason);
  }
  for (std::size_t i = 0; i < c.notes.size() && i < kShownNotes; ++i) {
    text += fmt::format("note: {}\n", c.notes[i]);
  }
  if (c.notes.size() > kShownNotes) {
    text += fmt::format("... and {} more notes (--report FILE lists them)\n",
                        c.notes.size() - kShownNotes);
  }
  return text;
}

std::string empty_reason(const AnswerReport& report) {
  const column::Completeness& c = report.completeness;
  if (report.rows_returned > 0) {
    return "";
  }
  if (c.files == 0 && c.files_skipped > 0) {
    std::string text = fmt::format(
        "no rows: by {} the time and place asked for lie elsewhere",
        c.files_skipped == 1 ? "the name of the file"
                             : fmt::format("the names of all {} files", grouped(c.files_skipped)));
    if (c.skipped_first && c.skipped_last) {
      text += fmt::format(
          "; they are of {} to {} (relative times count from --now TIME, or from "
          "the clock)",
          to_time_text(*c.skipped_first), to_time_text(*c.skipped_last));
    }
    return text + "\n";
  }
  if (c.records == 0 && c.rejected > 0) {
    return "no rows: every record was rejected; see the reasons above, and `weir fields PATH` for "
           "the layout found\n";
  }
  if (c.records == 0) {
    return "no rows: the input holds no records\n";
  }
  if (report.rows_matched == 0 && c.first && c.last) {
    return fmt::format(
        "no rows: {} read, none matched; the data runs from {} to {} (relative times count from "
        "--now TIME, or from the clock)\n",
        counted(c.records, "record"), to_time_text(*c.first), to_time_text(*c.last));
  }
  return "";
}

Result<void> write_report_file(const std::string& path, const std::string& document,
                               Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const auto file, environment.files().create(path));
  WEIR_RETURN_IF_ERROR(file->append(document));
  return file->close();
}

}  // namespace weir::cli
