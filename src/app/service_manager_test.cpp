#include "app/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <map>

namespace weir::app {
namespace {

// Where systemd would listen: an abstract name, which no file is left of.
class Listener {
 public:
  Listener() : name_("@weir_notify_" + std::to_string(::getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~Listener() { ::close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  // The next message, "" where none has come.
  [[nodiscard]] std::string next() const {
    char room[256];
    const ssize_t size = ::recv(descriptor_, room, sizeof room, 0);
    return {room, size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  std::string name_;
  int descriptor_ = -1;
};

ServiceManager manager_of(std::map<std::string, std::string> variables) {
  return ServiceManager([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ServiceManager, TellsItsStatesAndItsLifeAtHalfTheTimeThatIsWaited) {
  const Listener listener;
  ServiceManager manager =
      manager_of({{"NOTIFY_SOCKET", listener.name()}, {"WATCHDOG_USEC", "10000000"}});
  manager.tell_ready();
  EXPECT_EQ(listener.next(), "READY=1\n");
  constexpr std::int64_t kSecond = 1'000'000'000;
  manager.tell_alive(100 * kSecond);
  EXPECT_EQ(listener.next(), "WATCHDOG=1\n");
  manager.tell_alive(104 * kSecond);
  EXPECT_EQ(listener.next(), "");
  manager.tell_alive(105 * kSecond);
  EXPECT_EQ(listener.next(), "WATCHDOG=1\n");
  manager.tell_reloading(7'000);
  EXPECT_EQ(listener.next(), "RELOADING=1\nMONOTONIC_USEC=7\n");
  manager.tell_stopping();
  EXPECT_EQ(listener.next(), "STOPPING=1\n");
}

TEST(ServiceManager, IsSilentWhereNobodyAskedOrAnotherProcessIsMeant) {
  const Listener listener;
  ServiceManager nobody = manager_of({{"WATCHDOG_USEC", "1000"}});
  nobody.tell_ready();
  nobody.tell_alive(1'000'000'000);
  ServiceManager other = manager_of(
      {{"NOTIFY_SOCKET", listener.name()}, {"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}});
  other.tell_alive(1'000'000'000);
  EXPECT_EQ(listener.next(), "");
  ServiceManager gone = manager_of({{"NOTIFY_SOCKET", "/nonexistent/socket"}});
  gone.tell_ready();
  ServiceManager longer = manager_of({{"NOTIFY_SOCKET", std::string(200, 'x')}});
  longer.tell_ready();
}

}  // namespace
}  // namespace weir::app
