#include "cli/output_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace weir::cli {

Result<OutputFile> OutputFile::create(io::FileSystem& files, std::string path) {
  OutputFile output(files, std::move(path));
  std::error_code ignored;
  const auto status = std::filesystem::symlink_status(output.path_, ignored);
  const bool is_plain = status.type() == std::filesystem::file_type::not_found ||
                        status.type() == std::filesystem::file_type::regular;
  const std::string name = is_plain ? output.path_ + ".partial" : output.path_;
  WEIR_ASSIGN_OR_RETURN(output.file_, files.create(name));
  if (is_plain) {
    output.partial_ = name;
  }
  return output;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : files_(other.files_),
      path_(std::move(other.path_)),
      partial_(std::exchange(other.partial_, {})),
      file_(std::move(other.file_)) {}

OutputFile::~OutputFile() {
  if (!partial_.empty()) {
    file_.reset();
    // Nothing is left to be done about a failure here.
    static_cast<void>(files_->remove(partial_));
  }
}

Result<void> OutputFile::commit() {
  if (file_ != nullptr) {
    WEIR_RETURN_IF_ERROR(file_->close());
    file_.reset();
  }
  if (!partial_.empty()) {
    WEIR_RETURN_IF_ERROR(files_->rename(partial_, path_));
    partial_.clear();
  }
  return {};
}

}  // namespace weir::cli
