#include "app/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "base/number.h"

namespace weir::app {

ServiceManager::ServiceManager(const GetVariable& get)
    : socket_(get("NOTIFY_SOCKET").value_or("")) {
  const auto period_us = parse_int64(get("WATCHDOG_USEC").value_or("0"));
  const auto process = get("WATCHDOG_PID");
  const bool is_ours = !process || parse_int64(*process) == std::optional<std::int64_t>(getpid());
  if (period_us && *period_us > 0 && is_ours) {
    watchdog_ns_ = *period_us * 1000 / 2;
  }
}

void ServiceManager::tell_ready() { tell("READY=1\n"); }
void ServiceManager::tell_stopping() { tell("STOPPING=1\n"); }
void ServiceManager::tell_reloading(std::int64_t monotonic_ns) {
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic_ns / 1000));
}

void ServiceManager::tell_alive(std::int64_t monotonic_ns) {
  if (watchdog_ns_ > 0 && monotonic_ns - last_alive_ns_ >= watchdog_ns_) {
    last_alive_ns_ = monotonic_ns;
    tell("WATCHDOG=1\n");
  }
}

void ServiceManager::tell(std::string_view text) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') {  // Linux's abstract names begin with a zero
    address.sun_path[0] = '\0';
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return;
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Whom it does not reach loses nothing that the server rests on.
  static_cast<void>(::sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
  ::close(descriptor);
}

}  // namespace weir::app
