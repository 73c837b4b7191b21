#include "store/row_groups.h"

#include <algorithm>
#include <utility>

#include "base/int128.h"
#include "column/row_filter.h"
#include "store/group_sums.h"

namespace weir::store {
namespace {

using column::Batch;
using column::GroupRequest;
using column::Type;
using Kind = GroupRequest::Measure::Kind;

class RowGroupStream final : public column::ScanStream {
 public:
  RowGroupStream(std::shared_ptr<const GroupRequest> request,
                 std::vector<std::vector<column::Predicate>> disjunctions,
                 std::unique_ptr<column::ScanStream> stream)
      : request_(std::move(request)),
        disjunctions_(std::move(disjunctions)),
        stream_(std::move(stream)) {}

  Result<bool> next(Batch& batch) override {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream_->next(rows_));
    if (!is_more) {
      return false;
    }
    const std::size_t num_keys = request_->keys.size();
    for (std::size_t c = disjunctions_.empty() ? num_keys : 0; c < rows_.columns.size(); ++c) {
      rows_.columns[c].flatten();
    }
    keep_by_disjunctions();
    std::size_t source = num_keys;
    batch.num_rows = rows_.num_rows;
    batch.sequence = rows_.sequence;
    batch.columns.resize(num_keys + (request_->bin ? 1 : 0) + request_->measures.size());
    for (std::size_t k = 0; k < num_keys; ++k) {
      std::swap(batch.columns[k], rows_.columns[k]);
    }
    std::size_t place = num_keys;
    if (request_->bin) {
      put_bins(rows_.columns[source++], batch.columns[place++]);
    }
    for (const GroupRequest::Measure& measure : request_->measures) {
      const column::Column* const numbers =
          measure.kind == Kind::kCountRows ? nullptr : &rows_.columns[source++];
      put_measure(measure.kind, numbers, batch.columns[place++]);
    }
    return true;
  }

 private:
  void put_bins(const column::Column& times, column::Column& bins) const {
    bins.reset(Type::kTime, rows_.num_rows);
    for (std::size_t i = 0; i < rows_.num_rows; ++i) {
      if (times.is_null(i)) {
        bins.set_null(i);
      } else {
        bins.data<std::int64_t>()[i] = bin_of(*request_->bin, times.data<std::int64_t>()[i]);
      }
    }
  }

  void put_measure(Kind kind, const column::Column* numbers, column::Column& values) const {
    values.reset(Type::kInt64, rows_.num_rows);
    for (std::size_t i = 0; i < rows_.num_rows; ++i) {
      const bool is_null = numbers != nullptr && numbers->is_null(i);
      if (kind == Kind::kCountRows || kind == Kind::kCount) {
        values.data<std::int64_t>()[i] = is_null ? 0 : 1;
      } else if (is_null) {
        values.set_null(i);
      } else {
        const std::int64_t value = numbers->value_at(i).integer;
        const auto squared = static_cast<UInt128>(static_cast<Int128>(value) * value);
        values.data<std::int64_t>()[i] =
            kind == Kind::kSquaresLow    ? static_cast<std::int64_t>(squared)
            : kind == Kind::kSquaresHigh ? static_cast<std::int64_t>(squared >> 64)
                                         : value;
      }
    }
  }

  void keep_by_disjunctions() {
    if (disjunctions_.empty()) {
      return;
    }
    std::vector<std::uint32_t> kept;
    for (std::uint32_t row = 0; row < rows_.num_rows; ++row) {
      const bool passes =
          std::all_of(disjunctions_.begin(), disjunctions_.end(), [&](const auto& alternatives) {
            return std::any_of(
                alternatives.begin(), alternatives.end(), [&](const auto& predicate) {
                  return column::is_true(predicate, rows_.columns[predicate.column], row);
                });
          });
      if (passes) {
        kept.push_back(row);
      }
    }
    filter_.keep(rows_, kept);
  }

  std::shared_ptr<const GroupRequest> request_;
  std::vector<std::vector<column::Predicate>> disjunctions_;
  std::unique_ptr<column::ScanStream> stream_;
  column::RowFilter filter_{{}};
  Batch rows_;
};

}  // namespace

Result<std::unique_ptr<RowGroups>> RowGroups::open(std::shared_ptr<const TableSnapshot> snapshot,
                                                   const GroupRequest& asked,
                                                   const column::ScanContext& context) {
  std::unique_ptr<RowGroups> opened(new RowGroups(asked));
  column::ScanRequest request;
  request.columns = asked.keys;
  if (asked.bin) {
    request.columns.push_back(asked.bin->column);
  }
  for (const GroupRequest::Measure& measure : asked.measures) {
    if (measure.kind != Kind::kCountRows) {
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
  request.num_streams = asked.num_streams;
  opened->table_ = std::make_unique<StoredTable>(std::move(snapshot));
  WEIR_ASSIGN_OR_RETURN(opened->scan_, opened->table_->scan(request, context));
  return opened;
}

Result<std::unique_ptr<RowGroups>> RowGroups::open_tail(const TableSnapshot& snapshot,
                                                        const GroupRequest& asked) {
  auto tail = std::make_shared<TableSnapshot>();
  tail->spec = snapshot.spec;
  tail->tail = snapshot.tail;
  GroupRequest request = asked;
  request.num_streams = 1;
  return open(std::move(tail), request, {});
}

Result<std::unique_ptr<column::ScanStream>> RowGroups::open_stream() {
  WEIR_ASSIGN_OR_RETURN(auto stream, scan_->open_stream());
  return std::make_unique<RowGroupStream>(request_, disjunctions_, std::move(stream));
}

}  // namespace weir::store
