#pragma once

#include <string>

#include "base/result.h"

namespace weir::cli {

// A folder of our own that goes away again.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Makes it, and tells its path.
  [[nodiscard]] Result<std::string> make();

 private:
  std::string path_;
};

}  // namespace weir::cli
