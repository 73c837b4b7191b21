#include "query/lookup_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> cells_of(std::string_view csv) {
  const auto table = read_lookup_table(csv);
  if (!table) {
    return {table.error().message};
  }
  column::ScanRequest request;
  const column::Schema schema = *(*table)->columns();
  std::vector<std::string> cells;
  for (const column::Field& field : schema) {
    request.columns.push_back(field.name);
    cells.push_back(field.name);
  }
  const auto scan = (*table)->scan(request, {});
  const auto stream = (*scan)->open_stream();
  column::Batch batch;
  while (*(*stream)->next(batch)) {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      for (const column::Column& column : batch.columns) {
        cells.push_back(column.value_at(row).text);
      }
    }
  }
  return cells;
}

TEST(LookupTable, ReadsQuotedValuesAndEveryKindOfLine) {
  EXPECT_THAT(cells_of("\xef\xbb\xbf"
                       "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\n,last"),
              ElementsAre("a", "b", "1", "x, \"y\"\nz", "", "last"));
  EXPECT_THAT(cells_of("only\n\nx\n"), ElementsAre("only", "", "x"));
}

TEST(LookupTable, ErrorsNameTheLine) {
  EXPECT_THAT(cells_of("a,b\n1,\"x\ny\"\n1,2,3\n"),
              ElementsAre("line 4: 3 values where line 1 names 2 columns"));
  EXPECT_THAT(cells_of("a,b\n1,\"x"), ElementsAre(HasSubstr("line 2: a quoted value never ends")));
  EXPECT_THAT(cells_of("a,b\n1,\"x\"y\n"), ElementsAre(HasSubstr("line 2: a comma is missing")));
  EXPECT_THAT(cells_of("a,a\n"), ElementsAre(HasSubstr("two columns are called 'a'")));
  EXPECT_THAT(cells_of("a,,b\n"), ElementsAre(HasSubstr("no name")));
  EXPECT_THAT(cells_of(""), ElementsAre(HasSubstr("is empty")));
  std::string large;
  large.resize(10'000'001, 'x');
  EXPECT_THAT(cells_of(large), ElementsAre(HasSubstr("at most")));
}

}  // namespace
}  // namespace weir::query
