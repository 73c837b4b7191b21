// Flow logs in what carries them: CloudWatch, Lambda, Kinesis and Firehose JSON, wrapped lines,
// rows of JSON and CSV, read through the table as a user would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "flowlog/file_table_fixture.h"
#include "flowlog/line_parser.h"

namespace weir::flowlog {
namespace {

using column::Comparison;
using column::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EnvelopesTest : public FileTableFixture {};

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  int num_bits = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (num_bits += 8; num_bits >= 6;) {
      num_bits -= 6;
      text += kDigits[(bits >> num_bits) & 63];
    }
  }
  if (num_bits > 0) {
    text += kDigits[(bits << (6 - num_bits)) & 63];
  }
  while (text.size() % 4 != 0) {
    text += '=';
  }
  return text;
}

std::string without_newline(std::string line) {
  line.pop_back();
  return line;
}

// A subscription message of CloudWatch Logs with lines first .. first + count - 1.
std::string subscription(int first, int count, const std::string& group = "/vpc/flows") {
  std::string json = R"({"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":")" +
                     group + R"(","logStream":"eni-0a1b2c3d-all","subscriptionFilters":["all"],)" +
                     R"("logEvents":[)";
  for (int i = first; i < first + count; ++i) {
    json += (i > first ? "," : "") + (R"({"id":"id)" + std::to_string(i)) + R"(","timestamp":)" +
            std::to_string((1'772'323'200LL + i) * 1000) + R"(,"message":")" +
            without_newline(line_v2(i)) + "\"}";
  }
  return json + "]}";
}

const std::vector<std::string> kSome = {"srcaddr", "bytes", "@logStream",
                                        "@log",    "@ptr",  "@account"};

TEST_F(EnvelopesTest, SubscriptionsOfCloudWatchWithTheirColumns) {
  write("cwl.json", subscription(0, 2));
  const Reading reading = read(kSome);
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_THAT(
      reading.rows,
      ElementsAre("10.0.0.1|1000|eni-0a1b2c3d-all|111122223333:/vpc/flows|id0|111122223333",
                  "10.0.0.2|1001|eni-0a1b2c3d-all|111122223333:/vpc/flows|id1|111122223333"));
  EXPECT_EQ(reading.completeness.records, 2U);
  EXPECT_EQ(reading.completeness.rejected, 0U);
  EXPECT_THAT(reading.completeness.notes, ElementsAre(HasSubstr("read as v2")));
  const auto reports = *(*open_files(*files_, options_))->describe();
  EXPECT_EQ(reports[0].container, Container::kCloudWatch);
  ASSERT_TRUE(reports[0].layout);
  EXPECT_EQ(reports[0].layout->label, "v2");
  auto table = *open_files(*files_, options_);
  EXPECT_TRUE(*table->carries("@logStream"));
  EXPECT_TRUE(*table->carries("bytes"));
  EXPECT_FALSE(*table->carries("vpc_id"));
}

TEST_F(EnvelopesTest, ManySubscriptionsBehindEachOtherAsFirehoseStoresThem) {
  std::string bytes;
  for (int i = 0; i < 40; ++i) {
    bytes += compressed(subscription(i * 100, 100));
  }
  bytes +=
      compressed(R"({"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"",)"
                 R"("logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":)"
                 R"(1,"message":"CWL CONTROL MESSAGE: Checking health of destination"}]})");
  write("objects.gz", bytes);
  const Reading reading = read({"bytes", "@message"});
  EXPECT_THAT(reading.errors, IsEmpty());
  ASSERT_THAT(reading.rows, SizeIs(4000));
  EXPECT_EQ(reading.rows[3999], "4999|" + without_newline(line_v2(3999)));
  EXPECT_EQ(reading.completeness.rejected, 0U);
}

TEST_F(EnvelopesTest, LambdaAndKinesisAndFirehoseUnwrapToTheSame) {
  const std::string zipped = base64_of(compressed(subscription(0, 3)));
  write("lambda.json", R"({"awslogs": {"data": ")" + zipped + "\"}}");
  write("kinesis.json",
        R"({"Records":[{"kinesis":{"partitionKey":"a","sequenceNumber":"49","data":")" + zipped +
            R"(","approximateArrivalTimestamp":1772323300.25},"eventSource":"aws:kinesis"}]})");
  write("firehose.json", R"({"invocationId":"i","region":"us-east-1","records":[{"recordId":"r1",)"
                         R"("approximateArrivalTimestamp":1772323300250,"data":")" +
                             base64_of(lines_v2(0, 3)) + "\"}]}");
  write("wrapped.json",
        R"({"records":[{"data":")" +
            base64_of(R"({"message":")" + without_newline(line_v2(0)) + "\"}" + R"({"message":")" +
                      without_newline(line_v2(1)) + "\"}\n" + line_v2(2)) +
            "\"}]}");
  const Reading reading = read({"bytes", "@ingestionTime", "@file"});
  ASSERT_THAT(reading.rows, SizeIs(12));
  EXPECT_EQ(reading.completeness.rejected, 0U);
  const std::string at = "|2026-03-01T00:01:40.250Z|" + (root_ / "").string();
  EXPECT_EQ(reading.rows[0], "1000" + at + "firehose.json");
  EXPECT_EQ(reading.rows[3], "1000" + at + "kinesis.json");
  EXPECT_EQ(reading.rows[8], "1002|~|" + (root_ / "lambda.json").string());
  EXPECT_EQ(reading.rows[11], "1002|~|" + (root_ / "wrapped.json").string());
}

TEST_F(EnvelopesTest, WrappedLinesWithAndWithoutNewlinesAndPlainOnesBetween) {
  std::string text;
  for (int i = 0; i < 6; ++i) {
    text +=
        i % 3 == 2 ? "\n" + line_v2(i) : R"({"message":")" + without_newline(line_v2(i)) + "\"}";
  }
  write("wrapped.log", text);
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, ElementsAre("1000", "1001", "1002", "1003", "1004", "1005"));
  EXPECT_EQ(reading.completeness.rejected, 0U);
}

TEST_F(EnvelopesTest, BadItemsAreCountedAndTheirNeighboursKept) {
  const auto wrapped = [](int i) {
    return R"({"message":")" + without_newline(line_v2(i)) + "\"}\n";
  };
  std::string text = wrapped(0);
  text += R"({"message":"2 1)"
          "\n";  // line 2: a string that does not end
  text += wrapped(1) + R"({"message":12})"
                       "\n";  // line 4: no text
  text += wrapped(2) + R"({"message":"bogus line"})"
                       "\n";  // line 6
  text += R"({"message" "x"})"
          "\n";  // line 7: no JSON
  text += wrapped(3) + R"({"message":"\u0000"})"
                       "\n";  // line 9
  text += R"({"message":"2 )"
          "\n" +
          wrapped(4);
  write("wrapped.log", text);
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, ElementsAre("1000", "1001", "1002", "1003", "1004"));
  EXPECT_EQ(reading.completeness.rejected, 6U);
  ASSERT_THAT(reading.completeness.examples, SizeIs(5));
  EXPECT_EQ(reading.completeness.examples[0].line, 2U);
  EXPECT_EQ(reading.completeness.examples[1].line, 4U);
  EXPECT_EQ(reading.completeness.examples[2].line, 6U);
  EXPECT_EQ(reading.completeness.examples[2].excerpt, "bogus line");
  EXPECT_EQ(reading.completeness.examples[3].line, 7U);
  EXPECT_EQ(reading.completeness.examples[3].reason, name_of(Reject::kBadJson));
  EXPECT_EQ(reading.completeness.examples[4].reason, name_of(Reject::kNulByte));
}

TEST_F(EnvelopesTest, AnObjectThatNeverClosesCostsOneLine) {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += R"({"message":"x",)"
            "\n" +
            (R"({"message":")" + without_newline(line_v2(i))) + "\"}\n";
  }
  write("wrapped.log", text);
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, SizeIs(30));
  EXPECT_EQ(reading.completeness.rejected, 30U);
}

TEST_F(EnvelopesTest, ARecordWithoutStartTakesTheTimeOfItsEvent) {
  write("cw.json",
        R"({"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[)"
        R"({"id":"a","timestamp":1733430000000,"message":"2 eni-1 172.31.16.139 172.31.16.21"},)"
        R"({"id":"b","timestamp":1733430001000,"message":"2 eni-1 172.31.9.69 172.31.9.12"}]})");
  options_.format = *parse_format("version interface-id srcaddr dstaddr");
  EXPECT_THAT(read({"srcaddr", "@timestamp", "start", "@message"}).rows,
              ElementsAre("172.31.16.139|2024-12-05T20:20:00Z|~|2 eni-1 172.31.16.139 172.31.16.21",
                          "172.31.9.69|2024-12-05T20:20:01Z|~|2 eni-1 172.31.9.69 172.31.9.12"));
  request_.range.since = 1733430001000;
  EXPECT_THAT(read({"srcaddr"}).rows, ElementsAre("172.31.9.69"));
}

TEST_F(EnvelopesTest, OneGroupMayMixFormatsToldApartByWidth) {
  const std::string short_line = "eni-9 10.9.9.9 7";
  write("cw.json", R"({"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s",)"
                   R"("logEvents":[{"id":"a","timestamp":1,"message":")" +
                       without_newline(line_v2(0)) + R"("},{"id":"b","timestamp":2,"message":")" +
                       short_line + R"("},{"id":"c","timestamp":3,"message":")" +
                       without_newline(line_v2(1)) + "\"}]}");
  write(
      "flow-logs.json",
      R"({"FlowLogs":[{"FlowLogId":"fl-1","LogGroupName":"g","LogFormat":"${version} ${account-id})"
      R"( ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets})"
      R"( ${bytes} ${start} ${end} ${action} ${log-status}"},{"FlowLogId":"fl-2",)"
      R"("LogGroupName":"g","LogFormat":"${interface-id} ${srcaddr} ${bytes}"}]})");
  const Reading reading = read({"interface_id", "srcaddr", "bytes", "@ptr"});
  EXPECT_THAT(reading.rows, ElementsAre("eni-0a1b2c3d|10.0.0.1|1000|a", "eni-9|10.9.9.9|7|b",
                                        "eni-0a1b2c3d|10.0.0.2|1001|c"));
}

TEST_F(EnvelopesTest, MessagesOfNoKnownLayoutAreRefusedWithTheRemedy) {
  write("cw.json",
        R"({"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[)"
        R"({"id":"a","timestamp":1733430000000,"message":"2 eni-1 172.31.16.139 172.31.16.21"}]})");
  const Reading reading = read({"srcaddr"});
  ASSERT_THAT(reading.errors, SizeIs(1));
  EXPECT_THAT(reading.errors[0].message, HasSubstr("--format"));
}

TEST_F(EnvelopesTest, PredicatesOnEventColumnsAndFieldsHold) {
  write("cwl.json", subscription(0, 10));
  auto table = *open_files(*files_, options_);
  column::ScanRequest request;
  request.columns = {"bytes", "@account", "srcaddr"};
  request.conjuncts = {{1, Comparison::kEqual, {Value::of_string("111122223333")}},
                       {0, Comparison::kGreater, {Value::of_int(1007)}}};
  EXPECT_THAT(read(*table, request).rows,
              ElementsAre("1008|111122223333|10.0.0.9", "1009|111122223333|10.0.0.10"));
  request.conjuncts[0].values = {Value::of_string("other")};
  EXPECT_THAT(read(*table, request).rows, IsEmpty());
}

TEST_F(EnvelopesTest, RowsOfJsonInAnArrayOrByLines) {
  const std::string first =
      R"({"srcAddr":"10.0.0.1","bytes":1000,"start":"2026-03-01T00:00:00Z","account_id":42,)"
      R"("my-team":"blue","action":null})";
  const std::string second =
      R"({"srcAddr":"2001:db8::1","bytes":"-","start":1772323201,"account_id":"000000000042",)"
      R"("my-team":7.5,"n":true})";
  write("a.json", "[" + first + ",\n" + second + "]\n");
  write("b.jsonl", first + "\n" + second + "\n");
  const std::vector<std::string> columns = {"srcaddr", "bytes",      "start",   "account_id",
                                            "my_team", "@timestamp", "@message"};
  const Reading reading = read(columns);
  EXPECT_THAT(reading.errors, IsEmpty());
  const std::string one =
      "10.0.0.1|1000|2026-03-01T00:00:00Z|000000000042|blue|2026-03-01T00:00:00Z|"
      "10.0.0.1 1000 1772323200 000000000042 blue - -";
  const std::string two =
      "2001:db8::1|~|2026-03-01T00:00:01Z|000000000042|7.5|2026-03-01T00:00:01Z|"
      "2001:db8::1 - 1772323201 000000000042 7.5 - true";
  EXPECT_THAT(reading.rows, ElementsAre(one, two, one, two));
  EXPECT_EQ(reading.completeness.records, 4U);
  const auto schema = *(*open_files(*files_, options_))->columns();
  ASSERT_THAT(schema, SizeIs(7));
  EXPECT_EQ(schema[0].name, "srcaddr");
  EXPECT_EQ(schema[4].name, "my_team");
}

TEST_F(EnvelopesTest, BadRowsAreCountedByReason) {
  write("rows.jsonl", R"({"srcaddr":"10.0.0.1","dstport":70000})"
                      "\n"
                      R"({"srcaddr":"10.0.0.300","dstport":1})"
                      "\n"
                      R"({"srcaddr":"10.0.0.1","dstport":-1})"
                      "\n"
                      R"({"srcaddr":"10.0.0.1","dstport":"None"})"
                      "\n"
                      R"({"unrelated":1})"
                      "\n"
                      R"({"srcaddr":"10.0.0.1","start":"yesterday-ish"})"
                      "\n");
  const Reading reading = read({"action"});
  EXPECT_THAT(reading.rows, ElementsAre("~"));
  const auto& rejected = reading.completeness.rejected_by_reason;
  EXPECT_EQ(rejected.at(std::string(name_of(Reject::kOverflow))), 1U);
  EXPECT_EQ(rejected.at(std::string(name_of(Reject::kBadAddress))), 1U);
  EXPECT_EQ(rejected.at(std::string(name_of(Reject::kBadNumber))), 1U);
  EXPECT_EQ(rejected.at(std::string(name_of(Reject::kBadRow))), 1U);
  EXPECT_EQ(rejected.at(std::string(name_of(Reject::kBadTime))), 1U);
  EXPECT_EQ(reading.completeness.examples[0].line, 1U);
  EXPECT_EQ(reading.completeness.examples[0].excerpt, "dstport: 70000");
}

TEST_F(EnvelopesTest, JsonOfOtherKindsIsNoRow) {
  write("flows.jsonl", R"({"srcaddr":"10.0.0.1","bytes":1})");
  write("truth.json", R"({"version": 2, "totals": {"bytes": 7}, "files": []})");
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, ElementsAre("1"));
  EXPECT_EQ(reading.completeness.rejected_by_reason.at("unreadable file"), 1U);
}

TEST_F(EnvelopesTest, SilentRowsAndRangesInRows) {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += R"({"srcaddr":"10.0.0.1","start":)" + std::to_string(1'772'323'200 + i) + R"(,"end":)" +
            std::to_string(1'772'323'200 + i) + R"(,"log_status":")" +
            (i % 10 == 0   ? "NODATA"
             : i % 10 == 1 ? "SKIPDATA"
                           : "OK") +
            "\"}\n";
  }
  write("rows.jsonl", text);
  request_.include_silent = false;
  request_.range.until = (1'772'323'200LL + 4000) * 1000;
  const Reading reading = read({"start", "log_status"});
  EXPECT_THAT(reading.rows, SizeIs(3200));
  EXPECT_EQ(reading.rows.back(), "2026-03-01T01:06:39Z|OK");
  EXPECT_EQ(reading.completeness.ok, 4000U);
  EXPECT_EQ(reading.completeness.nodata, 500U);
  EXPECT_EQ(reading.completeness.skipdata, 500U);
}

TEST_F(EnvelopesTest, CsvOfInsightsWithFields) {
  write("export.csv",
        "@timestamp,srcAddr,dstPort,\"logStatus\",note\r\n"
        "2026-03-01 00:00:00.000,10.0.0.1,443,OK,\"a \"\"b\"\", c\nd\"\r\n"
        "2026-03-01 00:00:01.500,10.0.0.2,,OK,\"\"\r\n"
        "too,few\r\n"
        "2026-03-01 00:00:02.000,10.0.0.3,22,OK,last");
  const Reading reading = read({"@timestamp", "srcaddr", "dstport", "note"});
  EXPECT_THAT(reading.rows, ElementsAre("2026-03-01T00:00:00Z|10.0.0.1|443|a \"b\", c\nd",
                                        "2026-03-01T00:00:01.500Z|10.0.0.2|~|~",
                                        "2026-03-01T00:00:02Z|10.0.0.3|22|last"));
  ASSERT_THAT(reading.completeness.examples, SizeIs(1));
  EXPECT_EQ(reading.completeness.examples[0].line, 5U);
}

TEST_F(EnvelopesTest, CsvOfInsightsWithMessages) {
  std::string text = "@timestamp,@message,@logStream,@log,@ptr\n";
  for (int i = 0; i < 9000; ++i) {
    text += "2026-03-01 00:00:00.000,\"" + without_newline(line_v2(i)) + "\",eni-1-all,12:g,p" +
            std::to_string(i) + "\n";
  }
  write("export.csv.gz", compressed(text));
  const Reading reading = read({"bytes", "@logStream", "@log", "@ptr"});
  ASSERT_THAT(reading.rows, SizeIs(9000));
  EXPECT_EQ(reading.rows[8999], "9999|eni-1-all|12:g|p8999");
}

TEST_F(EnvelopesTest, CsvWithAQuoteThatNeverCloses) {
  std::string text = "srcaddr,bytes\n";
  for (int i = 0; i < 20; ++i) {
    text += "10.0.0.1," + std::to_string(i) + "\n";
  }
  write("x.csv", text + "\"10.0.0.1,5\n10.0.0.1,20\n");
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, SizeIs(21));
  EXPECT_EQ(reading.completeness.rejected, 1U);
}

TEST_F(EnvelopesTest, PayloadsThatExplodeAreRefusedAndTheRestIsRead) {
  const std::string bomb = compressed(std::string(80 << 20, ' '));
  write("records.json", R"({"records":[{"recordId":"1","data":")" + base64_of(bomb) +
                            R"("},{"recordId":"2","data":"!!!"},{"recordId":"3","data":")" +
                            base64_of(line_v2(0)) + "\"}]}");
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_THAT(reading.rows, ElementsAre("1000"));
  EXPECT_EQ(reading.completeness.rejected, 2U);
}

TEST_F(EnvelopesTest, AnswersDoNotDependOnThreads) {
  for (int file = 0; file < 6; ++file) {
    std::string text;
    for (int i = 0; i < 3; ++i) {
      text += subscription(file * 1000 + i * 200, 200);
    }
    write("f" + std::to_string(file) + ".json", text + "{bad}");
  }
  write("plain.log", std::string(kHeaderV2) + lines_v2(0, 500));
  const Reading one = read(kSome, 1);
  const Reading four = read(kSome, 4);
  EXPECT_THAT(one.rows, SizeIs(4100));
  EXPECT_TRUE(one.rows == four.rows);
  EXPECT_EQ(one.completeness.rejected, 6U);
  EXPECT_EQ(four.completeness.rejected, 6U);
}

TEST_F(EnvelopesTest, StandardInputMayBeAnEnvelopeAndIsDescribedFirst) {
  const std::string bytes = compressed(subscription(0, 2000));
  options_.paths = {"-"};
  options_.standard_input = io::make_memory_source(bytes);
  auto table = *open_files(*files_, options_);
  EXPECT_TRUE(*table->carries("bytes"));
  column::ScanRequest request;
  request.columns = {"bytes"};
  EXPECT_THAT(read(*table, request).rows, SizeIs(2000));
}

}  // namespace
}  // namespace weir::flowlog
