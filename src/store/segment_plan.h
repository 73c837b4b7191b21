#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "store/manifest_types.h"
#include "store/number_filter.h"
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
  };
  [[nodiscard]] static Result<std::shared_ptr<const SegmentPlan>> make(
      std::shared_ptr<const SegmentReader> segment, const Request& request);

  [[nodiscard]] const SegmentReader& segment() const { return *segment_; }
  [[nodiscard]] const std::shared_ptr<const SegmentReader>& shared_segment() const {
    return segment_;
  }
  // Null where no column of the group was asked for.
  [[nodiscard]] Result<std::shared_ptr<const GroupCodes>> group(std::size_t index) const {
    return segment_->group(index);
  }

  // No row can pass.
  [[nodiscard]] bool is_empty() const { return is_empty_; }
  [[nodiscard]] bool wants_block(std::size_t block) const {
    return !is_empty_ && (blocks_.empty() || blocks_[block]);
  }
  [[nodiscard]] std::size_t num_wanted_blocks() const;

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
  SegmentPlan() = default;
  [[nodiscard]] Result<void> add_group_conjunct(std::size_t column,
                                                const column::Predicate& predicate);
  [[nodiscard]] Result<void> add_disjunction(const std::vector<std::string>& columns,
                                             const std::vector<column::Predicate>& alternatives);
  void add_test(std::size_t column, NumberFilter test);
  void choose_blocks_by_extremes();
  [[nodiscard]] Result<void> choose_blocks_by_codes();
  [[nodiscard]] bool has_no_block() const;

  std::shared_ptr<const SegmentReader> segment_;
  // Keeps what was unpacked for the conjuncts until the segment is done.
  std::vector<std::shared_ptr<const GroupCodes>> groups_;
  std::vector<std::vector<std::uint8_t>> passes_;
  std::vector<Test> tests_;
  std::vector<bool> blocks_;  // empty: all
  bool is_empty_ = false;
};

// Whether a scan of the table applies `predicate`, of a column of `spec`, exactly.
[[nodiscard]] bool is_applied(const TableSpec& spec, const std::string& column,
                              const column::Predicate& predicate);

}  // namespace weir::store
