#include "store/group_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>

#include "store/block_cursor.h"
#include "store/group_sums.h"
#include "store/rollup_scan.h"
#include "store/row_groups.h"
#include "store/scan_work.h"
#include "store/table_layout.h"
#include "store/top_groups.h"
#include "store/total_source.h"

namespace weir::store {
namespace {

using column::Batch;
using column::GroupRequest;
using column::Type;
using Kind = GroupRequest::Measure::Kind;

constexpr std::int64_t kMinuteMs = 60'000;

// The distinct keys of a segment: which one each code has, and a code for each.
struct Keys {
  bool is_one = false;                     // all codes have the same
  std::vector<std::uint32_t> key_of_code;  // empty: a code is its own key, or all have one
  std::vector<std::uint32_t> representatives;
};

// Whether totals by code are likely to have all that is asked for.
bool are_likely_totals(const TableSpec& spec, const TableLayout& layout,
                       const GroupRequest& request) {
  return request.may_use_rollups && !request.bin &&
         std::all_of(request.measures.begin(), request.measures.end(), [&](const auto& measure) {
           if (measure.kind == Kind::kSum || measure.kind == Kind::kCount) {
             const auto column = find_column(spec, measure.column);
             return column && std::find(layout.totals.begin(), layout.totals.end(), *column) !=
                                  layout.totals.end();
           }
           return measure.kind == Kind::kCountRows;
         });
}

struct SharedGroups {
  SharedGroups(const std::shared_ptr<const TableSnapshot>& snapshot, const GroupRequest& given,
               const column::ScanContext& context)
      : request(given),
        layout(*make_table_layout(*snapshot->spec)),
        work(snapshot,
             {snapshot->spec, given.conjunct_columns, given.conjuncts, given.range,
              given.include_silent, given.disjunctions,
              are_likely_totals(*snapshot->spec, layout, given)},
             context, std::max<std::size_t>(given.num_streams, 1)) {
    for (const GroupRequest::Measure& measure : request.measures) {
      kinds.push_back(measure.kind);
    }
    for (const std::string& key : request.keys) {
      key_types.push_back(snapshot->spec->columns[*find_column(*snapshot->spec, key)].type);
    }
  }
  GroupRequest request;
  TableLayout layout;
  std::unique_ptr<TopGroups> top;  // null: all groups are read
  std::vector<Kind> kinds;
  std::vector<Type> key_types;
  ScanWork work;
  std::atomic<std::uint64_t> num_by_minute{0};
  std::atomic<std::uint64_t> num_by_code{0};
  std::atomic<std::uint64_t> num_by_rows{0};
  // Totals are read by the first task of a segment alone.
  std::vector<std::atomic<bool>> is_answered{std::vector<std::atomic<bool>>(work_size())};

 private:
  std::size_t work_size() const { return work.snapshot().segments.size(); }
};

class GroupStream final : public column::ScanStream {
 public:
  explicit GroupStream(std::shared_ptr<SharedGroups> shared)
      : shared_(std::move(shared)), request_(shared_->request), cursor_({}, {}) {}

  Result<bool> next(Batch& batch) override {
    if (shared_->top != nullptr) {
      return shared_->top->next(batch);
    }
    while (true) {
      if (next_row_ < rows_.size()) {
        emit(batch);
        return true;
      }
      if (shared_->work.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "cancelled");
      }
      const auto task = shared_->work.take();
      if (!task) {
        return next_of_tail(batch);
      }
      rows_.clear();
      next_row_ = 0;
      WEIR_RETURN_IF_ERROR(add_task(*task));
      sums_.list(rows_);
      shared_->work.forget(task->segment);
    }
  }

 private:
  Result<void> add_task(const ScanWork::Task& task) {
    sums_.reset({}, shared_->kinds);
    WEIR_ASSIGN_OR_RETURN(plan_, shared_->work.plan(task.segment));
    if (plan_->is_empty()) {
      return {};
    }
    const SegmentReader& segment = plan_->segment();
    if (segment.footer().groups.empty()) {
      return fail(ErrorCode::kInternal, "a segment without groups cannot be added up by them");
    }
    WEIR_ASSIGN_OR_RETURN(group_, segment.group(0));
    tables_.clear();
    for (const std::string& key : request_.keys) {
      const auto column = segment.find(key);
      if (column) {
        WEIR_ASSIGN_OR_RETURN(tables_.emplace_back(), group_->table(segment.place(*column).member));
      } else {
        tables_.emplace_back();
      }
    }
    WEIR_ASSIGN_OR_RETURN(Keys keys, find_keys());
    sums_.reset(keys.representatives, shared_->kinds);
    const bool may_roll_up = request_.may_use_rollups && plan_->is_by_code_alone() &&
                             segment.footer().totals.has_value();
    if (may_roll_up && suits_minutes(segment)) {
      if (!shared_->is_answered[task.segment].exchange(true)) {
        ++shared_->num_by_minute;
        return add_minutes(keys);
      }
      return {};
    }
    if (may_roll_up && suits_codes(segment)) {
      if (!shared_->is_answered[task.segment].exchange(true)) {
        ++shared_->num_by_code;
        return add_codes(keys);
      }
      return {};
    }
    ++shared_->num_by_rows;
    find_cells_of_codes(std::move(keys));
    for (std::size_t block = task.first_block; block < task.end_block; ++block) {
      if (shared_->work.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "cancelled");
      }
      if (plan_->wants_block(block)) {
        WEIR_RETURN_IF_ERROR(add_block(block));
      }
    }
    return {};
  }

  // Members of the first group that are keys and that the segment has.
  std::vector<std::size_t> key_members() const {
    std::vector<std::size_t> members;
    for (const std::string& key : request_.keys) {
      if (const auto column = plan_->segment().find(key)) {
        members.push_back(plan_->segment().place(*column).member);
      }
    }
    return members;
  }

  Result<Keys> find_keys() {
    Keys keys;
    const std::size_t num_codes = group_->size();
    const std::vector<std::size_t> members = key_members();
    if (num_codes == 0) {
      return keys;
    }
    if (members.empty()) {
      keys.is_one = true;
      keys.representatives = {0};
      return keys;
    }
    keys.key_of_code.assign(num_codes, 0);
    // Keys are told apart member by member: a pair of a number so far and a value's number.
    std::uint32_t num_keys = 1;
    std::vector<std::uint64_t> slots;
    for (const std::size_t member : members) {
      WEIR_ASSIGN_OR_RETURN(const auto* const values, group_->value_codes(member));
      std::size_t size = 256;
      while (size < num_codes * 2) {
        size *= 2;
      }
      slots.assign(size, 0);
      slot_numbers_.assign(size, 0);
      std::uint32_t next = 0;
      for (std::size_t code = 0; code < num_codes; ++code) {
        const std::uint64_t pair =
            (std::uint64_t{keys.key_of_code[code]} << 32 | (*values)[code]) + 1;
        std::size_t slot = (pair * 0x9e37'79b9'7f4a'7c15) >> 32 & (size - 1);
        while (slots[slot] != 0 && slots[slot] != pair) {
          slot = (slot + 1) & (size - 1);
        }
        if (slots[slot] == 0) {
          slots[slot] = pair;
          slot_numbers_[slot] = next++;
        }
        keys.key_of_code[code] = slot_numbers_[slot];
      }
      num_keys = next;
    }
    if (num_keys == num_codes) {
      // Numbers were given in the order of the codes, so each code is its own key.
      keys.key_of_code.clear();
      keys.representatives.resize(num_codes);
      std::iota(keys.representatives.begin(), keys.representatives.end(), 0U);
      return keys;
    }
    keys.representatives.assign(num_keys, ~std::uint32_t{0});
    for (std::size_t code = num_codes; code-- > 0;) {
      keys.representatives[keys.key_of_code[code]] = static_cast<std::uint32_t>(code);
    }
    return keys;
  }

  static std::uint32_t key_of(const Keys& keys, std::uint32_t code) {
    return keys.is_one ? 0 : keys.key_of_code.empty() ? code : keys.key_of_code[code];
  }

  bool suits_totals(const SegmentReader& segment, bool is_by_minute) const {
    return std::all_of(request_.measures.begin(), request_.measures.end(),
                       [&](const auto& measure) {
                         return find_total_source(segment, *shared_->work.snapshot().spec,
                                                  shared_->layout, measure, is_by_minute)
                             .has_value();
                       });
  }
  bool suits_codes(const SegmentReader& segment) const {
    return !request_.bin && suits_totals(segment, false);
  }
  bool suits_minutes(const SegmentReader& segment) const {
    if (!suits_totals(segment, true) ||
        (request_.bin &&
         (request_.bin->width_ms % kMinuteMs != 0 || request_.bin->offset_ms % kMinuteMs != 0 ||
          request_.bin->column != shared_->work.snapshot().spec->time_column))) {
      return false;
    }
    const auto is_minute_key = [&](const std::string& name) {
      const auto column = segment.find(name);
      const auto& keys = segment.footer().totals->minute_keys;
      return !column || std::find(keys.begin(), keys.end(), *column) != keys.end();
    };
    const TableSpec& spec = *shared_->work.snapshot().spec;
    const bool needs_status = !request_.include_silent && shared_->layout.silent.has_value();
    return std::all_of(request_.keys.begin(), request_.keys.end(), is_minute_key) &&
           std::all_of(request_.conjunct_columns.begin(), request_.conjunct_columns.end(),
                       is_minute_key) &&
           (!needs_status || is_minute_key(spec.columns[*shared_->layout.silent].name));
  }

  void find_total_sources(bool is_by_minute) {
    total_sources_.clear();
    for (const GroupRequest::Measure& measure : request_.measures) {
      total_sources_.push_back(*find_total_source(plan_->segment(), *shared_->work.snapshot().spec,
                                                  shared_->layout, measure, is_by_minute));
    }
  }

  TotalsWanted wanted_totals() const {
    TotalsWanted wanted;
    wanted.is_all = false;
    wanted.sums.resize(plan_->segment().footer().totals->columns.size());
    for (const TotalSource& source : total_sources_) {
      wanted.min_time = wanted.min_time || source.of == TotalSource::Of::kLeastTime;
      wanted.max_until = wanted.max_until || source.of == TotalSource::Of::kGreatestUntil;
      if (source.of == TotalSource::Of::kSum) {
        wanted.sums[source.sum] = true;
      }
    }
    return wanted;
  }

  void add_total(const Totals& totals, std::size_t row, std::size_t cell) {
    const std::uint64_t num_rows = totals.num_rows[row];
    sums_.add_rows(cell, num_rows);
    for (std::size_t m = 0; m < total_sources_.size(); ++m) {
      if (total_sources_[m].of != TotalSource::Of::kRows) {
        const TotalSource::Value value = total_sources_[m].at(totals, row);
        sums_.add(m, cell, num_rows, value.num_values, value.value);
      }
    }
  }

  Result<void> add_codes(const Keys& keys) {
    find_total_sources(false);
    WEIR_ASSIGN_OR_RETURN(const Totals totals, plan_->segment().totals_by_code(wanted_totals()));
    const std::size_t first = sums_.open_bin(GroupSums::kNoBin);
    const std::vector<std::uint8_t>& passes = plan_->passes(0);
    for (std::uint32_t code = 0; code < totals.num_rows.size(); ++code) {
      if (passes.empty() || passes[code] != 0) {
        add_total(totals, code, first + key_of(keys, code));
      }
    }
    return {};
  }

  Result<void> add_minutes(const Keys& keys) {
    WEIR_ASSIGN_OR_RETURN(const Totals totals, plan_->segment().totals_by_minute());
    find_total_sources(true);
    const std::vector<std::uint8_t>& passes = plan_->passes(0);
    std::vector<std::uint32_t> codes;  // empty: any will do
    if (!request_.keys.empty() || !passes.empty()) {
      WEIR_ASSIGN_OR_RETURN(codes, codes_of_minutes(totals));
    }
    for (std::size_t row = 0; row < totals.num_rows.size(); ++row) {
      const std::uint32_t code = codes.empty() ? 0 : codes[row];
      if (!passes.empty() && passes[code] == 0) {
        continue;
      }
      std::int64_t bin = GroupSums::kNoBin;
      if (request_.bin && totals.minutes[row] != Totals::kNoMinute) {
        bin = bin_of(*request_.bin, totals.minutes[row] * kMinuteMs);
      }
      add_total(totals, row, sums_.open_bin(bin) + key_of(keys, code));
    }
    return {};
  }

  // A code for each row of the totals by minute that has the same minute keys: the same keys, and
  // the same answer to all conjuncts. The rows have few keys, and these come early.
  Result<std::vector<std::uint32_t>> codes_of_minutes(const Totals& totals) {
    const SegmentReader& segment = plan_->segment();
    std::map<std::vector<std::uint32_t>, std::vector<std::uint32_t>> rows;  // by their keys
    std::vector<std::uint32_t> values(totals.key_values.size());
    for (std::uint32_t row = 0; row < totals.num_rows.size(); ++row) {
      for (std::size_t m = 0; m < values.size(); ++m) {
        values[m] = totals.key_values[m][row];
      }
      rows[values].push_back(row);
    }
    std::vector<const std::vector<std::uint32_t>*> members;
    for (const std::uint32_t column : segment.footer().totals->minute_keys) {
      WEIR_ASSIGN_OR_RETURN(members.emplace_back(),
                            group_->value_codes(segment.place(column).member));
    }
    std::vector<std::uint32_t> codes(totals.num_rows.size());
    std::vector<std::uint32_t> last;
    for (std::uint32_t code = 0; code < group_->size() && !rows.empty(); ++code) {
      for (std::size_t m = 0; m < members.size(); ++m) {
        values[m] = (*members[m])[code];
      }
      if (values == last) {
        continue;
      }
      last = values;
      if (const auto found = rows.find(values); found != rows.end()) {
        for (const std::uint32_t row : found->second) {
          codes[row] = code;
        }
        rows.erase(found);
      }
    }
    if (!rows.empty()) {
      return tl::unexpected<Error>(segment.at_file(
          Error{ErrorCode::kInput, "totals of a key that no row has"}, "totals by minute"));
    }
    return codes;
  }

  // The cell of each code within a bin: of its key, or the one that does not count.
  void find_cells_of_codes(Keys keys) {
    const std::vector<std::uint8_t>& passes = plan_->passes(0);
    cell_of_code_.clear();
    const auto num_passing = static_cast<std::size_t>(
        std::count_if(passes.begin(), passes.end(), [](std::uint8_t pass) { return pass != 0; }));
    // Few codes are looked for row by row, so that the rest of the others need not be unpacked.
    is_selective_ = !passes.empty() && num_passing * 8 < passes.size();
    is_one_cell_ = keys.is_one && (is_selective_ || passes.empty());
    if (is_one_cell_ || (keys.key_of_code.empty() && passes.empty())) {
      return;  // each its own
    }
    if (is_selective_ || passes.empty()) {
      cell_of_code_ = std::move(keys.key_of_code);
      return;
    }
    const auto aside = static_cast<std::uint32_t>(keys.representatives.size());
    cell_of_code_.resize(group_->size());
    for (std::uint32_t code = 0; code < cell_of_code_.size(); ++code) {
      cell_of_code_[code] = passes[code] != 0 ? key_of(keys, code) : aside;
    }
  }

  Result<void> add_block(std::size_t block) {
    const SegmentReader& segment = plan_->segment();
    WEIR_RETURN_IF_ERROR(cursor_.open(plan_, block));
    BlockCursor::Selection selection{true, nullptr, segment.footer().blocks[block].num_rows};
    if (is_selective_ || !cursor_.passes_by_code(0)) {
      WEIR_ASSIGN_OR_RETURN(selection, cursor_.select_block());
    }
    if (selection.num_rows > 0) {
      WEIR_RETURN_IF_ERROR(add_rows(selection));
    }
    shared_->work.count(1, cursor_.bytes_read() - bytes_counted_,
                        segment.footer().blocks[block].num_rows);
    bytes_counted_ = cursor_.bytes_read();
    return {};
  }

  Result<void> add_rows(const BlockCursor::Selection& selection) {
    WEIR_RETURN_IF_ERROR(find_cells(selection));
    const std::span<const std::uint32_t> cells(cells_.data(), selection.num_rows);
    bool are_counted = false;
    for (std::size_t m = 0; m < request_.measures.size(); ++m) {
      const GroupRequest::Measure& measure = request_.measures[m];
      if (measure.kind == Kind::kCountRows) {
        continue;
      }
      const auto column = plan_->segment().find(measure.column);
      BlockCursor::Numbers numbers;
      numbers.is_all_null = true;
      if (column) {
        WEIR_ASSIGN_OR_RETURN(numbers, numbers_of(*column, selection));
      }
      if (numbers.is_all_null) {
        sums_.add_nulls(m, cells);
      } else if (!are_counted && measure.kind == Kind::kSum) {
        sums_.count_and_sum(m, cells, numbers.values, numbers.nulls);
        are_counted = true;
      } else {
        sums_.add_values(m, cells, numbers.values, numbers.nulls);
      }
    }
    if (!are_counted) {
      sums_.count_rows(cells);
    }
    return {};
  }

  // The values of the selected rows, one after the other.
  Result<BlockCursor::Numbers> numbers_of(std::size_t column,
                                          const BlockCursor::Selection& selection) {
    if (selection.is_all) {
      return cursor_.block_numbers(column);
    }
    return cursor_.pick_numbers(column, {selection.rows, selection.num_rows});
  }

  Result<void> find_cells(const BlockCursor::Selection& selection) {
    const std::size_t num_rows = selection.num_rows;
    cells_.resize(kBlockRows);
    if (is_one_cell_) {
      std::fill_n(cells_.begin(), num_rows, 0U);
    } else {
      WEIR_ASSIGN_OR_RETURN(const std::uint32_t* const codes, cursor_.codes(0));
      const auto fill = [&](auto cell_of) {
        for (std::size_t i = 0; i < num_rows; ++i) {
          cells_[i] = cell_of(codes[selection.is_all ? i : selection.rows[i]]);
        }
      };
      if (cell_of_code_.empty()) {
        fill([](std::uint32_t code) { return code; });
      } else {
        fill([&](std::uint32_t code) { return cell_of_code_[code]; });
      }
    }
    if (!request_.bin) {
      static_cast<void>(sums_.open_bin(GroupSums::kNoBin));
      return {};
    }
    const auto column = plan_->segment().find(request_.bin->column);
    BlockCursor::Numbers times;
    times.is_all_null = true;
    if (column) {
      WEIR_ASSIGN_OR_RETURN(times, numbers_of(*column, selection));
    }
    std::int64_t bin = GroupSums::kNoBin;
    std::size_t first = sums_.open_bin(bin);
    for (std::size_t i = 0; i < num_rows; ++i) {
      const bool is_null = times.is_all_null ||
                           (times.nulls != nullptr && ((times.nulls[i >> 6] >> (i & 63)) & 1) != 0);
      const bool is_same = bin != GroupSums::kNoBin && !is_null && times.values[i] >= bin &&
                           times.values[i] < bin + request_.bin->width_ms;
      if (!is_same) {
        bin = is_null ? GroupSums::kNoBin : bin_of(*request_.bin, times.values[i]);
        first = sums_.open_bin(bin);
      }
      cells_[i] += static_cast<std::uint32_t>(first);
    }
    return {};
  }

  void emit(Batch& batch) {
    const std::size_t count = std::min(column::kBatchRows, rows_.size() - next_row_);
    const GroupSums::Row* const rows = rows_.data() + next_row_;
    const std::size_t num_keys = request_.keys.size();
    const std::size_t num_columns = num_keys + (request_.bin ? 1 : 0) + request_.measures.size();
    batch.num_rows = count;
    batch.sequence = sequence_++;
    batch.columns.resize(num_columns);
    codes_.resize(column::kBatchRows);
    for (std::size_t i = 0; i < count; ++i) {
      codes_[i] = rows[i].code;
    }
    for (std::size_t k = 0; k < num_keys; ++k) {
      if (tables_[k]) {
        batch.columns[k].reset_coded(tables_[k], codes_.data(), count);
      } else {
        batch.columns[k].reset_constant(shared_->key_types[k], count);
        batch.columns[k].set_null(0);
      }
    }
    std::size_t place = num_keys;
    if (request_.bin) {
      column::Column& bins = batch.columns[place++];
      bins.reset(Type::kTime, count);
      for (std::size_t i = 0; i < count; ++i) {
        bins.data<std::int64_t>()[i] = rows[i].bin;
        if (rows[i].bin == GroupSums::kNoBin) {
          bins.set_null(i);
        }
      }
    }
    for (std::size_t m = 0; m < request_.measures.size(); ++m) {
      column::Column& values = batch.columns[place++];
      values.reset(Type::kInt64, count);
      for (std::size_t i = 0; i < count; ++i) {
        std::int64_t value = 0;
        if (!sums_.value(m, rows[i], value)) {
          values.set_null(i);
        }
        values.data<std::int64_t>()[i] = value;
      }
    }
    next_row_ += count;
  }

  Result<bool> next_of_tail(Batch& batch) {
    if (!tail_) {
      if (!shared_->work.take_tail() || shared_->work.snapshot().tail.empty()) {
        return false;
      }
      WEIR_ASSIGN_OR_RETURN(tail_scan_, RowGroups::open_tail(shared_->work.snapshot(), request_));
      WEIR_ASSIGN_OR_RETURN(tail_, tail_scan_->open_stream());
    }
    return tail_->next(batch);
  }

  std::shared_ptr<SharedGroups> shared_;
  const GroupRequest& request_;
  BlockCursor cursor_;
  std::shared_ptr<const SegmentPlan> plan_;
  std::shared_ptr<const GroupCodes> group_;
  std::vector<std::shared_ptr<const column::CodeTable>> tables_;  // of the keys; null: all null
  GroupSums sums_;
  std::vector<GroupSums::Row> rows_;
  std::size_t next_row_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t bytes_counted_ = 0;
  std::vector<TotalSource> total_sources_;
  std::vector<std::uint32_t> cell_of_code_;  // empty: each code is its own
  bool is_selective_ = false;
  bool is_one_cell_ = false;  // of a bin, whatever the code
  std::vector<std::uint32_t> cells_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::uint32_t> slot_numbers_;
  std::unique_ptr<column::Scan> tail_scan_;
  std::unique_ptr<column::ScanStream> tail_;
};

class GroupScan final : public column::Scan {
 public:
  explicit GroupScan(std::shared_ptr<SharedGroups> shared) : shared_(std::move(shared)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    return std::make_unique<GroupStream>(shared_);
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return std::vector<bool>(shared_->request.conjuncts.size(), true);
  }
  [[nodiscard]] column::Completeness completeness() const override {
    return shared_->work.completeness();
  }
  [[nodiscard]] std::vector<std::string> paths() const override {
    std::vector<std::string> found;
    if (shared_->top != nullptr) {
      return {shared_->top->text()};
    }
    if (shared_->num_by_minute > 0) {
      found.push_back(fmt::format("roll-up: exact, 1 minute without addresses, of {} segments",
                                  shared_->num_by_minute.load()));
    }
    if (shared_->num_by_code > 0) {
      found.push_back(fmt::format("roll-up: exact, whole segments by addresses, of {} segments",
                                  shared_->num_by_code.load()));
    }
    if (shared_->num_by_rows > 0) {
      found.push_back("dense: " + shared_->work.text());
    }
    return found;
  }

 private:
  std::shared_ptr<SharedGroups> shared_;
};

}  // namespace

Result<std::unique_ptr<column::Scan>> scan_groups_of(
    const std::shared_ptr<const TableSnapshot>& snapshot, const GroupRequest& request,
    const column::ScanContext& context) {
  const TableSpec& spec = *snapshot->spec;
  WEIR_ASSIGN_OR_RETURN(const TableLayout layout, make_table_layout(spec));
  const auto is_whole = [&](const std::string& name) {
    const auto column = find_column(spec, name);
    return column && layout.group_of[*column] == TableLayout::kNone &&
           (spec.columns[*column].type == Type::kInt64 ||
            spec.columns[*column].type == Type::kTime);
  };
  const auto num_numbers =
      std::count_if(request.keys.begin(), request.keys.end(), [&](const std::string& key) {
        const auto column = find_column(spec, key);
        return !column || layout.group_of[*column] != 0;
      });
  const bool suits =
      !layout.groups.empty() && num_numbers <= 1 &&
      std::all_of(request.measures.begin(), request.measures.end(),
                  [&](const GroupRequest::Measure& measure) {
                    return measure.kind == Kind::kCountRows || is_whole(measure.column);
                  }) &&
      std::all_of(request.conjuncts.begin(), request.conjuncts.end(),
                  [&](const column::Predicate& conjunct) {
                    return is_applied(spec, request.conjunct_columns[conjunct.column], conjunct);
                  }) &&
      std::all_of(request.disjunctions.begin(), request.disjunctions.end(),
                  [&](const auto& alternatives) {
                    return std::all_of(
                        alternatives.begin(), alternatives.end(), [&](const auto& predicate) {
                          const auto column =
                              find_column(spec, request.conjunct_columns[predicate.column]);
                          return column && layout.group_of[*column] == 0;
                        });
                  }) &&
      (!request.bin || (is_whole(request.bin->column) && request.bin->width_ms > 0));
  if (!suits) {
    return std::unique_ptr<column::Scan>();
  }
  std::unique_ptr<TopGroups> top;
  if (num_numbers == 0) {
    WEIR_ASSIGN_OR_RETURN(top, TopGroups::find(*snapshot, request));
  }
  if (top == nullptr) {
    WEIR_ASSIGN_OR_RETURN(auto rollups, scan_rollups_of(snapshot, request, layout, context));
    if (rollups != nullptr || num_numbers > 0) {
      return rollups;
    }
  }
  auto shared = std::make_shared<SharedGroups>(snapshot, request, context);
  shared->top = std::move(top);
  return std::make_unique<GroupScan>(std::move(shared));
}

Result<std::unique_ptr<column::Scan>> StoredTable::scan_groups(const GroupRequest& request,
                                                               const column::ScanContext& context) {
  return scan_groups_of(snapshot_, request, context);
}

}  // namespace weir::store
