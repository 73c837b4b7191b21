// What segments and batches of the write-ahead log are made of: runs of numbers and texts, values
// of dictionaries, presence lists, totals, rankings, roll-ups, rare rows, footers, batches of rows.
// The first byte chooses what the rest is taken for; two more say how many values there are to be.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "codec/numbers.h"
#include "codec/texts.h"
#include "store/batch_bytes.h"
#include "store/presence.h"
#include "store/ranking.h"
#include "store/rare_rows.h"
#include "store/rollup.h"
#include "store/segment_format.h"
#include "store/segment_totals.h"
#include "store/value_dictionary.h"

namespace {

using namespace weir;
using namespace weir::store;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

// However a run is read, the numbers are the same; written anew in the form that suits them, too.
void read_numbers(std::string_view bytes, std::size_t count) {
  codec::NumberDecoder decoder;
  if (!decoder.open(bytes, count)) {
    return;
  }
  std::vector<std::uint64_t> whole(count);
  decoder.read(0, count, whole.data());
  std::vector<std::uint64_t> part(count);
  const std::size_t first = count / 3;
  decoder.read(first, count - first, part.data());
  require(
      std::equal(whole.begin() + static_cast<std::ptrdiff_t>(first), whole.end(), part.begin()));
  std::vector<std::uint32_t> places;
  for (std::uint32_t place = 0; place < count; place += 1 + place % 7) {
    places.push_back(place);
  }
  decoder.pick(places, part.data());
  for (std::size_t i = 0; i < places.size(); ++i) {
    require(part[i] == whole[places[i]]);
  }
  std::string written;
  codec::encode_numbers(whole, codec::Preference::kSize, written);
  require(decoder.open(written, count).has_value());
  decoder.read(0, count, part.data());
  require(whole == part);
}

void read_texts(std::string_view bytes, std::size_t count) {
  codec::TextDecoder decoder;
  if (!decoder.open(bytes, count)) {
    return;
  }
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::size_t num_bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    texts.emplace_back(decoder.text(i));
    num_bytes += texts.back().size();
  }
  require(num_bytes == decoder.num_bytes());
  views.assign(texts.begin(), texts.end());
  std::string written;
  codec::encode_texts(views, written);
  require(decoder.open(written, count).has_value());
  for (std::size_t i = 0; i < count; ++i) {
    require(decoder.text(i) == texts[i]);
  }
}

void read_dictionary(std::string_view bytes, std::size_t count) {
  for (const auto type : {column::Type::kString, column::Type::kAddress, column::Type::kInt64,
                          column::Type::kDouble, column::Type::kBool}) {
    column::Column values;
    if (read_values(type, bytes, count, values)) {
      require(values.size() == count + 1 && values.is_null(0));
    }
  }
}

void read_presence(std::string_view bytes, std::size_t count) {
  const std::size_t num_blocks = 1 + count % 257;
  const auto presence = Presence::read(bytes, count, num_blocks);
  std::vector<bool> blocks(num_blocks, false);
  for (std::uint32_t code = 0; presence && code < count; ++code) {
    presence->mark(code, blocks);
  }
}

void read_rows(std::string_view bytes) {
  auto batch = read_batch(bytes);
  if (!batch) {
    return;
  }
  std::string written;
  write_batch(*batch, written);
  const auto again = read_batch(written);
  require(again.has_value() && again->num_rows == batch->num_rows &&
          again->columns.size() == batch->columns.size());
}

void read_rollup_of(std::string_view bytes, std::size_t count) {
  const std::size_t num_rows = count % 700;
  const bool has_number = count % 2 == 0;
  const auto rollup = read_rollup(bytes, num_rows, has_number, 500, {true, count % 3 == 0});
  if (rollup) {
    require(rollup->codes.size() == num_rows && rollup->num_rows.size() == num_rows &&
            rollup->numbers.size() == (has_number ? num_rows : 0) &&
            rollup->columns.front().squares_high.size() == num_rows);
  }
}

// Of a table with a pair, a difference, a text and two groups.
void read_rare_index_of(std::string_view bytes, std::size_t count) {
  SegmentFooter footer;
  footer.columns.resize(6);
  footer.columns[0].group = footer.columns[1].group = 1;
  footer.columns[5].group = 2;
  footer.columns[3].pair = 2;
  footer.groups.resize(2);
  footer.groups[0].number = 1;
  footer.groups[0].num_values = {static_cast<std::uint32_t>(count % 700), 3};
  footer.groups[1].number = 2;
  footer.groups[1].num_values = {2};
  SegmentRareRows rare;
  rare.num_rows = static_cast<std::uint32_t>(count);
  const auto index = read_rare_index(bytes, footer, rare, 1U << 20);
  if (!index) {
    return;
  }
  std::uint64_t num_rows = 0;
  for (const RareIndex::Part& part : index->blocks) {
    num_rows += part.num_rows;
    require(part.chunks.size() == footer.columns.size() + 1);
  }
  require(num_rows == count && index->counts.size() == count % 700 &&
          std::accumulate(index->counts.begin(), index->counts.end(), std::uint64_t{0}) == count);
  std::string written;
  write_rare_index(*index, written);
  const auto again = read_rare_index(written, footer, rare, 1U << 20);
  require(again.has_value() && again->counts == index->counts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::size_t count = data[1] | static_cast<std::size_t>(data[2]) << 8;
  constexpr unsigned kRareIndex = 9;  // came later: other seeds keep their meaning
  switch (data[0] == kRareIndex ? kRareIndex : data[0] % 9) {
    case 0:
      read_numbers(bytes, count);
      break;
    case 1:
      read_texts(bytes, count);
      break;
    case 2:
      read_dictionary(bytes, count);
      break;
    case 3:
      read_presence(bytes, count);
      break;
    case 4:
      (void)read_totals(bytes, count, count % 3, count % 4, count % 2 == 0);
      break;
    case 6:
      (void)read_ranking(bytes, count % 700, 1 + count % 2, count % 3);
      break;
    case 7:
      read_rollup_of(bytes, count);
      break;
    case kRareIndex:
      read_rare_index_of(bytes, count);
      break;
    case 5:
      (void)read_footer(bytes, std::uint64_t{1} << (count % 63));
      break;
    default:
      read_rows(bytes);
  }
  return 0;
}
