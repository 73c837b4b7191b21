#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/numbers.h"
#include "column/column.h"
#include "io/file_system.h"
#include "store/presence.h"
#include "store/ranking.h"
#include "store/rollup.h"
#include "store/segment_format.h"
#include "store/segment_totals.h"

namespace weir::store {

class SegmentReader;

// The dictionaries of one group of a segment: what its codes stand for. Members are unpacked, and
// the tuples read, when they are first asked for. Thread-safe.
class GroupCodes {
 public:
  [[nodiscard]] std::uint32_t size() const { return space_->size; }
  // The values of a member by their numbers, 0: null.
  [[nodiscard]] Result<const column::Column*> values(std::size_t member) const;
  // The same as a table of their own: for rows that have numbers of values and no codes.
  [[nodiscard]] Result<std::shared_ptr<const column::CodeTable>> value_table(
      std::size_t member) const;
  // The number of a member's value, by code.
  [[nodiscard]] Result<const std::vector<std::uint32_t>*> value_codes(std::size_t member) const;
  // Leaves 1 in passes[code] where it was and the member's value passes, by its number.
  [[nodiscard]] Result<void> keep_passing(std::size_t member,
                                          const std::vector<std::uint8_t>& value_passes,
                                          std::vector<std::uint8_t>& passes) const;
  // The values of a member by code; all members' tables share one space.
  [[nodiscard]] Result<std::shared_ptr<const column::CodeTable>> table(std::size_t member) const;

 private:
  friend class SegmentReader;
  struct Member {
    std::string_view value_bytes;
    std::string_view code_bytes;
    column::Type type = column::Type::kNull;
    std::uint32_t num_values = 0;
    std::shared_ptr<const column::CodeTable> values;  // by number
    std::unique_ptr<std::vector<std::uint32_t>> codes;
    std::shared_ptr<const column::CodeTable> table;
  };
  GroupCodes() = default;
  [[nodiscard]] Result<void> load_values(Member& member) const;
  [[nodiscard]] Result<void> load_codes(Member& member) const;
  template <class F>
  [[nodiscard]] Result<void> visit_codes(Member& member, F f) const;
  [[nodiscard]] Result<void> load_tuples() const;
  [[nodiscard]] Error name_file(Error error) const;

  std::shared_ptr<const SegmentReader> segment_;
  Extent tuples_;
  std::shared_ptr<const column::CodeSpace> space_;
  std::string value_bytes_;
  mutable std::mutex mutex_;
  mutable std::string code_bytes_;
  mutable std::vector<Member> members_;
};

// A sealed segment file. What is read is checked against its hash each time; an error names the
// file and the place, and never comes with rows. Thread-safe; immutable.
class SegmentReader : public std::enable_shared_from_this<SegmentReader> {
 public:
  // `footer_hash` of the manifest, where it is known: another file under the name is refused.
  [[nodiscard]] static Result<std::shared_ptr<const SegmentReader>> open(
      io::FileSystem& files, const std::string& path,
      std::optional<std::uint64_t> footer_hash = std::nullopt);

  // A file that its writer has not finished: `footer` says what stands in it so far.
  [[nodiscard]] static Result<std::shared_ptr<const SegmentReader>> open_unfinished(
      io::FileSystem& files, const std::string& path, SegmentFooter footer);

  [[nodiscard]] const SegmentFooter& footer() const { return footer_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return file_->size(); }

  // Reads some bytes of the file into `buffer` and checks them.
  [[nodiscard]] Result<std::string_view> read(const Extent& extent, std::string& buffer) const;
  // The same for what stands in a block: the error names its rows.
  [[nodiscard]] Result<std::string_view> read_chunk(std::size_t block, std::size_t chunk,
                                                    std::string& buffer) const;
  // One byte, not checked: for who wants to know what there is, not what it says.
  [[nodiscard]] Result<std::uint8_t> first_byte(const Extent& extent) const;

  // Index of a column by name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  struct Place {
    bool is_in_group = false;
    std::size_t group = 0;   // index into SegmentFooter::groups
    std::size_t member = 0;  // of the group
    std::size_t chunk = 0;   // of a block: of the group, or of the column alone
  };
  [[nodiscard]] const Place& place(std::size_t column) const { return places_[column]; }
  // The column that `column` makes a pair with, of which `column` is the first or the second.
  [[nodiscard]] std::size_t pair(std::size_t column) const { return pairs_[column]; }

  [[nodiscard]] Result<std::shared_ptr<const GroupCodes>> group(std::size_t index) const;
  [[nodiscard]] Result<Presence> presence(std::size_t group) const;
  [[nodiscard]] Result<Totals> totals_by_code(const TotalsWanted& wanted = {}) const;
  [[nodiscard]] Result<Totals> totals_by_minute() const;
  [[nodiscard]] Result<Ranking> ranking(const SegmentRanking& ranking) const;
  // `wanted_columns`: of SegmentTotals::columns.
  [[nodiscard]] Result<Rollup> rollup(const SegmentRollup& rollup,
                                      const std::vector<bool>& wanted_columns) const;

  [[nodiscard]] Error at_file(Error error, std::string_view where) const;

 private:
  SegmentReader() = default;
  void find_places();

  std::string path_;
  std::unique_ptr<io::RandomAccessFile> file_;
  SegmentFooter footer_;
  std::vector<Place> places_;
  std::vector<std::size_t> pairs_;
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const GroupCodes>> groups_;
};

}  // namespace weir::store
