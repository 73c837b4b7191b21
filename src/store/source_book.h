#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/manifest_types.h"

namespace weir::store {

// Every source ever taken in, about 60 bytes each: ids stay as they are, the rest is compressed in
// blocks and unpacked only when somebody asks for a name. Only grows, so any number of states share
// one book, each seeing the first `count` of it. Thread-safe.
class SourceBook {
 public:
  static constexpr std::size_t kBlockSources = 128;
  static constexpr std::size_t kMaxBlockBytes = 32U << 20;

  // Adds behind the last. The ids must be new: ask find() first.
  void append(const std::vector<SourceMeta>& sources);

  [[nodiscard]] std::uint64_t size() const;
  // Where `id` stands, in constant time.
  [[nodiscard]] std::optional<std::uint64_t> find(const SourceId& id) const;
  // The one at `place`, which is below size().
  [[nodiscard]] Result<SourceMeta> at(std::uint64_t place) const;
  // Calls for the first `count` in order, until told false.
  [[nodiscard]] Result<void> visit(std::uint64_t count,
                                   const std::function<bool(const SourceMeta&)>& visitor) const;
  // Calls with packed blocks of the first `count`, for a snapshot.
  [[nodiscard]] Result<void> visit_blocks(
      std::uint64_t count, const std::function<Result<void>(std::string_view)>& visitor) const;
  // Adds a block from a snapshot. Hardened against untrusted input; ids twice are an error.
  [[nodiscard]] Result<void> append_block(std::string_view block);

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  void index(std::uint64_t place);
  [[nodiscard]] const std::uint8_t* id_at(std::uint64_t place) const;
  [[nodiscard]] std::optional<std::uint64_t> find_locked(const SourceId& id) const;
  void append_locked(const SourceMeta& source);
  void grow();

  mutable std::shared_mutex mutex_;
  std::vector<std::string> blocks_;   // full ones, packed
  std::vector<SourceMeta> open_;      // behind them, fewer than a block
  std::vector<std::uint32_t> slots_;  // open addressing: place + 1, 0 for empty
};

}  // namespace weir::store
