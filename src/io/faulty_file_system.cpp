#include "io/faulty_file_system.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "io/faulty_disk.h"

namespace weir::io {
namespace {

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path == "." ? "" : path;
}

tl::unexpected<Error> no_such_file(const char* action, const std::string& path) {
  return fail(ErrorCode::kNotFound,
              fmt::format("cannot {} {}: No such file or directory", action, path));
}

}  // namespace

std::string_view name_of(FileOperation operation) {
  constexpr std::string_view kNames[] = {
      "open",           "create",   "read",   "write",  "sync",
      "close",          "truncate", "rename", "remove", "create directories",
      "sync directory", "examine",  "list",   "lock"};
  return kNames[static_cast<std::size_t>(operation)];
}

class FaultyFileSystem::Reader final : public RandomAccessFile {
 public:
  Reader(FaultyFileSystem& files, std::shared_ptr<Node> node, std::string path)
      : files_(files),
        node_(std::move(node)),
        path_(std::move(path)),
        size_(node_->content.size()) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const override {
    const std::lock_guard lock(files_.mutex_);
    WEIR_RETURN_IF_ERROR(files_.call(FileOperation::kRead, path_));
    const std::string& content = node_->content;
    if (offset >= content.size()) {
      return 0;
    }
    return content.copy(buffer.data(), buffer.size(), offset);
  }

 private:
  FaultyFileSystem& files_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t size_;
};

class FaultyFileSystem::Source final : public ByteSource {
 public:
  explicit Source(std::unique_ptr<RandomAccessFile> file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, file_->read_at(offset_, buffer));
    offset_ += size;
    return size;
  }

 private:
  std::unique_ptr<RandomAccessFile> file_;
  std::uint64_t offset_ = 0;
};

class FaultyFileSystem::Writer final : public WritableFile {
 public:
  Writer(FaultyFileSystem& files, std::shared_ptr<Node> node, std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}

  Result<void> append(std::span<const char> bytes) override {
    const std::lock_guard lock(files_.mutex_);
    WEIR_RETURN_IF_ERROR(refuse_if_failed());
    return files_.write(*node_, path_, {bytes.data(), bytes.size()});
  }
  Result<void> sync() override {
    const std::lock_guard lock(files_.mutex_);
    WEIR_RETURN_IF_ERROR(refuse_if_failed());
    Step step{FileOperation::kSync, path_, "", node_->number, 0, 0, "", false};
    const auto status = files_.call(FileOperation::kSync, path_);
    step.has_failed = !status;
    files_.record(std::move(step));
    if (!status) {
      sync_failure_ = status.error();
    }
    return status;
  }
  Result<void> close() override {
    const std::lock_guard lock(files_.mutex_);
    WEIR_RETURN_IF_ERROR(files_.call(FileOperation::kClose, path_));
    return refuse_if_failed();
  }

 private:
  Result<void> refuse_if_failed() const {
    return sync_failure_ ? Result<void>(tl::unexpected<Error>(*sync_failure_)) : Result<void>();
  }

  FaultyFileSystem& files_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::optional<Error> sync_failure_;
};

class FaultyFileSystem::Lock final : public FileLock {
 public:
  Lock(FaultyFileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~Lock() override {
    const std::lock_guard lock(files_.mutex_);
    files_.locked_.erase(path_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  FaultyFileSystem& files_;
  std::string path_;
};

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed)
    : random_(seed), disk_(std::make_unique<Disk>()), first_disk_(std::make_unique<Disk>()) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::inject(FileFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({std::move(fault), 0});
}

void FaultyFileSystem::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::uint64_t FaultyFileSystem::num_calls() const {
  const std::lock_guard lock(mutex_);
  return num_calls_;
}

void FaultyFileSystem::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::size_t FaultyFileSystem::num_steps() const {
  const std::lock_guard lock(mutex_);
  return trace_.size();
}

std::string FaultyFileSystem::describe_step(std::size_t step) const {
  const std::lock_guard lock(mutex_);
  if (step >= trace_.size()) {
    return "end";
  }
  const Step& at = trace_[step];
  return fmt::format("{} {} {}{}", name_of(at.operation), at.path, at.to,
                     at.operation == FileOperation::kWrite ? at.bytes.size() : at.size);
}

std::unique_ptr<FaultyFileSystem> FaultyFileSystem::after_power_cut(std::size_t num_steps,
                                                                    std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  Disk disk(*first_disk_);
  for (std::size_t i = 0; i < std::min(num_steps, trace_.size()); ++i) {
    disk.apply(trace_[i]);
  }
  auto found = std::make_unique<FaultyFileSystem>(seed);
  found->disk_ = disk.cut(found->random_);
  found->first_disk_ = std::make_unique<Disk>(*found->disk_);
  return found;
}

std::unique_ptr<FaultyFileSystem> FaultyFileSystem::after_kill(std::size_t num_steps) const {
  const std::lock_guard lock(mutex_);
  auto found = std::make_unique<FaultyFileSystem>(num_steps);
  found->first_disk_ = std::make_unique<Disk>(*first_disk_);
  found->disk_ = std::make_unique<Disk>(*first_disk_);
  for (std::size_t i = 0; i < std::min(num_steps, trace_.size()); ++i) {
    found->record(trace_[i]);
  }
  return found;
}

std::unique_ptr<FaultyFileSystem> FaultyFileSystem::copy() const {
  const std::lock_guard lock(mutex_);
  auto made = std::make_unique<FaultyFileSystem>(1);
  made->disk_ = std::make_unique<Disk>(*disk_);
  made->first_disk_ = std::make_unique<Disk>(*disk_);
  return made;
}

std::string FaultyFileSystem::contents(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto node = disk_->find(path);
  return node == nullptr ? "" : node->content;
}

// Steps cannot say this, so the trace begins anew.
void FaultyFileSystem::set_contents(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  disk_->add(path, std::move(bytes), disk_->next_node());
  first_disk_ = std::make_unique<Disk>(*disk_);
  trace_.clear();
}

void FaultyFileSystem::flip_bit(const std::string& path, std::uint64_t bit) {
  std::string bytes = contents(path);
  bytes.at(bit / 8) = static_cast<char>(bytes.at(bit / 8) ^ (1 << (bit % 8)));
  set_contents(path, std::move(bytes));
}

std::vector<std::string> FaultyFileSystem::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [path, node] : disk_->names()) {
    if (node != nullptr) {
      found.push_back(path);
    }
  }
  return found;
}

Result<void> FaultyFileSystem::call(FileOperation operation, const std::string& path) {
  ++num_calls_;
  const Armed* failing = nullptr;
  for (Armed& armed : faults_) {
    const FileFault& fault = armed.fault;
    if ((fault.operation && *fault.operation != operation) ||
        path.find(fault.path_part) == std::string::npos) {
      continue;
    }
    ++armed.seen;
    if (armed.seen == fault.nth || (fault.is_lasting && armed.seen > fault.nth)) {
      failing = &armed;
    }
  }
  if (failing == nullptr) {
    return {};
  }
  const ErrorCode code = failing->fault.code;
  return fail(code, fmt::format("cannot {} {}: {}", name_of(operation), path,
                                code == ErrorCode::kFull ? "No space left on device"
                                                         : "Input/output error"));
}

Result<std::shared_ptr<FaultyFileSystem::Node>> FaultyFileSystem::find(
    const char* action, const std::string& path) const {
  auto node = disk_->find(path);
  if (node != nullptr) {
    return node;
  }
  if (disk_->is_directory(path)) {
    return fail(ErrorCode::kIo, fmt::format("cannot {} {}: Is a directory", action, path));
  }
  return no_such_file(action, path);
}

void FaultyFileSystem::record(Step step) {
  disk_->apply(step);
  trace_.push_back(std::move(step));
}

Result<std::unique_ptr<ByteSource>> FaultyFileSystem::open_source(const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(auto file, open_random(path));
  return std::make_unique<Source>(std::move(file));
}

Result<std::unique_ptr<RandomAccessFile>> FaultyFileSystem::open_random(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kOpen, path));
  WEIR_ASSIGN_OR_RETURN(auto node, find("open", path));
  return std::make_unique<Reader>(*this, std::move(node), path);
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::make_file(const std::string& path) {
  if (!disk_->is_directory(parent_of(path))) {
    return no_such_file("create", path);
  }
  Step step;
  step.operation = FileOperation::kCreate;
  step.path = path;
  step.node = disk_->next_node();
  record(std::move(step));
  return std::make_unique<Writer>(*this, disk_->find(path), path);
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kCreate, path));
  const auto node = disk_->find(path);
  if (node == nullptr) {
    return make_file(path);
  }
  Step step;
  step.operation = FileOperation::kTruncate;
  step.path = path;
  step.node = node->number;
  record(std::move(step));
  return std::make_unique<Writer>(*this, node, path);
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::open_append(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto node = disk_->find(path);
  WEIR_RETURN_IF_ERROR(call(node == nullptr ? FileOperation::kCreate : FileOperation::kOpen, path));
  if (node == nullptr) {
    return make_file(path);
  }
  return std::make_unique<Writer>(*this, std::move(node), path);
}

Result<void> FaultyFileSystem::write(Node& node, const std::string& path, std::string_view bytes) {
  auto status = call(FileOperation::kWrite, path);
  std::size_t size = bytes.size();
  if (!status) {
    size = bytes.empty() ? 0 : random_.below(bytes.size());  // an error means that not all is there
  } else if (const std::uint64_t used = disk_->used_bytes(); used + size > capacity_) {
    size = used < capacity_ ? capacity_ - used : 0;
    status = fail(ErrorCode::kFull, fmt::format("cannot write {}: No space left on device", path));
  }
  if (size > 0) {
    Step step;
    step.operation = FileOperation::kWrite;
    step.path = path;
    step.node = node.number;
    step.offset = node.content.size();
    step.bytes = bytes.substr(0, size);
    record(std::move(step));
  }
  return status;
}

Result<void> FaultyFileSystem::truncate(const std::string& path, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kTruncate, path));
  WEIR_ASSIGN_OR_RETURN(const auto node, find("truncate", path));
  Step step;
  step.operation = FileOperation::kTruncate;
  step.path = path;
  step.node = node->number;
  step.size = size;
  record(std::move(step));
  return {};
}

Result<FileInfo> FaultyFileSystem::info(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kInfo, path));
  FileInfo info;
  info.path = path;
  info.is_directory = disk_->is_directory(without_slash(path));
  if (!info.is_directory) {
    WEIR_ASSIGN_OR_RETURN(const auto node, find("examine", path));
    info.size = node->content.size();
  }
  return info;
}

Result<std::vector<FileInfo>> FaultyFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kList, directory));
  const std::string parent = without_slash(directory);
  if (!disk_->is_directory(parent)) {
    return no_such_file("list", directory);
  }
  std::vector<FileInfo> entries;
  for (const auto& [path, node] : disk_->names()) {
    if (parent_of(path) == parent) {
      FileInfo info;
      info.path = path;
      info.size = node == nullptr ? 0 : node->content.size();
      info.is_directory = node == nullptr;
      entries.push_back(std::move(info));
    }
  }
  return entries;
}

Result<void> FaultyFileSystem::create_directories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kCreateDirectories, path));
  std::vector<std::string> missing;
  for (std::string at = without_slash(path); !disk_->is_directory(at); at = parent_of(at)) {
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    Step step;
    step.operation = FileOperation::kCreateDirectories;
    step.path = *at;
    record(std::move(step));
  }
  return {};
}

Result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kRename, from));
  WEIR_ASSIGN_OR_RETURN([[maybe_unused]] const auto node, find("rename", from));
  Step step;
  step.operation = FileOperation::kRename;
  step.path = from;
  step.to = to;
  record(std::move(step));
  return {};
}

Result<void> FaultyFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kRemove, path));
  WEIR_ASSIGN_OR_RETURN([[maybe_unused]] const auto node, find("remove", path));
  Step step;
  step.operation = FileOperation::kRemove;
  step.path = path;
  record(std::move(step));
  return {};
}

Result<void> FaultyFileSystem::sync_directory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kSyncDirectory, directory));
  const std::string path = without_slash(directory);
  if (!disk_->is_directory(path)) {
    return no_such_file("sync", directory);
  }
  Step step;
  step.operation = FileOperation::kSyncDirectory;
  step.path = path;
  record(std::move(step));
  return {};
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(const std::string&) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t used = disk_->used_bytes();
  return used < capacity_ ? capacity_ - used : 0;
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(call(FileOperation::kLock, path));
  if (!locked_.insert(path).second) {
    return fail(ErrorCode::kBusy,
                fmt::format("cannot lock {}: process {} holds it", path, ::getpid()));
  }
  return std::make_unique<Lock>(*this, path);
}

}  // namespace weir::io
