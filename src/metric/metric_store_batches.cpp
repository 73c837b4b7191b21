// How a metric store counts a call once that is sent more than once.

#include <algorithm>
#include <memory>

#include "metric/metric_store.h"

namespace weir::metric {
namespace {

constexpr std::size_t kBatchesInRecord = 10'000;

}  // namespace

// False where it is done already. Waits for the same batch of another call, whose sender may have
// given it up.
bool MetricStore::begin_batch(const BatchKey& key) {
  std::unique_lock lock(mutex_);
  batch_done_.wait(lock, [&] {
    return std::find(batches_underway_.begin(), batches_underway_.end(), key) ==
           batches_underway_.end();
  });
  if (batches_.holds(key)) {
    ++repeated_batches_;
    return false;
  }
  batches_underway_.push_back(key);
  return true;
}

Result<void> MetricStore::put(std::string_view scope, std::string_view name_space,
                              std::span<const Datum> datums, std::optional<BatchKey> batch) {
  if (batch && !begin_batch(*batch)) {
    return {};
  }
  // Whatever comes of it, who waits for this batch goes on.
  const auto end = [this, &batch](const void* /*here*/) {
    if (batch) {
      const std::unique_lock lock(mutex_);
      std::erase(batches_underway_, *batch);
      batch_done_.notify_all();
    }
  };
  const std::unique_ptr<const void, decltype(end)> ended(this, end);
  WEIR_ASSIGN_OR_RETURN(BegunPut put, begin(scope, name_space, datums, batch));
  BegunPut* const puts[] = {&put};
  end_puts(puts);
  return put.outcome;
}

// Before files of the log go whose records had them, into the file that stays.
Result<void> MetricStore::carry_batches_over() {
  std::vector<BatchMemory::Entry> entries;
  {
    const std::shared_lock lock(mutex_);
    entries.assign(batches_.entries().begin(), batches_.entries().end());
  }
  if (entries.empty()) {
    return {};
  }
  const std::shared_lock gate(gate_);
  for (std::size_t begin = 0; begin < entries.size(); begin += kBatchesInRecord) {
    const std::size_t end = std::min(begin + kBatchesInRecord, entries.size());
    PutBatch batch;
    batch.batches.assign(entries.begin() + static_cast<std::ptrdiff_t>(begin),
                         entries.begin() + static_cast<std::ptrdiff_t>(end));
    std::string record;
    encode_batch(batch, record);
    if (const auto sequence = log_->append(record); !sequence) {
      return tl::unexpected(sequence.error());
    }
  }
  const auto synced = log_->sync();
  is_log_failed_ = is_log_failed_ || !synced;
  return synced;
}

}  // namespace weir::metric
