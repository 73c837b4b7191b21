#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "http/message.h"

namespace weir::http {

// Keeps the pieces of a body for who reads an answer in this process.
class CollectedBody final : public BodyWriter {
 public:
  // `gone` outlives it.
  explicit CollectedBody(const CancelToken& gone) : gone_(gone) {}

  bool write(std::string_view piece) override {
    body_ += piece;
    return !gone_.is_cancelled();
  }
  [[nodiscard]] const CancelToken& gone() const override { return gone_; }
  [[nodiscard]] bool is_ending() const override { return gone_.is_cancelled(); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return 0; }
  void wait(std::int64_t ms) override {
    constexpr std::int64_t kLookMs = 20;
    for (; ms > 0 && !gone_.is_cancelled(); ms -= kLookMs) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, kLookMs)));
    }
  }
  [[nodiscard]] std::string take() { return std::move(body_); }

 private:
  const CancelToken& gone_;
  std::string body_;
};

}  // namespace weir::http
