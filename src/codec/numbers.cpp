#include "codec/numbers.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/encodings.h"
#include "codec/packing_kernel.h"

namespace weir::codec {
namespace {

tl::unexpected<Error> damaged_run(std::string_view what) {
  return fail(ErrorCode::kInput, fmt::format("a run of numbers is damaged: {}", what));
}

// Whether compressing many numbers may come under `limit` bytes, told by compressing a part of
// them: most of compression's time goes into what it cannot help. A part repeats less within
// itself than the whole does, so it gets some credit. `scratch` is left as it was.
bool is_worth_compressing(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
                          double limit, std::string& scratch) {
  constexpr std::size_t kSample = 4096;
  constexpr double kCredit = 0.8;
  if (values.size() < 8 * kSample) {
    return true;
  }
  const std::size_t begin = scratch.size();
  zstd::encode(values.subspan(values.size() / 2, kSample), statistics, scratch);
  const auto size = static_cast<double>(scratch.size() - begin);
  scratch.resize(begin);
  return size * kCredit * static_cast<double>(values.size()) / kSample < limit;
}

}  // namespace

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::kConstant:
      return "constant";
    case Encoding::kRunLength:
      return "run length";
    case Encoding::kPacked:
      return "packed";
    case Encoding::kZstd:
      return "zstd";
    case Encoding::kPlain:
      return "plain";
    case Encoding::kRepeated:
      return "repeated";
  }
  return "unknown";
}

Encoding encode_numbers(std::span<const std::uint64_t> values, Preference preference,
                        std::string& out) {
  return NumberEncoder(preference).encode(values, out);
}

Encoding NumberEncoder::encode(std::span<const std::uint64_t> values, std::string& out) {
  return encode(values, values.empty() ? NumberStatistics{} : measure(values), out);
}

Encoding NumberEncoder::encode(std::span<const std::uint64_t> values,
                               const NumberStatistics& statistics, std::string& out) {
  assert(values.size() <= kMaxRun);
  const auto start = [&](Encoding encoding) {
    out += static_cast<char>(encoding);
    return encoding;
  };
  if (statistics.min == statistics.max) {
    start(Encoding::kConstant);
    put_varint(statistics.min, out);
    return Encoding::kConstant;
  }
  if (!repeated::is_likely(values.size(), statistics)) {
    return encode_in_full(values, statistics, out);
  }
  const std::size_t begin = out.size();
  start(Encoding::kRepeated);
  repeated::encode(values, distinct_values_, out);
  if (distinct_ == nullptr) {
    distinct_ = std::make_unique<NumberEncoder>(preference_);
  }
  distinct_->encode_in_full(distinct_values_, measure(distinct_values_), out);
  // What repeats farther back is found by compression alone.
  if (preference_ == Preference::kSize) {
    const std::size_t size = out.size() - begin;
    std::string compressed;
    if (compress(values, statistics, size, compressed)) {
      out.replace(begin, size, compressed);
      return Encoding::kZstd;
    }
  }
  return Encoding::kRepeated;
}

Encoding NumberEncoder::encode_in_full(std::span<const std::uint64_t> values,
                                       const NumberStatistics& statistics, std::string& out) {
  const auto start = [&](Encoding encoding) {
    out += static_cast<char>(encoding);
    return encoding;
  };
  std::vector<packed::Plan> plans;
  const std::size_t packed_size = packed::estimate(values, statistics, plans);
  const std::size_t run_size = run_length::estimate(statistics);
  const std::size_t plain_size =
      11 + values.size() * plain::width_for(statistics.max - statistics.min);
  const std::size_t best_size = std::min({packed_size, run_size, plain_size});
  if ((run_size > best_size || run_size > values.size() / 8) &&
      compress(values, statistics, best_size, out)) {
    return Encoding::kZstd;
  }
  if (run_size == best_size) {
    start(Encoding::kRunLength);
    run_length::encode(values, out);
    return Encoding::kRunLength;
  }
  if (packed_size == best_size) {
    start(Encoding::kPacked);
    packed::encode(values, statistics, plans, out);
    return Encoding::kPacked;
  }
  start(Encoding::kPlain);
  plain::encode(values, statistics, out);
  return Encoding::kPlain;
}

// False: it did not pay, and nothing was written.
bool NumberEncoder::compress(std::span<const std::uint64_t> values,
                             const NumberStatistics& statistics, std::size_t best_size,
                             std::string& out) {
  // A few numbers are not worth a frame of their own.
  constexpr std::size_t kLeastCompressed = 256;
  constexpr std::uint32_t kMostPassedOver = 16;
  if (preference_ == Preference::kPacked || best_size < kLeastCompressed) {
    return false;
  }
  if (to_pass_over_ > 0) {
    --to_pass_over_;
    return false;
  }
  const double costs = preference_ == Preference::kSpeed ? kSpeedCosts : 1.05;
  const double limit = static_cast<double>(best_size) / costs;
  if (has_paid_ || is_worth_compressing(values, statistics, limit, out)) {
    const std::size_t begin = out.size();
    out += static_cast<char>(Encoding::kZstd);
    zstd::encode(values, statistics, out);
    has_paid_ = static_cast<double>(out.size() - begin) < limit;
    if (has_paid_) {
      next_pause_ = 1;
      return true;
    }
    out.resize(begin);
  }
  to_pass_over_ = next_pause_;
  next_pause_ = std::min(next_pause_ * 2, kMostPassedOver);
  return false;
}

void encode_numbers_as(Encoding encoding, std::span<const std::uint64_t> values, std::string& out) {
  assert(!values.empty());
  const NumberStatistics statistics = measure(values);
  out += static_cast<char>(encoding);
  switch (encoding) {
    case Encoding::kConstant:
      assert(statistics.min == statistics.max);
      put_varint(statistics.min, out);
      break;
    case Encoding::kRunLength:
      run_length::encode(values, out);
      break;
    case Encoding::kPacked: {
      std::vector<packed::Plan> plans;
      static_cast<void>(packed::estimate(values, statistics, plans));
      packed::encode(values, statistics, plans, out);
      break;
    }
    case Encoding::kZstd:
      zstd::encode(values, statistics, out);
      break;
    case Encoding::kPlain:
      plain::encode(values, statistics, out);
      break;
    case Encoding::kRepeated: {
      std::vector<std::uint64_t> distinct;
      repeated::encode(values, distinct, out);
      encode_numbers_as(Encoding::kPlain, distinct, out);
      break;
    }
  }
}

Result<void> NumberDecoder::open(std::string_view bytes, std::size_t count) {
  return open_run(bytes, count, false);
}

Result<void> NumberDecoder::open_run(std::string_view bytes, std::size_t count, bool is_nested) {
  if (count > kMaxRun) {
    return damaged_run(fmt::format("{} numbers are too many", count));
  }
  if (bytes.empty()) {
    return damaged_run("it has no bytes");
  }
  count_ = count;
  const auto form = static_cast<unsigned char>(bytes.front());
  if (form >= kNumEncodings) {
    return damaged_run(fmt::format("form {} is not known", form));
  }
  encoding_ = static_cast<Encoding>(form);
  bytes.remove_prefix(1);
  switch (encoding_) {
    case Encoding::kConstant: {
      ByteReader reader(bytes);
      base_ = reader.varint();
      return reader.is_at_end() ? Result<void>() : damaged_run("a constant of another size");
    }
    case Encoding::kRunLength:
      return open_run_length(bytes);
    case Encoding::kPacked:
      return open_packed(bytes);
    case Encoding::kZstd:
      return open_bytes(bytes, true);
    case Encoding::kPlain:
      return open_bytes(bytes, false);
    case Encoding::kRepeated:
      return is_nested ? damaged_run("repeated within repeated") : open_repeated(bytes);
  }
  return damaged_run("no form");
}

Result<void> NumberDecoder::open_repeated(std::string_view bytes) {
  const std::size_t num_bytes = (count_ + 7) / 8;
  if (count_ == 0 || bytes.size() < num_bytes) {
    return damaged_run("fewer bits than numbers");
  }
  changes_.assign((count_ + 63) / 64, 0);
  std::memcpy(changes_.data(), bytes.data(), num_bytes);
  if ((changes_.front() & 1) == 0 || (count_ % 64 != 0 && changes_.back() >> (count_ % 64) != 0)) {
    return damaged_run("bits that mean no number");
  }
  ranks_.resize(changes_.size());
  std::size_t num_distinct = 0;
  for (std::size_t word = 0; word < changes_.size(); ++word) {
    ranks_[word] = static_cast<std::uint32_t>(num_distinct);
    num_distinct += static_cast<std::size_t>(std::popcount(changes_[word]));
  }
  if (distinct_ == nullptr) {
    distinct_ = std::make_unique<NumberDecoder>();
  }
  return distinct_->open_run(bytes.substr(num_bytes), num_distinct, true);
}

std::size_t NumberDecoder::rank_of(std::size_t place) const {
  const std::uint64_t before = (std::uint64_t{1} << (place % 64)) - 1;
  return ranks_[place / 64] +
         static_cast<std::size_t>(std::popcount(changes_[place / 64] & before));
}

// The numbers that are not the one before, then each as often as it stands.
template <class T>
void NumberDecoder::read_repeated(std::size_t first, std::size_t count, T* out) {
  if (count == 0) {
    return;
  }
  const std::size_t last = first + count - 1;
  // The first number may be one that began before it.
  const std::size_t begin = rank_of(first) + (changes_[first / 64] >> (first % 64) & 1) - 1;
  const std::size_t end = rank_of(last) + (changes_[last / 64] >> (last % 64) & 1);
  T* distinct = nullptr;
  if constexpr (sizeof(T) == 8) {
    distinct_values_.resize(end - begin);
    distinct = distinct_values_.data();
  } else {
    distinct_codes_.resize(end - begin);
    distinct = distinct_codes_.data();
  }
  distinct_->read(begin, end - begin, distinct);
  std::size_t at = 0;
  *out++ = distinct[0];
  for (std::size_t place = first + 1; place <= last;) {
    std::uint64_t bits = changes_[place / 64] >> (place % 64);
    const std::size_t stop = std::min(last + 1, place / 64 * 64 + 64);
    for (; place < stop; ++place, bits >>= 1) {
      at += bits & 1;
      *out++ = distinct[at];
    }
  }
}

Result<void> NumberDecoder::open_run_length(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::size_t num_runs = reader.varint_up_to(count_);
  if (num_runs * 2 > bytes.size()) {
    return damaged_run("more pairs than bytes");
  }
  run_values_.resize(num_runs);
  run_ends_.resize(num_runs);
  std::size_t end = 0;
  for (std::size_t i = 0; i < num_runs; ++i) {
    end += reader.varint_up_to(count_ - end);
    run_ends_[i] = static_cast<std::uint32_t>(end);
    run_values_[i] = reader.varint();
  }
  return reader.is_at_end() && end == count_ ? Result<void>()
                                             : damaged_run("lengths do not add up");
}

Result<void> NumberDecoder::open_packed(std::string_view bytes) {
  ByteReader reader(bytes);
  base_ = reader.varint();
  const std::size_t num_vectors = count_ / kPackedVector;
  if (num_vectors * 3 > bytes.size()) {
    return damaged_run("fewer bytes than vectors");
  }
  vectors_.resize(num_vectors);
  std::size_t num_exceptions = 0;
  for (PackedVector& vector : vectors_) {
    vector.width = reader.fixed<std::uint8_t>();
    vector.num_exceptions = reader.fixed<std::uint16_t>();
    vector.first_exception = static_cast<std::uint32_t>(num_exceptions);
    num_exceptions += vector.num_exceptions;
    if (vector.width > 32 || vector.num_exceptions > kPackedVector) {
      return damaged_run("a vector of impossible width");
    }
  }
  for (PackedVector& vector : vectors_) {
    vector.packed =
        reinterpret_cast<const unsigned char*>(reader.take(packed_bytes(vector.width)).data());
  }
  if (num_exceptions * 3 > reader.rest().size()) {
    return damaged_run("fewer bytes than exceptions");
  }
  exception_places_.resize(num_exceptions);
  exception_values_.resize(num_exceptions);
  std::size_t next = 0;
  for (const PackedVector& vector : vectors_) {
    for (std::uint32_t i = 0; i < vector.num_exceptions; ++i) {
      const auto place = reader.fixed<std::uint16_t>();
      if (place >= kPackedVector || (i > 0 && place <= exception_places_[next - 1])) {
        return damaged_run("an exception out of its place");
      }
      exception_places_[next] = place;
      exception_values_[next++] = reader.varint() << vector.width;
    }
  }
  const std::size_t num_tail = count_ % kPackedVector;
  plain_ = reader.rest().data();
  plain_width_ = 1;
  if (num_tail > 0) {
    plain_width_ = static_cast<unsigned>(reader.rest().size() / num_tail);
    if (plain_width_ != 1 && plain_width_ != 2 && plain_width_ != 4 && plain_width_ != 8) {
      return damaged_run("a tail of impossible width");
    }
  }
  return reader.is_good() && reader.rest().size() == num_tail * plain_width_
             ? Result<void>()
             : damaged_run("vectors of another size");
}

Result<void> NumberDecoder::open_bytes(std::string_view bytes, bool is_compressed) {
  ByteReader reader(bytes);
  base_ = reader.varint();
  plain_width_ = reader.fixed<std::uint8_t>();
  if (!reader.is_good() ||
      (plain_width_ != 1 && plain_width_ != 2 && plain_width_ != 4 && plain_width_ != 8)) {
    return damaged_run("numbers of impossible width");
  }
  const std::string_view rest = reader.rest();
  const std::size_t size = count_ * plain_width_;
  if (!is_compressed) {
    plain_ = rest.data();
    return rest.size() == size ? Result<void>() : damaged_run("plain numbers of another size");
  }
  // Compressed bytes grow by zstd's own limit at most, so a small lie cannot ask for much.
  if (ZSTD_getFrameContentSize(rest.data(), rest.size()) != size) {
    return damaged_run("a frame of another size");
  }
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  inflated_.resize(size);
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), inflated_.data(), size, rest.data(), rest.size());
  if (got != size) {
    return damaged_run("a frame that does not inflate");
  }
  plain_ = inflated_.data();
  return {};
}

template <class T>
void NumberDecoder::read_any(std::size_t first, std::size_t count, T* out) {
  assert(first + count <= count_);
  switch (encoding_) {
    case Encoding::kConstant:
      std::fill_n(out, count, static_cast<T>(base_));
      break;
    case Encoding::kRunLength:
      read_runs(first, count, out);
      break;
    case Encoding::kPacked:
      read_packed(first, count, out);
      break;
    case Encoding::kZstd:
    case Encoding::kPlain:
      read_bytes(plain_ + first * plain_width_, plain_width_, count, out);
      break;
    case Encoding::kRepeated:
      read_repeated(first, count, out);
      break;
  }
}

void NumberDecoder::read(std::size_t first, std::size_t count, std::uint64_t* out) {
  read_any(first, count, out);
}

void NumberDecoder::read(std::size_t first, std::size_t count, std::uint32_t* out) {
  read_any(first, count, out);
}

void NumberDecoder::pick(std::span<const std::uint32_t> places, std::uint64_t* out) const {
  const auto pick_from = [&]<class Narrow>(Narrow) {
    for (const std::uint32_t place : places) {
      Narrow narrow;
      std::memcpy(&narrow, plain_ + place * sizeof(Narrow), sizeof(Narrow));
      *out++ = base_ + narrow;
    }
  };
  switch (encoding_) {
    case Encoding::kConstant:
      std::fill_n(out, places.size(), base_);
      return;
    case Encoding::kRunLength: {
      std::size_t run = 0;
      for (const std::uint32_t place : places) {
        run = static_cast<std::size_t>(
            std::upper_bound(run_ends_.begin() + static_cast<std::ptrdiff_t>(run), run_ends_.end(),
                             place) -
            run_ends_.begin());
        *out++ = run_values_[run];
      }
      return;
    }
    case Encoding::kPacked:
      for (const std::uint32_t place : places) {
        *out++ = packed_at(place);
      }
      return;
    case Encoding::kRepeated: {
      std::vector<std::uint32_t> ranks;
      ranks.reserve(places.size());
      for (const std::uint32_t place : places) {
        const std::uint64_t is_other = changes_[place / 64] >> (place % 64) & 1;
        ranks.push_back(static_cast<std::uint32_t>(rank_of(place) + is_other - 1));
      }
      distinct_->pick(ranks, out);
      return;
    }
    case Encoding::kZstd:
    case Encoding::kPlain:
      switch (plain_width_) {
        case 1:
          return pick_from(std::uint8_t{});
        case 2:
          return pick_from(std::uint16_t{});
        case 4:
          return pick_from(std::uint32_t{});
        default:
          return pick_from(std::uint64_t{});
      }
  }
}

std::uint64_t NumberDecoder::packed_at(std::size_t place) const {
  const std::size_t vector = place / kPackedVector;
  if (vector >= vectors_.size()) {
    std::uint64_t value = 0;
    read_bytes(plain_ + (place - vectors_.size() * kPackedVector) * plain_width_, plain_width_, 1,
               &value);
    return value;
  }
  const PackedVector& packed = vectors_[vector];
  const auto at = static_cast<std::uint32_t>(place % kPackedVector);
  std::uint64_t value = base_;
  if (packed.width > 0) {
    // Number 32 r + l begins at bit r * width of lane l (packing_kernel.h).
    const unsigned bit = at / 32 * packed.width;
    const auto word = [&](unsigned index) {
      std::uint32_t bits;
      std::memcpy(&bits, packed.packed + 4 * (32 * index + at % 32), sizeof(bits));
      return std::uint64_t{bits};
    };
    std::uint64_t bits = word(bit / 32);
    if (bit % 32 + packed.width > 32) {
      bits |= word(bit / 32 + 1) << 32;
    }
    value += bits >> (bit % 32) & ((std::uint64_t{1} << packed.width) - 1);
  }
  const auto first = exception_places_.begin() + packed.first_exception;
  const auto exception = std::lower_bound(first, first + packed.num_exceptions, at);
  if (exception != first + packed.num_exceptions && *exception == at) {
    value += exception_values_[static_cast<std::size_t>(exception - exception_places_.begin())];
  }
  return value;
}

template <class T>
void NumberDecoder::read_runs(std::size_t first, std::size_t count, T* out) {
  auto run = static_cast<std::size_t>(
      std::upper_bound(run_ends_.begin(), run_ends_.end(), static_cast<std::uint32_t>(first)) -
      run_ends_.begin());
  for (std::size_t at = first; at < first + count; ++run) {
    const std::size_t end = std::min<std::size_t>(run_ends_[run], first + count);
    std::fill(out + (at - first), out + (end - first), static_cast<T>(run_values_[run]));
    at = end;
  }
}

template <class T>
void NumberDecoder::read_vector(std::size_t vector, std::size_t begin, std::size_t end, T* out) {
  scratch_.resize(kPackedVector);
  const PackedVector& packed = vectors_[vector];
  const PackingKernel& kernel = packing_kernel();
  if constexpr (sizeof(T) == 8) {
    kernel.unpack(packed.packed, packed.width, scratch_.data());
    kernel.widen(scratch_.data() + begin, end - begin, base_, out);
  } else {
    const bool is_whole = begin == 0 && end == kPackedVector;
    std::uint32_t* const to = is_whole ? out : scratch_.data();
    kernel.unpack(packed.packed, packed.width, to);
    const auto base = static_cast<std::uint32_t>(base_);
    if (!is_whole || base != 0) {
      for (std::size_t i = begin; i < end; ++i) {
        out[i - begin] = base + to[i];
      }
    }
  }
  for (std::uint32_t i = 0; i < packed.num_exceptions; ++i) {
    const std::size_t place = exception_places_[packed.first_exception + i];
    if (place >= begin && place < end) {
      out[place - begin] += static_cast<T>(exception_values_[packed.first_exception + i]);
    }
  }
}

template <class T>
void NumberDecoder::read_packed(std::size_t first, std::size_t count, T* out) {
  const std::size_t end = first + count;
  const std::size_t packed_end = vectors_.size() * kPackedVector;
  for (std::size_t at = first; at < std::min(end, packed_end);) {
    const std::size_t vector = at / kPackedVector;
    const std::size_t begin = vector * kPackedVector;
    const std::size_t to = std::min(end, begin + kPackedVector);
    read_vector(vector, at - begin, to - begin, out + (at - first));
    at = to;
  }
  if (end > packed_end) {
    const std::size_t from = std::max(first, packed_end);
    read_bytes(plain_ + (from - packed_end) * plain_width_, plain_width_, end - from,
               out + (from - first));
  }
}

template <class T>
void NumberDecoder::read_bytes(const char* bytes, unsigned width, std::size_t count, T* out) const {
  const auto widen_from = [&]<class Narrow>(Narrow) {
    for (std::size_t i = 0; i < count; ++i) {
      Narrow narrow;
      std::memcpy(&narrow, bytes + i * sizeof(Narrow), sizeof(Narrow));
      out[i] = static_cast<T>(base_ + narrow);
    }
  };
  switch (width) {
    case 1:
      widen_from(std::uint8_t{});
      break;
    case 2:
      widen_from(std::uint16_t{});
      break;
    case 4:
      widen_from(std::uint32_t{});
      break;
    default:
      widen_from(std::uint64_t{});
      break;
  }
}

}  // namespace weir::codec
