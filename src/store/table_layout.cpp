#include "store/table_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/ranking.h"

namespace weir::store {
namespace {

using column::Type;

tl::unexpected<Error> refuse_spec(const TableSpec& spec, std::string_view what) {
  return fail(ErrorCode::kInput, fmt::format("table {}: {}", spec.name, what));
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool is_number(Type type) {
  return type == Type::kInt64 || type == Type::kTime || type == Type::kInterval ||
         type == Type::kBool;
}

}  // namespace

std::optional<std::size_t> find_column(const TableSpec& spec, std::string_view name) {
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    if (spec.columns[c].name == name) {
      return c;
    }
  }
  return std::nullopt;
}

namespace {

Result<void> add_rollup(const TableSpec& spec, const std::string& key, const std::string& value,
                        TableLayout& layout) {
  if (value.empty()) {
    return {};
  }
  TableLayout::Rollup& rollup = layout.rollups.emplace_back();
  for (std::string_view word : words_of(value)) {
    if (word == "*" && !layout.groups.empty() && rollup.keys.empty()) {
      rollup.keys = layout.groups.front().members;
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
      rollup.where_text = word.substr(equals + 1);
      word = word.substr(0, equals);
    }
    const auto column = find_column(spec, word);
    if (!column) {
      return refuse_spec(spec, fmt::format("{} names the unknown column {}", key, word));
    }
    const Type type = spec.columns[*column].type;
    const bool is_in_first = layout.group_of[*column] == 0;
    const bool is_whole = layout.group_of[*column] == TableLayout::kNone && type == Type::kInt64;
    bool is_right = false;
    if (equals != std::string_view::npos) {
      is_right = is_in_first && type == Type::kString && !rollup.where;
      rollup.where = column;
    } else if (is_in_first) {
      is_right = std::find(rollup.keys.begin(), rollup.keys.end(), *column) == rollup.keys.end();
      rollup.keys.push_back(*column);
    } else {
      is_right = is_whole && !rollup.number;
      rollup.number = column;
    }
    if (!is_right) {
      return refuse_spec(spec, fmt::format("{} cannot be of column {}", key, word));
    }
  }
  return {};
}

}  // namespace

Result<TableLayout> make_table_layout(const TableSpec& spec) {
  TableLayout layout;
  const std::size_t num_columns = spec.columns.size();
  layout.group_of.assign(num_columns, TableLayout::kNone);
  layout.member_of.assign(num_columns, TableLayout::kNone);
  layout.difference.assign(num_columns, TableLayout::kNone);
  layout.pair.assign(num_columns, TableLayout::kNone);
  for (std::size_t c = 0; c < num_columns; ++c) {
    const ColumnSpec& column = spec.columns[c];
    if (column.group == 0) {
      if (column.type == Type::kAddress || column.type == Type::kNull) {
        return refuse_spec(spec, fmt::format("column {} needs a group", column.name));
      }
      layout.alone.push_back(c);
      continue;
    }
    auto group = std::find_if(layout.groups.begin(), layout.groups.end(),
                              [&](const auto& known) { return known.number >= column.group; });
    if (group == layout.groups.end() || group->number != column.group) {
      group = layout.groups.insert(group, {column.group, {}});
    }
    group->members.push_back(c);
  }
  for (std::size_t g = 0; g < layout.groups.size(); ++g) {
    for (std::size_t m = 0; m < layout.groups[g].members.size(); ++m) {
      layout.group_of[layout.groups[g].members[m]] = g;
      layout.member_of[layout.groups[g].members[m]] = m;
    }
  }
  if (!spec.time_column.empty()) {
    layout.time = find_column(spec, spec.time_column);
    if (!layout.time || spec.columns[*layout.time].type != Type::kTime ||
        layout.group_of[*layout.time] != TableLayout::kNone) {
      return refuse_spec(spec, fmt::format("{} is no time column", spec.time_column));
    }
  }
  for (const auto& [key, value] : spec.properties) {
    if (key.starts_with("rollup.")) {
      WEIR_RETURN_IF_ERROR(add_rollup(spec, key, value, layout));
      continue;
    }
    const bool is_ranks = key.starts_with("ranks.") && !value.empty();
    if (is_ranks) {
      layout.ranks.emplace_back();
    }
    for (const std::string_view name : words_of(value)) {
      const auto column = find_column(spec, name);
      if (!column) {
        return refuse_spec(spec, fmt::format("{} names the unknown column {}", key, name));
      }
      const bool is_alone = layout.group_of[*column] == TableLayout::kNone;
      const bool is_in_first = layout.group_of[*column] == 0;
      bool is_right = true;
      if (key.starts_with("difference.")) {
        const auto from = find_column(spec, std::string_view(key).substr(11));
        is_right = from && is_alone && layout.group_of[*from] == TableLayout::kNone &&
                   *column < *from && layout.difference[*column] == TableLayout::kNone &&
                   layout.pair[*column] == TableLayout::kNone &&
                   spec.columns[*from].type == spec.columns[*column].type &&
                   is_number(spec.columns[*column].type);
        if (is_right) {
          layout.difference[*from] = *column;
        }
      } else if (key.starts_with("pair.")) {
        const auto first = find_column(spec, std::string_view(key).substr(5));
        const auto is_free = [&](std::size_t c) {
          return layout.group_of[c] == TableLayout::kNone &&
                 layout.difference[c] == TableLayout::kNone &&
                 layout.pair[c] == TableLayout::kNone && spec.columns[c].type == Type::kInt64;
        };
        is_right = first && *first < *column && is_free(*first) && is_free(*column);
        if (is_right) {
          layout.pair[*first] = *column;
          layout.pair[*column] = *first;
        }
      } else if (key == "totals") {
        is_right = is_alone && layout.pair[*column] == TableLayout::kNone &&
                   spec.columns[*column].type == Type::kInt64;
        layout.totals.push_back(*column);
      } else if (is_ranks) {
        is_right = is_in_first && layout.ranks.back().size() < Ranking::kMaxKeys;
        layout.ranks.back().push_back(*column);
      } else if (key == "minutes") {
        is_right = is_in_first;
        layout.minutes.push_back(*column);
      } else if (key.starts_with("rare.")) {
        is_right = !is_alone &&
                   std::find(layout.rare.begin(), layout.rare.end(), *column) == layout.rare.end();
        layout.rare.push_back(*column);
      } else if (key == "silent") {
        is_right = is_in_first && spec.columns[*column].type == Type::kString;
        layout.silent = column;
      } else if (key == "until") {
        is_right = is_alone && spec.columns[*column].type == Type::kTime;
        layout.until = column;
      }
      if (!is_right) {
        return refuse_spec(spec, fmt::format("{} cannot be of column {}", key, name));
      }
    }
  }
  return layout;
}

}  // namespace weir::store
