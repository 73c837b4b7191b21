#include "alarm/season_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace weir::alarm {
namespace {

constexpr TimeMs kSeasonDayMs = 86'400'000;
constexpr int kMaxDayWaves = 12;
constexpr int kWeekendWaves = 4;
constexpr std::size_t kPointsPerWeight = 10;
constexpr int kRounds = 4;
constexpr double kClip = 3;
// A normal deviation by the median of absolute residuals.
constexpr double kMedianToDeviation = 1.4826;
// What clipping at kClip takes from a normal deviation.
constexpr double kClippedDeviation = 0.9973;
constexpr double kRidge = 1e-8;

// Cholesky's factor of a symmetric matrix in place, lower triangle.
void factorise(std::vector<double>& matrix, std::size_t size) {
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t i = j; i < size; ++i) {
      double sum = matrix[i * size + j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= matrix[i * size + k] * matrix[j * size + k];
      }
      matrix[i * size + j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / matrix[j * size + j];
    }
  }
}

// Solves L x = b.
void solve_lower(const std::vector<double>& factor, std::vector<double>& b) {
  const std::size_t size = b.size();
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= factor[i * size + k] * b[k];
    }
    b[i] /= factor[i * size + i];
  }
}

// Solves L' x = b.
void solve_upper(const std::vector<double>& factor, std::vector<double>& b) {
  const std::size_t size = b.size();
  for (std::size_t i = size; i-- > 0;) {
    for (std::size_t k = i + 1; k < size; ++k) {
      b[i] -= factor[k * size + i] * b[k];
    }
    b[i] /= factor[i * size + i];
  }
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

}  // namespace

void SeasonModel::fill_features(TimeMs time_ms, std::vector<double>& out) const {
  out.clear();
  out.push_back(1);
  if (has_trend_) {
    out.push_back(static_cast<double>(time_ms - origin_ms_) / span_ms_);
  }
  const TimeMs in_day_ms = ((time_ms % kSeasonDayMs) + kSeasonDayMs) % kSeasonDayMs;
  const double angle =
      2 * std::numbers::pi * static_cast<double>(in_day_ms) / static_cast<double>(kSeasonDayMs);
  for (int wave = 1; wave <= num_day_waves_; ++wave) {
    out.push_back(std::sin(wave * angle));
    out.push_back(std::cos(wave * angle));
  }
  if (has_week_) {
    const auto day = static_cast<int>(((time_ms / kSeasonDayMs) + 3) % 7);  // Monday is 0
    for (int other = 1; other < 7; ++other) {
      out.push_back(day == other ? 1 : 0);
    }
    const double weekend = day >= 5 ? 1 : 0;
    for (int wave = 1; wave <= std::min(num_day_waves_, kWeekendWaves); ++wave) {
      out.push_back(weekend * std::sin(wave * angle));
      out.push_back(weekend * std::cos(wave * angle));
    }
  }
}

SeasonModel SeasonModel::train(std::span<const TimeMs> times_ms, std::span<const double> values) {
  SeasonModel model;
  const std::size_t count = times_ms.size();
  if (count < kMinPoints) {
    return model;
  }
  model.origin_ms_ = times_ms.front();
  const TimeMs span_ms = times_ms.back() - times_ms.front();
  model.span_ms_ = std::max(1.0, static_cast<double>(span_ms));
  const auto num_weights = [&] {
    std::vector<double> features;
    model.fill_features(times_ms[0], features);
    return features.size();
  };
  if (span_ms >= kSeasonDayMs * 9 / 10) {
    model.num_day_waves_ = kMaxDayWaves;
  }
  model.has_trend_ = span_ms >= 3 * kSeasonDayMs;
  model.has_week_ = span_ms >= 7 * kSeasonDayMs * 9 / 10;
  while (num_weights() * kPointsPerWeight > count && model.num_day_waves_ > 0) {
    --model.num_day_waves_;
  }
  if (num_weights() * kPointsPerWeight > count) {
    model.has_week_ = false;
  }
  const std::size_t size = num_weights();

  std::vector<double> normal(size * size, 0);
  std::vector<double> features;
  for (const TimeMs time_ms : times_ms) {
    model.fill_features(time_ms, features);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        normal[i * size + j] += features[i] * features[j];
      }
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    normal[i * size + i] += kRidge * static_cast<double>(count);
  }
  factorise(normal, size);
  model.factor_ = std::move(normal);

  std::vector<double> targets(values.begin(), values.end());
  std::vector<double> fitted(count);
  std::vector<double> residuals(count);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> right(size, 0);
    for (std::size_t n = 0; n < count; ++n) {
      model.fill_features(times_ms[n], features);
      for (std::size_t i = 0; i < size; ++i) {
        right[i] += features[i] * targets[n];
      }
    }
    solve_lower(model.factor_, right);
    solve_upper(model.factor_, right);
    model.weights_ = std::move(right);
    for (std::size_t n = 0; n < count; ++n) {
      model.fill_features(times_ms[n], features);
      fitted[n] = dot(features, model.weights_);
      residuals[n] = std::fabs(values[n] - fitted[n]);
    }
    std::vector<double> sorted = residuals;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double robust = *middle * kMedianToDeviation;
    double squares = 0;
    for (std::size_t n = 0; n < count; ++n) {
      const double limit = robust > 0 ? kClip * robust : residuals[n];
      const double clipped = std::clamp(values[n] - fitted[n], -limit, limit);
      targets[n] = fitted[n] + clipped;
      squares += clipped * clipped;
    }
    model.deviation_ = std::sqrt(squares / static_cast<double>(count - std::min(count - 1, size))) /
                       kClippedDeviation;
  }
  return model;
}

metric::BandPoint SeasonModel::at(TimeMs time_ms) const {
  if (!is_trained()) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    return {nothing, nothing};
  }
  std::vector<double> features;
  fill_features(time_ms, features);
  const double middle = dot(features, weights_);
  solve_lower(factor_, features);
  return {middle, deviation_ * std::sqrt(1 + dot(features, features))};
}

}  // namespace weir::alarm
