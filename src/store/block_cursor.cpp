#include "store/block_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <numeric>

#include "codec/byte_reader.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;

// A bit for each of up to 64 numbers that is 0.
std::uint64_t zeros_of(const std::uint64_t* numbers, std::size_t count) {
  std::array<std::uint8_t, 64> flags{};
  for (std::size_t i = 0; i < count; ++i) {
    flags[i] = numbers[i] == 0 ? 1 : 0;
  }
  std::uint64_t bits = 0;
  for (std::size_t byte = 0; byte < 8; ++byte) {
    std::uint64_t eight;
    std::memcpy(&eight, flags.data() + byte * 8, sizeof(eight));
    bits |= (eight * 0x0102'0408'1020'4080 >> 56) << (byte * 8);
  }
  return bits;
}

}  // namespace

BlockCursor::BlockCursor(std::vector<std::string> columns, std::vector<Type> types)
    : names_(std::move(columns)), types_(std::move(types)), outputs_(names_.size()) {
  rows_.resize(kWindowRows);
}

Result<void> BlockCursor::set_plan(std::shared_ptr<const SegmentPlan> plan) {
  plan_ = std::move(plan);
  const SegmentReader& segment = plan_->segment();
  numbers_.resize(segment.footer().columns.size());
  texts_.resize(segment.footer().columns.size());
  codes_.resize(plan_->num_groups());
  for (Codes& codes : codes_) {
    codes.group.reset();
  }
  for (std::size_t c = 0; c < names_.size(); ++c) {
    Output& output = outputs_[c];
    const auto column = segment.find(names_[c]);
    output.is_absent = !column || segment.footer().columns[*column].type != types_[c];
    output.table.reset();
    if (output.is_absent) {
      continue;
    }
    output.column = *column;
    output.place = plan_->place(*column);
    if (output.place.is_in_group) {
      WEIR_ASSIGN_OR_RETURN(output.table, plan_->table(*column, codes_[output.place.group].group));
    }
  }
  return {};
}

Result<void> BlockCursor::open(std::shared_ptr<const SegmentPlan> plan, std::size_t block) {
  if (plan != plan_) {
    WEIR_RETURN_IF_ERROR(set_plan(std::move(plan)));
  }
  block_ = block;
  num_rows_ = this->block().num_rows;
  row_ = plan_->rows(block).first;
  end_row_ = plan_->rows(block).end;
  next_jump_ = 0;
  next_ordinal_ = this->block().first_ordinal;
  for (NumberRun& run : numbers_) {
    run.is_open = false;
    run.first = ~std::size_t{0};
    run.first_paired = ~std::size_t{0};
  }
  for (TextRun& run : texts_) {
    run.is_open = false;
  }
  for (Codes& codes : codes_) {
    codes.is_open = false;
  }
  return {};
}

// A run of numbers in a chunk read before; its error names the file.
Result<void> BlockCursor::open_run(std::string_view bytes, codec::NumberDecoder& decoder) const {
  auto done = decoder.open(bytes, num_rows_);
  if (!done) {
    return tl::unexpected<Error>(
        plan_->segment().at_file(std::move(done).error(), fmt::format("block {}", block_)));
  }
  return {};
}

Result<const std::uint32_t*> BlockCursor::codes(std::size_t group) {
  Codes& codes = codes_[group];
  if (!codes.is_open) {
    const SegmentReader& segment = plan_->segment();
    WEIR_ASSIGN_OR_RETURN(const auto bytes, plan_->read_chunk(block_, group, codes.bytes));
    WEIR_RETURN_IF_ERROR(open_run(bytes, codes.decoder));
    bytes_read_ += bytes.size();
    codes.codes.resize(kBlockRows);
    codes.decoder.read(0, num_rows_, codes.codes.data());
    const std::uint32_t size = plan_->num_codes(group);
    std::uint32_t largest = 0;
    for (std::size_t i = 0; i < num_rows_; ++i) {
      largest = std::max(largest, codes.codes[i]);
    }
    if (largest >= size) {
      return tl::unexpected<Error>(segment.at_file(
          Error{ErrorCode::kInput, "a row has a code that no dictionary knows"}, "block"));
    }
    codes.is_open = true;
  }
  return codes.codes.data();
}

Result<BlockCursor::NumberRun*> BlockCursor::open_numbers(std::size_t column) {
  NumberRun& run = numbers_[column];
  if (run.is_open) {
    return &run;
  }
  const SegmentReader& segment = plan_->segment();
  const std::size_t place = plan_->place(column).chunk;
  const Chunk& chunk = block().chunks[place];
  if (chunk.nulls != Chunk::Nulls::kAll) {
    WEIR_ASSIGN_OR_RETURN(auto bytes, plan_->read_chunk(block_, place, run.bytes));
    bytes_read_ += bytes.size();
    if (chunk.nulls == Chunk::Nulls::kApart) {
      codec::ByteReader reader(bytes);
      WEIR_RETURN_IF_ERROR(open_run(reader.text(), run.decoder));
      run.null_flags.resize(num_rows_);
      run.decoder.read(0, num_rows_, run.null_flags.data());
      bytes = reader.rest();
    }
    if (chunk.is_paired && segment.pair(column) < column) {
      codec::ByteReader reader(bytes);
      WEIR_RETURN_IF_ERROR(open_run(reader.text(), run.flag_decoder));
      bytes = reader.rest();
    }
    WEIR_RETURN_IF_ERROR(open_run(bytes, run.decoder));
  }
  run.is_open = true;
  return &run;
}

Result<BlockCursor::Window> BlockCursor::numbers(std::size_t column, std::size_t first,
                                                 std::size_t count) {
  WEIR_ASSIGN_OR_RETURN(NumberRun* const run, unpack(column, first, count));
  const SegmentReader& segment = plan_->segment();
  if (!block().chunks[plan_->place(column).chunk].is_paired) {
    return Window{run->values.data(), run};
  }
  if (run->first_paired != first || run->count_paired < count) {
    const std::size_t other = segment.pair(column);
    const bool is_first = column < other;
    WEIR_ASSIGN_OR_RETURN(NumberRun* const other_run, unpack(other, first, count));
    NumberRun& larger = is_first ? *run : *other_run;
    NumberRun& smaller = is_first ? *other_run : *run;
    smaller.flags.resize(std::max(smaller.flags.size(), count));
    smaller.flag_decoder.read(first, count, smaller.flags.data());
    run->paired.resize(std::max(run->paired.size(), count));
    const std::uint32_t wanted = is_first ? 1 : 0;
    for (std::size_t i = 0; i < count; ++i) {
      run->paired[i] = smaller.flags[i] == wanted ? smaller.values[i] : larger.values[i];
    }
    run->first_paired = first;
    run->count_paired = count;
  }
  return Window{run->paired.data(), run};
}

Result<BlockCursor::NumberRun*> BlockCursor::unpack(std::size_t column, std::size_t first,
                                                    std::size_t count) {
  NumberRun& known = numbers_[column];
  if (known.first == first && known.count >= count) {
    return &known;
  }
  WEIR_ASSIGN_OR_RETURN(NumberRun* const run, open_numbers(column));
  const Chunk& chunk = block().chunks[plan_->place(column).chunk];
  run->values.resize(std::max(run->values.size(), count));
  run->nulls.assign((count + 63) / 64, 0);
  run->has_nulls = false;
  if (chunk.nulls == Chunk::Nulls::kAll) {
    std::fill_n(run->values.begin(), count, 0);
    std::fill(run->nulls.begin(), run->nulls.end(), ~std::uint64_t{0});
    run->has_nulls = true;
    run->first = first;
    run->count = count;
    return run;
  }
  auto* const values = reinterpret_cast<std::uint64_t*>(run->values.data());
  run->decoder.read(first, count, values);
  if (chunk.nulls == Chunk::Nulls::kAsZero) {
    for (std::size_t word = 0; word < run->nulls.size(); ++word) {
      const std::size_t end = std::min<std::size_t>(count - word * 64, 64);
      run->nulls[word] = zeros_of(values + word * 64, end);
      run->has_nulls |= run->nulls[word] != 0;
    }
  } else if (chunk.nulls == Chunk::Nulls::kApart) {
    for (std::size_t i = 0; i < count; ++i) {
      run->nulls[i >> 6] |= std::uint64_t{run->null_flags[first + i] != 0} << (i & 63);
    }
    run->has_nulls = true;
  }
  const std::uint64_t shift = chunk.nulls == Chunk::Nulls::kAsZero ? 1 : 0;
  const auto base = static_cast<std::uint64_t>(chunk.base) - shift * chunk.scale;
  const std::uint64_t scale = chunk.scale;
  if (scale != 1) {
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = base + values[i] * scale;
    }
  } else if (base != 0) {
    for (std::size_t i = 0; i < count; ++i) {
      values[i] += base;
    }
  }
  run->first = first;
  run->count = count;
  // A null has the value 0, which is what differences to it were made with.
  for (std::size_t word = 0; run->has_nulls && word < run->nulls.size(); ++word) {
    for (std::uint64_t left = run->nulls[word]; left != 0; left &= left - 1) {
      values[word * 64 + static_cast<std::size_t>(std::countr_zero(left))] = 0;
    }
  }
  const auto& difference = plan_->segment().footer().columns[column].difference;
  if (difference) {
    WEIR_ASSIGN_OR_RETURN(const NumberRun* const others, unpack(*difference, first, count));
    for (std::size_t i = 0; i < count; ++i) {
      values[i] += static_cast<std::uint64_t>(others->values[i]);
    }
  }
  return run;
}

Result<BlockCursor::NumberRun*> BlockCursor::pick(std::size_t column,
                                                  std::span<const std::uint32_t> rows) {
  WEIR_ASSIGN_OR_RETURN(NumberRun* const run, open_numbers(column));
  const Chunk& chunk = block().chunks[plan_->place(column).chunk];
  run->picked.resize(rows.size());
  run->picked_nulls.clear();
  if (chunk.nulls == Chunk::Nulls::kAll) {
    std::fill(run->picked.begin(), run->picked.end(), 0);
    run->picked_nulls.assign((rows.size() + 63) / 64, ~std::uint64_t{0});
    return run;
  }
  auto* const values = reinterpret_cast<std::uint64_t*>(run->picked.data());
  run->decoder.pick(rows, values);
  const bool is_zero_null = chunk.nulls == Chunk::Nulls::kAsZero;
  const auto base = static_cast<std::uint64_t>(chunk.base) - (is_zero_null ? chunk.scale : 0);
  if (chunk.nulls != Chunk::Nulls::kNone) {
    run->picked_nulls.assign((rows.size() + 63) / 64, 0);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_null = is_zero_null
                             ? values[i] == 0
                             : chunk.nulls == Chunk::Nulls::kApart && run->null_flags[rows[i]] != 0;
    values[i] = is_null ? 0 : base + values[i] * chunk.scale;
    if (is_null) {
      run->picked_nulls[i >> 6] |= std::uint64_t{1} << (i & 63);
    }
  }
  const auto& difference = plan_->segment().footer().columns[column].difference;
  if (difference) {
    WEIR_ASSIGN_OR_RETURN(const NumberRun* const others, pick(*difference, rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      values[i] += static_cast<std::uint64_t>(others->picked[i]);
    }
  }
  return run;
}

Result<BlockCursor::Numbers> BlockCursor::pick_numbers(std::size_t column,
                                                       std::span<const std::uint32_t> rows) {
  WEIR_ASSIGN_OR_RETURN(NumberRun* const run, pick(column, rows));
  const SegmentReader& segment = plan_->segment();
  const Chunk& chunk = block().chunks[plan_->place(column).chunk];
  Numbers numbers{run->picked.data(),
                  run->picked_nulls.empty() ? nullptr : run->picked_nulls.data(),
                  chunk.nulls == Chunk::Nulls::kAll};
  if (!chunk.is_paired) {
    return numbers;
  }
  const std::size_t other = segment.pair(column);
  const bool is_first = column < other;
  WEIR_ASSIGN_OR_RETURN(NumberRun* const other_run, pick(other, rows));
  NumberRun& larger = is_first ? *run : *other_run;
  NumberRun& smaller = is_first ? *other_run : *run;
  run->picked_paired.resize(rows.size());
  auto* const flags = reinterpret_cast<std::uint64_t*>(run->picked_paired.data());
  smaller.flag_decoder.pick(rows, flags);
  const std::uint64_t wanted = is_first ? 1 : 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    run->picked_paired[i] = flags[i] == wanted ? smaller.picked[i] : larger.picked[i];
  }
  numbers.values = run->picked_paired.data();
  return numbers;
}

Result<BlockCursor::TextRun*> BlockCursor::open_texts(std::size_t column) {
  TextRun& run = texts_[column];
  if (run.is_open) {
    return &run;
  }
  const SegmentReader& segment = plan_->segment();
  const std::size_t place = plan_->place(column).chunk;
  const Chunk& chunk = block().chunks[place];
  if (chunk.nulls != Chunk::Nulls::kAll) {
    WEIR_ASSIGN_OR_RETURN(auto bytes, plan_->read_chunk(block_, place, run.bytes));
    bytes_read_ += bytes.size();
    if (chunk.nulls == Chunk::Nulls::kApart) {
      codec::ByteReader reader(bytes);
      codec::NumberDecoder flags;
      WEIR_RETURN_IF_ERROR(open_run(reader.text(), flags));
      run.null_flags.resize(num_rows_);
      flags.read(0, num_rows_, run.null_flags.data());
      bytes = reader.rest();
    }
    if (auto done = run.decoder.open(bytes, num_rows_); !done) {
      return tl::unexpected<Error>(segment.at_file(std::move(done).error(), "block"));
    }
  }
  run.is_open = true;
  return &run;
}

Result<BlockCursor::Texts> BlockCursor::pick_texts(std::size_t column,
                                                   std::span<const std::uint32_t> rows) {
  WEIR_ASSIGN_OR_RETURN(TextRun* const run, open_texts(column));
  const Chunk::Nulls nulls = block().chunks[plan_->place(column).chunk].nulls;
  Texts texts;
  texts.are_null.assign((rows.size() + 63) / 64, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_null = nulls == Chunk::Nulls::kAll ||
                         (nulls == Chunk::Nulls::kApart && run->null_flags[rows[i]] != 0);
    texts.are_null[i >> 6] |= std::uint64_t{is_null} << (i & 63);
    texts.values.push_back(is_null ? std::string_view() : run->decoder.text(rows[i]));
  }
  return texts;
}

// Leaves in rows_ the rows of the window that pass, counted from `first`.
Result<void> BlockCursor::select(std::size_t first, std::size_t count) {
  std::size_t kept = count;
  bool is_listed = false;
  for (std::size_t g = 0; g < codes_.size(); ++g) {
    const std::vector<std::uint8_t>& passes = plan_->passes(g);
    if (passes.empty()) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const std::uint32_t* const block_codes, codes(g));
    const std::uint32_t* const at = block_codes + first;
    std::size_t passing = 0;
    if (!is_listed) {
      for (std::size_t i = 0; i < kept; ++i) {
        rows_[passing] = static_cast<std::uint32_t>(i);
        passing += passes[at[i]];
      }
      is_listed = true;
    } else {
      for (std::size_t i = 0; i < kept; ++i) {
        rows_[passing] = rows_[i];
        passing += passes[at[rows_[i]]];
      }
    }
    kept = passing;
    if (kept == 0) {
      break;
    }
  }
  for (const SegmentPlan::Test& test : plan_->tests()) {
    if (kept == 0) {
      break;
    }
    const Chunk& chunk = block().chunks[plan_->place(test.column).chunk];
    const NumberFilter::Verdict verdict = test.test.judge(chunk);
    if (verdict == NumberFilter::Verdict::kAll) {
      continue;
    }
    if (verdict == NumberFilter::Verdict::kNone) {
      kept = 0;
      break;
    }
    if (!is_listed) {
      std::iota(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count), 0U);
      is_listed = true;
    }
    WEIR_ASSIGN_OR_RETURN(const Window window, numbers(test.column, first, count));
    const NumberRun* const run = window.run;
    kept = test.test.keep(window.values, run->has_nulls ? run->nulls.data() : nullptr, rows_.data(),
                          kept);
  }
  if (!is_listed) {
    std::iota(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count), 0U);
  }
  num_selected_ = kept;
  return {};
}

void BlockCursor::start_batch(column::Batch& batch) {
  batch.num_rows = 0;
  batch.columns.resize(names_.size());
  for (std::size_t c = 0; c < names_.size(); ++c) {
    if (!outputs_[c].is_absent && !outputs_[c].place.is_in_group) {
      batch.columns[c].reset(types_[c], column::kBatchRows);
    }
  }
  for (Codes& codes : codes_) {
    codes.kept.resize(column::kBatchRows);
  }
}

// Appends the selected rows of the window to the batch.
Result<void> BlockCursor::add_rows(column::Batch& batch, std::size_t first, std::size_t count) {
  const std::size_t to = batch.num_rows;
  for (std::size_t g = 0; g < codes_.size(); ++g) {
    if (!codes_[g].group) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const std::uint32_t* const block_codes, codes(g));
    std::uint32_t* const out = codes_[g].kept.data() + to;
    if (num_selected_ == count) {
      std::memcpy(out, block_codes + first, count * sizeof(std::uint32_t));
    } else {
      for (std::size_t i = 0; i < num_selected_; ++i) {
        out[i] = block_codes[first + rows_[i]];
      }
    }
  }
  for (std::size_t c = 0; c < names_.size(); ++c) {
    const Output& output = outputs_[c];
    if (output.is_absent || output.place.is_in_group) {
      continue;
    }
    Column& column = batch.columns[c];
    if (types_[c] == Type::kString) {
      WEIR_ASSIGN_OR_RETURN(const TextRun* const run, open_texts(output.column));
      const Chunk::Nulls nulls = block().chunks[output.place.chunk].nulls;
      for (std::size_t i = 0; i < num_selected_; ++i) {
        const std::size_t row = first + rows_[i];
        if (nulls == Chunk::Nulls::kAll ||
            (nulls == Chunk::Nulls::kApart && run->null_flags[row] != 0)) {
          column.set_null(to + i);
        } else {
          column.data<std::string_view>()[to + i] = run->decoder.text(row);
        }
      }
      continue;
    }
    // The values of the selected rows: at[row] of a window, or one after the other.
    const std::int64_t* values = nullptr;
    const std::uint64_t* nulls = nullptr;
    const bool is_picked = is_better_picked(num_selected_, count);
    if (is_picked) {
      picked_rows_.resize(num_selected_);
      for (std::size_t i = 0; i < num_selected_; ++i) {
        picked_rows_[i] = static_cast<std::uint32_t>(first) + rows_[i];
      }
      WEIR_ASSIGN_OR_RETURN(const Numbers picked, pick_numbers(output.column, picked_rows_));
      values = picked.values;
      nulls = picked.nulls;
    } else {
      WEIR_ASSIGN_OR_RETURN(const Window window, numbers(output.column, first, count));
      values = window.values;
      nulls = window.run->has_nulls ? window.run->nulls.data() : nullptr;
    }
    const auto place = [&](std::size_t i) { return is_picked ? i : rows_[i]; };
    const auto fill = [&]<class T>(T* out, auto convert) {
      for (std::size_t i = 0; i < num_selected_; ++i) {
        out[to + i] = convert(values[place(i)]);
      }
    };
    switch (types_[c]) {
      case Type::kBool:
        fill(column.data<std::uint8_t>(),
             [](std::int64_t value) { return static_cast<std::uint8_t>(value); });
        break;
      case Type::kDouble:
        fill(column.data<double>(),
             [](std::int64_t value) { return std::bit_cast<double>(value); });
        break;
      default:
        if (num_selected_ == count) {
          std::memcpy(column.data<std::int64_t>() + to, values, count * sizeof(std::int64_t));
        } else {
          fill(column.data<std::int64_t>(), [](std::int64_t value) { return value; });
        }
        break;
    }
    for (std::size_t i = 0; nulls != nullptr && i < num_selected_; ++i) {
      if (((nulls[place(i) >> 6] >> (place(i) & 63)) & 1) != 0) {
        column.set_null(to + i);
      }
    }
  }
  batch.num_rows += num_selected_;
  return {};
}

void BlockCursor::finish_batch(column::Batch& batch) {
  for (std::size_t c = 0; c < names_.size(); ++c) {
    const Output& output = outputs_[c];
    if (output.is_absent) {
      batch.columns[c].reset_constant(types_[c], batch.num_rows);
      batch.columns[c].set_null(0);
    } else if (output.place.is_in_group) {
      batch.columns[c].reset_coded(output.table, codes_[output.place.group].kept.data(),
                                   batch.num_rows);
    } else {
      batch.columns[c].set_size(batch.num_rows);
    }
  }
}

void BlockCursor::pass_rows(std::size_t count) {
  row_ += count;
  next_ordinal_ += count;
  const std::vector<OrdinalJump>& jumps = block().jumps;
  while (next_jump_ < jumps.size() && jumps[next_jump_].row == row_) {
    next_ordinal_ += jumps[next_jump_++].skipped;
  }
}

Result<bool> BlockCursor::next(column::Batch& batch, std::uint64_t limit) {
  start_batch(batch);
  const std::vector<OrdinalJump>& jumps = block().jumps;
  while (row_ < end_row_ && next_ordinal_ < limit) {
    std::size_t end = std::min(row_ + kWindowRows, end_row_);
    const bool ends_at_jump = next_jump_ < jumps.size() && jumps[next_jump_].row <= end;
    if (ends_at_jump) {
      end = jumps[next_jump_].row;
    }
    const std::size_t count = std::min<std::uint64_t>(end - row_, limit - next_ordinal_);
    WEIR_RETURN_IF_ERROR(select(row_, count));
    if (num_selected_ > 0) {
      if (batch.num_rows + num_selected_ > column::kBatchRows) {
        break;  // looked at again by the next call
      }
      if (batch.num_rows == 0) {
        batch.sequence = next_ordinal_ + rows_[0];
      }
      WEIR_RETURN_IF_ERROR(add_rows(batch, row_, count));
    }
    const bool was_cut = row_ + count < end;
    pass_rows(count);
    if ((ends_at_jump || was_cut) && batch.num_rows > 0) {
      break;
    }
  }
  finish_batch(batch);
  return batch.num_rows > 0;
}

bool BlockCursor::passes_by_code(std::size_t group) const {
  for (std::size_t g = 0; g < codes_.size(); ++g) {
    if (g != group && !plan_->passes(g).empty()) {
      return false;
    }
  }
  return std::all_of(plan_->tests().begin(), plan_->tests().end(), [&](const auto& test) {
    return test.test.judge(block().chunks[plan_->place(test.column).chunk]) ==
           NumberFilter::Verdict::kAll;
  });
}

Result<BlockCursor::Selection> BlockCursor::select_block() {
  const bool is_by_code = passes_by_code(0);
  if (is_by_code && (codes_.empty() || plan_->passes(0).empty())) {
    return Selection{true, nullptr, num_rows_};
  }
  block_rows_.resize(kBlockRows);
  std::size_t num_selected = 0;
  for (std::size_t first = 0; first < num_rows_; first += kWindowRows) {
    WEIR_RETURN_IF_ERROR(select(first, std::min(kWindowRows, num_rows_ - first)));
    for (std::size_t i = 0; i < num_selected_; ++i) {
      block_rows_[num_selected++] = static_cast<std::uint32_t>(first) + rows_[i];
    }
  }
  return Selection{num_selected == num_rows_, block_rows_.data(), num_selected};
}

Result<BlockCursor::Numbers> BlockCursor::block_numbers(std::size_t column) {
  WEIR_ASSIGN_OR_RETURN(const Window window, numbers(column, 0, num_rows_));
  return Numbers{window.values, window.run->has_nulls ? window.run->nulls.data() : nullptr,
                 block().chunks[plan_->place(column).chunk].nulls == Chunk::Nulls::kAll};
}

}  // namespace weir::store
