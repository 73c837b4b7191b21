#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "column/coded_table.h"
#include "query/execution/grouping_table.h"

namespace weir::query::fixture {

// Every other way in which tables may deliver the same rows, by name: tests ask in all of them.
struct OtherTable {
  std::string name;
  std::shared_ptr<column::Table> (*of)(std::shared_ptr<column::Table>);
};

inline std::vector<OtherTable> other_tables() {
  using Table = std::shared_ptr<column::Table>;
  using Layout = column::CodedTable::Layout;
  return {
      {"coded in one space",
       [](Table table) -> Table {
         return std::make_shared<column::CodedTable>(std::move(table), Layout::kOneSpace);
       }},
      {"some columns coded",
       [](Table table) -> Table {
         return std::make_shared<column::CodedTable>(std::move(table), Layout::kMixed);
       }},
      {"groups of the table",
       [](Table table) -> Table { return std::make_shared<GroupingTable>(std::move(table)); }},
  };
}

}  // namespace weir::query::fixture
