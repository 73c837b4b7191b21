#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "flow/meter/flow_state.h"

namespace weir::flow {

// Open flows and the index that finds them by key. Linear probing over 64-bit slots of hash and
// number, deletion by shifting back, so that probes stay short for ever. States never move. Not
// thread-safe.
class FlowPool {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  // At most `max_flows` at a time.
  explicit FlowPool(std::size_t max_flows);
  ~FlowPool();
  FlowPool(const FlowPool&) = delete;
  FlowPool& operator=(const FlowPool&) = delete;

  // The first and second step of a look-up whose memory is not at hand yet. Inlined by force: g++
  // 12 takes a function that only fetches for one without effect, and leaves its calls out.
  __attribute__((always_inline)) inline void prefetch_slot(std::uint32_t hash) const noexcept {
    __builtin_prefetch(&slots_[hash & mask_]);
  }
  // Gives the flow that find() will probably give.
  __attribute__((always_inline)) inline std::uint32_t prefetch_state(std::uint32_t hash,
                                                                     bool is_tcp) const noexcept {
    for (std::size_t place = hash & mask_;; place = (place + 1) & mask_) {
      const std::uint64_t slot = slots_[place];
      if (slot == 0) {
        return kNone;
      }
      if (slot >> 32 == hash) {
        const std::uint32_t number = static_cast<std::uint32_t>(slot) - 1;
        const FlowState& state = states_[number];
        __builtin_prefetch(&state, 1);
        __builtin_prefetch(&state.start_ns, 1);
        __builtin_prefetch(is_tcp ? static_cast<const void*>(&state.tcp)
                                  : static_cast<const void*>(&state.last_gap_ns),
                           1);
        return number;
      }
    }
  }
  // The flow of a key; `likely` is looked at first. A key is open once, so that who has it is it.
  [[nodiscard]] std::uint32_t find(const FlowKey& key, std::uint32_t hash,
                                   std::uint32_t likely) const noexcept {
    if (likely != kNone && states_[likely].key == key && is_open(likely)) [[likely]] {
      return likely;
    }
    return find(key, hash);
  }
  [[nodiscard]] std::uint32_t find(const FlowKey& key, std::uint32_t hash) const noexcept {
    for (std::size_t place = hash & mask_;; place = (place + 1) & mask_) {
      const std::uint64_t slot = slots_[place];
      if (slot == 0) {
        return kNone;
      }
      const std::uint32_t number = static_cast<std::uint32_t>(slot) - 1;
      if (slot >> 32 == hash && states_[number].key == key) {
        return number;
      }
    }
  }
  // A fresh state of a key that is not there. is_full() must be false.
  std::uint32_t insert(const FlowKey& key, std::uint32_t hash);
  void erase(std::uint32_t number);

  [[nodiscard]] FlowState& operator[](std::uint32_t number) noexcept { return states_[number]; }
  [[nodiscard]] bool is_full() const noexcept { return size_ == max_flows_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Numbers below this may be open; is_open() tells.
  [[nodiscard]] std::uint32_t num_used() const noexcept { return num_used_; }
  [[nodiscard]] bool is_open(std::uint32_t number) const noexcept {
    return states_[number].packets[0] + states_[number].packets[1] > 0;
  }

 private:
  // Memory in huge pages where there is enough of it; not zeroed.
  template <class T>
  static T* allocate(std::size_t count);
  void grow();

  std::size_t max_flows_;
  std::uint64_t* slots_;  // hash << 32 | number + 1; 0: empty
  std::size_t num_slots_;
  std::size_t mask_;
  FlowState* states_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  std::uint32_t num_used_ = 0;
};

}  // namespace weir::flow
