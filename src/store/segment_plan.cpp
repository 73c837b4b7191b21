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
  for (std::size_t d = 0; d < request.disjunctions.size() && !plan->is_empty_; ++d) {
    WEIR_RETURN_IF_ERROR(plan->add_disjunction(request.columns, request.disjunctions[d]));
  }
  if (!request.include_silent && !plan->is_empty_) {
    const std::string silent = property(*request.spec, "silent");
    const auto column = silent.empty() ? std::nullopt : plan->segment_->find(silent);
    if (column && footer.num_nodata + footer.num_skipdata > 0) {
      column::Predicate is_silent;
      is_silent.comparison = Comparison::kIn;
      is_silent.values = {column::Value::of_string("NODATA"), column::Value::of_string("SKIPDATA")};
      const SegmentReader::Place& place = plan->segment_->place(*column);
      WEIR_ASSIGN_OR_RETURN(const auto group, plan->segment_->group(place.group));
      plan->groups_[place.group] = group;
      WEIR_ASSIGN_OR_RETURN(const auto* const values, group->values(place.member));
      WEIR_ASSIGN_OR_RETURN(const auto* const codes, group->value_codes(place.member));
      std::vector<std::uint8_t>& passes = plan->passes_[place.group];
      if (passes.empty()) {
        passes.assign(group->size(), 1);
      }
      for (std::size_t code = 0; code < passes.size(); ++code) {
        passes[code] = column::is_true(is_silent, *values, (*codes)[code]) ? 0 : passes[code];
      }
    }
  }
  if (!plan->is_empty_ && !(request.expects_totals && plan->is_by_code_alone())) {
    WEIR_RETURN_IF_ERROR(plan->choose_blocks_by_codes());
  }
  return std::shared_ptr<const SegmentPlan>(std::move(plan));
}

Result<void> SegmentPlan::add_group_conjunct(std::size_t column,
                                             const column::Predicate& predicate) {
  const SegmentReader::Place& place = segment_->place(column);
  WEIR_ASSIGN_OR_RETURN(groups_[place.group], segment_->group(place.group));
  const GroupCodes& group = *groups_[place.group];
  WEIR_ASSIGN_OR_RETURN(const auto* const values, group.values(place.member));
  std::vector<std::uint8_t> value_passes(values->size());
  bool any = false;
  bool all = true;
  for (std::size_t value = 0; value < value_passes.size(); ++value) {
    value_passes[value] = column::is_true(predicate, *values, value) ? 1 : 0;
    any |= value_passes[value] != 0;
    all &= value_passes[value] != 0;
  }
  if (!any) {
    is_empty_ = true;
    return {};
  }
  if (all) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(const auto* const codes, group.value_codes(place.member));
  std::vector<std::uint8_t>& passes = passes_[place.group];
  if (passes.empty()) {
    passes.assign(group.size(), 1);
  }
  for (std::size_t code = 0; code < passes.size(); ++code) {
    passes[code] &= value_passes[(*codes)[code]];
  }
  return {};
}

Result<void> SegmentPlan::add_disjunction(const std::vector<std::string>& columns,
                                          const std::vector<column::Predicate>& alternatives) {
  WEIR_ASSIGN_OR_RETURN(groups_[0], segment_->group(0));
  std::vector<std::uint8_t> any(groups_[0]->size(), 0);
  for (const column::Predicate& predicate : alternatives) {
    const auto column = segment_->find(columns[predicate.column]);
    if (!column) {  // all null here
      if (predicate.comparison == Comparison::kIsNull) {
        return {};
      }
      continue;
    }
    const SegmentReader::Place& place = segment_->place(*column);
    WEIR_ASSIGN_OR_RETURN(const auto* const values, groups_[0]->values(place.member));
    std::vector<std::uint8_t> value_passes(values->size());
    for (std::size_t value = 0; value < value_passes.size(); ++value) {
      value_passes[value] = column::is_true(predicate, *values, value) ? 1 : 0;
    }
    WEIR_ASSIGN_OR_RETURN(const auto* const codes, groups_[0]->value_codes(place.member));
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
    // Many codes stand in nearly all blocks; their lists would be read for nothing.
    if (blocks.size() < 2 || num_passing * 8 > passes_[g].size()) {
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

std::size_t SegmentPlan::num_wanted_blocks() const {
  if (is_empty_) {
    return 0;
  }
  return blocks_.empty()
             ? segment_->footer().blocks.size()
             : static_cast<std::size_t>(std::count(blocks_.begin(), blocks_.end(), true));
}

}  // namespace weir::store
