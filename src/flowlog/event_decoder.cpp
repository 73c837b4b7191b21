#include "flowlog/event_decoder.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "flowlog/file_scan.h"

namespace weir::flowlog {
namespace {

constexpr std::string_view kTag = "@event";
constexpr std::size_t kMaxRunBytes = 512 * 1024;
constexpr std::size_t kParserPadding = 64;

std::optional<std::size_t> position_of(const std::vector<std::string>& names,
                                       std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - names.begin()));
}

std::size_t number_in(std::string_view tag) {
  std::size_t number = 0;
  std::from_chars(tag.data(), tag.data() + tag.size(), number);
  return number;
}

}  // namespace

EventDecoder::EventDecoder(const ReadPlan& plan, const InputFile& file, LayoutBook& book,
                           FileTally& tally)
    : plan_(plan),
      file_(file),
      tally_(tally),
      layouts_(file.key, book),
      options_(plan.parser_options),
      message_position_(position_of(plan.request.columns, info(MetaColumn::kMessage).name)),
      timestamp_position_(position_of(plan.request.columns, info(MetaColumn::kTimestamp).name)) {
  options_.columns.emplace_back(kTag);
  refused_.reserve(kMaxExamples);
}

EventDecoder::~EventDecoder() = default;

std::size_t EventDecoder::intern(const Event& event) {
  const auto is_same = [&](const Origin& origin) {
    return origin.owner == event.owner && origin.log_group == event.log_group &&
           origin.log_stream == event.log_stream;
  };
  if (origins_.empty() || !is_same(origins_.back())) {
    Origin origin{
        std::string(event.owner), std::string(event.log_group), std::string(event.log_stream), {}};
    origin.log = origin.owner.empty() ? origin.log_group : origin.owner + ":" + origin.log_group;
    origins_.push_back(std::move(origin));
  }
  return origins_.size() - 1;
}

void EventDecoder::add(const Event& event, std::uint64_t line) {
  StoredEvent stored;
  stored.time = event.time;
  stored.ingestion = event.ingestion;
  stored.origin = intern(event);
  stored.line = line;
  stored.id_begin = text_.size();
  stored.id_size = event.id.size();
  text_ += event.id;
  std::string_view rest = event.text;
  while (!rest.empty()) {
    const std::size_t newline = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, newline);
    rest.remove_prefix(std::min(newline + 1, rest.size()));
    if (text.starts_with("\xef\xbb\xbf")) {
      text.remove_prefix(3);
    }
    while (text.ends_with('\r')) {
      text.remove_suffix(1);
    }
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    }
    if (text.size() > kMaxLineBytes) {
      tally_.refuse(Reject::kLineTooLong, line, text, line);
      continue;
    }
    lines_.push_back({text_.size(), text.size(), events_.size()});
    text_ += text;
  }
  events_.push_back(stored);
}

void EventDecoder::decide_layouts() {
  std::size_t decided = origins_.size();  // the one before, mostly the same
  for (const StoredLine& line : lines_) {
    const std::size_t origin = events_[line.event].origin;
    if (origin == decided) {
      continue;
    }
    decided = origin;
    const std::string& group = origins_[origin].log_group;
    if (layouts_.is_decided(group)) {
      continue;
    }
    std::vector<std::string_view> sample;
    for (const StoredLine& other : lines_) {
      if (origins_[events_[other.event].origin].log_group == group && sample.size() < 1000) {
        sample.push_back(text_of(other));
      }
    }
    layouts_.decide(group, sample);
  }
}

EventDecoder::TaggedParser& EventDecoder::parser_of(const Layout& layout) {
  for (TaggedParser& known : parsers_) {
    if (known.layout.same_columns(layout)) {
      return known;
    }
  }
  Layout tagged = layout;
  tagged.columns.insert(tagged.columns.begin(),
                        {std::nullopt, std::string(kTag), std::string(kTag)});
  TaggedParser planned{layout, nullptr, column::RowFilter({}),
                       layout.find(FieldId::kStart).has_value(), layout.names()};
  LineParser::Options options = options_;
  if (!planned.has_start) {
    options.range = {};  // applied to the events' own times
  }
  planned.parser = make_line_parser(tagged, options);
  planned.residual = column::RowFilter(unapplied_conjuncts(plan_, *planned.parser));
  parsers_.push_back(std::move(planned));
  return parsers_.back();
}

// Lays out the next lines of one layout for the parser; false at the end.
bool EventDecoder::start_run() {
  tagged_.clear();
  at_ = 0;
  parser_ = nullptr;
  const Layout* layout = nullptr;
  for (; next_line_ < lines_.size() && tagged_.size() < kMaxRunBytes; ++next_line_) {
    const StoredLine& line = lines_[next_line_];
    const std::string_view text = text_of(line);
    bool is_header = false;
    const Layout* of_line =
        layouts_.find(origins_[events_[line.event].origin].log_group, text, is_header);
    if (is_header) {
      continue;
    }
    if (of_line == nullptr) {
      tally_.refuse(Reject::kBadRow, events_[line.event].line, text, events_[line.event].line);
      continue;
    }
    if (layout != nullptr && of_line != layout) {
      break;
    }
    layout = of_line;
    char digits[20];
    tagged_.append(digits, std::to_chars(digits, digits + sizeof digits, line.event).ptr);
    tagged_ += ' ';
    tagged_ += text;
    tagged_ += '\n';
  }
  if (layout == nullptr) {
    return false;
  }
  parser_ = &parser_of(*layout);
  tagged_.reserve(tagged_.size() + kParserPadding);
  return true;
}

bool EventDecoder::next(column::Batch& batch) {
  while (true) {
    if (parser_ == nullptr && !start_run()) {
      text_.clear();
      origins_.clear();
      events_.clear();
      lines_.clear();
      next_line_ = 0;
      return false;
    }
    const std::string_view rest = std::string_view(tagged_).substr(at_);
    refused_.clear();
    const auto outcome =
        parser_->parser->parse(rest, false, parsed_, tally_.parse, refused_, &tally_.coverage);
    note_refusals(rest);
    at_ += outcome.consumed;
    const bool has_start = parser_->has_start;
    const std::string& names = parser_->names;
    parser_->residual.apply(parsed_);
    const bool is_stuck = outcome.consumed == 0;
    if (at_ == tagged_.size() || is_stuck) {
      parser_ = nullptr;  // tagged_ stays: the batch's views point into it
    }
    if (parsed_.num_rows == 0) {
      continue;
    }
    const column::Column& tags = parsed_.columns.back();
    row_events_.clear();
    for (std::size_t row = 0; row < parsed_.num_rows; ++row) {
      row_events_.push_back(number_in(tags.data<std::string_view>()[row]));
    }
    const std::size_t num_columns = plan_.request.columns.size();
    batch.columns.resize(num_columns);
    for (std::size_t i = 0; i < num_columns; ++i) {
      std::swap(batch.columns[i], parsed_.columns[i]);
    }
    batch.num_rows = parsed_.num_rows;
    fill_from_events(batch);
    if (plan_.layout_position) {
      batch.columns[*plan_.layout_position].reset_constant(column::Value::of_string(names),
                                                           batch.num_rows);
    }
    if (!has_start) {
      apply_range(batch);
    }
    if (batch.num_rows > 0) {
      return true;
    }
  }
}

void EventDecoder::note_refusals(std::string_view rest) {
  for (const auto& refused : refused_) {
    std::string_view text = rest.substr(refused.offset, refused.length);
    const std::uint64_t line = events_[number_in(text)].line;
    text.remove_prefix(text.find(' ') + 1);
    if (tally_.has_room_for(line)) {
      tally_.keep({line, line, 0, refused.reason, excerpt_of(text)});
    }
  }
}

// The columns that the events know, and @message without its tag.
void EventDecoder::fill_from_events(column::Batch& batch) {
  fill_file_columns(file_, plan_, batch);
  const std::size_t num_rows = batch.num_rows;
  const auto event_of = [&](std::size_t row) -> const StoredEvent& {
    return events_[row_events_[row]];
  };
  const auto fill_text = [&](std::size_t position, auto&& text_of_event) {
    column::Column& column = batch.columns[position];
    column.reset(column::Type::kString, num_rows);
    for (std::size_t row = 0; row < num_rows; ++row) {
      const std::string_view text = text_of_event(event_of(row));
      if (text.empty()) {
        column.set_null(row);
      } else {
        column.data<std::string_view>()[row] = text;
      }
    }
  };
  const auto fill_time = [&](std::size_t position, auto&& time_of_event) {
    column::Column& column = batch.columns[position];
    column.reset(column::Type::kTime, num_rows);
    for (std::size_t row = 0; row < num_rows; ++row) {
      const std::optional<TimeMs> time = time_of_event(event_of(row));
      column.data<std::int64_t>()[row] = time.value_or(0);
      if (!time) {
        column.set_null(row);
      }
    }
  };
  for (const auto& use : plan_.meta) {
    switch (use.column) {
      case MetaColumn::kLogStream:
        fill_text(use.position, [&](const StoredEvent& event) -> std::string_view {
          return origins_[event.origin].log_stream;
        });
        break;
      case MetaColumn::kLog:
        fill_text(use.position, [&](const StoredEvent& event) -> std::string_view {
          return origins_[event.origin].log;
        });
        break;
      case MetaColumn::kPtr:
        fill_text(use.position, [&](const StoredEvent& event) {
          return std::string_view(text_).substr(event.id_begin, event.id_size);
        });
        break;
      case MetaColumn::kIngestionTime:
        fill_time(use.position, [](const StoredEvent& event) { return event.ingestion; });
        break;
      case MetaColumn::kAccount:
        if (file_.key.account.empty()) {
          fill_text(use.position, [&](const StoredEvent& event) -> std::string_view {
            return origins_[event.origin].owner;
          });
        }
        break;
      default:
        break;
    }
  }
  if (timestamp_position_) {
    column::Column& column = batch.columns[*timestamp_position_];
    for (std::size_t row = 0; row < num_rows; ++row) {
      if (column.is_null(row) && event_of(row).time) {
        column.flatten();
        column.data<std::int64_t>()[row] = *event_of(row).time;
        column.null_mask()[row >> 6] &= ~(std::uint64_t{1} << (row & 63));
      }
    }
  }
  if (message_position_) {
    auto* const messages = batch.columns[*message_position_].data<std::string_view>();
    for (std::size_t row = 0; row < num_rows; ++row) {
      messages[row].remove_prefix(messages[row].find(' ') + 1);
    }
  }
}

// Of records without a start: their events' times stand for it.
void EventDecoder::apply_range(column::Batch& batch) {
  const column::TimeRange& range = plan_.request.range;
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < batch.num_rows; ++row) {
    const std::optional<TimeMs> time = events_[row_events_[row]].time;
    if (time) {
      tally_.parse.first_start_ms = std::min(tally_.parse.first_start_ms, *time);
      tally_.parse.last_end_ms = std::max(tally_.parse.last_end_ms, *time);
    }
    const bool is_open = !range.since && !range.until;
    if (is_open || (time && (!range.since || *time >= *range.since) &&
                    (!range.until || *time < *range.until))) {
      rows.push_back(static_cast<std::uint32_t>(row));
    }
  }
  keeper_.keep(batch, rows);
}

}  // namespace weir::flowlog
