#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column/completeness.h"
#include "store/manifest_types.h"

namespace weir::intake {

// What is remembered of an object beside its identity: SourceMeta::details, a small JSON document.
struct SourceDetails {
  // Of the object as it is stored, so that the same file is known without being inflated.
  std::uint64_t stored_bytes = 0;
  std::uint64_t probe = 0;
  std::optional<store::SourceId> stored_hash;
  // Of lines: where this part of a file that grew begins, and the layout in force at its end; the
  // key of the file's path. Such an object can be gone on with.
  bool is_text = false;
  std::uint64_t path_key = 0;
  std::uint64_t begin = 0;
  std::string layout;
  // What reading it found, beside rows.
  std::uint64_t nodata = 0;
  std::uint64_t skipdata = 0;
  std::map<std::string, std::uint64_t> rejected;
  std::map<std::string, std::uint64_t> odd;
  std::vector<std::string> notes;
  // How it was thinned.
  std::string where;
  std::uint32_t sample = 1;
  std::uint64_t repeats = 0;  // dropped: whole records that other objects had brought

  static constexpr std::size_t kMaxNotes = 3;
};

[[nodiscard]] std::string to_text(const SourceDetails& details);
// What cannot be read is left at its default: a newer Weir may have written more.
[[nodiscard]] SourceDetails read_details(std::string_view text);

}  // namespace weir::intake
