#include "io/inflate.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::io {
namespace {

constexpr std::size_t kInputBytes = 128 * 1024;
constexpr std::uint64_t kRatioGraceBytes = 1 << 20;

// What both decoders share: a buffer of compressed bytes, the report, the limits.
class BufferedInflate : public InflateSource {
 public:
  BufferedInflate(std::unique_ptr<ByteSource> inner, const InflateLimits& limits)
      : inner_(std::move(inner)),
        limits_(limits),
        input_(std::make_unique_for_overwrite<char[]>(kInputBytes)) {}

  [[nodiscard]] const InflateReport& report() const override { return report_; }

  Result<std::size_t> read(std::span<char> buffer) override {
    if (is_over_ || buffer.empty()) {
      return 0;
    }
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, inflate(buffer));
    report_.output_bytes += size;
    if (report_.output_bytes > limits_.max_bytes) {
      return fail(ErrorCode::kLimit,
                  fmt::format("inflates to more than {} bytes: refused", limits_.max_bytes));
    }
    if (report_.output_bytes > kRatioGraceBytes &&
        report_.output_bytes / limits_.max_ratio > consumed_bytes()) {
      return fail(ErrorCode::kLimit,
                  fmt::format("inflates to more than {} times its size: refused as a bomb",
                              limits_.max_ratio));
    }
    return size;
  }

 protected:
  virtual Result<std::size_t> inflate(std::span<char> buffer) = 0;

  [[nodiscard]] std::string_view available() const {
    return {input_.get() + input_begin_, input_end_ - input_begin_};
  }
  void consume(std::size_t size) { input_begin_ += size; }
  // Reads more behind what is left; false at the end of the input.
  Result<bool> refill() {
    if (input_begin_ > 0) {
      std::memmove(input_.get(), input_.get() + input_begin_, input_end_ - input_begin_);
      input_end_ -= input_begin_;
      input_begin_ = 0;
    }
    WEIR_ASSIGN_OR_RETURN(const std::size_t size,
                          inner_->read({input_.get() + input_end_, kInputBytes - input_end_}));
    input_end_ += size;
    report_.input_bytes += size;
    return size > 0;
  }
  // Reads until `size` bytes are there or the input ends; false if fewer.
  Result<bool> require(std::size_t size) {
    while (available().size() < size) {
      WEIR_ASSIGN_OR_RETURN(const bool is_more, refill());
      if (!is_more) {
        return false;
      }
    }
    return true;
  }
  // Counts all that is left as garbage and ends the stream.
  Result<void> end_with_trailing() {
    is_over_ = true;
    while (true) {
      report_.trailing_bytes += available().size();
      consume(available().size());
      WEIR_ASSIGN_OR_RETURN(const bool is_more, refill());
      if (!is_more) {
        return {};
      }
    }
  }
  [[nodiscard]] std::uint64_t consumed_bytes() const {
    return report_.input_bytes - available().size();
  }

  InflateReport report_;
  bool is_over_ = false;

 private:
  std::unique_ptr<ByteSource> inner_;
  InflateLimits limits_;
  std::unique_ptr<char[]> input_;
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
};

class GzipSource final : public BufferedInflate {
 public:
  GzipSource(std::unique_ptr<ByteSource> inner, const InflateLimits& limits)
      : BufferedInflate(std::move(inner), limits), state_(std::make_unique<inflate_state>()) {}

 private:
  Result<std::size_t> inflate(std::span<char> buffer) override {
    std::size_t produced = 0;
    while (produced == 0 && !is_over_) {
      if (!is_in_member_) {
        WEIR_RETURN_IF_ERROR(begin_member());
        continue;
      }
      if (available().empty()) {
        WEIR_ASSIGN_OR_RETURN(const bool is_more, refill());
        if (!is_more && state_->avail_in == 0 && !may_have_output_) {
          report_.is_truncated = true;
          is_over_ = true;
          break;
        }
      }
      WEIR_ASSIGN_OR_RETURN(produced, inflate_some(buffer));
    }
    return produced;
  }

  Result<void> begin_member() {
    WEIR_ASSIGN_OR_RETURN(const bool has_magic, require(2));
    const std::string_view front = available();
    if (!has_magic || front.substr(0, 2) != std::string_view("\x1f\x8b", 2)) {
      return end_with_trailing();
    }
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;  // header, data and trailer, checksum verified
    is_in_member_ = true;
    may_have_output_ = false;
    return {};
  }

  Result<std::size_t> inflate_some(std::span<char> buffer) {
    const std::string_view input = available();
    constexpr std::size_t kMost = 1U << 30;
    state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(input.data()));
    state_->avail_in = static_cast<std::uint32_t>(input.size());
    state_->next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    state_->avail_out = static_cast<std::uint32_t>(std::min(buffer.size(), kMost));
    const std::uint32_t room = state_->avail_out;
    const int status = isal_inflate(state_.get());
    consume(input.size() - state_->avail_in);
    const std::size_t produced = room - state_->avail_out;
    may_have_output_ = state_->avail_out == 0;
    if (status != ISAL_DECOMP_OK && status != ISAL_END_INPUT) {
      report_.error =
          status == ISAL_INCORRECT_CHECKSUM ? "checksum does not match" : "damaged deflate data";
      is_over_ = true;
    } else if (state_->block_state == ISAL_BLOCK_FINISH) {
      ++report_.members;
      is_in_member_ = false;
    }
    return produced;
  }

  std::unique_ptr<inflate_state> state_;
  bool is_in_member_ = false;
  bool may_have_output_ = false;  // the last call filled the buffer: the decoder may hold more
};

class ZstdSource final : public BufferedInflate {
 public:
  ZstdSource(std::unique_ptr<ByteSource> inner, const InflateLimits& limits)
      : BufferedInflate(std::move(inner), limits), context_(ZSTD_createDCtx()) {
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 27);  // 128 MiB
  }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  Result<std::size_t> inflate(std::span<char> buffer) override {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0 && !is_over_) {
      if (!is_in_frame_) {
        WEIR_ASSIGN_OR_RETURN(const bool has_magic, require(4));
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(available()[i]); };
        const bool is_frame =
            has_magic && byte(1) == 0xb5 && byte(2) == 0x2f && byte(3) == 0xfd && byte(0) == 0x28;
        const bool is_skippable = has_magic && (byte(0) & 0xf0) == 0x50 && byte(1) == 0x2a &&
                                  byte(2) == 0x4d && byte(3) == 0x18;
        if (!is_frame && !is_skippable) {
          WEIR_RETURN_IF_ERROR(end_with_trailing());
          break;
        }
        WEIR_RETURN_IF_ERROR(require(kMostHeaderBytes));
        declared_bytes_ = ZSTD_getFrameContentSize(available().data(), available().size());
        frame_bytes_ = 0;
        is_in_frame_ = true;
      }
      if (available().empty() && !may_have_output_) {
        WEIR_ASSIGN_OR_RETURN(const bool is_more, refill());
        if (!is_more) {
          report_.is_truncated = true;
          is_over_ = true;
          break;
        }
      }
      ZSTD_inBuffer in{available().data(), available().size(), 0};
      const std::size_t before = out.pos;
      const std::size_t status = ZSTD_decompressStream(context_.get(), &out, &in);
      consume(in.pos);
      frame_bytes_ += out.pos - before;
      may_have_output_ = out.pos == out.size;
      if (ZSTD_isError(status) != 0U) {
        report_.error = ZSTD_getErrorName(status);
        is_over_ = true;
      } else if (status == 0 && declared_bytes_ != ZSTD_CONTENTSIZE_UNKNOWN &&
                 declared_bytes_ != ZSTD_CONTENTSIZE_ERROR && frame_bytes_ != declared_bytes_) {
        // libzstd looks at this only where the whole frame fits the buffer.
        report_.error = "a frame holds another number of bytes than it declares";
        is_over_ = true;
      } else if (status == 0) {
        ++report_.members;
        is_in_frame_ = false;
        may_have_output_ = false;
      }
    }
    return out.pos;
  }

  static constexpr std::size_t kMostHeaderBytes = 18;  // RFC 8878 section 3.1.1.1

  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  unsigned long long declared_bytes_ = 0;  // of the frame, or one of zstd's words for unknown
  std::uint64_t frame_bytes_ = 0;          // given of it so far
  bool is_in_frame_ = false;
  bool may_have_output_ = false;
};

class PlainSource final : public InflateSource {
 public:
  explicit PlainSource(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, inner_->read(buffer));
    report_.input_bytes += size;
    report_.output_bytes += size;
    return size;
  }
  [[nodiscard]] const InflateReport& report() const override { return report_; }

 private:
  std::unique_ptr<ByteSource> inner_;
  InflateReport report_;
};

class PlainSink final : public DeflateSink {
 public:
  void write(std::string_view bytes, std::string& out) override { out += bytes; }
  void finish(std::string&) override {}
};

// libdeflate compresses whole buffers: one member for all but huge files, which get one a 64 MiB.
class GzipSink final : public DeflateSink {
 public:
  explicit GzipSink(int level)
      : compressor_(libdeflate_alloc_compressor(std::clamp(level, 1, 12))) {}

  void write(std::string_view bytes, std::string& out) override {
    while (!bytes.empty()) {
      const std::size_t size = std::min(bytes.size(), kMemberBytes - pending_.size());
      pending_ += bytes.substr(0, size);
      bytes.remove_prefix(size);
      if (pending_.size() == kMemberBytes) {
        compress(out);
      }
    }
  }
  void finish(std::string& out) override {
    if (!pending_.empty() || !has_member_) {
      compress(out);
    }
  }

 private:
  static constexpr std::size_t kMemberBytes = 64 << 20;
  struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const {
      libdeflate_free_compressor(compressor);
    }
  };
  void compress(std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + libdeflate_gzip_compress_bound(compressor_.get(), pending_.size()));
    const std::size_t size =
        libdeflate_gzip_compress(compressor_.get(), pending_.data(), pending_.size(),
                                 out.data() + before, out.size() - before);
    out.resize(before + size);
    pending_.clear();
    has_member_ = true;
  }
  std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor_;
  std::string pending_;
  bool has_member_ = false;
};

class ZstdSink final : public DeflateSink {
 public:
  explicit ZstdSink(int level) : context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }
  void write(std::string_view bytes, std::string& out) override {
    compress(bytes, ZSTD_e_continue, out);
  }
  void finish(std::string& out) override { compress({}, ZSTD_e_end, out); }

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  void compress(std::string_view bytes, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    char chunk[64 * 1024];
    while (true) {
      ZSTD_outBuffer piece{chunk, sizeof chunk, 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &piece, &in, directive);
      out.append(chunk, piece.pos);
      const bool is_done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (is_done || ZSTD_isError(left) != 0U) {
        return;
      }
    }
  }
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
};

}  // namespace

Compression detect_compression(std::string_view first_bytes) {
  if (first_bytes.starts_with(std::string_view("\x1f\x8b", 2))) {
    return Compression::kGzip;
  }
  if (first_bytes.starts_with(std::string_view("\x28\xb5\x2f\xfd", 4))) {
    return Compression::kZstd;
  }
  return Compression::kNone;
}

std::unique_ptr<InflateSource> make_inflate_source(Compression compression,
                                                   std::unique_ptr<ByteSource> inner,
                                                   const InflateLimits& limits) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipSource>(std::move(inner), limits);
    case Compression::kZstd:
      return std::make_unique<ZstdSource>(std::move(inner), limits);
    case Compression::kNone:
      break;
  }
  return std::make_unique<PlainSource>(std::move(inner));
}

std::unique_ptr<DeflateSink> make_deflate_sink(Compression compression, int level) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipSink>(level);
    case Compression::kZstd:
      return std::make_unique<ZstdSink>(level);
    case Compression::kNone:
      break;
  }
  return std::make_unique<PlainSink>();
}

}  // namespace weir::io
