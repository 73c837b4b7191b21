#pragma once

#include <string>

#include "base/result.h"

namespace weir::http {

// A name of a socket in the file system that fits where the system takes 107 bytes: the path
// itself, or one by way of its directory's descriptor, which lives as long as this does.
class SocketPath {
 public:
  [[nodiscard]] static Result<SocketPath> open(const std::string& path);
  ~SocketPath();
  SocketPath(SocketPath&& other) noexcept;
  SocketPath& operator=(SocketPath&& other) noexcept;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  SocketPath(std::string text, int directory) : text_(std::move(text)), directory_(directory) {}
  std::string text_;
  int directory_ = -1;
};

}  // namespace weir::http
