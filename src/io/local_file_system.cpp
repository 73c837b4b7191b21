#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "io/file_system.h"

namespace weir::io {
namespace {

tl::unexpected<Error> system_failure(const char* action, const std::string& path, int error) {
  const ErrorCode code = error == ENOENT                      ? ErrorCode::kNotFound
                         : error == ENOSPC || error == EDQUOT ? ErrorCode::kFull
                                                              : ErrorCode::kIo;
  return fail(code, fmt::format("cannot {} {}: {}", action, path, std::strerror(error)));
}

// Waiting for a pipe ends with a signal: the only handlers without SA_RESTART are those by which a
// user or a supervisor ends the process.
tl::unexpected<Error> interruption() { return fail(ErrorCode::kCancelled, "interrupted"); }

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

Result<Descriptor> open_descriptor(const std::string& path, int flags, const char* action) {
  const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  if (number < 0) {
    return errno == EINTR ? interruption() : system_failure(action, path, errno);
  }
  return Descriptor(number);
}

class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int number, std::string name) : number_(number), name_(std::move(name)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const ssize_t size = ::read(number_, buffer.data(), buffer.size());
    if (size >= 0) {
      return static_cast<std::size_t>(size);
    }
    return errno == EINTR ? interruption() : system_failure("read", name_, errno);
  }

 private:
  int number_;
  std::string name_;
};

class FileSource final : public ByteSource {
 public:
  FileSource(Descriptor file, const std::string& path)
      : file_(std::move(file)), source_(file_.number(), path) {}
  Result<std::size_t> read(std::span<char> buffer) override { return source_.read(buffer); }

 private:
  Descriptor file_;
  DescriptorSource source_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t size = std::min(buffer.size(), bytes_.size());
    std::copy_n(bytes_.data(), size, buffer.data());
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
};

class LocalRandomAccessFile final : public RandomAccessFile {
 public:
  LocalRandomAccessFile(Descriptor file, std::string path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> buffer) const override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      const ssize_t size = ::pread(file_.number(), buffer.data() + done, buffer.size() - done,
                                   static_cast<off_t>(offset + done));
      if (size == 0) {
        break;
      }
      if (size > 0) {
        done += static_cast<std::size_t>(size);
      } else if (errno != EINTR) {
        return system_failure("read", path_, errno);
      }
    }
    return done;
  }

 private:
  Descriptor file_;
  std::string path_;
  std::uint64_t size_;
};

class LocalWritableFile final : public WritableFile {
 public:
  LocalWritableFile(Descriptor file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> append(std::span<const char> bytes) override {
    WEIR_RETURN_IF_ERROR(refuse_if_failed());
    while (!bytes.empty()) {
      const ssize_t size = ::write(file_.number(), bytes.data(), bytes.size());
      if (size >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(size));
      } else if (errno != EINTR) {
        return system_failure("write", path_, errno);
      }
    }
    return {};
  }
  Result<void> sync() override {
    WEIR_RETURN_IF_ERROR(refuse_if_failed());
    if (::fdatasync(file_.number()) == 0) {
      return {};
    }
    const auto failure = system_failure("sync", path_, errno);
    const std::lock_guard lock(mutex_);
    sync_failure_ = failure.value();
    return failure;
  }
  Result<void> close() override {
    // Linux closes the descriptor also when close() reports EINTR or EIO.
    const int number = file_.release();
    if (number >= 0 && ::close(number) != 0) {
      return system_failure("close", path_, errno);
    }
    return refuse_if_failed();
  }

 private:
  Result<void> refuse_if_failed() {
    const std::lock_guard lock(mutex_);
    return sync_failure_ ? Result<void>(tl::unexpected<Error>(*sync_failure_)) : Result<void>();
  }

  Descriptor file_;
  std::string path_;
  std::mutex mutex_;
  std::optional<Error> sync_failure_;
};

class LocalFileLock final : public FileLock {
 public:
  explicit LocalFileLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;  // closing it releases the lock
};

std::string holder_of(const Descriptor& file) {
  char text[32];
  const ssize_t size = ::pread(file.number(), text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && (holder.back() < '0' || holder.back() > '9')) {
    holder.pop_back();
  }
  return holder.empty() ? "unknown" : holder;
}

FileInfo info_of(const std::string& path, const struct stat& status) {
  FileInfo info;
  info.path = path;
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  info.is_directory = S_ISDIR(status.st_mode);
  info.identity = {status.st_dev, status.st_ino};
  return info;
}

class LocalFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<ByteSource>> open_source(const std::string& path) override {
    WEIR_ASSIGN_OR_RETURN(Descriptor file, open_descriptor(path, O_RDONLY, "open"));
    ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::make_unique<FileSource>(std::move(file), path);
  }

  Result<std::unique_ptr<RandomAccessFile>> open_random(const std::string& path) override {
    WEIR_ASSIGN_OR_RETURN(Descriptor file, open_descriptor(path, O_RDONLY, "open"));
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
      return system_failure("examine", path, errno);
    }
    if (S_ISDIR(status.st_mode)) {
      return system_failure("read", path, EISDIR);
    }
    ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::make_unique<LocalRandomAccessFile>(std::move(file), path,
                                                   static_cast<std::uint64_t>(status.st_size));
  }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    WEIR_ASSIGN_OR_RETURN(Descriptor file,
                          open_descriptor(path, O_WRONLY | O_CREAT | O_TRUNC, "create"));
    return std::make_unique<LocalWritableFile>(std::move(file), path);
  }

  Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override {
    WEIR_ASSIGN_OR_RETURN(Descriptor file,
                          open_descriptor(path, O_WRONLY | O_CREAT | O_APPEND, "open"));
    return std::make_unique<LocalWritableFile>(std::move(file), path);
  }

  Result<void> truncate(const std::string& path, std::uint64_t size) override {
    return ::truncate(path.c_str(), static_cast<off_t>(size)) == 0
               ? Result<void>()
               : system_failure("truncate", path, errno);
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      return system_failure("examine", path, errno);
    }
    return info_of(path, status);
  }

  Result<std::vector<FileInfo>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) {
      return system_failure("list", directory, errno);
    }
    std::vector<FileInfo> entries;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(stream);
      if (entry == nullptr) {
        break;
      }
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") {
        continue;
      }
      const std::string path =
          directory.ends_with('/') ? directory + entry->d_name : directory + "/" + entry->d_name;
      struct stat status {};
      // A dangling link is nothing to read; a pipe in a directory would be waited for without end.
      if (::stat(path.c_str(), &status) == 0 &&
          (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
        entries.push_back(info_of(path, status));
      }
    }
    const int error = errno;
    ::closedir(stream);
    if (error != 0) {
      return system_failure("list", directory, error);
    }
    std::sort(entries.begin(), entries.end(),
              [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
    return entries;
  }

  Result<void> create_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return error ? Result<void>(system_failure("create", path, error.value())) : Result<void>();
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    return std::rename(from.c_str(), to.c_str()) == 0 ? Result<void>()
                                                      : system_failure("rename", from, errno);
  }

  Result<void> remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? Result<void>() : system_failure("remove", path, errno);
  }

  Result<void> sync_directory(const std::string& directory) override {
    WEIR_ASSIGN_OR_RETURN(const Descriptor file,
                          open_descriptor(directory, O_RDONLY | O_DIRECTORY, "open"));
    return ::fsync(file.number()) == 0 ? Result<void>() : system_failure("sync", directory, errno);
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
      return system_failure("find the free space of", path, errno);
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    WEIR_ASSIGN_OR_RETURN(Descriptor file, open_descriptor(path, O_RDWR | O_CREAT, "open"));
    // flock belongs to the open file, so it also keeps out a second locker of this process.
    while (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return fail(ErrorCode::kBusy,
                    fmt::format("cannot lock {}: process {} holds it", path, holder_of(file)));
      }
      if (errno != EINTR) {
        return system_failure("lock", path, errno);
      }
    }
    // Written in place and allowed to fail: a full disk must not keep a store from opening.
    const std::string id = fmt::format("{:<10}\n", ::getpid());
    [[maybe_unused]] const ssize_t written = ::pwrite(file.number(), id.data(), id.size(), 0);
    return std::make_unique<LocalFileLock>(std::move(file));
  }
};

}  // namespace

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> make_durable_directory(FileSystem& files, const std::string& path) {
  std::vector<std::pair<std::string, bool>> levels;
  for (std::string at = path; at != directory_of(at); at = directory_of(at)) {
    levels.emplace_back(at, files.exists(at));
  }
  WEIR_RETURN_IF_ERROR(files.create_directories(path));
  for (const auto& [level, was_there] : levels) {
    // One that was there may have been made by a process that was killed before it synced; yet it
    // may also be another user's, where we cannot.
    auto status = files.sync_directory(directory_of(level));
    if (!status && !was_there) {
      return status;
    }
  }
  return {};
}

std::unique_ptr<FileSystem> make_local_file_system() { return std::make_unique<LocalFileSystem>(); }

std::unique_ptr<ByteSource> make_descriptor_source(int descriptor) {
  return std::make_unique<DescriptorSource>(descriptor, "standard input");
}

std::unique_ptr<ByteSource> make_memory_source(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

}  // namespace weir::io
