#include "flow/meter/flow_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace weir::flow {
namespace {

constexpr std::size_t kFirstSlots = 4096;
constexpr std::size_t kHugePage = 2 << 20;

}  // namespace

// Reserved whole, taken page by page as flows come; huge pages spare a million flows their misses
// in the translation buffer.
FlowPool::FlowPool(std::size_t max_flows)
    : max_flows_(std::clamp<std::size_t>(max_flows, 1, 1U << 30)),
      slots_(kFirstSlots),
      mask_(kFirstSlots - 1) {
  const std::size_t wanted = max_flows_ * sizeof(FlowState);
  const bool is_large = wanted >= kHugePage;  // a small pool must not cost a huge page
  const std::size_t alignment = is_large ? kHugePage : alignof(FlowState);
  const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  states_ = static_cast<FlowState*>(std::aligned_alloc(alignment, bytes));
  if (states_ == nullptr) {
    throw std::bad_alloc();
  }
  if (is_large) {
    ::madvise(states_, bytes, MADV_HUGEPAGE);
  }
}

FlowPool::~FlowPool() { std::free(states_); }

std::uint32_t FlowPool::insert(const FlowKey& key, std::uint32_t hash) {
  if ((size_ + 1) * 2 > slots_.size()) {
    grow();
  }
  std::uint32_t number = num_used_;
  if (free_.empty()) {
    ++num_used_;
  } else {
    number = free_.back();
    free_.pop_back();
  }
  FlowState* const state = new (&states_[number]) FlowState;
  state->key = key;
  state->hash = hash;
  std::size_t place = hash & mask_;
  while (slots_[place] != 0) {
    place = (place + 1) & mask_;
  }
  slots_[place] = (std::uint64_t{hash} << 32) | (number + 1);
  ++size_;
  return number;
}

void FlowPool::erase(std::uint32_t number) {
  FlowState& state = states_[number];
  std::size_t hole = state.hash & mask_;
  while (static_cast<std::uint32_t>(slots_[hole]) != number + 1) {
    hole = (hole + 1) & mask_;
  }
  for (std::size_t next = (hole + 1) & mask_; slots_[next] != 0; next = (next + 1) & mask_) {
    const std::size_t home = (slots_[next] >> 32) & mask_;
    if (((next - home) & mask_) >= ((next - hole) & mask_)) {
      slots_[hole] = slots_[next];
      hole = next;
    }
  }
  slots_[hole] = 0;
  state.packets = {};
  free_.push_back(number);
  --size_;
}

void FlowPool::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const std::uint64_t slot : old) {
    if (slot == 0) {
      continue;
    }
    std::size_t place = (slot >> 32) & mask_;
    while (slots_[place] != 0) {
      place = (place + 1) & mask_;
    }
    slots_[place] = slot;
  }
}

}  // namespace weir::flow
