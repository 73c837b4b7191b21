#include "store/rollup_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/group_scan.h"
#include "store/number_filter.h"
#include "store/row_groups.h"
#include "store/scan_work.h"
#include "store/segment_plan.h"

namespace weir::store {
namespace {

using column::Batch;
using column::GroupRequest;
using column::Type;
using Kind = GroupRequest::Measure::Kind;

// Where a measure stands in a roll-up.
struct Source {
  Kind kind = Kind::kCountRows;
  std::optional<std::size_t> column;  // of the roll-up; none: the segment lacks it, all are null
};

struct Part {
  std::shared_ptr<const SegmentReader> segment;
  const SegmentRollup* rollup = nullptr;
  std::vector<Source> sources;  // of each measure
};

struct Shared {
  Shared(const std::shared_ptr<const TableSnapshot>& the_snapshot, const GroupRequest& the_request,
         const column::ScanContext& the_context)
      : snapshot(the_snapshot),
        request(the_request),
        context(the_context),
        work(the_snapshot, {the_snapshot->spec, {}, {}, the_request.range, true, {}},
             {the_context.cancel, the_context.memory, nullptr}, 1) {}
  std::shared_ptr<const TableSnapshot> snapshot;
  GroupRequest request;
  column::ScanContext context;
  ScanWork work;  // for what the answer rests on
  std::vector<Part> parts;
  std::atomic<std::size_t> next_part{0};
  std::unique_ptr<column::Scan> rest;  // null: there is nothing else
};

// Chooses the segments that roll-ups answer.
class Chooser {
 public:
  Chooser(const TableSnapshot& snapshot, const GroupRequest& request, const TableLayout& layout)
      : snapshot_(snapshot), request_(request), layout_(layout) {}

  [[nodiscard]] bool suits_request() const {
    return request_.may_use_rollups && !request_.bin && !is_by_minute() &&
           std::none_of(request_.disjunctions.begin(), request_.disjunctions.end(),
                        [&](const auto& alternatives) {
                          return std::any_of(alternatives.begin(), alternatives.end(),
                                             [&](const auto& predicate) {
                                               return !is_in_group(name_of(predicate));
                                             });
                        });
  }

  // Nothing where the segment has no roll-up that suffices.
  Result<std::optional<Part>> choose(const std::shared_ptr<const SegmentReader>& segment) const {
    if (!segment->footer().totals) {
      return std::optional<Part>();
    }
    std::optional<Part> best;
    for (const SegmentRollup& rollup : segment->footer().totals->rollups) {
      if (best && best->rollup->num_rows <= rollup.num_rows) {
        continue;
      }
      Part part{segment, &rollup, {}};
      if (suits(*segment, rollup) && find_sources(*segment, part)) {
        best = std::move(part);
      }
    }
    if (best) {
      WEIR_ASSIGN_OR_RETURN(
          const auto plan,
          SegmentPlan::make(segment, {snapshot_.spec, {}, {}, request_.range, true, {}}));
      if (!plan->is_by_code_alone()) {
        best.reset();
      }
    }
    return best;
  }

 private:
  [[nodiscard]] const std::string& name_of(const column::Predicate& predicate) const {
    return request_.conjunct_columns[predicate.column];
  }
  [[nodiscard]] bool is_in_group(const std::string& name) const {
    const auto column = find_column(*snapshot_.spec, name);
    return column && layout_.group_of[*column] == 0;
  }

  // Whether the totals by minute, which are fewer, have all that is asked for.
  [[nodiscard]] bool is_by_minute() const {
    const auto is_of = [&](const std::vector<std::size_t>& columns, const std::string& name) {
      const auto column = find_column(*snapshot_.spec, name);
      return column && std::find(columns.begin(), columns.end(), *column) != columns.end();
    };
    const auto is_key = [&](const std::string& name) { return is_of(layout_.minutes, name); };
    return std::all_of(request_.keys.begin(), request_.keys.end(), is_key) &&
           std::all_of(request_.conjunct_columns.begin(), request_.conjunct_columns.end(),
                       is_key) &&
           std::all_of(request_.measures.begin(), request_.measures.end(),
                       [&](const GroupRequest::Measure& measure) {
                         return measure.kind == Kind::kCountRows ||
                                ((measure.kind == Kind::kCount || measure.kind == Kind::kSum) &&
                                 is_of(layout_.totals, measure.column));
                       });
  }

  [[nodiscard]] bool suits(const SegmentReader& segment, const SegmentRollup& rollup) const {
    // What the segment lacks is null in all of its rows.
    const auto is_key = [&](const std::string& name) {
      const auto column = segment.find(name);
      return !column || *column == rollup.number ||
             std::find(rollup.keys.begin(), rollup.keys.end(), *column) != rollup.keys.end();
    };
    const auto is_where = [&](const column::Predicate& conjunct) {
      return segment.find(name_of(conjunct)) == *rollup.where &&
             (conjunct.comparison == column::Comparison::kEqual ||
              conjunct.comparison == column::Comparison::kIn) &&
             conjunct.values.size() == 1 && conjunct.values.front().text == rollup.where_text;
    };
    return std::all_of(request_.keys.begin(), request_.keys.end(), is_key) &&
           (!rollup.where ||
            std::any_of(request_.conjuncts.begin(), request_.conjuncts.end(), is_where)) &&
           std::all_of(request_.conjuncts.begin(), request_.conjuncts.end(),
                       [&](const column::Predicate& conjunct) {
                         return is_key(name_of(conjunct)) || (rollup.where && is_where(conjunct));
                       }) &&
           std::all_of(request_.disjunctions.begin(), request_.disjunctions.end(),
                       [&](const auto& alternatives) {
                         return std::all_of(
                             alternatives.begin(), alternatives.end(),
                             [&](const auto& predicate) { return is_key(name_of(predicate)); });
                       });
  }

  [[nodiscard]] bool find_sources(const SegmentReader& segment, Part& part) const {
    const auto& columns = segment.footer().totals->columns;
    for (const GroupRequest::Measure& measure : request_.measures) {
      Source source{measure.kind, std::nullopt};
      if (const auto column = segment.find(measure.column);
          column && measure.kind != Kind::kCountRows) {
        const auto at = std::find(columns.begin(), columns.end(), *column);
        if (at == columns.end()) {
          return false;
        }
        source.column = static_cast<std::size_t>(at - columns.begin());
      }
      part.sources.push_back(source);
    }
    return true;
  }

  const TableSnapshot& snapshot_;
  const GroupRequest& request_;
  const TableLayout& layout_;
};

class RollupStream final : public column::ScanStream {
 public:
  explicit RollupStream(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), request_(shared_->request) {}

  Result<bool> next(Batch& batch) override {
    while (next_row_ == rows_.size()) {
      if (shared_->work.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "cancelled");
      }
      const std::size_t part = shared_->next_part.fetch_add(1);
      if (part >= shared_->parts.size()) {
        return next_of_rest(batch);
      }
      WEIR_RETURN_IF_ERROR(open(shared_->parts[part]));
    }
    emit(batch);
    return true;
  }

 private:
  Result<bool> next_of_rest(Batch& batch) {
    if (shared_->rest == nullptr) {
      return false;
    }
    if (rest_ == nullptr) {
      WEIR_ASSIGN_OR_RETURN(rest_, shared_->rest->open_stream());
    }
    return rest_->next(batch);
  }

  // Reads a part's roll-up and lists the rows of it that pass.
  Result<void> open(const Part& part) {
    part_ = &part;
    rows_.clear();
    next_row_ = 0;
    const SegmentReader& segment = *part.segment;
    WEIR_ASSIGN_OR_RETURN(
        const auto plan,
        SegmentPlan::make(part.segment,
                          {shared_->snapshot->spec, request_.conjunct_columns, request_.conjuncts,
                           request_.range, request_.include_silent, request_.disjunctions, true}));
    if (plan->is_empty()) {
      return {};
    }
    std::vector<bool> wanted(segment.footer().totals->columns.size(), false);
    for (const Source& source : part.sources) {
      if (source.column) {
        wanted[*source.column] = true;
      }
    }
    WEIR_ASSIGN_OR_RETURN(rollup_, segment.rollup(*part.rollup, wanted));
    WEIR_ASSIGN_OR_RETURN(group_, segment.group(0));
    tables_.clear();
    for (const std::string& key : request_.keys) {
      auto& table = tables_.emplace_back();
      const auto column = segment.find(key);
      if (column && *column != part.rollup->number) {
        WEIR_ASSIGN_OR_RETURN(table, group_->table(segment.place(*column).member));
      }
    }
    choose_rows(*plan);
    shared_->work.count(0, part.rollup->extent.size, rows_.size());
    return {};
  }

  void choose_rows(const SegmentPlan& plan) {
    const std::vector<std::uint8_t>& passes = plan.passes(0);
    for (std::uint32_t row = 0; row < rollup_.codes.size(); ++row) {
      if (passes.empty() || passes[rollup_.codes[row]] != 0) {
        rows_.push_back(row);
      }
    }
    // What is tested of numbers is the one that is a key: all else suits no roll-up.
    for (const SegmentPlan::Test& test : plan.tests()) {
      std::vector<std::int64_t> values = rollup_.numbers;
      std::vector<std::uint64_t> nulls((values.size() + 63) / 64, 0);
      for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] == Rollup::kNoNumber) {
          nulls[row >> 6] |= std::uint64_t{1} << (row & 63);
        }
      }
      rows_.resize(test.test.keep(values.data(), nulls.data(), rows_.data(), rows_.size()));
    }
  }

  void emit(Batch& batch) {
    const std::size_t count = std::min(column::kBatchRows, rows_.size() - next_row_);
    const std::uint32_t* const rows = rows_.data() + next_row_;
    const std::size_t num_keys = request_.keys.size();
    batch.num_rows = count;
    batch.sequence = sequence_++;
    batch.columns.resize(num_keys + request_.measures.size());
    codes_.resize(column::kBatchRows);
    for (std::size_t i = 0; i < count; ++i) {
      codes_[i] = rollup_.codes[rows[i]];
    }
    for (std::size_t k = 0; k < num_keys; ++k) {
      put_key(k, rows, count, batch.columns[k]);
    }
    for (std::size_t m = 0; m < request_.measures.size(); ++m) {
      put_measure(part_->sources[m], rows, count, batch.columns[num_keys + m]);
    }
    next_row_ += count;
  }

  void put_key(std::size_t key, const std::uint32_t* rows, std::size_t count,
               column::Column& out) const {
    if (tables_[key]) {
      out.reset_coded(tables_[key], codes_.data(), count);
      return;
    }
    const TableSpec& spec = *shared_->snapshot->spec;
    const Type type = spec.columns[*find_column(spec, request_.keys[key])].type;
    if (!part_->segment->find(request_.keys[key])) {
      out.reset_constant(type, count);
      out.set_null(0);
      return;
    }
    out.reset(type, count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t number = rollup_.numbers[rows[i]];
      out.data<std::int64_t>()[i] = number == Rollup::kNoNumber ? 0 : number;
      if (number == Rollup::kNoNumber) {
        out.set_null(i);
      }
    }
  }

  void put_measure(const Source& source, const std::uint32_t* rows, std::size_t count,
                   column::Column& out) const {
    out.reset(Type::kInt64, count);
    auto* const values = out.data<std::int64_t>();
    if (source.kind == Kind::kCountRows) {
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = static_cast<std::int64_t>(rollup_.num_rows[rows[i]]);
      }
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t num_values =
          source.column ? rollup_.columns[*source.column].num_values[rows[i]] : 0;
      const bool is_count = source.kind == Kind::kCount;
      values[i] = is_count         ? static_cast<std::int64_t>(num_values)
                  : num_values > 0 ? value_of(source, rows[i])
                                   : 0;
      if (!is_count && num_values == 0) {
        out.set_null(i);
      }
    }
  }

  [[nodiscard]] std::int64_t value_of(const Source& source, std::uint32_t row) const {
    const Rollup::Column& column = rollup_.columns[*source.column];
    switch (source.kind) {
      case Kind::kMin:
        return column.least[row];
      case Kind::kMax:
        return column.greatest[row];
      case Kind::kSquaresLow:
        return static_cast<std::int64_t>(column.squares_low[row]);
      case Kind::kSquaresHigh:
        return static_cast<std::int64_t>(column.squares_high[row]);
      default:
        return column.sums[row];
    }
  }

  std::shared_ptr<Shared> shared_;
  const GroupRequest& request_;
  const Part* part_ = nullptr;
  Rollup rollup_;
  std::shared_ptr<const GroupCodes> group_;
  std::vector<std::shared_ptr<const column::CodeTable>> tables_;  // of keys of the group
  std::vector<std::uint32_t> rows_;                               // of the roll-up
  std::size_t next_row_ = 0;
  std::uint64_t sequence_ = 0;
  std::vector<std::uint32_t> codes_;
  std::unique_ptr<column::ScanStream> rest_;
};

class RollupScan final : public column::Scan {
 public:
  explicit RollupScan(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    return std::make_unique<RollupStream>(shared_);
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return std::vector<bool>(shared_->request.conjuncts.size(), true);
  }
  [[nodiscard]] column::Completeness completeness() const override {
    column::Completeness found = shared_->work.completeness();
    if (shared_->rest != nullptr) {
      const column::Completeness rest = shared_->rest->completeness();
      found.bytes_read += rest.bytes_read;
      found.bytes_inflated += rest.bytes_inflated;
    }
    return found;
  }
  [[nodiscard]] std::vector<std::string> paths() const override {
    std::vector<std::string> found{
        fmt::format("roll-up: exact, by keys of whole segments, of {} "
                    "segments",
                    shared_->parts.size())};
    if (shared_->rest != nullptr) {
      const auto rest = shared_->rest->paths();
      found.insert(found.end(), rest.begin(), rest.end());
    }
    return found;
  }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<column::Scan>> scan_rollups_of(
    const std::shared_ptr<const TableSnapshot>& snapshot, const GroupRequest& request,
    const TableLayout& layout, const column::ScanContext& context) {
  const Chooser chooser(*snapshot, request, layout);
  if (!chooser.suits_request()) {
    return std::unique_ptr<column::Scan>();
  }
  auto shared = std::make_shared<Shared>(snapshot, request, context);
  auto rest = std::make_shared<TableSnapshot>();
  rest->spec = snapshot->spec;
  rest->tail = snapshot->tail;
  for (const auto& segment : snapshot->segments) {
    if (!meets(segment->footer(), request.range)) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(auto part, chooser.choose(segment));
    if (part) {
      shared->parts.push_back(std::move(*part));
    } else {
      rest->segments.push_back(segment);
    }
  }
  if (shared->parts.empty()) {
    return std::unique_ptr<column::Scan>();
  }
  if (!rest->segments.empty() || !rest->tail.empty()) {
    GroupRequest of_rest = request;
    of_rest.top.reset();  // the greatest of a part are not the greatest
    const bool is_by_code =
        std::all_of(request.keys.begin(), request.keys.end(), [&](const std::string& key) {
          const auto column = find_column(*snapshot->spec, key);
          return column && layout.group_of[*column] == 0;
        });
    if (is_by_code) {
      WEIR_ASSIGN_OR_RETURN(shared->rest, scan_groups_of(rest, of_rest, context));
    }
    if (shared->rest == nullptr) {
      WEIR_ASSIGN_OR_RETURN(shared->rest, RowGroups::open(rest, of_rest, context));
    }
  }
  return std::make_unique<RollupScan>(std::move(shared));
}

}  // namespace weir::store
