#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "store/segment_reader.h"
#include "store/stored_table.h"
#include "store/total_source.h"

namespace weir::store {

// The groups that GroupRequest::top asks for, from the greatest keys that each segment keeps: what
// a key has in the segments that list it, and at most in those that do not, tells whether it can be
// among the greatest. For those that can, the segments that do not list them are asked. Exact, or
// not used: where a key that no segment lists might be among them, find() gives nothing. After
// Fagin's threshold algorithm. Thread-safe.
class TopGroups {
 public:
  // Null where the segments' rankings do not suffice.
  [[nodiscard]] static Result<std::unique_ptr<TopGroups>> find(const TableSnapshot& snapshot,
                                                               const column::GroupRequest& request);

  // Partial rows as of any GroupRequest, each to one caller.
  [[nodiscard]] Result<bool> next(column::Batch& batch);
  // "roll-up: exact, 12 groups of the greatest of 15 segments"
  [[nodiscard]] std::string text() const;

 private:
  // What is read of a segment.
  struct Part {
    std::shared_ptr<const SegmentReader> segment;
    std::shared_ptr<const GroupCodes> group;             // keeps texts alive
    std::vector<const column::Column*> values;           // of each key, by value number
    std::vector<std::vector<std::uint32_t>> key_values;  // of each key, by row
    Ranking ranking;
    std::vector<TotalSource> sources;  // of each measure
    // What keys have that the ranking does not list, by row of `asked`.
    std::vector<std::vector<column::Value>> asked_keys;
    Totals asked;
  };
  enum class Of : std::uint8_t { kListed, kSilent, kAsked };
  struct Place {
    std::size_t part = 0;
    std::size_t row = 0;
    Of of = Of::kListed;
  };
  class Finder;

  TopGroups() = default;
  [[nodiscard]] column::Value key_at(const Place& place, std::size_t key) const;
  [[nodiscard]] const Totals& totals_at(const Place& place) const;

  std::vector<column::Type> key_types_;
  std::vector<column::GroupRequest::Measure::Kind> kinds_;
  std::vector<Part> parts_;
  std::vector<Place> places_;  // of the groups found
  std::size_t num_groups_ = 0;
  std::mutex mutex_;
  std::size_t next_place_ = 0;
};

}  // namespace weir::store
