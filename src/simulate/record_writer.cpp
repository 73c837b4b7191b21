#include "simulate/record_writer.h"

#include <algorithm>
#include <cstring>

#include "simulate/field_text.h"

namespace weir::simulate {
namespace {

using flowlog::FieldId;

constexpr std::size_t kLongestNumber = 20;
// Copies of a fixed length are cheaper than exact ones; every line and text has so much room behind
// it.
constexpr std::size_t kCopySlack = 64;

constexpr char kDigitPairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
    "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
    "9293949596979899";

char* put_number(std::uint64_t value, char* out) {
  char digits[kLongestNumber];
  char* at = digits + sizeof digits;
  while (value >= 100) {
    at -= 2;
    std::memcpy(at, kDigitPairs + 2 * (value % 100), 2);
    value /= 100;
  }
  if (value >= 10) {
    at -= 2;
    std::memcpy(at, kDigitPairs + 2 * value, 2);
  } else {
    *--at = static_cast<char>('0' + value);
  }
  const auto size = static_cast<std::size_t>(digits + sizeof digits - at);
  std::memcpy(out, at, size);
  return out + size;
}

char* put_address(const AddressBook::Text& text, char* out) {
  std::memcpy(out, text.bytes, sizeof text.bytes);
  return out + text.size;
}

char* put_view(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

RecordWriter::RecordWriter(const flowlog::Layout& layout, const Topology& topology,
                           const Ownership& ownership)
    : topology_(topology) {
  for (const auto& column : layout.columns) {
    header_ += header_.empty() ? "" : " ";
    header_ += flowlog::info(*column.field).token;
  }
  header_ += '\n';
  compile(layout, topology, ownership);
  render_silent(layout, topology, ownership);
  pool_.append(kCopySlack, '\0');
}

RecordWriter::Piece RecordWriter::keep(std::string_view text) {
  const Piece piece{static_cast<std::uint32_t>(pool_.size()),
                    static_cast<std::uint32_t>(text.size())};
  pool_ += text;
  return piece;
}

void RecordWriter::compile(const flowlog::Layout& layout, const Topology& topology,
                           const Ownership& ownership) {
  const auto part_of = [](FieldId field) {
    using enum FieldId;
    switch (field) {
      case kSrcaddr:
        return Part::kSource;
      case kDstaddr:
        return Part::kDestination;
      case kPktSrcaddr:
        return Part::kPacketSource;
      case kPktDstaddr:
        return Part::kPacketDestination;
      case kSrcport:
        return Part::kSourcePort;
      case kDstport:
        return Part::kDestinationPort;
      case kProtocol:
        return Part::kProtocol;
      case kPackets:
        return Part::kPackets;
      case kBytes:
        return Part::kBytes;
      case kStart:
        return Part::kStart;
      case kEnd:
        return Part::kEnd;
      case kAction:
        return Part::kAction;
      case kTcpFlags:
        return Part::kTcpFlags;
      case kType:
        return Part::kType;
      case kPktSrcAwsService:
        return Part::kSourceService;
      case kPktDstAwsService:
        return Part::kDestinationService;
      case kFlowDirection:
        return Part::kDirection;
      case kTrafficPath:
        return Part::kTrafficPath;
      case kEncryptionStatus:
        return Part::kEncryption;
      case kPacketsLostNoRoute:
        return Part::kLost;
      case kTgwSrcVpcAccountId:
      case kTgwSrcVpcId:
      case kTgwSrcSubnetId:
      case kTgwSrcEni:
      case kTgwSrcAzId:
        return Part::kGatewaySource;
      case kTgwDstVpcAccountId:
      case kTgwDstVpcId:
      case kTgwDstSubnetId:
      case kTgwDstEni:
      case kTgwDstAzId:
        return Part::kGatewayDestination;
      case kTgwPairAttachmentId:
      case kNextHopInterfaceId:
      case kNextHopSubnetId:
      case kNextHopAzId:
      case kNextHopVpcId:
      case kNextHopInterfaceType:
        return Part::kNextHop;
      default:
        return Part::kFixed;
    }
  };
  // Neighbouring fields of the observer make one fixed part.
  const FieldText texts(topology, layout, ownership);
  std::vector<std::vector<FieldId>> fixed_fields;
  std::vector<FieldId> other_fields;
  for (const auto& column : layout.columns) {
    const Part part = part_of(*column.field);
    Step step{part, 0};
    if (part == Part::kFixed) {
      if (!steps_.empty() && steps_.back().part == Part::kFixed) {
        fixed_fields.back().push_back(*column.field);
        continue;
      }
      step.index = static_cast<std::uint8_t>(fixed_fields.size());
      fixed_fields.push_back({*column.field});
    } else if (part == Part::kNextHop || part == Part::kGatewaySource ||
               part == Part::kGatewayDestination) {
      step.index = static_cast<std::uint8_t>(other_fields.size());
      other_fields.push_back(*column.field);
    }
    steps_.push_back(step);
  }
  num_fixed_ = fixed_fields.size();
  num_others_ = other_fields.size();
  std::size_t longest_fixed = 0;
  for (const Interface& interface : topology.interfaces) {
    std::size_t size = 0;
    for (const auto& fields : fixed_fields) {
      std::string text;
      for (const FieldId field : fields) {
        text += texts.of_observer(interface, field);
        text += ' ';
      }
      size += text.size();
      fixed_.push_back(keep(text));
    }
    for (const FieldId field : other_fields) {
      const std::string text = texts.of_other(&interface, field);
      size += text.size();
      others_.push_back(keep(text));
    }
    longest_fixed = std::max(longest_fixed, size);
  }
  for (const FieldId field : other_fields) {
    others_.push_back(keep(texts.of_other(nullptr, field)));
  }
  // Observer and other interfaces may each be the longest one.
  max_line_bytes_ = 3 * longest_fixed + steps_.size() * (kMaxIpText + 1) + kCopySlack;
}

void RecordWriter::render_silent(const flowlog::Layout& layout, const Topology& topology,
                                 const Ownership& ownership) {
  const FieldText texts(topology, layout, ownership);
  for (const auto& column : layout.columns) {
    const bool is_time = column.field == FieldId::kStart || column.field == FieldId::kEnd;
    if (is_time) {
      silent_steps_.push_back({column.field == FieldId::kStart ? Part::kStart : Part::kEnd, 0});
    } else if (silent_steps_.empty() || silent_steps_.back().part != Part::kFixed) {
      silent_steps_.push_back({Part::kFixed, static_cast<std::uint8_t>(num_silent_fixed_++)});
    }
  }
  for (const Interface& interface : topology.interfaces) {
    for (const std::string_view status : {"NODATA", "SKIPDATA"}) {
      std::string text;
      bool is_open = false;
      for (const auto& column : layout.columns) {
        if (column.field == FieldId::kStart || column.field == FieldId::kEnd) {
          if (is_open) {
            silent_fixed_.push_back(keep(text));
            text.clear();
            is_open = false;
          }
          continue;
        }
        is_open = true;
        text += column.field == FieldId::kLogStatus ? std::string(status)
                                                    : texts.of_silent(interface, *column.field);
        text += ' ';
      }
      if (is_open) {
        silent_fixed_.push_back(keep(text));
      }
    }
  }
}

char* RecordWriter::put(const Piece& piece, char* out) const {
  std::memcpy(out, pool_.data() + piece.offset, kCopySlack);
  if (piece.size > kCopySlack) {
    std::memcpy(out + kCopySlack, pool_.data() + piece.offset + kCopySlack,
                piece.size - kCopySlack);
  }
  return out + piece.size;
}

char* RecordWriter::put_other(InterfaceId interface, std::size_t index, char* out) const {
  const std::size_t row = std::min<std::size_t>(interface, topology_.interfaces.size());
  return put(others_[row * num_others_ + index], out);
}

char* RecordWriter::write(const Leg& leg, const RecordCounts& counts, char* out) const {
  const Piece* const fixed = fixed_.data() + leg.observer * num_fixed_;
  for (const Step& step : steps_) {
    switch (step.part) {
      case Part::kFixed:
        out = put(fixed[step.index], out);
        continue;
      case Part::kSource:
        out = put_address(topology_.addresses.text(leg.source), out);
        break;
      case Part::kDestination:
        out = put_address(topology_.addresses.text(leg.destination), out);
        break;
      case Part::kPacketSource:
        out = put_address(topology_.addresses.text(leg.packet_source), out);
        break;
      case Part::kPacketDestination:
        out = put_address(topology_.addresses.text(leg.packet_destination), out);
        break;
      case Part::kSourcePort:
        out = put_number(counts.source_port, out);
        break;
      case Part::kDestinationPort:
        out = put_number(counts.destination_port, out);
        break;
      case Part::kProtocol:
        out = put_number(counts.protocol, out);
        break;
      case Part::kPackets:
        out = put_number(counts.packets, out);
        break;
      case Part::kBytes:
        out = put_number(counts.bytes, out);
        break;
      case Part::kStart:
        out = put_number(static_cast<std::uint64_t>(counts.start_s), out);
        break;
      case Part::kEnd:
        out = put_number(static_cast<std::uint64_t>(counts.end_s), out);
        break;
      case Part::kAction:
        out = put_view(leg.is_rejected ? "REJECT" : "ACCEPT", out);
        break;
      case Part::kTcpFlags:
        out = put_number(counts.tcp_flags, out);
        break;
      case Part::kType:
        out = put_view(leg.is_v6 ? "IPv6" : "IPv4", out);
        break;
      case Part::kSourceService:
        out = put_view(name_of(leg.source_service), out);
        break;
      case Part::kDestinationService:
        out = put_view(name_of(leg.destination_service), out);
        break;
      case Part::kDirection:
        out = put_view(leg.is_egress ? "egress" : "ingress", out);
        break;
      case Part::kTrafficPath:
        *out++ = leg.is_egress ? static_cast<char>('0' + leg.traffic_path) : '-';
        break;
      case Part::kEncryption:
        *out++ = static_cast<char>('0' + leg.encryption_status);
        break;
      case Part::kLost:
        out = put_number(leg.is_lost ? counts.packets : 0, out);
        break;
      case Part::kNextHop:
        out = put_other(leg.next_hop, step.index, out);
        break;
      case Part::kGatewaySource:
        out = put_other(leg.is_egress ? leg.next_hop : leg.observer, step.index, out);
        break;
      case Part::kGatewayDestination:
        out = put_other(leg.is_egress ? leg.observer : leg.next_hop, step.index, out);
        break;
    }
    *out++ = ' ';
  }
  out[-1] = '\n';
  return out;
}

char* RecordWriter::write_silent(InterfaceId interface, SilentStatus status, std::int64_t start_s,
                                 std::int64_t end_s, char* out) const {
  const std::size_t row = interface * 2 + (status == SilentStatus::kSkipData ? 1 : 0);
  const Piece* const fixed = silent_fixed_.data() + row * num_silent_fixed_;
  for (const Step& step : silent_steps_) {
    if (step.part == Part::kFixed) {
      out = put(fixed[step.index], out);
    } else {
      out =
          put_number(static_cast<std::uint64_t>(step.part == Part::kStart ? start_s : end_s), out);
      *out++ = ' ';
    }
  }
  out[-1] = '\n';
  return out;
}

}  // namespace weir::simulate
