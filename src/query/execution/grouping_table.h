#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/int128.h"
#include "column/scan.h"
#include "query/execution/value_order.h"

namespace weir::query::fixture {

// Another table that adds its rows up by groups itself, as simply as can be, for tests: each batch
// of the other gives partial rows, so every key comes several times. Offers everything but
// conjuncts of prefixes.
class GroupingTable final : public column::Table {
 public:
  explicit GroupingTable(std::shared_ptr<column::Table> inner) : inner_(std::move(inner)) {}

  Result<std::optional<column::Field>> find(std::string_view name) override {
    return inner_->find(name);
  }
  Result<column::Schema> columns() override { return inner_->columns(); }
  std::vector<std::string> known_names() override { return inner_->known_names(); }
  Result<bool> carries(std::string_view name) override { return inner_->carries(name); }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override {
    return inner_->scan(request, context);
  }
  Result<std::unique_ptr<column::Scan>> scan_groups(const column::GroupRequest& request,
                                                    const column::ScanContext& context) override {
    for (const column::Predicate& conjunct : request.conjuncts) {
      if (conjunct.comparison == column::Comparison::kInPrefix) {
        return std::unique_ptr<column::Scan>();
      }
    }
    for (const auto& alternatives : request.disjunctions) {
      for (const column::Predicate& predicate : alternatives) {
        if (predicate.comparison == column::Comparison::kInPrefix) {
          return std::unique_ptr<column::Scan>();
        }
      }
    }
    auto shared = std::make_shared<Shared>();
    shared->request = request;
    column::ScanRequest rows;
    rows.range = request.range;
    rows.include_silent = request.include_silent;
    rows.num_streams = request.num_streams;
    const auto add = [&](const std::string& name) -> Result<std::size_t> {
      WEIR_ASSIGN_OR_RETURN(const auto field, inner_->find(name));
      if (!field) {
        return fail(ErrorCode::kNotFound, "no column " + name);
      }
      rows.columns.push_back(field->name);
      shared->types.push_back(field->type);
      return rows.columns.size() - 1;
    };
    for (const std::string& key : request.keys) {
      WEIR_ASSIGN_OR_RETURN(std::ignore, add(key));
    }
    if (request.bin) {
      WEIR_ASSIGN_OR_RETURN(std::ignore, add(request.bin->column));
    }
    shared->num_keys = rows.columns.size();
    for (const auto& measure : request.measures) {
      std::size_t place = 0;
      if (measure.kind != Kind::kCountRows) {
        WEIR_ASSIGN_OR_RETURN(place, add(measure.column));
      }
      shared->measured.push_back(place);
    }
    for (const std::string& name : request.conjunct_columns) {
      WEIR_ASSIGN_OR_RETURN(const std::size_t place, add(name));
      shared->tested.push_back(place);
    }
    WEIR_ASSIGN_OR_RETURN(shared->inner, inner_->scan(rows, context));
    ++num_group_scans_;
    return std::make_unique<GroupScan>(std::move(shared));
  }

  [[nodiscard]] std::size_t num_group_scans() const { return num_group_scans_; }

 private:
  using Kind = column::GroupRequest::Measure::Kind;
  using Value = column::Value;
  using Type = column::Type;

  struct Shared {
    column::GroupRequest request;
    std::unique_ptr<column::Scan> inner;
    std::vector<Type> types;            // of the columns of `inner`
    std::size_t num_keys = 0;           // the first of them, with the bin
    std::vector<std::size_t> measured;  // column of each measure
    std::vector<std::size_t> tested;    // column of each conjunct column
  };
  struct Cell {
    Int128 sum = 0;
    bool has_value = false;
  };
  struct KeyLess {
    bool operator()(const std::vector<Value>& a, const std::vector<Value>& b) const {
      return RowLess()(a, b);
    }
  };

  class Stream final : public column::ScanStream {
   public:
    Stream(std::shared_ptr<Shared> shared, std::unique_ptr<column::ScanStream> inner)
        : shared_(std::move(shared)), inner_(std::move(inner)) {}

    Result<bool> next(column::Batch& batch) override {
      WEIR_ASSIGN_OR_RETURN(const bool is_more, inner_->next(rows_));
      if (!is_more) {
        return false;
      }
      std::map<std::vector<Value>, std::vector<Cell>, KeyLess> groups;
      for (std::size_t row = 0; row < rows_.num_rows; ++row) {
        if (is_selected(row)) {
          add(row, groups[key_of(row)]);
        }
      }
      deliver(groups, batch);
      return true;
    }

   private:
    [[nodiscard]] bool is_selected(std::size_t row) const {
      const auto& conjuncts = shared_->request.conjuncts;
      const auto& disjunctions = shared_->request.disjunctions;
      const auto is_true = [&](const auto& predicate) {
        return holds(predicate, rows_.columns[shared_->tested[predicate.column]].value_at(row));
      };
      return std::all_of(conjuncts.begin(), conjuncts.end(), is_true) &&
             std::all_of(disjunctions.begin(), disjunctions.end(), [&](const auto& alternatives) {
               return std::any_of(alternatives.begin(), alternatives.end(), is_true);
             });
    }

    static bool holds(const column::Predicate& conjunct, const Value& value) {
      using column::Comparison;
      if (value.is_null() || conjunct.values.empty()) {
        return conjunct.comparison ==
               (value.is_null() ? Comparison::kIsNull : Comparison::kIsNotNull);
      }
      const int order = compare(value, conjunct.values.front());
      switch (conjunct.comparison) {
        case Comparison::kEqual:
          return order == 0;
        case Comparison::kNotEqual:
          return order != 0;
        case Comparison::kLess:
          return order < 0;
        case Comparison::kLessEqual:
          return order <= 0;
        case Comparison::kGreater:
          return order > 0;
        case Comparison::kGreaterEqual:
          return order >= 0;
        default:
          return std::any_of(conjunct.values.begin(), conjunct.values.end(),
                             [&](const Value& one) { return compare(value, one) == 0; });
      }
    }

    [[nodiscard]] std::vector<Value> key_of(std::size_t row) const {
      std::vector<Value> key;
      for (std::size_t k = 0; k < shared_->num_keys; ++k) {
        key.push_back(rows_.columns[k].value_at(row));
      }
      if (const auto& bin = shared_->request.bin; bin && !key.back().is_null()) {
        const std::int64_t width = bin->width_ms;
        const std::int64_t rest = (key.back().integer - bin->offset_ms) % width;
        key.back().integer -= rest < 0 ? rest + width : rest;
      }
      return key;
    }

    void add(std::size_t row, std::vector<Cell>& cells) const {
      cells.resize(shared_->measured.size());
      for (std::size_t m = 0; m < cells.size(); ++m) {
        const Kind kind = shared_->request.measures[m].kind;
        Cell& cell = cells[m];
        if (kind == Kind::kCountRows) {
          cell.sum += 1;
          cell.has_value = true;
          continue;
        }
        const Value value = rows_.columns[shared_->measured[m]].value_at(row);
        cell.has_value |= kind == Kind::kCount;
        if (value.is_null()) {
          continue;
        }
        const Int128 number = value.integer;
        if (kind == Kind::kCount) {
          cell.sum += 1;
        } else if (kind == Kind::kSum) {
          cell.sum += number;
        } else if (kind == Kind::kSquaresLow || kind == Kind::kSquaresHigh) {
          cell.sum += number * number;
        } else if (!cell.has_value ||
                   (kind == Kind::kMin ? number < cell.sum : number > cell.sum)) {
          cell.sum = number;
        }
        cell.has_value = true;
      }
    }

    // A sum past 64 bits goes into further rows with the same key, where the other measures add
    // nothing.
    template <class Groups>
    void deliver(Groups& groups, column::Batch& batch) const {
      std::vector<std::pair<std::vector<Value>, std::vector<Cell>>> out(groups.begin(),
                                                                        groups.end());
      for (std::size_t i = 0; i < out.size(); ++i) {
        for (std::size_t m = 0; m < shared_->measured.size(); ++m) {
          constexpr Int128 kMost = std::int64_t{1} << 62;
          const Int128 sum = out[i].second[m].sum;
          const Int128 part = std::clamp(sum, -kMost, kMost);
          if (shared_->request.measures[m].kind == Kind::kSum && part != sum) {
            auto rest = out[i];
            for (std::size_t other = 0; other < rest.second.size(); ++other) {
              const Kind kind = shared_->request.measures[other].kind;
              rest.second[other] = {0,
                                    kind != Kind::kSum && kind != Kind::kMin && kind != Kind::kMax};
            }
            rest.second[m] = {sum - part, true};
            out[i].second[m].sum = part;
            out.push_back(std::move(rest));
          }
        }
      }
      batch.num_rows = out.size();
      batch.sequence = rows_.sequence;
      batch.columns.resize(shared_->num_keys + shared_->measured.size());
      for (std::size_t k = 0; k < shared_->num_keys; ++k) {
        batch.columns[k].reset(shared_->types[k], out.size());
        for (std::size_t i = 0; i < out.size(); ++i) {
          batch.columns[k].put(i, out[i].first[k]);
        }
      }
      for (std::size_t m = 0; m < shared_->measured.size(); ++m) {
        column::Column& column = batch.columns[shared_->num_keys + m];
        column.reset(Type::kInt64, out.size());
        for (std::size_t i = 0; i < out.size(); ++i) {
          const Cell& cell = out[i].second[m];
          const bool is_upper = shared_->request.measures[m].kind == Kind::kSquaresHigh;
          const auto value = static_cast<std::int64_t>(is_upper ? cell.sum >> 64 : cell.sum);
          column.put(i, cell.has_value ? Value::of_int(value) : Value::null());
        }
      }
    }

    std::shared_ptr<Shared> shared_;
    std::unique_ptr<column::ScanStream> inner_;
    column::Batch rows_;
  };

  class GroupScan final : public column::Scan {
   public:
    explicit GroupScan(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
    Result<std::unique_ptr<column::ScanStream>> open_stream() override {
      WEIR_ASSIGN_OR_RETURN(auto stream, shared_->inner->open_stream());
      return std::make_unique<Stream>(shared_, std::move(stream));
    }
    [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
      return std::vector<bool>(shared_->request.conjuncts.size(), true);
    }
    [[nodiscard]] column::Completeness completeness() const override {
      return shared_->inner->completeness();
    }
    [[nodiscard]] std::vector<std::string> paths() const override {
      return {shared_->request.may_use_rollups ? "groups of the table" : "groups of the rows"};
    }

   private:
    std::shared_ptr<Shared> shared_;
  };

  std::shared_ptr<column::Table> inner_;
  std::size_t num_group_scans_ = 0;
};

}  // namespace weir::query::fixture
