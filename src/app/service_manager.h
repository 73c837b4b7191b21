#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

// Tells systemd how the server is (sd_notify's protocol: datagrams to $NOTIFY_SOCKET). Does nothing
// where nobody asked to be told. Not thread-safe.
class ServiceManager {
 public:
  using GetVariable = std::function<std::optional<std::string>(const std::string&)>;
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  explicit ServiceManager(const GetVariable& get);

  void tell_ready();
  void tell_stopping();
  void tell_reloading(std::int64_t monotonic_ns);
  // That it is alive, where that is due: to be called often, from the loop that does the work.
  void tell_alive(std::int64_t monotonic_ns);

 private:
  void tell(std::string_view text) const;

  std::string socket_;
  std::int64_t watchdog_ns_ = 0;  // half of what systemd waits; 0: it does not
  std::int64_t last_alive_ns_ = 0;
};

}  // namespace weir::app
