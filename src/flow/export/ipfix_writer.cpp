#include "flow/export/ipfix_writer.h"

#include <algorithm>
#include <utility>

#include "packet/byte_order.h"

namespace weir::flow {
namespace {

constexpr std::uint16_t kIpfixVersion = 10;
constexpr std::uint16_t kTemplateSet = 2;
constexpr std::uint16_t kTemplateV4 = 256;
constexpr std::uint16_t kTemplateV6 = 257;
constexpr std::uint32_t kReverse = 29'305;  // the enterprise number of RFC 5103

struct Element {
  std::uint16_t id;
  std::uint16_t bytes;
  bool is_reverse = false;
};

constexpr Element kFront[] = {{152, 8}, {153, 8}};
constexpr Element kAddressesV4[] = {{8, 4}, {12, 4}};
constexpr Element kAddressesV6[] = {{27, 16}, {28, 16}};
constexpr Element kBack[] = {{7, 2}, {11, 2}, {4, 1},   {136, 1},     {239, 1},     {6, 2},
                             {2, 8}, {1, 8},  {351, 8}, {6, 2, true}, {2, 8, true}, {1, 8, true}};

void put_u8(std::vector<std::byte>& to, std::uint8_t value) { to.push_back(std::byte{value}); }
void put_u16(std::vector<std::byte>& to, std::uint16_t value) {
  to.resize(to.size() + 2);
  packet::store_be16(to.data() + to.size() - 2, value);
}
void put_u32(std::vector<std::byte>& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  packet::store_be32(to.data() + to.size() - 4, value);
}
void put_u64(std::vector<std::byte>& to, std::uint64_t value) {
  to.resize(to.size() + 8);
  packet::store_be64(to.data() + to.size() - 8, value);
}

void put_elements(std::vector<std::byte>& to, std::span<const Element> elements) {
  for (const Element& element : elements) {
    put_u16(to, static_cast<std::uint16_t>(element.id | (element.is_reverse ? 0x8000U : 0U)));
    put_u16(to, element.bytes);
    if (element.is_reverse) {
      put_u32(to, kReverse);
    }
  }
}

// IANA's flowEndReason.
std::uint8_t reason_number(EndReason reason) {
  switch (reason) {
    case EndReason::kIdle:
      return 1;
    case EndReason::kActive:
      return 2;
    case EndReason::kFinished:
      return 3;
    case EndReason::kCaptureEnd:
      return 4;
    case EndReason::kEvicted:
      return 5;
  }
  return 4;
}

// The top byte names the encapsulation: 1 is VXLAN; GENEVE has no number yet.
std::uint64_t segment_of(const FlowRecord& record) {
  const bool is_vxlan =
      record.tunnel_path.num > 0 &&
      record.tunnel_path.kinds[record.tunnel_path.num - 1U] != packet::TunnelKind::kGeneve;
  return (is_vxlan ? std::uint64_t{1} << 56 : 0) | record.vni;
}

}  // namespace

IpfixWriter::IpfixWriter(std::uint32_t observation_domain, Sink sink)
    : domain_(observation_domain), sink_(std::move(sink)) {}

void IpfixWriter::start_message() {
  put_u16(message_, kIpfixVersion);
  put_u16(message_, 0);  // length, known at the end
  put_u32(message_, export_time_s_);
  put_u32(message_, sequence_);
  put_u32(message_, domain_);
  if (num_messages_++ % kTemplateInterval == 0) {
    write_templates();
  }
}

void IpfixWriter::write_templates() {
  const std::size_t begin = message_.size();
  put_u16(message_, kTemplateSet);
  put_u16(message_, 0);
  constexpr std::size_t kNumFields = std::size(kFront) + std::size(kAddressesV4) + std::size(kBack);
  for (const std::uint16_t id : {kTemplateV4, kTemplateV6}) {
    put_u16(message_, id);
    put_u16(message_, kNumFields);
    put_elements(message_, kFront);
    put_elements(message_, id == kTemplateV4 ? std::span<const Element>(kAddressesV4)
                                             : std::span<const Element>(kAddressesV6));
    put_elements(message_, kBack);
  }
  packet::store_be16(message_.data() + begin + 2,
                     static_cast<std::uint16_t>(message_.size() - begin));
}

void IpfixWriter::end_set() {
  if (set_template_ != 0) {
    packet::store_be16(message_.data() + set_begin_ + 2,
                       static_cast<std::uint16_t>(message_.size() - set_begin_));
    set_template_ = 0;
  }
}

void IpfixWriter::add(const FlowRecord& record) {
  const bool is_v4 = record.source.is_v4();
  const std::uint16_t wanted = is_v4 ? kTemplateV4 : kTemplateV6;
  const std::size_t size = is_v4 ? 75 : 99;
  if (message_.size() + size + 4 > kMaxMessage) {
    flush();
  }
  // The time of export is that of the newest record: a replay gives the same bytes.
  export_time_s_ =
      std::max(export_time_s_, static_cast<std::uint32_t>(record.end_ns / 1'000'000'000));
  if (message_.empty()) {
    start_message();
  }
  if (set_template_ != wanted) {
    end_set();
    set_begin_ = message_.size();
    set_template_ = wanted;
    put_u16(message_, wanted);
    put_u16(message_, 0);
  }
  put_u64(message_, static_cast<std::uint64_t>(record.start_ns / 1'000'000));
  put_u64(message_, static_cast<std::uint64_t>(record.end_ns / 1'000'000));
  for (const IpAddress& address : {record.source, record.destination}) {
    if (is_v4) {
      put_u32(message_, address.v4());
    } else {
      put_u64(message_, address.high);
      put_u64(message_, address.low);
    }
  }
  put_u16(message_, record.source_port);
  put_u16(message_, record.destination_port);
  put_u8(message_, record.protocol);
  put_u8(message_, reason_number(record.end_reason));
  put_u8(message_, 1);  // the source is the initiator
  put_u16(message_, record.forward.tcp_flags);
  put_u64(message_, record.forward.packets);
  put_u64(message_, record.forward.bytes);
  put_u64(message_, segment_of(record));
  put_u16(message_, record.reverse.tcp_flags);
  put_u64(message_, record.reverse.packets);
  put_u64(message_, record.reverse.bytes);
  ++num_records_;
}

void IpfixWriter::flush() {
  if (message_.empty()) {
    return;
  }
  end_set();
  packet::store_be16(message_.data() + 2, static_cast<std::uint16_t>(message_.size()));
  packet::store_be32(message_.data() + 4, export_time_s_);
  sink_(message_);
  sequence_ += num_records_;
  num_records_ = 0;
  message_.clear();
}

}  // namespace weir::flow
