// Functions over JSON texts.

#include <string>

#include "format/json_writer.h"
#include "query/functions/json_value.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr auto kInsightsJson = static_cast<std::uint8_t>(Language::kInsights);

void put_text(std::string_view text, std::size_t row, Column& out) {
  char* bytes = out.arena().allocate(text.size());
  std::copy(text.begin(), text.end(), bytes);
  out.data<std::string_view>()[row] = {bytes, text.size()};
}

Result<BoundCall> bind_json(BindArguments& arguments, const QueryEnvironment& environment,
                            TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "f(text)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  return BoundCall{Type::kString, nullptr};
}

Result<void> evaluate_json_parse(const Expression&, Arguments arguments, std::size_t rows,
                                 Column& out) {
  JsonReader reader;
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const auto text = reader.normalise(ColumnView<std::string_view>(*arguments[0])[row]);
    if (text) {
      put_text(*text, row, out);
    } else {
      out.set_null(row);
    }
  });
  return {};
}

// What is JSON stays as it is, without blanks; any other text becomes one of JSON.
Result<void> evaluate_json_stringify(const Expression&, Arguments arguments, std::size_t rows,
                                     Column& out) {
  JsonReader reader;
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = ColumnView<std::string_view>(*arguments[0])[row];
    if (const auto json = reader.normalise(text)) {
      return put_text(*json, row, out);
    }
    std::string quoted;
    format::JsonWriter writer(quoted);
    writer.string(text);
    put_text(quoted, row, out);
  });
  return {};
}

Result<BoundCall> bind_json_get(BindArguments& arguments, const QueryEnvironment& environment,
                                TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "json_get(text, 'a.b[0]')", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_ASSIGN_OR_RETURN(std::string path, literal_string(arguments[1], "the path"));
  return BoundCall{Type::kString, std::make_shared<const std::string>(std::move(path))};
}

Result<void> evaluate_json_get(const Expression& call, Arguments arguments, std::size_t rows,
                               Column& out) {
  const auto& path = *static_cast<const std::string*>(call.state.get());
  JsonReader reader;
  const Arguments subject = arguments.first(1);
  map_rows(subject, Type::kString, rows, out, [&](std::size_t row) {
    const auto value = reader.find(ColumnView<std::string_view>(*subject[0])[row], path);
    if (value) {
      put_text(*value, row, out);
    } else {
      out.set_null(row);
    }
  });
  return {};
}

// Nothing is masked here, so there is nothing to reveal.
Result<BoundCall> bind_unmask(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "unmask(field)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  return BoundCall{Type::kString, nullptr};
}

Result<void> evaluate_unmask(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    out.data<std::string_view>()[row] = ColumnView<std::string_view>(*arguments[0])[row];
  });
  return {};
}

constexpr Function kJson[] = {
    {"jsonparse", "", kInsightsJson, "jsonParse(text)",
     "JSON, whose members are then fields: a.b, a[0]", bind_json, evaluate_json_parse},
    {"jsonstringify", "", kInsightsJson, "jsonStringify(value)", "A value as JSON", bind_json,
     evaluate_json_stringify},
    {"json_get", "", kBothLanguages, "json_get(text, 'a.b[0]')", "A value within JSON",
     bind_json_get, evaluate_json_get},
    {"unmask", "", kInsightsJson, "unmask(field)", "The field: nothing is masked here", bind_unmask,
     evaluate_unmask},
};

}  // namespace

std::span<const Function> json_functions() { return kJson; }

}  // namespace weir::query
