#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "packet/bounded_counts.h"
#include "packet/verdict.h"
#include "packet/view.h"

namespace weir::packet {

// Counts what came and what became of it, in bounded memory. One for each thread; merge() brings
// them together. received = kept + skipped + dropped, always.
class Statistics {
 public:
  void add(const PacketView& view) noexcept {
    add_verdict(view);
    if (view.verdict == Verdict::kKept) {
      add_kept(view);
    }
  }
  void merge(const Statistics& other);

  [[nodiscard]] std::uint64_t received() const noexcept;
  [[nodiscard]] std::uint64_t kept() const noexcept { return count(Verdict::kKept); }
  [[nodiscard]] std::uint64_t skipped() const noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  [[nodiscard]] std::uint64_t count(Verdict verdict) const noexcept {
    return verdicts_[static_cast<std::size_t>(verdict)];
  }
  [[nodiscard]] std::uint64_t count(Flag flag) const noexcept {
    return flags_[static_cast<std::size_t>(flag)];
  }
  [[nodiscard]] std::uint64_t captured_bytes() const noexcept { return captured_bytes_; }
  [[nodiscard]] std::uint64_t wire_bytes() const noexcept { return wire_bytes_; }
  // Of kept packets, by the lengths in the innermost IP headers.
  [[nodiscard]] std::uint64_t inner_bytes() const noexcept { return inner_bytes_; }
  [[nodiscard]] std::uint64_t tunnels(TunnelKind kind) const noexcept {
    return tunnels_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t nested() const noexcept { return nested_; }
  [[nodiscard]] std::uint64_t options() const noexcept;
  [[nodiscard]] std::uint64_t inner_v4() const noexcept { return inner_v4_; }
  [[nodiscard]] std::uint64_t inner_v6() const noexcept { return inner_v6_; }
  [[nodiscard]] std::uint64_t inner_protocol(std::uint8_t protocol) const noexcept {
    return inner_protocols_[protocol];
  }
  // Keys: class << 8 | type; EtherType; VNI.
  [[nodiscard]] BoundedCounts option_types() const;
  [[nodiscard]] const BoundedCounts& ether_types() const noexcept { return ether_types_; }
  [[nodiscard]] const BoundedCounts& vnis() const noexcept { return vnis_; }
  // Packets that the kernel let fall before they came here (SO_RXQ_OVFL); stands beside received.
  std::uint64_t kernel_drops = 0;

 private:
  void add_verdict(const PacketView& view) noexcept {
    ++verdicts_[static_cast<std::size_t>(view.verdict)];
    captured_bytes_ += view.frame.size();
    wire_bytes_ += view.wire_length;
    for (std::uint32_t rest = view.flags; rest != 0; rest &= rest - 1) {
      ++flags_[static_cast<std::size_t>(__builtin_ctz(rest))];
    }
  }
  void add_kept(const PacketView& view) noexcept;

  std::array<std::uint64_t, kNumVerdicts> verdicts_{};
  std::array<std::uint64_t, kNumFlags> flags_{};
  std::array<std::uint64_t, 3> tunnels_{};
  std::array<std::uint64_t, 256> inner_protocols_{};
  std::uint64_t captured_bytes_ = 0;
  std::uint64_t wire_bytes_ = 0;
  std::uint64_t inner_bytes_ = 0;
  std::uint64_t inner_v4_ = 0;
  std::uint64_t inner_v6_ = 0;
  std::uint64_t nested_ = 0;
  std::uint64_t gateway_triples_ = 0;  // packets with exactly the gateway's three options
  BoundedCounts option_types_;
  BoundedCounts ether_types_;
  BoundedCounts vnis_;
};

// As one JSON object; as lines for people; as Prometheus' text format.
[[nodiscard]] std::string to_json(const Statistics& statistics);
[[nodiscard]] std::string to_text(const Statistics& statistics);
[[nodiscard]] std::string to_prometheus(const Statistics& statistics);

}  // namespace weir::packet
