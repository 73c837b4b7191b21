#include "alarm/timezone.h"

#include <chrono>

#include "alarm/timezone_table.h"

namespace weir::alarm {
namespace {

constexpr std::int64_t kHourS = 3'600;
constexpr std::int64_t kDayS = 24 * kHourS;

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
    return std::nullopt;
  }
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// Reads rules of the table, which are well formed.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  [[nodiscard]] bool is_at(char wanted) const { return !rest_.empty() && rest_.front() == wanted; }
  bool skip(char wanted) {
    const bool is_there = is_at(wanted);
    rest_.remove_prefix(is_there ? 1 : 0);
    return is_there;
  }
  void skip_abbreviation() {
    rest_.remove_prefix(skip('<') ? rest_.find('>') + 1 : rest_.find_first_of("+-,0123456789"));
  }
  int number() {
    int value = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  // [+-]hours[:minutes]
  std::int64_t seconds() {
    const bool is_negative = skip('-');
    skip('+');
    std::int64_t value = number() * kHourS;
    if (skip(':')) {
      value += number() * 60;
    }
    return is_negative ? -value : value;
  }

 private:
  std::string_view rest_;
};

// "M3.5.0/2", the last Sunday of March at two o'clock: as seconds of the local clock.
std::int64_t read_change(RuleReader& rule, std::chrono::year year) {
  using namespace std::chrono;
  rule.skip('M');
  const month month(static_cast<unsigned>(rule.number()));
  rule.skip('.');
  const auto week = static_cast<unsigned>(rule.number());
  rule.skip('.');
  const weekday weekday(static_cast<unsigned>(rule.number()));
  const sys_days day =
      week == 5 ? sys_days(year / month / weekday[last]) : sys_days(year / month / weekday[week]);
  const std::int64_t time_s = rule.skip('/') ? rule.seconds() : 2 * kHourS;
  return day.time_since_epoch().count() * kDayS + time_s;
}

std::int64_t offset_by_rule(std::string_view text, std::int64_t time_s) {
  RuleReader rule(text);
  rule.skip_abbreviation();
  const std::int64_t standard = -rule.seconds();  // POSIX counts westward
  if (rule.is_at_end()) {
    return standard;
  }
  rule.skip_abbreviation();
  const std::int64_t summer = rule.is_at(',') ? standard + kHourS : -rule.seconds();
  const std::chrono::sys_days day(
      std::chrono::days((time_s + standard) / kDayS - ((time_s + standard) % kDayS < 0 ? 1 : 0)));
  const std::chrono::year year = std::chrono::year_month_day(day).year();
  rule.skip(',');
  const std::int64_t begin = read_change(rule, year) - standard;
  rule.skip(',');
  const std::int64_t end = read_change(rule, year) - summer;
  const bool is_summer = begin < end ? time_s >= begin && time_s < end
                                     : time_s >= begin || time_s < end;  // south of the equator
  return is_summer ? summer : standard;
}

}  // namespace

std::optional<std::int64_t> offset_of(std::string_view timezone, std::int64_t time_s) {
  if (timezone == "Z") {
    return 0;
  }
  if (const auto rule = rule_of_timezone(timezone)) {
    return offset_by_rule(*rule, time_s);
  }
  if (timezone.size() < 5 || (timezone[0] != '+' && timezone[0] != '-')) {
    return std::nullopt;
  }
  const std::string_view digits = timezone.substr(1);
  const auto hours = two_digits(digits.substr(0, 2));
  const auto minutes = two_digits(digits.substr(digits.size() - 2));
  const bool has_colon = digits.size() == 5 && digits[2] == ':';
  if (!hours || !minutes || (digits.size() != 4 && !has_colon) || *hours > 14 || *minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = *hours * kHourS + *minutes * 60;
  return timezone[0] == '-' ? -offset : offset;
}

}  // namespace weir::alarm
