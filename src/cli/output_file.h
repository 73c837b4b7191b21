#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::cli {

// A file that a command writes. It appears under its name whole or not at all: until commit() it
// is NAME.partial, and goes away with the object where a command fails or is interrupted. What is
// there already and no plain file (a pipe, /dev/null) is written to directly.
class OutputFile {
 public:
  [[nodiscard]] static Result<OutputFile> create(io::FileSystem& files, std::string path);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  OutputFile(const OutputFile&) = delete;

  [[nodiscard]] io::WritableFile& file() { return *file_; }
  // For a writer that closes the file itself.
  [[nodiscard]] std::unique_ptr<io::WritableFile> take() { return std::move(file_); }
  // Closes the file, if it was not taken, and gives it its name.
  [[nodiscard]] Result<void> commit();

 private:
  OutputFile(io::FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}

  io::FileSystem* files_;
  std::string path_;
  std::string partial_;  // "": written to directly, or named already
  std::unique_ptr<io::WritableFile> file_;
};

}  // namespace weir::cli
