#include "sketch/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "codec/byte_writer.h"
#include "codec/doubles.h"
#include "codec/integers.h"

namespace weir::sketch {
namespace {

constexpr double kGamma = (1 + Distribution::kRelativeError) / (1 - Distribution::kRelativeError);
// What a decoder takes at most: exact summaries of readers never reach the disk.
constexpr std::size_t kMaxDecoded = 16384;

// Bins are numbered by sign and logarithm; 0 is the bin of zero.
std::int64_t bin_of(double value) {
  if (value == 0) {
    return 0;
  }
  static const double kLogGamma = std::log(kGamma);
  constexpr std::int64_t kOffset = 1 << 20;  // above any logarithm of a double
  const auto rank = static_cast<std::int64_t>(std::ceil(std::log(std::fabs(value)) / kLogGamma));
  return value > 0 ? rank + kOffset : -(rank + kOffset);
}

double representative(std::int64_t bin) {
  if (bin == 0) {
    return 0;
  }
  constexpr std::int64_t kOffset = 1 << 20;
  const auto rank = static_cast<double>(std::abs(bin) - kOffset);
  const double magnitude = std::pow(kGamma, rank) * 2 / (1 + kGamma);
  if (!std::isfinite(magnitude)) {
    return std::copysign(std::numeric_limits<double>::max(), static_cast<double>(bin));
  }
  return bin > 0 ? magnitude : -magnitude;
}

bool is_usable(const WeightedValue& item) {
  return std::isfinite(item.value) && std::isfinite(item.count) && item.count > 0;
}

// Joins neighbours of equal value.
void join_equal(std::vector<WeightedValue>& values) {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i].value == values[kept].value) {
      values[kept].count += values[i].count;
    } else {
      values[++kept] = values[i];
    }
  }
  values.resize(values.empty() ? 0 : kept + 1);
}

}  // namespace

void Distribution::add(double value, double count) {
  const WeightedValue one{value, count};
  add({&one, 1});
}

void Distribution::add(std::span<const WeightedValue> values) {
  std::vector<WeightedValue> sorted;
  sorted.reserve(values.size());
  for (WeightedValue item : values) {
    if (is_usable(item)) {
      item.value = is_exact_ ? item.value + 0.0 : representative(bin_of(item.value));
      sorted.push_back(item);
    }
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.value < b.value; });
  join_equal(sorted);
  merge_sorted(sorted);
}

void Distribution::merge(const Distribution& other) {
  if (other.values_.empty()) {
    return;
  }
  if (is_exact_ && !other.is_exact_) {
    snap_all();
  } else if (!is_exact_ && other.is_exact_) {
    add(other.values_);
    return;
  }
  if (&other == this) {
    for (WeightedValue& item : values_) {
      item.count *= 2;
    }
    return;
  }
  merge_sorted(other.values_);
}

void Distribution::clear() {
  values_.clear();
  is_exact_ = true;
}

void Distribution::merge_sorted(std::span<const WeightedValue> sorted) {
  if (sorted.size() == 1) {  // by far the most frequent
    const auto place =
        std::lower_bound(values_.begin(), values_.end(), sorted[0].value,
                         [](const WeightedValue& a, double value) { return a.value < value; });
    if (place != values_.end() && place->value == sorted[0].value) {
      place->count += sorted[0].count;
    } else {
      values_.insert(place, sorted[0]);
      bound();
    }
    return;
  }
  std::vector<WeightedValue> merged;
  merged.reserve(values_.size() + sorted.size());
  std::merge(values_.begin(), values_.end(), sorted.begin(), sorted.end(),
             std::back_inserter(merged),
             [](const auto& a, const auto& b) { return a.value < b.value; });
  join_equal(merged);
  values_ = std::move(merged);
  bound();
}

void Distribution::bound() {
  if (is_exact_ && values_.size() > max_exact_) {
    snap_all();
  }
  if (!is_exact_ && values_.size() > kMaxBins) {
    const std::size_t surplus = values_.size() - kMaxBins;
    for (std::size_t i = 0; i < surplus; ++i) {
      values_[surplus].count += values_[i].count;
    }
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(surplus));
  }
}

void Distribution::snap_all() {
  for (WeightedValue& item : values_) {
    item.value = representative(bin_of(item.value));
  }
  join_equal(values_);
  is_exact_ = false;
}

double Distribution::count() const {
  double total = 0;
  for (const WeightedValue& item : values_) {
    total += item.count;
  }
  return total;
}

double Distribution::quantile(double fraction) const {
  if (values_.empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double last_rank = std::max(count() - 1, 0.0);
  const double rank = std::clamp(fraction, 0.0, 1.0) * last_rank;
  const double lower_rank = std::floor(rank);
  double seen = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    seen += values_[i].count;
    if (lower_rank < seen) {
      const double part = rank - lower_rank;
      if (part == 0 || lower_rank + 1 < seen || i + 1 == values_.size()) {
        return values_[i].value;
      }
      return values_[i].value + part * (values_[i + 1].value - values_[i].value);
    }
  }
  return values_.back().value;
}

Share Distribution::between_fractions(double low, double high) const {
  const double total = count();
  const double begin = std::clamp(low, 0.0, 1.0) * total;
  const double end = std::clamp(high, 0.0, 1.0) * total;
  Share share;
  double seen = 0;
  for (const WeightedValue& item : values_) {
    const double kept = std::min(seen + item.count, end) - std::max(seen, begin);
    if (kept > 0) {
      share.count += kept;
      share.sum += kept * item.value;
    }
    seen += item.count;
  }
  return share;
}

Share Distribution::between_values(double low, double high) const {
  Share share;
  for (const WeightedValue& item : values_) {
    if (item.value > low && item.value <= high) {
      share.count += item.count;
      share.sum += item.count * item.value;
    }
  }
  return share;
}

double Distribution::winsorised_mean(double low, double high) const {
  const double total = count();
  const double begin = std::clamp(low, 0.0, 1.0) * total;
  const double end = std::clamp(high, 0.0, 1.0) * total;
  if (total <= 0 || end <= begin) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double lowest = 0;
  double highest = 0;
  bool has_lowest = false;
  double seen = 0;
  Share inside;
  for (const WeightedValue& item : values_) {
    const double kept = std::min(seen + item.count, end) - std::max(seen, begin);
    seen += item.count;
    if (kept > 0) {
      lowest = has_lowest ? lowest : item.value;
      has_lowest = true;
      highest = item.value;
      inside.sum += kept * item.value;
    }
  }
  return (inside.sum + begin * lowest + (total - end) * highest) / total;
}

double Distribution::clamped_mean(double low, double high) const {
  double sum = 0;
  for (const WeightedValue& item : values_) {
    sum += item.count * std::max(low, std::min(item.value, high));
  }
  const double total = count();
  return total > 0 ? sum / total : std::numeric_limits<double>::quiet_NaN();
}

void Distribution::encode(std::string& out) const {
  codec::put_varint(values_.size() << 1 | (is_exact_ ? 1 : 0), out);
  if (is_exact_) {
    std::vector<double> numbers;
    numbers.reserve(values_.size());
    for (const WeightedValue& item : values_) {
      numbers.push_back(item.value);
    }
    codec::encode_doubles(numbers, out);
  } else {
    std::vector<std::int64_t> bins;
    bins.reserve(values_.size());
    for (const WeightedValue& item : values_) {
      bins.push_back(bin_of(item.value));
    }
    codec::encode_integers(bins, out);
  }
  std::vector<double> counts;
  counts.reserve(values_.size());
  for (const WeightedValue& item : values_) {
    counts.push_back(item.count);
  }
  codec::encode_doubles(counts, out);
}

Result<Distribution> Distribution::decode(codec::ByteReader& in) {
  const std::uint64_t head = in.varint();
  const std::size_t size = head >> 1;
  const auto damaged = [] { return fail(ErrorCode::kInput, "a distribution's bytes are damaged"); };
  if (!in.is_good() || size > kMaxDecoded) {
    return damaged();
  }
  Distribution result(std::max(size, kMaxExact));
  result.is_exact_ = (head & 1) != 0;
  std::vector<double> numbers(size);
  if (result.is_exact_) {
    WEIR_RETURN_IF_ERROR(codec::decode_doubles(in, numbers));
  } else {
    std::vector<std::int64_t> bins(size);
    WEIR_RETURN_IF_ERROR(codec::decode_integers(in, bins));
    for (std::size_t i = 0; i < size; ++i) {
      if (bins[i] < -(1 << 22) || bins[i] > (1 << 22)) {
        return damaged();
      }
      numbers[i] = representative(bins[i]);
    }
  }
  std::vector<double> counts(size);
  WEIR_RETURN_IF_ERROR(codec::decode_doubles(in, counts));
  result.values_.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    const WeightedValue item{numbers[i], counts[i]};
    if (!is_usable(item) || (i > 0 && !(numbers[i - 1] < numbers[i]))) {
      return damaged();
    }
    result.values_.push_back(item);
  }
  return result;
}

}  // namespace weir::sketch
