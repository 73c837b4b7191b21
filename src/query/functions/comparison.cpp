// = != < <= > >=, between, in, is_null: typed loops over whole columns.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

struct Equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a == b;
  }
};
struct NotEqual {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return !(a == b);
  }
};
struct Less {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return !(b < a);
  }
};
struct Greater {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return b < a;
  }
};
struct GreaterEqual {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    return !(a < b);
  }
};

template <class T, class Compare>
void compare_typed(Arguments arguments, std::size_t rows, Column& out) {
  map_binary<T, T, std::uint8_t>(
      arguments, Type::kBool, rows, out,
      [](const T& a, const T& b) -> std::uint8_t { return Compare{}(a, b) ? 1 : 0; });
}

template <class Compare>
Result<void> evaluate_comparison(const Expression& call, Arguments arguments, std::size_t rows,
                                 Column& out) {
  switch (call.arguments[0]->type) {
    case Type::kBool:
      compare_typed<std::uint8_t, Compare>(arguments, rows, out);
      break;
    case Type::kDouble:
      compare_typed<double, Compare>(arguments, rows, out);
      break;
    case Type::kAddress:
      compare_typed<IpAddress, Compare>(arguments, rows, out);
      break;
    case Type::kString:
      compare_typed<std::string_view, Compare>(arguments, rows, out);
      break;
    case Type::kNull:
      out.reset_constant(Type::kBool, rows);
      out.set_null(0);
      break;
    default:
      compare_typed<std::int64_t, Compare>(arguments, rows, out);
      break;
  }
  return {};
}

Result<BoundCall> bind_comparison(BindArguments& arguments, const QueryEnvironment& environment,
                                  TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "a = b", span));
  WEIR_RETURN_IF_ERROR(unify(arguments[0], arguments[1], environment));
  return BoundCall{Type::kBool, nullptr};
}

// between(x, low, high) becomes two comparisons: the optimiser can push each to the scan.
Result<BoundCall> bind_between(BindArguments& arguments, const QueryEnvironment& environment,
                               TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 3, 3, "x between low and high", span));
  const Function* least = find_function(">=", Language::kSql);
  const Function* most = find_function("<=", Language::kSql);
  WEIR_ASSIGN_OR_RETURN(auto above,
                        make_call(*least, {arguments[0], arguments[1]}, environment, span));
  WEIR_ASSIGN_OR_RETURN(auto below,
                        make_call(*most, {arguments[0], arguments[2]}, environment, span));
  arguments = {std::move(above), std::move(below)};
  return BoundCall{Type::kBool, nullptr};
}

// Three-valued and, as of the logic functions.
Result<void> evaluate_between(const Expression& call, Arguments arguments, std::size_t rows,
                              Column& out) {
  return find_function("and", Language::kSql)->evaluate(call, arguments, rows, out);
}

Result<BoundCall> bind_is_null(BindArguments& arguments, const QueryEnvironment&, TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "x is null", span));
  return BoundCall{Type::kBool, nullptr};
}

template <bool kWanted>
Result<void> evaluate_is_null(const Expression&, Arguments arguments, std::size_t rows,
                              Column& out) {
  const Column& source = *arguments[0];
  if (source.is_constant() || !source.has_nulls()) {
    const bool is_null = source.is_constant() ? source.is_null(0) : source.type() == Type::kNull;
    out.reset_constant(Type::kBool, rows);
    out.data<std::uint8_t>()[0] = is_null == kWanted ? 1 : 0;
    return {};
  }
  out.reset(Type::kBool, rows);
  for (std::size_t i = 0; i < rows; ++i) {
    out.data<std::uint8_t>()[i] = source.is_null(i) == kWanted ? 1 : 0;
  }
  return {};
}

// The values of an `in` list, ready to be looked up.
struct InList {
  bool has_null = false;
  std::vector<std::int64_t> integers;  // sorted
  std::vector<double> numbers;         // sorted
  std::vector<IpAddress> addresses;    // sorted
  std::unordered_set<std::string_view> texts;
  std::vector<column::Value> values;  // owns the texts
};

Result<BoundCall> bind_in(BindArguments& arguments, const QueryEnvironment& environment,
                          TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1'000'000, "x in [a, b, ...]", span));
  auto list = std::make_shared<InList>();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    ExpressionPtr& value = arguments[i];
    ExpressionPtr subject = arguments[0];
    WEIR_RETURN_IF_ERROR(unify(subject, value, environment));
    if (!is_literal(value)) {
      return fail(ErrorCode::kUnsupported,
                  "the values of an in list must be constants; write comparisons joined by or",
                  value->span);
    }
    if (subject->type != arguments[0]->type) {  // 443 in [443, 8443.5]: all become doubles
      arguments[0] = subject;
      for (std::size_t j = 1; j < i; ++j) {
        WEIR_RETURN_IF_ERROR(coerce_to(arguments[j], subject->type, environment));
      }
    }
  }
  list->values.reserve(arguments.size());
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[i], arguments[0]->type, environment));
    const column::Value& value = arguments[i]->literal;
    if (value.is_null()) {
      list->has_null = true;
      continue;
    }
    list->values.push_back(value);
    switch (value.type) {
      case Type::kDouble:
        list->numbers.push_back(value.number);
        break;
      case Type::kAddress:
        list->addresses.push_back(value.address);
        break;
      case Type::kString:
        list->texts.insert(list->values.back().text);
        break;
      default:
        list->integers.push_back(value.integer);
        break;
    }
  }
  std::sort(list->integers.begin(), list->integers.end());
  std::sort(list->numbers.begin(), list->numbers.end());
  std::sort(list->addresses.begin(), list->addresses.end());
  return BoundCall{Type::kBool, std::move(list)};
}

template <class T>
bool is_in_sorted(const std::vector<T>& sorted, const T& value) {
  constexpr std::size_t kFew = 16;
  return sorted.size() <= kFew ? std::find(sorted.begin(), sorted.end(), value) != sorted.end()
                               : std::binary_search(sorted.begin(), sorted.end(), value);
}

template <class T, class Contains>
void look_up(Arguments subject, bool has_null, std::size_t rows, Column& out, Contains contains) {
  const std::size_t count = prepare_strict(subject, Type::kBool, rows, out);
  const T* values = count > 0 ? subject[0]->data<T>() : nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_in = contains(values[i]);
    out.data<std::uint8_t>()[i] = is_in ? 1 : 0;
    if (has_null && !is_in) {
      out.set_null(i);
    }
  }
}

Result<void> evaluate_in(const Expression& call, Arguments arguments, std::size_t rows,
                         Column& out) {
  const auto& list = *static_cast<const InList*>(call.state.get());
  const Arguments subject = arguments.first(1);
  switch (call.arguments[0]->type) {
    case Type::kNull:
      out.reset_constant(Type::kBool, rows);
      out.set_null(0);
      break;
    case Type::kDouble:
      look_up<double>(subject, list.has_null, rows, out,
                      [&](double v) { return is_in_sorted(list.numbers, v); });
      break;
    case Type::kAddress:
      look_up<IpAddress>(subject, list.has_null, rows, out,
                         [&](const IpAddress& v) { return is_in_sorted(list.addresses, v); });
      break;
    case Type::kString:
      look_up<std::string_view>(subject, list.has_null, rows, out,
                                [&](std::string_view v) { return list.texts.contains(v); });
      break;
    case Type::kBool:
      look_up<std::uint8_t>(subject, list.has_null, rows, out, [&](std::uint8_t v) {
        return is_in_sorted(list.integers, std::int64_t{v});
      });
      break;
    default:
      look_up<std::int64_t>(subject, list.has_null, rows, out,
                            [&](std::int64_t v) { return is_in_sorted(list.integers, v); });
      break;
  }
  return {};
}

constexpr Function kComparisons[] = {
    {"=", "", kBothLanguages, "a = b", "Equal", bind_comparison, evaluate_comparison<Equal>},
    {"!=", "", kBothLanguages, "a != b", "Not equal", bind_comparison,
     evaluate_comparison<NotEqual>},
    {"<", "", kBothLanguages, "a < b", "Less", bind_comparison, evaluate_comparison<Less>},
    {"<=", "", kBothLanguages, "a <= b", "Less or equal", bind_comparison,
     evaluate_comparison<LessEqual>},
    {">", "", kBothLanguages, "a > b", "Greater", bind_comparison, evaluate_comparison<Greater>},
    {">=", "", kBothLanguages, "a >= b", "Greater or equal", bind_comparison,
     evaluate_comparison<GreaterEqual>},
    {"between", "", kBothLanguages, "x between low and high", "Within both bounds", bind_between,
     evaluate_between},
    {"in", "", kBothLanguages, "x in (a, b, ...)", "Equal to one of the values", bind_in,
     evaluate_in},
    {"is_null", "", kBothLanguages, "x is null", "Absent", bind_is_null, evaluate_is_null<true>},
    {"ispresent", "", static_cast<std::uint8_t>(Language::kInsights), "ispresent(x) -> bool",
     "True where the field has a value", bind_is_null, evaluate_is_null<false>},
};

}  // namespace

std::span<const Function> comparison_functions() { return kComparisons; }

}  // namespace weir::query
