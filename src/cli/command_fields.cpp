#include <fmt/format.h>

#include <utility>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/session.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;

std::string_view origin_text(flowlog::LayoutOrigin origin) {
  switch (origin) {
    case flowlog::LayoutOrigin::kHeader:
      return "header";
    case flowlog::LayoutOrigin::kFormatOption:
      return "--format";
    case flowlog::LayoutOrigin::kDescribeFlowLogs:
      return "DescribeFlowLogs";
    case flowlog::LayoutOrigin::kInferred:
      return "inferred";
    case flowlog::LayoutOrigin::kSelfDescribing:
      return "names in the data";
  }
  return "";
}

std::string_view compression_text(io::Compression compression) {
  switch (compression) {
    case io::Compression::kNone:
      return "none";
    case io::Compression::kGzip:
      return "gzip";
    case io::Compression::kZstd:
      return "zstd";
  }
  return "";
}

Value text_or_null(std::string_view text) {
  return text.empty() ? Value::null() : Value::of_string(std::string(text));
}

Result<int> explain_catalogue(Session* session, const Arguments& arguments,
                              Environment& environment) {
  RowWriterOptions options;
  options.is_terminal = environment.is_output_terminal();
  options.terminal_width = environment.terminal_width();
  const auto writer = session != nullptr ? session->make_writer(query::Language::kSql)
                                         : make_row_writer(arguments.value("output", "table"),
                                                           environment, options);
  WEIR_RETURN_IF_ERROR(writer->start({{"field", Type::kString},
                                      {"column", Type::kString},
                                      {"insights", Type::kString},
                                      {"version", Type::kInt64},
                                      {"type", Type::kString},
                                      {"meaning", Type::kString}}));
  for (const flowlog::FieldInfo& field : flowlog::all_fields()) {
    column::Batch row;
    row.num_rows = 1;
    const Value cells[] = {Value::of_string(std::string(field.token)),
                           Value::of_string(std::string(field.canonical)),
                           text_or_null(flowlog::insights_name(field.id)),
                           Value::of_int(field.version),
                           Value::of_string(std::string(column::name_of(field.type))),
                           Value::of_string(std::string(field.summary))};
    for (const Value& cell : cells) {
      row.columns.emplace_back().reset_constant(cell, 1);
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_open, writer->write(row));
    if (!is_open) {
      break;
    }
  }
  WEIR_RETURN_IF_ERROR(writer->finish());
  return kExitDone;
}

Result<int> show_fields(const Arguments& arguments, Environment& environment) {
  if (arguments.has("catalogue")) {
    return explain_catalogue(nullptr, arguments, environment);
  }
  WEIR_ASSIGN_OR_RETURN(const auto session,
                        Session::open(arguments, arguments.positionals(), environment));
  if (session->files() == nullptr) {
    return fail(
        ErrorCode::kUsage,
        "weir fields looks at files: name some (weir store info shows the store's columns)");
  }
  WEIR_ASSIGN_OR_RETURN(const auto reports, session->files()->describe());
  const auto writer = session->make_writer(query::Language::kSql);
  WEIR_RETURN_IF_ERROR(writer->start({{"file", Type::kString},
                                      {"size", Type::kInt64},
                                      {"compression", Type::kString},
                                      {"container", Type::kString},
                                      {"layout", Type::kString},
                                      {"from", Type::kString},
                                      {"confidence", Type::kDouble},
                                      {"fields", Type::kInt64},
                                      {"names", Type::kString}}));
  std::size_t num_problems = 0;
  for (const flowlog::FileReport& report : reports) {
    std::string names;
    if (report.layout) {
      for (const auto& column : report.layout->columns) {
        names += (names.empty() ? "" : " ") + column.token;
      }
    }
    const flowlog::Layout* layout = report.layout ? &*report.layout : nullptr;
    const Value cells[] = {
        Value::of_string(report.path),
        Value::of_int(static_cast<std::int64_t>(report.size)),
        Value::of_string(std::string(compression_text(report.compression))),
        Value::of_string(std::string(flowlog::name_of(report.container))),
        layout != nullptr ? Value::of_string(layout->label) : Value::null(),
        layout != nullptr ? Value::of_string(std::string(origin_text(layout->origin)))
                          : Value::null(),
        layout != nullptr ? Value::of_double(layout->confidence) : Value::null(),
        layout != nullptr ? Value::of_int(static_cast<std::int64_t>(layout->columns.size()))
                          : Value::null(),
        text_or_null(names)};
    column::Batch row;
    row.num_rows = 1;
    for (const Value& cell : cells) {
      row.columns.emplace_back().reset_constant(cell, 1);
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_open, writer->write(row));
    if (!is_open) {
      break;
    }
    num_problems += report.problem.empty() ? 0 : 1;
  }
  WEIR_RETURN_IF_ERROR(writer->finish());
  for (const flowlog::FileReport& report : reports) {
    if (!report.problem.empty()) {
      environment.say(fmt::format("{}: {}\n", report.path, report.problem));
    }
  }
  return num_problems > 0 && num_problems == reports.size() ? kExitInput : kExitDone;
}

}  // namespace

int run_fields(const Arguments& arguments, Environment& environment) {
  const auto done = show_fields(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
