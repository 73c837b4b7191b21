#include "simulate/schedule.h"

#include <array>

#include "base/int128.h"

namespace weir::simulate {
namespace {

// Traffic by hour of the day, UTC, in per cent of the busiest.
constexpr std::array<std::uint32_t, 24> kHours = {38, 34,  31, 30, 31, 35, 44, 58, 72, 84, 92, 97,
                                                  99, 100, 99, 97, 94, 90, 84, 77, 70, 62, 53, 45};

std::uint64_t weight_at(std::int64_t second) {
  const std::int64_t of_day = second % 86'400;
  const auto hour = static_cast<std::size_t>(of_day / 3'600);
  const auto along = static_cast<std::uint64_t>(of_day % 3'600);
  return kHours[hour] * (3'600 - along) + kHours[(hour + 1) % 24] * along;
}

std::uint64_t part_of(std::uint64_t whole, std::uint64_t part, std::uint64_t all) {
  return static_cast<std::uint64_t>(static_cast<UInt128>(whole) * part / all);
}

}  // namespace

std::int64_t simulated_seconds(const SimulationOptions& options) {
  if (options.duration_s > 0) {
    return (options.duration_s + kPeriodSeconds - 1) / kPeriodSeconds * kPeriodSeconds;
  }
  // A handful of records is an hour, a hundred million a week: the VPC grows slower than its logs.
  constexpr std::int64_t kHour = 3'600;
  const std::int64_t records = options.num_records;
  return records <= 10'000        ? kHour
         : records <= 100'000     ? 6 * kHour
         : records <= 500'000     ? 12 * kHour
         : records <= 50'000'000  ? 24 * kHour
         : records <= 500'000'000 ? 7 * 24 * kHour
                                  : 28 * 24 * kHour;
}

Schedule::Schedule(const SimulationOptions& options, std::int64_t begin_s, std::int64_t duration_s)
    : begin_s_(begin_s),
      num_records_(static_cast<std::uint64_t>(options.num_records)),
      num_nodata_(static_cast<std::uint64_t>(options.nodata_share *
                                             static_cast<double>(options.num_records))),
      num_skipdata_(static_cast<std::uint64_t>(options.skipdata_share *
                                               static_cast<double>(options.num_records))) {
  const std::int64_t periods = duration_s / kPeriodSeconds;
  std::uint64_t total = 0;
  for (std::int64_t i = 0; i < periods; ++i) {
    total += weight_at(begin_s + i * kPeriodSeconds + kPeriodSeconds / 2);
  }
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < periods; ++i) {
    sum += weight_at(begin_s + i * kPeriodSeconds + kPeriodSeconds / 2);
    targets_.push_back(part_of(num_records_, sum, total));
  }
}

SilentQuota Schedule::silent(std::int64_t index) const {
  const std::uint64_t before = index == 0 ? 0 : target(index - 1);
  const std::uint64_t behind = target(index);
  const auto between = [&](std::uint64_t whole) {
    return part_of(whole, behind, num_records_) - part_of(whole, before, num_records_);
  };
  return {between(num_nodata_), between(num_skipdata_)};
}

}  // namespace weir::simulate
