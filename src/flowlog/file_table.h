#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "flowlog/layout.h"
#include "io/file_system.h"
#include "io/inflate.h"

namespace weir::flowlog {

// What a file turned out to be.
enum class Container : std::uint8_t {
  kText,
  kParquet,
  kCloudWatch,
  kFirehose,
  kKinesis,
  kLambdaLogs,
  kWrappedLines,
  kJsonRows,
  kInsightsCsv,
  kDescribeFlowLogs,
  kEmpty,
};
[[nodiscard]] std::string_view name_of(Container container);

struct FileTableOptions {
  std::vector<std::string> paths;           // files, directories, globs, "-"
  std::optional<Layout> format;             // --format: for what has no header
  std::vector<std::string> describe_files;  // JSON of DescribeFlowLogs, beside those met in paths
  io::InflateLimits inflate_limits;
  // What "-" reads; the process's own standard input where there is none.
  std::shared_ptr<io::ByteSource> standard_input;
};

// Where and how one file was understood: what `weir fields` prints.
struct FileReport {
  std::string path;
  std::uint64_t size = 0;
  io::Compression compression = io::Compression::kNone;
  Container container = Container::kText;
  std::optional<Layout> layout;              // none: empty, or refused (problem says why)
  std::string account, region, flow_log_id;  // from the key
  std::optional<TimeMs> object_time;
  std::string problem;
};

// A tree of flow-log files in whatever mixture of formats, as one table. Columns: the catalogue's
// fields, open columns of the files' own, and what surrounds a record:
//   @message @timestamp @logStream @log @ptr @ingestionTime (as Logs Insights defines them; the
//   last four null where the container has no such thing), @file, and from the object key @account
//   @region @flowLogId @objectTime.
// Standard input is read once: a second scan of it is an error that says so (it is buffered to be
// told apart, never kept whole).
class FileTable : public column::Table {
 public:
  // Reads each file's first bytes (in parallel, lazily) and describes it.
  [[nodiscard]] virtual Result<std::vector<FileReport>> describe() = 0;
};

[[nodiscard]] Result<std::shared_ptr<FileTable>> open_files(io::FileSystem& files,
                                                            const FileTableOptions& options);

}  // namespace weir::flowlog
