#include "packet/int_metadata.h"

#include <fmt/format.h>

#include <array>

namespace weir::packet {
namespace {

struct IntField {
  std::string_view name;
  std::uint8_t bytes;
};
struct Instruction {
  IntField first;
  IntField second = {{}, 0};
};

// Bits of the instruction bitmap from the top; INT 2.1 section 5.4.1. Bits 11 to 14 are reserved
// and carry 4 bytes each.
constexpr std::array<Instruction, 16> kInstructions{{
    {{"node_id", 4}},
    {{"ingress_port", 2}, {"egress_port", 2}},
    {{"hop_latency", 4}},
    {{"queue_id", 1}, {"queue_occupancy", 3}},
    {{"ingress_timestamp", 8}},
    {{"egress_timestamp", 8}},
    {{"level2_ingress_port", 4}, {"level2_egress_port", 4}},
    {{"egress_tx_utilization", 4}},
    {{"buffer_id", 1}, {"buffer_occupancy", 3}},
    {{"reserved_9", 4}},
    {{"reserved_10", 4}},
    {{"reserved_11", 4}},
    {{"reserved_12", 4}},
    {{"reserved_13", 4}},
    {{"reserved_14", 4}},
    {{"checksum_complement", 4}},
}};

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) {
    value = (value << 8) | std::to_integer<std::uint64_t>(b);
  }
  return value;
}

std::string hop_text(std::uint16_t bitmap, std::span<const std::byte> hop) {
  std::string text;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < kInstructions.size(); ++i) {
    if ((bitmap & (0x8000U >> i)) == 0) {
      continue;
    }
    for (const IntField& field : {kInstructions[i].first, kInstructions[i].second}) {
      if (field.bytes == 0 || offset + field.bytes > hop.size()) {
        continue;
      }
      fmt::format_to(std::back_inserter(text), "{}{}={}", text.empty() ? "" : " ", field.name,
                     big_endian(hop.subspan(offset, field.bytes)));
      offset += field.bytes;
    }
  }
  return text;
}

}  // namespace

void decode_int_md(const OptionView& option, FieldMap& fields) {
  const std::byte* const data = option.data.data();
  const std::uint8_t first = load_u8(data);
  const std::uint64_t hop_words = load_u8(data + 2) & 0x1fU;
  const std::uint16_t bitmap = load_be16(data + 4);
  fields.set("type", "INT-MD");
  fields.set("version", std::uint64_t{first} >> 4);
  fields.set("discard", (std::uint64_t{first} >> 3) & 1);
  fields.set("hops_exceeded", (std::uint64_t{first} >> 2) & 1);
  fields.set("mtu_exceeded", (std::uint64_t{first} >> 1) & 1);
  fields.set("hop_words", hop_words);
  fields.set("remaining_hops", std::uint64_t{load_u8(data + 3)});
  fields.set("instruction_bitmap", fmt::format("0x{:04x}", bitmap));
  fields.set("domain_id", std::uint64_t{load_be16(data + 6)});
  fields.set("domain_instruction", std::uint64_t{load_be16(data + 8)});
  fields.set("domain_flags", std::uint64_t{load_be16(data + 10)});
  const auto stack = option.data.subspan(12);
  std::vector<std::string> hops;
  if (hop_words > 0) {
    const std::size_t hop_bytes = hop_words * 4;
    for (std::size_t at = 0; at + hop_bytes <= stack.size(); at += hop_bytes) {
      hops.push_back(hop_text(bitmap, stack.subspan(at, hop_bytes)));
    }
  }
  fields.set("hops", std::move(hops));
}

}  // namespace weir::packet
