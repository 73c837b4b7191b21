#include "packet/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/int128.h"
#include "io/inflate.h"

namespace weir::packet {
namespace {

// Fits the second-level cache together with what parsing touches.
constexpr std::size_t kBufferBytes = 256 * 1024;
// Larger than any frame or block that a capture holds; what claims more is damage.
constexpr std::size_t kMaxRecordBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxInterfaces = 4096;

constexpr std::uint32_t kPcapMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kPcapNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kPcapngSection = 0x0a0d0d0a;
constexpr std::uint32_t kPcapngByteOrder = 0x1a2b3c4d;

// Gives back bytes that were looked at, then the rest of the source.
class PrefixedSource final : public io::ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<io::ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    if (given_ == prefix_.size()) {
      return rest_->read(buffer);
    }
    const std::size_t size = std::min(buffer.size(), prefix_.size() - given_);
    std::copy_n(prefix_.data() + given_, size, buffer.data());
    given_ += size;
    return size;
  }

 private:
  std::string prefix_;
  std::unique_ptr<io::ByteSource> rest_;
  std::size_t given_ = 0;
};

std::uint32_t native_u32(const std::byte* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

CaptureReader::CaptureReader(std::unique_ptr<io::ByteSource> source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), buffer_(kBufferBytes) {}

Result<std::unique_ptr<CaptureReader>> CaptureReader::open(std::unique_ptr<io::ByteSource> source,
                                                           std::string name) {
  std::string first(4, '\0');
  std::size_t size = 0;
  while (size < first.size()) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t more, source->read(std::span(first).subspan(size)));
    if (more == 0) {
      break;
    }
    size += more;
  }
  first.resize(size);
  const io::Compression compression = io::detect_compression(first);
  source = std::make_unique<PrefixedSource>(std::move(first), std::move(source));
  if (compression != io::Compression::kNone) {
    source = io::make_inflate_source(compression, std::move(source));
  }
  std::unique_ptr<CaptureReader> reader(new CaptureReader(std::move(source), std::move(name)));
  WEIR_RETURN_IF_ERROR(reader->read_file_header());
  return reader;
}

std::uint16_t CaptureReader::u16(const std::byte* at) const {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return is_swapped_ ? __builtin_bswap16(value) : value;
}

std::uint32_t CaptureReader::u32(const std::byte* at) const {
  const std::uint32_t value = native_u32(at);
  return is_swapped_ ? __builtin_bswap32(value) : value;
}

bool CaptureReader::damage(std::string_view what) {
  is_over_ = true;
  status_ = fail(ErrorCode::kInput,
                 fmt::format("{}: damaged at byte {}: {}", name_, consumed_ + position_, what));
  return false;
}

bool CaptureReader::require(std::size_t size) {
  if (filled_ - position_ >= size) {
    return true;
  }
  std::memmove(buffer_.data(), buffer_.data() + position_, filled_ - position_);
  consumed_ += position_;
  filled_ -= position_;
  position_ = 0;
  // In steps, so that a claim alone does not take memory: the bytes have to be there.
  while (filled_ < size) {
    if (filled_ == buffer_.size()) {
      buffer_.resize(std::min(buffer_.size() * 2, kMaxRecordBytes + kBufferBytes));
    }
    auto more = source_->read(
        {reinterpret_cast<char*>(buffer_.data()) + filled_, buffer_.size() - filled_});
    if (!more) {
      status_ = tl::unexpected<Error>(std::move(more).error());
      is_over_ = true;
      return false;
    }
    if (*more == 0) {
      return false;
    }
    filled_ += *more;
  }
  return true;
}

Result<void> CaptureReader::read_file_header() {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInput, fmt::format("{}: {}", name_, why));
  };
  if (!require(24)) {
    WEIR_RETURN_IF_ERROR(status_);
    return refuse(filled_ == 0 ? "empty, where a capture (pcap or pcapng) was expected"
                               : "too short for a capture (pcap or pcapng)");
  }
  const std::byte* const header = buffer_.data();
  const std::uint32_t magic = native_u32(header);
  if (magic == kPcapngSection) {
    is_pcapng_ = true;
    return {};
  }
  const std::uint32_t swapped = __builtin_bswap32(magic);
  is_swapped_ = swapped == kPcapMicroseconds || swapped == kPcapNanoseconds;
  const std::uint32_t straight = is_swapped_ ? swapped : magic;
  if (straight != kPcapMicroseconds && straight != kPcapNanoseconds) {
    return refuse("not a capture: neither pcap nor pcapng by its first bytes");
  }
  unit_ns_ = straight == kPcapNanoseconds ? 1 : 1000;
  const std::uint32_t number = u32(header + 20) & 0xffff;  // above: FCS length and reserved bits
  const auto link = link_type_of(number);
  if (!link) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{}: link type {} cannot be read; there are Ethernet (1), raw IP (101, "
                            "228, 229), Linux SLL (113) and SLL2 (276)",
                            name_, number));
  }
  link_ = *link;
  position_ = 24;
  is_plain_pcap_ = !is_swapped_;
  return {};
}

bool CaptureReader::next_slowly(CapturedPacket& packet) {
  if (is_over_) {
    return false;
  }
  return is_pcapng_ ? next_pcapng(packet) : next_pcap(packet);
}

bool CaptureReader::next_pcap(CapturedPacket& packet) {
  if (!require(kRecordBytes)) {
    is_truncated_ |= filled_ != position_;
    is_over_ = true;
    return false;
  }
  const std::uint32_t captured = u32(buffer_.data() + position_ + 8);
  if (captured > kMaxRecordBytes) {
    return damage(fmt::format("a packet that claims {} bytes", captured));
  }
  if (!require(kRecordBytes + captured)) {
    is_truncated_ = true;
    is_over_ = true;
    return false;
  }
  const std::byte* const record = buffer_.data() + position_;
  packet.frame = {record + kRecordBytes, captured};
  packet.wire_length = std::max(u32(record + 12), captured);
  packet.time_ns =
      std::int64_t{u32(record)} * 1'000'000'000 + std::int64_t{u32(record + 4)} * unit_ns_;
  packet.link = link_;
  position_ += kRecordBytes + captured;
  return true;
}

// pcapng (draft-ietf-opsawg-pcapng): blocks of type, length, body padded to 4 bytes, length again.
bool CaptureReader::next_pcapng(CapturedPacket& packet) {
  while (true) {
    if (!require(12)) {
      is_truncated_ |= filled_ != position_;
      is_over_ = true;
      return false;
    }
    if (native_u32(buffer_.data() + position_) == kPcapngSection) {
      // The byte order of a section stands in it, so it is read before the length.
      const std::uint32_t order = native_u32(buffer_.data() + position_ + 8);
      if (order != kPcapngByteOrder && order != __builtin_bswap32(kPcapngByteOrder)) {
        return damage("a section header without byte-order magic");
      }
      is_swapped_ = order != kPcapngByteOrder;
      interfaces_.clear();
    }
    const std::uint32_t type = u32(buffer_.data() + position_);
    const std::uint32_t length = u32(buffer_.data() + position_ + 4);
    if (length < 12 || length % 4 != 0 || length > kMaxRecordBytes) {
      return damage(fmt::format("a block that claims {} bytes", length));
    }
    if (!require(length)) {
      is_truncated_ = true;
      is_over_ = true;
      return false;
    }
    const std::byte* const block = buffer_.data() + position_;
    const std::span<const std::byte> body(block + 8, length - 12);
    if (u32(block + length - 4) != length) {
      return damage("a block whose two lengths differ");
    }
    position_ += length;
    if (read_block(packet, type, body)) {
      return true;
    }
    if (is_over_) {
      return false;
    }
  }
}

void CaptureReader::read_interface(std::span<const std::byte> body) {
  Interface interface;
  interface.link_number = u16(body.data());
  interface.snap_length = u32(body.data() + 4);
  std::size_t at = 8;
  while (at + 4 <= body.size()) {
    const std::uint16_t code = u16(body.data() + at);
    const std::size_t size = u16(body.data() + at + 2);
    const std::byte* const value = body.data() + at + 4;
    at += 4 + (size + 3) / 4 * 4;
    if (code == 0 || at > body.size()) {
      break;
    }
    if (code == 9 && size == 1) {  // if_tsresol: a power of 10, or with the top bit of 2
      const std::uint8_t resolution = load_u8(value);
      const unsigned exponent = resolution & 0x7f;
      std::uint64_t ticks = 1;
      for (unsigned i = 0; i < exponent && ticks < (1ULL << 60); ++i) {
        ticks *= (resolution & 0x80) != 0 ? 2 : 10;
      }
      interface.ticks_per_second = ticks;
    } else if (code == 14 && size == 8) {  // if_tsoffset
      std::uint64_t offset;
      std::memcpy(&offset, value, sizeof offset);
      const auto seconds =
          static_cast<std::int64_t>(is_swapped_ ? __builtin_bswap64(offset) : offset);
      interface.offset_seconds = std::clamp<std::int64_t>(seconds, -9'000'000'000, 9'000'000'000);
    }
  }
  interfaces_.push_back(interface);
}

std::int64_t CaptureReader::to_ns(const Interface& from, std::uint64_t ticks) const {
  const std::uint64_t seconds = ticks / from.ticks_per_second;
  const std::uint64_t rest = ticks % from.ticks_per_second;
  const auto part = static_cast<std::uint64_t>(static_cast<UInt128>(rest) * 1'000'000'000 /
                                               from.ticks_per_second);
  const auto whole =
      std::min<std::int64_t>(
          static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, 1ULL << 62)), 9'000'000'000) +
      from.offset_seconds;
  return std::clamp<std::int64_t>(whole, 0, 9'000'000'000) * 1'000'000'000 +
         static_cast<std::int64_t>(part);
}

// True if the block was a packet that can be read.
bool CaptureReader::read_block(CapturedPacket& packet, std::uint32_t type,
                               std::span<const std::byte> body) {
  std::size_t header = 0;
  std::uint32_t interface_number = 0;
  switch (type) {
    case 1:  // interface description
      if (body.size() < 8 || interfaces_.size() >= kMaxInterfaces) {
        return damage("an interface description that is too short, or one too many");
      }
      read_interface(body);
      return false;
    case 2:  // packet block, obsolete: 16 bits of interface, 16 of drops
    case 6:  // enhanced packet
      header = 20;
      break;
    case 3:  // simple packet: the first interface, no time
      header = 4;
      break;
    default:
      return false;
  }
  if (body.size() < header) {
    return damage("a packet block that is too short");
  }
  std::uint32_t captured = 0;
  std::uint64_t ticks = 0;
  if (type == 3) {
    packet.wire_length = u32(body.data());
    captured = packet.wire_length;
    if (!interfaces_.empty() && interfaces_.front().snap_length != 0) {
      captured = std::min(captured, interfaces_.front().snap_length);
    }
  } else {
    interface_number = type == 2 ? u16(body.data()) : u32(body.data());
    ticks = (std::uint64_t{u32(body.data() + 4)} << 32) | u32(body.data() + 8);
    captured = u32(body.data() + 12);
    packet.wire_length = std::max(u32(body.data() + 16), captured);
  }
  if (interface_number >= interfaces_.size()) {
    return damage(
        fmt::format("a packet of interface {}, which is not described", interface_number));
  }
  if (captured > body.size() - header) {
    return damage(fmt::format("a packet that claims {} bytes", captured));
  }
  const Interface& from = interfaces_[interface_number];
  const auto link = link_type_of(from.link_number);
  if (!link) {
    ++skipped_;
    return false;
  }
  packet.link = *link;
  packet.frame = body.subspan(header, captured);
  packet.time_ns = type == 3 ? 0 : to_ns(from, ticks);
  return true;
}

}  // namespace weir::packet
