#include "flowlog/line_filter.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace weir::flowlog {
namespace {

using column::Comparison;
using column::Type;

// keep[i] &= test(values[i]), with the comparison chosen outside the loop.
template <class T, class ConstantOf>
void narrow_values(const column::Predicate& predicate, const T* values, ConstantOf constant_of,
                   std::span<std::uint8_t> keep) {
  const auto each = [&](auto test) {
    for (std::size_t i = 0; i < keep.size(); ++i) {
      keep[i] = static_cast<std::uint8_t>(keep[i] & (test(values[i]) ? 1 : 0));
    }
  };
  if (predicate.comparison == Comparison::kIn) {
    each([&](const T& value) {
      return std::any_of(
          predicate.values.begin(), predicate.values.end(),
          [&](const column::Value& constant) { return value == constant_of(constant); });
    });
    return;
  }
  const T constant = constant_of(predicate.values.front());
  switch (predicate.comparison) {
    case Comparison::kEqual:
      return each([&](const T& value) { return value == constant; });
    case Comparison::kNotEqual:
      return each([&](const T& value) { return value != constant; });
    case Comparison::kLess:
      return each([&](const T& value) { return value < constant; });
    case Comparison::kLessEqual:
      return each([&](const T& value) { return value <= constant; });
    case Comparison::kGreater:
      return each([&](const T& value) { return value > constant; });
    case Comparison::kGreaterEqual:
      return each([&](const T& value) { return value >= constant; });
    default:
      return;
  }
}

// Equal to a text of 8 bytes at most ("REJECT"), without a call a row. Views of a parser's input
// can be read for 8 bytes whatever their size.
void narrow_to_short_text(std::string_view constant, const std::string_view* values,
                          bool keeps_equal, std::span<std::uint8_t> keep) {
  const auto head_of = [](const char* text, std::size_t size) {
    std::uint64_t head = 0;
    std::memcpy(&head, text, sizeof head);
    return size == 8 ? head : head & ((std::uint64_t{1} << (8 * size)) - 1);
  };
  char padded[8] = {};
  std::copy(constant.begin(), constant.end(), padded);
  const std::uint64_t wanted = head_of(padded, constant.size());
  for (std::size_t i = 0; i < keep.size(); ++i) {
    // A null is an empty view of nothing; its row is not kept anyway.
    const bool is_equal =
        values[i].size() == constant.size() && head_of(values[i].data(), constant.size()) == wanted;
    keep[i] = static_cast<std::uint8_t>(keep[i] & (is_equal == keeps_equal ? 1 : 0));
  }
}

}  // namespace

bool LineFilter::can_apply(const column::Predicate& predicate, Type type) {
  if (predicate.comparison == Comparison::kIsNull ||
      predicate.comparison == Comparison::kIsNotNull) {
    return true;
  }
  if (predicate.comparison == Comparison::kInPrefix) {
    return type == Type::kAddress &&
           std::all_of(predicate.values.begin(), predicate.values.end(), [](const auto& value) {
             return value.type == Type::kString && parse_prefix(value.text).has_value();
           });
  }
  return !predicate.values.empty() &&
         std::all_of(predicate.values.begin(), predicate.values.end(),
                     [&](const auto& value) { return value.type == type; });
}

LineFilter::LineFilter(column::Predicate predicate) : predicate_(std::move(predicate)) {
  if (predicate_.comparison == Comparison::kInPrefix) {
    for (const column::Value& value : predicate_.values) {
      prefixes_.push_back(parse_prefix(value.text).value_or(IpPrefix{}));
    }
  }
}

void LineFilter::narrow_addresses(const column::Column& values, std::size_t first_row,
                                  std::span<std::uint8_t> keep) const {
  const IpAddress* addresses = values.data<IpAddress>() + first_row;
  if (predicate_.comparison != Comparison::kInPrefix) {
    narrow_values(
        predicate_, addresses, [](const column::Value& value) { return value.address; }, keep);
    return;
  }
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] != 0) {
      keep[i] = std::any_of(prefixes_.begin(), prefixes_.end(),
                            [&](const IpPrefix& prefix) { return prefix.contains(addresses[i]); });
    }
  }
}

void LineFilter::narrow(const column::Column& values, std::size_t first_row,
                        std::span<std::uint8_t> keep) const {
  const bool wants_null = predicate_.comparison == Comparison::kIsNull;
  if (values.has_nulls()) {
    for (std::size_t i = 0; i < keep.size(); ++i) {
      if (values.is_null(first_row + i) != wants_null) {
        keep[i] = 0;
      }
    }
  } else if (wants_null) {
    std::fill(keep.begin(), keep.end(), std::uint8_t{0});
  }
  if (wants_null || predicate_.comparison == Comparison::kIsNotNull) {
    return;
  }
  switch (values.type()) {
    case Type::kAddress:
      return narrow_addresses(values, first_row, keep);
    case Type::kString: {
      const bool is_equality = predicate_.comparison == Comparison::kEqual ||
                               predicate_.comparison == Comparison::kNotEqual;
      const std::string& constant = predicate_.values.front().text;
      if (is_equality && !constant.empty() && constant.size() <= 8) {
        return narrow_to_short_text(constant, values.data<std::string_view>() + first_row,
                                    predicate_.comparison == Comparison::kEqual, keep);
      }
      return narrow_values(
          predicate_, values.data<std::string_view>() + first_row,
          [](const column::Value& value) { return std::string_view(value.text); }, keep);
    }
    default:
      return narrow_values(
          predicate_, values.data<std::int64_t>() + first_row,
          [](const column::Value& value) { return value.integer; }, keep);
  }
}

}  // namespace weir::flowlog
