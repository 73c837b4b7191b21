#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column/completeness.h"
#include "column/coverage.h"
#include "flowlog/content.h"
#include "flowlog/line_parser.h"

namespace weir::flowlog {

inline constexpr std::size_t kMaxExamples = 5;

// One refused record, kept as an example.
struct Refusal {
  std::uint64_t position = 0;  // of the record in the inflated bytes of the file
  std::uint64_t line = 0;      // 1-based; 0: not counted yet
  std::uint64_t column = 0;
  Reject reason = Reject::kNone;
  std::string excerpt;
};

// What reading a file, or a piece of one, leaves behind beside rows.
struct FileTally {
  ParseTally parse;
  column::Coverage coverage;
  std::vector<Refusal> refusals;  // the first kMaxExamples by position, in order
  std::vector<std::string> notes;
  std::uint64_t stored_bytes = 0;
  std::uint64_t inflated_bytes = 0;
  bool is_damaged = false;  // something of the file could not be read

  // Counts a refused record that no LineParser has seen.
  void refuse(Reject reason, std::uint64_t position, std::string_view text, std::uint64_t line = 0);
  // Keeps a refusal that was counted already, if it is among the first kMaxExamples by position.
  void keep(Refusal refusal);
  [[nodiscard]] bool has_room_for(std::uint64_t position) const;
  [[nodiscard]] std::uint64_t num_records() const {
    return parse.ok + parse.nodata + parse.skipdata;
  }
  [[nodiscard]] std::uint64_t num_rejected() const;
};
void merge(FileTally& into, FileTally&& piece);
void merge(ParseTally& into, const ParseTally& piece);

// At most 80 bytes of a refused record, without anything that a terminal would act on.
[[nodiscard]] std::string excerpt_of(std::string_view text);

// Gathers what the files of a scan leave behind. Thread-safe; answers do not depend on the order of
// the calls.
class ScanReport {
 public:
  void add_file(const InputFile& file, FileTally&& tally);  // once a file or in pieces
  void count_file();
  void count_skipped(const InputFile& file);
  void add_note(const InputFile& file, std::string text);
  // "no header; read as v2 (14 fields, confidence 0.99)"; files that share it are named together.
  void add_shared_note(const InputFile& file, std::string text);
  // A file that could not be understood, passed over: it counts as one rejected record.
  // `is_damaged`: not a stranger, but one that cannot be read.
  void add_unreadable(const InputFile& file, const std::string& problem, bool is_damaged);

  // Numbers of the lines that begin at `positions` (ascending) of a file; empty where they cannot
  // be told any more.
  using LineNumbers = std::function<std::vector<std::uint64_t>(
      std::uint32_t file_index, const std::vector<std::uint64_t>& positions)>;
  [[nodiscard]] column::Completeness finish(const LineNumbers& line_numbers) const;

 private:
  struct Example {
    std::uint32_t file_index = 0;
    std::string path;
    Refusal refusal;
    std::string reason;
  };
  struct Note {
    std::uint32_t file_index = 0;
    std::string path;
    std::string text;
  };
  struct SharedNote {
    std::uint32_t first_index = 0;
    std::string first_path;
    std::uint64_t num_files = 0;
  };
  void trim_examples();

  mutable std::mutex mutex_;
  ParseTally parse_;
  column::Coverage coverage_;
  std::vector<Example> examples_;
  std::vector<Note> notes_;
  std::map<std::string, SharedNote> shared_notes_;
  std::uint64_t files_ = 0;
  std::uint64_t files_skipped_ = 0;
  std::optional<TimeMs> skipped_first_;
  std::optional<TimeMs> skipped_last_;
  std::uint64_t files_unreadable_ = 0;
  std::uint64_t files_damaged_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t inflated_bytes_ = 0;
};

}  // namespace weir::flowlog
