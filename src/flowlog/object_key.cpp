#include "flowlog/object_key.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/time_text.h"

namespace weir::flowlog {
namespace {

constexpr std::int64_t kStampSpanMs = 300'000;
constexpr std::int64_t kLongestFlowMs = 660'000;

bool is_digits(std::string_view text, std::size_t length) {
  return text.size() == length &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_lower_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    value = value * 10 + (c - '0');
  }
  return value;
}

bool is_account(std::string_view text) { return is_digits(text, 12); }

// us-east-1, us-gov-west-1, ap-southeast-3.
bool is_region(std::string_view text) {
  const std::size_t last = text.rfind('-');
  if (last == std::string_view::npos || last < 4 || last + 1 == text.size() || text.size() > 32) {
    return false;
  }
  const std::string_view name = text.substr(0, last);
  const std::string_view number = text.substr(last + 1);
  return number.size() <= 2 && is_digits(number, number.size()) && name.front() != '-' &&
         name.find('-') != std::string_view::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

bool is_flow_log_id(std::string_view text) {
  return text.starts_with("fl-") && text.size() <= 32 && is_lower_hex(text.substr(3));
}

std::optional<TimeMs> time_of(int year, int month, int day, int hour, int minute) {
  const CivilTime civil{year, month, day, hour, minute, 0, 0};
  const TimeMs time = from_civil(civil);
  const CivilTime back = to_civil(time);  // refuses 30 February and 25 o'clock
  const bool is_real = back.year == year && back.month == month && back.day == day &&
                       back.hour == hour && back.minute == minute;
  return is_real ? std::optional(time) : std::nullopt;
}

// 20260301T0805Z
std::optional<TimeMs> parse_stamp(std::string_view text) {
  if (text.size() != 14 || text[8] != 'T' || text[13] != 'Z' || !is_digits(text.substr(0, 8), 8) ||
      !is_digits(text.substr(9, 4), 4)) {
    return std::nullopt;
  }
  return time_of(number_of(text.substr(0, 4)), number_of(text.substr(4, 2)),
                 number_of(text.substr(6, 2)), number_of(text.substr(9, 2)),
                 number_of(text.substr(11, 2)));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

// The numbers of a dated folder path: 2026/03/01/08 or year=2026/month=03/day=01/hour=08.
struct FolderDate {
  std::array<int, 4> parts{0, 0, 0, 0};
  std::size_t num_parts = 0;

  void add(std::string_view folder) {
    static constexpr std::array<std::string_view, 4> kNames{"year=", "month=", "day=", "hour="};
    if (num_parts == parts.size()) {
      return;
    }
    if (folder.starts_with(kNames[num_parts])) {
      folder.remove_prefix(kNames[num_parts].size());
    }
    if (is_digits(folder, num_parts == 0 ? 4 : 2)) {
      parts[num_parts++] = number_of(folder);
    }
  }
  [[nodiscard]] std::optional<TimeMs> time() const {
    return num_parts < 3 ? std::nullopt : time_of(parts[0], parts[1], parts[2], parts[3], 0);
  }
};

std::string_view value_after(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

void read_folders(const std::vector<std::string_view>& folders, ObjectKey& key) {
  const auto root = std::find(folders.begin(), folders.end(), "AWSLogs");
  if (root == folders.end()) {
    return;
  }
  FolderDate date;
  for (auto folder = root + 1; folder != folders.end(); ++folder) {
    const std::string_view account = value_after(*folder, "aws-account-id=");
    const std::string_view region = value_after(*folder, "aws-region=");
    if (key.account.empty() && is_account(account)) {
      key.account = account;
    } else if (key.region.empty() && is_region(region)) {
      key.region = region;
    } else {
      date.add(*folder);
    }
  }
  key.time = date.time();
}

void read_file_name(std::string_view name, ObjectKey& key) {
  const std::size_t dot = std::min(name.find('.'), name.size());
  const auto parts = split(name.substr(0, dot), '_');
  const std::string_view ending = name.substr(dot);
  if (parts.size() < 5 || !is_account(parts[0]) || !is_region(parts[2])) {
    return;
  }
  key.account = parts[0];
  key.region = parts[2];
  if (is_flow_log_id(parts[3])) {
    key.flow_log_id = parts[3];
  }
  const auto stamp = parse_stamp(parts[4]);
  if (!stamp) {
    return;
  }
  key.time = stamp;
  key.is_exact = parts.size() == 6 && parts[1] == "vpcflowlogs" && !key.flow_log_id.empty() &&
                 is_lower_hex(parts[5]) && (ending == ".log.gz" || ending == ".log.parquet");
}

}  // namespace

ObjectKey parse_object_key(std::string_view path) {
  ObjectKey key;
  auto folders = split(path, '/');
  const std::string_view name = folders.back();
  folders.pop_back();
  read_folders(folders, key);
  read_file_name(name, key);
  return key;
}

bool may_hold(const ObjectKey& key, const column::TimeRange& range) {
  if (!key.is_exact || !key.time) {
    return true;
  }
  const bool is_before = range.since && *key.time + kStampSpanMs <= *range.since;
  const bool is_after = range.until && *key.time - kLongestFlowMs >= *range.until;
  return !is_before && !is_after;
}

}  // namespace weir::flowlog
