#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "packet/byte_order.h"
#include "packet/link_type.h"

namespace weir::packet {

// A packet as a capture file holds it. The bytes live until the next call of the reader.
struct CapturedPacket {
  std::span<const std::byte> frame;
  std::uint32_t wire_length = 0;
  std::int64_t time_ns = 0;  // since 1970
  LinkType link = LinkType::kEthernet;
};

// Reads pcap (micro- and nanoseconds, both byte orders) and pcapng, from front to back, through one
// small buffer that stays in the cache: hopping through a mapped file costs a miss a packet.
// Hardened against untrusted input. Not thread-safe.
class CaptureReader {
 public:
  // Tells the format by its magic number; gzip and zstd are inflated on the way.
  [[nodiscard]] static Result<std::unique_ptr<CaptureReader>> open(
      std::unique_ptr<io::ByteSource> source, std::string name);

  // Gives the next packet. False at the end, or where the file is damaged: status() tells.
  [[nodiscard]] bool next(CapturedPacket& packet) {
    if (is_plain_pcap_ && filled_ - position_ >= kRecordBytes) [[likely]] {
      const std::byte* const record = buffer_.data() + position_;
      std::uint32_t fields[4];
      std::memcpy(fields, record, sizeof fields);
      if (fields[2] <= filled_ - position_ - kRecordBytes) [[likely]] {
        packet.frame = {record + kRecordBytes, fields[2]};
        packet.wire_length = fields[3] > fields[2] ? fields[3] : fields[2];
        packet.time_ns =
            std::int64_t{fields[0]} * 1'000'000'000 + std::int64_t{fields[1]} * unit_ns_;
        packet.link = link_;
        position_ += kRecordBytes + fields[2];
        // The next one's headers come nearer while this one is looked at.
        const std::byte* const next = record + kRecordBytes + fields[2];
        __builtin_prefetch(next + 64);
        __builtin_prefetch(next + 128);
        return true;
      }
    }
    return next_slowly(packet);
  }
  // What was wrong with the file, if anything: an error for damage; the packets before it are good.
  [[nodiscard]] const Result<void>& status() const { return status_; }
  // The file ends within a packet, as captures that were killed do; those before it are good.
  [[nodiscard]] bool is_truncated() const { return is_truncated_; }
  // Packets of link types that Weir cannot read, which next() passed over.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] bool is_pcapng() const { return is_pcapng_; }

 private:
  static constexpr std::size_t kRecordBytes = 16;

  struct Interface {
    std::uint32_t link_number = 0;
    std::uint32_t snap_length = 0;
    std::uint64_t ticks_per_second = 1'000'000;
    std::int64_t offset_seconds = 0;
  };

  CaptureReader(std::unique_ptr<io::ByteSource> source, std::string name);
  Result<void> read_file_header();
  bool next_slowly(CapturedPacket& packet);
  bool next_pcap(CapturedPacket& packet);
  bool next_pcapng(CapturedPacket& packet);
  void read_interface(std::span<const std::byte> body);
  bool read_block(CapturedPacket& packet, std::uint32_t type, std::span<const std::byte> body);
  // Makes `size` bytes available at position_; false at the end of the file.
  bool require(std::size_t size);
  bool damage(std::string_view what);
  [[nodiscard]] std::uint16_t u16(const std::byte* at) const;
  [[nodiscard]] std::uint32_t u32(const std::byte* at) const;
  [[nodiscard]] std::int64_t to_ns(const Interface& from, std::uint64_t ticks) const;

  std::unique_ptr<io::ByteSource> source_;
  std::string name_;
  std::vector<std::byte> buffer_;
  std::size_t position_ = 0;  // of the next byte to look at
  std::size_t filled_ = 0;
  std::int64_t unit_ns_ = 1000;
  LinkType link_ = LinkType::kEthernet;
  bool is_plain_pcap_ = false;  // this machine's byte order: the fast way
  bool is_swapped_ = false;
  bool is_pcapng_ = false;
  bool is_over_ = false;
  bool is_truncated_ = false;
  std::uint64_t consumed_ = 0;  // bytes before the buffer
  std::uint64_t skipped_ = 0;
  std::vector<Interface> interfaces_;  // of the current section
  Result<void> status_;
};

}  // namespace weir::packet
