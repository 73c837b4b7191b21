#include "store/top_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/int128.h"
#include "column/row_filter.h"
#include "store/scan_work.h"
#include "store/segment_plan.h"

namespace weir::store {
namespace {

using column::Batch;
using column::GroupRequest;
using column::Value;
using Kind = GroupRequest::Measure::Kind;

constexpr std::uint64_t kMostWanted = 4 * Ranking::kKept;
constexpr std::size_t kMostAsked = 1024;

void append_to_key(const Value& value, std::string& key) {
  key += static_cast<char>(value.type);
  const auto add = [&key](const auto& part) {
    key.append(reinterpret_cast<const char*>(&part), sizeof part);
  };
  switch (value.type) {
    case column::Type::kNull:
      break;
    case column::Type::kAddress:
      add(value.address);
      break;
    case column::Type::kString:
      add(value.text.size());
      key += value.text;
      break;
    case column::Type::kDouble:
      add(value.number);
      break;
    default:
      add(value.integer);
      break;
  }
}

}  // namespace

// Reads the rankings and decides.
class TopGroups::Finder {
 public:
  Finder(const TableSnapshot& snapshot, const GroupRequest& request, TopGroups& found)
      : snapshot_(snapshot), request_(request), found_(found) {}

  Result<bool> run() {
    if (!suits()) {
      return false;
    }
    WEIR_ASSIGN_OR_RETURN(layout_, make_table_layout(*snapshot_.spec));
    for (const std::string& key : request_.keys) {
      found_.key_types_.push_back(snapshot_.spec->columns[*find_column(*snapshot_.spec, key)].type);
    }
    for (const GroupRequest::Measure& measure : request_.measures) {
      found_.kinds_.push_back(measure.kind);
    }
    for (const auto& segment : snapshot_.segments) {
      WEIR_ASSIGN_OR_RETURN(const bool is_enough, add_segment(segment));
      if (!is_enough) {
        return false;
      }
    }
    return choose();
  }

 private:
  struct Group {
    Int128 total = 0;  // of what is listed
    bool has_value = false;
    Int128 bounds = 0;         // of the parts that list it
    std::size_t num_open = 0;  // parts that list it, and leave out others
    std::vector<Place> places;
  };

  bool suits() {
    if (!request_.top || !request_.may_use_rollups || request_.bin ||
        !request_.disjunctions.empty() || request_.keys.empty() ||
        request_.keys.size() > Ranking::kMaxKeys || !snapshot_.tail.empty() ||
        request_.top->count == 0 || request_.top->count > kMostWanted) {
      return false;
    }
    const Kind kind = request_.measures[request_.top->measure].kind;
    for (column::Predicate conjunct : request_.conjuncts) {
      const auto key = std::find(request_.keys.begin(), request_.keys.end(),
                                 request_.conjunct_columns[conjunct.column]);
      if (key == request_.keys.end()) {
        return false;
      }
      conjunct.column = static_cast<std::size_t>(key - request_.keys.begin());
      conjuncts_.push_back(std::move(conjunct));
    }
    return kind == Kind::kSum || kind == Kind::kCountRows;
  }

  Result<bool> add_segment(const std::shared_ptr<const SegmentReader>& segment) {
    const SegmentFooter& footer = segment->footer();
    if (!meets(footer, request_.range) || footer.num_rows == 0) {
      return true;
    }
    // Whether the range takes all of its rows.
    WEIR_ASSIGN_OR_RETURN(
        const auto plan,
        SegmentPlan::make(segment, {snapshot_.spec, {}, {}, request_.range, true, {}}));
    const SegmentRanking* const ranking =
        plan->is_by_code_alone() ? find_ranking(*segment) : nullptr;
    if (ranking == nullptr) {
      return false;
    }
    Part& part = found_.parts_.emplace_back();
    part.segment = segment;
    for (const GroupRequest::Measure& measure : request_.measures) {
      const auto source = find_total_source(*segment, *snapshot_.spec, layout_, measure, false);
      if (!source) {
        return false;
      }
      part.sources.push_back(*source);
    }
    WEIR_ASSIGN_OR_RETURN(part.group, segment->group(0));
    WEIR_ASSIGN_OR_RETURN(part.ranking, segment->ranking(*ranking));
    for (const std::string& key : request_.keys) {
      const std::size_t column = *segment->find(key);
      WEIR_ASSIGN_OR_RETURN(part.values.emplace_back(),
                            part.group->values(segment->place(column).member));
      const auto at = std::find(ranking->keys.begin(), ranking->keys.end(), column);
      auto& numbers = part.key_values.emplace_back(
          part.ranking.key_values[static_cast<std::size_t>(at - ranking->keys.begin())]);
      const std::size_t num_values = part.values.back()->size();
      if (std::any_of(numbers.begin(), numbers.end(),
                      [num_values](std::uint32_t number) { return number >= num_values; })) {
        return tl::unexpected<Error>(segment->at_file(
            Error{ErrorCode::kInput, "a ranking of a key that no row has"}, "greatest keys"));
      }
    }
    add_groups(found_.parts_.size() - 1);
    return true;
  }

  const SegmentRanking* find_ranking(const SegmentReader& segment) const {
    if (!segment.footer().totals) {
      return nullptr;
    }
    std::vector<std::uint32_t> keys;
    for (const std::string& key : request_.keys) {
      const auto column = segment.find(key);
      if (!column) {
        return nullptr;
      }
      keys.push_back(static_cast<std::uint32_t>(*column));
    }
    for (const SegmentRanking& ranking : segment.footer().totals->rankings) {
      if (std::is_permutation(keys.begin(), keys.end(), ranking.keys.begin(), ranking.keys.end())) {
        return &ranking;
      }
    }
    return nullptr;
  }

  // The most that a key left out of a part may have.
  Int128 bound_of(const Part& part) const {
    const TotalSource& source = part.sources[request_.top->measure];
    switch (source.of) {
      case TotalSource::Of::kRows:
        return static_cast<Int128>(part.ranking.most_rows_left_out);
      case TotalSource::Of::kSum:
        return part.ranking.most_left_out[source.sum];
      default:
        return 0;
    }
  }

  void add_groups(std::size_t index) {
    const Part& part = found_.parts_[index];
    const Int128 bound = bound_of(part);
    const bool is_open = part.ranking.num_left_out > 0;
    bounds_ += bound;
    num_open_ += is_open ? 1 : 0;
    for (std::size_t row = 0; row < part.ranking.totals.num_rows.size(); ++row) {
      if (Group* const group = add({index, row, Of::kListed})) {
        group->bounds += bound;
        group->num_open += is_open ? 1 : 0;
      }
    }
    if (request_.include_silent && !part.ranking.silent.num_rows.empty()) {
      add({index, 0, Of::kSilent});
    }
  }

  // Null where a condition rules the key out.
  Group* add(const Place& place) {
    key_.clear();
    for (std::size_t k = 0; k < request_.keys.size(); ++k) {
      append_to_key(found_.key_at(place, k), key_);
    }
    if (!passes(place)) {
      return nullptr;
    }
    Group& group = groups_[key_];
    add_place(place, group);
    return &group;
  }

  void add_place(const Place& place, Group& group) {
    const TotalSource& source = found_.parts_[place.part].sources[request_.top->measure];
    const TotalSource::Value value = source.at(found_.totals_at(place), place.row);
    group.has_value = group.has_value || value.num_values > 0;
    group.total += source.of == TotalSource::Of::kRows ? static_cast<Int128>(value.num_values)
                                                       : static_cast<Int128>(value.value);
    group.places.push_back(place);
  }

  bool passes(const Place& place) const {
    const Part& part = found_.parts_[place.part];
    return std::all_of(conjuncts_.begin(), conjuncts_.end(), [&](const auto& conjunct) {
      const std::size_t number =
          place.of == Of::kSilent ? 0 : part.key_values[conjunct.column][place.row];
      return column::is_true(conjunct, *part.values[conjunct.column], number);
    });
  }

  Result<bool> choose() {
    // Of groups that are known whole: of the others part may be missing, and less than nothing.
    std::vector<Int128> totals;
    for (const auto& [key, group] : groups_) {
      if (group.has_value && group.num_open == num_open_) {
        totals.push_back(group.total);
      }
    }
    const auto count = static_cast<std::size_t>(request_.top->count);
    if (num_open_ > 0) {
      // What is listed nowhere must not reach the last that is wanted.
      if (totals.size() < count) {
        return false;
      }
      std::nth_element(totals.begin(), totals.begin() + static_cast<std::ptrdiff_t>(count - 1),
                       totals.end(), std::greater<>());
      if (bounds_ >= totals[count - 1]) {
        return false;
      }
    }
    std::vector<Group*> chosen;
    std::vector<Group*> cut;  // of these, part may stand in segments that do not list them
    for (auto& [key, group] : groups_) {
      const bool is_whole = group.num_open == num_open_;
      const bool may_be_among =
          num_open_ == 0 || group.total + (bounds_ - group.bounds) >= totals[count - 1];
      if (may_be_among || !group.has_value) {
        chosen.push_back(&group);
        if (!is_whole) {
          cut.push_back(&group);
        }
      }
    }
    if (cut.size() > kMostAsked) {
      return false;
    }
    for (std::size_t index = 0; index < found_.parts_.size() && !cut.empty(); ++index) {
      WEIR_RETURN_IF_ERROR(ask(index, cut));
    }
    found_.num_groups_ = chosen.size();
    for (const Group* const group : chosen) {
      found_.places_.insert(found_.places_.end(), group->places.begin(), group->places.end());
    }
    std::sort(found_.places_.begin(), found_.places_.end(), [](const Place& a, const Place& b) {
      return std::tie(a.part, a.of, a.row) < std::tie(b.part, b.of, b.row);
    });
    return true;
  }

  // Adds what groups have in a part that leaves out keys and does not list theirs.
  Result<void> ask(std::size_t index, const std::vector<Group*>& groups) {
    Part& part = found_.parts_[index];
    if (part.ranking.num_left_out == 0) {
      return {};
    }
    std::unordered_map<std::uint64_t, Group*> wanted;  // by the value numbers of the key
    for (Group* const group : groups) {
      if (std::any_of(group->places.begin(), group->places.end(), [&](const Place& place) {
            return place.part == index && place.of == Of::kListed;
          })) {
        continue;
      }
      if (const auto key = number_of(part, group->places.front())) {
        wanted.emplace(*key, group);
      }
    }
    return wanted.empty() ? Result<void>() : add_asked(index, wanted);
  }

  // The numbers that the values of a key have in a part; nothing where it lacks one.
  std::optional<std::uint64_t> number_of(const Part& part, const Place& place) const {
    std::uint64_t number = 0;
    for (std::size_t k = 0; k < request_.keys.size(); ++k) {
      const Value value = found_.key_at(place, k);
      std::size_t at = 0;
      while (at < part.values[k]->size() && !(part.values[k]->value_at(at) == value)) {
        ++at;
      }
      if (at == part.values[k]->size()) {
        return std::nullopt;
      }
      number = number << 32 | at;
    }
    return number;
  }

  Result<void> add_asked(std::size_t index,
                         const std::unordered_map<std::uint64_t, Group*>& wanted) {
    Part& part = found_.parts_[index];
    std::vector<const std::vector<std::uint32_t>*> numbers;
    for (const std::string& key : request_.keys) {
      const std::size_t column = *part.segment->find(key);
      WEIR_ASSIGN_OR_RETURN(numbers.emplace_back(),
                            part.group->value_codes(part.segment->place(column).member));
    }
    std::unordered_map<Group*, std::vector<std::uint32_t>> codes;
    for (std::uint32_t code = 0; code < part.group->size(); ++code) {
      std::uint64_t number = 0;
      for (const auto* const of_key : numbers) {
        number = number << 32 | (*of_key)[code];
      }
      // Silent rows, whose key is null, have a place of their own.
      if (const auto found = wanted.find(number); found != wanted.end() && number != 0) {
        codes[found->second].push_back(code);
      }
    }
    if (codes.empty()) {
      return {};
    }
    WEIR_ASSIGN_OR_RETURN(const Totals totals, part.segment->totals_by_code());
    for (const auto& [group, of_group] : codes) {
      const Place place{index, part.asked_keys.size(), Of::kAsked};
      auto& key = part.asked_keys.emplace_back();
      for (std::size_t k = 0; k < request_.keys.size(); ++k) {
        key.push_back(found_.key_at(group->places.front(), k));
      }
      if (!append_sum(totals, of_group, part.asked)) {
        return tl::unexpected<Error>(part.segment->at_file(
            Error{ErrorCode::kInput, "totals that overflow"}, "totals by code"));
      }
      add_place(place, *group);
    }
    return {};
  }

  const TableSnapshot& snapshot_;
  const GroupRequest& request_;
  TopGroups& found_;
  TableLayout layout_;
  std::vector<column::Predicate> conjuncts_;  // of the keys by their places
  std::unordered_map<std::string, Group> groups_;
  std::string key_;
  Int128 bounds_ = 0;
  std::size_t num_open_ = 0;
};

Result<std::unique_ptr<TopGroups>> TopGroups::find(const TableSnapshot& snapshot,
                                                   const GroupRequest& request) {
  std::unique_ptr<TopGroups> found(new TopGroups);
  WEIR_ASSIGN_OR_RETURN(const bool is_enough, Finder(snapshot, request, *found).run());
  return is_enough ? std::move(found) : nullptr;
}

Value TopGroups::key_at(const Place& place, std::size_t key) const {
  const Part& part = parts_[place.part];
  switch (place.of) {
    case Of::kListed:
      return part.values[key]->value_at(part.key_values[key][place.row]);
    case Of::kAsked:
      return part.asked_keys[place.row][key];
    case Of::kSilent:
      break;
  }
  return Value::null();
}

const Totals& TopGroups::totals_at(const Place& place) const {
  const Part& part = parts_[place.part];
  return place.of == Of::kListed   ? part.ranking.totals
         : place.of == Of::kSilent ? part.ranking.silent
                                   : part.asked;
}

Result<bool> TopGroups::next(Batch& batch) {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(column::kBatchRows, places_.size() - next_place_);
  if (count == 0) {
    return false;
  }
  const Place* const places = places_.data() + next_place_;
  batch.num_rows = count;
  batch.sequence = next_place_;
  batch.columns.resize(key_types_.size() + kinds_.size());
  for (std::size_t k = 0; k < key_types_.size(); ++k) {
    batch.columns[k].reset(key_types_[k], count);
    for (std::size_t i = 0; i < count; ++i) {
      batch.columns[k].put(i, key_at(places[i], k));
    }
  }
  for (std::size_t m = 0; m < kinds_.size(); ++m) {
    column::Column& column = batch.columns[key_types_.size() + m];
    column.reset(column::Type::kInt64, count);
    for (std::size_t i = 0; i < count; ++i) {
      const TotalSource::Value value =
          parts_[places[i].part].sources[m].at(totals_at(places[i]), places[i].row);
      const bool is_count = kinds_[m] == Kind::kCountRows || kinds_[m] == Kind::kCount;
      column.data<std::int64_t>()[i] =
          is_count ? static_cast<std::int64_t>(value.num_values) : value.value;
      if (!is_count && value.num_values == 0) {
        column.set_null(i);
      }
    }
  }
  next_place_ += count;
  return true;
}

std::string TopGroups::text() const {
  return fmt::format("roll-up: exact, the greatest {} groups of those that {} segments keep",
                     num_groups_, parts_.size());
}

}  // namespace weir::store
