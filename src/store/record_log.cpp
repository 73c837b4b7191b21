#include "store/record_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/crc32c.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::store {
namespace {

constexpr std::size_t kFrameBytes = 17;  // of a record, before its payload
constexpr std::size_t kWindowBytes = 256U << 10;

std::string encode_header(const LogHeader& header) {
  const auto encode = [&](std::uint32_t checksum) {
    std::string bytes(header.magic.data(), header.magic.size());
    codec::put_fixed(header.version, bytes);
    codec::put_fixed(checksum, bytes);
    codec::put_fixed(header.number, bytes);
    codec::put_fixed(header.previous_end, bytes);
    codec::put_fixed(header.first_sequence, bytes);
    return bytes;
  };
  return encode(crc32c(encode(0)));
}

std::uint32_t checksum_of(const std::string& encoded_header) {
  return codec::get_fixed<std::uint32_t>(encoded_header.data() + 12);
}

}  // namespace

RecordLogWriter::RecordLogWriter(io::FileSystem& files, std::string path,
                                 std::unique_ptr<io::WritableFile> file, const LogHeader& header,
                                 const SyncPoint& synced)
    : files_(files),
      path_(std::move(path)),
      file_(std::move(file)),
      header_checksum_(checksum_of(encode_header(header))),
      size_(synced.size),
      next_sequence_(synced.end_sequence),
      synced_(synced) {}

Result<std::unique_ptr<RecordLogWriter>> RecordLogWriter::create(io::FileSystem& files,
                                                                 const std::string& path,
                                                                 const LogHeader& header) {
  WEIR_ASSIGN_OR_RETURN(auto file, files.create(path));
  const auto make_durable = [&]() -> Result<void> {
    WEIR_RETURN_IF_ERROR(file->append(encode_header(header)));
    WEIR_RETURN_IF_ERROR(file->sync());
    return files.sync_directory(io::directory_of(path));
  };
  if (auto status = make_durable(); !status) {
    [[maybe_unused]] const auto removed = files.remove(path);
    return tl::unexpected<Error>(std::move(status).error());
  }
  return std::unique_ptr<RecordLogWriter>(new RecordLogWriter(
      files, path, std::move(file), header, {header.first_sequence, kLogHeaderBytes}));
}

Result<std::unique_ptr<RecordLogWriter>> RecordLogWriter::resume(io::FileSystem& files,
                                                                 const std::string& path,
                                                                 const LogHeader& header,
                                                                 std::uint64_t size,
                                                                 std::uint64_t next_sequence) {
  WEIR_ASSIGN_OR_RETURN(const io::FileInfo info, files.info(path));
  if (info.size > size) {
    WEIR_RETURN_IF_ERROR(files.truncate(path, size));
  }
  WEIR_ASSIGN_OR_RETURN(auto file, files.open_append(path));
  // A killed process leaves records that can be read and are not on the disk yet.
  WEIR_RETURN_IF_ERROR(file->sync());
  return std::unique_ptr<RecordLogWriter>(
      new RecordLogWriter(files, path, std::move(file), header, {next_sequence, size}));
}

Result<std::uint64_t> RecordLogWriter::append(std::uint8_t type, std::string_view payload) {
  if (failure_ != nullptr) {
    return tl::unexpected<Error>(*failure_);
  }
  if (payload.size() > kMaxRecordBytes) {
    return fail(ErrorCode::kLimit, fmt::format("{}: a record of {} bytes is over the limit of {}",
                                               path_, payload.size(), kMaxRecordBytes));
  }
  const std::uint64_t unsynced = next_sequence_ - synced_.end_sequence;
  frame_.clear();
  codec::put_fixed(static_cast<std::uint32_t>(payload.size()), frame_);
  codec::put_fixed(type, frame_);
  codec::put_fixed(next_sequence_, frame_);
  codec::put_fixed(static_cast<std::uint32_t>(std::min<std::uint64_t>(
                       unsynced, std::numeric_limits<std::uint32_t>::max())),
                   frame_);
  frame_ += payload;
  codec::put_fixed(crc32c(frame_, header_checksum_), frame_);
  if (auto status = file_->append(frame_); !status) {
    if (auto cut = files_.truncate(path_, size_); !cut) {
      failure_ = std::make_unique<Error>(std::move(cut).error());
    }
    return tl::unexpected<Error>(std::move(status).error());
  }
  size_ += frame_.size();
  return next_sequence_++;
}

Result<void> RecordLogWriter::sync() {
  if (failure_ != nullptr) {
    return tl::unexpected<Error>(*failure_);
  }
  const SyncPoint point = sync_point();
  auto status = sync_file();
  if (status) {
    confirm(point);
  } else {
    fence(status.error());
  }
  return status;
}

Result<void> RecordLogWriter::close() {
  auto status = file_->close();
  return failure_ == nullptr ? status : Result<void>(tl::unexpected<Error>(*failure_));
}

void RecordLogWriter::fence(const Error& error) {
  if (failure_ == nullptr) {
    failure_ = std::make_unique<Error>(error);
    [[maybe_unused]] const auto cut = files_.truncate(path_, synced_.size);
  }
}

RecordLogReader::RecordLogReader(const io::RandomAccessFile& file, std::string path)
    : file_(&file), path_(std::move(path)), file_size_(file.size()) {}

Result<RecordLogReader> RecordLogReader::open(const io::RandomAccessFile& file, std::string path,
                                              const std::array<char, 8>& magic,
                                              std::uint32_t max_version) {
  RecordLogReader reader(file, std::move(path));
  std::string bytes(kLogHeaderBytes, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t size, file.read_at(0, bytes));
  codec::ByteReader fields(bytes);
  LogHeader& header = reader.header_;
  std::ranges::copy(fields.take(header.magic.size()), header.magic.begin());
  header.version = fields.fixed<std::uint32_t>();
  reader.header_checksum_ = fields.fixed<std::uint32_t>();
  header.number = fields.fixed<std::uint64_t>();
  header.previous_end = fields.fixed<std::uint64_t>();
  header.first_sequence = fields.fixed<std::uint64_t>();
  if (size < kLogHeaderBytes || checksum_of(encode_header(header)) != reader.header_checksum_) {
    // The header is synced before the first record is written, so damage with bytes behind it
    // is no crash.
    if (reader.file_size_ > kLogHeaderBytes) {
      return fail(
          ErrorCode::kInput,
          fmt::format("{}: the header is damaged: its checksum does not match", reader.path_));
    }
    reader.end_ = LogEnd::kNoHeader;
    reader.header_ = {};
    return reader;
  }
  if (header.magic != magic) {
    return fail(ErrorCode::kInput, fmt::format("{}: this is another kind of file", reader.path_));
  }
  if (header.version > max_version) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{}: written by a newer Weir, in format version {}; this one reads up to {}",
                    reader.path_, header.version, max_version));
  }
  reader.seek(kLogHeaderBytes, header.first_sequence);
  return reader;
}

void RecordLogReader::seek(std::uint64_t offset, std::uint64_t next_sequence) {
  offset_ = offset;
  next_sequence_ = next_sequence;
  end_ = LogEnd::kClean;
}

Result<bool> RecordLogReader::next(Record& record) {
  if (end_ != LogEnd::kClean || offset_ >= file_size_) {
    return false;
  }
  Frame frame;
  WEIR_ASSIGN_OR_RETURN(const bool is_good, read_frame(offset_, frame));
  if (!is_good || frame.sequence != next_sequence_) {
    WEIR_RETURN_IF_ERROR(judge_bad_record());
    return false;
  }
  record.type = frame.type;
  record.sequence = frame.sequence;
  record.offset = offset_;
  record.payload = bytes_at(offset_ + kFrameBytes, frame.length);
  offset_ += kRecordOverheadBytes + frame.length;
  ++next_sequence_;
  return true;
}

void RecordLogReader::skip_damage() {
  if (end_ == LogEnd::kDamaged) {
    seek(good_behind_, sequence_behind_);
  }
}

Result<bool> RecordLogReader::load(std::uint64_t offset, std::size_t size) {
  if (offset > file_size_ || size > file_size_ - offset) {
    return false;
  }
  if (offset >= window_begin_ && offset + size <= window_begin_ + window_.size()) {
    return true;
  }
  window_begin_ = offset;
  window_.resize(std::min<std::uint64_t>(std::max(size, kWindowBytes), file_size_ - offset));
  WEIR_ASSIGN_OR_RETURN(const std::size_t found, file_->read_at(offset, window_));
  window_.resize(found);
  return size <= found;
}

std::string_view RecordLogReader::bytes_at(std::uint64_t offset, std::size_t size) const {
  return std::string_view(window_).substr(offset - window_begin_, size);
}

// False where no whole, undamaged record begins at `offset`.
Result<bool> RecordLogReader::read_frame(std::uint64_t offset, Frame& frame) {
  WEIR_ASSIGN_OR_RETURN(const bool has_frame, load(offset, kRecordOverheadBytes));
  if (!has_frame) {
    return false;
  }
  codec::ByteReader fields(bytes_at(offset, kFrameBytes));
  frame.length = fields.fixed<std::uint32_t>();
  frame.type = fields.fixed<std::uint8_t>();
  frame.sequence = fields.fixed<std::uint64_t>();
  frame.unsynced = fields.fixed<std::uint32_t>();
  // Numbers that cannot be spare the checksum when damage is searched byte by byte.
  if (frame.length > kMaxRecordBytes || frame.sequence < next_sequence_ ||
      frame.sequence - next_sequence_ > file_size_) {
    return false;
  }
  const std::size_t checked = kFrameBytes + frame.length;
  WEIR_ASSIGN_OR_RETURN(const bool has_all, load(offset, checked + 4));
  checksum_work_ += has_all ? checked : 0;
  return has_all && crc32c(bytes_at(offset, checked), header_checksum_) ==
                        codec::get_fixed<std::uint32_t>(bytes_at(offset + checked, 4).data());
}

// A crash leaves damage only in what had not been synced. So the bad record is a torn tail unless a
// good one behind it was written after a sync that covered the bad one.
Result<void> RecordLogReader::judge_bad_record() {
  end_ = LogEnd::kTornTail;
  good_behind_ = 0;
  const std::uint64_t most_work = 64 * (file_size_ - offset_) + kMaxRecordBytes;
  checksum_work_ = 0;
  for (std::uint64_t at = offset_; at < file_size_;) {
    Frame frame;
    WEIR_ASSIGN_OR_RETURN(const bool is_good, read_frame(at, frame));
    if (is_good && good_behind_ == 0) {
      good_behind_ = at;
      sequence_behind_ = frame.sequence;
    }
    // Bytes made to look like many long records are not searched for ever, nor cut as a tail.
    if (checksum_work_ > most_work ||
        (is_good && frame.sequence - next_sequence_ > frame.unsynced)) {
      end_ = LogEnd::kDamaged;
      break;
    }
    at += is_good ? kRecordOverheadBytes + frame.length : 1;
  }
  if (end_ == LogEnd::kDamaged) {
    if (good_behind_ == 0) {
      good_behind_ = file_size_;
      sequence_behind_ = next_sequence_ + 1;
    }
    damage_ = {
        ErrorCode::kInput,
        fmt::format("{}: damaged at byte {}: the records {} to {} had been written and synced, "
                    "and do not match their checksums; the file goes on at byte {}",
                    path_, offset_, next_sequence_, sequence_behind_ - 1, good_behind_)};
  }
  return {};
}

}  // namespace weir::store
