#include "flowlog/row_decoder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/number.h"
#include "flowlog/cell_value.h"
#include "flowlog/file_scan.h"

namespace weir::flowlog {
namespace {

using column::Column;
using column::Type;

Type type_of_request(const std::string& name) {
  if (const auto meta = find_meta_column(name)) {
    return info(*meta).type;
  }
  const auto field = find_field(name);
  return field ? info(*field).type : Type::kString;
}

std::vector<column::Predicate> claimed_of_rows(const ReadPlan& plan) {
  std::vector<column::Predicate> conjuncts;
  for (std::size_t i = 0; i < plan.parser_conjuncts.size(); ++i) {
    if (plan.claimed[plan.parser_conjuncts[i]]) {
      conjuncts.push_back(plan.parser_options.conjuncts[i]);
    }
  }
  return conjuncts;
}

std::string text_of_cell(const Column& raw, std::size_t row) {
  const column::Value value = raw.value_at(row);
  switch (value.type) {
    case Type::kString:
      return value.text.substr(0, 80);
    case Type::kDouble:
      return format_double(value.number);
    default:
      return std::to_string(value.integer);
  }
}

}  // namespace

Layout layout_of_names(std::span<const std::string> names) {
  Layout layout;
  layout.origin = LayoutOrigin::kSelfDescribing;
  layout.label = "custom";
  std::vector<std::optional<FieldId>> fields(names.size());
  std::set<FieldId> taken;
  const auto is_real = [&](std::size_t i) {
    return info(*fields[i]).canonical == canonical_name(names[i]) ||
           insights_name(*fields[i]) == names[i];
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    fields[i] = find_field(names[i]);
    if (fields[i] && is_real(i) && !taken.insert(*fields[i]).second) {
      fields[i].reset();
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (fields[i] && !is_real(i) && !taken.insert(*fields[i]).second) {
      fields[i].reset();
    }
  }
  std::set<std::string> used;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].starts_with('@')) {
      continue;
    }
    LayoutColumn column{fields[i], "", names[i]};
    column.name = fields[i] ? std::string(info(*fields[i]).canonical) : canonical_name(names[i]);
    if (!used.insert(column.name).second) {
      column.name.clear();
    }
    layout.columns.push_back(std::move(column));
  }
  for (const Layout& order : known_layouts()) {
    if (layout.same_columns(order)) {
      layout.label = order.label;
    }
  }
  return layout;
}

bool has_field_name(std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return find_field(name).has_value(); });
}

RowDecoder::RowDecoder(const ReadPlan& plan, const InputFile& file, FileTally& tally)
    : plan_(plan), file_(file), tally_(tally), conjuncts_(claimed_of_rows(plan)) {}

RowDecoder::Source* RowDecoder::find(FieldId field) {
  for (Source& source : sources_) {
    if (source.field == field) {
      return &source;
    }
  }
  return nullptr;
}

RowDecoder::Source* RowDecoder::find(MetaColumn meta) {
  for (Source& source : sources_) {
    if (source.meta == meta) {
      return &source;
    }
  }
  return nullptr;
}

void RowDecoder::set_schema(const column::Schema& schema) {
  sources_.clear();
  in_message_.clear();
  std::vector<std::string> names;
  for (const column::Field& field : schema) {
    names.push_back(field.name);
  }
  const Layout layout = layout_of_names(names);
  layout_names_ = layout.names();
  const auto& wanted = plan_.request.columns;
  const bool wants_message = std::find(wanted.begin(), wanted.end(), "@message") != wanted.end();
  std::size_t next_of_layout = 0;
  for (const column::Field& field : schema) {
    Source source;
    if (field.name.starts_with('@')) {
      source.meta = find_meta_column(field.name);
      source.name = source.meta ? std::string(info(*source.meta).name) : std::string();
    } else {
      const LayoutColumn& column = layout.columns[next_of_layout++];
      source.field = column.field;
      source.name = column.name;
      if (!column.name.empty()) {
        in_message_.push_back(sources_.size());
      }
    }
    const auto place = std::find(wanted.begin(), wanted.end(), source.name);
    if (!source.name.empty() && place != wanted.end()) {
      source.position = static_cast<std::size_t>(place - wanted.begin());
    }
    // Whatever can be wrong is checked; text is read only where it is wanted.
    const bool is_checked = source.field && (info(*source.field).shape != FieldShape::kText ||
                                             source.field == FieldId::kLogStatus);
    source.is_needed = !source.name.empty() &&
                       (is_checked || source.position || source.meta == MetaColumn::kTimestamp ||
                        (wants_message && !source.meta));
    sources_.push_back(std::move(source));
  }
  builds_message_ = wants_message && find(MetaColumn::kMessage) == nullptr;
}

std::vector<std::size_t> RowDecoder::needed_columns() const {
  std::vector<std::size_t> needed;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].is_needed) {
      needed.push_back(i);
    }
  }
  return needed;
}

void RowDecoder::decode(const column::Batch& raw, std::span<const std::uint64_t> lines,
                        column::Batch& batch) {
  const std::size_t num_rows = raw.num_rows;
  refusals_.assign(num_rows, Reject::kNone);
  excerpts_.clear();
  const bool is_whole = raw.columns.size() == sources_.size();
  std::size_t next_needed = 0;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].is_needed) {
      decode_column(raw.columns[is_whole ? i : next_needed++], sources_[i]);
    }
  }
  count_rows(lines, num_rows);
  if (builds_message_) {
    build_messages(num_rows);
  }
  hand_out(num_rows, batch);
}

void RowDecoder::decode_column(const Column& raw, Source& source) {
  const FieldShape shape = source.field ? info(*source.field).shape : FieldShape::kText;
  const bool is_time = source.meta && info(*source.meta).type == Type::kTime;
  const CellKind kind = is_time ? CellKind::kEpoch : kind_of(source.field, shape);
  Column& values = source.values;
  values.reset(type_of(kind), raw.size());
  for (std::size_t row = 0; row < raw.size(); ++row) {
    const Reject reject =
        raw.is_null(row) ? null_cell(values, row) : decode_cell(kind, raw, row, values);
    if (reject != Reject::kNone) {
      values.set_null(row);
      if (refusals_[row] == Reject::kNone) {
        refusals_[row] = reject;
        if (excerpts_.size() < kMaxExcerpts) {
          excerpts_[row] = source.name + ": " + text_of_cell(raw, row);
        }
      }
    }
  }
}

// Counts each row, and chooses those that are wanted.
void RowDecoder::count_rows(std::span<const std::uint64_t> lines, std::size_t num_rows) {
  const auto value_at = [](const Source* source, std::size_t row) -> std::optional<std::int64_t> {
    return source == nullptr || source->values.is_null(row)
               ? std::nullopt
               : std::optional(source->values.data<std::int64_t>()[row]);
  };
  const Source* start = find(FieldId::kStart);
  const Source* end = find(FieldId::kEnd);
  const Source* protocol = find(FieldId::kProtocol);
  const Source* status = find(FieldId::kLogStatus);
  const Source* timestamp = find(MetaColumn::kTimestamp);
  const column::TimeRange& range = plan_.request.range;
  ParseTally& parse = tally_.parse;
  kept_.clear();
  times_.reset(Type::kTime, num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (refusals_[row] != Reject::kNone) {
      const auto excerpt = excerpts_.find(row);
      tally_.refuse(refusals_[row], lines[row],
                    excerpt == excerpts_.end() ? std::string_view() : excerpt->second, lines[row]);
      continue;
    }
    const std::string_view text = status == nullptr || status->values.is_null(row)
                                      ? std::string_view()
                                      : status->values.data<std::string_view>()[row];
    const bool is_silent = text == "NODATA" || text == "SKIPDATA";
    ++(text == "NODATA" ? parse.nodata : is_silent ? parse.skipdata : parse.ok);
    parse.odd_protocol += value_at(protocol, row).value_or(0) > 255 ? 1 : 0;
    auto first = value_at(start, row);
    const auto last = value_at(end, row);
    if (!first) {
      first = value_at(timestamp, row);
    }
    times_.data<std::int64_t>()[row] = first.value_or(0);
    if (!first) {
      times_.set_null(row);
    } else {
      parse.first_start_ms = std::min(parse.first_start_ms, *first);
      parse.last_end_ms = std::max(parse.last_end_ms, last.value_or(*first));
    }
    if (first && last) {
      parse.end_before_start += *last < *first ? 1 : 0;
      tally_.coverage.mark(*first, *last);
    }
    const bool is_open = !range.since && !range.until;
    const bool is_in_time = is_open || (first && (!range.since || *first >= *range.since) &&
                                        (!range.until || *first < *range.until));
    if (is_in_time && (plan_.request.include_silent || !is_silent)) {
      kept_.push_back(static_cast<std::uint32_t>(row));
    }
  }
}

// As the text of the record would be: single spaces, '-' for null.
void RowDecoder::build_messages(std::size_t num_rows) {
  messages_.reset(Type::kString, num_rows);
  std::fill_n(messages_.data<std::string_view>(), num_rows, std::string_view());
  std::string text;
  for (const std::uint32_t row : kept_) {
    text.clear();
    for (const std::size_t i : in_message_) {
      text += text.empty() ? "" : " ";
      append_token(sources_[i].values, row, text);
    }
    messages_.data<std::string_view>()[row] = messages_.arena().copy(text);
  }
}

void RowDecoder::hand_out(std::size_t num_rows, column::Batch& batch) {
  const auto& wanted = plan_.request.columns;
  batch.columns.resize(wanted.size());
  batch.num_rows = kept_.size();
  fill_file_columns(file_, plan_, batch);
  const auto put = [&](Column& values, Column& out) {
    if (kept_.size() == num_rows) {
      out.swap(values);
    } else {
      out.gather(values, kept_);
    }
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto source = std::find_if(sources_.begin(), sources_.end(),
                                     [&](const Source& each) { return each.position == i; });
    const bool has_source = source != sources_.end();
    const auto meta = find_meta_column(wanted[i]);
    if (meta == MetaColumn::kLayout) {
      batch.columns[i].reset_constant(column::Value::of_string(layout_names_), kept_.size());
    } else if (meta == MetaColumn::kTimestamp) {
      put(times_, batch.columns[i]);
    } else if (meta == MetaColumn::kMessage) {
      put(has_source ? source->values : messages_, batch.columns[i]);
    } else if (meta) {  // filled from the key already, which knows better
      if (has_source && batch.columns[i].is_null(0)) {
        put(source->values, batch.columns[i]);
      }
    } else if (has_source) {
      put(source->values, batch.columns[i]);
    } else {
      batch.columns[i].reset_constant(type_of_request(wanted[i]), kept_.size());
      batch.columns[i].set_null(0);
    }
  }
  conjuncts_.apply(batch);
}

}  // namespace weir::flowlog
