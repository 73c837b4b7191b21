// The rows of rare values, once more: docs/formats/segment.md.

#include <algorithm>
#include <numeric>
#include <utility>

#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "store/block_cursor.h"
#include "store/null_bits.h"
#include "store/rare_rows.h"
#include "store/segment_writer.h"

namespace weir::store {
namespace {

// Calls f(block, codes, number of rows) for the codes of a group in each block of a segment.
template <class F>
Result<void> visit_codes(const std::shared_ptr<const SegmentReader>& segment, BlockCursor& cursor,
                         std::size_t group, F f) {
  WEIR_ASSIGN_OR_RETURN(const auto plan, SegmentPlan::make(segment, {}));
  for (std::size_t b = 0; b < plan->num_blocks(); ++b) {
    WEIR_RETURN_IF_ERROR(cursor.open(plan, b));
    WEIR_ASSIGN_OR_RETURN(const std::uint32_t* const codes, cursor.codes(group));
    WEIR_RETURN_IF_ERROR(f(plan->block(b), codes));
  }
  return {};
}

// Appends the ordinals of some rows of a block, which ascend.
void append_ordinals_of(const Block& block, std::span<const std::uint32_t> rows,
                        std::vector<std::uint64_t>& ordinals) {
  std::uint64_t skipped = 0;
  std::size_t next = 0;
  for (const std::uint32_t row : rows) {
    while (next < block.jumps.size() && block.jumps[next].row <= row) {
      skipped += block.jumps[next++].skipped;
    }
    ordinals.push_back(block.first_ordinal + row + skipped);
  }
}

}  // namespace

// The values of a column whose rows are kept once more.
struct SegmentWriter::RareValues {
  std::vector<std::uint64_t> counts;  // rows of each, by number from 1 on; 0: not rare
  std::uint64_t num_rows = 0;
};

// Their rows, in the order they came.
struct SegmentWriter::RareRows {
  struct Numbers {
    std::vector<std::int64_t> values;
    std::vector<std::uint32_t> nulls;  // rows, ascending
  };
  std::vector<std::vector<std::uint32_t>> codes;  // of each group
  std::vector<std::uint64_t> ordinals;
  std::vector<Numbers> numbers;                 // of each column alone
  std::vector<std::vector<std::string>> texts;  // likewise; empty for numbers
  std::vector<std::uint32_t> order;             // sorted by value, then as they came
};

Result<void> SegmentWriter::write_rare_rows() {
  if (rare_rule_.one_in == 0 || footer_.num_rows < rare_rule_.least_rows || layout_.rare.empty()) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(flush());
  WEIR_ASSIGN_OR_RETURN(const auto written,
                        SegmentReader::open_unfinished(*files_, path_, footer_));
  for (const std::size_t column : layout_.rare) {
    WEIR_ASSIGN_OR_RETURN(RareValues values, choose_rare_values(written, column));
    if (values.num_rows == 0) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const RareRows rows, collect_rare_rows(written, column, values));
    SegmentRareRows& described = footer_.rare_rows.emplace_back();
    described.column = static_cast<std::uint32_t>(column);
    described.num_rows = static_cast<std::uint32_t>(values.num_rows);
    write_rare_blocks(rows, std::move(values.counts), described);
    WEIR_RETURN_IF_ERROR(flush());
  }
  return {};
}

Result<SegmentWriter::RareValues> SegmentWriter::choose_rare_values(
    const std::shared_ptr<const SegmentReader>& written, std::size_t column) {
  const std::size_t group = layout_.group_of[column];
  const std::size_t member = layout_.member_of[column];
  const TupleDictionary& tuples = groups_[group];
  std::vector<std::uint64_t> by_code(tuples.size(), 0);
  BlockCursor cursor({}, {});
  WEIR_RETURN_IF_ERROR(visit_codes(
      written, cursor, group, [&](const Block& block, const std::uint32_t* codes) -> Result<void> {
        for (std::size_t row = 0; row < block.num_rows; ++row) {
          ++by_code[codes[row]];
        }
        return {};
      }));
  RareValues values;
  values.counts.assign(tuples.member(member).size(), 0);
  for (std::size_t code = 0; code < by_code.size(); ++code) {
    const std::uint32_t value = tuples.value_code(code, member);
    if (value != 0) {
      values.counts[value - 1] += by_code[code];
    }
  }
  std::vector<std::uint32_t> rarest(values.counts.size());
  std::iota(rarest.begin(), rarest.end(), 0U);
  std::stable_sort(rarest.begin(), rarest.end(), [&](std::uint32_t a, std::uint32_t b) {
    return values.counts[a] < values.counts[b];
  });
  const std::uint64_t most = footer_.num_rows / rare_rule_.share;
  for (const std::uint32_t value : rarest) {
    std::uint64_t& count = values.counts[value];
    if (count * rare_rule_.one_in > footer_.num_rows || values.num_rows + count > most) {
      count = 0;
    }
    values.num_rows += count;
  }
  return values;
}

Result<SegmentWriter::RareRows> SegmentWriter::collect_rare_rows(
    const std::shared_ptr<const SegmentReader>& written, std::size_t column,
    const RareValues& values) {
  const std::size_t group = layout_.group_of[column];
  const std::size_t member = layout_.member_of[column];
  std::vector<std::uint8_t> is_rare(groups_[group].size(), 0);
  for (std::size_t code = 0; code < is_rare.size(); ++code) {
    const std::uint32_t value = groups_[group].value_code(code, member);
    is_rare[code] = value != 0 && values.counts[value - 1] > 0 ? 1 : 0;
  }
  RareRows all;
  all.codes.resize(groups_.size());
  all.numbers.resize(layout_.alone.size());
  all.texts.resize(layout_.alone.size());
  all.ordinals.reserve(values.num_rows);
  for (std::vector<std::uint32_t>& codes : all.codes) {
    codes.reserve(values.num_rows);
  }
  for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
    if (spec_.columns[layout_.alone[a]].type != column::Type::kString) {
      all.numbers[a].values.reserve(values.num_rows);
    }
  }
  BlockCursor cursor({}, {});
  std::vector<std::uint32_t> rows;
  const auto add = [&](const Block& block, const std::uint32_t* codes) -> Result<void> {
    rows.clear();
    for (std::uint32_t row = 0; row < block.num_rows; ++row) {
      if (is_rare[codes[row]] != 0) {
        rows.push_back(row);
      }
    }
    if (rows.empty()) {
      return {};
    }
    const auto first = static_cast<std::uint32_t>(all.ordinals.size());
    append_ordinals_of(block, rows, all.ordinals);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      WEIR_ASSIGN_OR_RETURN(const std::uint32_t* const of_group, cursor.codes(g));
      for (const std::uint32_t row : rows) {
        all.codes[g].push_back(of_group[row]);
      }
    }
    for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
      const std::uint64_t* nulls = nullptr;
      BlockCursor::Texts texts;
      if (spec_.columns[layout_.alone[a]].type == column::Type::kString) {
        WEIR_ASSIGN_OR_RETURN(texts, cursor.pick_texts(layout_.alone[a], rows));
        all.texts[a].insert(all.texts[a].end(), texts.values.begin(), texts.values.end());
        nulls = texts.are_null.data();
      } else {
        WEIR_ASSIGN_OR_RETURN(const BlockCursor::Numbers numbers,
                              cursor.pick_numbers(layout_.alone[a], rows));
        std::vector<std::int64_t>& to = all.numbers[a].values;
        to.insert(to.end(), numbers.values, numbers.values + rows.size());
        nulls = numbers.nulls;
      }
      for (std::uint32_t i = 0; nulls != nullptr && i < rows.size(); ++i) {
        if (is_null_bit(nulls, i)) {
          all.numbers[a].nulls.push_back(first + i);
        }
      }
    }
    return {};
  };
  WEIR_RETURN_IF_ERROR(visit_codes(written, cursor, group, add));
  // Where the rows of each value begin; then each row takes the next place of its value's.
  std::vector<std::uint64_t> next(values.counts.size());
  std::exclusive_scan(values.counts.begin(), values.counts.end(), next.begin(), std::uint64_t{0});
  all.order.resize(values.num_rows);
  for (std::uint32_t row = 0; row < all.order.size(); ++row) {
    const std::uint32_t value = groups_[group].value_code(all.codes[group][row], member);
    all.order[next[value - 1]++] = row;
  }
  return all;
}

// Makes the rows [begin, begin + count) of their order the open block.
void SegmentWriter::fill_rare_block(const RareRows& rows, std::size_t begin, std::size_t count) {
  start_block();
  block_.num_rows = count;
  const std::uint32_t* const order = rows.order.data() + begin;
  for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
    const RareRows::Numbers& from = rows.numbers[a];
    OpenBlock::Numbers& to = block_.numbers[a];
    for (std::size_t i = 0; i < count; ++i) {
      if (std::binary_search(from.nulls.begin(), from.nulls.end(), order[i])) {
        to.nulls[i >> 6] |= std::uint64_t{1} << (i & 63);
        to.has_nulls = true;
      }
    }
    if (spec_.columns[layout_.alone[a]].type == column::Type::kString) {
      OpenBlock::Texts& texts = block_.texts[a];
      for (std::size_t i = 0; i < count; ++i) {
        texts.bytes += rows.texts[a][order[i]];
        texts.ends.push_back(static_cast<std::uint32_t>(texts.bytes.size()));
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        to.values[i] = from.values[order[i]];
      }
    }
  }
}

void SegmentWriter::write_rare_blocks(const RareRows& rows, std::vector<std::uint64_t> counts,
                                      SegmentRareRows& described) {
  RareIndex index;
  index.counts = std::move(counts);
  std::string bytes;
  std::vector<std::uint64_t> numbers;
  for (std::size_t begin = 0; begin < rows.order.size(); begin += kRareBlockRows) {
    const std::size_t count = std::min(kRareBlockRows, rows.order.size() - begin);
    const std::uint32_t* const order = rows.order.data() + begin;
    RareIndex::Part& part = index.blocks.emplace_back();
    part.num_rows = static_cast<std::uint32_t>(count);
    numbers.resize(count);
    for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
      const std::size_t group = layout_.group_of[c];
      if (group == TableLayout::kNone) {
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = groups_[group].value_code(rows.codes[group][order[i]], layout_.member_of[c]);
      }
      bytes.clear();
      codec::encode_numbers(numbers, codec::Preference::kSize, bytes);
      part.chunks.emplace_back().extent = put(bytes);
    }
    fill_rare_block(rows, begin, count);
    pair_columns();
    for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
      bytes.clear();
      const bool is_text = spec_.columns[layout_.alone[a]].type == column::Type::kString;
      Chunk chunk = is_text ? write_texts(a, bytes) : write_numbers(a, bytes);
      if (chunk.nulls != Chunk::Nulls::kAll) {
        chunk.extent = put(bytes);
      }
      part.chunks.push_back(chunk);
    }
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t i = 0; i < count; ++i) {
      least = std::min(least, rows.ordinals[order[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      numbers[i] = rows.ordinals[order[i]] - least;
    }
    bytes.clear();
    codec::encode_numbers(numbers, codec::Preference::kSize, bytes);
    Chunk& ordinals = part.chunks.emplace_back();
    ordinals.base = static_cast<std::int64_t>(least);
    ordinals.extent = put(bytes);
  }
  start_block();
  bytes.clear();
  write_rare_index(index, bytes);
  described.index = put(bytes);
}

}  // namespace weir::store
