#include "simulate/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/number.h"
#include "simulate/record_output.h"

namespace weir::simulate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Row = std::vector<std::string_view>;

struct Stream {
  SimulationSummary summary;
  std::string text;
};

Stream run_stream(const SimulationOptions& options) {
  Stream stream;
  const auto summary = simulate(options, StreamSink([&](std::string_view bytes) -> Result<bool> {
                                  stream.text += bytes;
                                  return true;
                                }));
  EXPECT_TRUE(summary) << summary.error().message;
  if (summary) {
    stream.summary = *summary;
  }
  return stream;
}

SimulationOptions plain(std::int64_t records, std::string_view format = {}) {
  SimulationOptions options;
  options.num_records = records;
  options.compression = io::Compression::kNone;
  if (!format.empty()) {
    options.layout = flowlog::parse_format(format).value();
  }
  return options;
}

flowlog::Layout known(std::string_view label) {
  for (const auto& layout : flowlog::known_layouts()) {
    if (layout.label == label) {
      return layout;
    }
  }
  ADD_FAILURE() << "no layout " << label;
  return {};
}

std::vector<Row> rows_of(std::string_view text) {
  std::vector<Row> rows;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    EXPECT_NE(end, std::string_view::npos) << "the last line is not whole";
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Row row;
    while (true) {
      const std::size_t space = line.find(' ');
      row.push_back(line.substr(0, space));
      if (space == std::string_view::npos) {
        break;
      }
      line.remove_prefix(space + 1);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::int64_t number(std::string_view text) {
  const auto value = parse_int64(text);
  EXPECT_TRUE(value) << "not a number: " << text;
  return value.value_or(-1);
}

// FNV-1a: what the bytes of a run must be on every machine.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

// The v2 columns.
enum Column : std::size_t {
  kAccount = 1,
  kEni,
  kSource,
  kDestination,
  kSourcePort,
  kDestinationPort,
  kProtocolColumn,
  kPacketsColumn,
  kBytesColumn,
  kStartColumn,
  kEndColumn,
  kActionColumn,
  kStatusColumn
};

TEST(SimulateTest, SameSeedSameBytesAndAnotherSeedOthers) {
  SimulationOptions options = plain(20'000);
  const Stream once = run_stream(options);
  EXPECT_EQ(hash_of(once.text), hash_of(run_stream(options).text));
  options.seed = 2;
  EXPECT_NE(hash_of(once.text), hash_of(run_stream(options).text));
}

TEST(SimulateTest, BytesOfASmallRunAreTheSameOnEveryMachine) {
  EXPECT_EQ(hash_of(run_stream(plain(3'000)).text), 4'072'260'649'599'916'436U);
  SimulationOptions options = plain(6'000);  // with attacks
  options.layout = known("v11");
  EXPECT_EQ(hash_of(run_stream(options).text), 3'922'156'758'797'876'622U);
  options.layout = known("tgw");
  EXPECT_EQ(hash_of(run_stream(options).text), 13'474'086'871'875'984'877U);
}

TEST(SimulateTest, EveryLineIsWholeAndTruthEqualsARecount) {
  for (const std::int64_t records : {1, 2, 13, 1'000, 30'000, 200'000}) {
    SCOPED_TRACE(records);
    const SimulationOptions options = plain(records);
    const Stream stream = run_stream(options);
    const SimulationSummary& truth = stream.summary;
    std::vector<Row> rows = rows_of(stream.text);
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(records) + 1);
    EXPECT_EQ(rows.front().front(), "version");
    rows.erase(rows.begin());

    SimulationSummary count;
    std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> talkers;
    std::map<std::string_view, std::uint64_t> rejected;
    const std::int64_t begin = options.start_ms / 1000;
    for (const Row& row : rows) {
      ASSERT_EQ(row.size(), 14U);
      EXPECT_EQ(row[0], "2");
      EXPECT_EQ(row[kAccount], options.account);
      const std::int64_t start = number(row[kStartColumn]);
      const std::int64_t end = number(row[kEndColumn]);
      EXPECT_LE(start, end);
      EXPECT_LT(end - start, 60);
      EXPECT_GE(end, begin);
      EXPECT_LT(end, begin + truth.duration_s);
      ++count.num_records;
      if (row[kStatusColumn] != "OK") {
        ++(row[kStatusColumn] == "NODATA" ? count.num_nodata : count.num_skipdata);
        EXPECT_EQ(row[kSource], "-");
        EXPECT_EQ(row[kBytesColumn], "-");
        EXPECT_EQ(row[kActionColumn], "-");
        continue;
      }
      ++count.num_ok;
      ASSERT_TRUE(parse_ip(row[kSource])) << row[kSource];
      ASSERT_TRUE(parse_ip(row[kDestination])) << row[kDestination];
      count.num_ipv6 += parse_ip(row[kSource])->is_v4() ? 0 : 1;
      EXPECT_LE(number(row[kSourcePort]), 65'535);
      EXPECT_LE(number(row[kDestinationPort]), 65'535);
      EXPECT_GE(number(row[kPacketsColumn]), 1);
      EXPECT_GE(number(row[kBytesColumn]), number(row[kPacketsColumn]) * 28);
      count.packets += static_cast<std::uint64_t>(number(row[kPacketsColumn]));
      const auto bytes = static_cast<std::uint64_t>(number(row[kBytesColumn]));
      count.bytes += bytes;
      talkers[{row[kSource], row[kDestination]}] += bytes;
      if (row[kActionColumn] == "REJECT") {
        ++count.num_rejected;
        ++rejected[row[kSource]];
      } else {
        ASSERT_EQ(row[kActionColumn], "ACCEPT");
        ++count.num_accepted;
      }
    }
    EXPECT_EQ(count.num_records, truth.num_records);
    EXPECT_EQ(count.num_ok, truth.num_ok);
    EXPECT_EQ(count.num_nodata, truth.num_nodata);
    EXPECT_EQ(count.num_skipdata, truth.num_skipdata);
    EXPECT_EQ(count.bytes, truth.bytes);
    EXPECT_EQ(count.packets, truth.packets);
    EXPECT_EQ(count.num_accepted, truth.num_accepted);
    EXPECT_EQ(count.num_rejected, truth.num_rejected);
    EXPECT_EQ(count.num_ipv6, truth.num_ipv6);
    EXPECT_EQ(stream.text.size(), truth.text_bytes);

    std::vector<std::uint64_t> expected;
    for (const auto& [pair, bytes] : talkers) {
      expected.push_back(bytes);
    }
    std::sort(expected.rbegin(), expected.rend());
    ASSERT_EQ(truth.top_talkers.size(), std::min<std::size_t>(10, expected.size()));
    for (std::size_t i = 0; i < truth.top_talkers.size(); ++i) {
      const PairTruth& pair = truth.top_talkers[i];
      EXPECT_EQ(pair.bytes, expected[i]);
      EXPECT_EQ((talkers[{pair.source, pair.destination}]), pair.bytes);
    }
    for (const SourceTruth& source : truth.top_rejected) {
      EXPECT_EQ(rejected[source.source], source.num_records) << source.source;
    }
  }
}

TEST(SimulateTest, SharesComeOutAsAsked) {
  SimulationOptions options = plain(100'000);
  options.ipv6_share = 0.3;
  options.nodata_share = 0.04;
  options.skipdata_share = 0.01;
  const SimulationSummary truth = run_stream(options).summary;
  EXPECT_EQ(truth.num_nodata, 4'000U);
  EXPECT_EQ(truth.num_skipdata, 1'000U);
  EXPECT_GT(truth.num_ipv6, 12'000U);
  EXPECT_LT(truth.num_ipv6, 40'000U);
  EXPECT_GT(truth.num_rejected, 2'000U);
  EXPECT_LT(truth.num_rejected, 15'000U);
  options.ipv6_share = options.nodata_share = options.skipdata_share = 0;
  const SimulationSummary without = run_stream(options).summary;
  EXPECT_EQ(without.num_ipv6 + without.num_nodata + without.num_skipdata, 0U);
}

TEST(SimulateTest, NoDataWindowsAreOfSilentInterfacesAndEachOnce) {
  SimulationOptions options = plain(60'000);
  options.nodata_share = 0.1;
  const Stream stream = run_stream(options);
  std::set<std::pair<std::string_view, std::string_view>> windows;
  std::set<std::string_view> silent;
  std::set<std::string_view> busy;
  for (const Row& row : rows_of(stream.text)) {
    if (row.back() == "NODATA") {
      EXPECT_TRUE(windows.emplace(row[kEni], row[kStartColumn]).second);
      silent.insert(row[kEni]);
    } else if (row.back() == "OK") {
      busy.insert(row[kEni]);
    }
  }
  EXPECT_EQ(windows.size(), 6'000U);
  for (const std::string_view eni : silent) {
    EXPECT_FALSE(busy.contains(eni)) << eni;
  }
}

TEST(SimulateTest, EveryFieldSetRendersWithItsOwnVersion) {
  for (const std::string_view label : {"v3", "v4", "v5", "v7", "v8", "v9", "v10", "v11"}) {
    SCOPED_TRACE(label);
    SimulationOptions options = plain(4'000);
    options.layout = known(label);
    const Stream stream = run_stream(options);
    const auto rows = rows_of(stream.text);
    ASSERT_EQ(rows.size(), 4'001U);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      ASSERT_EQ(rows[i].size(), options.layout.columns.size());
      ASSERT_EQ(rows[i].front(), label.substr(1));
      for (const std::string_view token : rows[i]) {
        ASSERT_FALSE(token.empty());
      }
    }
  }
}

TEST(SimulateTest, CustomOrderAndAliasesAreWrittenWithRealNames) {
  const Stream stream = run_stream(plain(500, "${windowend} ${bytes} ${srcAddr} ${flowlogstatus}"));
  const auto rows = rows_of(stream.text);
  EXPECT_EQ(rows.front(), (Row{"end", "bytes", "srcaddr", "log-status"}));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), 4U);
    EXPECT_GT(number(rows[i][0]), 1'700'000'000);
  }
}

// Both ends of a connection inside the VPC: other windows, the same sums.
TEST(SimulateTest, TheTwoEndsAgreeOnSumsAndNotOnWindows) {
  const Stream stream =
      run_stream(plain(60'000,
                       "interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
                       "start end flow-direction pkt-srcaddr pkt-dstaddr action"));
  struct Seen {
    std::int64_t bytes[2] = {0, 0};
    std::set<std::string_view> starts[2];
    std::int64_t last = 0;
  };
  std::map<std::string, Seen> flows;
  for (const Row& row : rows_of(stream.text)) {
    if (!row[1].starts_with("10.20.") || !row[2].starts_with("10.20.") || row[13] != "ACCEPT" ||
        row[5] != "6" || row[1] != row[11] || row[2] != row[12]) {
      continue;
    }
    const std::string key = std::string(row[1]) + ' ' + std::string(row[2]) + ' ' +
                            std::string(row[3]) + ' ' + std::string(row[4]);
    Seen& seen = flows[key];
    const std::size_t side = row[10] == "egress" ? 0 : 1;
    seen.bytes[side] += number(row[7]);
    seen.starts[side].insert(row[8]);
    seen.last = std::max(seen.last, number(row[9]));
  }
  const std::int64_t end = SimulationOptions{}.start_ms / 1000 + stream.summary.duration_s;
  std::size_t whole = 0;
  std::size_t unequal = 0;
  std::size_t with_windows = 0;
  for (const auto& [key, seen] : flows) {
    if (seen.starts[0].empty() || seen.starts[1].empty() || seen.last > end - 120) {
      continue;  // one end refused, or cut by the end of the simulation
    }
    ++whole;
    EXPECT_EQ(seen.bytes[0], seen.bytes[1]) << key;
    with_windows += seen.starts[0].size() > 1 ? 1 : 0;
    unequal += seen.starts[0] != seen.starts[1] ? 1 : 0;
  }
  EXPECT_GT(whole, 1'000U);
  EXPECT_GT(with_windows, 50U);
  EXPECT_GT(unequal, 50U);
}

TEST(SimulateTest, NatLegsTcpFlagsDirectionsAndPathsLookAsAwsWritesThem) {
  SimulationOptions options = plain(60'000);
  options.layout = known("v5");
  const Stream stream = run_stream(options);
  const auto rows = rows_of(stream.text);
  std::map<std::string_view, std::size_t> at;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    at[rows.front()[i]] = i;
  }
  std::set<std::string_view> flags;
  std::set<std::string_view> paths;
  std::set<std::string_view> services;
  std::size_t translated = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (row[at["log-status"]] != "OK") {
      EXPECT_EQ(row[at["vpc-id"]], "-");
      EXPECT_EQ(row[at["tcp-flags"]], "-");
      continue;
    }
    if (row[at["protocol"]] == "6") {
      flags.insert(row[at["tcp-flags"]]);
    } else {
      EXPECT_EQ(row[at["tcp-flags"]], "0");
    }
    if (row[at["protocol"]] == "1") {
      EXPECT_EQ(row[at["srcport"]], "0");
      EXPECT_EQ(row[at["dstport"]], "0");
    }
    const bool is_egress = row[at["flow-direction"]] == "egress";
    EXPECT_EQ(is_egress, row[at["traffic-path"]] != "-");
    paths.insert(row[at["traffic-path"]]);
    services.insert(row[at["pkt-dst-aws-service"]]);
    const bool is_v6 = row[at["srcaddr"]].find(':') != std::string_view::npos;
    EXPECT_EQ(row[at["type"]], is_v6 ? "IPv6" : "IPv4");
    if (row[at["srcaddr"]] != row[at["pkt-srcaddr"]] ||
        row[at["dstaddr"]] != row[at["pkt-dstaddr"]]) {
      ++translated;
      EXPECT_EQ(row[at["instance-id"]], "-");  // a NAT gateway's interface
    }
  }
  for (const std::string_view expected : {"0", "1", "2", "3", "6", "18", "19"}) {
    EXPECT_THAT(flags, Contains(expected));
  }
  for (const std::string_view expected : {"-", "1", "7", "8"}) {
    EXPECT_THAT(paths, Contains(expected));
  }
  EXPECT_THAT(services, Contains("S3"));
  EXPECT_THAT(services, Contains("DYNAMODB"));
  EXPECT_GT(translated, 500U);
}

TEST(SimulateTest, ATransitGatewayLogsBothAttachmentsOfWhatCrosses) {
  SimulationOptions options = plain(40'000);
  options.layout = known("tgw");
  const Stream stream = run_stream(options);
  const auto rows = rows_of(stream.text);
  ASSERT_EQ(rows.size(), 40'001U);
  std::map<std::string_view, std::size_t> at;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    at[rows.front()[i]] = i;
  }
  std::map<std::string, std::int64_t> bytes[2];
  std::set<std::string_view> vpcs;
  std::size_t lost = 0;
  const std::int64_t end = options.start_ms / 1000 + stream.summary.duration_s;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const Row& row = rows[i];
    ASSERT_EQ(row.size(), 36U);
    EXPECT_EQ(row[0], "6");
    EXPECT_EQ(row[1], "TransitGateway");
    EXPECT_TRUE(row[at["tgw-attachment-id"]].starts_with("tgw-attach-"));
    if (row[at["log-status"]] != "OK") {
      EXPECT_EQ(row[at["tgw-src-vpc-id"]], "-");
      continue;
    }
    vpcs.insert(row[at["tgw-src-vpc-id"]]);
    EXPECT_NE(row[at["tgw-src-vpc-id"]], row[at["tgw-dst-vpc-id"]]);
    if (row[at["packets-lost-no-route"]] != "0") {
      ++lost;
      EXPECT_EQ(row[at["packets-lost-no-route"]], row[at["packets"]]);
      EXPECT_EQ(row[at["tgw-dst-vpc-id"]], "-");
      EXPECT_EQ(row[at["tgw-pair-attachment-id"]], "-");
      continue;
    }
    EXPECT_NE(row[at["tgw-pair-attachment-id"]], row[at["tgw-attachment-id"]]);
    if (number(row[at["end"]]) < end - 120) {
      std::string key;
      for (const char* field : {"srcaddr", "dstaddr", "srcport", "dstport", "protocol"}) {
        key += std::string(row[at[field]]) + ' ';
      }
      bytes[row[at["flow-direction"]] == "egress" ? 1 : 0][key] += number(row[at["bytes"]]);
    }
  }
  EXPECT_EQ(vpcs.size(), 2U);
  EXPECT_GT(lost, 100U);
  std::size_t equal = 0;
  for (const auto& [key, sum] : bytes[0]) {
    equal += bytes[1][key] == sum ? 1 : 0;
  }
  // All but those that go on at the end.
  EXPECT_GT(equal, bytes[0].size() * 95 / 100);
  ASSERT_EQ(stream.summary.anomalies.size(), 1U);
  EXPECT_EQ(stream.summary.anomalies[0].kind, "host_sweep");
  EXPECT_EQ(stream.summary.num_accepted + stream.summary.num_rejected, 0U);
}

TEST(SimulateTest, TheAnomaliesOfTheTruthAreInTheLogs) {
  for (const std::int64_t records : {kLeastRecordsForAnomalies, std::int64_t{150'000}}) {
    SCOPED_TRACE(records);
    const Stream stream = run_stream(plain(records));
    const auto rows = rows_of(stream.text);
    ASSERT_EQ(stream.summary.anomalies.size(), 5U);
    std::set<std::string> kinds;
    for (const AnomalyTruth& anomaly : stream.summary.anomalies) {
      SCOPED_TRACE(anomaly.kind);
      kinds.insert(anomaly.kind);
      std::map<std::string, std::int64_t> expected(anomaly.expected.begin(),
                                                   anomaly.expected.end());
      std::set<std::string_view> ports;
      std::set<std::string_view> hosts;
      std::set<std::pair<std::string_view, std::string_view>> connections;
      std::int64_t bytes_out = 0;
      std::int64_t bytes_in = 0;
      std::uint64_t rejected = 0;
      for (const Row& row : rows) {
        const bool is_request = row[kSource] == anomaly.source &&
                                (anomaly.target.empty() || row[kDestination] == anomaly.target);
        const bool is_reply = row[kDestination] == anomaly.source && row[kSource] == anomaly.target;
        if (!is_request && !is_reply) {
          continue;
        }
        if (anomaly.target_port != 0 &&
            number(row[is_request ? kDestinationPort : kSourcePort]) != anomaly.target_port) {
          continue;
        }
        if (is_request) {
          ports.insert(row[kDestinationPort]);
          hosts.insert(row[kDestination]);
          connections.emplace(row[kSourcePort], row[kStartColumn]);
          bytes_out += number(row[kBytesColumn]);
        } else {
          bytes_in += number(row[kBytesColumn]);
        }
        rejected += row[kActionColumn] == "REJECT" ? 1 : 0;
        EXPECT_GE(number(row[kStartColumn]) * 1000, anomaly.first_ms);
        EXPECT_LE(number(row[kEndColumn]) * 1000, anomaly.last_ms);
      }
      EXPECT_EQ(rejected, anomaly.num_rejected);
      if (anomaly.kind == "port_scan") {
        EXPECT_EQ(static_cast<std::int64_t>(ports.size()), expected["distinct_ports"]);
        EXPECT_EQ(anomaly.num_rejected, anomaly.num_records);
      } else if (anomaly.kind == "host_sweep") {
        EXPECT_EQ(static_cast<std::int64_t>(hosts.size()), expected["distinct_hosts"]);
        EXPECT_GE(expected["distinct_hosts"], 15);
      } else if (anomaly.kind == "beacon") {
        EXPECT_GE(static_cast<std::int64_t>(connections.size()), expected["connections"]);
      } else if (anomaly.kind == "brute_force_ssh") {
        EXPECT_GE(static_cast<std::int64_t>(connections.size()), expected["attempts"]);
      } else {
        EXPECT_EQ(bytes_out, expected["bytes_out"]);
        EXPECT_EQ(bytes_in, expected["bytes_in"]);
        EXPECT_GT(bytes_out, 1'000'000'000);
      }
    }
    EXPECT_EQ(kinds.size(), 5U);
  }
}

TEST(SimulateTest, WithoutAnomaliesNoDocumentationAddressAppears) {
  SimulationOptions options = plain(20'000);
  options.has_anomalies = false;
  const Stream stream = run_stream(options);
  EXPECT_TRUE(stream.summary.anomalies.empty());
  EXPECT_EQ(stream.text.find("198.51.100."), std::string::npos);
  EXPECT_EQ(stream.text.find("203.0.113."), std::string::npos);
}

TEST(SimulateTest, DaysAreBusierThanNights) {
  SimulationOptions options = plain(50'000);
  options.duration_s = 86'400;
  const Stream stream = run_stream(options);
  std::map<std::int64_t, std::int64_t> by_hour;
  for (const Row& row : rows_of(stream.text)) {
    if (row[kEndColumn] != "end") {
      ++by_hour[number(row[kEndColumn]) % 86'400 / 3'600];
    }
  }
  EXPECT_EQ(by_hour.size(), 24U);
  EXPECT_GT(by_hour[13], 2 * by_hour[3]);
}

TEST(SimulateTest, LongWindowsAreTenMinutes) {
  SimulationOptions options = plain(20'000);
  options.window_s = 600;
  const Stream stream = run_stream(options);
  const auto rows = rows_of(stream.text);
  std::int64_t longest = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    longest = std::max(longest, number(rows[i][kEndColumn]) - number(rows[i][kStartColumn]));
  }
  EXPECT_EQ(longest, 599);
}

TEST(SimulateTest, AReaderThatWantsNoMoreEndsItWithoutError) {
  int calls = 0;
  const auto summary = simulate(plain(500'000), StreamSink([&](std::string_view) -> Result<bool> {
                                  ++calls;
                                  return false;
                                }));
  EXPECT_TRUE(summary);
  EXPECT_EQ(calls, 1);
}

TEST(SimulateTest, CancellationIsAnError) {
  CancelToken cancel;
  cancel.cancel();
  const auto summary = simulate(
      plain(100'000), StreamSink([](std::string_view) -> Result<bool> { return true; }), &cancel);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kCancelled);
}

TEST(SimulateTest, OptionsThatCannotBeAreRefusedWithTheReason) {
  const auto message = [](auto change) {
    SimulationOptions options = plain(100);
    change(options);
    const auto checked = validate(options);
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_THAT(message([](auto& o) { o.num_records = 0; }), HasSubstr("at least 1 record"));
  EXPECT_THAT(message([](auto& o) { o.start_ms = 1'000; }), HasSubstr("five minutes"));
  EXPECT_THAT(message([](auto& o) { o.duration_s = -1; }), HasSubstr("366 days"));
  EXPECT_THAT(message([](auto& o) { o.window_s = 90; }), HasSubstr("60 or 600"));
  EXPECT_THAT(message([](auto& o) { o.ipv6_share = 1.5; }), HasSubstr("IPv6"));
  EXPECT_THAT(message([](auto& o) { o.nodata_share = -0.1; }), HasSubstr("NODATA"));
  EXPECT_THAT(message([](auto& o) { o.account = "123"; }), HasSubstr("12 digits"));
  EXPECT_THAT(message([](auto& o) { o.region = "../x"; }), HasSubstr("us-east-1"));
  EXPECT_THAT(message([](auto& o) { o.flow_log_id = "fl-/"; }), HasSubstr("fl-"));
  EXPECT_THAT(message([](auto& o) { o.layout = flowlog::parse_format("srcaddr byts").value(); }),
              HasSubstr("bytes"));
  EXPECT_THAT(message([](auto& o) { o.layout = flowlog::parse_format("tgw-id action").value(); }),
              HasSubstr("no field action"));
  EXPECT_THAT(message([](auto& o) {
                o.layout = known("tgw");
                o.window_s = 600;
              }),
              HasSubstr("60 seconds"));
  EXPECT_EQ(message([](auto&) {}), "accepted");
}

TEST(ObjectKeyTest, NamesAreThoseOfAws) {
  SimulationOptions options;
  const std::int64_t at = 1'767'571'200 + 13 * 3'600 + 25 * 60;
  const auto key = [&](KeyLayout keys, io::Compression compression) {
    options.keys = keys;
    options.compression = compression;
    return object_key(options, "fl-0123456789abcdef0", at, 0xfe12);
  };
  const std::string name =
      "123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20260105T1325Z_0000fe12.log";
  using io::Compression;
  EXPECT_EQ(key(KeyLayout::kS3, Compression::kGzip),
            "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/01/05/" + name + ".gz");
  EXPECT_EQ(key(KeyLayout::kHourly, Compression::kNone),
            "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/01/05/13/" + name);
  EXPECT_EQ(key(KeyLayout::kHive, Compression::kGzip),
            "AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/"
            "year=2026/month=01/day=05/hour=13/" +
                name + ".gz");
  EXPECT_EQ(key(KeyLayout::kFlat, Compression::kZstd), name + ".zst");
}

}  // namespace
}  // namespace weir::simulate
