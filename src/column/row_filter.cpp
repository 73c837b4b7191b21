#include "column/row_filter.h"

#include <algorithm>
#include <compare>
#include <optional>
#include <string_view>
#include <utility>

namespace weir::column {
namespace {

// Order of a row's value and a constant; nullopt where they cannot be compared.
std::optional<std::partial_ordering> compare(const Column& values, std::size_t row,
                                             const Value& constant) {
  const std::size_t i = values.is_constant() ? 0 : row;
  switch (values.type()) {
    case Type::kNull:
      return std::nullopt;
    case Type::kBool:
      return std::int64_t{values.data<std::uint8_t>()[i]} <=> constant.integer;
    case Type::kInt64:
      if (constant.type == Type::kDouble) {
        return static_cast<double>(values.data<std::int64_t>()[i]) <=> constant.number;
      }
      [[fallthrough]];
    case Type::kTime:
    case Type::kInterval:
      return values.data<std::int64_t>()[i] <=> constant.integer;
    case Type::kDouble:
      return values.data<double>()[i] <=> (constant.type == Type::kDouble
                                               ? constant.number
                                               : static_cast<double>(constant.integer));
    case Type::kAddress:
      if (constant.type != Type::kAddress) {
        return std::nullopt;
      }
      return values.data<IpAddress>()[i] <=> constant.address;
    case Type::kString:
      if (constant.type != Type::kString) {
        return std::nullopt;
      }
      return values.data<std::string_view>()[i] <=> std::string_view(constant.text);
  }
  return std::nullopt;
}

bool is_within(const Column& values, std::size_t row, const Value& prefix_text) {
  const auto prefix = parse_prefix(prefix_text.text);
  return values.type() == Type::kAddress && prefix &&
         prefix->contains(values.data<IpAddress>()[values.is_constant() ? 0 : row]);
}

}  // namespace

bool is_true(const Predicate& predicate, const Column& values, std::size_t row) {
  if (values.is_null(row)) {
    return predicate.comparison == Comparison::kIsNull;
  }
  const auto order = [&] {
    return predicate.values.empty() ? std::nullopt : compare(values, row, predicate.values.front());
  };
  switch (predicate.comparison) {
    case Comparison::kEqual:
      return order() == std::partial_ordering::equivalent;
    case Comparison::kNotEqual: {
      const auto result = order();
      return result && *result != std::partial_ordering::equivalent;
    }
    case Comparison::kLess:
      return order() == std::partial_ordering::less;
    case Comparison::kLessEqual: {
      const auto result = order();
      return result && *result <= 0;
    }
    case Comparison::kGreater:
      return order() == std::partial_ordering::greater;
    case Comparison::kGreaterEqual: {
      const auto result = order();
      return result && *result >= 0;
    }
    case Comparison::kIn:
      return std::any_of(predicate.values.begin(), predicate.values.end(), [&](const Value& value) {
        return compare(values, row, value) == std::partial_ordering::equivalent;
      });
    case Comparison::kInPrefix:
      return std::any_of(predicate.values.begin(), predicate.values.end(),
                         [&](const Value& value) { return is_within(values, row, value); });
    case Comparison::kIsNull:
      return false;
    case Comparison::kIsNotNull:
      return true;
  }
  return false;
}

void RowFilter::keep(Batch& batch, const std::vector<std::uint32_t>& rows) {
  if (rows.size() == batch.num_rows) {
    return;
  }
  if (old_columns_.size() < batch.columns.size()) {
    old_columns_.resize(batch.columns.size());
  }
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    std::swap(old_columns_[i], batch.columns[i]);
    batch.columns[i].gather(old_columns_[i], rows);
  }
  batch.num_rows = rows.size();
}

void RowFilter::apply(Batch& batch) {
  if (predicates_.empty()) {
    return;
  }
  rows_.clear();
  for (std::size_t row = 0; row < batch.num_rows; ++row) {
    const bool is_kept =
        std::all_of(predicates_.begin(), predicates_.end(), [&](const auto& predicate) {
          return is_true(predicate, batch.columns[predicate.column], row);
        });
    if (is_kept) {
      rows_.push_back(static_cast<std::uint32_t>(row));
    }
  }
  keep(batch, rows_);
}

}  // namespace weir::column
