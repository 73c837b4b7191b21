#include "base/prefix_table.h"

#include <algorithm>
#include <optional>

namespace weir {
namespace {

std::optional<IpAddress> next(IpAddress address) {
  if (++address.low == 0 && ++address.high == 0) {
    return std::nullopt;
  }
  return address;
}

}  // namespace

PrefixTable::PrefixTable(std::span<const Entry> entries) {
  std::vector<Entry> sorted;
  // All of IPv4 without a value: a hole in networks of IPv6 around the mapped form, as in contains.
  constexpr std::uint8_t kMapped = IpPrefix::kMappedLength;
  if (std::any_of(entries.begin(), entries.end(),
                  [](const Entry& entry) { return entry.prefix.length < kMapped; })) {
    sorted.push_back({{IpAddress::from_v4(0), kMapped}, kNoValue});
  }
  sorted.insert(sorted.end(), entries.begin(), entries.end());
  // Outer prefixes first, so that a sweep opens them before those inside; of equal ones the last
  // given is opened last and wins.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
    return a.prefix.first() != b.prefix.first() ? a.prefix.first() < b.prefix.first()
                                                : a.prefix.length < b.prefix.length;
  });
  const auto mark = [&](const IpAddress& start, std::uint32_t value) {
    if (!starts_.empty() && starts_.back() == start) {
      values_.back() = value;
    } else {
      starts_.push_back(start);
      values_.push_back(value);
    }
  };
  std::vector<const Entry*> open;
  const auto close_until = [&](const IpAddress* limit) {
    while (!open.empty() && (limit == nullptr || open.back()->prefix.last() < *limit)) {
      const auto behind = next(open.back()->prefix.last());
      open.pop_back();
      if (behind) {
        mark(*behind, open.empty() ? kNoValue : open.back()->value);
      }
    }
  };
  for (const Entry& entry : sorted) {
    const IpAddress first = entry.prefix.first();
    close_until(&first);
    open.push_back(&entry);
    mark(first, entry.value);
  }
  close_until(nullptr);
}

std::uint32_t PrefixTable::find(const IpAddress& address) const {
  const auto above = std::upper_bound(starts_.begin(), starts_.end(), address);
  return above == starts_.begin() ? kNoValue
                                  : values_[static_cast<std::size_t>(above - starts_.begin()) - 1];
}

}  // namespace weir
