#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "chart/chart.h"

namespace weir::chart {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kTimeSteps[] = {
    kSecond,         5 * kSecond,         15 * kSecond,        30 * kSecond,
    60 * kSecond,    300 * kSecond,       900 * kSecond,       1800 * kSecond,
    3600 * kSecond,  3 * 3600 * kSecond,  6 * 3600 * kSecond,  12 * 3600 * kSecond,
    86400 * kSecond, 7 * 86400 * kSecond, 28 * 86400 * kSecond};

}  // namespace

std::vector<double> round_ticks(double least, double most, int wanted) {
  if (!std::isfinite(least) || !std::isfinite(most) || most < least) {
    return {0, 1};
  }
  if (most - least < 1e-300 || most - least < std::abs(most) * 1e-12) {
    const double room = most == 0 ? 1 : std::abs(most) * 0.5;
    least -= room;
    most += room;
  }
  const double raw = (most - least) / std::max(1, wanted);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double ratio = raw / power;
  const double step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const double first = std::floor(least / step + 1e-9);
  const double last = std::ceil(most / step - 1e-9);
  for (double i = first; i <= last && ticks.size() < 100; ++i) {
    ticks.push_back(i * step);
  }
  return ticks;
}

std::vector<TimeMs> time_ticks(TimeMs begin_ms, TimeMs end_ms, std::int64_t utc_offset_s,
                               int wanted) {
  std::vector<TimeMs> ticks;
  const TimeMs span_ms = end_ms - begin_ms;
  if (span_ms <= 0 || wanted < 1) {
    return ticks;
  }
  const auto* const step =
      std::find_if(std::begin(kTimeSteps), std::end(kTimeSteps) - 1,
                   [&](std::int64_t candidate) { return candidate * wanted >= span_ms; });
  const TimeMs offset_ms = utc_offset_s * 1000;
  const TimeMs local = begin_ms + offset_ms;
  for (TimeMs at = (local + *step - 1) / *step * *step - offset_ms;
       at <= end_ms && ticks.size() < 1000; at += *step) {
    ticks.push_back(at);
  }
  return ticks;
}

std::string short_number(double value) {
  constexpr const char* kSuffixes[] = {"", "K", "M", "G", "T", "P"};
  double size = std::abs(value);
  std::size_t thousands = 0;
  while (size >= 999.95 && thousands + 1 < std::size(kSuffixes)) {
    size /= 1000;
    ++thousands;
  }
  const std::string digits =
      size >= 100 ? fmt::format("{:.0f}", size) : fmt::format("{:.3g}", size);
  return (value < 0 ? "-" : "") + digits + kSuffixes[thousands];
}

}  // namespace weir::chart
