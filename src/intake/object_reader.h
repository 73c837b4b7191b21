#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "column/row_filter.h"
#include "column/scan.h"
#include "flowlog/file_table.h"
#include "flowlog/line_book.h"
#include "intake/content_hash.h"
#include "intake/flow_columns.h"
#include "intake/repeat_filter.h"
#include "intake/row_chooser.h"
#include "intake/source_details.h"
#include "store/store.h"

namespace weir::intake {

// Where a file that grew is gone on with.
struct KnownPart {
  store::SourceId id{};
  std::uint64_t end = 0;  // of its inflated bytes
  std::string layout;     // in force there
};

// What came of reading one object.
struct ObjectReading {
  store::SourceId id{};
  std::uint64_t begin = 0;  // of what was read; 0 unless it grew
  std::uint64_t end = 0;
  std::uint64_t num_rows = 0;
  bool is_nothing = false;  // empty, or a description of flow logs
  // Columns came up midway, and rows without them lie in the load: roll it back, read again.
  bool is_to_be_redone = false;
  std::string layout;  // of the last record
  column::Completeness completeness;
  flowlog::SingleFileOutcome outcome;
  std::uint64_t repeats = 0;
};

// Reads objects into a load. Used by one thread; keeps its buffers.
class ObjectReader {
 public:
  // `book_bytes`: what may be remembered of the lines.
  ObjectReader(FlowColumns& columns, std::vector<std::unique_ptr<RowChooser>> choosers,
               const column::ScanContext& context, RepeatFilter* repeats, std::size_t book_bytes);

  // Appends the records of a file; the first gets `first_ordinal`. On an error, too, rows may have
  // been appended (has_appended()).
  struct Request {
    flowlog::FileTable& table;
    std::size_t index = 0;
    std::optional<KnownPart> known;
    bool leaves_cut_line = false;
    std::uint64_t first_ordinal = 0;
  };
  [[nodiscard]] Result<ObjectReading> read(const Request& request, store::Load& load);
  [[nodiscard]] bool has_appended() const { return has_appended_; }
  // The last error was of the store, not of the object.
  [[nodiscard]] bool is_store_error() const { return is_store_error_; }

 private:
  enum class Ended { kWhole, kMoreColumns, kNotGrown };
  Result<Ended> read_once(const Request& request, bool goes_on, store::Load& load,
                          ObjectReading& reading);
  // Columns that the batch brings and that were not asked for.
  Result<bool> follow_layout(const column::Batch& batch, bool is_stream, ObjectReading& reading);
  Result<void> thin(column::Batch& batch);
  Result<void> drop_repeats(column::Batch& batch, ObjectReading& reading);
  Result<void> append(column::Batch& batch, store::Load& load, std::uint64_t ordinal);
  // Columns of unknown names are texts; a meter of packets may have made numbers of theirs.
  void fit_types();

  FlowColumns& columns_;
  std::vector<std::unique_ptr<RowChooser>> choosers_;
  column::ScanContext context_;
  RepeatFilter* repeats_;  // null: repeats stay
  ContentHash hash_;
  flowlog::LineBook book_;
  column::ScanRequest scan_;
  std::size_t layout_position_ = 0;
  std::vector<bool> is_of_layout_;  // of scan_.columns: the layout at hand has it
  bool layout_has_start_ = false;
  column::Batch batch_;
  column::Batch kept_;
  column::Batch looked_at_;
  std::vector<std::string> kept_names_;
  std::vector<std::size_t> kept_positions_;
  std::vector<std::uint32_t> rows_;
  column::RowFilter keeper_{{}};
  bool has_appended_ = false;
  bool is_store_error_ = false;
};

}  // namespace weir::intake
