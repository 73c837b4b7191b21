#include "store/manifest_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/crc32c.h"
#include "codec/byte_writer.h"
#include "store/manifest_codec.h"

namespace weir::store {
namespace {

constexpr std::array<char, 8> kManifestMagic = {'W', 'E', 'I', 'R', 'M', 'A', 'N', '\n'};
constexpr std::string_view kManifestPrefix = "MANIFEST-";
constexpr std::size_t kEditSegments = 512;  // of a snapshot's record

enum class ManifestRecord : std::uint8_t {
  kEdit = 1,
  kSources = 2,
  kHistory = 3,
  kSnapshotEnd = 4,
};

std::string name_of_manifest(std::uint64_t number) {
  return fmt::format("{}{:06}", kManifestPrefix, number);
}

std::string encode_snapshot_end(const ManifestState& state) {
  std::string bytes;
  codec::put_varint(state.tables().size(), bytes);
  codec::put_varint(state.num_segments(), bytes);
  codec::put_varint(state.num_sources(), bytes);
  codec::put_varint(state.removed().size(), bytes);
  return bytes;
}

}  // namespace

// Turns records into a state.
class ManifestLoader {
 public:
  explicit ManifestLoader(LoadedManifest& loaded) : loaded_(loaded) {}

  Result<void> read(RecordLogReader& reader, const std::string& path) {
    Record record;
    while (true) {
      WEIR_ASSIGN_OR_RETURN(const bool is_more, reader.next(record));
      if (!is_more) {
        break;
      }
      if (auto status = take(record); !status) {
        Error error = std::move(status).error();
        error.message =
            fmt::format("{}: the record at byte {}: {}", path, record.offset, error.message);
        return tl::unexpected<Error>(std::move(error));
      }
      if (static_cast<ManifestRecord>(record.type) == ManifestRecord::kSnapshotEnd) {
        loaded_.snapshot_bytes = reader.good_size();
      }
    }
    if (reader.end() == LogEnd::kDamaged) {
      return tl::unexpected<Error>(reader.damage());
    }
    loaded_.next_sequence = reader.next_sequence();
    loaded_.good_size = reader.good_size();
    loaded_.file_size = reader.file_size();
    return {};
  }

 private:
  Result<void> take(const Record& record) {
    ManifestState& state = loaded_.state;
    const bool is_snapshot = loaded_.snapshot_bytes == 0;
    const auto type = static_cast<ManifestRecord>(record.type);
    if (type != ManifestRecord::kEdit && !is_snapshot && record.type <= 4) {
      return fail(ErrorCode::kInput, "a part of a snapshot stands behind its end");
    }
    switch (type) {
      case ManifestRecord::kEdit: {
        WEIR_ASSIGN_OR_RETURN(const Edit edit, decode_edit(record.payload));
        WEIR_RETURN_IF_ERROR(state.check_sources(edit.add_sources));
        WEIR_RETURN_IF_ERROR(state.change(edit));
        state.sources_->append(edit.add_sources);
        return {};
      }
      case ManifestRecord::kSources:
        WEIR_RETURN_IF_ERROR(state.sources_->append_block(record.payload));
        state.num_sources_ = state.sources_->size();
        return {};
      case ManifestRecord::kHistory: {
        WEIR_ASSIGN_OR_RETURN(const Edit edit, decode_edit(record.payload));
        state.remember(edit.remove_segments);
        return {};
      }
      case ManifestRecord::kSnapshotEnd:
        if (record.payload != encode_snapshot_end(state)) {
          return fail(ErrorCode::kInput, "the snapshot does not hold what its end says");
        }
        return state.check_unique_segments();
    }
    return fail(ErrorCode::kUnsupported,
                fmt::format("type {} is unknown to this Weir, whose manifest format version is {}",
                            record.type, kManifestVersion));
  }

  LoadedManifest& loaded_;
};

// Turns a state into records.
class SnapshotWriter {
 public:
  SnapshotWriter(RecordLogWriter& log, const ManifestState& state) : log_(log), state_(state) {}

  Result<void> write() {
    Edit numbers;
    numbers.next_segment_id = state_.next_segment_id_;
    numbers.next_ordinal = state_.next_ordinal_;
    numbers.wal_floor = state_.wal_floor_;
    WEIR_RETURN_IF_ERROR(write(ManifestRecord::kEdit, encode_edit(numbers)));
    for (const auto& [name, table] : state_.tables_) {
      WEIR_RETURN_IF_ERROR(write_table(*table));
    }
    const std::vector<RemovedSegment>& removed = *state_.removed_;
    for (std::size_t begin = 0; begin < removed.size(); begin += kEditSegments) {
      Edit part;
      part.remove_segments.assign(removed.begin() + static_cast<std::ptrdiff_t>(begin),
                                  removed.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                        removed.size(), begin + kEditSegments)));
      WEIR_RETURN_IF_ERROR(write(ManifestRecord::kHistory, encode_edit(part)));
    }
    WEIR_RETURN_IF_ERROR(state_.sources_->visit_blocks(
        [&](std::string_view block) { return write(ManifestRecord::kSources, block); }));
    WEIR_RETURN_IF_ERROR(write(ManifestRecord::kSnapshotEnd, encode_snapshot_end(state_)));
    return log_.sync();
  }

 private:
  Result<void> write(ManifestRecord type, std::string_view payload) {
    const auto status = log_.append(static_cast<std::uint8_t>(type), payload);
    return status ? Result<void>() : Result<void>(tl::unexpected<Error>(status.error()));
  }
  Result<void> write_table(const TableState& table) {
    Edit part;
    part.put_tables.push_back(*table.spec);
    if (table.retention) {
      part.put_retention.push_back(*table.retention);
    }
    for (const auto& segment : table.segments) {
      part.add_segments.push_back(*segment);
      if (part.add_segments.size() == kEditSegments) {
        WEIR_RETURN_IF_ERROR(write(ManifestRecord::kEdit, encode_edit(part)));
        part = Edit();
      }
    }
    return write(ManifestRecord::kEdit, encode_edit(part));
  }

  RecordLogWriter& log_;
  const ManifestState& state_;
};

std::string manifest_path(const std::string& directory, std::uint64_t number) {
  return directory + "/" + name_of_manifest(number);
}

Result<std::vector<std::uint64_t>> list_manifests(io::FileSystem& files,
                                                  const std::string& directory) {
  WEIR_ASSIGN_OR_RETURN(const auto entries, files.list(directory));
  std::vector<std::uint64_t> numbers;
  for (const io::FileInfo& entry : entries) {
    const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
    std::uint64_t number = 0;
    if (name.starts_with(kManifestPrefix)) {
      std::from_chars(name.data() + kManifestPrefix.size(), name.data() + name.size(), number);
      if (name == name_of_manifest(number)) {
        numbers.push_back(number);
      }
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::string encode_current(std::uint64_t number) {
  const std::string name = name_of_manifest(number);
  return fmt::format("{} {:08x}\n", name, crc32c(name));
}

Result<std::optional<std::uint64_t>> read_current(io::FileSystem& files,
                                                  const std::string& directory) {
  const std::string path = directory + "/CURRENT";
  const auto file = files.open_random(path);
  if (!file) {
    if (file.error().code == ErrorCode::kNotFound) {
      return std::nullopt;
    }
    return tl::unexpected<Error>(file.error());
  }
  std::string text(64, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t size, (*file)->read_at(0, text));
  text.resize(size);
  std::uint64_t number = 0;
  if (text.starts_with(kManifestPrefix)) {
    std::from_chars(text.data() + kManifestPrefix.size(), text.data() + text.size(), number);
  }
  if (text != encode_current(number)) {
    return fail(ErrorCode::kInput,
                fmt::format("{} is damaged: it does not match its checksum", path));
  }
  return number;
}

Result<LoadedManifest> load_manifest(io::FileSystem& files, const std::string& directory,
                                     std::uint64_t number) {
  const std::string path = manifest_path(directory, number);
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  WEIR_ASSIGN_OR_RETURN(auto reader,
                        RecordLogReader::open(*file, path, kManifestMagic, kManifestVersion));
  LoadedManifest loaded;
  loaded.header = reader.header();
  WEIR_RETURN_IF_ERROR(ManifestLoader(loaded).read(reader, path));
  if (reader.end() != LogEnd::kNoHeader && loaded.header.number != number) {
    return fail(ErrorCode::kInput, fmt::format("{}: this is manifest {} under another name", path,
                                               loaded.header.number));
  }
  return loaded;
}

Result<void> load_tail(io::FileSystem& files, const std::string& directory,
                       LoadedManifest& loaded) {
  const std::string path = manifest_path(directory, loaded.header.number);
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  WEIR_ASSIGN_OR_RETURN(auto reader,
                        RecordLogReader::open(*file, path, kManifestMagic, kManifestVersion));
  reader.seek(loaded.good_size, loaded.next_sequence);
  return ManifestLoader(loaded).read(reader, path);
}

Result<std::unique_ptr<RecordLogWriter>> write_snapshot(io::FileSystem& files,
                                                        const std::string& directory,
                                                        std::uint64_t number,
                                                        const ManifestState& state) {
  const std::string path = manifest_path(directory, number);
  WEIR_ASSIGN_OR_RETURN(
      auto log,
      RecordLogWriter::create(files, path, {kManifestMagic, kManifestVersion, number, 1, 1}));
  if (auto status = SnapshotWriter(*log, state).write(); !status) {
    [[maybe_unused]] const auto removed = files.remove(path);
    return tl::unexpected<Error>(std::move(status).error());
  }
  return log;
}

}  // namespace weir::store
