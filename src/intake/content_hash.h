#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flowlog/content.h"
#include "io/file_system.h"
#include "store/manifest_types.h"

namespace weir::intake {

// xxh3-128 of the inflated bytes of an object, while they are read: what it is known by. A line
// without newline at the end can be left out. Used by one thread.
class ContentHash final : public flowlog::ContentWatcher {
 public:
  ContentHash();
  ~ContentHash() override;

  // Starts over; the hash of the first `mark` bytes is taken on the way.
  void reset(std::uint64_t mark = 0);
  void watch(std::string_view bytes) override;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Of the first `mark` bytes; nullopt where there were fewer.
  [[nodiscard]] const std::optional<store::SourceId>& marked() const { return marked_; }
  // Of all bytes but the last `left_bytes`, which hold no newline.
  [[nodiscard]] store::SourceId digest(std::uint64_t left_bytes = 0) const;

 private:
  struct State;
  void update(std::string_view bytes);

  std::unique_ptr<State> state_;
  std::uint64_t size_ = 0;
  std::uint64_t mark_ = 0;
  std::optional<store::SourceId> marked_;
  std::string pending_;  // behind the last newline, not hashed yet
};

[[nodiscard]] store::SourceId hash_of(std::string_view bytes);
// Of a file as it is stored.
[[nodiscard]] Result<store::SourceId> hash_file(const io::RandomAccessFile& file);
// Of its size, its begin and its end: equal files have equal ones, and it costs one or two reads.
[[nodiscard]] Result<std::uint64_t> probe_file(const io::RandomAccessFile& file);

[[nodiscard]] std::string to_hex(const store::SourceId& id);
[[nodiscard]] std::optional<store::SourceId> from_hex(std::string_view text);

}  // namespace weir::intake
