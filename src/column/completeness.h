#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace weir::column {

// What an answer rests on. Every scan fills one; answers carry it to the user.
struct Completeness {
  struct Rejected {  // one refused record, kept as an example
    std::string file;
    std::uint64_t line = 0;    // 1-based; 0 where the container has no lines
    std::uint64_t column = 0;  // 1-based byte of the token at fault; 0 = the record as a whole
    std::string reason;        // key of rejected_by_reason
    std::string excerpt;       // at most 80 bytes, made printable
  };
  struct Gap {  // no record covers [from, to)
    TimeMs from = 0;
    TimeMs to = 0;
  };

  std::uint64_t files = 0;
  std::uint64_t files_skipped = 0;      // by key and time range, without opening
  std::optional<TimeMs> skipped_first;  // smallest and largest time of their keys
  std::optional<TimeMs> skipped_last;
  std::uint64_t files_damaged = 0;  // cut short, or not to be read at all
  std::uint64_t bytes_read = 0;     // as stored
  std::uint64_t bytes_inflated = 0;
  std::uint64_t records = 0;  // accepted: ok + nodata + skipdata
  std::uint64_t ok = 0;
  std::uint64_t nodata = 0;
  std::uint64_t skipdata = 0;
  std::uint64_t rejected = 0;
  std::map<std::string, std::uint64_t> rejected_by_reason;
  std::map<std::string, std::uint64_t> warnings;  // kept, but odd: protocol above 255, end < start
  std::vector<Rejected> examples;                 // the first few, in input order
  std::optional<TimeMs> first;                    // smallest start
  std::optional<TimeMs> last;                     // largest end
  std::vector<Gap> gaps;                          // within [first, last], 10 minutes or longer
  std::vector<std::string> notes;  // per-file facts worth saying: inferred layouts, trailing bytes

  static constexpr std::size_t kMaxExamples = 10;

  // Adds what another scan of the same query says: counts add up, gaps of either stay gaps,
  // examples follow up to kMaxExamples, notes said twice are kept once.
  void merge(const Completeness& other);

  // True where nothing is known to be missing.
  [[nodiscard]] bool is_complete() const {
    return skipdata == 0 && gaps.empty() && files_damaged == 0;
  }
};

}  // namespace weir::column
