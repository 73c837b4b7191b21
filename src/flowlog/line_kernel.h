#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

namespace weir::flowlog {

// A stretch of plain lines and where their tokens are: what kernels work on, column by column.
//
// Plain: exactly num_tokens tokens separated by single spaces, ASCII without control characters,
// ended by a newline. Whatever is not plain ends the window, and the scalar reference reads it.
struct LineWindow {
  static constexpr std::size_t kBytes = 16 * 1024;
  static constexpr std::size_t kMaxLines = 512;

  const char* text = nullptr;  // readable for 64 bytes past its end
  std::size_t num_tokens = 0;
  std::size_t stride = 0;  // of a line in `ends`: num_tokens, one more where lines were picked
  std::size_t num_lines = 0;

  // Bit i of the window: byte i is a decimal digit.
  std::uint64_t digits[kBytes / 64 + 2];
  // Of each line: the offset before its first token (its end of the line before), then the offsets
  // behind its tokens.
  std::uint32_t ends[1 + kBytes / 2 + kMaxLines + 64];

  // Of token `token` of line `line`.
  [[nodiscard]] std::uint32_t begin(std::size_t line, std::size_t token) const {
    return ends[line * stride + token] + 1;
  }
  [[nodiscard]] std::uint32_t end(std::size_t line, std::size_t token) const {
    return ends[line * stride + token + 1];
  }
  [[nodiscard]] std::string_view at(std::size_t line, std::size_t token) const {
    return {text + begin(line, token), end(line, token) - begin(line, token)};
  }
};

// The lines whose token of a column is "-".
struct AbsentLines {
  std::size_t count = 0;
  std::uint16_t lines[LineWindow::kMaxLines];
};

// Neighbouring tokens of a line.
struct TokenRun {
  std::size_t first = 0;
  std::size_t count = 0;
};

// The text of some runs of tokens of each line, in a form that is compared and looked up without
// regard to where tokens end: each token with the space or newline behind it, one after the other,
// then zeros. As plain text has no NUL, equal keys are equal texts.
struct LineKeys {
  static constexpr std::size_t kBlockBytes = 64;
  static constexpr std::size_t kMaxBlocks = 8;
  static constexpr std::uint32_t kNoCode = ~std::uint32_t{0};

  std::size_t num_blocks = 2;  // of a key
  std::uint64_t hashes[LineWindow::kMaxLines];
  alignas(kBlockBytes) unsigned char bytes[(LineWindow::kMaxLines + 1) * kMaxBlocks * kBlockBytes];

  [[nodiscard]] std::size_t key_bytes() const { return num_blocks * kBlockBytes; }
  [[nodiscard]] const unsigned char* key(std::size_t line) const {
    return bytes + line * key_bytes();
  }
};

// Numbers without a pattern, that what is summed up over a key depends on where it stands.
struct alignas(LineKeys::kBlockBytes) KeyPlaces {
  std::uint64_t words[LineKeys::kMaxBlocks * LineKeys::kBlockBytes / 8];
};
inline constexpr KeyPlaces kKeyPlaces = [] {
  KeyPlaces places{};
  std::uint64_t state = 0x2545'f491'4f6c'dd1d;
  for (std::uint64_t& word : places.words) {
    state = (state ^ state >> 29) * 0xd6e8'feb8'6659'fd93 + 0x9e37'79b9'7f4a'7c15;
    word = state ^ state >> 32;
  }
  return places;
}();

// The inner loops, one set for each instruction set. The readers handle one token of every line
// from the first and return how many lines they read: fewer than `num_lines` where they met a token
// that the scalar reference must judge. Values of absent tokens are unspecified.
struct LineKernel {
  std::string_view name;
  // Finds up to `max_lines` plain lines at the front of `size` bytes (at most kBytes).
  void (*index)(LineWindow& window, std::size_t size, std::size_t max_lines);
  std::size_t (*read_addresses)(const LineWindow& window, std::size_t token, std::size_t num_lines,
                                IpAddress* out, AbsentLines& absent);
  // The same without keeping the values; `unwanted` is room for one.
  std::size_t (*check_addresses)(const LineWindow& window, std::size_t token, std::size_t num_lines,
                                 IpAddress* unwanted, AbsentLines& absent);
  // Decimal numbers of up to 16 digits.
  std::size_t (*read_integers)(const LineWindow& window, std::size_t token, std::size_t num_lines,
                               std::int64_t* out, AbsentLines& absent);
  // Digits only, fewer than those of `limit` (ASCII, at most 8 bytes, big-endian) or as many and
  // not above it.
  std::size_t (*check_small)(const LineWindow& window, std::size_t token, std::size_t num_lines,
                             std::uint64_t limit, std::size_t limit_length);
  // Digits only, at most 16.
  std::size_t (*check_integers)(const LineWindow& window, std::size_t token, std::size_t num_lines);
  // Stops before a line whose key is longer than keys.key_bytes().
  std::size_t (*key_lines)(const LineWindow& window, const TokenRun* runs, std::size_t num_runs,
                           std::size_t num_lines, LineKeys& keys);
  // The first line from `line` on whose key is not texts[codes[line]], where texts are keys, or
  // that has no code; num_lines: there is none.
  std::size_t (*find_other_key)(const LineKeys& keys, const unsigned char* texts,
                                const std::uint32_t* codes, std::size_t line,
                                std::size_t num_lines);
  // Whether two keys, aligned to kBlockBytes, are the same.
  bool (*is_same_key)(const unsigned char* a, const unsigned char* b, std::size_t num_blocks);
};

// What a kernel knows of 64 bytes, a bit a byte.
struct BlockMasks {
  std::uint64_t delimiters;  // spaces and newlines
  std::uint64_t newlines;
  std::uint64_t odd;  // control characters, bytes from 0x80 on
  std::uint64_t digits;
};

// parse_ip for kernels, which must not call inline functions of others.
[[nodiscard]] bool parse_any_address(const char* text, std::size_t length, IpAddress* out);

// Null where this build or processor has none.
[[nodiscard]] const LineKernel* avx2_kernel();
[[nodiscard]] const LineKernel* avx512_kernel();

}  // namespace weir::flowlog
