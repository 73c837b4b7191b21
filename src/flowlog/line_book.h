#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "column/deferred_values.h"
#include "flowlog/line_kernel.h"
#include "flowlog/line_program.h"

namespace weir::flowlog {

// Knows lines by the text of those tokens that tell what a record is of, as account, interface,
// addresses and action do: flow logs say the same of them over and over. A line whose text has been
// met before costs a look-up instead of the parsing of all these tokens, and gives its code to who
// keeps records. What is in the book has been found to be right by the rules of the parser.
//
// Bounded: a full book begins anew, and where most lines are new it pauses. Used by one thread.
class LineBook final : public column::DeferredValues {
 public:
  static constexpr std::size_t kMaxCodes = 64 * 1024;
  static constexpr std::size_t kMostBytes = kMaxCodes * 2 * LineKeys::kBlockBytes;

  // What the texts of the lines may take; half as much again goes into looking them up.
  explicit LineBook(std::size_t max_bytes = kMostBytes);

  // Whether the next batch, of lines of this program, is worth the looking up. If so, the columns
  // of has(token) are not to be read.
  [[nodiscard]] bool begin_batch(const LineProgram& program);
  [[nodiscard]] bool has(std::size_t token) const { return is_member_[token]; }
  // Finds the codes of lines [0, num_lines) of the window, rows of the batch from `row` on, and
  // what their status is where that is a token of the book. Returns how many lines it could.
  std::size_t find(const LineWindow& window, const LineKernel& kernel, std::size_t num_lines,
                   std::size_t row, LineValues::Status* statuses);
  // Makes the columns of the batch what was found.
  void end_batch(std::size_t num_rows, column::Batch& batch);

  [[nodiscard]] const std::shared_ptr<const column::CodeSpace>& space() const override {
    return space_;
  }
  void read(std::size_t member, std::span<const std::uint32_t> codes,
            column::Column& out) const override;

  [[nodiscard]] std::size_t num_codes() const { return num_codes_; }

 private:
  struct Member {
    std::size_t token = 0;
    TokenStep step;
    friend bool operator==(const Member& a, const Member& b) {
      return a.token == b.token && a.step.check == b.step.check && a.step.column == b.step.column;
    }
  };

  bool follow(const LineProgram& program);
  void pause();
  void begin_anew();
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] std::uint32_t find_or_add(const LineWindow& window, const LineKernel& kernel,
                                          std::size_t line);
  [[nodiscard]] bool are_plain(const LineWindow& window, std::size_t line) const;
  [[nodiscard]] unsigned char* text_at(std::size_t code) const {
    return texts_.get() + code * keys_->key_bytes();
  }
  [[nodiscard]] std::string_view token_of(std::uint32_t code, std::size_t member) const;

  std::size_t max_bytes_;
  std::vector<Member> members_;  // in the order of their tokens
  std::vector<TokenRun> runs_;
  std::vector<bool> is_member_;              // of each token
  std::optional<std::size_t> status_token_;  // where it is a member
  std::shared_ptr<const column::CodeSpace> space_;
  std::unique_ptr<LineKeys> keys_;    // of the window at hand
  std::vector<std::uint32_t> codes_;  // of the batch
  std::size_t num_too_long_ = 0;      // lines whose key found no room

  // Open addressing, 0: free. Above the bits of code + 1 some of the hash.
  std::vector<std::uint32_t> slots_;
  std::size_t num_codes_ = 0;
  // By code, the key. Not touched before it is used, so that a small input costs little.
  struct FreeTexts {
    void operator()(unsigned char* bytes) const;
  };
  std::unique_ptr<unsigned char, FreeTexts> texts_;
  std::vector<LineValues::Status> statuses_;
  std::vector<std::uint16_t> token_ends_;  // within the key, of each member

  std::size_t num_rows_since_begin_ = 0;
  // Since it was last judged whether looking up pays.
  std::size_t num_rows_ = 0;
  std::size_t num_new_ = 0;
  std::size_t to_pause_ = 0;  // batches
  std::size_t next_pause_ = 0;
};

}  // namespace weir::flowlog
