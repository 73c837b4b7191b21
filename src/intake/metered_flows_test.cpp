#include "intake/metered_flows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "intake/intake_fixture.h"

namespace weir::intake {
namespace {

using flowlog::kHeaderV2;
using flowlog::lines_v2;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

flow::FlowRecord web_flow() {
  flow::FlowRecord record;
  record.start_ns = 1'772'323'200'250'000'000;
  record.end_ns = 1'772'323'201'750'000'000;
  record.source = *parse_ip("10.0.0.1");
  record.destination = *parse_ip("192.0.2.9");
  record.source_port = 51'000;
  record.destination_port = 443;
  record.protocol = 6;
  record.forward = {10, 1'000, 4, 1, 0, 0, 0, 0x1b};
  record.reverse = {8, 9'000, 6, 2, 1, 0, 0, 0x1a};
  record.round_trips.handshake_us = 25'000;
  record.round_trips.samples = 2;
  record.round_trips.sum_us = 60'000;
  record.gateway = {7, 8, 0xbeef, 7};
  record.tunnel_path.num = 1;
  record.tunnel_source = *parse_ip("10.0.1.10");
  record.tunnel_destination = *parse_ip("10.0.1.99");
  record.end_reason = flow::EndReason::kFinished;
  return record;
}

flow::FlowRecord one_way_ping() {
  flow::FlowRecord record;
  record.start_ns = 1'772'323'300'000'000'000;
  record.end_ns = record.start_ns;
  record.source = *parse_ip("2001:db8::1");
  record.destination = *parse_ip("2001:db8::2");
  record.protocol = 58;
  record.forward.packets = 1;
  record.forward.bytes = 64;
  record.vni = 5001;
  record.tunnel_path.kinds[0] = packet::TunnelKind::kVxlan;
  record.tunnel_path.num = 1;
  return record;
}

const std::vector<std::string> kColumns{"srcaddr",     "srcport",   "dstaddr",     "bytes",
                                        "start",       "action",    "rtt_us",      "data_rtt_us",
                                        "retransmits", "gwlbe_eni", "tunnel_path", "vni"};

class MeteredFlowsTest : public IntakeFixture {
 protected:
  std::unique_ptr<MeteredFlows> open_metered() {
    if (store_ == nullptr) {
      open_store();
    }
    auto flows = MeteredFlows::open(*store_, nullptr);
    EXPECT_TRUE(flows.has_value()) << flows.error().message;
    return std::move(*flows);
  }
};

TEST_F(MeteredFlowsTest, EachDirectionIsARowAndTheFlowIsMeasuredOnce) {
  const auto flows = open_metered();
  flows->add(web_flow());
  flows->add(one_way_ping());
  ASSERT_TRUE(flows->commit());
  EXPECT_EQ(flows->num_rows(), 3U);
  EXPECT_EQ(flows->num_waiting(), 0U);
  const std::vector<std::string> rows{
      "10.0.0.1|51000|192.0.2.9|1000|2026-03-01T00:00:00.250Z|~|25000|30000|1|eni-"
      "00000000000000007|geneve|0",
      "192.0.2.9|443|10.0.0.1|9000|2026-03-01T00:00:00.250Z|~|~|~|2|eni-00000000000000007|geneve|0",
      "2001:db8::1|0|2001:db8::2|64|2026-03-01T00:01:40Z|~|~|~|~|~|vxlan|5001"};
  EXPECT_EQ(stored(kColumns).rows, rows);
  open_store();  // written ahead, so they are there again
  EXPECT_EQ(stored(kColumns).rows, rows);
  ASSERT_TRUE(store_->seal());
  EXPECT_EQ(stored(kColumns).rows, rows);
}

TEST_F(MeteredFlowsTest, StandBesideFlowLogs) {
  write("a.log", std::string(kHeaderV2) + lines_v2(0, 3));
  ASSERT_TRUE(ingest());
  const auto flows = open_metered();
  flows->add(web_flow());
  ASSERT_TRUE(flows->commit());
  write("b.log", std::string(kHeaderV2) + lines_v2(10, 2));
  ASSERT_TRUE(ingest());
  const Reading all = stored({"bytes", "tunnel_path", "log_status"});
  EXPECT_THAT(all.errors, IsEmpty());
  EXPECT_THAT(all.rows, SizeIs(7));
  EXPECT_THAT(all.rows, Contains("9000|geneve|OK"));
}

TEST_F(MeteredFlowsTest, ACaptureIsOneEdit) {
  auto flows = open_metered();
  flows->add(web_flow());
  ASSERT_TRUE(flows->load());
  EXPECT_THAT(stored(kColumns).rows, IsEmpty());
  const std::string capture = write("a.pcap", "no matter");
  store::SourceMeta source;
  source.id = identify_capture(*files_, capture, "").value();
  EXPECT_NE(source.id, identify_capture(*files_, capture, "filter").value());
  source.name = capture;
  ASSERT_TRUE(flows->commit_capture(source));
  EXPECT_THAT(stored(kColumns).rows, SizeIs(2));
  EXPECT_TRUE(store_->state()->has_source(source.id));
  flows = open_metered();
  flows->add(web_flow());
  ASSERT_TRUE(flows->load());
  flows.reset();  // was not committed
  open_store();
  EXPECT_THAT(stored(kColumns).rows, SizeIs(2));
}

TEST_F(MeteredFlowsTest, NamesThatAFileBroughtFirstStayTexts) {
  write("a.log", "bytes srcaddr start vni gwlbe-eni\n7 10.0.0.1 1772323200 12 eni-1\n");
  ASSERT_TRUE(ingest());
  const auto flows = open_metered();
  flows->add(one_way_ping());
  ASSERT_TRUE(flows->commit());
  EXPECT_THAT(stored({"vni", "gwlbe_eni"}).rows, ElementsAre("12|eni-1", "5001|~"));
}

TEST_F(MeteredFlowsTest, TextsOfAFileBecomeTheNumbersThatTheTableHas) {
  const auto flows = open_metered();
  flows->add(one_way_ping());
  ASSERT_TRUE(flows->commit());
  write("a.log",
        "bytes srcaddr start vni tunnel-source\n7 10.0.0.1 1772323200 12 10.0.0.7\n"
        "7 10.0.0.1 1772323200 x y\n");
  const auto totals = ingest();
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_EQ(totals->rows, 2U);
  EXPECT_THAT(stored({"bytes", "vni", "tunnel_source"}).rows,
              ::testing::UnorderedElementsAre("64|5001|::", "7|12|10.0.0.7", "7|~|~"));
}

TEST_F(MeteredFlowsTest, ASampleRefusesWholeFlows) {
  write("a.log", std::string(kHeaderV2) + lines_v2(0, 3));
  IntakeOptions options;
  options.sample = 10;
  ASSERT_TRUE(ingest(options));
  const auto flows = MeteredFlows::open(*store_, nullptr);
  ASSERT_FALSE(flows.has_value());
  EXPECT_THAT(flows.error().message, HasSubstr("holds a sample of 1/10"));
}

}  // namespace
}  // namespace weir::intake
