#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "flowlog/content.h"
#include "flowlog/file_table.h"
#include "flowlog/layout_book.h"

namespace weir::flowlog {

// A file opened to be read.
struct OpenInput {
  std::shared_ptr<io::RandomAccessFile> bytes;  // none for a pipe
  std::unique_ptr<Content> content;
};

// The files that a table was opened over. Thread-safe; outlives all scans of it.
class InputTree {
 public:
  [[nodiscard]] static Result<std::shared_ptr<InputTree>> open(io::FileSystem& files,
                                                               const FileTableOptions& options);

  [[nodiscard]] const std::vector<InputFile>& inputs() const { return inputs_; }
  [[nodiscard]] LayoutBook& book() { return *book_; }
  [[nodiscard]] const io::InflateLimits& inflate_limits() const { return limits_; }

  // For reading from the front. A pipe can be opened so once; a second time is an error.
  [[nodiscard]] Result<OpenInput> open_input(const InputFile& file);
  // The first decompressed bytes of a file, without using up a pipe. `look` gets the content and
  // must do no more than peek.
  [[nodiscard]] Result<void> look_into(const InputFile& file,
                                       const std::function<Result<void>(OpenInput&)>& look);

 private:
  explicit InputTree(io::FileSystem& files) : files_(files) {}
  Result<OpenInput> open_file(const InputFile& file);
  Result<std::unique_ptr<Content>> open_pipe(const InputFile& file);
  std::vector<DescribedFlowLog> find_described();

  struct Pipe {
    std::unique_ptr<Content> content;  // opened by a look, not read yet
    bool is_used_up = false;
    bool is_empty = false;
  };
  io::FileSystem& files_;
  io::InflateLimits limits_;
  std::vector<InputFile> inputs_;
  std::unique_ptr<LayoutBook> book_;
  std::mutex pipes_mutex_;
  std::map<std::uint32_t, Pipe> pipes_;
  std::shared_ptr<io::ByteSource> standard_input_;
};

// True where a file of a directory cannot be read: the others are, and the answer says that it is
// not complete. A file that was named must be read.
[[nodiscard]] bool may_pass_over(const InputFile& file, const Error& error);

// The same error, with the path in front where its message does not name it.
[[nodiscard]] Error with_path(Error error, const std::string& path);

}  // namespace weir::flowlog
