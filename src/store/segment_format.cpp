#include "store/segment_format.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/part_bytes.h"

namespace weir::store {
namespace {

using codec::put_fixed;
using codec::put_text;
using codec::put_varint;

constexpr std::uint64_t kMaxColumns = 4096;
constexpr std::uint64_t kMaxCoverageWords = 1U << 18;

void put_time(const std::optional<TimeMs>& time, std::string& out) {
  out += static_cast<char>(time ? 1 : 0);
  put_signed(time.value_or(0), out);
}
std::optional<TimeMs> take_time(codec::ByteReader& reader) {
  const bool is_there = reader.fixed<std::uint8_t>() != 0;
  const TimeMs time = take_signed(reader);
  return is_there ? std::optional(time) : std::nullopt;
}

void put_block(const Block& block, std::string& out) {
  put_varint(block.num_rows, out);
  put_varint(block.first_ordinal, out);
  put_varint(block.jumps.size(), out);
  std::uint32_t row = 0;
  for (const OrdinalJump& jump : block.jumps) {
    put_varint(jump.row - row, out);
    put_varint(jump.skipped, out);
    row = jump.row;
  }
  for (const Chunk& chunk : block.chunks) {
    put_chunk(chunk, out);
  }
}

Result<Block> take_block(PartReader& reader, std::size_t num_chunks) {
  Block block;
  block.num_rows = reader.number(kBlockRows);
  block.first_ordinal = reader.bytes().varint();
  block.jumps.resize(reader.count(kBlockRows, 2));
  std::uint32_t row = 0;
  for (OrdinalJump& jump : block.jumps) {
    row += reader.number(block.num_rows - row);
    jump.row = row;
    jump.skipped = reader.bytes().varint();
  }
  // Of a damaged footer no more than it can have.
  block.chunks.reserve(std::min(num_chunks, reader.bytes().rest().size() / 15 + 1));
  for (std::size_t c = 0; c < num_chunks; ++c) {
    WEIR_ASSIGN_OR_RETURN(const Chunk chunk, reader.chunk());
    block.chunks.push_back(chunk);
  }
  return block;
}

void put_rare_rows(const std::vector<SegmentRareRows>& all, std::string& out) {
  put_varint(all.size(), out);
  for (const SegmentRareRows& rare : all) {
    put_varint(rare.column, out);
    put_varint(rare.num_rows, out);
    put_extent(rare.index, out);
  }
}

Result<void> take_rare_rows(PartReader& reader, SegmentFooter& footer) {
  footer.rare_rows.resize(reader.count(footer.columns.size(), 12));
  for (SegmentRareRows& rare : footer.rare_rows) {
    rare.column = reader.number(footer.columns.size() - 1);
    rare.num_rows = reader.number(footer.num_rows);
    rare.index = reader.extent();
    if (footer.columns[rare.column].group == 0) {
      return fail(ErrorCode::kInput, "a segment's footer has rare rows of a column without codes");
    }
  }
  return {};
}

Result<void> take_rankings(PartReader& reader, SegmentFooter& footer) {
  std::vector<SegmentRanking>& rankings = footer.totals->rankings;
  rankings.resize(reader.count(footer.columns.size(), 13));
  for (SegmentRanking& ranking : rankings) {
    ranking.keys.resize(reader.count(footer.columns.size(), 1));
    for (std::uint32_t& column : ranking.keys) {
      column = reader.number(footer.columns.size() - 1);
      if (footer.columns[column].group != footer.groups.front().number) {
        return fail(ErrorCode::kInput, "a segment's footer ranks by a column without codes");
      }
    }
    ranking.num_keys = reader.number(kMaxGroupCodes);
    ranking.extent = reader.extent();
  }
  return {};
}

void put_rollups(const std::vector<SegmentRollup>& rollups, std::string& out) {
  put_varint(rollups.size(), out);
  for (const SegmentRollup& rollup : rollups) {
    put_varint(rollup.keys.size(), out);
    for (const std::uint32_t column : rollup.keys) {
      put_varint(column, out);
    }
    put_varint(rollup.number ? *rollup.number + 1 : 0, out);
    put_varint(rollup.where ? *rollup.where + 1 : 0, out);
    put_text(rollup.where_text, out);
    put_varint(rollup.num_rows, out);
    put_extent(rollup.extent, out);
  }
}

Result<void> take_rollups(PartReader& reader, SegmentFooter& footer) {
  const auto is_member = [&](std::uint32_t column) {
    return footer.columns[column].group == footer.groups.front().number;
  };
  const auto take_column = [&]() -> std::optional<std::uint32_t> {
    const std::uint32_t column = reader.number(footer.columns.size());
    return column > 0 ? std::optional(column - 1) : std::nullopt;
  };
  std::vector<SegmentRollup>& rollups = footer.totals->rollups;
  rollups.resize(reader.count(footer.columns.size(), 15));
  for (SegmentRollup& rollup : rollups) {
    rollup.keys.resize(reader.count(footer.columns.size(), 1));
    bool is_right = true;
    for (std::uint32_t& column : rollup.keys) {
      column = reader.number(footer.columns.size() - 1);
      is_right = is_right && is_member(column);
    }
    rollup.number = take_column();
    rollup.where = take_column();
    is_right = is_right && (!rollup.where || is_member(*rollup.where)) &&
               (!rollup.number || footer.columns[*rollup.number].group == 0);
    rollup.where_text = reader.bytes().text();
    rollup.num_rows = reader.number(kMaxGroupCodes);
    rollup.extent = reader.extent();
    if (!is_right) {
      return fail(ErrorCode::kInput, "a segment's footer has a roll-up by columns that cannot be");
    }
  }
  return {};
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

void write_footer(const SegmentFooter& footer, std::string& out) {
  put_text(footer.table, out);
  put_signed(footer.partition, out);
  put_varint(footer.num_rows, out);
  put_time(footer.min_time, out);
  put_time(footer.max_time, out);
  put_time(footer.max_until, out);
  put_varint(footer.first_ordinal, out);
  put_varint(footer.end_ordinal, out);
  put_varint(footer.num_nodata, out);
  put_varint(footer.num_skipdata, out);
  put_signed(footer.coverage_minute, out);
  put_varint(footer.coverage.size(), out);
  for (const std::uint64_t word : footer.coverage) {
    put_fixed(word, out);
  }
  put_varint(footer.columns.size(), out);
  for (const SegmentColumn& column : footer.columns) {
    put_text(column.name, out);
    out += static_cast<char>(column.type);
    put_varint(column.group, out);
    put_varint(column.difference ? *column.difference + 1 : 0, out);
    put_varint(column.pair ? *column.pair + 1 : 0, out);
  }
  put_varint(footer.groups.size(), out);
  for (const SegmentGroup& group : footer.groups) {
    put_varint(group.number, out);
    put_varint(group.num_codes, out);
    put_varint(group.num_values.size(), out);
    for (const std::uint32_t count : group.num_values) {
      put_varint(count, out);
    }
    put_extent(group.values, out);
    put_extent(group.tuples, out);
    put_extent(group.presence, out);
  }
  put_varint(footer.blocks.size(), out);
  for (const Block& block : footer.blocks) {
    put_block(block, out);
  }
  out += static_cast<char>(footer.totals ? 1 : 0);
  if (footer.totals) {
    for (const auto* columns : {&footer.totals->columns, &footer.totals->minute_keys}) {
      put_varint(columns->size(), out);
      for (const std::uint32_t column : *columns) {
        put_varint(column, out);
      }
    }
    put_extent(footer.totals->by_code, out);
    put_varint(footer.totals->num_minutes, out);
    put_extent(footer.totals->by_minute, out);
    put_varint(footer.totals->rankings.size(), out);
    for (const SegmentRanking& ranking : footer.totals->rankings) {
      put_varint(ranking.keys.size(), out);
      for (const std::uint32_t column : ranking.keys) {
        put_varint(column, out);
      }
      put_varint(ranking.num_keys, out);
      put_extent(ranking.extent, out);
    }
    if (!footer.totals->rollups.empty() || !footer.rare_rows.empty()) {
      put_rollups(footer.totals->rollups, out);
    }
  }
  if (!footer.rare_rows.empty()) {
    put_rare_rows(footer.rare_rows, out);
  }
}

Result<SegmentFooter> read_footer(std::string_view bytes, std::uint64_t file_bytes) {
  const auto damaged = [](std::string_view what) {
    return fail(ErrorCode::kInput, fmt::format("a segment's footer is damaged: {}", what));
  };
  PartReader reader(bytes, file_bytes);
  codec::ByteReader& plain = reader.bytes();
  SegmentFooter footer;
  footer.table = plain.text();
  footer.partition = take_signed(plain);
  footer.num_rows = plain.varint_up_to(kMaxSegmentRows);
  footer.min_time = take_time(plain);
  footer.max_time = take_time(plain);
  footer.max_until = take_time(plain);
  footer.first_ordinal = plain.varint();
  footer.end_ordinal = plain.varint();
  footer.num_nodata = plain.varint_up_to(footer.num_rows);
  footer.num_skipdata = plain.varint_up_to(footer.num_rows);
  footer.coverage_minute = take_signed(plain);
  footer.coverage.resize(reader.count(kMaxCoverageWords, 8));
  for (std::uint64_t& word : footer.coverage) {
    word = plain.fixed<std::uint64_t>();
  }
  footer.columns.resize(reader.count(kMaxColumns, 5));
  std::uint32_t index = 0;
  for (SegmentColumn& column : footer.columns) {
    column.name = plain.text();
    const auto type = plain.fixed<std::uint8_t>();
    if (type > static_cast<std::uint8_t>(column::Type::kString)) {
      return damaged("a column of an unknown type");
    }
    column.type = static_cast<column::Type>(type);
    column.group = static_cast<std::uint16_t>(reader.number(UINT16_MAX));
    // Only a column in front, alone and not itself a difference too deep: so undoing them ends.
    const std::uint32_t difference = reader.number(index);
    const std::uint32_t pair = reader.number(index++);
    if (difference > 0) {
      if (column.group != 0 || footer.columns[difference - 1].group != 0 ||
          footer.columns[difference - 1].difference ||
          footer.columns[difference - 1].type != column.type) {
        return damaged("a difference to a column that cannot be one");
      }
      column.difference = difference - 1;
    }
    if (pair > 0) {
      const SegmentColumn& first = footer.columns[pair - 1];
      if (column.group != 0 || column.difference || first.group != 0 || first.difference ||
          first.pair || first.type != column.type) {
        return damaged("a pair with a column that cannot be one");
      }
      column.pair = pair - 1;
    }
  }
  footer.groups.resize(reader.count(footer.columns.size(), 6));
  std::uint16_t before = 0;
  for (SegmentGroup& group : footer.groups) {
    group.number = static_cast<std::uint16_t>(reader.number(UINT16_MAX));
    group.num_codes = reader.number(kMaxGroupCodes);
    group.num_values.resize(reader.count(footer.columns.size(), 1));
    for (std::uint32_t& count : group.num_values) {
      count = reader.number(kMaxGroupCodes);
    }
    group.values = reader.extent();
    group.tuples = reader.extent();
    group.presence = reader.extent();
    const auto num_members =
        std::count_if(footer.columns.begin(), footer.columns.end(),
                      [&](const SegmentColumn& column) { return column.group == group.number; });
    if (group.number <= before ||
        static_cast<std::size_t>(num_members) != group.num_values.size()) {
      return damaged("a group without its members");
    }
    before = group.number;
  }
  std::size_t num_chunks = footer.groups.size();
  for (const SegmentColumn& column : footer.columns) {
    if (column.group == 0) {
      ++num_chunks;
    } else if (std::none_of(footer.groups.begin(), footer.groups.end(),
                            [&](const auto& group) { return group.number == column.group; })) {
      return damaged("a column of an unknown group");
    }
  }
  footer.blocks.reserve(plain.rest().size() / (3 + 15 * num_chunks) + 1);
  const std::size_t num_blocks = reader.count(kMaxSegmentRows, 3);
  std::uint64_t num_rows = 0;
  for (std::size_t b = 0; b < num_blocks && plain.is_good(); ++b) {
    WEIR_ASSIGN_OR_RETURN(Block block, take_block(reader, num_chunks));
    num_rows += block.num_rows;
    if (b + 1 < num_blocks && block.num_rows != kBlockRows) {
      return damaged("a block that is not full");
    }
    footer.blocks.push_back(std::move(block));
  }
  if (num_rows != footer.num_rows) {
    return damaged("its blocks hold another number of rows");
  }
  if (plain.fixed<std::uint8_t>() != 0) {
    SegmentTotals& totals = footer.totals.emplace();
    for (auto* columns : {&totals.columns, &totals.minute_keys}) {
      columns->resize(reader.count(footer.columns.size(), 1));
      for (std::uint32_t& column : *columns) {
        column = reader.number(footer.columns.size() - 1);
      }
    }
    totals.by_code = reader.extent();
    totals.num_minutes = reader.number(kMaxSegmentRows);
    totals.by_minute = reader.extent();
    if (footer.groups.empty()) {
      return damaged("totals without a group");
    }
    if (!plain.rest().empty()) {  // segments of before there were rankings end here
      WEIR_RETURN_IF_ERROR(take_rankings(reader, footer));
    }
    if (!plain.rest().empty()) {  // those without roll-ups here
      WEIR_RETURN_IF_ERROR(take_rollups(reader, footer));
    }
  }
  if (!plain.rest().empty()) {  // and those without rare rows here
    WEIR_RETURN_IF_ERROR(take_rare_rows(reader, footer));
  }
  if (!plain.is_at_end()) {
    return damaged("it has another size");
  }
  return footer;
}

}  // namespace weir::store
