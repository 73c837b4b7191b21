#include "alarm/timezone.h"

namespace weir::alarm {
namespace {

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
    return std::nullopt;
  }
  return (text[0] - '0') * 10 + (text[1] - '0');
}

}  // namespace

std::optional<std::int64_t> offset_of(std::string_view timezone, std::int64_t /*time_s*/) {
  if (timezone == "UTC" || timezone == "Z" || timezone == "Etc/UTC" || timezone == "GMT") {
    return 0;
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
  const std::int64_t offset = *hours * 3'600 + *minutes * 60;
  return timezone[0] == '-' ? -offset : offset;
}

}  // namespace weir::alarm
