// Envelopes, rows and whatever else a file may hold: any bytes are read to their end without harm,
// every record is counted once, and batches are whole.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "flowlog/file_table.h"

namespace {

using namespace weir;
using namespace weir::flowlog;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto files = io::make_local_file_system();
  FileTableOptions options;
  options.paths = {"-"};
  options.inflate_limits.max_bytes = 1 << 20;
  options.standard_input = io::make_memory_source({reinterpret_cast<const char*>(data), size});
  const auto table = open_files(*files, options);
  require(table.has_value());
  (void)(*table)->describe();
  column::ScanRequest request;
  request.columns = {"srcaddr",  "bytes",      "start", "log_status", "my_team",
                     "@message", "@timestamp", "@ptr",  "@log",       "@account"};
  const auto scan = (*table)->scan(request, {});
  require(scan.has_value());
  std::uint64_t num_rows = 0;
  {
    const auto stream = (*scan)->open_stream();
    require(stream.has_value());
    column::Batch batch;
    while (true) {
      const auto filled = (*stream)->next(batch);
      if (!filled || !*filled) {
        break;
      }
      require(batch.columns.size() == request.columns.size());
      for (const auto& column : batch.columns) {
        require(column.size() == batch.num_rows);
        for (std::size_t row = 0; row < batch.num_rows; ++row) {
          (void)column.value_at(row);
        }
      }
      num_rows += batch.num_rows;
    }
  }
  require((*scan)->completeness().records == num_rows);
  return 0;
}
