#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/manifest_state.h"
#include "store/stored_table.h"

namespace weir::store {

// A record of the write-ahead log: rows of one table that are in no segment yet.
struct TailRecord {
  std::string table;
  std::uint64_t first_ordinal = 0;
  std::vector<SourceMeta> sources;
  column::Batch batch;  // as many of the table's columns as it had then
};
void write_tail_record(const TailRecord& record, std::string& out);
[[nodiscard]] Result<TailRecord> read_tail_record(std::string_view bytes);

// The rows of the write-ahead log, by table. Not thread-safe.
class Tail {
 public:
  // Keeps the order of ordinals, whatever order records come in.
  void add(TailRecord record);
  void clear() { *this = Tail(); }

  // The batches of a table, with nulls for the columns it has got since.
  [[nodiscard]] std::vector<std::shared_ptr<const TailBatch>> batches(const TableSpec& spec) const;
  [[nodiscard]] const std::vector<SourceMeta>& sources() const { return sources_; }
  [[nodiscard]] bool has_source(const SourceId& id) const { return ids_.count(id) > 0; }
  [[nodiscard]] std::uint64_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::uint64_t end_ordinal() const { return end_ordinal_; }
  [[nodiscard]] std::vector<std::string> tables() const;

 private:
  std::map<std::string, std::vector<std::shared_ptr<const TailBatch>>, std::less<>> batches_;
  std::vector<SourceMeta> sources_;
  std::set<SourceId> ids_;
  std::uint64_t num_rows_ = 0;
  std::uint64_t end_ordinal_ = 0;
};

}  // namespace weir::store
