#include "flowlog/input_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "flowlog/container.h"
#include "io/tree.h"

namespace weir::flowlog {
namespace {

// Standard input belongs to whoever passed it in.
class BorrowedSource final : public io::ByteSource {
 public:
  explicit BorrowedSource(std::shared_ptr<io::ByteSource> source) : source_(std::move(source)) {}
  Result<std::size_t> read(std::span<char> buffer) override { return source_->read(buffer); }

 private:
  std::shared_ptr<io::ByteSource> source_;
};

Result<std::string> read_whole(Content& content, std::size_t limit) {
  std::string text;
  std::vector<char> chunk(64 * 1024);
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, content.read(chunk));
    if (size == 0) {
      return text;
    }
    text.append(chunk.data(), size);
    if (text.size() > limit) {
      return fail(ErrorCode::kLimit, fmt::format("longer than {} bytes", limit));
    }
  }
}

}  // namespace

Error with_path(Error error, const std::string& path) {
  if (error.message.find(path) == std::string::npos && error.code != ErrorCode::kCancelled) {
    error.message = fmt::format("{}: {}", path == "-" ? "standard input" : path, error.message);
  }
  return error;
}

bool may_pass_over(const InputFile& file, const Error& error) {
  return !file.is_named && (error.code == ErrorCode::kIo || error.code == ErrorCode::kNotFound);
}

Result<std::shared_ptr<InputTree>> InputTree::open(io::FileSystem& files,
                                                   const FileTableOptions& options) {
  std::shared_ptr<InputTree> tree(new InputTree(files));
  tree->limits_ = options.inflate_limits;
  tree->standard_input_ = options.standard_input;
  WEIR_ASSIGN_OR_RETURN(const auto found, io::expand_paths(files, options.paths));
  for (const io::FileInfo& file : found) {
    InputFile input;
    input.path = file.path;
    input.size = file.size;
    input.index = static_cast<std::uint32_t>(tree->inputs_.size());
    input.is_stream = file.path == "-" || file.size == 0;
    input.key = parse_object_key(file.path);
    input.is_named =
        std::find(options.paths.begin(), options.paths.end(), file.path) != options.paths.end();
    tree->inputs_.push_back(std::move(input));
  }
  std::vector<DescribedFlowLog> described;
  for (const std::string& path : options.describe_files) {
    WEIR_ASSIGN_OR_RETURN(auto raw, files.open_source(path));
    const auto read = [&]() -> Result<std::vector<DescribedFlowLog>> {
      WEIR_ASSIGN_OR_RETURN(const auto content, Content::open(std::move(raw), tree->limits_));
      WEIR_ASSIGN_OR_RETURN(const std::string json, read_whole(*content, kMaxDescribeBytes));
      return parse_describe_flow_logs(json);
    };
    auto flow_logs = read();
    if (!flow_logs) {
      return tl::unexpected<Error>(with_path(std::move(flow_logs).error(), path));
    }
    std::move(flow_logs->begin(), flow_logs->end(), std::back_inserter(described));
  }
  InputTree* self = tree.get();
  tree->book_ = std::make_unique<LayoutBook>(options.format, std::move(described),
                                             [self] { return self->find_described(); });
  return tree;
}

Result<OpenInput> InputTree::open_file(const InputFile& file) {
  OpenInput input;
  auto bytes = files_.open_random(file.path);
  if (!bytes) {
    return tl::unexpected<Error>(with_path(std::move(bytes).error(), file.path));
  }
  input.bytes = std::move(*bytes);
  auto content = Content::open(make_file_source(input.bytes), limits_);
  if (!content) {
    return tl::unexpected<Error>(with_path(std::move(content).error(), file.path));
  }
  input.content = std::move(*content);
  return input;
}

Result<std::unique_ptr<Content>> InputTree::open_pipe(const InputFile& file) {
  std::unique_ptr<io::ByteSource> raw;
  if (file.path != "-") {
    WEIR_ASSIGN_OR_RETURN(raw, files_.open_source(file.path));
  } else if (standard_input_ != nullptr) {
    raw = std::make_unique<BorrowedSource>(standard_input_);
  } else {
    raw = io::make_descriptor_source(0);
  }
  return Content::open(std::move(raw), limits_);
}

Result<OpenInput> InputTree::open_input(const InputFile& file) {
  if (!file.is_stream) {
    return open_file(file);
  }
  const std::lock_guard lock(pipes_mutex_);
  Pipe& pipe = pipes_[file.index];
  OpenInput input;
  if (pipe.content != nullptr) {
    input.content = std::move(pipe.content);
  } else if (pipe.is_used_up && !pipe.is_empty) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} can be read only once; save it to a file and name that",
                            file.path == "-" ? "standard input" : file.path));
  } else {
    auto content = open_pipe(file);
    if (!content) {
      return tl::unexpected<Error>(with_path(std::move(content).error(), file.path));
    }
    input.content = std::move(*content);
  }
  WEIR_ASSIGN_OR_RETURN(const std::string_view first, input.content->peek(1));
  pipe.is_empty = first.empty();
  pipe.is_used_up = true;
  return input;
}

Result<void> InputTree::look_into(const InputFile& file,
                                  const std::function<Result<void>(OpenInput&)>& look) {
  const auto checked = [&](Result<void> result) -> Result<void> {
    return result ? std::move(result)
                  : tl::unexpected<Error>(with_path(std::move(result).error(), file.path));
  };
  if (!file.is_stream) {
    WEIR_ASSIGN_OR_RETURN(OpenInput input, open_file(file));
    return checked(look(input));
  }
  const std::lock_guard lock(pipes_mutex_);
  Pipe& pipe = pipes_[file.index];
  OpenInput input;
  if (pipe.content == nullptr) {
    if (pipe.is_used_up && !pipe.is_empty) {
      return fail(ErrorCode::kUsage, fmt::format("{} has been read already", file.path));
    }
    auto content = open_pipe(file);
    if (!content) {
      return tl::unexpected<Error>(with_path(std::move(content).error(), file.path));
    }
    pipe.content = std::move(*content);
  }
  input.content = std::move(pipe.content);
  auto result = checked(look(input));
  pipe.content = std::move(input.content);
  return result;
}

// What stands of DescribeFlowLogs in the tree itself. Files that cannot be read are the scan's
// business.
std::vector<DescribedFlowLog> InputTree::find_described() {
  std::vector<DescribedFlowLog> described;
  for (const InputFile& file : inputs_) {
    if (file.is_stream || file.key.is_exact || file.size > kMaxDescribeBytes) {
      continue;
    }
    auto input = open_file(file);
    if (!input) {
      continue;
    }
    const auto front = input->content->peek(1);
    if (!front || *front != "{") {
      continue;
    }
    const auto first = input->content->peek(kSniffBytes);
    if (!first || detect_container(*first) != Container::kDescribeFlowLogs) {
      continue;
    }
    const auto json = read_whole(*input->content, kMaxDescribeBytes);
    if (!json) {
      continue;
    }
    auto flow_logs = parse_describe_flow_logs(*json);
    if (flow_logs) {
      std::move(flow_logs->begin(), flow_logs->end(), std::back_inserter(described));
    }
  }
  return described;
}

}  // namespace weir::flowlog
