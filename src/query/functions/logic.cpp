// and, or, not in SQL's three-valued logic; if, case, coalesce, nullif.

#include <cstdint>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

enum Truth : std::uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

// One row's truth, whatever form the column has.
class TruthView {
 public:
  explicit TruthView(const Column& column)
      : column_(column), is_all_null_(column.type() == Type::kNull) {}
  Truth operator[](std::size_t row) const {
    if (is_all_null_ || column_.is_null(row)) {
      return kUnknown;
    }
    return column_.data<std::uint8_t>()[column_.is_constant() ? 0 : row] != 0 ? kTrue : kFalse;
  }

 private:
  const Column& column_;
  bool is_all_null_;
};

// kDecides: false for and, true for or: one such side settles the matter.
template <bool kDecides>
Result<void> evaluate_connective(const Expression&, Arguments arguments, std::size_t rows,
                                 Column& out) {
  const Column& a = *arguments[0];
  const Column& b = *arguments[1];
  const bool is_plain = a.type() == Type::kBool && b.type() == Type::kBool && !a.is_constant() &&
                        !b.is_constant() && !a.has_nulls() && !b.has_nulls();
  if (is_plain) {
    map_binary<std::uint8_t, std::uint8_t, std::uint8_t>(
        arguments, Type::kBool, rows, out,
        [](std::uint8_t x, std::uint8_t y) -> std::uint8_t { return kDecides ? x | y : x & y; });
    return {};
  }
  const std::size_t count = all_constant(arguments) ? 1 : rows;
  if (count == 1 && rows != 1) {
    out.reset_constant(Type::kBool, rows);
  } else {
    out.reset(Type::kBool, rows);
  }
  const TruthView left(a);
  const TruthView right(b);
  constexpr Truth kSettled = kDecides ? kTrue : kFalse;
  for (std::size_t i = 0; i < count; ++i) {
    const Truth x = left[i];
    const Truth y = right[i];
    const bool is_settled = x == kSettled || y == kSettled;
    out.data<std::uint8_t>()[i] = is_settled ? kSettled : (kDecides ? kFalse : kTrue);
    if (!is_settled && (x == kUnknown || y == kUnknown)) {
      out.set_null(i);
    }
  }
  return {};
}

template <std::size_t kCount>
Result<BoundCall> bind_bools(BindArguments& arguments, const QueryEnvironment& environment,
                             TextSpan span) {
  WEIR_RETURN_IF_ERROR(
      expect_count(arguments, kCount, kCount, kCount == 2 ? "a and b" : "not a", span));
  for (auto& argument : arguments) {
    if (argument->type == Type::kString || argument->type == Type::kAddress ||
        argument->type == Type::kTime || argument->type == Type::kInterval) {
      return fail(ErrorCode::kUsage, "this is no condition; compare it with something",
                  argument->span);
    }
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kBool, environment));
  }
  return BoundCall{Type::kBool, nullptr};
}

Result<void> evaluate_not(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  map_unary<std::uint8_t, std::uint8_t>(
      arguments, Type::kBool, rows, out,
      [](std::uint8_t v) -> std::uint8_t { return v != 0 ? 0 : 1; });
  return {};
}

// Copies one value, null included.
void copy_cell(const Column& source, std::size_t row, std::size_t to, Column& out) {
  if (source.type() == Type::kNull || source.is_null(row)) {
    out.set_null(to);
    return;
  }
  const std::size_t from = source.is_constant() ? 0 : row;
  switch (column::width_of(out.type())) {
    case 1:
      out.data<std::uint8_t>()[to] = source.data<std::uint8_t>()[from];
      break;
    case 8:
      out.data<std::int64_t>()[to] = source.data<std::int64_t>()[from];
      break;
    case 16:
      out.data<IpAddress>()[to] = source.data<IpAddress>()[from];
      break;
    default:
      break;
  }
}

// when, then, when, then, ..., else
Result<BoundCall> bind_case(BindArguments& arguments, const QueryEnvironment& environment,
                            TextSpan span) {
  if (arguments.size() < 3 || arguments.size() % 2 == 0) {
    return wrong_arguments("if(condition, then, else)", span);
  }
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[i], Type::kBool, environment));
  }
  // The branches are at the odd places and the last one: unify them as a list of their own.
  BindArguments branches;
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    branches.push_back(arguments[i]);
  }
  branches.push_back(arguments.back());
  WEIR_ASSIGN_OR_RETURN(const Type type, unify_all(branches, 0, 1, environment));
  for (std::size_t i = 0; i + 1 < branches.size(); ++i) {
    arguments[2 * i + 1] = branches[i];
  }
  arguments.back() = branches.back();
  return BoundCall{type, nullptr};
}

Result<void> evaluate_case(const Expression& call, Arguments arguments, std::size_t rows,
                           Column& out) {
  if (call.type == Type::kNull) {
    out.reset_constant(Type::kNull, rows);
    return {};
  }
  out.reset(call.type, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t chosen = arguments.size() - 1;
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
      if (TruthView(*arguments[i])[row] == kTrue) {
        chosen = i + 1;
        break;
      }
    }
    copy_cell(*arguments[chosen], row, row, out);
  }
  return {};
}

Result<BoundCall> bind_coalesce(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1000, "coalesce(a, b, ...)", span));
  WEIR_ASSIGN_OR_RETURN(const Type type, unify_all(arguments, 0, 1, environment));
  return BoundCall{type, nullptr};
}

Result<void> evaluate_coalesce(const Expression& call, Arguments arguments, std::size_t rows,
                               Column& out) {
  if (call.type == Type::kNull) {
    out.reset_constant(Type::kNull, rows);
    return {};
  }
  out.reset(call.type, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t chosen = 0;
    while (chosen + 1 < arguments.size() && arguments[chosen]->is_null(row)) {
      ++chosen;
    }
    copy_cell(*arguments[chosen], row, row, out);
  }
  return {};
}

// nullif(a, b): null where they are equal. The comparison is bound as a third argument.
Result<BoundCall> bind_nullif(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "nullif(a, b)", span));
  WEIR_ASSIGN_OR_RETURN(auto equal, make_call(*find_function("=", Language::kSql),
                                              {arguments[0], arguments[1]}, environment, span));
  arguments[1] = std::move(equal);
  return BoundCall{arguments[0]->type, nullptr};
}

Result<void> evaluate_nullif(const Expression& call, Arguments arguments, std::size_t rows,
                             Column& out) {
  if (call.type == Type::kNull) {
    out.reset_constant(Type::kNull, rows);
    return {};
  }
  out.reset(call.type, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    if (TruthView(*arguments[1])[row] == kTrue) {
      out.set_null(row);
    } else {
      copy_cell(*arguments[0], row, row, out);
    }
  }
  return {};
}

constexpr auto kSqlOnly = static_cast<std::uint8_t>(Language::kSql);

constexpr Function kLogic[] = {
    {"and", "", kBothLanguages, "a and b", "Both are true", bind_bools<2>,
     evaluate_connective<false>},
    {"or", "", kBothLanguages, "a or b", "At least one is true", bind_bools<2>,
     evaluate_connective<true>},
    {"not", "", kBothLanguages, "not a", "The opposite", bind_bools<1>, evaluate_not},
    {"case", "", 0, "case when c then a else b end", "The first branch whose condition is true",
     bind_case, evaluate_case},
    {"if", "iif", kBothLanguages, "if(condition, then, else)", "One of two values", bind_case,
     evaluate_case},
    {"coalesce", "ifnull", kBothLanguages, "coalesce(a, b, ...)", "The first that is not null",
     bind_coalesce, evaluate_coalesce},
    {"nullif", "", kSqlOnly, "nullif(a, b)", "Null where both are equal, else the first",
     bind_nullif, evaluate_nullif},
};

}  // namespace

std::span<const Function> logic_functions() { return kLogic; }

}  // namespace weir::query
