// Files that others wrote, with the values that they expect: the shared corpora of flow logs.
// Skipped aloud where these are not at hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flowlog/file_table_fixture.h"
#include "format/parquet.h"

namespace weir::flowlog {
namespace {

namespace dom = simdjson::dom;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A record by column; nulls are left out.
using Record = std::map<std::string, std::string>;

class Conformance : public FileTableFixture {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("WEIR_SHARED");
    const std::filesystem::path folder =
        shared != nullptr ? std::filesystem::path(shared)
                          : std::filesystem::path(WEIR_SOURCE_DIR) / ".." / "shared";
    corpora_ = folder / "data" / "flowlogs";
    if (!std::filesystem::is_directory(corpora_)) {
      GTEST_SKIP() << "the shared corpora are not at " << corpora_
                   << " (set WEIR_SHARED): nothing was compared";
    }
  }

  dom::element json(const std::string& name) {
    dom::element document;
    EXPECT_EQ(parser_.load((corpora_ / name).string()).get(document), simdjson::SUCCESS) << name;
    return document;
  }

  // All records of files, by the columns that they have and `more`.
  std::vector<Record> records(const std::vector<std::string>& paths,
                              const std::vector<std::string>& more = {}) {
    options_.paths = paths;
    std::vector<Record> result;
    auto table = open_files(*files_, options_);
    if (!table) {
      ADD_FAILURE() << table.error().message;
      return result;
    }
    const auto schema = (*table)->columns();
    if (!schema) {
      ADD_FAILURE() << schema.error().message;
      return result;
    }
    column::ScanRequest request;
    for (const auto& field : *schema) {
      request.columns.push_back(field.name);
    }
    request.columns.insert(request.columns.end(), more.begin(), more.end());
    auto scan = (*table)->scan(request, {});
    auto stream = (*scan)->open_stream();
    column::Batch batch;
    while (true) {
      const auto filled = (*stream)->next(batch);
      if (!filled) {
        ADD_FAILURE() << filled.error().message;
        break;
      }
      if (!*filled) {
        break;
      }
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        Record& record = result.emplace_back();
        for (std::size_t i = 0; i < request.columns.size(); ++i) {
          if (!batch.columns[i].is_null(row)) {
            record[request.columns[i]] = cell(batch.columns[i], row);
          }
        }
      }
    }
    stream->reset();
    completeness_ = (*scan)->completeness();
    return result;
  }
  std::vector<Record> records_of(const std::string& name,
                                 const std::vector<std::string>& more = {}) {
    return records({(corpora_ / name).string()}, more);
  }

  // A value as cell() writes it: times as given in any form, everything else as text.
  static std::optional<std::string> expected_cell(std::string_view column, dom::element value) {
    const auto field = find_field(column);
    std::int64_t integer = 0;
    std::string_view text;
    std::string given;
    if (value.is_null()) {
      return std::nullopt;
    }
    if (value.get(text) == simdjson::SUCCESS) {
      given = text;
    } else if (value.get(integer) == simdjson::SUCCESS) {
      given = std::to_string(integer);
    }
    if (field && info(*field).type == column::Type::kTime) {
      return to_time_text(parse_absolute_time(given).value_or(-1));
    }
    if (field && info(*field).type == column::Type::kAddress) {
      return to_string(parse_ip(given).value_or(IpAddress{}));
    }
    return given;
  }
  static Record record_of(dom::object object) {
    Record record;
    for (const auto member : object) {
      const auto field = find_field(member.key);
      const std::string name =
          field ? std::string(info(*field).canonical) : canonical_name(member.key);
      if (auto value = expected_cell(name, member.value)) {
        record[name] = *value;
      }
    }
    return record;
  }

  std::filesystem::path corpora_;
  dom::parser parser_;
  column::Completeness completeness_;
};

TEST_F(Conformance, FlowlogsReader) {
  const auto expected = json("flowlogs-reader/expected.json");
  const std::vector<std::pair<std::string, const char*>> cases = {{"v3.log", "test_serial"},
                                                                  {"v4.log", "test_serial_v4"},
                                                                  {"v5.log", "test_serial_v5"},
                                                                  {"v6.log", "test_serial_v6"}};
  for (const auto& [file, key] : cases) {
    const auto found = records_of("flowlogs-reader/" + file);
    std::vector<Record> wanted;
    for (const dom::element record : expected[key].at(0).get_array()) {
      wanted.push_back(record_of(record.get_object()));
    }
    EXPECT_EQ(found, wanted) << file;
    EXPECT_EQ(completeness_.rejected, file == "v5.log" ? 1U : 0U) << file;
  }
  const auto lines = records_of("flowlogs-reader/v2_records_noheader.log");
  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_EQ(completeness_.ok, 3U);
  EXPECT_EQ(completeness_.nodata, 1U);
  EXPECT_EQ(completeness_.skipdata, 1U);
  EXPECT_EQ(lines[0], record_of(expected["test_parse"].at(0).get_object()));
}

TEST_F(Conformance, FlowlogsReaderParquet) {
  if (format::parquet_version().empty()) {
    GTEST_SKIP() << "this build has no Parquet: flows.parquet was not compared";
  }
  const auto expected = json("flowlogs-reader/expected.json");
  std::vector<Record> wanted;
  for (const dom::element record : expected["test_serial_parquet"].at(0).get_array()) {
    wanted.push_back(record_of(record.get_object()));
  }
  EXPECT_EQ(records_of("flowlogs-reader/flows.parquet"), wanted);
  EXPECT_EQ(completeness_.warnings.at("protocol_above_255"), 1U);
}

TEST_F(Conformance, VrlFormatsAndLines) {
  std::size_t num_lines = 0;
  for (const dom::element entry : json("vrl/format_and_lines.json").get_array()) {
    const auto format = parse_format(entry["format"].get_string().value());
    ASSERT_TRUE(format) << format.error().message;
    std::string text;
    std::size_t count = 0;
    for (const dom::element line : entry["lines"].get_array()) {
      text += std::string(line.get_string().value()) + "\n";
      ++count;
    }
    options_.format = *format;
    const auto found = records({write("lines.log", text)});
    EXPECT_THAT(found, SizeIs(count)) << text;
    EXPECT_EQ(completeness_.rejected, 0U) << text;
    num_lines += count;
  }
  EXPECT_EQ(num_lines, 30U);
}

// parse_aws_vpc_flow_log!("<line>"[, format: "<format>"])
TEST_F(Conformance, VrlExamples) {
  std::size_t num_examples = 0;
  for (const dom::element example :
       json("vrl/parse_aws_vpc_flow_log.json")["examples"].get_array()) {
    const std::string source(example["source"].get_string().value());
    std::vector<std::string> quoted;
    for (std::size_t at = source.find('"'); at != std::string::npos;) {
      const std::size_t end = source.find('"', at + 1);
      quoted.push_back(source.substr(at + 1, end - at - 1));
      at = source.find('"', end + 1);
    }
    ASSERT_FALSE(quoted.empty()) << source;
    options_.format = quoted.size() > 1 ? *parse_format(quoted[1]) : known_layouts().front();
    const auto found = records({write("line.log", quoted[0] + "\n")});
    ASSERT_THAT(found, SizeIs(1)) << source;
    EXPECT_EQ(found[0], record_of(example["return"].get_object())) << source;
    ++num_examples;
  }
  EXPECT_GE(num_examples, 4U);
}

// OpenTelemetry's attributes, by the names of ours.
const std::map<std::string, std::string>& otel_names() {
  static const std::map<std::string, std::string> names = {
      {"cloud.account.id", "account_id"},
      {"aws.vpc.flow.log.version", "version"},
      {"network.interface.name", "interface_id"},
      {"source.port", "srcport"},
      {"destination.port", "dstport"},
      {"source.address", "srcaddr"},
      {"destination.address", "dstaddr"},
      {"aws.vpc.flow.packets", "packets"},
      {"aws.vpc.flow.bytes", "bytes"},
      {"aws.vpc.flow.start", "start"},
      {"aws.vpc.flow.action", "action"},
      {"aws.vpc.flow.status", "log_status"},
      {"aws.ecs.cluster.arn", "ecs_cluster_arn"},
      {"aws.ecs.task.arn", "ecs_task_arn"},
      {"aws.ecs.task.id", "ecs_task_id"},
      {"aws.ecs.container.id", "ecs_container_id"},
      {"aws.ecs.second.container.id", "ecs_second_container_id"},
      {"aws.ecs.service.name", "ecs_service_name"},
  };
  return names;
}

TEST_F(Conformance, OpenTelemetryText) {
  const auto expected = json("otel-contrib/expected.json");
  for (const char* file :
       {"valid_vpc_flow_log.log", "valid_vpc_flow_log_multi.log", "valid_vpc_flow_log_ecs.log"}) {
    const auto found = records_of(std::string("otel-contrib/") + file);
    const auto wanted = expected[file].get_array();
    ASSERT_EQ(found.size(), wanted.size()) << file;
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const auto& [attribute, column] : otel_names()) {
        dom::element value;
        if (wanted.at(i)[attribute].get(value) != simdjson::SUCCESS) {
          continue;
        }
        const auto cell = expected_cell(column, value);
        ASSERT_TRUE(found[i].count(column)) << file << " " << column;
        EXPECT_EQ(found[i].at(column), *cell) << file << " " << column;
      }
    }
    EXPECT_EQ(completeness_.rejected, 0U) << file;
  }
  EXPECT_THAT(records_of("otel-contrib/vpc_flow_log_too_few_fields.log"), IsEmpty());
  EXPECT_EQ(completeness_.rejected, 1U);
  ASSERT_THAT(completeness_.examples, SizeIs(1));
  EXPECT_EQ(completeness_.examples[0].line, 2U);
}

TEST_F(Conformance, OpenTelemetryCloudWatch) {
  options_.format = *parse_format("version interface-id srcaddr dstaddr");
  const auto custom = records_of("otel-contrib/valid_vpc_flow_cw_custom.json",
                                 {"@timestamp", "@logStream", "@log"});
  ASSERT_THAT(custom, SizeIs(2));
  EXPECT_EQ(custom[0].at("@timestamp"), to_time_text(1733430000000));
  EXPECT_EQ(custom[1].at("@timestamp"), to_time_text(1733430001000));
  EXPECT_EQ(custom[0].at("srcaddr"), "172.31.16.139");
  EXPECT_EQ(custom[0].at("@log"), "123456789012:/aws/vpc/flowlogs");
  EXPECT_EQ(custom[0].at("@logStream"), "eni-1234567890abcdef");

  // The Transit Gateway event has the layout of the text file without the losses.
  options_.format.reset();
  const auto text = records_of("otel-contrib/valid_tgw_flow_log.log");
  ASSERT_THAT(text, SizeIs(1));
  auto table = *open_files(*files_, options_);
  std::string names;
  const column::Schema schema = *table->columns();
  for (const auto& column : schema) {
    names += column.name.starts_with("packets_lost_") ? "" : column.name + " ";
  }
  options_.format = *parse_format(names);
  const auto event = records_of("otel-contrib/valid_tgw_flow_cw.json");
  ASSERT_THAT(event, SizeIs(1));
  for (const auto& [name, value] : event[0]) {
    EXPECT_EQ(text[0].at(name), value) << name;
  }
  EXPECT_EQ(event[0].size() + 4, text[0].size());
}

TEST_F(Conformance, ElasticLinesWithoutHeader) {
  const std::map<std::string, std::string> layouts = {{"test-extra-samples.log", "v2"},
                                                      {"test-v5-all-fields.log", "v5"},
                                                      {"test-v8-samples.log", "v8"},
                                                      {"test-tgw-samples.log", "tgw"},
                                                      {"test-with-message-field.log", "v2"}};
  for (const auto& [file, label] : layouts) {
    EXPECT_FALSE(records_of("elastic/" + file).empty()) << file;
    EXPECT_EQ(completeness_.rejected, 0U) << file;
    ASSERT_THAT(completeness_.notes, SizeIs(1)) << file;
    EXPECT_THAT(completeness_.notes[0], HasSubstr("no header; read as " + label + " ")) << file;
  }
  const auto v8 = records_of("elastic/test-v8-samples.log");
  EXPECT_EQ(v8[0].at("srcaddr"), "2a02:cf40::");
  EXPECT_EQ(v8[0].at("start"), "2025-08-20T08:32:34Z");
  EXPECT_EQ(v8[0].at("reject_reason"), "BPA");
  EXPECT_EQ(v8[0].at("ecs_service_name"), "payments-service");
}

TEST_F(Conformance, GeneratedTotals) {
  for (const std::string name : {"default", "full"}) {
    const auto totals = json("generated/" + name + "/truth.json")["totals"];
    const auto found = records({(corpora_ / "generated" / name / "AWSLogs").string()},
                               {"@account", "@region", "@flowLogId"});
    const auto total = [&](const char* key) {
      return static_cast<std::uint64_t>(totals[key].get_int64().value());
    };
    EXPECT_EQ(found.size(), total("records"));
    EXPECT_EQ(completeness_.ok, total("ok"));
    EXPECT_EQ(completeness_.nodata, total("nodata"));
    EXPECT_EQ(completeness_.skipdata, total("skipdata"));
    EXPECT_EQ(completeness_.rejected, 0U);
    EXPECT_EQ(completeness_.files, 3U);
    EXPECT_EQ(completeness_.bytes_read, total("file_bytes"));
    std::uint64_t bytes = 0, packets = 0, rejected = 0;
    for (const Record& record : found) {
      bytes += record.count("bytes") != 0 ? std::stoull(record.at("bytes")) : 0;
      packets += record.count("packets") != 0 ? std::stoull(record.at("packets")) : 0;
      rejected += record.count("action") != 0 && record.at("action") == "REJECT" ? 1 : 0;
      ASSERT_EQ(record.at("@region"), "us-east-1");
      ASSERT_EQ(record.at("@account"), "123456789012");
    }
    EXPECT_EQ(bytes, total("bytes"));
    EXPECT_EQ(packets, total("packets"));
    EXPECT_EQ(rejected, total("reject"));
  }
}

TEST_F(Conformance, GeneratedEnvelopesHoldTheSameRecords) {
  const auto cwl = records_of("generated/cwl.json");
  const auto firehose = records_of("generated/firehose.json");
  ASSERT_THAT(cwl, SizeIs(200));
  EXPECT_EQ(cwl, firehose);
}

}  // namespace
}  // namespace weir::flowlog
