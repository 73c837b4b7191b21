// Prepares arbitrary text as Logs Insights QL over a small table, in both dialects, and runs what
// is short and could be prepared. A first byte with its lowest bit set asks for the cloudwatch
// dialect, so that one corpus serves both.

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
#include "query/insights/insights.h"
#include "query/query.h"

namespace {

using weir::column::Type;
using weir::column::Value;

class FewFlows final : public weir::query::Catalog {
 public:
  FewFlows() {
    const std::vector<std::vector<Value>> rows = {
        {Value::of_address(*weir::parse_ip("10.0.0.1")), Value::of_int(7), Value::of_int(443),
         Value::of_time(60'000), Value::of_time(120'000), Value::of_string("ACCEPT"),
         Value::of_address(*weir::parse_ip("10.0.0.2")), Value::of_string("2 1 eni-1 10.0.0.1")},
        {Value::of_address(*weir::parse_ip("2001:db8::1")), Value::null(), Value::of_int(53),
         Value::of_time(-1), Value::null(), Value::of_string("REJECT"), Value::null(),
         Value::of_string("")},
        std::vector<Value>(8)};
    table_ = weir::column::MemoryTable::from_rows({{"srcaddr", Type::kAddress},
                                                   {"bytes", Type::kInt64},
                                                   {"dstport", Type::kInt64},
                                                   {"start", Type::kTime},
                                                   {"end", Type::kTime},
                                                   {"action", Type::kString},
                                                   {"pkt_srcaddr", Type::kAddress},
                                                   {"@message", Type::kString}},
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
  static FewFlows catalog;
  static const auto files = weir::io::make_local_file_system();
  static const auto enrichment = weir::flow::load_enrichment(*files, {});
  constexpr std::size_t kLongest = 4'096;  // what is longer finds nothing more, only slower
  constexpr std::size_t kLongestToRun = 1'000;
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kLongest));
  weir::query::QueryEnvironment environment;
  environment.now_ms = 1'772'366'400'000;
  environment.enrichment = *enrichment;
  environment.dialect = !text.empty() && (text[0] & 1) != 0 ? weir::query::Dialect::kCloudWatch
                                                            : weir::query::Dialect::kHelpful;
  const auto prepared = weir::query::insights::prepare(text, 0, {}, catalog, environment);
  if (!prepared) {
    if (prepared.error().span) {
      (void)weir::query::point_at(text, *prepared.error().span);
    }
    return 0;
  }
  for (const auto& warning : prepared->warnings) {
    (void)weir::query::point_at(text, warning.span.value_or(weir::TextSpan{}));
  }
  if (text.size() <= kLongestToRun) {
    weir::MemoryBudget budget(64 << 20);
    weir::query::ExecuteOptions options;
    options.memory = &budget;
    weir::query::RowCollector rows;
    (void)weir::query::execute(weir::query::optimise(prepared->plan), options, rows);
  }
  return 0;
}
