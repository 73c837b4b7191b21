#include "query/functions/signature.h"

#include <fmt/format.h>

#include <utility>

#include "base/ip_address.h"
#include "base/number.h"
#include "base/time_text.h"

namespace weir::query {

using column::Type;
using column::Value;

tl::unexpected<Error> wrong_arguments(std::string_view signature, TextSpan span) {
  return fail(ErrorCode::kUsage, fmt::format("the arguments do not fit: {}", signature), span);
}

Result<void> expect_count(const BindArguments& arguments, std::size_t least, std::size_t most,
                          std::string_view signature, TextSpan span) {
  if (arguments.size() < least || arguments.size() > most) {
    return wrong_arguments(signature, span);
  }
  return {};
}

bool is_literal(const ExpressionPtr& argument) {
  return argument->kind == Expression::Kind::kLiteral;
}

Result<void> coerce_to(ExpressionPtr& argument, Type type, const QueryEnvironment& environment) {
  if (argument->type == type) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(argument, make_cast(argument, type, environment));
  return {};
}

Result<void> coerce_number(ExpressionPtr& argument, const QueryEnvironment& environment) {
  switch (argument->type) {
    case Type::kInt64:
    case Type::kDouble:
      return {};
    case Type::kNull:
    case Type::kString:
      return coerce_to(argument, Type::kDouble, environment);
    case Type::kBool:
      return coerce_to(argument, Type::kInt64, environment);
    case Type::kTime:
    case Type::kInterval:
      return coerce_to(argument, Type::kDouble, environment);
    case Type::kAddress:
      break;
  }
  return fail(ErrorCode::kUsage, "an address is no number", argument->span);
}

namespace {

Result<void> read_literal_as(ExpressionPtr& literal, Type type,
                             const QueryEnvironment& environment) {
  const std::string& text = literal->literal.text;
  Value value;
  switch (type) {
    case Type::kAddress:
      if (const auto address = parse_ip(text)) {
        value = Value::of_address(*address);
      } else if (parse_prefix(text)) {
        return fail(ErrorCode::kUsage,
                    fmt::format("'{0}' is a network, not an address; use isIpInSubnet(address, "
                                "'{0}')",
                                text),
                    literal->span);
      } else {
        return fail(ErrorCode::kUsage, fmt::format("'{}' is no IPv4 or IPv6 address", text),
                    literal->span);
      }
      break;
    case Type::kTime:
      if (const auto time = parse_absolute_time(text)) {
        value = Value::of_time(*time);
      } else {
        return fail(ErrorCode::kUsage,
                    fmt::format("'{}' is no time; write 2026-03-01, 2026-03-01 14:00:00 or epoch "
                                "seconds",
                                text),
                    literal->span);
      }
      break;
    case Type::kInt64:
    case Type::kDouble:
      if (const auto integer = parse_int64(text)) {
        value = Value::of_int(*integer);
      } else if (const auto number = parse_double(text)) {
        value = Value::of_double(*number);
      } else {
        return fail(ErrorCode::kUsage, fmt::format("'{}' is no number", text), literal->span);
      }
      break;
    default:
      return coerce_to(literal, type, environment);
  }
  literal = make_literal(std::move(value), literal->span);
  return {};
}

bool is_text_literal(const ExpressionPtr& expression) {
  return is_literal(expression) && expression->type == Type::kString;
}

// The type in which values of two different types meet; kNull where they do not.
Type meeting_type(Type a, Type b) {
  const auto is_pair = [&](Type x, Type y) { return (a == x && b == y) || (a == y && b == x); };
  if (a == Type::kNull) {
    return b;
  }
  if (b == Type::kNull || a == b) {
    return a;
  }
  if (is_pair(Type::kInt64, Type::kDouble) || is_pair(Type::kString, Type::kInt64) ||
      is_pair(Type::kString, Type::kDouble)) {
    return Type::kDouble;
  }
  if (is_pair(Type::kBool, Type::kInt64)) {
    return Type::kInt64;
  }
  for (const Type time : {Type::kTime, Type::kInterval}) {
    for (const Type other : {Type::kInt64, Type::kDouble, Type::kString}) {
      if (is_pair(time, other)) {
        return time;
      }
    }
  }
  if (is_pair(Type::kAddress, Type::kString)) {
    return Type::kAddress;
  }
  if (is_pair(Type::kBool, Type::kString)) {
    return Type::kBool;
  }
  return Type::kNull;
}

}  // namespace

Result<void> unify(ExpressionPtr& a, ExpressionPtr& b, const QueryEnvironment& environment) {
  if (is_text_literal(a) && b->type != Type::kString && b->type != Type::kNull) {
    WEIR_RETURN_IF_ERROR(read_literal_as(a, b->type, environment));
  } else if (is_text_literal(b) && a->type != Type::kString && a->type != Type::kNull) {
    WEIR_RETURN_IF_ERROR(read_literal_as(b, a->type, environment));
  }
  const Type type = meeting_type(a->type, b->type);
  if (type == Type::kNull && !(a->type == Type::kNull && b->type == Type::kNull)) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("cannot compare {} with {}", column::name_of(a->type),
                    column::name_of(b->type)),
        TextSpan{std::min(a->span.begin, b->span.begin), std::max(a->span.end, b->span.end)});
  }
  WEIR_RETURN_IF_ERROR(coerce_to(a, type, environment));
  return coerce_to(b, type, environment);
}

Result<Type> unify_all(BindArguments& arguments, std::size_t first, std::size_t step,
                       const QueryEnvironment& environment) {
  Type type = Type::kNull;
  for (std::size_t i = first; i < arguments.size(); i += step) {
    const Type next = meeting_type(type, arguments[i]->type);
    const bool is_nothing_yet = type == Type::kNull;
    if (next == Type::kNull && !is_nothing_yet && arguments[i]->type != Type::kNull) {
      type = Type::kString;  // what everything has is a text
    } else if ((type == Type::kString || arguments[i]->type == Type::kString) && !is_nothing_yet &&
               arguments[i]->type != Type::kNull) {
      type = Type::kString;
    } else {
      type = next;
    }
  }
  for (std::size_t i = first; i < arguments.size(); i += step) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[i], type, environment));
  }
  return type;
}

Result<std::string> literal_string(const ExpressionPtr& argument, std::string_view what) {
  if (!is_literal(argument) || argument->type != Type::kString) {
    return fail(ErrorCode::kUsage, fmt::format("{} must be a quoted text", what), argument->span);
  }
  return argument->literal.text;
}

}  // namespace weir::query
