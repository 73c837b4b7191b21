#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/manifest_types.h"

namespace weir::store {

// What a TableSpec means for its segments. Properties that a spec may have, all of columns of the
// table, names separated by spaces:
//
//   difference.X   X is written as its difference to this column (an end to its start)
//   pair.X         X and this column behind it, neither summed up, are written as the larger and
//   the
//                  smaller of the two: of two ports one tells the service, whoever asks
//   totals         numbers that are summed up by the codes of the first group
//   minutes        columns of the first group by whose values each minute is summed up
//   rollup.N       keys by which everything that is summed up is kept with its least, greatest and
//   squares:
//                  columns of the first group, or * for all of them, and at most one whole number
//                  alone; in front, COLUMN=TEXT: of rows alone where that column has that text
//   rare.N         a column in a group: rows of its rare values are kept once more, side by side
//   ranks.N        one or two columns of the first group whose greatest keys are kept
//   silent         the column whose values NODATA and SKIPDATA mark rows without traffic
//   until          the column that ends what the time column begins, for coverage
struct TableLayout {
  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Group {
    std::uint16_t number = 0;
    std::vector<std::size_t> members;  // of TableSpec::columns
  };
  std::vector<Group> groups;            // by number
  std::vector<std::size_t> group_of;    // of each column: index into groups, kNone: alone
  std::vector<std::size_t> member_of;   // of each column: index into its group's members
  std::vector<std::size_t> difference;  // of each column: the column it is written relative to
  std::vector<std::size_t> pair;        // of each column: the one it is paired with
  std::vector<std::size_t> alone;       // columns with runs of their own
  std::optional<std::size_t> time;
  std::optional<std::size_t> until;
  std::optional<std::size_t> silent;            // a member of groups[0]
  std::vector<std::size_t> totals;              // of type int64, alone
  std::vector<std::size_t> minutes;             // members of groups[0]
  std::vector<std::vector<std::size_t>> ranks;  // members of groups[0]
  struct Rollup {
    std::vector<std::size_t> keys;      // members of groups[0]
    std::optional<std::size_t> number;  // alone
    std::optional<std::size_t> where;   // a text of groups[0]
    std::string where_text;
  };
  std::vector<Rollup> rollups;
  std::vector<std::size_t> rare;  // in groups
};

// Refuses a spec that contradicts itself: an address or a silent column without group, a property
// that names no column of its kind.
[[nodiscard]] Result<TableLayout> make_table_layout(const TableSpec& spec);

[[nodiscard]] std::optional<std::size_t> find_column(const TableSpec& spec, std::string_view name);

}  // namespace weir::store
