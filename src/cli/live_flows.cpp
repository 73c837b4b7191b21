#include "cli/live_flows.h"

#include <algorithm>
#include <string_view>

#include "base/number.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kAlignMs = 300'000;  // objects of a simulation are of five minutes
constexpr std::int64_t kHourS = 3'600;

std::vector<std::string_view> tokens_of(std::string_view line) {
  std::vector<std::string_view> tokens;
  while (!line.empty()) {
    const std::string_view token = line.substr(0, line.find(' '));
    tokens.push_back(token);
    line.remove_prefix(std::min(token.size() + 1, line.size()));
  }
  return tokens;
}

// Where a field stands in the header; past its end where it has none.
std::size_t place_of(const std::vector<std::string_view>& header, std::string_view name) {
  return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

}  // namespace

LiveFlows::LiveFlows(simulate::SimulationOptions options, TimeMs now_ms, std::int64_t history_s,
                     std::int64_t records_an_hour)
    : options_(std::move(options)), records_an_hour_(records_an_hour) {
  options_.compression = io::Compression::kNone;
  options_.has_header = true;
  options_.start_ms = (now_ms - history_s * 1000) / kAlignMs * kAlignMs;
  options_.duration_s = history_s + kHourS;
  options_.num_records =
      std::max(records_an_hour * options_.duration_s / kHourS, simulate::kLeastRecordsForAnomalies);
  simulated_until_ms_ = options_.start_ms;
}

Result<void> LiveFlows::simulate_more(const CancelToken* cancel) {
  std::string text;
  WEIR_ASSIGN_OR_RETURN(const auto truth, simulate::simulate(
                                              options_,
                                              [&](std::string_view bytes) -> Result<bool> {
                                                text += bytes;
                                                return true;
                                              },
                                              cancel));
  simulated_until_ms_ = options_.start_ms + truth.duration_s * 1000;
  std::string_view rest = text;
  header_ = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(header_.size() + 1, rest.size()));
  const auto names = tokens_of(header_);
  const std::size_t end = place_of(names, "end");
  const std::size_t action = place_of(names, "action");
  const std::size_t bytes = place_of(names, "bytes");
  if (std::max({end, action, bytes}) >= names.size()) {
    return fail(ErrorCode::kUsage, "live flow logs need the fields end, action and bytes");
  }
  lines_.clear();
  next_ = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto tokens = tokens_of(line);
    if (tokens.size() == names.size()) {
      lines_.push_back({parse_int64(tokens[end]).value_or(0) * 1000, std::string(line),
                        tokens[action] == "REJECT", parse_int64(tokens[bytes]).value_or(0)});
    }
  }
  std::stable_sort(lines_.begin(), lines_.end(),
                   [](const Line& a, const Line& b) { return a.end_ms < b.end_ms; });
  // The next hour is of the same VPC, on which nobody plays the same tricks again.
  options_.start_ms = simulated_until_ms_;
  options_.duration_s = kHourS;
  options_.num_hosts = truth.num_hosts;
  options_.num_records = std::max<std::int64_t>(records_an_hour_, 1'000);
  options_.has_anomalies = false;
  return {};
}

Result<std::string> LiveFlows::take(TimeMs now_ms, const CancelToken* cancel) {
  std::string text;
  num_taken_ = 0;
  num_rejected_ = 0;
  bytes_taken_ = 0;
  while (true) {
    while (next_ < lines_.size() && lines_[next_].end_ms <= now_ms) {
      const Line& line = lines_[next_++];
      text += line.text;
      text += '\n';
      ++num_taken_;
      num_rejected_ += line.is_rejected ? 1 : 0;
      bytes_taken_ += line.bytes;
    }
    if (next_ < lines_.size() || simulated_until_ms_ > now_ms) {
      return num_taken_ == 0 ? std::string() : header_ + "\n" + text;
    }
    WEIR_RETURN_IF_ERROR(simulate_more(cancel));
  }
}

}  // namespace weir::cli
