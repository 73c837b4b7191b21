#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flowlog/object_key.h"
#include "io/file_system.h"
#include "io/inflate.h"

namespace weir::flowlog {

// One file of a tree. Immutable but for `stream`, which the table guards.
struct InputFile {
  std::string path;
  std::uint64_t size = 0;
  std::uint32_t index = 0;  // place in path order
  ObjectKey key;
  bool is_named = false;  // given by its own name, not met in a directory
  // Standard input, or a file that has no size (a pipe): read once, front to end.
  bool is_stream = false;
};

// Lets the first bytes of another source be looked at before they are read.
class PeekSource final : public io::ByteSource {
 public:
  explicit PeekSource(std::unique_ptr<io::ByteSource> inner) : inner_(std::move(inner)) {}

  // The first `size` bytes, fewer only where the source ends before. Valid until read().
  [[nodiscard]] Result<std::string_view> peek(std::size_t size);
  // True where the last peek() saw the end.
  [[nodiscard]] bool saw_end() const { return is_at_end_; }
  Result<std::size_t> read(std::span<char> buffer) override;

 private:
  std::unique_ptr<io::ByteSource> inner_;
  std::string peeked_;
  std::size_t taken_ = 0;
  bool is_at_end_ = false;
};

// Sees the inflated bytes of a file as they are read, each once, in order.
class ContentWatcher {
 public:
  virtual ~ContentWatcher() = default;
  virtual void watch(std::string_view bytes) = 0;
};

// The inflated bytes of a file, whatever it was compressed with. Used by one thread.
class Content {
 public:
  // Opens `raw`, looking again inside each compression found, to a depth of 3.
  [[nodiscard]] static Result<std::unique_ptr<Content>> open(std::unique_ptr<io::ByteSource> raw,
                                                             const io::InflateLimits& limits);

  [[nodiscard]] Result<std::string_view> peek(std::size_t size) { return source_->peek(size); }
  [[nodiscard]] bool saw_end() const { return source_->saw_end(); }
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);
  // `watcher` outlives the content; it sees nothing of what is only peeked at.
  void set_watcher(ContentWatcher* watcher) { watcher_ = watcher; }

  // The outermost one.
  [[nodiscard]] io::Compression compression() const { return compression_; }
  // Bytes taken so far from the file as it is stored.
  [[nodiscard]] std::uint64_t stored_bytes() const { return *stored_bytes_; }
  // What to say of the compressed stream once it has been read: truncation, damage, garbage behind
  // it. "" where there is nothing.
  [[nodiscard]] std::string complaint() const;
  // True where it ended before its time: the last line may be a piece of one.
  [[nodiscard]] bool is_cut_short() const;
  // It ended too early, undamaged: there may be more of it one day.
  [[nodiscard]] bool is_truncated() const;

 private:
  Content() = default;

  std::unique_ptr<PeekSource> source_;
  io::Compression compression_ = io::Compression::kNone;
  std::shared_ptr<std::uint64_t> stored_bytes_;
  std::vector<const io::InflateSource*> inflaters_;
  ContentWatcher* watcher_ = nullptr;
};

// Reads a range of a file front to end.
[[nodiscard]] std::unique_ptr<io::ByteSource> make_file_source(
    std::shared_ptr<const io::RandomAccessFile> file);

}  // namespace weir::flowlog
