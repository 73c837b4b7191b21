#include "cli/dashboard_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/cell.h"
#include "cli/series_output.h"
#include "cli/value_rows.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;
using format::Tree;

std::string printable(std::string_view text) {
  std::string out;
  append_printable(text, out);
  return out;
}

std::string name_of(const Tree& widget) {
  const std::string& title = widget["title"].text();
  return fmt::format("{}. {}", widget["index"].integer(),
                     title.empty() ? widget["type"].text() + " widget" : printable(title));
}

// A cell of a query's row, as the route has it.
Value cell_of(const Tree& cell, Type type) {
  if (cell.is_null()) {
    return Value::null();
  }
  switch (type) {
    case Type::kInt64: {
      const auto number = cell.is_text() ? parse_int64(cell.text()) : std::nullopt;
      return Value::of_int(number.value_or(cell.integer()));
    }
    case Type::kDouble:
      return Value::of_double(cell.number());
    case Type::kTime:
      return Value::of_time(cell.integer());
    case Type::kBool:
      return Value::of_bool(cell.boolean());
    default:
      return Value::of_string(cell.text());
  }
}

Type type_of(std::string_view name) {
  return name == "integer"   ? Type::kInt64
         : name == "number"  ? Type::kDouble
         : name == "time"    ? Type::kTime
         : name == "boolean" ? Type::kBool
                             : Type::kString;
}

RowTable query_table(const Tree& widget) {
  RowTable table;
  for (const Tree& column : widget["columns"].items()) {
    table.schema.push_back({column["name"].text(), type_of(column["type"].text())});
  }
  for (const Tree& row : widget["rows"].items()) {
    auto& cells = table.rows.emplace_back();
    for (std::size_t i = 0; i < table.schema.size(); ++i) {
      cells.push_back(i < row.items().size() ? cell_of(row.items()[i], table.schema[i].type)
                                             : Value::null());
    }
  }
  return table;
}

RowTable alarm_table(const Tree& widget) {
  RowTable table;
  for (const char* name : {"name", "region", "state", "since", "watches"}) {
    table.schema.push_back({name, Type::kString});
  }
  for (const Tree& alarm : widget["alarms"].items()) {
    auto& row = table.rows.emplace_back();
    for (const column::Field& field : table.schema) {
      row.push_back(alarm.has(field.name) ? Value::of_string(alarm[field.name].text())
                                          : Value::null());
    }
  }
  return table;
}

// What a widget shows; its series whole or summed up. nullopt where it shows no table.
Result<std::optional<RowTable>> table_of(const Tree& widget, bool is_whole) {
  if (widget.has("series")) {
    WEIR_ASSIGN_OR_RETURN(const auto series, read_series(widget["series"]));
    return std::optional(is_whole ? wide_table(series) : summary_table(series));
  }
  if (widget.has("columns")) {
    return std::optional(query_table(widget));
  }
  return widget.has("alarms") ? std::optional(alarm_table(widget)) : std::nullopt;
}

std::string cell_text(const Value& value) {
  column::Column column;
  column.reset_constant(value, 1);
  std::string text;
  append_cell(column, 0, TimeStyle::kIso, text);
  return text;
}

// All widgets in one table: a row a cell that has something in it.
Result<RowTable> cell_table(const Tree& data) {
  RowTable table;
  table.schema = {{"widget", Type::kInt64},
                  {"title", Type::kString},
                  {"row", Type::kString},
                  {"column", Type::kString},
                  {"value", Type::kString}};
  for (const Tree& widget : data["widgets"].items()) {
    WEIR_ASSIGN_OR_RETURN(const auto rows, table_of(widget, true));
    if (!rows) {
      continue;
    }
    const std::size_t first = widget.has("series") ? 1 : 0;  // its times name the rows
    for (std::size_t i = 0; i < rows->rows.size(); ++i) {
      const auto& cells = rows->rows[i];
      for (std::size_t column = first; column < cells.size(); ++column) {
        if (!cells[column].is_null()) {
          table.rows.push_back(
              {Value::of_int(widget["index"].integer()), Value::of_string(widget["title"].text()),
               Value::of_string(first == 1 ? cell_text(cells[0]) : std::to_string(i + 1)),
               Value::of_string(rows->schema[column].name),
               Value::of_string(cell_text(cells[column]))});
        }
      }
    }
  }
  return table;
}

// The widget that --widget names, by its number or its title.
Result<const Tree*> find_widget(const Tree& data, std::string_view wanted) {
  std::vector<std::string> names;
  for (const Tree& widget : data["widgets"].items()) {
    if (std::to_string(widget["index"].integer()) == wanted ||
        (!widget["title"].text().empty() && widget["title"].text() == wanted)) {
      return &widget;
    }
    names.push_back(name_of(widget));
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no widget '{}'; there is {}", wanted, fmt::join(names, "; ")));
}

Result<void> write_widget(const Tree& widget, std::string_view format, bool is_whole,
                          const Arguments& arguments, Environment& environment) {
  const auto table = table_of(widget, is_whole);
  if (!table) {
    environment.say(fmt::format("{}: {}\n", name_of(widget), table.error().message));
    return {};
  }
  if (*table) {
    return write_table(**table, format, arguments, environment);
  }
  if (widget.has("markdown")) {
    const std::string& markdown = widget["markdown"].text();
    std::string text;
    for (std::size_t begin = 0; begin < markdown.size();) {
      const std::size_t end = std::min(markdown.find('\n', begin), markdown.size());
      text += (begin > 0 ? "\n" : "") +
              printable(std::string_view(markdown).substr(begin, end - begin));
      begin = end + 1;
    }
    (void)environment.write(text + "\n");
  }
  return {};
}

// Notes of a widget, on standard error.
void say_notes(const Tree& widget, Environment& environment) {
  if (widget.has("problem")) {
    environment.say(fmt::format("{}: {}\n", name_of(widget), printable(widget["problem"].text())));
  }
  for (const Tree& one : widget["series"].items()) {
    for (const Tree& reason : one["emptyBecause"].items()) {
      environment.say(fmt::format("{}: {}: no data: {}\n", name_of(widget),
                                  printable(one["label"].text()),
                                  printable(reason["detail"].text())));
    }
  }
  for (const Tree& warning : widget["warnings"].items()) {
    environment.say(fmt::format("{}: {}\n", name_of(widget), printable(warning["message"].text())));
  }
  if (widget["isTruncated"].boolean()) {
    environment.say(fmt::format("{}: the first {} rows alone\n", name_of(widget),
                                widget["rows"].items().size()));
  }
}

}  // namespace

Result<void> write_dashboard(const Tree& data, const Arguments& arguments,
                             Environment& environment) {
  const std::string_view format = arguments.value("output", "table");
  const Tree* only = nullptr;
  if (arguments.has("widget")) {
    WEIR_ASSIGN_OR_RETURN(only, find_widget(data, arguments.value("widget")));
  }
  if (format == "json") {
    (void)environment.write(format::write_json(only == nullptr ? data : *only) + "\n");
    return {};
  }
  const bool is_quiet = arguments.has("quiet");
  if (only != nullptr) {
    if (!is_quiet) {
      say_notes(*only, environment);
    }
    return write_widget(*only, format, true, arguments, environment);
  }
  if (!is_quiet) {
    environment.say(fmt::format("{}, {} to {}\n", printable(data["name"].text()),
                                to_time_text(data["sinceMs"].integer()),
                                to_time_text(data["untilMs"].integer())));
    for (const Tree& widget : data["widgets"].items()) {
      say_notes(widget, environment);
    }
  }
  if (format != "table" && format != "md") {
    WEIR_ASSIGN_OR_RETURN(const RowTable cells, cell_table(data));
    return write_table(cells, format, arguments, environment);
  }
  bool is_first = true;
  for (const Tree& widget : data["widgets"].items()) {
    const bool has_title = !widget.has("markdown") || !widget["title"].text().empty();
    const std::string head =
        has_title ? fmt::format("{}{}\n\n", format == "md" ? "## " : "", name_of(widget)) : "";
    if (!environment.write((is_first ? "" : "\n") + head)) {
      return {};
    }
    is_first = false;
    if (widget.has("problem")) {
      (void)environment.write(printable(widget["problem"].text()) + "\n");
    }
    WEIR_RETURN_IF_ERROR(write_widget(widget, format, false, arguments, environment));
  }
  return {};
}

}  // namespace weir::cli
