#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace weir::cli {

// Sends datagrams to one UDP address. A collector that is not there is noticed at the second
// message at the earliest, if its host says so at all.
class DatagramSender {
 public:
  // "HOST:PORT" or "[ADDRESS]:PORT".
  [[nodiscard]] static Result<DatagramSender> open(std::string_view target);
  DatagramSender(DatagramSender&& other) noexcept;
  DatagramSender& operator=(DatagramSender&& other) noexcept;
  ~DatagramSender();

  [[nodiscard]] Result<void> send(std::span<const std::byte> datagram);

 private:
  explicit DatagramSender(int socket) : socket_(socket) {}
  int socket_ = -1;
};

}  // namespace weir::cli
