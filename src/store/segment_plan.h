#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "store/manifest_types.h"
#include "store/number_filter.h"
#include "store/rare_rows.h"
#include "store/segment_reader.h"

namespace weir::store {

// What of a segment a scan wants: which rows, by conjuncts and time. Made once a segment, shared by
// the streams that read it. Immutable.
class SegmentPlan {
 public:
  struct Request {
    std::shared_ptr<const TableSpec> spec;
    std::vector<std::string> columns;  // what conjuncts refer to
    std::vector<column::Predicate> conjuncts;
    column::TimeRange range;
    bool include_silent = true;
    // Of columns of the first group alone.
    std::vector<std::vector<column::Predicate>> disjunctions;
    // Rows are read only where numbers are tested: else totals suffice, as a rule, and which blocks
    // hold a code need not be known.
    bool expects_totals = false;
    // Rows are taken one by one and not by the codes of their groups: those of a rare value may
    // come from where they stand side by side.
    bool may_use_rare_rows = false;
  };
  [[nodiscard]] static Result<std::shared_ptr<const SegmentPlan>> make(
      std::shared_ptr<const SegmentReader> segment, const Request& request);

  [[nodiscard]] const SegmentReader& segment() const { return *segment_; }
  [[nodiscard]] const std::shared_ptr<const SegmentReader>& shared_segment() const {
    return segment_;
  }
  // No row can pass.
  [[nodiscard]] bool is_empty() const { return is_empty_; }
  // All rows that can pass are rows of one rare value: blocks are then those of rare rows, in which
  // each member of a group counts as a group whose codes are the numbers of its values.
  [[nodiscard]] bool is_of_rare_rows() const { return rare_.has_value(); }

  [[nodiscard]] std::size_t num_blocks() const {
    return rare_ ? rare_->pieces.size() : segment_->footer().blocks.size();
  }
  [[nodiscard]] bool wants_block(std::size_t block) const {
    return !is_empty_ && (rare_ || blocks_.empty() || blocks_[block]);
  }
  [[nodiscard]] const Block& block(std::size_t index) const {
    return rare_ ? rare_->pieces[index].block : segment_->footer().blocks[index];
  }
  struct RowRange {
    std::size_t first = 0;
    std::size_t end = 0;
  };
  // The rows of a block to be looked at; its ordinals begin with the first of them.
  [[nodiscard]] RowRange rows(std::size_t block) const {
    return rare_ ? RowRange{rare_->pieces[block].first_row, rare_->pieces[block].end_row}
                 : RowRange{0, segment_->footer().blocks[block].num_rows};
  }
  [[nodiscard]] Result<std::string_view> read_chunk(std::size_t block, std::size_t chunk,
                                                    std::string& buffer) const {
    return rare_ ? segment_->read(rare_->pieces[block].block.chunks[chunk].extent, buffer)
                 : segment_->read_chunk(block, chunk, buffer);
  }
  [[nodiscard]] const SegmentReader::Place& place(std::size_t column) const {
    return rare_ ? rare_->places[column] : segment_->place(column);
  }
  [[nodiscard]] std::size_t num_groups() const { return passes_.size(); }
  [[nodiscard]] std::uint32_t num_codes(std::size_t group) const {
    return rare_ ? rare_->num_values[group] + 1 : segment_->footer().groups[group].num_codes;
  }
  // What the codes of a column that is in a group stand for. Lives no longer than `keep`.
  [[nodiscard]] Result<std::shared_ptr<const column::CodeTable>> table(
      std::size_t column, std::shared_ptr<const GroupCodes>& keep) const;

  // Of each group: 1 for codes whose rows may pass; empty where all do.
  [[nodiscard]] const std::vector<std::uint8_t>& passes(std::size_t group) const {
    return passes_[group];
  }
  struct Test {
    std::size_t column = 0;  // of the segment
    NumberFilter test;
  };
  [[nodiscard]] const std::vector<Test>& tests() const { return tests_; }
  // True where the rows of every block pass whatever is tested by code: no test of a number is
  // left, not even of time.
  [[nodiscard]] bool is_by_code_alone() const { return tests_.empty(); }

 private:
  // Which values of a member pass a conjunct.
  struct ValueFilter {
    std::size_t column = 0;            // of the segment
    std::vector<std::uint8_t> passes;  // by number
    std::uint32_t num_passing = 0;
  };

  SegmentPlan() = default;
  [[nodiscard]] Result<void> add_group_conjunct(std::size_t column,
                                                const column::Predicate& predicate);
  [[nodiscard]] Result<void> add_silent(const Request& request);
  [[nodiscard]] Result<const GroupCodes*> keep_group(std::size_t index);
  [[nodiscard]] Result<void> choose_rare_rows();
  [[nodiscard]] Result<void> choose_codes();
  [[nodiscard]] Result<void> add_disjunction(const std::vector<std::string>& columns,
                                             const std::vector<column::Predicate>& alternatives);
  void add_test(std::size_t column, NumberFilter test);
  void choose_blocks_by_extremes();
  [[nodiscard]] Result<void> choose_blocks_by_codes();
  [[nodiscard]] bool has_no_block() const;

  std::shared_ptr<const SegmentReader> segment_;
  // Keeps what was unpacked for the conjuncts until the segment is done.
  std::vector<std::shared_ptr<const GroupCodes>> groups_;
  std::vector<ValueFilter> value_filters_;
  std::vector<std::vector<std::uint8_t>> passes_;
  std::vector<Test> tests_;
  std::vector<bool> blocks_;  // empty: all
  std::optional<RareRows> rare_;
  bool is_empty_ = false;
};

// Whether a scan of the table applies `predicate`, of a column of `spec`, exactly.
[[nodiscard]] bool is_applied(const TableSpec& spec, const std::string& column,
                              const column::Predicate& predicate);

}  // namespace weir::store
