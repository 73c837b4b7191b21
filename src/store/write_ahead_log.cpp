#include "store/write_ahead_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <utility>

namespace weir::store {
namespace {

constexpr std::array<char, 8> kWalMagic = {'W', 'E', 'I', 'R', 'W', 'A', 'L', '\n'};
constexpr std::uint32_t kWalVersion = 1;
constexpr std::uint8_t kBatchRecord = 1;
constexpr std::string_view kWalPrefix = "wal-";
constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

std::string wal_path(const std::string& directory, std::uint64_t number) {
  return fmt::format("{}/{}{:06}", directory, kWalPrefix, number);
}

// Numbers and sizes of the wal files in a directory, in order; none where there is no directory.
Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> list_wal_files(
    io::FileSystem& files, const std::string& directory) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  const auto entries = files.list(directory);
  if (!entries) {
    if (entries.error().code == ErrorCode::kNotFound) {
      return found;
    }
    return tl::unexpected<Error>(entries.error());
  }
  for (const io::FileInfo& entry : *entries) {
    const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
    std::uint64_t number = 0;
    if (name.starts_with(kWalPrefix)) {
      std::from_chars(name.data() + kWalPrefix.size(), name.data() + name.size(), number);
      if (wal_path(directory, number) == directory + "/" + name) {
        found.emplace_back(number, entry.size);
      }
    }
  }
  std::ranges::sort(found);
  return found;
}

// One pass over the files, oldest first.
class WalReplay {
 public:
  WalReplay(WalCursor& cursor, const WalVisitor& visitor) : cursor_(cursor), visitor_(visitor) {}

  Result<WalReport> run(io::FileSystem& files, const std::string& directory, std::uint64_t floor) {
    if (cursor_.number != 0 && cursor_.number < floor) {
      report_.is_superseded = true;
      return report_;
    }
    WEIR_RETURN_IF_ERROR(
        open_files(files, directory, std::max({floor, cursor_.number, std::uint64_t{1}})));
    while (!opened_.empty() && !report_.is_superseded) {
      const bool is_last = opened_.size() == 1;
      WEIR_RETURN_IF_ERROR(
          read_file(opened_.front(), is_last ? kNoEnd : opened_[1].reader.header().previous_end));
      opened_.pop_front();
    }
    return std::move(report_);
  }

 private:
  struct Opened {
    std::uint64_t number = 0;
    std::unique_ptr<io::RandomAccessFile> file;
    RecordLogReader reader;
  };

  Result<void> open_files(io::FileSystem& files, const std::string& directory,
                          std::uint64_t first) {
    WEIR_ASSIGN_OR_RETURN(const auto found, list_wal_files(files, directory));
    std::uint64_t expected = first;  // numbers follow each other without a gap
    for (const auto& [number, size] : found) {
      if (number < first) {
        continue;
      }
      if (number != expected) {
        report_.is_superseded = true;
        return {};
      }
      ++expected;
      const std::string path = wal_path(directory, number);
      auto file = files.open_random(path);
      if (!file) {
        if (file.error().code != ErrorCode::kNotFound) {
          return tl::unexpected<Error>(std::move(file).error());
        }
        report_.is_superseded = true;
        return {};
      }
      auto reader = RecordLogReader::open(**file, path, kWalMagic, kWalVersion);
      if (!reader) {
        if (reader.error().code != ErrorCode::kInput) {
          return tl::unexpected<Error>(std::move(reader).error());
        }
        report_.damages.push_back(std::move(reader).error());
        continue;
      }
      if (reader->end() == LogEnd::kNoHeader) {
        continue;
      }
      opened_.push_back({number, std::move(*file), std::move(*reader)});
    }
    report_.num_files = opened_.size();
    report_.is_superseded = cursor_.number != 0 && expected == first;
    return {};
  }

  // `end`: where the next file says that this one's records end.
  Result<void> read_file(Opened& opened, std::uint64_t end) {
    RecordLogReader& reader = opened.reader;
    if (opened.number == cursor_.number) {
      if (cursor_.offset > reader.file_size() || cursor_.next_sequence > end) {
        report_.is_superseded = true;
        return {};
      }
      reader.seek(cursor_.offset, cursor_.next_sequence);
    } else if (cursor_.number != 0 && cursor_.next_sequence < reader.header().previous_end) {
      add_loss(opened.number, reader.header().previous_end);
    }
    cursor_ = {opened.number, reader.good_size(), reader.next_sequence()};
    WEIR_RETURN_IF_ERROR(read_records(opened, end));
    if (end == kNoEnd && reader.end() == LogEnd::kTornTail) {
      report_.torn_bytes = reader.file_size() - reader.good_size();
    }
    return {};
  }

  Result<void> read_records(Opened& opened, std::uint64_t end) {
    RecordLogReader& reader = opened.reader;
    Record record;
    while (reader.next_sequence() < end) {
      WEIR_ASSIGN_OR_RETURN(const bool is_more, reader.next(record));
      if (!is_more) {
        if (reader.end() != LogEnd::kDamaged) {
          return {};
        }
        report_.damages.push_back(reader.damage());
        reader.skip_damage();
        cursor_.next_sequence = reader.next_sequence();
        continue;
      }
      if (record.type != kBatchRecord) {
        return fail(ErrorCode::kUnsupported,
                    fmt::format("wal-{:06}: a record of type {} is unknown to this Weir, whose "
                                "write-ahead log has format version {}",
                                opened.number, record.type, kWalVersion));
      }
      WEIR_RETURN_IF_ERROR(visitor_(opened.number, record.sequence, record.payload));
      ++report_.num_records;
      report_.num_bytes += record.payload.size();
      cursor_.offset = reader.good_size();
      cursor_.next_sequence = reader.next_sequence();
    }
    return {};
  }

  void add_loss(std::uint64_t number, std::uint64_t end) {
    report_.damages.push_back(
        {ErrorCode::kInput,
         fmt::format("wal-{:06}: the records {} to {}, written and synced before it, are missing",
                     number, cursor_.next_sequence, end - 1)});
  }

  WalCursor& cursor_;
  const WalVisitor& visitor_;
  WalReport report_;
  std::deque<Opened> opened_;
};

}  // namespace

Result<WalReport> replay_write_ahead_log(io::FileSystem& files, const std::string& directory,
                                         std::uint64_t floor, WalCursor& cursor,
                                         const WalVisitor& visitor) {
  return WalReplay(cursor, visitor).run(files, directory, floor);
}

WriteAheadLog::WriteAheadLog(io::FileSystem& files, std::string directory, WalOptions options)
    : files_(files), directory_(std::move(directory)), options_(options) {}

Result<std::unique_ptr<WriteAheadLog>> WriteAheadLog::open(
    io::FileSystem& files, std::string directory, std::uint64_t floor, WalOptions options,
    const WalVisitor& visitor, WalReport& report, std::uint64_t first_sequence) {
  std::unique_ptr<WriteAheadLog> log(new WriteAheadLog(files, std::move(directory), options));
  WEIR_RETURN_IF_ERROR(log->recover(floor, visitor, report, first_sequence));
  return log;
}

Result<void> WriteAheadLog::recover(std::uint64_t floor, const WalVisitor& visitor,
                                    WalReport& report, std::uint64_t first_sequence) {
  WEIR_ASSIGN_OR_RETURN(const auto found, list_wal_files(files_, directory_));
  number_ = std::max<std::uint64_t>(floor, 1);
  for (const auto& [number, size] : found) {
    const std::string path = wal_path(directory_, number);
    if (number < floor) {
      [[maybe_unused]] const auto removed = files_.remove(path);  // or at the next opening
      continue;
    }
    // A killed process leaves records that can be read and are not on the disk yet.
    WEIR_ASSIGN_OR_RETURN(const auto file, files_.open_append(path));
    WEIR_RETURN_IF_ERROR(file->sync());
    old_files_.push_back({number, size});
    number_ = number + 1;
  }
  if (!old_files_.empty()) {
    WEIR_RETURN_IF_ERROR(files_.sync_directory(directory_));
  }
  WalCursor cursor;
  WEIR_ASSIGN_OR_RETURN(report, replay_write_ahead_log(files_, directory_, floor, cursor, visitor));
  if (report.is_superseded) {
    return fail(ErrorCode::kInput, fmt::format("{}: a write-ahead log from wal-{:06} on is missing",
                                               directory_, std::max<std::uint64_t>(floor, 1)));
  }
  next_sequence_ = std::max(first_sequence, cursor.next_sequence);
  previous_end_ = cursor.number == 0 ? next_sequence_ : cursor.next_sequence;
  return {};
}

Result<std::uint64_t> WriteAheadLog::append(std::string_view payload) {
  std::unique_lock lock(mutex_);
  WEIR_RETURN_IF_ERROR(failure_locked());
  const std::uint64_t size = payload.size() + kRecordOverheadBytes;
  if (total_bytes_locked() + size + (file_ == nullptr ? kLogHeaderBytes : 0) >
      options_.max_total_bytes) {
    return fail(
        ErrorCode::kLimit,
        fmt::format("{}: the write-ahead log is full: {} bytes of at most {} wait to be put "
                    "into segments",
                    directory_, total_bytes_locked(), options_.max_total_bytes));
  }
  if (file_ != nullptr && file_->size() + size > options_.max_file_bytes &&
      file_->size() > kLogHeaderBytes) {
    WEIR_RETURN_IF_ERROR(retire_locked(lock));
  }
  if (file_ == nullptr) {
    WEIR_RETURN_IF_ERROR(begin_file_locked());
  }
  auto sequence = file_->append(kBatchRecord, payload);
  if (!sequence && file_->is_fenced()) {
    failure_ = sequence.error();
  }
  return sequence;
}

Result<void> WriteAheadLog::sync(std::uint64_t sequence) {
  std::unique_lock lock(mutex_);
  for (const VoidRange& range : voids_) {
    if (sequence >= range.begin && sequence < range.end) {
      return fail(ErrorCode::kIo, fmt::format("{}: record {} is not kept: syncing it failed",
                                              directory_, sequence));
    }
  }
  return sync_locked(lock, std::min(sequence, next_sequence_locked() - 1) + 1);
}

Result<void> WriteAheadLog::sync() {
  std::unique_lock lock(mutex_);
  return sync_locked(lock, next_sequence_locked());
}

// Waits until records before `end` are durable. The thread that finds no sync under way leads: it
// syncs for all that wait, and those that come meanwhile wait for the next.
Result<void> WriteAheadLog::sync_locked(std::unique_lock<std::mutex>& lock, std::uint64_t end) {
  const std::size_t num_voids = voids_.size();
  while (true) {
    if (num_voids != voids_.size() && end > voids_[num_voids].begin) {
      return fail(ErrorCode::kIo,
                  fmt::format("{}: record {} is not kept: syncing it failed", directory_, end - 1));
    }
    if (synced_end_locked() >= end) {
      return {};
    }
    WEIR_RETURN_IF_ERROR(failure_locked());
    if (is_syncing_) {
      sync_ended_.wait(lock);
      continue;
    }
    is_syncing_ = true;
    const auto point = file_->sync_point();
    lock.unlock();
    const auto status = file_->sync_file();
    lock.lock();
    is_syncing_ = false;
    if (status) {
      file_->confirm(point);
    } else {
      failure_ = status.error();
      file_->fence(status.error());
    }
    sync_ended_.notify_all();
  }
}

// Ends the current file once all of it is synced, whatever other threads append meanwhile.
Result<void> WriteAheadLog::retire_locked(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t number = number_;
  while (file_ != nullptr && number_ == number) {
    if (is_syncing_) {
      sync_ended_.wait(lock);
    } else if (file_->synced().end_sequence < file_->next_sequence()) {
      WEIR_RETURN_IF_ERROR(sync_locked(lock, file_->next_sequence()));
    } else {
      end_file_locked();
    }
  }
  return {};
}

Result<std::uint64_t> WriteAheadLog::rotate() {
  std::unique_lock lock(mutex_);
  sync_ended_.wait(lock, [&] { return !is_syncing_; });
  if (!failure_) {
    WEIR_RETURN_IF_ERROR(retire_locked(lock));
    return number_;
  }
  if (file_ != nullptr) {
    if (synced_end_locked() < next_sequence_locked()) {
      voids_.push_back({synced_end_locked(), next_sequence_locked()});
    }
    end_file_locked();
  }
  failure_.reset();
  return number_;
}

Result<void> WriteAheadLog::drop_below(std::uint64_t number) {
  const std::unique_lock lock(mutex_);
  while (!old_files_.empty() && old_files_.front().number < number) {
    const auto removed = files_.remove(wal_path(directory_, old_files_.front().number));
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      return removed;
    }
    old_files_.erase(old_files_.begin());
  }
  return {};
}

std::uint64_t WriteAheadLog::next_sequence() const {
  const std::unique_lock lock(mutex_);
  return next_sequence_locked();
}

std::uint64_t WriteAheadLog::synced_end() const {
  const std::unique_lock lock(mutex_);
  return synced_end_locked();
}

std::uint64_t WriteAheadLog::current_number() const {
  const std::unique_lock lock(mutex_);
  return number_;
}

std::uint64_t WriteAheadLog::total_bytes() const {
  const std::unique_lock lock(mutex_);
  return total_bytes_locked();
}

Result<void> WriteAheadLog::begin_file_locked() {
  LogHeader header{kWalMagic, kWalVersion, number_, previous_end_, next_sequence_};
  WEIR_ASSIGN_OR_RETURN(file_,
                        RecordLogWriter::create(files_, wal_path(directory_, number_), header));
  return {};
}

// What of the file is synced stays; the rest, if any, is void.
void WriteAheadLog::end_file_locked() {
  old_files_.push_back({number_, file_->size()});
  previous_end_ = file_->synced().end_sequence;
  next_sequence_ = file_->next_sequence();
  ++number_;
  file_.reset();
}

Result<void> WriteAheadLog::failure_locked() const {
  return failure_ ? Result<void>(tl::unexpected<Error>(*failure_)) : Result<void>();
}

std::uint64_t WriteAheadLog::total_bytes_locked() const {
  std::uint64_t bytes = file_ == nullptr ? 0 : file_->size();
  for (const OldFile& old : old_files_) {
    bytes += old.size;
  }
  return bytes;
}

std::uint64_t WriteAheadLog::next_sequence_locked() const {
  return file_ == nullptr ? next_sequence_ : file_->next_sequence();
}

// Without a file everything before it is durable or void.
std::uint64_t WriteAheadLog::synced_end_locked() const {
  return file_ == nullptr ? next_sequence_ : file_->synced().end_sequence;
}

}  // namespace weir::store
