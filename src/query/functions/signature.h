#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/expression.h"
#include "query/function.h"

// What the bind halves of functions share: counting arguments and coercing them.
namespace weir::query {

using BindArguments = std::vector<ExpressionPtr>;

// An error that shows the signature.
[[nodiscard]] tl::unexpected<Error> wrong_arguments(std::string_view signature, TextSpan span);
[[nodiscard]] Result<void> expect_count(const BindArguments& arguments, std::size_t least,
                                        std::size_t most, std::string_view signature,
                                        TextSpan span);

[[nodiscard]] inline bool is_numeric(column::Type type) {
  return type == column::Type::kInt64 || type == column::Type::kDouble;
}

// Each makes `argument` of a type by the implicit rules, or says at its span why it cannot be.
[[nodiscard]] Result<void> coerce_number(ExpressionPtr& argument,
                                         const QueryEnvironment& environment);  // int64 or double
[[nodiscard]] Result<void> coerce_to(ExpressionPtr& argument, column::Type type,
                                     const QueryEnvironment& environment);

// Makes both sides of a comparison one type: see the rules at Binder.
[[nodiscard]] Result<void> unify(ExpressionPtr& a, ExpressionPtr& b,
                                 const QueryEnvironment& environment);
// The one type that all of `arguments` (from `first` on) become: branches of if, case, coalesce.
[[nodiscard]] Result<column::Type> unify_all(BindArguments& arguments, std::size_t first,
                                             std::size_t step, const QueryEnvironment& environment);

// The text of a literal string argument; an error at its span for anything else.
[[nodiscard]] Result<std::string> literal_string(const ExpressionPtr& argument,
                                                 std::string_view what);
[[nodiscard]] bool is_literal(const ExpressionPtr& argument);

// Tables of functions, one a file.
[[nodiscard]] std::span<const Function> operator_functions();
[[nodiscard]] std::span<const Function> comparison_functions();
[[nodiscard]] std::span<const Function> logic_functions();
[[nodiscard]] std::span<const Function> cast_functions();
[[nodiscard]] std::span<const Function> numeric_functions();
[[nodiscard]] std::span<const Function> string_functions();
[[nodiscard]] std::span<const Function> pattern_functions();
[[nodiscard]] std::span<const Function> time_functions();
[[nodiscard]] std::span<const Function> address_functions();
[[nodiscard]] std::span<const Function> flow_functions();
[[nodiscard]] std::span<const Function> json_functions();
[[nodiscard]] std::span<const Function> text_pattern_functions();

}  // namespace weir::query
