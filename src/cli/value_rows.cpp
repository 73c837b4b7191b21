#include "cli/value_rows.h"

namespace weir::cli {

Result<bool> write_rows(RowWriter& writer, const column::Schema& schema,
                        const std::vector<std::vector<column::Value>>& rows) {
  WEIR_RETURN_IF_ERROR(writer.start(schema));
  for (const auto& cells : rows) {
    column::Batch batch;
    batch.num_rows = 1;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      column::Column& column = batch.columns.emplace_back();
      if (cells[i].is_null()) {
        column.reset_constant(schema[i].type, 1);
        column.set_null(0);
      } else {
        column.reset_constant(cells[i], 1);
      }
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_open, writer.write(batch));
    if (!is_open) {
      return false;
    }
  }
  return writer.finish();
}

Result<void> write_table(const RowTable& table, std::string_view format, const Arguments& arguments,
                         Environment& environment) {
  RowWriterOptions options;
  options.is_terminal = environment.is_output_terminal();
  options.terminal_width = environment.terminal_width();
  options.has_color = environment.has_color();
  options.has_header = !arguments.has("no-header");
  const auto writer = make_row_writer(format, environment, options);
  WEIR_RETURN_IF_ERROR(write_rows(*writer, table.schema, table.rows));
  return {};
}

}  // namespace weir::cli
