#include "store/segment_writer.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "codec/packing_kernel.h"
#include "codec/texts.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;

constexpr std::size_t kMaxBlockTextBytes = 8U << 20;
constexpr std::size_t kStepRows = 4096;  // between looks at what is held
constexpr std::size_t kFlushBytes = 1U << 20;

struct Bounds {
  std::int64_t min = INT64_MAX;
  std::int64_t max = INT64_MIN;
  std::size_t num_runs = 0;  // 0: not counted
};

Bounds bounds_of(std::span<const std::int64_t> values) {
  // Of numbers that are not negative, as most are not, the kernel says it.
  std::uint64_t least = 0;
  std::uint64_t greatest = 0;
  std::size_t num_runs = 0;
  codec::packing_kernel().measure(reinterpret_cast<const std::uint64_t*>(values.data()),
                                  values.size(), &least, &greatest, &num_runs);
  if (greatest <= std::uint64_t{INT64_MAX}) {
    return {static_cast<std::int64_t>(least), static_cast<std::int64_t>(greatest), num_runs};
  }
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {*min, *max, num_runs};
}

// out[i] becomes the seconds of offsets[i] ms. False: some are no whole seconds.
bool to_seconds(std::span<const std::uint64_t> offsets, std::uint64_t greatest,
                std::uint64_t* out) {
  constexpr std::uint64_t kSecond = 1000;
  std::uint64_t rest = 0;
  if (greatest <= UINT32_MAX) {  // as are those of a block: this multiplies where the other divides
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const auto offset = static_cast<std::uint32_t>(offsets[i]);
      const std::uint64_t seconds = std::uint64_t{offset} * 274'877'907 >> 38;
      rest |= offset - seconds * kSecond;
      out[i] = seconds;
    }
  } else {
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      out[i] = offsets[i] / kSecond;
      rest |= offsets[i] - out[i] * kSecond;
    }
  }
  return rest == 0;
}

// The first of `count` bits that is clear, `count` where there is none.
std::size_t first_clear_bit(const std::vector<std::uint64_t>& bits, std::size_t count) {
  for (std::size_t word = 0; word * 64 < count; ++word) {
    if (bits[word] != ~std::uint64_t{0}) {
      return std::min(count, word * 64 + static_cast<std::size_t>(std::countr_one(bits[word])));
    }
  }
  return count;
}

template <class F>
void for_each_set_bit(const std::vector<std::uint64_t>& bits, std::size_t count, F f) {
  for (std::size_t word = 0; word * 64 < count; ++word) {
    for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
      f(word * 64 + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
}

bool is_null_at(const std::vector<std::uint64_t>& nulls, std::size_t row) {
  return ((nulls[row >> 6] >> (row & 63)) & 1) != 0;
}

}  // namespace

SegmentWriter::SegmentWriter(const TableSpec& spec, const TableLayout& layout, std::string path,
                             TimeMs partition, const SegmentEffort& effort)
    : spec_(spec),
      layout_(layout),
      path_(std::move(path)),
      rare_rule_(effort.rare),
      max_bytes_(effort.bytes),
      compresses_(effort.compresses),
      summary_(layout, effort.rollup_bytes) {
  footer_.table = spec.name;
  footer_.partition = partition;
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    const ColumnSpec& column = spec.columns[c];
    SegmentColumn& written = footer_.columns.emplace_back();
    written.name = column.name;
    written.type = column.type;
    written.group = column.group;
    if (layout.pair[c] < c) {
      written.pair = static_cast<std::uint32_t>(layout.pair[c]);
    }
    if (layout.difference[c] != TableLayout::kNone) {
      written.difference = static_cast<std::uint32_t>(layout.difference[c]);
    }
  }
  for (const TableLayout::Group& group : layout.groups) {
    std::vector<Type> types;
    for (const std::size_t member : group.members) {
      types.push_back(spec.columns[member].type);
    }
    groups_.emplace_back(types);
  }
  presence_.resize(groups_.size());
  block_.codes.resize(groups_.size());
  block_.numbers.resize(layout.alone.size());
  block_.texts.resize(layout.alone.size());
  for (std::vector<std::uint32_t>& codes : block_.codes) {
    codes.resize(kBlockRows);
  }
  for (std::size_t a = 0; a < layout.alone.size(); ++a) {
    if (spec.columns[layout.alone[a]].type != Type::kString) {
      block_.numbers[a].values.resize(kBlockRows);
    }
    block_.numbers[a].nulls.resize(kBlockRows / 64);
  }
  make_encoders();
  start_block();
}

void SegmentWriter::make_encoders() {
  using codec::Preference;
  code_encoders_.clear();
  number_encoders_.clear();
  flag_encoders_.clear();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    code_encoders_.emplace_back(compresses_ ? Preference::kSpeed : Preference::kPacked);
  }
  for (const std::size_t column : layout_.alone) {
    number_encoders_.emplace_back(!compresses_                   ? Preference::kPacked
                                  : spec_.columns[column].is_hot ? Preference::kSpeed
                                                                 : Preference::kSize);
    flag_encoders_.emplace_back(compresses_ ? Preference::kSize : Preference::kPacked);
  }
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(
    io::FileSystem& files, std::string path, const TableSpec& spec, const TableLayout& layout,
    TimeMs partition, const SegmentEffort& effort) {
  std::unique_ptr<SegmentWriter> writer(
      new SegmentWriter(spec, layout, std::move(path), partition, effort));
  writer->files_ = &files;
  WEIR_ASSIGN_OR_RETURN(writer->file_, files.create(writer->path_));
  writer->pending_.append(kSegmentMagic.data(), kSegmentMagic.size());
  codec::put_fixed(kSegmentVersion, writer->pending_);
  codec::put_fixed(std::uint32_t{0}, writer->pending_);
  return writer;
}

void SegmentWriter::start_block() {
  if (compresses_) {
    make_encoders();  // what is compacted lasts: compression is tried on every block
  }
  block_.num_rows = 0;
  block_.jumps.clear();
  for (OpenBlock::Numbers& numbers : block_.numbers) {
    numbers.has_nulls = false;
    std::fill(numbers.nulls.begin(), numbers.nulls.end(), 0);
  }
  for (OpenBlock::Texts& texts : block_.texts) {
    texts.bytes.clear();
    texts.ends.clear();
  }
}

std::size_t SegmentWriter::rows_that_fit() const {
  std::size_t rows =
      std::min({kBlockRows - block_.num_rows, kMaxSegmentRows - num_rows(), kStepRows});
  std::size_t bytes = summary_.memory_bytes();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    rows = std::min(rows, kMaxGroupCodes - groups_[g].size());
    bytes += groups_[g].memory_bytes() + presence_[g].memory_bytes();
  }
  for (const OpenBlock::Texts& texts : block_.texts) {
    // Only a segment's last block may be less than full.
    rows = texts.bytes.size() > kMaxBlockTextBytes ? 0 : rows;
  }
  return bytes > max_bytes_ ? 0 : rows;
}

Result<std::size_t> SegmentWriter::append(const SegmentRows& rows) {
  std::size_t done = 0;
  while (done < rows.num_rows) {
    const std::size_t count = std::min(rows_that_fit(), rows.num_rows - done);
    if (count == 0) {
      break;
    }
    append_to_block(rows, done, count);
    done += count;
    if (block_.num_rows == kBlockRows) {
      WEIR_RETURN_IF_ERROR(end_block());
    }
  }
  return done;
}

void SegmentWriter::append_to_block(const SegmentRows& rows, std::size_t begin, std::size_t count) {
  // Without a list of rows, those from `begin` on are named one by one where it is not the first.
  thread_local std::vector<std::uint32_t> places;
  const std::uint32_t* at = rows.rows == nullptr ? nullptr : rows.rows + begin;
  if (rows.rows == nullptr && begin > 0) {
    places.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = static_cast<std::uint32_t>(begin + i);
    }
    at = places.data();
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    members_.clear();
    for (const std::size_t member : layout_.groups[g].members) {
      members_.push_back(rows.columns[member]);
    }
    groups_[g].encode(members_, at, count, block_.codes[g].data() + block_.num_rows);
  }
  for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
    const Column* const column = rows.columns[layout_.alone[a]];
    if (spec_.columns[layout_.alone[a]].type == Type::kString) {
      OpenBlock::Texts& texts = block_.texts[a];
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t row = at != nullptr ? at[i] : i;
        if (column == nullptr || column->is_null(row)) {
          block_.numbers[a].has_nulls = true;
          block_.numbers[a].nulls[(block_.num_rows + i) >> 6] |= std::uint64_t{1}
                                                                 << ((block_.num_rows + i) & 63);
        } else {
          texts.bytes += column->data<std::string_view>()[column->is_constant() ? 0 : row];
        }
        texts.ends.push_back(static_cast<std::uint32_t>(texts.bytes.size()));
      }
    } else if (column == nullptr || column->type() == Type::kNull) {
      block_.numbers[a].has_nulls = true;
      for (std::size_t i = block_.num_rows; i < block_.num_rows + count; ++i) {
        block_.numbers[a].values[i] = 0;
        block_.numbers[a].nulls[i >> 6] |= std::uint64_t{1} << (i & 63);
      }
    } else {
      append_numbers(*column, at, 0, count, block_.numbers[a]);
    }
  }
  append_ordinals(rows, begin, count);
  block_.num_rows += count;
}

void SegmentWriter::append_numbers(const Column& column, const std::uint32_t* rows,
                                   std::size_t begin, std::size_t count,
                                   OpenBlock::Numbers& numbers) {
  std::int64_t* const out = numbers.values.data() + block_.num_rows;
  const auto copy = [&](auto at) {
    if (column.is_constant()) {
      std::fill_n(out, count, at(0));
    } else if (rows == nullptr) {
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = at(begin + i);
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        out[i] = at(rows[begin + i]);
      }
    }
  };
  switch (column.type()) {
    case Type::kBool:
      copy([values = column.data<std::uint8_t>()](std::size_t row) {
        return std::int64_t{values[row]};
      });
      break;
    case Type::kDouble:
      copy([values = column.data<double>()](std::size_t row) {
        // One form of what is no number, so that equal values have equal bits.
        return std::bit_cast<std::int64_t>(values[row] == values[row] ? values[row]
                                                                      : __builtin_nan(""));
      });
      break;
    default:
      copy([values = column.data<std::int64_t>()](std::size_t row) { return values[row]; });
      break;
  }
  if (column.has_nulls()) {
    const std::uint64_t* const nulls = column.null_mask();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = column.is_constant() ? 0
                              : rows != nullptr    ? rows[begin + i]
                                                   : begin + i;
      if (((nulls[row >> 6] >> (row & 63)) & 1) != 0) {
        const std::size_t place = block_.num_rows + i;
        numbers.nulls[place >> 6] |= std::uint64_t{1} << (place & 63);
        numbers.values[place] = 0;
        numbers.has_nulls = true;
      }
    }
  }
}

void SegmentWriter::append_ordinals(const SegmentRows& rows, std::size_t begin, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t ordinal =
        rows.ordinals != nullptr
            ? rows.ordinals[begin + i]
            : rows.first_ordinal + (rows.rows != nullptr ? rows.rows[begin + i] : begin + i);
    const std::size_t row = block_.num_rows + i;
    if (row == 0) {
      block_.first_ordinal = ordinal;
      if (footer_.num_rows == 0) {
        footer_.first_ordinal = ordinal;
      }
    } else if (ordinal != next_ordinal_) {
      assert(ordinal > next_ordinal_);
      block_.jumps.push_back({static_cast<std::uint32_t>(row), ordinal - next_ordinal_});
    }
    next_ordinal_ = ordinal + 1;
    if (rows.ordinals == nullptr && rows.rows == nullptr) {
      next_ordinal_ = ordinal + (count - i);
      break;  // the others follow one by one
    }
  }
}

const SegmentWriter::OpenBlock::Numbers& SegmentWriter::numbers_of(std::size_t column) const {
  const auto at = std::find(layout_.alone.begin(), layout_.alone.end(), column);
  return block_.numbers[static_cast<std::size_t>(at - layout_.alone.begin())];
}

SegmentWriter::OpenBlock::Numbers& SegmentWriter::numbers_of(std::size_t column) {
  return const_cast<OpenBlock::Numbers&>(std::as_const(*this).numbers_of(column));
}

// Turns the block's pairs into larger and smaller numbers, in place.
void SegmentWriter::pair_columns() {
  pairs_.clear();
  for (std::size_t second = 0; second < spec_.columns.size(); ++second) {
    if (layout_.pair[second] >= second) {
      continue;
    }
    OpenBlock::Numbers& a = numbers_of(layout_.pair[second]);
    OpenBlock::Numbers& b = numbers_of(second);
    if (a.nulls != b.nulls || first_clear_bit(a.nulls, block_.num_rows) == block_.num_rows) {
      continue;
    }
    PairFlags& pair = pairs_.emplace_back();
    pair.column = second;
    Bounds bounds[2];
    pair.flags.resize(block_.num_rows);
    for (std::size_t row = 0; row < block_.num_rows; ++row) {
      const std::int64_t x = a.values[row];
      const std::int64_t y = b.values[row];
      if (!a.has_nulls || !is_null_at(a.nulls, row)) {
        bounds[0] = {std::min(bounds[0].min, x), std::max(bounds[0].max, x), 0};
        bounds[1] = {std::min(bounds[1].min, y), std::max(bounds[1].max, y), 0};
      }
      pair.flags[row] = x < y ? 1 : 0;
      a.values[row] = std::max(x, y);
      b.values[row] = std::min(x, y);
    }
    pair.first_min = bounds[0].min;
    pair.first_max = bounds[0].max;
    pair.second_min = bounds[1].min;
    pair.second_max = bounds[1].max;
  }
}

Chunk SegmentWriter::write_numbers(std::size_t alone, std::string& out) {
  const std::size_t column = layout_.alone[alone];
  const OpenBlock::Numbers& numbers = block_.numbers[alone];
  const std::size_t num_rows = block_.num_rows;
  Chunk chunk;
  const std::size_t first_value = first_clear_bit(numbers.nulls, num_rows);
  if (first_value == num_rows) {
    chunk.nulls = Chunk::Nulls::kAll;
    return chunk;
  }
  // Nulls stand aside as some value that is there, so that the loops need not look for them.
  const auto fill_nulls = [&](auto& values, auto value) {
    if (numbers.has_nulls) {
      for_each_set_bit(numbers.nulls, num_rows, [&](std::size_t row) { values[row] = value; });
    }
  };
  std::span<const std::int64_t> values = std::span(numbers.values).first(num_rows);
  if (numbers.has_nulls) {
    values_.assign(values.begin(), values.end());
    fill_nulls(values_, values_[first_value]);
    values = values_;
  }
  const Bounds bounds = bounds_of(values);
  chunk.min = bounds.min;
  chunk.max = bounds.max;
  Bounds written = bounds;
  for (const PairFlags& pair : pairs_) {
    if (pair.column == column) {
      chunk.is_paired = true;
      chunk.min = pair.second_min;
      chunk.max = pair.second_max;
      std::string run;
      flag_encoders_[alone].encode(pair.flags, run);
      codec::put_text(run, out);
    } else if (pair.column == layout_.pair[column]) {
      chunk.is_paired = true;
      chunk.min = pair.first_min;
      chunk.max = pair.first_max;
    }
  }
  if (layout_.difference[column] != TableLayout::kNone) {
    const std::vector<std::int64_t>& others = numbers_of(layout_.difference[column]).values;
    values_.resize(num_rows);
    for (std::size_t row = 0; row < num_rows; ++row) {
      values_[row] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[row]) -
                                               static_cast<std::uint64_t>(others[row]));
    }
    fill_nulls(values_, values_[first_value]);
    values = values_;
    written = bounds_of(values);
  }
  chunk.base = written.min;
  const std::uint64_t range =
      static_cast<std::uint64_t>(written.max) - static_cast<std::uint64_t>(written.min);
  chunk.nulls = !numbers.has_nulls          ? Chunk::Nulls::kNone
                : range < ~std::uint64_t{0} ? Chunk::Nulls::kAsZero
                                            : Chunk::Nulls::kApart;
  const std::uint64_t shift = chunk.nulls == Chunk::Nulls::kAsZero ? 1 : 0;
  const auto base = static_cast<std::uint64_t>(chunk.base);
  scratch_.resize(num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) {
    scratch_[row] = static_cast<std::uint64_t>(values[row]) - base;
  }
  if (spec_.columns[column].type == Type::kTime) {
    seconds_.resize(num_rows);
    if (to_seconds(scratch_, range, seconds_.data())) {
      chunk.scale = 1000;
      scratch_.swap(seconds_);
    }
  }
  for (std::size_t row = 0; shift != 0 && row < num_rows; ++row) {
    scratch_[row] += shift;
  }
  fill_nulls(scratch_, std::uint64_t{0});
  if (chunk.nulls == Chunk::Nulls::kApart) {
    std::vector<std::uint64_t> flags(num_rows, 0);
    fill_nulls(flags, std::uint64_t{1});
    std::string run;
    codec::encode_numbers(flags, codec::Preference::kSize, run);
    codec::put_text(run, out);
  }
  if (numbers.has_nulls) {
    number_encoders_[alone].encode(scratch_, out);
  } else {
    number_encoders_[alone].encode(scratch_, {0, range / chunk.scale, written.num_runs}, out);
  }
  return chunk;
}

Chunk SegmentWriter::write_texts(std::size_t alone, std::string& out) {
  const OpenBlock::Numbers& numbers = block_.numbers[alone];
  const OpenBlock::Texts& texts = block_.texts[alone];
  Chunk chunk;
  chunk.nulls = numbers.has_nulls ? Chunk::Nulls::kApart : Chunk::Nulls::kNone;
  std::vector<std::string_view> views;
  scratch_.resize(block_.num_rows);
  std::uint32_t begin = 0;
  for (std::size_t row = 0; row < block_.num_rows; ++row) {
    views.push_back(std::string_view(texts.bytes).substr(begin, texts.ends[row] - begin));
    begin = texts.ends[row];
    scratch_[row] = is_null_at(numbers.nulls, row) ? 1 : 0;
  }
  if (numbers.has_nulls) {
    if (std::all_of(scratch_.begin(), scratch_.end(),
                    [](std::uint64_t flag) { return flag == 1; })) {
      chunk.nulls = Chunk::Nulls::kAll;
      return chunk;
    }
    std::string run;
    codec::encode_numbers(scratch_, codec::Preference::kSize, run);
    codec::put_text(run, out);
  }
  codec::encode_texts(views, out);
  return chunk;
}

Extent SegmentWriter::put(std::string_view bytes) {
  Extent extent;
  extent.offset = file_bytes_ + pending_.size();
  extent.size = static_cast<std::uint32_t>(bytes.size());
  extent.hash = hash_bytes(bytes);
  pending_ += bytes;
  return extent;
}

Result<void> SegmentWriter::flush() {
  WEIR_RETURN_IF_ERROR(file_->append(pending_));
  file_bytes_ += pending_.size();
  pending_.clear();
  return {};
}

Result<void> SegmentWriter::end_block() {
  if (block_.num_rows == 0) {
    return {};
  }
  Block& written = footer_.blocks.emplace_back();
  written.num_rows = static_cast<std::uint32_t>(block_.num_rows);
  written.first_ordinal = block_.first_ordinal;
  written.jumps = std::move(block_.jumps);
  std::string bytes;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    presence_[g].add_block(block_.codes[g].data(), block_.num_rows, groups_[g].size());
    scratch_.assign(block_.codes[g].begin(),
                    block_.codes[g].begin() + static_cast<std::ptrdiff_t>(block_.num_rows));
    bytes.clear();
    code_encoders_[g].encode(scratch_, bytes);
    written.chunks.emplace_back().extent = put(bytes);
  }
  if (!groups_.empty()) {
    const auto numbers = [this](std::size_t column) -> SegmentSummary::Numbers {
      const OpenBlock::Numbers& found = numbers_of(column);
      return {found.values.data(), found.has_nulls ? found.nulls.data() : nullptr};
    };
    summary_.add_block(std::span(block_.codes[0]).first(block_.num_rows), numbers, groups_[0]);
  }
  pair_columns();  // what was added up are the numbers as they are
  for (std::size_t a = 0; a < layout_.alone.size(); ++a) {
    bytes.clear();
    const bool is_text = spec_.columns[layout_.alone[a]].type == Type::kString;
    Chunk chunk = is_text ? write_texts(a, bytes) : write_numbers(a, bytes);
    if (chunk.nulls != Chunk::Nulls::kAll) {
      chunk.extent = put(bytes);
    }
    if (layout_.alone[a] == layout_.time && chunk.min <= chunk.max) {
      footer_.min_time = std::min(footer_.min_time.value_or(chunk.min), chunk.min);
      footer_.max_time = std::max(footer_.max_time.value_or(chunk.max), chunk.max);
    }
    if (layout_.alone[a] == layout_.until && chunk.min <= chunk.max) {
      footer_.max_until = std::max(footer_.max_until.value_or(chunk.max), chunk.max);
    }
    written.chunks.push_back(chunk);
  }
  footer_.num_rows += block_.num_rows;
  footer_.end_ordinal = next_ordinal_;
  start_block();
  return pending_.size() >= kFlushBytes ? flush() : Result<void>();
}

void SegmentWriter::write_groups() {
  std::string bytes;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const TupleDictionary& group = groups_[g];
    SegmentGroup& written = footer_.groups.emplace_back();
    written.number = layout_.groups[g].number;
    written.num_codes = static_cast<std::uint32_t>(group.size());
    bytes.clear();
    for (std::size_t m = 0; m < group.num_members(); ++m) {
      written.num_values.push_back(static_cast<std::uint32_t>(group.member(m).size()));
      std::string values;
      group.member(m).write(values);
      codec::put_text(values, bytes);
    }
    written.values = put(bytes);
    bytes.clear();
    for (std::size_t m = 0; m < group.num_members(); ++m) {
      scratch_.resize(group.size());
      for (std::size_t code = 0; code < group.size(); ++code) {
        scratch_[code] = group.value_code(code, m);
      }
      std::string run;
      codec::encode_numbers(scratch_, codec::Preference::kSize, run);
      codec::put_text(run, bytes);
    }
    written.tuples = put(bytes);
    bytes.clear();
    presence_[g].write(group.size(), bytes);
    written.presence = put(bytes);
  }
}

Result<SegmentMeta> SegmentWriter::finish() {
  WEIR_RETURN_IF_ERROR(end_block());
  write_groups();
  if (!groups_.empty()) {
    summary_.write(
        groups_[0], [this](std::string_view bytes) { return put(bytes); }, footer_);
  }
  WEIR_RETURN_IF_ERROR(write_rare_rows());
  std::string bytes;
  write_footer(footer_, bytes);
  const std::uint64_t footer_hash = hash_bytes(bytes);
  pending_ += bytes;
  codec::put_fixed(static_cast<std::uint64_t>(bytes.size()), pending_);
  codec::put_fixed(footer_hash, pending_);
  pending_.append(kSegmentMagic.data(), kSegmentMagic.size());
  WEIR_RETURN_IF_ERROR(flush());
  WEIR_RETURN_IF_ERROR(file_->sync());
  WEIR_RETURN_IF_ERROR(file_->close());
  SegmentMeta meta;
  meta.table = footer_.table;
  meta.partition = footer_.partition;
  meta.num_rows = footer_.num_rows;
  meta.file_bytes = file_bytes_;
  meta.min_time = footer_.min_time;
  meta.max_time = footer_.max_time;
  meta.first_ordinal = footer_.first_ordinal;
  meta.end_ordinal = footer_.end_ordinal;
  meta.footer_hash = footer_hash;
  return meta;
}

std::size_t SegmentWriter::memory_bytes() const {
  std::size_t bytes = pending_.capacity() + summary_.memory_bytes() +
                      footer_.blocks.size() * (64 + sizeof(Chunk) * 12) +
                      kBlockRows * (groups_.size() * 4 + layout_.alone.size() * 8);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    bytes += groups_[g].memory_bytes() + presence_[g].memory_bytes();
  }
  for (const OpenBlock::Texts& texts : block_.texts) {
    bytes += texts.bytes.capacity() + texts.ends.capacity() * 4;
  }
  return bytes;
}

}  // namespace weir::store
