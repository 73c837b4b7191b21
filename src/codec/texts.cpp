#include "codec/texts.h"

#include <fmt/format.h>
#include <zstd.h>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::codec {
namespace {

tl::unexpected<Error> damaged_texts(std::string_view what) {
  return fail(ErrorCode::kInput, fmt::format("a run of texts is damaged: {}", what));
}

}  // namespace

void encode_texts(std::span<const std::string_view> texts, std::string& out) {
  std::vector<std::uint64_t> lengths;
  lengths.reserve(texts.size());
  std::string bytes;
  for (const std::string_view text : texts) {
    lengths.push_back(text.size());
    bytes += text;
  }
  std::string run;
  encode_numbers(lengths, Preference::kSize, run);
  put_text(run, out);
  put_varint(bytes.size(), out);
  constexpr std::size_t kLeastCompressed = 128;
  if (bytes.size() >= kLeastCompressed) {
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 3));
    if (packed.size() < bytes.size() - bytes.size() / 16) {
      out += packed;
      return;
    }
  }
  out += bytes;
}

Result<void> TextDecoder::open(std::string_view bytes, std::size_t count) {
  ByteReader reader(bytes);
  const std::string_view lengths = reader.text();
  const std::size_t size = reader.varint_up_to(kMaxTextBytes);
  if (!reader.is_good()) {
    return damaged_texts("it ends too early");
  }
  WEIR_RETURN_IF_ERROR(lengths_.open(lengths, count));
  offsets_.resize(count + 1);
  offsets_[0] = 0;
  lengths_.read(0, count, offsets_.data() + 1);
  for (std::size_t i = 1; i <= count; ++i) {
    if (offsets_[i] > size - offsets_[i - 1]) {
      return damaged_texts("lengths do not add up");
    }
    offsets_[i] += offsets_[i - 1];
  }
  if (offsets_.back() != size) {
    return damaged_texts("lengths do not add up");
  }
  const std::string_view rest = reader.rest();
  if (rest.size() == size) {
    bytes_ = rest;
    return {};
  }
  if (ZSTD_getFrameContentSize(rest.data(), rest.size()) != size) {
    return damaged_texts("a frame of another size");
  }
  inflated_.resize(size);
  if (ZSTD_decompress(inflated_.data(), size, rest.data(), rest.size()) != size) {
    return damaged_texts("a frame that does not inflate");
  }
  bytes_ = {inflated_.data(), size};
  return {};
}

}  // namespace weir::codec
