#include "flowlog/line_book.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/ip_address.h"
#include "base/number.h"

namespace weir::flowlog {
namespace {

using Status = LineValues::Status;

constexpr unsigned kCodeBits = 17;  // of code + 1
constexpr std::uint32_t kCodeMask = (1U << kCodeBits) - 1;
constexpr std::size_t kNumSlots = 2 * LineBook::kMaxCodes;
static_assert(LineBook::kMaxCodes < kCodeMask && std::has_single_bit(kNumSlots));
// Room for two batches of the longest keys.
constexpr std::size_t kLeastBytes =
    2 * column::kBatchRows * LineKeys::kMaxBlocks * LineKeys::kBlockBytes;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kFewTooLong = 16;
constexpr std::uint32_t kNoCode = LineKeys::kNoCode;
constexpr std::size_t kLongestNumber = 16;
constexpr std::int64_t kLastProtocol = 255;

// How many rows are looked at before it is judged whether looking up pays, and how many batches are
// read without it where more than half of them were new.
constexpr std::size_t kJudgedRows = 32 * 1024;
constexpr std::size_t kFirstPause = 64;
constexpr std::size_t kLongestPause = 4096;

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32) & ~kCodeMask;
}
std::size_t place_of(std::uint64_t hash) { return hash & (kNumSlots - 1); }

bool may_be_member(const TokenStep& step) {
  using Check = TokenStep::Check;
  return step.may_be_deferred && step.column >= 0 &&
         (step.check == Check::kText || step.check == Check::kStatus ||
          step.check == Check::kAddress || step.check == Check::kInteger ||
          step.check == Check::kProtocol);
}

// What the kernels read as data; the reference judges the rest.
bool is_plain_value(TokenStep::Check check, std::string_view token) {
  using Check = TokenStep::Check;
  if (is_absent(token) || check == Check::kText || check == Check::kStatus) {
    return true;
  }
  if (check == Check::kAddress) {
    return parse_ip(token).has_value();
  }
  const auto number = token.size() <= kLongestNumber ? parse_int64(token) : std::nullopt;
  return number && token[0] >= '0' && token[0] <= '9' &&
         (check != Check::kProtocol || *number <= kLastProtocol);
}

}  // namespace

LineBook::LineBook(std::size_t max_bytes)
    : max_bytes_(std::clamp(max_bytes / kPageBytes * kPageBytes, kLeastBytes, kMostBytes)),
      next_pause_(kFirstPause) {}

bool LineBook::begin_batch(const LineProgram& program) {
  if (to_pause_ > 0) {
    --to_pause_;
    return false;
  }
  if (num_rows_ >= kJudgedRows) {
    const bool pays = num_new_ * 2 <= num_rows_;
    num_rows_ = 0;
    num_new_ = 0;
    next_pause_ = pays ? kFirstPause : next_pause_;
    if (!pays) {
      pause();
      return false;
    }
  }
  // Where layouts take turns, as no log's do, each would find an empty book.
  const std::size_t num_rows_before = num_rows_since_begin_;
  if (follow(program) && num_rows_before < column::kBatchRows) {
    pause();
  }
  if (members_.empty() || to_pause_ > 0) {
    return false;
  }
  if (num_too_long_ > kFewTooLong && keys_->num_blocks < LineKeys::kMaxBlocks) {
    ++keys_->num_blocks;
    begin_anew();
  } else if (is_full()) {
    begin_anew();
  }
  return true;
}

void LineBook::pause() {
  to_pause_ = next_pause_;
  next_pause_ = std::min(next_pause_ * 2, kLongestPause);
}

// A batch has one space of codes.
bool LineBook::is_full() const {
  const std::size_t most = std::min(kMaxCodes, max_bytes_ / keys_->key_bytes());
  return num_codes_ + column::kBatchRows > most;
}

// Takes up the program's tokens; begins anew, and says so, where they are others than before.
bool LineBook::follow(const LineProgram& program) {
  std::vector<Member> members;
  for (std::size_t token = 0; token < program.steps.size(); ++token) {
    if (may_be_member(program.steps[token])) {
      members.push_back({token, program.steps[token]});
    }
  }
  const bool is_first = space_ == nullptr;
  if (!is_first && members == members_ && is_member_.size() == program.steps.size()) {
    return false;
  }
  members_ = std::move(members);
  runs_.clear();
  is_member_.assign(program.steps.size(), false);
  status_token_.reset();
  for (const Member& member : members_) {
    if (runs_.empty() || runs_.back().first + runs_.back().count != member.token) {
      runs_.push_back({member.token, 0});
    }
    ++runs_.back().count;
    is_member_[member.token] = true;
    if (member.step.check == TokenStep::Check::kStatus) {
      status_token_ = member.token;
    }
  }
  if (keys_ == nullptr && !members_.empty()) {
    keys_.reset(new LineKeys);
    codes_.resize(column::kBatchRows);
    texts_.reset(static_cast<unsigned char*>(std::aligned_alloc(kPageBytes, max_bytes_)));
    if (texts_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  begin_anew();
  return !is_first;
}

void LineBook::FreeTexts::operator()(unsigned char* bytes) const { std::free(bytes); }

void LineBook::begin_anew() {
  space_ = std::make_shared<const column::CodeSpace>(
      column::CodeSpace{static_cast<std::uint32_t>(kMaxCodes)});
  slots_.assign(kNumSlots, 0);
  statuses_.clear();
  token_ends_.clear();
  num_codes_ = 0;
  num_too_long_ = 0;
  num_rows_since_begin_ = 0;
}

std::size_t LineBook::find(const LineWindow& window, const LineKernel& kernel,
                           std::size_t num_lines, std::size_t row, Status* statuses) {
  const std::size_t num_keys =
      kernel.key_lines(window, runs_.data(), runs_.size(), num_lines, *keys_);
  num_too_long_ += num_keys < num_lines ? 1 : 0;
  const std::uint64_t* const hashes = keys_->hashes;
  std::uint32_t* const codes = codes_.data() + row;
  // Slots and texts are on their way before they are looked at.
  for (std::size_t line = 0; line < num_keys; ++line) {
    __builtin_prefetch(&slots_[place_of(hashes[line])]);
  }
  for (std::size_t line = 0; line < num_keys; ++line) {
    const std::uint32_t slot = slots_[place_of(hashes[line])];
    const bool is_likely = slot != 0 && (slot & ~kCodeMask) == tag_of(hashes[line]);
    codes[line] = is_likely ? (slot & kCodeMask) - 1 : kNoCode;
    for (std::size_t block = 0; is_likely && block < keys_->num_blocks; ++block) {
      __builtin_prefetch(text_at(codes[line]) + block * LineKeys::kBlockBytes);
    }
  }
  for (std::size_t line = 0; line < num_keys; ++line) {
    line = kernel.find_other_key(*keys_, texts_.get(), codes, line, num_keys);
    if (line == num_keys) {
      break;
    }
    codes[line] = find_or_add(window, kernel, line);
    if (codes[line] == kNoCode) {
      num_lines = line;
      break;
    }
  }
  num_lines = std::min(num_lines, num_keys);
  for (std::size_t line = 0; line < num_lines && status_token_; ++line) {
    statuses[line] = statuses_[codes[line]];
  }
  num_rows_ += num_lines;
  num_rows_since_begin_ += num_lines;
  return num_lines;
}

// kNoCode: a token is none that may be taken without a further look.
std::uint32_t LineBook::find_or_add(const LineWindow& window, const LineKernel& kernel,
                                    std::size_t line) {
  const std::uint64_t hash = keys_->hashes[line];
  std::size_t place = place_of(hash);
  for (; slots_[place] != 0; place = (place + 1) & (kNumSlots - 1)) {
    const std::uint32_t code = (slots_[place] & kCodeMask) - 1;
    if ((slots_[place] & ~kCodeMask) == tag_of(hash) &&
        kernel.is_same_key(text_at(code), keys_->key(line), keys_->num_blocks)) {
      return code;
    }
  }
  if (!are_plain(window, line)) {
    return kNoCode;
  }
  const auto code = static_cast<std::uint32_t>(num_codes_++);
  std::memcpy(text_at(code), keys_->key(line), keys_->key_bytes());
  statuses_.push_back(status_token_ ? status_of(window.at(line, *status_token_)) : Status::kOk);
  std::size_t end = 0;
  for (const Member& member : members_) {
    end += window.at(line, member.token).size();
    token_ends_.push_back(static_cast<std::uint16_t>(end++));
  }
  slots_[place] = tag_of(hash) | (code + 1);
  ++num_new_;
  return code;
}

bool LineBook::are_plain(const LineWindow& window, std::size_t line) const {
  return std::all_of(members_.begin(), members_.end(), [&](const Member& member) {
    return is_plain_value(member.step.check, window.at(line, member.token));
  });
}

// Tokens stand one after the other in the key, each with what ended it.
std::string_view LineBook::token_of(std::uint32_t code, std::size_t member) const {
  const std::uint16_t* const ends = token_ends_.data() + code * members_.size();
  const std::size_t begin = member == 0 ? 0 : ends[member - 1] + std::size_t{1};
  return {reinterpret_cast<const char*>(text_at(code)) + begin, ends[member] - begin};
}

void LineBook::end_batch(std::size_t num_rows, column::Batch& batch) {
  for (std::size_t m = 0; m < members_.size(); ++m) {
    column::Column& column = batch.columns[static_cast<std::size_t>(members_[m].step.column)];
    column.reset_deferred(column.type(), *this, m, codes_.data(), num_rows);
  }
}

void LineBook::read(std::size_t member, std::span<const std::uint32_t> codes,
                    column::Column& out) const {
  using Check = TokenStep::Check;
  const Check check = members_[member].step.check;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::string_view token = token_of(codes[i], member);
    if (is_absent(token)) {
      out.set_null(i);
    } else if (check == Check::kText || check == Check::kStatus) {
      out.data<std::string_view>()[i] = token;
    } else if (check == Check::kAddress) {
      out.data<IpAddress>()[i] = *parse_ip(token);
    } else {
      out.data<std::int64_t>()[i] = *parse_int64(token);
    }
  }
}

}  // namespace weir::flowlog
