#include "http/socket_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace weir::http {
namespace {

constexpr std::size_t kMaxBytes = 107;  // of sockaddr_un, without its zero

}  // namespace

Result<SocketPath> SocketPath::open(const std::string& path) {
  if (path.size() <= kMaxBytes) {
    return SocketPath(path, -1);
  }
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string file = path.substr(slash == std::string::npos ? 0 : slash + 1);
  const int descriptor = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", directory, std::strerror(errno)));
  }
  return SocketPath(fmt::format("/proc/self/fd/{}/{}", descriptor, file), descriptor);
}

SocketPath::~SocketPath() {
  if (directory_ >= 0) {
    ::close(directory_);
  }
}

SocketPath::SocketPath(SocketPath&& other) noexcept
    : text_(std::move(other.text_)), directory_(std::exchange(other.directory_, -1)) {}

SocketPath& SocketPath::operator=(SocketPath&& other) noexcept {
  std::swap(text_, other.text_);
  std::swap(directory_, other.directory_);
  return *this;
}

}  // namespace weir::http
