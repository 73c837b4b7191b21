#include "simulate/record_output.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/time_text.h"

namespace weir::simulate {
namespace {

// Compression sees whole buffers, so objects below this are one gzip member.
constexpr std::size_t kCompressedBuffer = 4U << 20;
constexpr std::size_t kPlainBuffer = 512U << 10;
// AWS rotates objects at some 75 MB of text.
constexpr std::uint64_t kMostObjectBytes = 75U << 20;
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

std::size_t buffer_bytes_for(io::Compression compression) {
  return compression == io::Compression::kNone ? kPlainBuffer : kCompressedBuffer;
}

int level_for(io::Compression compression) {
  return compression == io::Compression::kGzip ? kGzipLevel : kZstdLevel;
}

class TreeOutput final : public RecordOutput {
 public:
  TreeOutput(const SimulationOptions& options, std::string flow_log_id, io::FileSystem& files,
             std::string directory, std::size_t num_groups, std::size_t max_line_bytes,
             std::string header)
      : RecordOutput(num_groups, buffer_bytes_for(options.compression), max_line_bytes,
                     std::move(header)),
        options_(options),
        flow_log_id_(std::move(flow_log_id)),
        files_(files),
        directory_(std::move(directory)),
        hashes_(options.seed ^ 0x6f626a65637473),
        objects_(num_groups) {}

  void begin_period(std::int64_t start_s) override { period_start_s_ = start_s; }

  void end_period() override {
    for (std::size_t group = 0; group < objects_.size(); ++group) {
      flush(group);
      close_object(objects_[group]);
    }
  }

 protected:
  [[nodiscard]] bool wants_header(std::size_t group) const override {
    return objects_[group].file == nullptr;
  }

  void write_text(std::size_t group, std::string_view text) override {
    Object& object = objects_[group];
    if (object.file == nullptr && !open_object(object)) {
      return;
    }
    object.text_bytes += text.size();
    if (options_.compression == io::Compression::kNone) {
      append(object, text);
    } else {
      compressed_.clear();
      object.sink->write(text, compressed_);
      if (options_.compression == io::Compression::kGzip) {
        object.sink->finish(compressed_);  // a member
      }
      append(object, compressed_);
    }
    if (object.text_bytes >= kMostObjectBytes) {
      close_object(object);
    }
  }

 private:
  struct Object {
    std::unique_ptr<io::WritableFile> file;
    std::unique_ptr<io::DeflateSink> sink;
    std::uint64_t text_bytes = 0;
  };

  bool open_object(Object& object) {
    const std::string key = object_key(options_, flow_log_id_, period_start_s_,
                                       static_cast<std::uint32_t>(hashes_.next()));
    const std::string path = directory_ + "/" + key;
    const std::string folder = path.substr(0, path.rfind('/'));
    if (folder != folder_) {
      if (auto made = files_.create_directories(folder); !made) {
        fail_with(std::move(made).error());
        return false;
      }
      folder_ = folder;
    }
    auto file = files_.create(path);
    if (!file) {
      fail_with(std::move(file).error());
      return false;
    }
    object.file = std::move(*file);
    object.text_bytes = 0;
    if (options_.compression != io::Compression::kNone) {
      object.sink = io::make_deflate_sink(options_.compression, level_for(options_.compression));
    }
    ++num_files_;
    return true;
  }

  void append(Object& object, std::string_view bytes) {
    written_bytes_ += bytes.size();
    if (auto appended = object.file->append(bytes); !appended) {
      fail_with(std::move(appended).error());
    }
  }

  void close_object(Object& object) {
    if (object.file == nullptr) {
      return;
    }
    if (options_.compression == io::Compression::kZstd) {
      compressed_.clear();
      object.sink->finish(compressed_);
      append(object, compressed_);
    }
    if (auto closed = object.file->close(); !closed) {
      fail_with(std::move(closed).error());
    }
    object = Object{};
  }

  const SimulationOptions& options_;
  std::string flow_log_id_;
  io::FileSystem& files_;
  std::string directory_;
  Random hashes_;
  std::vector<Object> objects_;
  std::string folder_;
  std::string compressed_;
  std::int64_t period_start_s_ = 0;
};

class StreamOutput final : public RecordOutput {
 public:
  StreamOutput(const SimulationOptions& options, const StreamSink& sink, std::size_t max_line_bytes,
               std::string header)
      : RecordOutput(1, buffer_bytes_for(options.compression), max_line_bytes, std::move(header)),
        is_gzip_(options.compression == io::Compression::kGzip),
        sink_(sink) {
    if (options.compression != io::Compression::kNone) {
      deflate_ = io::make_deflate_sink(options.compression, level_for(options.compression));
    }
  }

  void begin_period(std::int64_t /*start_s*/) override {}
  void end_period() override {}

 protected:
  [[nodiscard]] bool wants_header(std::size_t /*group*/) const override { return !has_begun_; }

  void write_text(std::size_t /*group*/, std::string_view text) override {
    has_begun_ = true;
    if (deflate_ == nullptr) {
      pass(text);
      return;
    }
    compressed_.clear();
    deflate_->write(text, compressed_);
    if (is_gzip_) {
      deflate_->finish(compressed_);
    }
    pass(compressed_);
  }

  void end_stream() override {
    flush(0);
    if (deflate_ != nullptr && !is_gzip_ && is_open_) {
      compressed_.clear();
      deflate_->finish(compressed_);
      pass(compressed_);
    }
  }

 private:
  void pass(std::string_view bytes) {
    written_bytes_ += bytes.size();
    auto passed = sink_(bytes);
    if (!passed) {
      fail_with(std::move(passed).error());
    } else if (!*passed) {
      is_open_ = false;
    }
  }

  bool is_gzip_;
  const StreamSink& sink_;
  std::unique_ptr<io::DeflateSink> deflate_;
  std::string compressed_;
  bool has_begun_ = false;
};

}  // namespace

RecordOutput::RecordOutput(std::size_t num_groups, std::size_t buffer_bytes,
                           std::size_t max_line_bytes, std::string header)
    : buffers_(num_groups), limit_(buffer_bytes), header_(std::move(header)) {
  for (Buffer& buffer : buffers_) {
    buffer.bytes =
        std::make_unique<char[]>(buffer_bytes + header_.size() + 2 * max_line_bytes + 64);
  }
}

void RecordOutput::make_room(std::size_t group) {
  Buffer& buffer = buffers_[group];
  if (buffer.used > 0) {
    flush(group);
  }
  if (wants_header(group)) {
    std::memcpy(buffer.bytes.get(), header_.data(), header_.size());
    buffer.used = header_.size();
  }
}

void RecordOutput::flush(std::size_t group) {
  Buffer& buffer = buffers_[group];
  if (buffer.used == 0) {
    return;
  }
  text_bytes_ += buffer.used;
  const std::size_t size = std::exchange(buffer.used, 0);
  if (is_open_) {
    write_text(group, {buffer.bytes.get(), size});
  }
}

void RecordOutput::fail_with(Error error) {
  is_open_ = false;
  if (status_) {
    status_ = tl::unexpected<Error>(std::move(error));
  }
}

Result<void> RecordOutput::finish() {
  end_stream();
  return status_;
}

std::string object_key(const SimulationOptions& options, const std::string& flow_log_id,
                       std::int64_t period_start_s, std::uint32_t hash) {
  const CivilTime at = to_civil(period_start_s * 1000);
  const std::string_view ending = options.compression == io::Compression::kGzip   ? ".log.gz"
                                  : options.compression == io::Compression::kZstd ? ".log.zst"
                                                                                  : ".log";
  std::string name = fmt::format("{}_vpcflowlogs_{}_{}_{:04}{:02}{:02}T{:02}{:02}Z_{:08x}{}",
                                 options.account, options.region, flow_log_id, at.year, at.month,
                                 at.day, at.hour, at.minute, hash, ending);
  switch (options.keys) {
    case KeyLayout::kFlat:
      return name;
    case KeyLayout::kHive:
      return fmt::format(
          "AWSLogs/aws-account-id={}/aws-service=vpcflowlogs/aws-region={}/year={:04}/"
          "month={:02}/day={:02}/hour={:02}/{}",
          options.account, options.region, at.year, at.month, at.day, at.hour, name);
    case KeyLayout::kHourly:
      return fmt::format("AWSLogs/{}/vpcflowlogs/{}/{:04}/{:02}/{:02}/{:02}/{}", options.account,
                         options.region, at.year, at.month, at.day, at.hour, name);
    case KeyLayout::kS3:
      break;
  }
  return fmt::format("AWSLogs/{}/vpcflowlogs/{}/{:04}/{:02}/{:02}/{}", options.account,
                     options.region, at.year, at.month, at.day, name);
}

std::unique_ptr<RecordOutput> make_tree_output(const SimulationOptions& options,
                                               const std::string& flow_log_id,
                                               io::FileSystem& files, const std::string& directory,
                                               std::size_t num_groups, std::size_t max_line_bytes,
                                               std::string header) {
  return std::make_unique<TreeOutput>(options, flow_log_id, files, directory, num_groups,
                                      max_line_bytes, std::move(header));
}

std::unique_ptr<RecordOutput> make_stream_output(const SimulationOptions& options,
                                                 const StreamSink& sink, std::size_t max_line_bytes,
                                                 std::string header) {
  return std::make_unique<StreamOutput>(options, sink, max_line_bytes, std::move(header));
}

}  // namespace weir::simulate
