#include "store/group_tail.h"

#include <algorithm>
#include <utility>

#include "base/int128.h"
#include "store/group_sums.h"

namespace weir::store {

using column::Batch;
using column::GroupRequest;
using column::Type;

Result<std::unique_ptr<GroupTail>> GroupTail::open(const TableSnapshot& snapshot,
                                                   const GroupRequest& asked) {
  std::unique_ptr<GroupTail> opened(new GroupTail(asked));
  auto tail = std::make_shared<TableSnapshot>();
  tail->spec = snapshot.spec;
  tail->tail = snapshot.tail;
  column::ScanRequest request;
  request.columns = asked.keys;
  if (asked.bin) {
    request.columns.push_back(asked.bin->column);
  }
  for (const GroupRequest::Measure& measure : asked.measures) {
    if (measure.kind != GroupSums::Kind::kCountRows) {
      request.columns.push_back(measure.column);
    }
  }
  for (column::Predicate conjunct : asked.conjuncts) {
    request.columns.push_back(asked.conjunct_columns[conjunct.column]);
    conjunct.column = request.columns.size() - 1;
    request.conjuncts.push_back(std::move(conjunct));
  }
  opened->disjunctions_ = asked.disjunctions;
  for (auto& alternatives : opened->disjunctions_) {
    for (column::Predicate& predicate : alternatives) {
      request.columns.push_back(asked.conjunct_columns[predicate.column]);
      predicate.column = request.columns.size() - 1;
    }
  }
  request.range = asked.range;
  request.include_silent = asked.include_silent;
  opened->table_ = std::make_unique<StoredTable>(std::move(tail));
  WEIR_ASSIGN_OR_RETURN(opened->scan_, opened->table_->scan(request, {}));
  WEIR_ASSIGN_OR_RETURN(opened->stream_, opened->scan_->open_stream());
  return opened;
}

Result<bool> GroupTail::next(Batch& batch) {
  Batch rows;
  WEIR_ASSIGN_OR_RETURN(const bool is_more, stream_->next(rows));
  if (!is_more) {
    return false;
  }
  keep_by_disjunctions(rows);
  const std::size_t num_keys = request_.keys.size();
  std::size_t source = num_keys;
  batch.num_rows = rows.num_rows;
  batch.sequence = rows.sequence;
  batch.columns.resize(num_keys + (request_.bin ? 1 : 0) + request_.measures.size());
  for (column::Column& column : rows.columns) {
    column.flatten();
  }
  for (std::size_t k = 0; k < num_keys; ++k) {
    batch.columns[k].copy_from(rows.columns[k]);
  }
  std::size_t place = num_keys;
  if (request_.bin) {
    const column::Column& times = rows.columns[source++];
    column::Column& bins = batch.columns[place++];
    bins.reset(Type::kTime, rows.num_rows);
    for (std::size_t i = 0; i < rows.num_rows; ++i) {
      if (times.is_null(i)) {
        bins.set_null(i);
      } else {
        bins.data<std::int64_t>()[i] = bin_of(*request_.bin, times.data<std::int64_t>()[i]);
      }
    }
  }
  for (const GroupRequest::Measure& measure : request_.measures) {
    column::Column& values = batch.columns[place++];
    values.reset(Type::kInt64, rows.num_rows);
    const column::Column* const numbers =
        measure.kind == GroupSums::Kind::kCountRows ? nullptr : &rows.columns[source++];
    for (std::size_t i = 0; i < rows.num_rows; ++i) {
      const bool is_null = numbers != nullptr && numbers->is_null(i);
      if (measure.kind == GroupSums::Kind::kCountRows || measure.kind == GroupSums::Kind::kCount) {
        values.data<std::int64_t>()[i] = is_null ? 0 : 1;
      } else if (is_null) {
        values.set_null(i);
      } else {
        const std::int64_t value = numbers->value_at(i).integer;
        const auto squared = static_cast<UInt128>(static_cast<Int128>(value) * value);
        values.data<std::int64_t>()[i] = measure.kind == GroupSums::Kind::kSquaresLow
                                             ? static_cast<std::int64_t>(squared)
                                         : measure.kind == GroupSums::Kind::kSquaresHigh
                                             ? static_cast<std::int64_t>(squared >> 64)
                                             : value;
      }
    }
  }
  return true;
}

void GroupTail::keep_by_disjunctions(Batch& rows) {
  if (disjunctions_.empty()) {
    return;
  }
  std::vector<std::uint32_t> kept;
  for (std::uint32_t row = 0; row < rows.num_rows; ++row) {
    const bool passes =
        std::all_of(disjunctions_.begin(), disjunctions_.end(), [&](const auto& alternatives) {
          return std::any_of(alternatives.begin(), alternatives.end(), [&](const auto& predicate) {
            return column::is_true(predicate, rows.columns[predicate.column], row);
          });
        });
    if (passes) {
      kept.push_back(row);
    }
  }
  filter_.keep(rows, kept);
}

}  // namespace weir::store
