#include "metric/series_log.h"

#include <fmt/format.h>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::metric {
namespace {

constexpr std::array<char, 8> kSeriesMagic = {'W', 'E', 'I', 'R', 'S', 'E', 'R', '\n'};
constexpr std::uint32_t kSeriesVersion = 1;
constexpr std::uint8_t kSeries = 1;
constexpr std::size_t kRecordBytes = 1 << 20;

std::string log_path(const std::string& directory) { return directory + "/SERIES"; }

}  // namespace

Result<std::unique_ptr<SeriesLog>> SeriesLog::open(io::FileSystem& files, std::string directory,
                                                   SeriesBook& book) {
  auto log = std::unique_ptr<SeriesLog>(new SeriesLog(files, std::move(directory)));
  log->header_ = {kSeriesMagic, kSeriesVersion, 1, 1, 1};
  const std::string path = log_path(log->directory_);
  auto file = files.open_random(path);
  if (!file) {
    if (file.error().code == ErrorCode::kNotFound) {
      return log;
    }
    return tl::unexpected(std::move(file).error());
  }
  WEIR_ASSIGN_OR_RETURN(auto reader,
                        store::RecordLogReader::open(**file, path, kSeriesMagic, kSeriesVersion));
  store::Record record;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_record, reader.next(record));
    if (!has_record) {
      break;
    }
    codec::ByteReader in(record.payload);
    const std::uint64_t first = in.varint();
    const std::uint64_t count = in.varint();
    bool is_good = first == book.num_series();
    for (std::uint64_t i = 0; i < count && in.is_good() && is_good; ++i) {
      const auto id = book.add_encoded(in.text());
      is_good = id && *id == first + i;
    }
    if (!is_good || !in.is_at_end()) {
      return fail(ErrorCode::kInput,
                  fmt::format("{}: the record at byte {} does not name the next series", path,
                              record.offset));
    }
  }
  if (reader.end() == store::LogEnd::kDamaged) {
    return tl::unexpected(reader.damage());
  }
  if (reader.end() != store::LogEnd::kNoHeader) {
    log->header_ = reader.header();
    log->size_ = reader.good_size();
    log->next_sequence_ = reader.next_sequence();
  }
  log->num_logged_ = static_cast<SeriesId>(book.num_series());
  return log;
}

Result<void> SeriesLog::append(const SeriesBook& book, SeriesId end) {
  if (end <= num_logged_) {
    return {};
  }
  if (writer_ != nullptr && writer_->is_fenced()) {
    writer_.reset();
  }
  const std::string path = log_path(directory_);
  if (writer_ == nullptr) {
    if (size_ == 0) {
      WEIR_ASSIGN_OR_RETURN(writer_, store::RecordLogWriter::create(files_, path, header_));
    } else {
      WEIR_ASSIGN_OR_RETURN(
          writer_, store::RecordLogWriter::resume(files_, path, header_, size_, next_sequence_));
    }
  }
  for (SeriesId first = num_logged_; first < end;) {
    std::string texts;
    std::string name;
    SeriesId next = first;
    for (; next < end && texts.size() < kRecordBytes; ++next) {
      name.clear();
      book.encode_series(next, name);
      codec::put_text(name, texts);
    }
    std::string payload;
    codec::put_varint(first, payload);
    codec::put_varint(next - first, payload);
    payload += texts;
    const auto appended = writer_->append(kSeries, payload);
    if (!appended) {
      writer_.reset();  // resumes behind what is known to last
      return tl::unexpected(appended.error());
    }
    first = next;
  }
  if (const auto synced = writer_->sync(); !synced) {
    writer_.reset();
    return tl::unexpected(synced.error());
  }
  size_ = writer_->size();
  next_sequence_ = writer_->next_sequence();
  num_logged_ = end;
  return {};
}

}  // namespace weir::metric
