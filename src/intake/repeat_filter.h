#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/batch.h"
#include "store/store.h"

namespace weir::intake {

// Finds records that another object has brought before, whole, within the same partition. What the
// store holds of a partition is looked through when its first record comes: 16 bytes a record, kept
// for the partitions used last. Used by one thread, object after object.
class RepeatFilter {
 public:
  explicit RepeatFilter(store::Store& store) : store_(store) {}

  // Records of one object are no repeats of each other.
  void begin_object() { current_.clear(); }
  // Sets `rows` to those that are no repeats. `columns` of `batch`, called `names`, are the record.
  [[nodiscard]] Result<void> choose(const column::Batch& batch,
                                    const std::vector<std::size_t>& columns,
                                    const std::vector<std::string>& names,
                                    std::vector<std::uint32_t>& rows);
  // The object's records last.
  void end_object();

 private:
  using Hash = std::array<std::uint64_t, 2>;
  // Open addressing; a hash of zeros stands for nothing.
  class HashSet {
   public:
    [[nodiscard]] bool contains(const Hash& hash) const;
    void insert(const Hash& hash);
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    [[nodiscard]] std::size_t slot_of(const Hash& hash) const;
    std::vector<Hash> slots_;
    std::size_t size_ = 0;
  };
  struct Partition {
    HashSet records;
    std::uint64_t last_used = 0;
  };

  void hash_rows(const column::Batch& batch, const std::vector<std::size_t>& columns,
                 const std::vector<std::string>& names);
  [[nodiscard]] Result<Partition*> partition(TimeMs begin);
  [[nodiscard]] Result<void> load(TimeMs begin, HashSet& records);
  void forget_idle();

  store::Store& store_;
  std::map<TimeMs, Partition> partitions_;
  std::vector<std::pair<TimeMs, Hash>> current_;
  std::uint64_t num_uses_ = 0;
  std::vector<Hash> hashes_;    // of the batch at hand
  std::vector<TimeMs> begins_;  // of the rows' partitions
  column::Column flat_;
};

}  // namespace weir::intake
