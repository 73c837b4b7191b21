#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "base/cancel.h"
#include "http/message.h"

namespace weir::http {

// Between who makes a body, on a thread that may wait, and the connection that sends it, which may
// not. Thread-safe.
class BodyChannel final : public BodyWriter {
 public:
  // `notify` is called, from the producer's thread, when there is something to take or nothing will
  // come any more. `is_draining` outlives it.
  BodyChannel(std::function<void()> notify, const std::atomic<bool>& is_draining)
      : notify_(std::move(notify)), is_draining_(is_draining) {}

  bool write(std::string_view piece) override;
  [[nodiscard]] const CancelToken& gone() const override { return gone_; }
  [[nodiscard]] bool is_ending() const override { return is_draining_; }
  [[nodiscard]] std::size_t unsent_bytes() const override;
  void wait(std::int64_t ms) override;

  // The producer's end. Not whole: it failed.
  void finish(bool is_whole);

  // The connection's side: up to 64 KiB of what was written; empty where there is nothing now.
  [[nodiscard]] std::string take();
  enum class State : std::uint8_t { kOpen, kWhole, kFailed };
  // kOpen while something may come or is still to be taken.
  [[nodiscard]] State state() const;
  // Nobody reads any more.
  void close();

 private:
  static constexpr std::size_t kMaxUnsentBytes = 256U << 10;
  static constexpr std::size_t kChunkBytes = 64U << 10;

  std::function<void()> notify_;
  const std::atomic<bool>& is_draining_;
  CancelToken gone_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::string unsent_;
  State state_ = State::kOpen;
};

}  // namespace weir::http
