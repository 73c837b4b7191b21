#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/batch.h"
#include "query/expression.h"
#include "query/warning.h"

namespace weir::flow {
class Enrichment;
}

namespace weir::query {

// What a query sees of the world, fixed when it starts.
struct QueryEnvironment {
  TimeMs now_ms = 0;                                   // now() and relative times
  std::shared_ptr<const flow::Enrichment> enrichment;  // geo, AWS ranges, VPC CIDRs; never null
  Dialect dialect = Dialect::kHelpful;
};

enum class Language : std::uint8_t { kInsights = 1, kSql = 2 };
inline constexpr std::uint8_t kBothLanguages = 3;

struct BoundCall {  // what Function::bind decides
  column::Type type = column::Type::kNull;
  std::shared_ptr<const void> state;
};

// A scalar function. One constexpr table a file (functions/*.cpp), gathered by all_functions(); no
// static registration. The skeleton is the same everywhere: bind checks and coerces arguments,
// evaluate fills a column.
struct Function {
  std::string_view name;       // canonical, lower case; look-up ignores case
  std::string_view aliases;    // other spellings, space separated
  std::uint8_t languages;      // bits of Language
  std::string_view signature;  // "isIpInSubnet(address, prefix) -> bool"
  std::string_view summary;    // one sentence for help and completion
  // May replace arguments by coerced ones. Errors point at the argument's span.
  Result<BoundCall> (*bind)(std::vector<ExpressionPtr>& arguments,
                            const QueryEnvironment& environment, TextSpan span);
  // `arguments` may be constant columns; `out` is to be reset by the callee.
  Result<void> (*evaluate)(const Expression& call, std::span<const column::Column* const> arguments,
                           std::size_t num_rows, column::Column& out);
  // False for now() and its kin, which are folded at bind time already, and rand.
  bool is_pure = true;
};

[[nodiscard]] std::span<const Function* const> all_functions();
[[nodiscard]] const Function* find_function(std::string_view name, Language language);
// Binds a call of `function`; folds it when all its arguments are literals.
[[nodiscard]] Result<ExpressionPtr> make_call(const Function& function,
                                              std::vector<ExpressionPtr> arguments,
                                              const QueryEnvironment& environment,
                                              TextSpan span = {});
// Converts by the rules of CAST, or reports what cannot be; returns `expression` where the type is
// right already.
[[nodiscard]] Result<ExpressionPtr> make_cast(ExpressionPtr expression, column::Type type,
                                              const QueryEnvironment& environment);

}  // namespace weir::query
