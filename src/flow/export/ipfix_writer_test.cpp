#include "flow/export/ipfix_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "packet/byte_order.h"

namespace weir::flow {
namespace {

using ::testing::SizeIs;

FlowRecord record_of(std::string_view source, std::string_view destination) {
  FlowRecord record;
  record.start_ns = 1'700'000'000'123'000'000;
  record.end_ns = 1'700'000'001'456'000'000;
  record.source = *parse_ip(source);
  record.destination = *parse_ip(destination);
  record.source_port = 50'000;
  record.destination_port = 443;
  record.protocol = 6;
  record.forward.packets = 3;
  record.forward.bytes = 300;
  record.forward.tcp_flags = 0x1b;
  record.reverse.packets = 2;
  record.reverse.bytes = 2000;
  record.vni = 77;
  record.tunnel_path.kinds[0] = packet::TunnelKind::kVxlan;
  record.tunnel_path.num = 1;
  record.end_reason = EndReason::kFinished;
  return record;
}

// A collector: reads templates, then records by them. Keys: element | reverse << 16.
class Collector {
 public:
  using Record = std::map<std::uint32_t, std::uint64_t>;

  void take(std::span<const std::byte> message) {
    ASSERT_GE(message.size(), 16U);
    ASSERT_LE(message.size(), 1400U);
    EXPECT_EQ(packet::load_be16(message.data()), 10);
    EXPECT_EQ(packet::load_be16(message.data() + 2), message.size());
    EXPECT_EQ(packet::load_be32(message.data() + 8), records.size());
    EXPECT_EQ(packet::load_be32(message.data() + 12), 9U);
    std::size_t at = 16;
    while (at < message.size()) {
      const std::uint16_t set = packet::load_be16(message.data() + at);
      const std::size_t length = packet::load_be16(message.data() + at + 2);
      ASSERT_GE(length, 4U);
      ASSERT_LE(at + length, message.size());
      const auto body = message.subspan(at + 4, length - 4);
      if (set == 2) {
        read_templates(body);
      } else {
        read_records(set, body);
      }
      at += length;
    }
    ++num_messages;
  }

  std::vector<Record> records;
  std::size_t num_messages = 0;
  std::size_t num_templates = 0;

 private:
  struct Field {
    std::uint32_t key;
    std::size_t bytes;
  };
  void read_templates(std::span<const std::byte> body) {
    std::size_t at = 0;
    while (at < body.size()) {
      auto& fields = templates_[packet::load_be16(body.data() + at)];
      fields.clear();
      const std::size_t num = packet::load_be16(body.data() + at + 2);
      at += 4;
      for (std::size_t i = 0; i < num; ++i) {
        const std::uint16_t id = packet::load_be16(body.data() + at);
        fields.push_back({(id & 0x7fffU) | (id >= 0x8000 ? 0x10000U : 0U),
                          packet::load_be16(body.data() + at + 2)});
        at += 4;
        if (id >= 0x8000) {
          EXPECT_EQ(packet::load_be32(body.data() + at), 29'305U);
          at += 4;
        }
      }
      ++num_templates;
    }
  }
  void read_records(std::uint16_t set, std::span<const std::byte> body) {
    ASSERT_TRUE(templates_.contains(set));
    std::size_t at = 0;
    while (at < body.size()) {
      Record record;
      for (const Field& field : templates_[set]) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < field.bytes; ++i) {
          value = (value << 8) | std::to_integer<std::uint64_t>(body[at + i]);
        }
        record[field.key] = value;
        at += field.bytes;
      }
      EXPECT_LE(at, body.size());
      records.push_back(record);
    }
  }
  std::map<std::uint16_t, std::vector<Field>> templates_;
};

TEST(IpfixWriterTest, ACollectorReadsWhatWasWritten) {
  Collector collector;
  IpfixWriter writer(9, [&](std::span<const std::byte> message) { collector.take(message); });
  writer.add(record_of("10.0.0.1", "10.0.0.2"));
  writer.add(record_of("2001:db8::1", "2001:db8::2"));
  writer.add(record_of("10.0.0.3", "10.0.0.2"));
  writer.flush();
  writer.flush();
  EXPECT_EQ(collector.num_messages, 1U);
  ASSERT_THAT(collector.records, SizeIs(3));
  const auto& first = collector.records[0];
  EXPECT_EQ(first.at(152), 1'700'000'000'123U);
  EXPECT_EQ(first.at(153), 1'700'000'001'456U);
  EXPECT_EQ(first.at(8), 0x0a000001U);
  EXPECT_EQ(first.at(12), 0x0a000002U);
  EXPECT_EQ(first.at(7), 50'000U);
  EXPECT_EQ(first.at(11), 443U);
  EXPECT_EQ(first.at(4), 6U);
  EXPECT_EQ(first.at(136), 3U);
  EXPECT_EQ(first.at(6), 0x1bU);
  EXPECT_EQ(first.at(2), 3U);
  EXPECT_EQ(first.at(1), 300U);
  EXPECT_EQ(first.at(351), (std::uint64_t{1} << 56) | 77);
  EXPECT_EQ(first.at(0x10000U | 2), 2U);
  EXPECT_EQ(first.at(0x10000U | 1), 2000U);
  EXPECT_EQ(collector.records[1].at(28), 2U);  // its low half
  EXPECT_EQ(collector.records[2].at(8), 0x0a000003U);
}

TEST(IpfixWriterTest, MessagesFitDatagramsAndTemplatesComeAgain) {
  Collector collector;
  IpfixWriter writer(9, [&](std::span<const std::byte> message) { collector.take(message); });
  for (int i = 0; i < 1000; ++i) {
    writer.add(i % 3 == 0 ? record_of("2001:db8::1", "2001:db8::2")
                          : record_of("10.0.0.1", "10.0.0.2"));
  }
  writer.flush();
  EXPECT_THAT(collector.records, SizeIs(1000));
  EXPECT_EQ(collector.num_templates, 2 * ((collector.num_messages + 19) / 20));
}

}  // namespace
}  // namespace weir::flow
