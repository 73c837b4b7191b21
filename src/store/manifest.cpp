#include "store/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/manifest_codec.h"
#include "store/manifest_file.h"

namespace weir::store {
namespace {

constexpr std::uint8_t kEditRecord = 1;

Result<void> check_complete(const LoadedManifest& loaded, const std::string& path) {
  return loaded.snapshot_bytes > 0
             ? Result<void>()
             : fail(ErrorCode::kInput,
                    fmt::format("{}: damaged at byte {}: its snapshot has no end", path,
                                loaded.good_size));
}

ManifestReport report_of(const LoadedManifest& loaded) {
  ManifestReport report;
  report.number = loaded.header.number;
  report.file_bytes = loaded.good_size;
  report.snapshot_bytes = loaded.snapshot_bytes;
  report.torn_bytes = loaded.file_size - loaded.good_size;
  return report;
}

}  // namespace

Manifest::Manifest(io::FileSystem& files, std::string directory, ManifestOptions options)
    : files_(files), directory_(std::move(directory)), options_(options) {}

Result<std::unique_ptr<Manifest>> Manifest::open(io::FileSystem& files, std::string directory,
                                                 ManifestOptions options) {
  std::unique_ptr<Manifest> manifest(new Manifest(files, std::move(directory), options));
  WEIR_RETURN_IF_ERROR(manifest->load_or_create());
  manifest->remove_other_files();
  return manifest;
}

Result<void> Manifest::load_or_create() {
  WEIR_ASSIGN_OR_RETURN(const auto current, read_current(files_, directory_));
  if (!current) {
    WEIR_RETURN_IF_ERROR(io::make_durable_directory(files_, directory_));
  }
  WEIR_ASSIGN_OR_RETURN(const auto numbers, list_manifests(files_, directory_));
  next_number_ = numbers.empty() ? 1 : numbers.back() + 1;
  if (!current) {
    WEIR_RETURN_IF_ERROR(check_nothing_is_lost(numbers));
    publish({});
    return rewrite_locked();
  }
  WEIR_ASSIGN_OR_RETURN(LoadedManifest loaded, load_manifest(files_, directory_, *current));
  const std::string path = manifest_path(directory_, *current);
  WEIR_RETURN_IF_ERROR(check_complete(loaded, path));
  WEIR_ASSIGN_OR_RETURN(log_, RecordLogWriter::resume(files_, path, loaded.header, loaded.good_size,
                                                      loaded.next_sequence));
  // A process that was killed may have left CURRENT renamed and not yet durable.
  WEIR_RETURN_IF_ERROR(files_.sync_directory(directory_));
  report_ = report_of(loaded);
  publish(std::move(loaded.state));
  return {};
}

Result<void> Manifest::check_nothing_is_lost(const std::vector<std::uint64_t>& numbers) {
  for (const std::uint64_t number : numbers) {
    const std::string path = manifest_path(directory_, number);
    WEIR_ASSIGN_OR_RETURN(const LoadedManifest loaded, load_manifest(files_, directory_, number));
    const bool is_empty = loaded.state.tables().empty() && loaded.state.num_sources() == 0;
    if (!is_empty) {
      std::string line = encode_current(number);
      line.pop_back();
      return fail(
          ErrorCode::kInput,
          fmt::format("{}/CURRENT is missing, yet {} is not empty: restore CURRENT, the line "
                      "\"{}\"",
                      directory_, path, line));
    }
  }
  return {};
}

std::shared_ptr<const ManifestState> Manifest::state() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

void Manifest::publish(ManifestState state) {
  auto published = std::make_shared<const ManifestState>(std::move(state));
  const std::lock_guard lock(state_mutex_);
  state_ = std::move(published);
}

Result<void> Manifest::apply(const Edit& edit) {
  const std::lock_guard lock(mutex_);
  if (must_rewrite_) {
    WEIR_RETURN_IF_ERROR(rewrite_locked());
  }
  WEIR_ASSIGN_OR_RETURN(ManifestState next, state_->after(edit));
  const auto appended = log_->append(kEditRecord, encode_edit(edit));
  const auto synced = appended ? log_->sync() : tl::unexpected<Error>(appended.error());
  must_rewrite_ = log_->is_fenced();
  WEIR_RETURN_IF_ERROR(synced);
  next.sources_->append(edit.add_sources);
  publish(std::move(next));
  seal_last_edit();
  report_.file_bytes = log_->size();
  const std::uint64_t grown = report_.file_bytes - report_.snapshot_bytes;
  if (grown > std::max(options_.min_compaction_bytes,
                       options_.compaction_multiple * report_.snapshot_bytes) &&
      report_.file_bytes > compaction_size_) {
    // The edit is durable whatever becomes of this.
    if (auto compacted = rewrite_locked(); !compacted) {
      report_.compaction_failure = std::move(compacted).error();
      compaction_size_ = report_.file_bytes + options_.min_compaction_bytes;
    }
  }
  return {};
}

// A record behind the edit that says that the edit was synced before it: damage to the edit is not
// taken for a write cut short then. It need not last itself; without it the edit is as good.
void Manifest::seal_last_edit() {
  [[maybe_unused]] const auto sealed = log_->append(kEditRecord, encode_edit(Edit()));
  must_rewrite_ = log_->is_fenced();
}

Result<void> Manifest::compact() {
  const std::lock_guard lock(mutex_);
  return rewrite_locked();
}

ManifestReport Manifest::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

Result<void> Manifest::rewrite_locked() {
  const std::uint64_t number = next_number_++;
  WEIR_ASSIGN_OR_RETURN(auto log, write_snapshot(files_, directory_, number, *state_));
  WEIR_RETURN_IF_ERROR(point_current_to(number));
  log_ = std::move(log);
  must_rewrite_ = false;
  compaction_size_ = 0;
  report_ = ManifestReport();
  report_.number = number;
  report_.file_bytes = report_.snapshot_bytes = log_->size();
  remove_other_files();
  return {};
}

Result<void> Manifest::point_current_to(std::uint64_t number) {
  const std::string temporary = directory_ + "/CURRENT.tmp";
  const auto write = [&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto file, files_.create(temporary));
    WEIR_RETURN_IF_ERROR(file->append(encode_current(number)));
    WEIR_RETURN_IF_ERROR(file->sync());
    return file->close();
  };
  if (auto status = write(); !status) {
    [[maybe_unused]] const auto removed = files_.remove(temporary);
    [[maybe_unused]] const auto other = files_.remove(manifest_path(directory_, number));
    return status;
  }
  // From here on CURRENT may name either file after a crash. Both say the same, as long as nothing
  // more is written to one of them.
  must_rewrite_ = true;
  WEIR_RETURN_IF_ERROR(files_.rename(temporary, directory_ + "/CURRENT"));
  return files_.sync_directory(directory_);
}

// What cannot be removed now is at the next time.
void Manifest::remove_other_files() {
  const auto numbers = list_manifests(files_, directory_);
  for (const std::uint64_t number : numbers.value_or(std::vector<std::uint64_t>())) {
    if (number != report_.number) {
      [[maybe_unused]] const auto removed = files_.remove(manifest_path(directory_, number));
    }
  }
  if (files_.exists(directory_ + "/CURRENT.tmp")) {
    [[maybe_unused]] const auto removed = files_.remove(directory_ + "/CURRENT.tmp");
  }
}

ManifestReader::ManifestReader(io::FileSystem& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

Result<std::unique_ptr<ManifestReader>> ManifestReader::open(io::FileSystem& files,
                                                             std::string directory) {
  std::unique_ptr<ManifestReader> reader(new ManifestReader(files, std::move(directory)));
  WEIR_RETURN_IF_ERROR(reader->load());
  return reader;
}

Result<void> ManifestReader::load() {
  std::uint64_t tried = 0;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const auto current, read_current(files_, directory_));
    if (!current) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("{} holds no store: there is no CURRENT in it", directory_));
    }
    auto loaded = load_manifest(files_, directory_, *current);
    if (loaded) {
      WEIR_RETURN_IF_ERROR(check_complete(*loaded, manifest_path(directory_, *current)));
      publish(std::move(*loaded));
      return {};
    }
    // The writer may have moved on and removed the file since CURRENT was read.
    if (loaded.error().code != ErrorCode::kNotFound || *current == tried) {
      return tl::unexpected<Error>(std::move(loaded).error());
    }
    tried = *current;
  }
}

void ManifestReader::publish(LoadedManifest loaded) {
  report_ = report_of(loaded);
  header_ = loaded.header;
  next_sequence_ = loaded.next_sequence;
  state_ = std::make_shared<const ManifestState>(std::move(loaded.state));
}

Result<bool> ManifestReader::refresh() {
  WEIR_ASSIGN_OR_RETURN(const auto current, read_current(files_, directory_));
  const std::string path = manifest_path(directory_, header_.number);
  const auto info = files_.info(path);
  // Another file, or one that was cut after a write failed: what was read may not stand.
  if (!current || *current != header_.number || !info || info->size < report_.file_bytes) {
    header_ = {};
    WEIR_RETURN_IF_ERROR(load());
    return true;
  }
  if (info->size == report_.file_bytes) {
    return false;
  }
  LoadedManifest loaded;
  loaded.state = *state_;
  loaded.header = std::exchange(header_, {});  // after a failure everything is read again
  loaded.next_sequence = next_sequence_;
  loaded.good_size = report_.file_bytes;
  loaded.snapshot_bytes = report_.snapshot_bytes;
  WEIR_RETURN_IF_ERROR(load_tail(files_, directory_, loaded));
  const bool has_changed = loaded.next_sequence != next_sequence_;
  publish(std::move(loaded));
  return has_changed;
}

}  // namespace weir::store
