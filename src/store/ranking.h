#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/segment_totals.h"
#include "store/tuple_dictionary.h"

namespace weir::store {

// The keys of a segment that may be among the greatest, with what their rows add up to: those that
// have the most rows or the greatest sum of some column, and those without a value of one. Of the
// others a bound is known, so who asks for the ten greatest of many segments can tell whether these
// suffice. NODATA and SKIPDATA rows, whose keys are null, stand apart.
struct Ranking {
  static constexpr std::size_t kKept = 512;  // by each measure
  static constexpr std::size_t kMaxKeys = 2;

  std::vector<std::vector<std::uint32_t>> key_values;  // value numbers of each key column, 0: null
  Totals totals;                                       // as by code: times, no minutes
  Totals silent;  // one row, or none where there are no such rows
  std::uint64_t num_left_out = 0;
  // The most that one key left out has, 0 where none has more.
  std::uint64_t most_rows_left_out = 0;
  std::vector<std::int64_t> most_left_out;  // of each summed column
};

// Appends what some rows of totals add up to; false: a sum overflowed.
[[nodiscard]] bool append_sum(const Totals& from, std::span<const std::uint32_t> rows,
                              Totals& into);

// Ranks the keys that `members` of the group make, 1 or 2 of them. `is_silent` tells the codes of
// NODATA and SKIPDATA rows. Nothing where a sum overflows, where too many keys lack values, or
// where silent rows have a key.
[[nodiscard]] std::optional<Ranking> rank_keys(const Totals& by_code, const TupleDictionary& group,
                                               std::span<const std::size_t> members,
                                               std::span<const std::uint8_t> is_silent);

// Bytes of a ranking of `num_keys` kept keys, and back. Hardened against untrusted input.
void write_ranking(const Ranking& ranking, std::string& out);
[[nodiscard]] Result<Ranking> read_ranking(std::string_view bytes, std::size_t num_keys,
                                           std::size_t num_key_columns, std::size_t num_sums);

}  // namespace weir::store
