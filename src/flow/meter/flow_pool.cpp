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

// Huge pages spare a million flows their misses in the translation buffer.
template <class T>
T* FlowPool::allocate(std::size_t count) {
  const std::size_t wanted = count * sizeof(T);
  const bool is_large = wanted >= kHugePage;  // a small pool must not cost a huge page
  const std::size_t alignment = is_large ? kHugePage : 64;
  const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, bytes);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  if (is_large) {
    ::madvise(memory, bytes, MADV_HUGEPAGE);
  }
  return static_cast<T*>(memory);
}

// States are reserved whole, and taken page by page as flows come.
FlowPool::FlowPool(std::size_t max_flows)
    : max_flows_(std::clamp<std::size_t>(max_flows, 1, 1U << 30)),
      slots_(allocate<std::uint64_t>(kFirstSlots)),
      num_slots_(kFirstSlots),
      mask_(kFirstSlots - 1),
      states_(allocate<FlowState>(max_flows_)) {
  std::fill_n(slots_, num_slots_, 0);
}

FlowPool::~FlowPool() {
  std::free(states_);
  std::free(slots_);
}

std::uint32_t FlowPool::insert(const FlowKey& key, std::uint32_t hash) {
  if ((size_ + 1) * 2 > num_slots_) {
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
  const std::uint64_t* const end = slots_ + num_slots_;
  std::uint64_t* const old = slots_;
  num_slots_ *= 2;
  slots_ = allocate<std::uint64_t>(num_slots_);
  std::fill_n(slots_, num_slots_, 0);
  mask_ = num_slots_ - 1;
  for (const std::uint64_t* from = old; from != end; ++from) {
    if (*from == 0) {
      continue;
    }
    std::size_t place = (*from >> 32) & mask_;
    while (slots_[place] != 0) {
      place = (place + 1) & mask_;
    }
    slots_[place] = *from;
  }
  std::free(old);
}

}  // namespace weir::flow
