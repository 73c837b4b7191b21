#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/segment_format.h"
#include "store/segment_reader.h"

namespace weir::store {

inline constexpr std::size_t kRareBlockRows = 4096;  // rows of all blocks but the last

// Which rows of a column stand once more, sorted by its values, and where: docs/formats/segment.md.
struct RareIndex {
  std::vector<std::uint64_t> counts;  // rows of each value but null, by number; 0: not rare
  struct Part {
    std::uint32_t num_rows = 0;
    std::vector<Chunk> chunks;  // of the members of groups, of the columns alone, of the ordinals
  };
  std::vector<Part> blocks;

  [[nodiscard]] static Result<RareIndex> of(const SegmentReader& segment,
                                            const SegmentRareRows& rare);
};

void write_rare_index(const RareIndex& index, std::string& out);
// Hardened against untrusted input. `footer` is that of the segment, `rare` one of its rare_rows.
[[nodiscard]] Result<RareIndex> read_rare_index(std::string_view bytes, const SegmentFooter& footer,
                                                const SegmentRareRows& rare,
                                                std::uint64_t file_bytes);

// Where the values of each column stand in a block of rare rows: members have chunks of their own.
[[nodiscard]] std::vector<SegmentReader::Place> rare_places(const SegmentFooter& footer);

// All rows of one rare value of a segment.
struct RareRows {
  struct Piece {
    Block block;  // ordinals and jumps are of the rows [first_row, end_row)
    std::uint32_t first_row = 0;
    std::uint32_t end_row = 0;
  };
  std::vector<Piece> pieces;
  std::vector<SegmentReader::Place> places;  // by column
  std::vector<std::uint32_t> num_values;     // of each member, null not counted

  // nullopt: the value with this number is not rare.
  [[nodiscard]] static Result<std::optional<RareRows>> find(const SegmentReader& segment,
                                                            const SegmentRareRows& rare,
                                                            std::uint32_t value);
};

}  // namespace weir::store
