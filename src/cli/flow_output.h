#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/query_text.h"
#include "cli/session.h"

namespace weir::cli {

// Where the rows of a query go, and in which form.
struct FlowOutput {
  std::string_view target;  // jsonl, csv, parquet, ocsf
  std::string path;         // "-": standard output
  bool has_aws_types = false;
  bool has_header = true;
};

// Runs the one statement of `text` into the output; a file gets its name once it is whole. Returns
// the number of rows.
[[nodiscard]] Result<std::uint64_t> write_flows(Session& session, const QueryText& text,
                                                const FlowOutput& output);

// A name as it may stand in SQL.
[[nodiscard]] std::string quoted_name(std::string_view name);
// "SELECT a, b, ..." of the columns that OCSF needs.
[[nodiscard]] std::string ocsf_columns();

}  // namespace weir::cli
