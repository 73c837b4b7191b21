#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/manifest_types.h"

namespace weir::store {

// Every source ever taken in. Ids stay as they are, the rest is packed in blocks and unpacked when
// somebody asks for a name. Only grows, so any number of states share one book, each seeing the
// first so many of it. Thread-safe.
class SourceBook {
 public:
  static constexpr std::size_t kBlockSources = 128;
  static constexpr std::size_t kMaxUnpackedBytes = 32U << 20;  // of a block

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

  // Calls with all in packed blocks (docs/formats/manifest.md), for a snapshot.
  [[nodiscard]] Result<void> visit_blocks(
      const std::function<Result<void>(std::string_view block)>& visitor) const;
  // Adds a packed block. Hardened against untrusted input; an id that is there is an error.
  [[nodiscard]] Result<void> append_block(std::string_view block);

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] std::uint64_t size_locked() const {
    return blocks_.size() * kBlockSources + open_.size();
  }
  [[nodiscard]] const char* id_at(std::uint64_t place) const;
  [[nodiscard]] std::optional<std::uint64_t> find_locked(const char* id) const;
  void append_locked(SourceMeta source);
  void enter(std::uint64_t place);
  void put_slot(std::uint64_t place);

  mutable std::shared_mutex mutex_;
  std::vector<std::string> blocks_;   // packed, each full
  std::vector<SourceMeta> open_;      // behind them, fewer than a block
  std::vector<std::uint32_t> slots_;  // open addressing; place + 1, 0 where empty
};

}  // namespace weir::store
