#include "flowlog/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::flowlog {
namespace {

constexpr int kMaxNesting = 3;

class FileRangeSource final : public io::ByteSource {
 public:
  explicit FileRangeSource(std::shared_ptr<const io::RandomAccessFile> file)
      : file_(std::move(file)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, file_->read_at(offset_, buffer));
    offset_ += size;
    return size;
  }

 private:
  std::shared_ptr<const io::RandomAccessFile> file_;
  std::uint64_t offset_ = 0;
};

class CountingSource final : public io::ByteSource {
 public:
  CountingSource(std::unique_ptr<io::ByteSource> inner, std::shared_ptr<std::uint64_t> count)
      : inner_(std::move(inner)), count_(std::move(count)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, inner_->read(buffer));
    *count_ += size;
    return size;
  }

 private:
  std::unique_ptr<io::ByteSource> inner_;
  std::shared_ptr<std::uint64_t> count_;
};

}  // namespace

Result<std::string_view> PeekSource::peek(std::size_t size) {
  while (peeked_.size() - taken_ < size && !is_at_end_) {
    const std::size_t before = peeked_.size();
    peeked_.resize(taken_ + size);
    auto result = inner_->read(std::span(peeked_).subspan(before));
    peeked_.resize(before + (result ? *result : 0));
    if (!result) {
      return tl::unexpected<Error>(std::move(result).error());
    }
    is_at_end_ = *result == 0;
  }
  return std::string_view(peeked_).substr(taken_, size);
}

Result<std::size_t> PeekSource::read(std::span<char> buffer) {
  if (taken_ < peeked_.size()) {
    const std::size_t size = std::min(buffer.size(), peeked_.size() - taken_);
    std::copy_n(peeked_.data() + taken_, size, buffer.data());
    taken_ += size;
    if (taken_ == peeked_.size()) {
      peeked_ = {};
      taken_ = 0;
    }
    return size;
  }
  return is_at_end_ ? 0 : inner_->read(buffer);
}

Result<std::unique_ptr<Content>> Content::open(std::unique_ptr<io::ByteSource> raw,
                                               const io::InflateLimits& limits) {
  std::unique_ptr<Content> content(new Content);
  content->stored_bytes_ = std::make_shared<std::uint64_t>(0);
  content->source_ = std::make_unique<PeekSource>(
      std::make_unique<CountingSource>(std::move(raw), content->stored_bytes_));
  for (int depth = 0;; ++depth) {
    WEIR_ASSIGN_OR_RETURN(const std::string_view magic, content->source_->peek(4));
    const io::Compression compression = io::detect_compression(magic);
    if (compression == io::Compression::kNone) {
      return content;
    }
    if (depth == kMaxNesting) {
      return fail(ErrorCode::kLimit,
                  fmt::format("compressed more than {} times over: refused", kMaxNesting));
    }
    if (depth == 0) {
      content->compression_ = compression;
    }
    auto inflater = io::make_inflate_source(compression, std::move(content->source_), limits);
    content->inflaters_.push_back(inflater.get());
    content->source_ = std::make_unique<PeekSource>(std::move(inflater));
  }
}

Result<std::size_t> Content::read(std::span<char> buffer) {
  WEIR_ASSIGN_OR_RETURN(const std::size_t size, source_->read(buffer));
  if (watcher_ != nullptr && size > 0) {
    watcher_->watch({buffer.data(), size});
  }
  return size;
}

bool Content::is_truncated() const {
  return std::any_of(inflaters_.begin(), inflaters_.end(),
                     [](const auto* inflater) { return inflater->report().is_truncated; });
}

std::string Content::complaint() const {
  std::string text;
  const auto add = [&](std::string part) { text += (text.empty() ? "" : "; ") + std::move(part); };
  for (const io::InflateSource* inflater : inflaters_) {
    const io::InflateReport& report = inflater->report();
    if (report.is_truncated) {
      add("the compressed stream ends too early; what came before was read");
    }
    if (!report.error.empty()) {
      add(fmt::format("the compressed stream is damaged ({}); what came before was read",
                      report.error));
    }
    if (report.trailing_bytes > 0) {
      add(fmt::format("{} bytes of garbage after the compressed stream were passed over",
                      report.trailing_bytes));
    }
  }
  return text;
}

bool Content::is_cut_short() const {
  return std::any_of(inflaters_.begin(), inflaters_.end(), [](const io::InflateSource* inflater) {
    return inflater->report().is_truncated || !inflater->report().error.empty();
  });
}

std::unique_ptr<io::ByteSource> make_file_source(std::shared_ptr<const io::RandomAccessFile> file) {
  return std::make_unique<FileRangeSource>(std::move(file));
}

}  // namespace weir::flowlog
