#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metric/batch_memory.h"
#include "metric/datum.h"
#include "metric/series_book.h"
#include "sketch/distribution.h"

namespace weir::metric {

// What one acknowledged call adds, as the write-ahead log keeps it: docs/formats/metric-log.md.
struct PutBatch {
  enum class Form : std::uint8_t {
    kValue = 0,       // `value`, once
    kValues = 1,      // `num_values` of `values` from `first` on
    kStatistics = 2,  // `sets[first]`
    kInteger = 3,     // on disk alone: a value that is a whole number
  };
  struct Item {
    SeriesId series = 0;
    std::uint32_t time_s = 0;  // a multiple of the resolution
    bool is_high_resolution = false;
    Form form = Form::kValue;
    double value = 0;
    std::uint32_t first = 0;
    std::uint32_t num_values = 0;
  };
  struct Definition {
    SeriesId series = 0;
    std::string name;  // SeriesBook::encode_series
  };

  std::vector<Definition> definitions;  // of series that may be unknown to who reads the log
  std::vector<Item> items;
  std::vector<sketch::WeightedValue> values;
  std::vector<StatisticSet> sets;
  std::vector<BatchMemory::Entry> batches;  // calls that are not to be counted again

  void clear();
};

void encode_batch(const PutBatch& batch, std::string& out);
// Hardened against untrusted input. `batch` is emptied first.
[[nodiscard]] Result<void> decode_batch(std::string_view bytes, PutBatch& batch);

}  // namespace weir::metric
