#include "query/execution/row_buffer.h"

#include <algorithm>
#include <utility>

namespace weir::query {
namespace {

std::size_t bytes_of(const column::Batch& batch) {
  std::size_t bytes = sizeof(column::Batch) + batch.columns.size() * sizeof(column::Column);
  for (const column::Column& column : batch.columns) {
    const std::size_t stored = column.is_constant() ? 1 : batch.num_rows;
    bytes += stored * column::width_of(column.type()) + stored / 8;
    if (column.type() == column::Type::kString) {
      const auto* texts = column.data<std::string_view>();
      for (std::size_t i = 0; i < stored; ++i) {
        bytes += column.is_null(i) ? 0 : texts[i].size();
      }
    }
  }
  return bytes;
}

}  // namespace

void copy_row_cell(const column::Column& source, std::size_t row, column::Column& out,
                   std::size_t to) {
  if (source.type() == column::Type::kNull || source.is_null(row)) {
    out.set_null(to);
    return;
  }
  const std::size_t from = source.is_constant() ? 0 : row;
  switch (out.type()) {
    case column::Type::kNull:
      break;
    case column::Type::kBool:
      out.data<std::uint8_t>()[to] = source.data<std::uint8_t>()[from];
      break;
    case column::Type::kDouble:
      out.data<double>()[to] = source.data<double>()[from];
      break;
    case column::Type::kAddress:
      out.data<IpAddress>()[to] = source.data<IpAddress>()[from];
      break;
    case column::Type::kString:
      out.data<std::string_view>()[to] = source.data<std::string_view>()[from];
      break;
    default:
      out.data<std::int64_t>()[to] = source.data<std::int64_t>()[from];
      break;
  }
}

Result<void> RowBuffer::add(const column::Batch& batch, const char* what) {
  if (batch.num_rows == 0) {
    return {};
  }
  if (!reserved_.add(bytes_of(batch))) {
    return out_of_budget(what, *reserved_.budget());
  }
  column::Batch copy;
  copy.num_rows = batch.num_rows;
  copy.sequence = batch.sequence;
  for (const column::Column& column : batch.columns) {
    copy.columns.emplace_back().copy_from(column);
  }
  batches_.push_back(std::move(copy));
  num_rows_ += batch.num_rows;
  return {};
}

void RowBuffer::take(RowBuffer&& other) {
  for (column::Batch& batch : other.batches_) {
    batches_.push_back(std::move(batch));
  }
  num_rows_ += std::exchange(other.num_rows_, 0);
  reserved_.take(other.reserved_);
  other.batches_.clear();
}

Result<std::vector<RowBuffer::Place>> RowBuffer::places(const char* what) {
  if (!reserved_.add(num_rows_ * sizeof(Place))) {
    return out_of_budget(what, *reserved_.budget());
  }
  std::vector<Place> all;
  all.reserve(num_rows_);
  for (std::size_t b = 0; b < batches_.size(); ++b) {
    for (std::size_t row = 0; row < batches_[b].num_rows; ++row) {
      all.push_back({static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(row)});
    }
  }
  return all;
}

void RowBuffer::gather(const std::vector<Place>& places, std::size_t begin, std::size_t end,
                       std::size_t num_columns, column::Batch& out) const {
  out.num_rows = end - begin;
  out.columns.resize(num_columns);
  for (std::size_t c = 0; c < num_columns; ++c) {
    // A batch may hold nulls without a type where others hold values.
    column::Type type = column::Type::kNull;
    for (std::size_t b = 0; b < batches_.size() && type == column::Type::kNull; ++b) {
      type = batches_[b].columns[c].type();
    }
    out.columns[c].reset(type, out.num_rows);
    for (std::size_t i = begin; i < end; ++i) {
      copy_row_cell(batches_[places[i].batch].columns[c], places[i].row, out.columns[c], i - begin);
    }
  }
}

Result<void> RowBuffer::keep(const std::vector<Place>& places, const char* what) {
  RowBuffer kept(reserved_.budget());
  column::Batch batch;
  if (!places.empty()) {
    const std::size_t num_columns = batches_.front().columns.size();
    for (std::size_t begin = 0; begin < places.size(); begin += column::kBatchRows) {
      const std::size_t end = std::min(places.size(), begin + column::kBatchRows);
      gather(places, begin, end, num_columns, batch);
      batch.sequence = begin;
      WEIR_RETURN_IF_ERROR(kept.add(batch, what));
    }
  }
  reserved_ = std::move(kept.reserved_);
  batches_ = std::move(kept.batches_);
  num_rows_ = kept.num_rows_;
  return {};
}

}  // namespace weir::query
