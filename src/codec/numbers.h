#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::codec {

// What choosing between the forms needs to know of some numbers.
struct NumberStatistics {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::size_t num_runs = 0;  // stretches of equal numbers
};
[[nodiscard]] NumberStatistics measure(std::span<const std::uint64_t> values);

// The form of a run of numbers; the values are the first byte of its bytes.
enum class Encoding : std::uint8_t {
  kConstant = 0,   // one number for all
  kRunLength = 1,  // pairs of length and number
  kPacked = 2,     // bits in vectors of 1,024, larger numbers kept aside
  kZstd = 3,       // whole bytes, compressed
  kPlain = 4,      // whole bytes
  kRepeated = 5,   // a bit each that says whether it is the one before; those that are not, a run
};
inline constexpr std::size_t kNumEncodings = 6;
[[nodiscard]] std::string_view name_of(Encoding encoding);

// Numbers a run may hold.
inline constexpr std::size_t kMaxRun = std::size_t{1} << 24;

enum class Preference : std::uint8_t {
  kSize,    // the fewest bytes
  kSpeed,   // no compression where packing takes at most kSpeedCosts times the bytes
  kPacked,  // no compression
};
inline constexpr double kSpeedCosts = 1.6;

// Appends `values` in the form that suits them. The number of values is not among the bytes.
Encoding encode_numbers(std::span<const std::uint64_t> values, Preference preference,
                        std::string& out);
// The same for runs that are like one another, as the blocks of a column are: whether compressing
// pays is told by those before. Where it does nothing is compressed on trial; where it does not it
// is tried ever more rarely. Not thread-safe.
class NumberEncoder {
 public:
  explicit NumberEncoder(Preference preference) : preference_(preference) {}
  Encoding encode(std::span<const std::uint64_t> values, std::string& out);
  // The same where they have been measured.
  Encoding encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
                  std::string& out);

 private:
  bool compress(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
                std::size_t best_size, std::string& out);
  Encoding encode_in_full(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
                          std::string& out);

  Preference preference_;
  bool has_paid_ = false;
  std::uint32_t to_pass_over_ = 0;           // runs before the next trial
  std::uint32_t next_pause_ = 1;             // runs, where that one fails
  std::unique_ptr<NumberEncoder> distinct_;  // of Encoding::kRepeated
  std::vector<std::uint64_t> distinct_values_;
};
// The same in a given form; for tests, and for what is known better than it can be measured.
void encode_numbers_as(Encoding encoding, std::span<const std::uint64_t> values, std::string& out);

// Reads a run of numbers. open() checks everything; reading cannot fail. Keeps its buffers from run
// to run. The bytes outlive what is read of them. Hardened against untrusted input. Not
// thread-safe.
class NumberDecoder {
 public:
  // `bytes` is the whole run of `count` numbers.
  [[nodiscard]] Result<void> open(std::string_view bytes, std::size_t count);

  // The numbers [first, first + count) of the run.
  void read(std::size_t first, std::size_t count, std::uint64_t* out);
  // The same, cut to 32 bits: for runs whose numbers are known to be smaller than that.
  void read(std::size_t first, std::size_t count, std::uint32_t* out);

  // The numbers at `places` of the run, ascending, without unpacking those between.
  void pick(std::span<const std::uint32_t> places, std::uint64_t* out) const;

  [[nodiscard]] Encoding encoding() const { return encoding_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  // For Encoding::kConstant.
  [[nodiscard]] std::uint64_t constant() const { return base_; }

 private:
  [[nodiscard]] Result<void> open_run(std::string_view bytes, std::size_t count, bool is_nested);
  [[nodiscard]] Result<void> open_repeated(std::string_view bytes);

  struct PackedVector {
    const unsigned char* packed = nullptr;
    unsigned width = 0;
    std::uint32_t first_exception = 0;
    std::uint32_t num_exceptions = 0;
  };
  [[nodiscard]] Result<void> open_run_length(std::string_view bytes);
  [[nodiscard]] Result<void> open_packed(std::string_view bytes);
  [[nodiscard]] Result<void> open_bytes(std::string_view bytes, bool is_compressed);

  template <class T>
  void read_any(std::size_t first, std::size_t count, T* out);
  template <class T>
  void read_runs(std::size_t first, std::size_t count, T* out);
  template <class T>
  void read_repeated(std::size_t first, std::size_t count, T* out);
  // How many of the numbers before `place` are not the one before them.
  [[nodiscard]] std::size_t rank_of(std::size_t place) const;
  template <class T>
  void read_packed(std::size_t first, std::size_t count, T* out);
  template <class T>
  void read_vector(std::size_t vector, std::size_t begin, std::size_t end, T* out);
  template <class T>
  void read_bytes(const char* bytes, unsigned width, std::size_t count, T* out) const;
  [[nodiscard]] std::uint64_t packed_at(std::size_t place) const;

  Encoding encoding_ = Encoding::kConstant;
  std::size_t count_ = 0;
  std::uint64_t base_ = 0;
  std::vector<std::uint64_t> run_values_;
  std::vector<std::uint32_t> run_ends_;
  std::vector<PackedVector> vectors_;
  std::vector<std::uint16_t> exception_places_;  // within their vector
  std::vector<std::uint64_t> exception_values_;  // what is above the width's bits
  std::vector<std::uint32_t> scratch_;
  std::vector<std::uint64_t> changes_;  // a bit a number: it is not the one before
  std::vector<std::uint32_t> ranks_;    // of the first number of each word of these
  std::unique_ptr<NumberDecoder> distinct_;
  std::vector<std::uint64_t> distinct_values_;
  std::vector<std::uint32_t> distinct_codes_;
  const char* plain_ = nullptr;
  unsigned plain_width_ = 0;
  std::vector<char> inflated_;
};

}  // namespace weir::codec
