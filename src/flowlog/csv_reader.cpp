#include "flowlog/csv_reader.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "flowlog/meta_column.h"

namespace weir::flowlog {

CsvReader::CsvReader(const ReadPlan& plan, const InputFile& file, Content& content,
                     LayoutBook& book, FileTally& tally)
    : plan_(plan),
      file_(file),
      content_(content),
      tally_(tally),
      meter_(plan.context.progress, tally),
      buffer_(content, kMaxRecordBytes),
      events_(plan, file, book, tally),
      row_decoder_(plan, file, tally) {}

CsvReader::Parsed CsvReader::parse_record(std::string_view text, std::size_t& size) {
  cells_.clear();
  std::size_t at = 0;
  while (true) {
    Cell cell;
    if (at < text.size() && text[at] == '"') {
      cell.is_quoted = true;
      const std::size_t begin = ++at;
      while (true) {
        at = std::min(text.find('"', at), text.size());
        if (at == text.size() || at + 1 == text.size()) {
          if (at == text.size() || !buffer_.is_complete()) {
            return Parsed::kPartial;
          }
          break;
        }
        if (text[at + 1] != '"') {
          break;
        }
        cell.has_doubled = true;
        at += 2;
      }
      cell.text = text.substr(begin, at - begin);
      ++at;
      const std::size_t end = text.find_first_of(",\r\n", at);
      if (end != at && at < text.size()) {
        return Parsed::kBroken;  // something behind the closing quote
      }
    } else {
      const std::size_t end = std::min(text.find_first_of(",\r\n", at), text.size());
      cell.text = text.substr(at, end - at);
      at = end;
    }
    cells_.push_back(cell);
    if (at == text.size()) {
      size = at;
      return buffer_.is_complete() ? Parsed::kRecord : Parsed::kPartial;
    }
    if (text[at] == ',') {
      ++at;
      continue;
    }
    if (text[at] == '\r') {
      if (at + 1 == text.size() && !buffer_.is_complete()) {
        return Parsed::kPartial;
      }
      at += at + 1 < text.size() && text[at + 1] == '\n' ? 1 : 0;
    }
    size = at + 1;
    return Parsed::kRecord;
  }
}

std::string_view CsvReader::unescaped(const Cell& cell, Arena& arena) {
  if (!cell.has_doubled) {
    return cell.text;
  }
  char* const out = arena.allocate(cell.text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    out[size++] = cell.text[i];
    i += cell.text[i] == '"' ? 1 : 0;
  }
  return {out, size};
}

Result<void> CsvReader::read_names() {
  WEIR_ASSIGN_OR_RETURN(const std::size_t added, buffer_.fill());
  tally_.inflated_bytes += added;
  const std::string_view text = buffer_.text();
  std::size_t begin = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  begin = std::min(text.find_first_not_of(" \t\r\n", begin), text.size());
  buffer_.consume(begin);
  std::size_t size = 0;
  if (parse_record(buffer_.text(), size) != Parsed::kRecord) {
    return fail(ErrorCode::kInput, "the first record of the CSV, its names, does not end");
  }
  if (cells_.size() > kMaxColumns) {
    return fail(ErrorCode::kLimit, "the CSV has more columns than a layout can have");
  }
  for (const Cell& cell : cells_) {
    names_.emplace_back(unescaped(cell, arena_));
  }
  buffer_.consume(size);
  const auto message = std::find_if(names_.begin(), names_.end(), [](const std::string& name) {
    return find_meta_column(name) == MetaColumn::kMessage || name == "message";
  });
  if (message != names_.end() && !has_field_name(names_)) {
    message_column_ = static_cast<std::size_t>(message - names_.begin());
  }
  column::Schema schema;
  for (const std::string& name : names_) {
    schema.push_back({name, column::Type::kString});
  }
  row_decoder_.set_schema(schema);
  raw_.columns.resize(names_.size());
  return {};
}

Result<void> CsvReader::prepare() {
  WEIR_RETURN_IF_ERROR(read_names());
  return message_column_ ? gather() : Result<void>();
}

std::string CsvReader::problem() const {
  return message_column_ && events_.layouts().all().empty() ? events_.layouts().problem()
                                                            : std::string();
}

bool CsvReader::has_events() const {
  return std::any_of(names_.begin(), names_.end(),
                     [](const std::string& name) { return name.starts_with('@'); });
}

std::vector<Layout> CsvReader::layouts() const {
  return message_column_ ? events_.layouts().all() : std::vector<Layout>{layout_of_names(names_)};
}

// Takes records until there are enough to hand out. Views into the buffer live until the next call,
// so it is filled at the begin only.
Result<void> CsvReader::gather() {
  if (plan_.is_cancelled()) {
    return fail(ErrorCode::kCancelled, "cancelled");
  }
  arena_.clear();
  lines_.clear();
  for (column::Column& column : raw_.columns) {
    column.reset(column::Type::kString, column::kBatchRows);
  }
  while (!is_at_end_ && lines_.size() < column::kBatchRows && !events_.is_full()) {
    const std::string_view text = buffer_.text();
    std::size_t size = 0;
    const Parsed parsed = text.empty() ? Parsed::kPartial : parse_record(text, size);
    if (parsed == Parsed::kRecord) {
      const bool is_blank = cells_.size() == 1 && cells_[0].text.empty() && !cells_[0].is_quoted;
      if (!is_blank && cells_.size() != names_.size()) {
        tally_.refuse(
            cells_.size() < names_.size() ? Reject::kTooFewTokens : Reject::kTooManyTokens,
            buffer_.line(), text.substr(0, size), buffer_.line());
      } else if (!is_blank && message_column_) {
        add_event(buffer_.line());
      } else if (!is_blank) {
        add_row(buffer_.line());
      }
      buffer_.consume(size);
      continue;
    }
    if (parsed == Parsed::kBroken || (buffer_.is_complete() && !text.empty())) {
      // A quote that does not close, or a record past the limit, costs its first line.
      const std::size_t newline = text.find('\n');
      size = newline == std::string_view::npos ? text.size() : newline + 1;
      const bool is_too_long = parsed == Parsed::kPartial && !buffer_.is_at_end();
      tally_.refuse(is_too_long ? Reject::kLineTooLong : Reject::kBadRow, buffer_.line(),
                    text.substr(0, size), buffer_.line());
      buffer_.consume(size);
      continue;
    }
    if (buffer_.is_at_end()) {
      is_at_end_ = true;
      break;
    }
    if (!lines_.empty()) {
      break;  // hand out what points into the buffer before it moves
    }
    WEIR_ASSIGN_OR_RETURN(const std::size_t added, buffer_.fill());
    tally_.inflated_bytes += added;
  }
  raw_.num_rows = lines_.size();
  for (column::Column& column : raw_.columns) {
    column.set_size(lines_.size());
  }
  events_.decide_layouts();
  return {};
}

void CsvReader::add_row(std::uint64_t line) {
  const std::size_t row = lines_.size();
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].text.empty() && !cells_[i].is_quoted) {
      raw_.columns[i].set_null(row);
    } else {
      raw_.columns[i].data<std::string_view>()[row] = unescaped(cells_[i], arena_);
    }
  }
  lines_.push_back(line);
}

void CsvReader::add_event(std::uint64_t line) {
  Event event;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto meta = find_meta_column(names_[i]);
    if (!meta && i != *message_column_) {
      continue;
    }
    const std::string_view text = unescaped(cells_[i], arena_);
    switch (meta.value_or(MetaColumn::kMessage)) {
      case MetaColumn::kMessage:
        event.text = text;
        break;
      case MetaColumn::kTimestamp:
        event.time = parse_absolute_time(text);
        break;
      case MetaColumn::kIngestionTime:
        event.ingestion = parse_absolute_time(text);
        break;
      case MetaColumn::kLogStream:
        event.log_stream = text;
        break;
      case MetaColumn::kPtr:
        event.id = text;
        break;
      case MetaColumn::kLog: {
        const std::size_t colon = text.find(':');
        event.owner = colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
        event.log_group = colon == std::string_view::npos ? text : text.substr(colon + 1);
        break;
      }
      default:
        break;
    }
  }
  events_.add(event, line);
}

Result<bool> CsvReader::next(column::Batch& batch) {
  while (true) {
    bool is_filled = false;
    if (!events_.is_empty()) {
      is_filled = events_.next(batch);
    } else {
      meter_.update(content_.stored_bytes());
      if (is_at_end_) {
        batch.num_rows = 0;
        return false;
      }
      WEIR_RETURN_IF_ERROR(gather());
      if (!lines_.empty()) {
        row_decoder_.decode(raw_, lines_, batch);
        is_filled = batch.num_rows > 0;
      }
    }
    if (is_filled) {
      batch.sequence = (std::uint64_t{file_.index} << kFileShift) | num_batches_++;
      return true;
    }
  }
}

}  // namespace weir::flowlog
