#include "query/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "query/evaluate.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return out;
}

using FunctionMap = std::unordered_multimap<std::string, const Function*>;

const FunctionMap& functions_by_name() {
  static const FunctionMap map = [] {
    FunctionMap all;
    for (const Function* function : all_functions()) {
      all.emplace(lower(function->name), function);
      std::string_view aliases = function->aliases;
      while (!aliases.empty()) {
        const auto space = aliases.find(' ');
        all.emplace(lower(aliases.substr(0, space)), function);
        aliases = space == std::string_view::npos ? std::string_view{} : aliases.substr(space + 1);
      }
    }
    return all;
  }();
  return map;
}

}  // namespace

std::span<const Function* const> all_functions() {
  static const std::vector<const Function*> all = [] {
    std::vector<const Function*> functions;
    for (const auto table :
         {operator_functions(), comparison_functions(), logic_functions(), cast_functions(),
          numeric_functions(), string_functions(), pattern_functions(), time_functions(),
          address_functions(), flow_functions(), json_functions(), text_pattern_functions()}) {
      for (const Function& function : table) {
        functions.push_back(&function);
      }
    }
    return functions;
  }();
  return all;
}

const Function* find_function(std::string_view name, Language language) {
  const auto [begin, end] = functions_by_name().equal_range(lower(name));
  for (auto found = begin; found != end; ++found) {
    if ((found->second->languages & static_cast<std::uint8_t>(language)) != 0) {
      return found->second;
    }
  }
  return nullptr;
}

Result<ExpressionPtr> make_call(const Function& function, std::vector<ExpressionPtr> arguments,
                                const QueryEnvironment& environment, TextSpan span) {
  auto bound = function.bind(arguments, environment, span);
  if (!bound) {
    Error error = std::move(bound).error();
    if (!error.span) {
      error.span = span;
    }
    // Functions that share a bind half do not know their own name.
    constexpr std::string_view kNameless = "the arguments do not fit: f(";
    if (error.message.starts_with(kNameless)) {
      error.message = fmt::format("the arguments do not fit: {}", function.signature);
    }
    return tl::unexpected<Error>(std::move(error));
  }
  auto call = std::make_shared<Expression>();
  call->kind = Expression::Kind::kCall;
  call->type = bound->type;
  call->function = &function;
  call->arguments = std::move(arguments);
  call->state = std::move(bound->state);
  call->span = span;
  const bool is_foldable =
      function.is_pure && std::all_of(call->arguments.begin(), call->arguments.end(), is_literal);
  if (!is_foldable) {
    return call;
  }
  Evaluator evaluator;
  column::Batch batch;
  batch.num_rows = 1;
  WEIR_ASSIGN_OR_RETURN(const column::Column* const result, evaluator.evaluate(*call, batch));
  auto literal = std::make_shared<Expression>();
  literal->kind = Expression::Kind::kLiteral;
  literal->type = call->type;  // also where the value is null
  literal->literal = result->value_at(0);
  literal->span = span;
  return literal;
}

}  // namespace weir::query
