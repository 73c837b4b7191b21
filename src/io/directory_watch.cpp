#include "io/directory_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace weir::io {
namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_CREATE | IN_ONLYDIR;
constexpr int kMaxWatchDepth = 64;

}  // namespace

Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::open() {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    return fail(ErrorCode::kIo, fmt::format("inotify_init1: {}", std::strerror(errno)));
  }
  return std::unique_ptr<DirectoryWatch>(new DirectoryWatch(descriptor));
}

DirectoryWatch::~DirectoryWatch() { ::close(descriptor_); }

Result<void> DirectoryWatch::add(const std::string& directory) {
  return add_tree(directory, nullptr, 0);
}

Result<void> DirectoryWatch::add_tree(const std::string& directory, Changes* found, int depth) {
  const int watch = inotify_add_watch(descriptor_, directory.c_str(), kEvents);
  if (watch < 0) {
    if (depth > 0 && (errno == ENOENT || errno == ENOTDIR)) {
      return {};  // gone again
    }
    const std::string hint =
        errno == ENOSPC ? "; fs.inotify.max_user_watches allows no more directories" : "";
    return fail(ErrorCode::kIo,
                fmt::format("cannot watch {}: {}{}", directory, std::strerror(errno), hint));
  }
  directories_[watch] = directory;
  if (depth == kMaxWatchDepth) {
    return {};
  }
  // What came into it before it was watched is told too.
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    if (entry->path().filename().string().starts_with('.')) {
      continue;
    }
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      WEIR_RETURN_IF_ERROR(add_tree(path, found, depth + 1));
    } else if (found != nullptr && entry->is_regular_file(ignored)) {
      found->files.insert(path);
    }
  }
  return {};
}

Result<DirectoryWatch::Changes> DirectoryWatch::wait(int timeout_ms) {
  Changes changes;
  pollfd poll_entry{descriptor_, POLLIN, 0};
  if (::poll(&poll_entry, 1, timeout_ms) <= 0) {
    return changes;
  }
  alignas(inotify_event) char buffer[64 * 1024];
  while (true) {
    const ssize_t size = ::read(descriptor_, buffer, sizeof buffer);
    if (size <= 0) {
      return changes;
    }
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        changes.is_overflow = true;
        continue;
      }
      const auto directory = directories_.find(event->wd);
      if (directory == directories_.end()) {
        continue;
      }
      if ((event->mask & IN_IGNORED) != 0) {
        directories_.erase(directory);
        continue;
      }
      const std::string_view name(event->len > 0 ? event->name : "");
      if (name.empty() || name.starts_with('.')) {
        continue;
      }
      const std::string path = (std::filesystem::path(directory->second) / name).string();
      if ((event->mask & IN_ISDIR) != 0) {
        WEIR_RETURN_IF_ERROR(add_tree(path, &changes, 1));
      } else if ((event->mask & IN_CREATE) == 0) {
        changes.files.insert(path);  // a file that was only made is told once it is written
      }
    }
  }
}

}  // namespace weir::io
