#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/ip_address.h"
#include "column/deferred_values.h"
#include "column/type.h"
#include "column/value.h"

namespace weir::column {

// What codes mean the same rows of the same tables: known by its address, so columns with one space
// have equal codes in each row.
struct CodeSpace {
  std::uint32_t size = 0;  // codes are below it
};
struct CodeTable;

// A vector of values of one type, the unit that scans fill and kernels work on. Storage is reused
// from batch to batch and never shrinks. Not thread-safe.
//
// Strings are views: into arena() of this column when an evaluation made them, else into memory of
// whoever filled the column (a scan's input buffer). They live until the batch is filled again;
// who keeps rows longer copies the bytes.
//
// A constant column stores one value for all its rows; a coded one a number a row, which stands for
// a value of a table (and, by the table's space, for values of other columns of the batch as well).
// Who does not care calls flatten(); data<T>() of a coded column means nothing. A deferred column
// has codes, too, but its values are still to be read: but for type, size and codes it has nothing
// to say before flatten(). A scan makes one only for who has asked for it.
class Column {
 public:
  explicit Column(Type type = Type::kNull) : type_(type) {}
  // What was moved from is an empty column of type null and can be reset again.
  Column(Column&& other) noexcept { swap(other); }
  Column& operator=(Column&& other) noexcept {
    Column taken(std::move(other));
    swap(taken);
    return *this;
  }
  void swap(Column& other) noexcept;

  // Makes room for `num_rows` values of `type`; contents are undefined, no row is null. The arena
  // is cleared.
  void reset(Type type, std::size_t num_rows);
  // The same for one value that stands for `num_rows` rows.
  void reset_constant(Type type, std::size_t num_rows);
  void reset_constant(const Value& value, std::size_t num_rows);
  // Makes row i the value at codes[i] of `table`. Borrows `codes` until the column is filled again,
  // shares the table as long, even when flattened, as its texts are in use. Where it is the table
  // that the column has had before, nothing is counted, so threads do not meet there.
  void reset_coded(const std::shared_ptr<const CodeTable>& table, const std::uint32_t* codes,
                   std::size_t num_rows);
  // Makes row i the value of codes[i] in column `member` of `values`. Borrows both until the column
  // is filled again.
  void reset_deferred(Type type, const DeferredValues& values, std::size_t member,
                      const std::uint32_t* codes, std::size_t num_rows);
  // Changes the number of rows within the room made by reset (to shrink a batch after a filter).
  void set_size(std::size_t num_rows) {
    assert(num_rows <= size_ || is_constant_);
    size_ = num_rows;
  }

  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool is_constant() const { return is_constant_; }
  [[nodiscard]] bool is_coded() const { return is_coded_; }
  [[nodiscard]] bool is_deferred() const { return deferred_ != nullptr; }
  // Of a deferred column.
  [[nodiscard]] const DeferredValues& deferred_values() const { return *deferred_; }
  [[nodiscard]] std::size_t deferred_member() const { return deferred_member_; }
  // Of a coded column; codes[i] < code_table()->space->size. Of a deferred one, too.
  [[nodiscard]] const std::uint32_t* codes() const { return codes_; }
  [[nodiscard]] const std::shared_ptr<const CodeTable>& code_table() const { return code_table_; }

  // T must be the physical type of type(). For a constant column only [0] is valid; a coded one has
  // none.
  template <class T>
  [[nodiscard]] T* data() {
    assert(sizeof(T) == width_of(type_) && !is_coded_ && !is_deferred());
    return reinterpret_cast<T*>(storage_.get());
  }
  template <class T>
  [[nodiscard]] const T* data() const {
    assert(sizeof(T) == width_of(type_) && !is_coded_ && !is_deferred());
    return reinterpret_cast<const T*>(storage_.get());
  }

  // Nulls: one bit a row, set = null. Without any null there is no mask. A null row's value is
  // unspecified, except that a null string is an empty view. A coded column has the nulls of its
  // table and no mask of its own.
  [[nodiscard]] bool has_nulls() const { return has_nulls_; }
  [[nodiscard]] bool is_null(std::size_t row) const {
    assert(!is_deferred());
    if (type_ == Type::kNull) {
      return true;
    }
    if (!has_nulls_) {
      return false;
    }
    if (is_coded_) {
      return is_null_code(row);
    }
    const std::size_t i = is_constant_ ? 0 : row;
    return ((null_mask_[i >> 6] >> (i & 63)) & 1) != 0;
  }
  void set_null(std::size_t row) {
    if (!has_nulls_) {
      start_nulls();
    }
    null_mask_[row >> 6] |= std::uint64_t{1} << (row & 63);
    if (type_ == Type::kString) {
      data<std::string_view>()[row] = {};
    }
  }
  // Stores `value`, null or of this type; its text is copied.
  void put(std::size_t row, const Value& value);
  // Words of the mask, size() bits; valid only while has_nulls(). start_nulls() makes a clear one.
  void start_nulls();
  [[nodiscard]] std::uint64_t* null_mask() { return null_mask_.data(); }
  [[nodiscard]] const std::uint64_t* null_mask() const { return null_mask_.data(); }

  // Takes the values and nulls of `source` at `rows`, in that order; constant or coded as it is,
  // with codes of its own.
  void gather(const Column& source, std::span<const std::uint32_t> rows);
  // Takes all of `source`, string bytes included (into this column's arena).
  void copy_from(const Column& source);
  // Turns a constant, coded or deferred column into size() stored values. Texts of a table stay
  // there.
  void flatten();

  [[nodiscard]] Value value_at(std::size_t row) const;
  Arena& arena() { return arena_; }

 private:
  void make_room(std::size_t bytes);
  void gather_stored(const Column& source, std::span<const std::uint32_t> rows);
  [[nodiscard]] bool is_null_code(std::size_t row) const;

  struct FreeAligned {
    void operator()(std::byte* bytes) const;
  };
  Type type_ = Type::kNull;
  bool is_constant_ = false;
  bool is_coded_ = false;
  bool has_nulls_ = false;
  std::size_t size_ = 0;
  std::size_t capacity_bytes_ = 0;
  std::unique_ptr<std::byte, FreeAligned> storage_;  // aligned to 64 bytes
  std::vector<std::uint64_t> null_mask_;
  Arena arena_;
  std::shared_ptr<const CodeTable> code_table_;
  const DeferredValues* deferred_ = nullptr;
  std::size_t deferred_member_ = 0;
  const std::uint32_t* codes_ = nullptr;  // borrowed, or own_codes_
  std::vector<std::uint32_t> own_codes_;
};

// The values of one column by code. Immutable once shared, so safe from any thread; owns its texts
// or what they lie in.
struct CodeTable {
  std::shared_ptr<const CodeSpace> space;
  Column values;  // stored, one a code; may have nulls
};

}  // namespace weir::column
