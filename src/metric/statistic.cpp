#include "metric/statistic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/number.h"

namespace weir::metric {
namespace {

using Kind = Statistic::Kind;

constexpr std::size_t kMaxDecimals = 10;

struct BasicName {
  std::string_view name;
  Kind kind;
};
constexpr std::array kBasic = {BasicName{"SampleCount", Kind::kSampleCount},
                               BasicName{"Average", Kind::kAverage}, BasicName{"Sum", Kind::kSum},
                               BasicName{"Minimum", Kind::kMinimum},
                               BasicName{"Maximum", Kind::kMaximum}};
struct ExtendedName {
  std::string_view lower;
  std::string_view upper;
  Kind kind;
};
constexpr std::array kExtended = {
    ExtendedName{"tm", "TM", Kind::kTrimmedMean}, ExtendedName{"wm", "WM", Kind::kWinsorisedMean},
    ExtendedName{"tc", "TC", Kind::kTrimmedCount}, ExtendedName{"ts", "TS", Kind::kTrimmedSum},
    ExtendedName{"", "PR", Kind::kPercentileRank}};

bool is_plain_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '.') <= 1 && text != ".";
}

// 0 to 100 with at most ten decimals, as a fraction.
std::optional<double> parse_percent(std::string_view text) {
  if (!is_plain_number(text)) {
    return std::nullopt;
  }
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos && text.size() - point - 1 > kMaxDecimals) {
    return std::nullopt;
  }
  const auto number = parse_double(text);
  if (!number || *number < 0 || *number > 100) {
    return std::nullopt;
  }
  return *number / 100;
}

// "(a:b)" of a range statistic, either bound left out, both in percent or both as values.
bool parse_range(std::string_view text, Statistic& out) {
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') {
    return false;
  }
  text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = text.substr(colon + 1);
  if (low.empty() && high.empty()) {
    return false;
  }
  const bool is_percent = text.ends_with('%') || (high.empty() && low.ends_with('%')) ||
                          (!low.empty() && low.ends_with('%'));
  if (is_percent) {
    const auto bound = [](std::string_view part, double absent) -> std::optional<double> {
      if (part.empty()) {
        return absent;
      }
      return part.ends_with('%') ? parse_percent(part.substr(0, part.size() - 1)) : std::nullopt;
    };
    const auto low_fraction = bound(low, 0);
    const auto high_fraction = bound(high, 1);
    if (out.kind == Kind::kPercentileRank || !low_fraction || !high_fraction ||
        !(*low_fraction < *high_fraction)) {
      return false;
    }
    out.low = *low_fraction;
    out.high = *high_fraction;
    return true;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const auto low_value = low.empty() ? std::optional(-infinity) : parse_double(low);
  const auto high_value = high.empty() ? std::optional(infinity) : parse_double(high);
  if (!low_value || !high_value || !(*low_value < *high_value)) {
    return false;
  }
  out.has_values_as_bounds = true;
  out.low = *low_value;
  out.high = *high_value;
  return true;
}

std::optional<double> compute_from_values(const Statistic& statistic,
                                          const sketch::Distribution& values) {
  const auto share = [&]() {
    return statistic.has_values_as_bounds ? values.between_values(statistic.low, statistic.high)
                                          : values.between_fractions(statistic.low, statistic.high);
  };
  switch (statistic.kind) {
    case Kind::kPercentile:
      return values.quantile(statistic.high);
    case Kind::kTrimmedMean: {
      const sketch::Share kept = share();
      return kept.count > 0 ? std::optional(kept.sum / kept.count) : std::nullopt;
    }
    case Kind::kWinsorisedMean:
      return statistic.has_values_as_bounds ? values.clamped_mean(statistic.low, statistic.high)
                                            : values.winsorised_mean(statistic.low, statistic.high);
    case Kind::kTrimmedCount:
      return share().count;
    case Kind::kTrimmedSum:
      return share().sum;
    case Kind::kPercentileRank: {
      const double total = values.count();
      return total > 0 ? std::optional(share().count / total * 100) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Statistic> parse_basic_statistic(std::string_view name) {
  for (const BasicName& basic : kBasic) {
    if (basic.name == name) {
      Statistic statistic;
      statistic.kind = basic.kind;
      statistic.name = name;
      return statistic;
    }
  }
  return std::nullopt;
}

std::optional<Statistic> parse_extended_statistic(std::string_view name) {
  Statistic statistic;
  statistic.name = name;
  if (name == "IQM") {
    statistic.kind = Kind::kTrimmedMean;
    statistic.low = 0.25;
    statistic.high = 0.75;
    return statistic;
  }
  if (name.starts_with('p')) {
    const auto fraction = parse_percent(name.substr(1));
    if (!fraction) {
      return std::nullopt;
    }
    statistic.kind = Kind::kPercentile;
    statistic.high = *fraction;
    return statistic;
  }
  for (const ExtendedName& extended : kExtended) {
    statistic.kind = extended.kind;
    if (!extended.lower.empty() && name.starts_with(extended.lower)) {
      const auto fraction = parse_percent(name.substr(2));
      if (!fraction || *fraction == 0) {
        return std::nullopt;
      }
      statistic.high = *fraction;
      return statistic;
    }
    if (name.starts_with(extended.upper)) {
      return parse_range(name.substr(2), statistic) ? std::optional(statistic) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<Statistic> parse_statistic(std::string_view name) {
  auto basic = parse_basic_statistic(name);
  return basic ? basic : parse_extended_statistic(name);
}

std::optional<double> compute(const Statistic& statistic, const Aggregate& aggregate,
                              const sketch::Distribution* distribution) {
  if (!aggregate.has_data()) {
    return std::nullopt;
  }
  switch (statistic.kind) {
    case Kind::kSampleCount:
      return aggregate.count;
    case Kind::kSum:
      return aggregate.sum;
    case Kind::kAverage:
      return aggregate.count > 0 ? std::optional(aggregate.sum / aggregate.count) : std::nullopt;
    case Kind::kMinimum:
      return aggregate.minimum;
    case Kind::kMaximum:
      return aggregate.maximum;
    default:
      break;
  }
  if (statistic.kind == Kind::kPercentile && statistic.high == 0) {
    return aggregate.minimum;
  }
  if (statistic.kind == Kind::kPercentile && statistic.high == 1) {
    return aggregate.maximum;
  }
  if (aggregate.minimum < 0 || distribution == nullptr || distribution->is_empty()) {
    return std::nullopt;
  }
  const auto value = compute_from_values(statistic, *distribution);
  if (!value || !std::isfinite(*value)) {
    return std::nullopt;
  }
  // A bin stands for its values within a percent; no percentile leaves what was seen.
  if (statistic.kind == Kind::kPercentile) {
    return std::clamp(*value, aggregate.minimum, aggregate.maximum);
  }
  return value;
}

}  // namespace weir::metric
