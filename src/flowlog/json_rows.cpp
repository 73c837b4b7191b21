#include "flowlog/json_rows.h"

#include <algorithm>
#include <charconv>

#include "base/number.h"
#include "flowlog/cell_value.h"
#include "flowlog/layout.h"

namespace weir::flowlog {
namespace {

std::string_view text_of(const JsonCell& cell, const std::string& name, Arena& arena) {
  switch (cell.kind) {
    case JsonCell::Kind::kNull:
      return {};
    case JsonCell::Kind::kText:
      return cell.text.empty() ? std::string_view("") : arena.copy(cell.text);
    case JsonCell::Kind::kBoolean:
      return cell.integer != 0 ? "true" : "false";
    case JsonCell::Kind::kNumber:
      return arena.copy(format_double(cell.number));
    case JsonCell::Kind::kInteger:
      break;
  }
  constexpr std::ptrdiff_t kAccountDigits = 12;
  char digits[24 + kAccountDigits];
  std::fill_n(digits, kAccountDigits, '0');
  char* begin = digits + kAccountDigits;
  char* const end = std::to_chars(begin, digits + sizeof digits, cell.integer).ptr;
  const auto field = find_field(name);
  if (field && cell.integer >= 0 && end - begin < kAccountDigits &&
      kind_of(field, info(*field).shape) == CellKind::kAccount) {
    begin = end - kAccountDigits;
  }
  return arena.copy({begin, static_cast<std::size_t>(end - begin)});
}

}  // namespace

std::size_t JsonRows::column_of(std::size_t guess, std::string_view name) {
  if (guess < schema_.size() && schema_[guess].name == name) {
    return guess;
  }
  const auto [entry, is_new] = index_.try_emplace(std::string(name), schema_.size());
  if (is_new) {
    schema_.push_back({std::string(name), column::Type::kString});
    cells_.emplace_back();
  }
  return entry->second;
}

bool JsonRows::add(std::span<const JsonCell> cells, std::uint64_t line) {
  if (schema_.size() + cells.size() > kMaxColumns) {
    const auto num_new = std::count_if(cells.begin(), cells.end(), [&](const JsonCell& cell) {
      return index_.find(std::string(cell.name)) == index_.end();
    });
    if (schema_.size() + static_cast<std::size_t>(num_new) > kMaxColumns) {
      return false;
    }
  }
  const std::size_t row = lines_.size();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t place = column_of(i, cells[i].name);
    if (cells_[place].size() > row) {
      continue;  // a key given twice: the first counts
    }
    cells_[place].resize(row);
    cells_[place].push_back(text_of(cells[i], schema_[place].name, arena_));
  }
  lines_.push_back(line);
  return true;
}

JsonRows::Slice JsonRows::next() {
  const std::size_t begin = num_out_;
  batch_.num_rows = std::min(column::kBatchRows, lines_.size() - begin);
  if (batch_.num_rows == 0) {
    for (auto& values : cells_) {
      values.clear();
    }
    lines_.clear();
    arena_.clear();
    num_out_ = 0;
    return {batch_, {}};
  }
  num_out_ += batch_.num_rows;
  batch_.columns.resize(schema_.size());
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    column::Column& column = batch_.columns[i];
    column.reset(column::Type::kString, batch_.num_rows);
    for (std::size_t row = 0; row < batch_.num_rows; ++row) {
      const std::string_view value =
          begin + row < cells_[i].size() ? cells_[i][begin + row] : std::string_view();
      if (value.data() == nullptr) {
        column.set_null(row);
      } else {
        column.data<std::string_view>()[row] = value;
      }
    }
  }
  return {batch_, std::span(lines_).subspan(begin, batch_.num_rows)};
}

}  // namespace weir::flowlog
