#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/nearest_name.h"
#include "simulate/schedule.h"
#include "simulate/simulator.h"

namespace weir::simulate {
namespace {

constexpr std::int64_t kMostSeconds = 366LL * 86'400;
constexpr TimeMs kLatestStart = 7'258'118'400'000;  // 2200-01-01

Result<void> check_share(std::string_view name, double share, double most) {
  if (share >= 0 && share <= most) {  // false for NaN
    return {};
  }
  return fail(ErrorCode::kUsage,
              fmt::format("the share of {} goes from 0 to {} %", name, most * 100));
}

Result<void> check_layout(const SimulationOptions& options) {
  const bool is_gateway = is_gateway_layout(options.layout);
  const flowlog::Layout& gateway_fields = flowlog::known_layouts().back();
  for (const auto& column : options.layout.columns) {
    if (!column.field) {
      std::vector<std::string> names;
      for (const auto& field : flowlog::all_fields()) {
        names.emplace_back(field.token);
      }
      return fail(ErrorCode::kUsage,
                  fmt::format("flow logs have no field {};{} (weir fields --catalogue lists them)",
                              column.token, did_you_mean(column.token, names)));
    }
    if (is_gateway && !gateway_fields.find(*column.field)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("a Transit Gateway's flow logs have no field {}, and other fields of "
                              "the format are theirs alone (tgw-*, resource-type, packets-lost-*)",
                              column.token));
    }
  }
  if (is_gateway && options.window_s != 60) {
    return fail(ErrorCode::kUsage, "a Transit Gateway's aggregation windows are of 60 seconds");
  }
  return {};
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Names become parts of paths.
bool is_name_part(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

bool is_gateway_layout(const flowlog::Layout& layout) {
  return std::any_of(layout.columns.begin(), layout.columns.end(), [](const auto& column) {
    return column.field && flowlog::info(*column.field).version == 6;
  });
}

Result<void> validate(const SimulationOptions& options) {
  const auto refuse = [](std::string message) {
    return Result<void>(fail(ErrorCode::kUsage, std::move(message)));
  };
  if (options.num_records < 1) {
    return refuse(fmt::format("a simulation has at least 1 record, not {}", options.num_records));
  }
  if (options.start_ms < 0 || options.start_ms > kLatestStart ||
      options.start_ms % (kPeriodSeconds * 1000) != 0) {
    return refuse(
        "the simulation starts at a full five minutes between 1970 and 2200, as deliveries of AWS "
        "do: 2026-01-05T00:05:00Z");
  }
  if (options.duration_s < 0 || options.duration_s > kMostSeconds) {
    return refuse("the simulation lasts from five minutes to 366 days");
  }
  if (options.window_s != 60 && options.window_s != 600) {
    return refuse(
        fmt::format("aggregation windows are of 60 or 600 seconds, not {}", options.window_s));
  }
  if (options.num_hosts != 0 && (options.num_hosts < 8 || options.num_hosts > 4'096)) {
    return refuse(fmt::format("the VPC has from 8 to 4096 hosts, not {}", options.num_hosts));
  }
  WEIR_RETURN_IF_ERROR(check_share("IPv6", options.ipv6_share, 1));
  WEIR_RETURN_IF_ERROR(check_share("NODATA", options.nodata_share, 0.5));
  WEIR_RETURN_IF_ERROR(check_share("SKIPDATA", options.skipdata_share, 0.5));
  if (options.account.size() != 12 || !is_digits(options.account)) {
    return refuse(fmt::format("an account has 12 digits, not \"{}\"", options.account));
  }
  if (!is_name_part(options.region) || options.region.front() == '-') {
    return refuse(fmt::format("a region looks like us-east-1, not \"{}\"", options.region));
  }
  if (!options.flow_log_id.empty() &&
      !(is_name_part(options.flow_log_id) && options.flow_log_id.starts_with("fl-"))) {
    return refuse(fmt::format("a flow log's id looks like fl-0123456789abcdef0, not \"{}\"",
                              options.flow_log_id));
  }
  return check_layout(options);
}

}  // namespace weir::simulate
