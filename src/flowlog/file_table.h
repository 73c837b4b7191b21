#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "flowlog/content.h"
#include "flowlog/layout.h"
#include "io/file_system.h"
#include "io/inflate.h"

namespace weir::flowlog {

class LineBook;

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

// One file of the tree to be read by itself, and how.
struct SingleFile {
  std::size_t index = 0;              // into inputs()
  ContentWatcher* watcher = nullptr;  // of what is read; outlives the scan
  // Of lines, not of rows: goes on behind these inflated bytes, in the layout in force there. What
  // is passed over is shown to the watcher.
  std::uint64_t begin = 0;
  std::optional<Layout> layout;
  // A last line without newline may still be written: it is left for later. So is one that a
  // compressed stream which ends too early cut off, whatever this says, and one that is no record:
  // that one counts as rejected.
  bool leaves_cut_line = false;
  // Columns of the request that may come deferred, where the file is of lines; by way of this book,
  // which outlives the scan and is better the more it has seen. Null: none.
  LineBook* book = nullptr;
  std::vector<bool> may_be_deferred;
};

// What reading a single file found out.
struct SingleFileOutcome {
  Container container = Container::kText;
  io::Compression compression = io::Compression::kNone;
  bool is_truncated = false;
  std::uint64_t inflated_bytes = 0;  // those passed over too
  std::uint64_t left_bytes = 0;      // at the end: a cut line
};
class SingleFileScan : public column::Scan {
 public:
  // Call after the stream has ended.
  [[nodiscard]] virtual SingleFileOutcome outcome() const = 0;
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
  std::vector<Layout> layouts;  // of describe_one(): all that its front shows, `layout` the first
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

  // File by file, at a cost that does not depend on how many there are: the files in path order,
  // the description of one (not kept), a scan of one by one stream. Layouts told elsewhere in the
  // tree count.
  [[nodiscard]] virtual const std::vector<InputFile>& inputs() const = 0;
  [[nodiscard]] virtual Result<FileReport> describe_one(std::size_t index) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<SingleFileScan>> scan_one(
      const SingleFile& file, const column::ScanRequest& request,
      const column::ScanContext& context) = 0;
};

[[nodiscard]] Result<std::shared_ptr<FileTable>> open_files(io::FileSystem& files,
                                                            const FileTableOptions& options);

}  // namespace weir::flowlog
