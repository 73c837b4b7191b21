#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/numbers.h"
#include "column/batch.h"
#include "io/file_system.h"
#include "store/manifest_types.h"
#include "store/presence.h"
#include "store/segment_effort.h"
#include "store/segment_format.h"
#include "store/segment_summary.h"
#include "store/table_layout.h"
#include "store/tuple_dictionary.h"

namespace weir::store {

// Rows to add: some of a batch, or all of it.
struct SegmentRows {
  // A column for each of the spec's, null where the batch has none of it.
  std::span<const column::Column* const> columns;
  const std::uint32_t* rows = nullptr;  // null: all
  std::size_t num_rows = 0;
  // Of row i of the batch, not of rows[i]: first_ordinal + i; or of each row added, where given.
  std::uint64_t first_ordinal = 0;
  const std::uint64_t* ordinals = nullptr;
};

class SegmentReader;

// Writes the rows of one partition into a segment file, block by block: what stays in memory is one
// block, the dictionaries and the index. Rows keep the order they come in. Not thread-safe.
class SegmentWriter {
 public:
  // `spec` and `layout` outlive the writer. The file is created; an unfinished one is nobody's.
  [[nodiscard]] static Result<std::unique_ptr<SegmentWriter>> create(
      io::FileSystem& files, std::string path, const TableSpec& spec, const TableLayout& layout,
      TimeMs partition, const SegmentEffort& effort);

  // Appends as many rows as fit the segment, from the front; returns how many. 0: it is full. After
  // an error the segment is worth nothing.
  [[nodiscard]] Result<std::size_t> append(const SegmentRows& rows);

  [[nodiscard]] std::uint64_t num_rows() const { return footer_.num_rows + block_.num_rows; }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] TimeMs partition() const { return footer_.partition; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // Writes what is left and syncs the file; its name lasts once the directory is synced. Everything
  // but id and level of the result is set.
  [[nodiscard]] Result<SegmentMeta> finish();

 private:
  // Rows of the block under way.
  struct OpenBlock {
    std::size_t num_rows = 0;
    std::vector<std::vector<std::uint32_t>> codes;  // of each group
    struct Numbers {
      std::vector<std::int64_t> values;
      std::vector<std::uint64_t> nulls;
      bool has_nulls = false;
    };
    std::vector<Numbers> numbers;  // of each column alone
    struct Texts {
      std::string bytes;
      std::vector<std::uint32_t> ends;
    };
    std::vector<Texts> texts;  // of each column alone; empty for numbers
    std::uint64_t first_ordinal = 0;
    std::vector<OrdinalJump> jumps;
  };

  SegmentWriter(const TableSpec& spec, const TableLayout& layout, std::string path,
                TimeMs partition, const SegmentEffort& effort);

  void make_encoders();
  void start_block();
  [[nodiscard]] std::size_t rows_that_fit() const;
  void append_to_block(const SegmentRows& rows, std::size_t begin, std::size_t count);
  void append_numbers(const column::Column& column, const std::uint32_t* rows, std::size_t begin,
                      std::size_t count, OpenBlock::Numbers& numbers);
  void append_ordinals(const SegmentRows& rows, std::size_t begin, std::size_t count);
  [[nodiscard]] Result<void> end_block();
  [[nodiscard]] const OpenBlock::Numbers& numbers_of(std::size_t column) const;
  [[nodiscard]] OpenBlock::Numbers& numbers_of(std::size_t column);
  void pair_columns();
  Chunk write_numbers(std::size_t alone, std::string& out);
  Chunk write_texts(std::size_t alone, std::string& out);
  Extent put(std::string_view bytes);
  [[nodiscard]] Result<void> flush();
  void write_groups();
  // Once all else but the footer is written: rows are read back, since which are rare shows last.
  [[nodiscard]] Result<void> write_rare_rows();
  struct RareRows;
  struct RareValues;
  [[nodiscard]] Result<RareValues> choose_rare_values(
      const std::shared_ptr<const SegmentReader>& written, std::size_t column);
  [[nodiscard]] Result<RareRows> collect_rare_rows(
      const std::shared_ptr<const SegmentReader>& written, std::size_t column,
      const RareValues& values);
  void fill_rare_block(const RareRows& rows, std::size_t begin, std::size_t count);
  void write_rare_blocks(const RareRows& rows, std::vector<std::uint64_t> counts,
                         SegmentRareRows& described);

  const TableSpec& spec_;
  const TableLayout& layout_;
  io::FileSystem* files_ = nullptr;
  std::string path_;
  RareRule rare_rule_;
  std::size_t max_bytes_;  // of dictionaries, lists, totals and roll-ups
  bool compresses_;
  std::unique_ptr<io::WritableFile> file_;
  std::uint64_t file_bytes_ = 0;
  std::string pending_;  // bytes not yet given to the file
  SegmentFooter footer_;
  OpenBlock block_;
  std::uint64_t next_ordinal_ = 0;
  std::vector<TupleDictionary> groups_;
  std::vector<PresenceBuilder> presence_;
  SegmentSummary summary_;
  std::vector<const column::Column*> members_;
  // Of each group, of each column alone, and of its flags.
  std::vector<codec::NumberEncoder> code_encoders_;
  std::vector<codec::NumberEncoder> number_encoders_;
  std::vector<codec::NumberEncoder> flag_encoders_;
  std::vector<std::int64_t> values_;
  struct PairFlags {
    std::size_t column = 0;                     // the second of the pair
    std::int64_t first_min = 0, first_max = 0;  // before they were paired
    std::int64_t second_min = 0, second_max = 0;
    std::vector<std::uint64_t> flags;
  };
  std::vector<PairFlags> pairs_;  // of the block being written
  std::vector<std::uint64_t> scratch_;
  std::vector<std::uint64_t> seconds_;
};

}  // namespace weir::store
