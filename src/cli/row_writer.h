#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time_text.h"
#include "cli/environment.h"
#include "io/file_system.h"
#include "query/execute.h"

namespace weir::cli {

struct RowWriterOptions {
  TimeStyle time_style = TimeStyle::kIso;
  bool is_terminal = false;  // table: cut lines to the width, header in bold with colour
  std::size_t terminal_width = 120;
  bool has_color = false;
  bool has_header = true;  // csv, tsv, md, table
};

// Writes result rows to standard output in one of the formats of the contract. finish() ends the
// document; call it once, also after zero rows.
class RowWriter : public query::RowSink {
 public:
  [[nodiscard]] virtual Result<bool> finish() = 0;
};

// The same into a file.
[[nodiscard]] std::unique_ptr<RowWriter> make_file_row_writer(std::string_view format,
                                                              io::WritableFile& file,
                                                              const RowWriterOptions& options);
// `format`: table, csv, tsv, json, jsonl, md.
[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(std::string_view format,
                                                         Environment& environment,
                                                         const RowWriterOptions& options);

}  // namespace weir::cli
