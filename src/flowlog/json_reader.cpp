#include "flowlog/json_reader.h"

#include <algorithm>
#include <utility>

namespace weir::flowlog {

// Takes what an object holds, on behalf of the reader.
class JsonReader::Sink final : public EnvelopeSink {
 public:
  Sink(JsonReader& reader, std::uint64_t line) : reader_(reader), line_(line) {}

  void add_event(const Event& event) override {
    reader_.has_events_ = true;
    reader_.events_.add(event, line_);
  }
  void add_row(std::span<const JsonCell> cells) override {
    if (!reader_.rows_.add(cells, line_)) {
      refuse(Reject::kTooManyTokens, "more names in one file than a layout can have");
    }
  }
  void refuse(Reject reason, std::string_view excerpt) override {
    reader_.tally_.refuse(reason, line_, excerpt, line_);
  }

 private:
  JsonReader& reader_;
  std::uint64_t line_;
};

JsonReader::JsonReader(const ReadPlan& plan, const InputFile& file, Content& content,
                       LayoutBook& book, const io::InflateLimits& limits, FileTally& tally)
    : plan_(plan),
      file_(file),
      content_(content),
      tally_(tally),
      meter_(plan.context.progress, tally),
      buffer_(content, EnvelopeUnpacker::kMaxBytes),
      unpacker_(limits),
      events_(plan, file, book, tally),
      row_decoder_(plan, file, tally) {}

JsonReader::~JsonReader() = default;

// One item of the content; false at its end.
Result<bool> JsonReader::gather_item() {
  while (true) {
    const auto item = splitter_.next(buffer_.text(), buffer_.is_complete());
    if (item.begin > 0) {
      buffer_.consume(item.begin);
    }
    const std::string_view piece = buffer_.text().substr(0, item.end - item.begin);
    Sink sink(*this, buffer_.line());
    switch (item.kind) {
      case JsonSplitter::Kind::kObject:
        unpacker_.unpack(piece, sink);
        break;
      case JsonSplitter::Kind::kLine: {
        Event event;
        event.text = piece;
        sink.add_event(event);
        break;
      }
      case JsonSplitter::Kind::kBad:
        sink.refuse(Reject::kBadJson, piece);
        break;
      case JsonSplitter::Kind::kPartial:
      case JsonSplitter::Kind::kEnd: {
        if (buffer_.is_at_end()) {
          return false;
        }
        WEIR_ASSIGN_OR_RETURN(const std::size_t added, buffer_.fill());
        tally_.inflated_bytes += added;
        continue;
      }
    }
    buffer_.consume(piece.size());
    return true;
  }
}

Result<void> JsonReader::gather() {
  while (!is_at_end_ && !events_.is_full() && !rows_.is_full()) {
    if (plan_.is_cancelled()) {
      return fail(ErrorCode::kCancelled, "cancelled");
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_more, gather_item());
    is_at_end_ = !is_more;
  }
  events_.decide_layouts();
  return {};
}

bool JsonReader::has_events() const {
  return has_events_ ||
         std::any_of(rows_.schema().begin(), rows_.schema().end(),
                     [](const column::Field& field) { return field.name.starts_with('@'); });
}

Result<void> JsonReader::prepare() { return gather(); }

std::string JsonReader::problem() const {
  return rows_.is_empty() && events_.layouts().all().empty() ? events_.layouts().problem()
                                                             : std::string();
}

std::vector<Layout> JsonReader::layouts() const {
  std::vector<Layout> layouts = events_.layouts().all();
  if (!rows_.schema().empty()) {
    std::vector<std::string> names;
    for (const column::Field& field : rows_.schema()) {
      names.push_back(field.name);
    }
    layouts.push_back(layout_of_names(names));
  }
  return layouts;
}

Result<bool> JsonReader::next(column::Batch& batch) {
  while (true) {
    bool is_filled = false;
    if (!events_.is_empty()) {
      is_filled = events_.next(batch);
    } else if (!rows_.is_empty()) {
      if (num_known_columns_ != rows_.schema().size()) {
        num_known_columns_ = rows_.schema().size();
        row_decoder_.set_schema(rows_.schema());
      }
      if (const auto slice = rows_.next(); slice.batch.num_rows > 0) {
        row_decoder_.decode(slice.batch, slice.lines, batch);
        is_filled = batch.num_rows > 0;
      }
    } else {
      meter_.update(content_.stored_bytes());
      if (is_at_end_) {
        batch.num_rows = 0;
        return false;
      }
      WEIR_RETURN_IF_ERROR(gather());
    }
    if (is_filled) {
      batch.sequence = (std::uint64_t{file_.index} << kFileShift) | num_batches_++;
      return true;
    }
  }
}

}  // namespace weir::flowlog
