#include "metric/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/crc32c.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"

namespace weir::metric {
namespace {

constexpr std::string_view kPartMagic = "WEIRMPT\n";
constexpr std::uint32_t kPartVersion = 1;
constexpr std::size_t kHeaderBytes = 16;   // magic, version, step
constexpr std::size_t kTrailerBytes = 36;  // offset, size, chunks, samples, checksum
constexpr std::size_t kFlushBytes = 1 << 20;
constexpr std::uint64_t kMaxIndexBytes = 1U << 30;
constexpr std::uint64_t kMaxChunkBytes = 64U << 20;

// The columns of the index, in their order on disk.
constexpr std::array<std::uint64_t (*)(const ChunkPlace&), 5> kColumns = {
    [](const ChunkPlace& p) -> std::uint64_t { return p.series; },
    [](const ChunkPlace& p) -> std::uint64_t { return p.size; },
    [](const ChunkPlace& p) -> std::uint64_t { return p.first_s; },
    [](const ChunkPlace& p) -> std::uint64_t { return p.last_s - p.first_s; },
    [](const ChunkPlace& p) -> std::uint64_t { return p.checksum; }};

}  // namespace

Result<std::unique_ptr<PartWriter>> PartWriter::create(io::FileSystem& files,
                                                       const std::string& path,
                                                       std::uint32_t step_s) {
  WEIR_ASSIGN_OR_RETURN(auto file, files.create(path));
  auto writer = std::unique_ptr<PartWriter>(new PartWriter(std::move(file), step_s));
  writer->buffer_ = kPartMagic;
  codec::put_fixed(kPartVersion, writer->buffer_);
  codec::put_fixed(step_s, writer->buffer_);
  return writer;
}

Result<void> PartWriter::flush() {
  WEIR_RETURN_IF_ERROR(file_->append(buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> PartWriter::add(SeriesId series, std::span<const Sample> samples) {
  num_samples_ += samples.size();
  while (!samples.empty()) {
    const auto taken = samples.first(std::min(samples.size(), kMaxChunkSamples));
    samples = samples.subspan(taken.size());
    ChunkPlace place;
    place.series = series;
    place.offset = written_ + buffer_.size();
    place.first_s = taken.front().time_s;
    place.last_s = taken.back().time_s;
    const std::size_t begin = buffer_.size();
    encode_chunk(taken, step_s_, buffer_);
    const std::string_view bytes = std::string_view(buffer_).substr(begin);
    place.size = static_cast<std::uint32_t>(bytes.size());
    place.checksum = crc32c(bytes);
    places_.push_back(place);
    if (buffer_.size() >= kFlushBytes) {
      WEIR_RETURN_IF_ERROR(flush());
    }
  }
  return {};
}

Result<std::uint64_t> PartWriter::finish() {
  const std::uint64_t offset = written_ + buffer_.size();
  std::string index;
  std::vector<std::uint64_t> column;
  for (const auto& of : kColumns) {
    column.clear();
    for (const ChunkPlace& place : places_) {
      column.push_back(of(place));
    }
    std::string bytes;
    if (!column.empty()) {
      codec::encode_numbers(column, codec::Preference::kSpeed, bytes);
    }
    codec::put_text(bytes, index);
  }
  buffer_ += index;
  std::string trailer;
  codec::put_fixed(offset, trailer);
  codec::put_fixed(std::uint64_t{index.size()}, trailer);
  codec::put_fixed(std::uint64_t{places_.size()}, trailer);
  codec::put_fixed(num_samples_, trailer);
  // Over the index, the trailer before it, version and step.
  std::string head(kPartMagic);
  codec::put_fixed(kPartVersion, head);
  codec::put_fixed(step_s_, head);
  codec::put_fixed(crc32c(head, crc32c(trailer, crc32c(index))), trailer);
  buffer_ += trailer;
  WEIR_RETURN_IF_ERROR(flush());
  WEIR_RETURN_IF_ERROR(file_->sync());
  WEIR_RETURN_IF_ERROR(file_->close());
  return written_;
}

Result<std::shared_ptr<const PartReader>> PartReader::open(io::FileSystem& files,
                                                           const std::string& path) {
  auto reader = std::shared_ptr<PartReader>(new PartReader);
  reader->path_ = path;
  WEIR_ASSIGN_OR_RETURN(reader->file_, files.open_random(path));
  WEIR_RETURN_IF_ERROR(reader->read_index());
  return std::shared_ptr<const PartReader>(std::move(reader));
}

Result<void> PartReader::read_index() {
  const auto damaged = [&](std::string_view what) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: {}; restore the file from a copy", path_, what));
  };
  const std::uint64_t size = file_->size();
  if (size < kHeaderBytes + kTrailerBytes) {
    return damaged("too short for a part of samples");
  }
  std::array<char, kHeaderBytes> head{};
  std::array<char, kTrailerBytes> tail{};
  WEIR_ASSIGN_OR_RETURN(const std::size_t got_head, file_->read_at(0, head));
  WEIR_ASSIGN_OR_RETURN(const std::size_t got_tail, file_->read_at(size - kTrailerBytes, tail));
  const std::string_view header(head.data(), got_head);
  if (got_head != kHeaderBytes || got_tail != kTrailerBytes || !header.starts_with(kPartMagic)) {
    return damaged("not a part of samples");
  }
  codec::ByteReader in(header.substr(kPartMagic.size()));
  const auto version = in.fixed<std::uint32_t>();
  step_s_ = in.fixed<std::uint32_t>();
  if (version > kPartVersion) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{}: written by a newer Weir (format {}); use that one", path_, version));
  }
  const std::string_view trailer(tail.data(), tail.size());
  codec::ByteReader ends(trailer);
  const auto offset = ends.fixed<std::uint64_t>();
  const auto index_size = ends.fixed<std::uint64_t>();
  const auto num_chunks = ends.fixed<std::uint64_t>();
  num_samples_ = ends.fixed<std::uint64_t>();
  const auto checksum = ends.fixed<std::uint32_t>();
  if (index_size > kMaxIndexBytes || index_size > size - kHeaderBytes - kTrailerBytes ||
      offset != size - kTrailerBytes - index_size || num_chunks > codec::kMaxRun || step_s_ == 0 ||
      step_s_ > 86'400) {
    return damaged("its trailer is damaged");
  }
  std::string index(index_size, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t got, file_->read_at(offset, index));
  if (got != index_size ||
      crc32c(header, crc32c(trailer.substr(0, kTrailerBytes - 4), crc32c(index))) != checksum) {
    return damaged("its index is damaged");
  }
  codec::ByteReader columns(index);
  std::array<std::vector<std::uint64_t>, kColumns.size()> values;
  for (auto& column : values) {
    const std::string_view bytes = columns.text();
    column.resize(num_chunks);
    if (num_chunks > 0) {
      codec::NumberDecoder decoder;
      WEIR_RETURN_IF_ERROR(decoder.open(bytes, num_chunks));
      decoder.read(0, num_chunks, column.data());
    }
  }
  if (!columns.is_at_end()) {
    return damaged("its index is damaged");
  }
  places_.resize(num_chunks);
  std::uint64_t next = kHeaderBytes;
  for (std::size_t i = 0; i < num_chunks; ++i) {
    ChunkPlace& place = places_[i];
    place.series = static_cast<SeriesId>(values[0][i]);
    place.size = static_cast<std::uint32_t>(values[1][i]);
    place.first_s = static_cast<std::uint32_t>(values[2][i]);
    place.last_s = place.first_s + static_cast<std::uint32_t>(values[3][i]);
    place.checksum = static_cast<std::uint32_t>(values[4][i]);
    place.offset = next;
    next += place.size;
    first_s_ = std::min(first_s_, place.first_s);
    last_s_ = std::max(last_s_, place.last_s);
    if (place.size > kMaxChunkBytes || next > offset || place.last_s < place.first_s ||
        (i > 0 && place.series < places_[i - 1].series)) {
      return damaged("its index is damaged");
    }
  }
  return {};
}

Result<void> PartReader::visit(SeriesId series, std::uint32_t from_s, std::uint32_t to_s,
                               bool wants_values, ChunkDecoder& decoder,
                               const SampleVisitor& visitor) const {
  auto place = std::lower_bound(places_.begin(), places_.end(), series,
                                [](const ChunkPlace& p, SeriesId id) { return p.series < id; });
  for (; place != places_.end() && place->series == series; ++place) {
    if (place->last_s < from_s || place->first_s >= to_s) {
      continue;
    }
    std::string bytes(place->size, '\0');
    WEIR_ASSIGN_OR_RETURN(const std::size_t got, file_->read_at(place->offset, bytes));
    if (got != place->size || crc32c(bytes) != place->checksum) {
      return fail(ErrorCode::kInput,
                  fmt::format("{}: the samples of a series at byte {} are not those that were "
                              "written; the others can be read",
                              path_, place->offset));
    }
    WEIR_RETURN_IF_ERROR(decoder.open(bytes, step_s_, wants_values));
    for (const Sample& sample : decoder.samples()) {
      if (sample.time_s >= from_s && sample.time_s < to_s) {
        visitor(sample);
      }
    }
  }
  return {};
}

}  // namespace weir::metric
