#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/result.h"

namespace weir::io {

// Tells which files of some directories, and of those below them, were written, closed or moved in
// (inotify). Names that begin with '.' are passed over. Used by one thread.
class DirectoryWatch {
 public:
  [[nodiscard]] static Result<std::unique_ptr<DirectoryWatch>> open();
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  [[nodiscard]] Result<void> add(const std::string& directory);

  struct Changes {
    std::set<std::string> files;
    bool is_overflow = false;  // more happened than could be told: look at everything again
  };
  // Waits until something happens, but no longer than `timeout_ms`, and not past a signal.
  [[nodiscard]] Result<Changes> wait(int timeout_ms);

 private:
  explicit DirectoryWatch(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] Result<void> add_tree(const std::string& directory, Changes* found, int depth);

  int descriptor_;
  std::map<int, std::string> directories_;  // by watch
};

}  // namespace weir::io
