#include "store/ranking.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "store/segment_runs.h"

namespace weir::store {
namespace {

struct KeyedCode {
  std::uint64_t key = 0;
  std::uint32_t code = 0;
};

void prepare(const Totals& like, Totals& totals) {
  totals.sums.resize(like.sums.size());
  totals.num_values.resize(like.sums.size());
}

// Puts codes in the order of their values of a member, those of a value as they come.
void sort_by_member(const TupleDictionary& group, std::size_t member,
                    std::vector<std::uint32_t>& codes) {
  std::vector<std::uint32_t> next(group.member(member).size() + 2, 0);
  for (const std::uint32_t code : codes) {
    ++next[group.value_code(code, member) + 1];
  }
  for (std::size_t value = 1; value < next.size(); ++value) {
    next[value] += next[value - 1];
  }
  std::vector<std::uint32_t> sorted(codes.size());
  for (const std::uint32_t code : codes) {
    sorted[next[group.value_code(code, member)]++] = code;
  }
  codes = std::move(sorted);
}

// The codes that are not silent, those of a key side by side, with their keys.
std::optional<std::vector<KeyedCode>> codes_by_key(const TupleDictionary& group,
                                                   std::size_t num_codes,
                                                   std::span<const std::size_t> members,
                                                   std::span<const std::uint8_t> is_silent) {
  std::vector<std::uint32_t> codes;
  codes.reserve(num_codes);
  for (std::uint32_t code = 0; code < num_codes; ++code) {
    if (is_silent[code] == 0) {
      codes.push_back(code);
      continue;
    }
    for (const std::size_t member : members) {
      if (group.value_code(code, member) != 0) {
        return std::nullopt;
      }
    }
  }
  for (std::size_t k = members.size(); k-- > 0;) {
    sort_by_member(group, members[k], codes);
  }
  std::vector<KeyedCode> keyed;
  keyed.reserve(codes.size());
  for (const std::uint32_t code : codes) {
    std::uint64_t key = 0;
    for (const std::size_t member : members) {
      key = key << 32 | group.value_code(code, member);
    }
    keyed.push_back({key, code});
  }
  return keyed;
}

void append_empty(Totals& totals) {
  totals.num_rows.push_back(0);
  totals.min_time.push_back(Totals::kNoTime);
  totals.max_until.push_back(-Totals::kNoTime);
  for (std::size_t s = 0; s < totals.sums.size(); ++s) {
    totals.sums[s].push_back(0);
    totals.num_values[s].push_back(0);
  }
}

// Adds a row of `from` to the last one of `into`; false: a sum overflowed.
bool add_to_last(const Totals& from, std::size_t row, Totals& into) {
  into.num_rows.back() += from.num_rows[row];
  into.min_time.back() = std::min(into.min_time.back(), from.min_time[row]);
  into.max_until.back() = std::max(into.max_until.back(), from.max_until[row]);
  for (std::size_t s = 0; s < from.sums.size(); ++s) {
    std::int64_t& sum = into.sums[s].back();
    if (__builtin_add_overflow(sum, from.sums[s][row], &sum)) {
      return false;
    }
    into.num_values[s].back() += from.num_values[s][row];
  }
  return true;
}

void append_row(const Totals& from, std::size_t row, Totals& into) {
  append_empty(into);
  static_cast<void>(add_to_last(from, row, into));
}

bool lacks_values(const Totals& totals, std::size_t row) {
  return std::any_of(totals.num_values.begin(), totals.num_values.end(),
                     [row](const auto& counts) { return counts[row] == 0; });
}

template <class Measure>
void mark_greatest(std::vector<std::uint32_t>& order, Measure measure,
                   std::vector<std::uint8_t>& is_kept) {
  const auto middle = order.begin() + Ranking::kKept;
  std::nth_element(order.begin(), middle, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return measure(a) != measure(b) ? measure(a) > measure(b) : a < b;
  });
  for (auto at = order.begin(); at != middle; ++at) {
    is_kept[*at] = 1;
  }
}

std::vector<std::uint8_t> choose_kept(const Totals& all) {
  const std::size_t count = all.num_rows.size();
  std::vector<std::uint8_t> is_kept(count, count <= Ranking::kKept ? 1 : 0);
  if (count <= Ranking::kKept) {
    return is_kept;
  }
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  mark_greatest(
      order, [&](std::uint32_t row) { return all.num_rows[row]; }, is_kept);
  for (const std::vector<std::int64_t>& sums : all.sums) {
    mark_greatest(
        order, [&](std::uint32_t row) { return sums[row]; }, is_kept);
  }
  for (std::size_t row = 0; row < count; ++row) {
    if (lacks_values(all, row)) {
      is_kept[row] = 1;
    }
  }
  return is_kept;
}

}  // namespace

bool append_sum(const Totals& from, std::span<const std::uint32_t> rows, Totals& into) {
  prepare(from, into);
  append_empty(into);
  return std::all_of(rows.begin(), rows.end(),
                     [&](std::uint32_t row) { return add_to_last(from, row, into); });
}

std::optional<Ranking> rank_keys(const Totals& by_code, const TupleDictionary& group,
                                 std::span<const std::size_t> members,
                                 std::span<const std::uint8_t> is_silent) {
  const auto codes = codes_by_key(group, by_code.num_rows.size(), members, is_silent);
  if (!codes) {
    return std::nullopt;
  }
  Totals all;
  prepare(by_code, all);
  std::vector<std::uint64_t> keys;
  for (const KeyedCode& keyed : *codes) {
    if (keys.empty() || keys.back() != keyed.key) {
      keys.push_back(keyed.key);
      append_empty(all);
    }
    if (!add_to_last(by_code, keyed.code, all)) {
      return std::nullopt;
    }
  }
  const std::vector<std::uint8_t> is_kept = choose_kept(all);
  Ranking ranking;
  ranking.key_values.resize(members.size());
  prepare(by_code, ranking.totals);
  prepare(by_code, ranking.silent);
  ranking.most_left_out.resize(all.sums.size());
  for (std::size_t code = 0; code < is_silent.size(); ++code) {
    if (is_silent[code] != 0) {
      if (ranking.silent.num_rows.empty()) {
        append_empty(ranking.silent);
      }
      if (!add_to_last(by_code, code, ranking.silent)) {
        return std::nullopt;
      }
    }
  }
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (is_kept[row] == 0) {
      ++ranking.num_left_out;
      ranking.most_rows_left_out = std::max(ranking.most_rows_left_out, all.num_rows[row]);
      for (std::size_t s = 0; s < all.sums.size(); ++s) {
        ranking.most_left_out[s] = std::max(ranking.most_left_out[s], all.sums[s][row]);
      }
      continue;
    }
    append_row(all, row, ranking.totals);
    for (std::size_t k = 0; k < members.size(); ++k) {
      const std::size_t shift = 32 * (members.size() - 1 - k);
      ranking.key_values[k].push_back(static_cast<std::uint32_t>(keys[row] >> shift));
    }
  }
  // More than twice what was chosen: keys without values, which rank nothing.
  const std::size_t expected = Ranking::kKept * (1 + all.sums.size());
  return ranking.totals.num_rows.size() > 2 * expected ? std::nullopt : std::optional(ranking);
}

void write_ranking(const Ranking& ranking, std::string& out) {
  for (const std::vector<std::uint32_t>& values : ranking.key_values) {
    put_run(values, out);
  }
  codec::put_varint(ranking.silent.num_rows.size(), out);
  for (const Totals* const part : {&ranking.totals, &ranking.silent}) {
    std::string totals;
    if (!part->num_rows.empty()) {
      write_totals(*part, false, totals);
    }
    codec::put_text(totals, out);
  }
  codec::put_varint(ranking.num_left_out, out);
  codec::put_varint(ranking.most_rows_left_out, out);
  for (const std::int64_t most : ranking.most_left_out) {
    codec::put_varint(codec::to_zigzag(most), out);
  }
}

Result<Ranking> read_ranking(std::string_view bytes, std::size_t num_keys,
                             std::size_t num_key_columns, std::size_t num_sums) {
  codec::ByteReader reader(bytes);
  Ranking ranking;
  for (std::size_t k = 0; k < num_key_columns; ++k) {
    WEIR_RETURN_IF_ERROR(take_run(reader, num_keys, ranking.key_values.emplace_back()));
  }
  const std::uint64_t num_silent = reader.varint_up_to(1);
  for (const auto& [part, num_rows] :
       {std::pair(&ranking.totals, std::uint64_t{num_keys}), {&ranking.silent, num_silent}}) {
    const std::string_view totals = reader.text();
    if (num_rows > 0) {
      WEIR_ASSIGN_OR_RETURN(*part, read_totals(totals, num_rows, num_sums, 0, false));
    }
  }
  ranking.num_left_out = reader.varint();
  ranking.most_rows_left_out = reader.varint();
  for (std::size_t s = 0; s < num_sums; ++s) {
    ranking.most_left_out.push_back(codec::from_zigzag(reader.varint()));
  }
  if (!reader.is_at_end()) {
    return fail(ErrorCode::kInput, "a segment's ranking is damaged");
  }
  return ranking;
}

}  // namespace weir::store
