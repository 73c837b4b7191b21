#include "store/segment_plan.h"

#include <algorithm>

#include "column/row_filter.h"
#include "store/table_layout.h"

namespace weir::store {
namespace {

using column::Comparison;
using column::Type;

bool is_whole_number(Type type) {
  return type == Type::kInt64 || type == Type::kTime || type == Type::kInterval ||
         type == Type::kBool;
}

std::string property(const TableSpec& spec, std::string_view key) {
  for (const auto& [name, value] : spec.properties) {
    if (name == key) {
      return value;
    }
  }
  return {};
}

// Codes whose lists take as long to read as the codes of a block's rows.
constexpr std::size_t kCodesPerBlock = 8192;

// passes[i] becomes 1 where value i is as the predicate says.
void mark_true(const column::Predicate& predicate, const column::Column& values,
               std::vector<std::uint8_t>& passes) {
  // What is asked for most, without the ceremony.
  if (predicate.comparison == Comparison::kEqual && values.type() == Type::kAddress &&
      predicate.values.size() == 1 && predicate.values.front().type == Type::kAddress) {
    const IpAddress wanted = predicate.values.front().address;
    const auto* const addresses = values.data<IpAddress>();
    for (std::size_t i = 1; i < passes.size(); ++i) {
      passes[i] = addresses[i] == wanted ? 1 : 0;
    }
    return;
  }
  for (std::size_t i = 0; i < passes.size(); ++i) {
    passes[i] = column::is_true(predicate, values, i) ? 1 : 0;
  }
}

}  // namespace

bool is_applied(const TableSpec& spec, const std::string& name,
                const column::Predicate& predicate) {
  const auto column = find_column(spec, name);
  if (!column) {
    return false;
  }
  return spec.columns[*column].group != 0 ||
         (is_whole_number(spec.columns[*column].type) && NumberFilter::make(predicate));
}

Result<std::shared_ptr<const SegmentPlan>> SegmentPlan::make(
    std::shared_ptr<const SegmentReader> segment, const Request& request) {
  std::shared_ptr<SegmentPlan> plan(new SegmentPlan());
  plan->segment_ = std::move(segment);
  const SegmentFooter& footer = plan->segment_->footer();
  plan->groups_.resize(footer.groups.size());
  plan->passes_.resize(footer.groups.size());
  for (const column::Predicate& conjunct : request.conjuncts) {
    const std::string& name = request.columns[conjunct.column];
    if (!is_applied(*request.spec, name, conjunct)) {
      continue;
    }
    const auto column = plan->segment_->find(name);
    if (!column) {  // all null here
      plan->is_empty_ |= conjunct.comparison != Comparison::kIsNull;
    } else if (!plan->segment_->place(*column).is_in_group) {
      plan->add_test(*column, *NumberFilter::make(conjunct));
    }
  }
  if (request.range.since || request.range.until) {
    const auto column = plan->segment_->find(request.spec->time_column);
    if (!column) {
      plan->is_empty_ = true;
    } else {
      plan->add_test(*column, NumberFilter::of_range(request.range));
    }
  }
  // Dictionaries are unpacked only where the extremes of the blocks leave something.
  plan->choose_blocks_by_extremes();
  for (std::size_t c = 0; c < request.conjuncts.size() && !plan->is_empty_; ++c) {
    const column::Predicate& conjunct = request.conjuncts[c];
    const auto column = plan->segment_->find(request.columns[conjunct.column]);
    if (column && plan->segment_->place(*column).is_in_group &&
        is_applied(*request.spec, request.columns[conjunct.column], conjunct)) {
      WEIR_RETURN_IF_ERROR(plan->add_group_conjunct(*column, conjunct));
    }
  }
  if (!request.include_silent && !plan->is_empty_) {
    WEIR_RETURN_IF_ERROR(plan->add_silent(request));
  }
  if (request.may_use_rare_rows && request.disjunctions.empty() && !plan->is_empty_) {
    WEIR_RETURN_IF_ERROR(plan->choose_rare_rows());
  }
  if (plan->is_empty_ || plan->rare_) {
    return std::shared_ptr<const SegmentPlan>(std::move(plan));
  }
  WEIR_RETURN_IF_ERROR(plan->choose_codes());
  for (std::size_t d = 0; d < request.disjunctions.size() && !plan->is_empty_; ++d) {
    WEIR_RETURN_IF_ERROR(plan->add_disjunction(request.columns, request.disjunctions[d]));
  }
  if (!plan->is_empty_ && !(request.expects_totals && plan->is_by_code_alone())) {
    WEIR_RETURN_IF_ERROR(plan->choose_blocks_by_codes());
  }
  return std::shared_ptr<const SegmentPlan>(std::move(plan));
}

Result<const GroupCodes*> SegmentPlan::keep_group(std::size_t index) {
  if (groups_[index] == nullptr) {
    WEIR_ASSIGN_OR_RETURN(groups_[index], segment_->group(index));
  }
  return groups_[index].get();
}

Result<std::shared_ptr<const column::CodeTable>> SegmentPlan::table(
    std::size_t column, std::shared_ptr<const GroupCodes>& keep) const {
  const SegmentReader::Place& place = segment_->place(column);
  WEIR_ASSIGN_OR_RETURN(keep, segment_->group(place.group));
  return rare_ ? keep->value_table(place.member) : keep->table(place.member);
}

Result<void> SegmentPlan::add_group_conjunct(std::size_t column,
                                             const column::Predicate& predicate) {
  const SegmentReader::Place& place = segment_->place(column);
  WEIR_ASSIGN_OR_RETURN(const GroupCodes* const group, keep_group(place.group));
  WEIR_ASSIGN_OR_RETURN(const auto* const values, group->values(place.member));
  ValueFilter filter{column, std::vector<std::uint8_t>(values->size()), 0};
  mark_true(predicate, *values, filter.passes);
  filter.num_passing = static_cast<std::uint32_t>(
      std::count(filter.passes.begin(), filter.passes.end(), std::uint8_t{1}));
  is_empty_ = is_empty_ || filter.num_passing == 0;
  if (filter.num_passing < filter.passes.size()) {
    value_filters_.push_back(std::move(filter));
  }
  return {};
}

// Rows that say that there was no traffic, or that records were lost, do not pass.
Result<void> SegmentPlan::add_silent(const Request& request) {
  const SegmentFooter& footer = segment_->footer();
  const std::string silent = property(*request.spec, "silent");
  const auto column = silent.empty() ? std::nullopt : segment_->find(silent);
  if (!column || footer.num_nodata + footer.num_skipdata == 0) {
    return {};
  }
  const SegmentReader::Place& place = segment_->place(*column);
  WEIR_ASSIGN_OR_RETURN(const GroupCodes* const group, keep_group(place.group));
  WEIR_ASSIGN_OR_RETURN(const auto* const values, group->values(place.member));
  column::Predicate is_silent;
  is_silent.comparison = Comparison::kIn;
  is_silent.values = {column::Value::of_string("NODATA"), column::Value::of_string("SKIPDATA")};
  ValueFilter filter{*column, std::vector<std::uint8_t>(values->size()), 0};
  mark_true(is_silent, *values, filter.passes);
  for (std::uint8_t& pass : filter.passes) {
    pass = pass == 0 ? 1 : 0;
    filter.num_passing += pass;
  }
  value_filters_.push_back(std::move(filter));
  return {};
}

// Looks for a conjunct that one value passes alone, and for the rows of that value side by side.
Result<void> SegmentPlan::choose_rare_rows() {
  const SegmentFooter& footer = segment_->footer();
  for (const ValueFilter& filter : value_filters_) {
    const auto rare = std::find_if(footer.rare_rows.begin(), footer.rare_rows.end(),
                                   [&](const auto& kept) { return kept.column == filter.column; });
    if (filter.num_passing != 1 || rare == footer.rare_rows.end()) {
      continue;
    }
    const auto value = static_cast<std::uint32_t>(
        std::find(filter.passes.begin(), filter.passes.end(), std::uint8_t{1}) -
        filter.passes.begin());
    WEIR_ASSIGN_OR_RETURN(rare_, RareRows::find(*segment_, *rare, value));
    if (rare_) {
      break;
    }
  }
  if (!rare_) {
    return {};
  }
  passes_.assign(rare_->num_values.size(), {});
  for (const ValueFilter& filter : value_filters_) {
    std::vector<std::uint8_t>& passes = passes_[rare_->places[filter.column].group];
    if (passes.empty()) {
      passes = filter.passes;
      continue;
    }
    for (std::size_t value = 0; value < passes.size(); ++value) {
      passes[value] &= filter.passes[value];
    }
  }
  return {};
}

// What passes by the values of members, told of the codes of their groups.
Result<void> SegmentPlan::choose_codes() {
  for (const ValueFilter& filter : value_filters_) {
    const SegmentReader::Place& place = segment_->place(filter.column);
    WEIR_ASSIGN_OR_RETURN(const GroupCodes* const group, keep_group(place.group));
    std::vector<std::uint8_t>& passes = passes_[place.group];
    if (passes.empty()) {
      passes.assign(group->size(), 1);
    }
    WEIR_RETURN_IF_ERROR(group->keep_passing(place.member, filter.passes, passes));
  }
  return {};
}

Result<void> SegmentPlan::add_disjunction(const std::vector<std::string>& columns,
                                          const std::vector<column::Predicate>& alternatives) {
  WEIR_ASSIGN_OR_RETURN(const GroupCodes* const group, keep_group(0));
  std::vector<std::uint8_t> any(group->size(), 0);
  for (const column::Predicate& predicate : alternatives) {
    const auto column = segment_->find(columns[predicate.column]);
    if (!column) {  // all null here
      if (predicate.comparison == Comparison::kIsNull) {
        return {};
      }
      continue;
    }
    const SegmentReader::Place& place = segment_->place(*column);
    WEIR_ASSIGN_OR_RETURN(const auto* const values, group->values(place.member));
    std::vector<std::uint8_t> value_passes(values->size());
    mark_true(predicate, *values, value_passes);
    WEIR_ASSIGN_OR_RETURN(const auto* const codes, group->value_codes(place.member));
    for (std::size_t code = 0; code < any.size(); ++code) {
      any[code] |= value_passes[(*codes)[code]];
    }
  }
  std::vector<std::uint8_t>& passes = passes_[0];
  if (passes.empty()) {
    passes = std::move(any);
    return {};
  }
  for (std::size_t code = 0; code < passes.size(); ++code) {
    passes[code] &= any[code];
  }
  return {};
}

void SegmentPlan::add_test(std::size_t column, NumberFilter test) {
  tests_.push_back({column, std::move(test)});
}

void SegmentPlan::choose_blocks_by_extremes() {
  const std::vector<Block>& blocks = segment_->footer().blocks;
  std::vector<Test> left;
  for (Test& test : tests_) {
    const std::size_t chunk = segment_->place(test.column).chunk;
    bool all = true;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const NumberFilter::Verdict verdict = test.test.judge(blocks[b].chunks[chunk]);
      all &= verdict == NumberFilter::Verdict::kAll;
      if (verdict == NumberFilter::Verdict::kNone) {
        blocks_.resize(blocks.size(), true);
        blocks_[b] = false;
      }
    }
    if (!all) {
      left.push_back(std::move(test));
    }
  }
  tests_ = std::move(left);
  is_empty_ = is_empty_ || has_no_block();
}

Result<void> SegmentPlan::choose_blocks_by_codes() {
  const std::vector<Block>& blocks = segment_->footer().blocks;
  for (std::size_t g = 0; g < passes_.size(); ++g) {
    if (passes_[g].empty()) {
      continue;
    }
    const auto num_passing =
        static_cast<std::size_t>(std::count(passes_[g].begin(), passes_[g].end(), std::uint8_t{1}));
    if (num_passing == 0) {
      is_empty_ = true;
      return {};
    }
    if (num_passing == passes_[g].size()) {
      passes_[g].clear();
      continue;
    }
    // Many codes stand in nearly all blocks; their lists would be read for nothing. The lists of
    // all codes are read for those of a few: of a few blocks the codes are sooner looked at.
    const std::size_t num_wanted =
        blocks_.empty()
            ? blocks.size()
            : static_cast<std::size_t>(std::count(blocks_.begin(), blocks_.end(), true));
    if (num_wanted < 2 || num_passing * 8 > passes_[g].size() ||
        num_wanted * kCodesPerBlock < passes_[g].size()) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const Presence presence, segment_->presence(g));
    std::vector<bool> present(blocks.size(), false);
    for (std::uint32_t code = 0; code < passes_[g].size(); ++code) {
      if (passes_[g][code] != 0) {
        presence.mark(code, present);
      }
    }
    blocks_.resize(blocks.size(), true);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      blocks_[b] = blocks_[b] && present[b];
    }
  }
  is_empty_ = has_no_block();
  return {};
}

bool SegmentPlan::has_no_block() const {
  return !blocks_.empty() &&
         std::none_of(blocks_.begin(), blocks_.end(), [](bool wanted) { return wanted; });
}

}  // namespace weir::store
