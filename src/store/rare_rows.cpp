#include "store/rare_rows.h"

#include <algorithm>
#include <utility>

#include "codec/numbers.h"
#include "store/part_bytes.h"

namespace weir::store {
namespace {

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kInput, "an index of rare rows is damaged");
}

std::size_t count_members(const SegmentFooter& footer) {
  return static_cast<std::size_t>(
      std::count_if(footer.columns.begin(), footer.columns.end(),
                    [](const SegmentColumn& column) { return column.group != 0; }));
}

// How many values each column has that is in a group; 0 for the others.
std::vector<std::uint32_t> values_of_columns(const SegmentFooter& footer) {
  std::vector<std::uint32_t> num_values;
  std::vector<std::size_t> next_member(footer.groups.size(), 0);
  for (const SegmentColumn& column : footer.columns) {
    num_values.push_back(0);
    for (std::size_t g = 0; g < footer.groups.size(); ++g) {
      if (footer.groups[g].number == column.group) {
        num_values.back() = footer.groups[g].num_values[next_member[g]++];
      }
    }
  }
  return num_values;
}

// Of two columns that are a pair both are written so, or neither.
bool are_pairs_whole(const SegmentFooter& footer, const std::vector<Chunk>& chunks) {
  const std::vector<SegmentReader::Place> places = rare_places(footer);
  std::vector<bool> may_be_paired(chunks.size(), false);
  for (std::size_t c = 0; c < footer.columns.size(); ++c) {
    if (footer.columns[c].pair) {
      const std::size_t first = places[*footer.columns[c].pair].chunk;
      const std::size_t second = places[c].chunk;
      if (chunks[first].is_paired != chunks[second].is_paired) {
        return false;
      }
      may_be_paired[first] = may_be_paired[second] = true;
    }
  }
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].is_paired && !may_be_paired[i]) {
      return false;
    }
  }
  return true;
}

Result<void> read_ordinals(const SegmentReader& segment, const RareIndex::Part& part,
                           RareRows::Piece& piece) {
  const Chunk& chunk = part.chunks.back();
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, segment.read(chunk.extent, buffer));
  codec::NumberDecoder decoder;
  if (auto done = decoder.open(bytes, part.num_rows); !done) {
    return tl::unexpected<Error>(segment.at_file(std::move(done).error(), "rare rows"));
  }
  std::vector<std::uint64_t> ordinals(piece.end_row - piece.first_row);
  decoder.read(piece.first_row, ordinals.size(), ordinals.data());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < ordinals.size(); ++i) {
    const std::uint64_t ordinal = ordinals[i] + static_cast<std::uint64_t>(chunk.base);
    if (i == 0) {
      piece.block.first_ordinal = ordinal;
    } else if (ordinal <= before) {
      return tl::unexpected<Error>(
          segment.at_file(Error{ErrorCode::kInput, "ordinals do not ascend"}, "rare rows"));
    } else if (ordinal != before + 1) {
      piece.block.jumps.push_back(
          {piece.first_row + static_cast<std::uint32_t>(i), ordinal - before - 1});
    }
    before = ordinal;
  }
  return {};
}

}  // namespace

void write_rare_index(const RareIndex& index, std::string& out) {
  std::string run;
  codec::encode_numbers(index.counts, codec::Preference::kSize, run);
  codec::put_text(run, out);
  codec::put_varint(index.blocks.size(), out);
  for (const RareIndex::Part& part : index.blocks) {
    codec::put_varint(part.num_rows, out);
    for (const Chunk& chunk : part.chunks) {
      put_chunk(chunk, out);
    }
  }
}

Result<RareIndex> read_rare_index(std::string_view bytes, const SegmentFooter& footer,
                                  const SegmentRareRows& rare, std::uint64_t file_bytes) {
  PartReader reader(bytes, file_bytes);
  RareIndex index;
  index.counts.resize(values_of_columns(footer)[rare.column]);
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.bytes().text(), index.counts.size()));
  decoder.read(0, index.counts.size(), index.counts.data());
  std::uint64_t num_rows = 0;
  for (const std::uint64_t count : index.counts) {
    if (count > rare.num_rows - num_rows) {
      return damaged();
    }
    num_rows += count;
  }
  const std::size_t num_chunks = footer.columns.size() + 1;
  index.blocks.resize(reader.count(kMaxSegmentRows, 1 + 15 * num_chunks));
  std::uint64_t num_in_blocks = 0;
  for (std::size_t b = 0; b < index.blocks.size() && reader.bytes().is_good(); ++b) {
    RareIndex::Part& part = index.blocks[b];
    part.num_rows = reader.number(kRareBlockRows);
    if (part.num_rows == 0 || (b + 1 < index.blocks.size() && part.num_rows != kRareBlockRows)) {
      return damaged();
    }
    num_in_blocks += part.num_rows;
    part.chunks.reserve(num_chunks);
    for (std::size_t c = 0; c < num_chunks; ++c) {
      WEIR_ASSIGN_OR_RETURN(part.chunks.emplace_back(), reader.chunk());
    }
    if (!are_pairs_whole(footer, part.chunks)) {
      return damaged();
    }
  }
  return reader.bytes().is_at_end() && num_rows == rare.num_rows && num_in_blocks == num_rows
             ? Result<RareIndex>(std::move(index))
             : damaged();
}

std::vector<SegmentReader::Place> rare_places(const SegmentFooter& footer) {
  std::vector<SegmentReader::Place> places(footer.columns.size());
  std::size_t next_member = 0;
  std::size_t next_alone = count_members(footer);
  for (std::size_t c = 0; c < places.size(); ++c) {
    places[c].is_in_group = footer.columns[c].group != 0;
    places[c].chunk = places[c].is_in_group ? next_member++ : next_alone++;
    places[c].group = places[c].is_in_group ? places[c].chunk : 0;
  }
  return places;
}

Result<RareIndex> RareIndex::of(const SegmentReader& segment, const SegmentRareRows& rare) {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, segment.read(rare.index, buffer));
  auto index = read_rare_index(bytes, segment.footer(), rare, segment.file_bytes());
  if (!index) {
    return tl::unexpected<Error>(segment.at_file(std::move(index).error(), "rare rows"));
  }
  return index;
}

Result<std::optional<RareRows>> RareRows::find(const SegmentReader& segment,
                                               const SegmentRareRows& rare, std::uint32_t value) {
  WEIR_ASSIGN_OR_RETURN(RareIndex index, RareIndex::of(segment, rare));
  if (value == 0 || value > index.counts.size() || index.counts[value - 1] == 0) {
    return std::optional<RareRows>();
  }
  RareRows found;
  found.places = rare_places(segment.footer());
  const std::vector<std::uint32_t> num_values = values_of_columns(segment.footer());
  for (std::size_t c = 0; c < num_values.size(); ++c) {
    if (found.places[c].is_in_group) {
      found.num_values.push_back(num_values[c]);
    }
  }
  std::uint64_t begin = 0;
  for (std::size_t v = 0; v + 1 < value; ++v) {
    begin += index.counts[v];
  }
  const std::uint64_t end = begin + index.counts[value - 1];
  for (std::size_t b = begin / kRareBlockRows; b * kRareBlockRows < end; ++b) {
    RareIndex::Part& part = index.blocks[b];
    const std::uint64_t first = b * kRareBlockRows;
    Piece& piece = found.pieces.emplace_back();
    piece.first_row = static_cast<std::uint32_t>(std::max(begin, first) - first);
    piece.end_row = static_cast<std::uint32_t>(std::min(end - first, std::uint64_t{part.num_rows}));
    piece.block.num_rows = part.num_rows;
    WEIR_RETURN_IF_ERROR(read_ordinals(segment, part, piece));
    part.chunks.pop_back();
    piece.block.chunks = std::move(part.chunks);
  }
  return std::optional(std::move(found));
}

}  // namespace weir::store
