// Splits and prepares arbitrary text as SQL over a table of five columns, and runs what is short
// and could be prepared over its three rows.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "column/memory_table.h"
#include "flow/enrichment.h"
#include "io/file_system.h"
#include "query/execute.h"
#include "query/sql/sql.h"

namespace {

using weir::column::Type;
using weir::column::Value;

class OneTable final : public weir::query::Catalog {
 public:
  OneTable() {
    const std::vector<std::vector<Value>> rows = {
        {Value::of_address(*weir::parse_ip("10.0.0.1")), Value::of_int(7), Value::of_time(60'000),
         Value::of_time(120'000), Value::of_string("ACCEPT")},
        {Value::of_address(*weir::parse_ip("2001:db8::1")), Value::null(), Value::of_time(-1),
         Value::null(), Value::of_string("REJECT")},
        {Value::null(), Value::of_int(-7), Value::null(), Value::of_time(0), Value::null()}};
    table_ = weir::column::MemoryTable::from_rows({{"srcaddr", Type::kAddress},
                                                   {"bytes", Type::kInt64},
                                                   {"start", Type::kTime},
                                                   {"end", Type::kTime},
                                                   {"action", Type::kString}},
                                                  rows);
  }
  weir::Result<std::shared_ptr<weir::column::Table>> find_table(std::string_view,
                                                                weir::TextSpan) override {
    return table_;
  }

 private:
  std::shared_ptr<weir::column::Table> table_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static OneTable catalog;
  static const auto files = weir::io::make_local_file_system();
  static const auto enrichment = weir::flow::load_enrichment(*files, {});
  constexpr std::size_t kLongest = 4'096;     // what is longer finds nothing more, only slower
  constexpr std::size_t kLongestToRun = 400;  // a dozen joins multiply even three rows
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kLongest));
  weir::query::QueryEnvironment environment;
  environment.now_ms = 1'772'366'400'000;
  environment.enrichment = *enrichment;
  for (const weir::TextSpan span : weir::query::sql::split_statements(text)) {
    const auto prepared = weir::query::sql::prepare(text.substr(span.begin, span.end - span.begin),
                                                    span.begin, {}, catalog, environment);
    if (!prepared || span.end - span.begin > kLongestToRun) {
      continue;
    }
    weir::MemoryBudget budget(64 << 20);
    weir::query::ExecuteOptions options;
    options.memory = &budget;
    weir::query::RowCollector rows;
    (void)weir::query::execute(weir::query::optimise(prepared->plan), options, rows);
  }
  return 0;
}
