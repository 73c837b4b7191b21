#include "query/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "query/query.h"
#include "query/sql/sql.h"

namespace weir::query {
namespace {

class OneTable final : public Catalog {
 public:
  explicit OneTable(std::shared_ptr<column::Table> table) : table_(std::move(table)) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    if (name == "flows") {
      return table_;
    }
    return fail(ErrorCode::kUsage, "a condition looks at the record alone, at no other table",
                span);
  }

 private:
  std::shared_ptr<column::Table> table_;
};

}  // namespace

Result<Condition> bind_condition(std::string_view text, std::shared_ptr<column::Table> table,
                                 const QueryEnvironment& environment) {
  constexpr std::string_view kBefore = "SELECT 1 FROM flows WHERE (";
  OneTable catalog(std::move(table));
  auto prepared = sql::prepare(fmt::format("{}{}\n)", kBefore, text), 0, PrepareOptions(), catalog,
                               environment);
  if (!prepared) {
    Error error = std::move(prepared).error();
    if (error.span) {
      const auto moved = [&](std::size_t place) {
        return std::min(place - std::min(place, kBefore.size()), text.size());
      };
      error.span = TextSpan{moved(error.span->begin), moved(error.span->end)};
    }
    return tl::unexpected<Error>(std::move(error));
  }
  PlanPtr plan = prepared->plan;
  while (plan->kind == Plan::Kind::kProject && plan->inputs.size() == 1) {
    plan = plan->inputs.front();
  }
  const bool is_condition =
      plan->kind == Plan::Kind::kFilter && plan->inputs.front()->kind == Plan::Kind::kScan;
  if (!is_condition) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no condition", text));
  }
  return Condition{plan->inputs.front()->scan_columns, plan->predicate};
}

}  // namespace weir::query
