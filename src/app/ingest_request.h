#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "flowlog/file_table.h"
#include "format/tree.h"
#include "intake/intake.h"
#include "io/file_system.h"

namespace weir::app {

// What `weir ingest` was asked to take in: the same whether it opens the store itself or hands this
// to a server that has it.
struct IngestRequest {
  std::vector<std::string> paths;  // files, directories, globs, "-"
  std::string standard_input;      // the file that "-" reads; "": the process's own standard input
  std::string format;              // field names of files without header
  std::vector<std::string> flow_logs;  // JSON files of DescribeFlowLogs
  std::string where;                   // SQL; "": all records
  std::optional<TimeMs> now_ms;        // what now() in `where` counts from; else the clock
  std::uint32_t sample = 1;            // one connection in so many
  bool drops_repeats = false;
  bool is_following = false;  // a last line without end waits
  std::size_t threads = 1;    // at most kMaxIngestThreads
};
inline constexpr std::size_t kMaxIngestThreads = 64;

[[nodiscard]] format::Tree to_tree(const IngestRequest& request);
[[nodiscard]] Result<IngestRequest> ingest_request_of(const format::Tree& tree);

struct IngestPlan {
  flowlog::FileTableOptions files;
  intake::IntakeOptions intake;
};
// Without `where`, which needs a table.
[[nodiscard]] Result<IngestPlan> plan_of(const IngestRequest& request, io::FileSystem& files);
// Binds `where` against the columns of a table; none: against those of any flow log.
[[nodiscard]] Result<void> add_condition(const IngestRequest& request,
                                         std::shared_ptr<flowlog::FileTable> table,
                                         io::FileSystem& files, const Clock& clock,
                                         intake::IntakeOptions& options);

// {"object", "state", "records"?, ..}
[[nodiscard]] format::Tree to_tree(const intake::ObjectReport& object);
[[nodiscard]] format::Tree to_tree(const intake::Intake::Totals& totals);
[[nodiscard]] intake::Intake::Totals totals_of(const format::Tree& tree);

}  // namespace weir::app
