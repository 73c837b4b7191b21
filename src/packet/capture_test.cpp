// Capture files and filters over them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/inflate.h"
#include "packet/builder.h"
#include "packet/capture_filter.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"

namespace weir::packet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes numbers in either byte order.
class FileBuilder {
 public:
  explicit FileBuilder(bool is_big) : is_big_(is_big) {}
  FileBuilder& u16(std::uint16_t value) { return number(value, 2); }
  FileBuilder& u32(std::uint32_t value) { return number(value, 4); }
  FileBuilder& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  FileBuilder& block(std::uint32_t type, const FileBuilder& body) {
    const auto padded = static_cast<std::uint32_t>((body.bytes_.size() + 3) / 4 * 4);
    u32(type).u32(padded + 12).text(body.bytes_);
    bytes_.resize(bytes_.size() + padded - body.bytes_.size());
    return u32(padded + 12);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  FileBuilder& number(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
      bytes_ += static_cast<char>(value >> (8 * (is_big_ ? size - 1 - i : i)));
    }
    return *this;
  }
  bool is_big_;
  std::string bytes_;
};

struct Read {
  std::vector<std::string> packets;  // "time length/captured link"
  std::string error;
  bool is_truncated = false;
  std::uint64_t skipped = 0;
};

Read read_all(std::string_view file) {
  Read result;
  auto reader = CaptureReader::open(io::make_memory_source(file), "test.pcap");
  if (!reader) {
    result.error = reader.error().message;
    return result;
  }
  CapturedPacket packet;
  while ((*reader)->next(packet)) {
    result.packets.push_back(
        std::to_string(packet.time_ns) + " " + std::to_string(packet.wire_length) + "/" +
        std::to_string(packet.frame.size()) + " " + std::to_string(static_cast<int>(packet.link)));
  }
  if (!(*reader)->status()) {
    result.error = (*reader)->status().error().message;
  }
  result.is_truncated = (*reader)->is_truncated();
  result.skipped = (*reader)->skipped();
  return result;
}

std::string pcap(bool is_big, std::uint32_t magic, std::uint32_t link = 1) {
  FileBuilder file(is_big);
  file.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65'535).u32(link);
  file.u32(10).u32(5).u32(4).u32(60).text("abcd");
  file.u32(11).u32(6).u32(2).u32(2).text("xy");
  return file.bytes();
}

TEST(CaptureReaderTest, PcapOfBothOrdersAndUnits) {
  for (const bool is_big : {false, true}) {
    EXPECT_THAT(read_all(pcap(is_big, 0xa1b2c3d4)).packets,
                ElementsAre("10000005000 60/4 1", "11000006000 2/2 1"));
    EXPECT_THAT(read_all(pcap(is_big, 0xa1b23c4d, 276)).packets,
                ElementsAre("10000000005 60/4 276", "11000000006 2/2 276"));
  }
}

TEST(CaptureReaderTest, CompressedCaptures) {
  const std::string plain = pcap(false, 0xa1b2c3d4);
  for (const auto compression : {io::Compression::kGzip, io::Compression::kZstd}) {
    std::string packed;
    const auto sink = io::make_deflate_sink(compression, 1);
    sink->write(plain, packed);
    sink->finish(packed);
    EXPECT_THAT(read_all(packed).packets, ElementsAre("10000005000 60/4 1", "11000006000 2/2 1"));
  }
}

TEST(CaptureReaderTest, EveryCutIsToldAndTheRestIsGood) {
  const std::string file = pcap(false, 0xa1b2c3d4);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Read read = read_all(std::string_view(file).substr(0, size));
    if (size < 24) {
      EXPECT_THAT(read.error, HasSubstr("test.pcap"));
      continue;
    }
    EXPECT_EQ(read.packets.size(), size < 44 ? 0U : 1U) << size;
    EXPECT_EQ(read.is_truncated, size != 24 && size != 44) << size;
  }
}

TEST(CaptureReaderTest, DamageIsToldWithItsPlace) {
  FileBuilder file(false);
  file.text(pcap(false, 0xa1b2c3d4)).u32(1).u32(1).u32(0x7fff'ffff).u32(1);
  const Read read = read_all(file.bytes());
  EXPECT_EQ(read.packets.size(), 2U);
  EXPECT_THAT(read.error,
              HasSubstr("test.pcap: damaged at byte 62: a packet that claims 2147483647"));
  EXPECT_THAT(read_all("not a capture at all, only text").error, HasSubstr("not a capture"));
  EXPECT_THAT(read_all(pcap(false, 0xa1b2c3d4, 147)).error, HasSubstr("link type 147"));
}

TEST(CaptureReaderTest, LargeFramesMakeTheBufferGrow) {
  FileBuilder file(false);
  file.u32(0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(1 << 20).u32(1);
  for (int i = 0; i < 3; ++i) {
    file.u32(1).u32(0).u32(600'000).u32(600'000).text(std::string(600'000, 'x'));
  }
  EXPECT_EQ(read_all(file.bytes()).packets.size(), 3U);
}

TEST(CaptureReaderTest, PcapngOfBothOrders) {
  for (const bool is_big : {false, true}) {
    const auto body = [&] { return FileBuilder(is_big); };
    FileBuilder file(is_big);
    file.block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(1).u16(0).u32(~0U).u32(~0U));
    file.block(1, body().u16(1).u16(0).u32(0).u16(9).u16(1).text("\x09").text(std::string(3, 0)));
    file.block(1, body().u16(113).u16(0).u32(0));  // microseconds
    file.block(1, body().u16(147).u16(0).u32(0));  // a link type that nobody reads
    file.block(0xbad, body().u32(1));              // a block that nobody knows
    const std::uint64_t ns = 1'700'000'000'123'456'789;
    file.block(6, body()
                      .u32(0)
                      .u32(static_cast<std::uint32_t>(ns >> 32))
                      .u32(static_cast<std::uint32_t>(ns))
                      .u32(5)
                      .u32(90)
                      .text("abcde"));
    file.block(6, body().u32(1).u32(0).u32(2'000'001).u32(4).u32(4).text("abcd"));
    file.block(6, body().u32(2).u32(0).u32(1).u32(4).u32(4).text("abcd"));
    file.block(3, body().u32(4).text("wxyz"));
    const Read read = read_all(file.bytes());
    EXPECT_EQ(read.error, "");
    EXPECT_THAT(read.packets,
                ElementsAre("1700000000123456789 90/5 1", "2000001000 4/4 113", "0 4/4 1"));
    EXPECT_EQ(read.skipped, 1U);

    FileBuilder bad(is_big);
    bad.text(file.bytes()).block(6, body().u32(7).u32(0).u32(0).u32(0).u32(0));
    EXPECT_THAT(read_all(bad.bytes()).error, HasSubstr("interface 7"));
  }
}

class FilterTest : public ::testing::Test {
 protected:
  FilterTest() {
    const Bytes payload = GeneveBuilder()
                              .vni(77)
                              .protocol(0x0800)
                              .gateway(0xabc, 2, 0xdeadbeef)
                              .payload(tcp_packet(*parse_ip("10.1.0.5"), *parse_ip("192.0.2.9"),
                                                  {51'000, 443, 1, 0, 2}, {}))
                              .build()
                              .value();
    frame_ = ethernet_frame(
        0x0800, udp_packet(*parse_ip("10.0.0.1"), *parse_ip("10.0.0.2"), 60'000, 6081, payload));
    packet_.frame = frame_;
    packet_.wire_length = static_cast<std::uint32_t>(frame_.size());
    (void)Parser().parse(packet_.frame, packet_.wire_length, packet_.link, view_);
  }
  bool matches(std::string_view text, CaptureFilter::Lookup lookup = {}) {
    const auto filter = CaptureFilter::compile(text, std::move(lookup));
    EXPECT_TRUE(filter.has_value()) << text << ": " << filter.error().message;
    return filter && filter->matches(packet_, view_);
  }
  static std::string error(std::string_view text) {
    const auto filter = CaptureFilter::compile(text);
    return filter ? "" : filter.error().message;
  }
  Bytes frame_;
  CapturedPacket packet_;
  PacketView view_;
};

TEST_F(FilterTest, WordsOfOurOwn) {
  for (const char* text :
       {"inner host 10.1.0.5", "inner src host 10.1.0.5", "inner dst net 192.0.2.0/24",
        "inner port 443", "inner dst port 443", "inner tcp", "inner proto 6", "inner ip", "vni 77",
        "depth 1", "endpoint eni-00000000000000abc", "attachment 2", "cookie deadbeef",
        "option 0x0108", "option 0x0108/3", "verdict kept", "not flag snaplen_cut",
        "inner tcp and (vni 1 or vni 77)", "!inner udp && inner port 443"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  for (const char* text : {"inner src host 192.0.2.9", "inner port 80", "inner udp", "inner ip6",
                           "vni 78", "depth 2", "endpoint eni-1", "option 0x0108/4", "not vni 77",
                           "vni 77 and inner udp", "verdict geneve_version"}) {
    EXPECT_FALSE(matches(text)) << text;
  }
}

TEST_F(FilterTest, LibpcapsLanguageOutside) {
  if (error("udp").find("need libpcap") != std::string::npos) {
    GTEST_SKIP() << "libpcap is not here";
  }
  for (const char* text :
       {"udp port 6081", "port 6081 or 443", "udp[2:2] = 6081", "host 10.0.0.1 and vni 77",
        "(udp dst port 80 or 6081) and inner port 443", "not (tcp or inner udp)",
        "udp[(2+0):2] == 6081 and inner tcp"}) {
    EXPECT_TRUE(matches(text)) << text;
  }
  EXPECT_FALSE(matches("tcp and vni 77"));
  EXPECT_THAT(error("host 10.0.0.1 and nonsense words"), HasSubstr("filter"));
}

TEST_F(FilterTest, ErrorsNameTheWord) {
  EXPECT_THAT(error("vni seven"), HasSubstr("'seven' is not a number"));
  EXPECT_THAT(error("inner colour red"), HasSubstr("'colour' is not host, net"));
  EXPECT_THAT(error("(vni 7"), HasSubstr("closing parenthesis"));
  EXPECT_THAT(error("vni 7)"), HasSubstr("')' does not belong here"));
  EXPECT_THAT(error("vni"), HasSubstr("where a value was expected"));
  EXPECT_THAT(error("flag red"), HasSubstr("'red' is no flag"));
  EXPECT_THAT(error("account 123456789012"), HasSubstr("--inventory"));
  EXPECT_THAT(error("inner host 10.1.0.5/24"), HasSubstr("is no address"));
}

TEST_F(FilterTest, AnInventoryAnswers) {
  const auto lookup = [](std::string_view key, std::string_view value, const PacketView&) {
    return key == "account" && value == "123456789012";
  };
  EXPECT_TRUE(matches("account 123456789012 and inner tcp", lookup));
  EXPECT_FALSE(matches("account 999999999999", lookup));
}

}  // namespace
}  // namespace weir::packet
