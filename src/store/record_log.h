#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::store {

// The first bytes of a log file: docs/formats/record-log.md.
struct LogHeader {
  std::array<char, 8> magic{};       // what kind of log it is
  std::uint32_t version = 0;         // of what the payloads mean
  std::uint64_t number = 0;          // the one in the file's name
  std::uint64_t previous_end = 0;    // records of older files at or behind it are void
  std::uint64_t first_sequence = 0;  // of the first record; at or behind previous_end
};

inline constexpr std::size_t kLogHeaderBytes = 40;
inline constexpr std::size_t kRecordOverheadBytes = 21;
inline constexpr std::uint32_t kMaxRecordBytes = 64U << 20;

// A record as read. `payload` lives until the reader's next call.
struct Record {
  std::uint8_t type = 0;
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;  // in the file
  std::string_view payload;
};

// Appends records to one file, numbered without a gap. One thread, except for sync_file().
//
// A failed append is undone (the file is cut back), so it can be tried again; if that fails too, or
// if a sync fails, the writer is fenced: every later call returns the error, and the log goes on in
// another file.
class RecordLogWriter {
 public:
  // Where a log ended when a sync began.
  struct SyncPoint {
    std::uint64_t end_sequence = 0;
    std::uint64_t size = 0;
  };

  // Makes the file, header and name durable.
  [[nodiscard]] static Result<std::unique_ptr<RecordLogWriter>> create(io::FileSystem& files,
                                                                       const std::string& path,
                                                                       const LogHeader& header);
  // Continues a log whose good records end at `size`: cuts what is behind, makes the rest durable.
  [[nodiscard]] static Result<std::unique_ptr<RecordLogWriter>> resume(io::FileSystem& files,
                                                                       const std::string& path,
                                                                       const LogHeader& header,
                                                                       std::uint64_t size,
                                                                       std::uint64_t next_sequence);

  // Returns the record's sequence; kLimit past kMaxRecordBytes. The record lasts once a sync that
  // began later has returned.
  [[nodiscard]] Result<std::uint64_t> append(std::uint8_t type, std::string_view payload);
  [[nodiscard]] Result<void> sync();
  [[nodiscard]] Result<void> close();

  // sync() in parts, for a caller whose other threads append meanwhile: take the point, sync the
  // file unlocked, then confirm the point or fence with the error.
  [[nodiscard]] SyncPoint sync_point() const { return {next_sequence_, size_}; }
  [[nodiscard]] Result<void> sync_file() { return file_->sync(); }
  void confirm(const SyncPoint& point) { synced_ = point; }
  // Also cuts what was not synced, where the disk still lets it: nobody shall take it for promised.
  void fence(const Error& error);

  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // What is durable.
  [[nodiscard]] const SyncPoint& synced() const { return synced_; }
  [[nodiscard]] bool is_fenced() const { return failure_ != nullptr; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  RecordLogWriter(io::FileSystem& files, std::string path, std::unique_ptr<io::WritableFile> file,
                  const LogHeader& header, const SyncPoint& synced);

  io::FileSystem& files_;
  std::string path_;
  std::unique_ptr<io::WritableFile> file_;
  std::uint32_t header_checksum_;
  std::string frame_;
  std::uint64_t size_;
  std::uint64_t next_sequence_;
  SyncPoint synced_;
  std::unique_ptr<Error> failure_;
};

// Says how a log file ends, once next() has returned false.
enum class LogEnd : std::uint8_t {
  kClean,     // behind the last record
  kTornTail,  // bytes that were never promised: cut at good_size()
  kDamaged,   // a bad record that had been synced: next() goes on behind it after skip_damage()
  kNoHeader,  // a file whose creation was cut short: it holds nothing
};

// Reads the records of a file in order, in memory of one record. Hardened against untrusted input.
// One thread.
class RecordLogReader {
 public:
  // `file` must outlive the reader. Fails where the header is damaged, of another magic or of a
  // newer version than `max_version`. A file too short for a header has no header.
  [[nodiscard]] static Result<RecordLogReader> open(const io::RandomAccessFile& file,
                                                    std::string path,
                                                    const std::array<char, 8>& magic,
                                                    std::uint32_t max_version);
  // Reads the next record; false at the end, and end() says which kind of end. Fails where the
  // file cannot be read.
  [[nodiscard]] Result<bool> next(Record& record);
  [[nodiscard]] LogEnd end() const { return end_; }
  // After kDamaged: names file, offset and what is lost.
  [[nodiscard]] const Error& damage() const { return damage_; }
  // After kDamaged: goes on at the first good record behind the damage.
  void skip_damage();
  // Goes on behind records read before.
  void seek(std::uint64_t offset, std::uint64_t next_sequence);

  [[nodiscard]] const LogHeader& header() const { return header_; }
  // Where the good records end.
  [[nodiscard]] std::uint64_t good_size() const { return offset_; }
  [[nodiscard]] std::uint64_t file_size() const { return file_size_; }
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }

 private:
  struct Frame {
    std::uint32_t length = 0;
    std::uint8_t type = 0;
    std::uint64_t sequence = 0;
    std::uint32_t unsynced = 0;
  };

  RecordLogReader(const io::RandomAccessFile& file, std::string path);

  // Brings [offset, offset + size) into the window; false where the file ends before.
  [[nodiscard]] Result<bool> load(std::uint64_t offset, std::size_t size);
  [[nodiscard]] std::string_view bytes_at(std::uint64_t offset, std::size_t size) const;
  [[nodiscard]] Result<bool> read_frame(std::uint64_t offset, Frame& frame);
  [[nodiscard]] Result<void> judge_bad_record();

  const io::RandomAccessFile* file_;
  std::string path_;
  LogHeader header_;
  std::uint32_t header_checksum_ = 0;
  std::uint64_t file_size_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t next_sequence_ = 0;
  LogEnd end_ = LogEnd::kClean;
  Error damage_;
  std::uint64_t good_behind_ = 0;  // where the first good record behind the damage begins
  std::uint64_t sequence_behind_ = 0;
  std::uint64_t checksum_work_ = 0;
  std::string window_;
  std::uint64_t window_begin_ = 0;
};

}  // namespace weir::store
