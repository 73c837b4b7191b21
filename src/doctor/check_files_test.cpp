#include "doctor/check_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "doctor/doctor_fixture.h"
#include "doctor/marked_tree.h"
#include "doctor/python_tokens.h"
#include "doctor/setup.h"
#include "doctor/shell_words.h"
#include "format/tree.h"

namespace weir::doctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What mends the fixture, fault by fault.
Replacements corrections() {
  return {
      {"${windowstart} ${windowend} ${flowlogstatus}", "${start} ${end} ${log-status}"},
      {"        CloudWatchConfigurations:\n          - Event: s3:ObjectCreated:*\n",
       "        EventBridgeConfiguration:\n          EventBridgeEnabled: true\n"},
      {"'${Archive}/logs/'", "'${Archive.Arn}/logs/'"},
      {"      S3DestinationConfiguration:", "      ExtendedS3DestinationConfiguration:"},
      {"Action: [s3:PutObject]", "Action: [s3:PutObject, lambda:InvokeFunction]"},
      {" | filter @timestamp > @timestamp - 1h", ""},
      {"s3://$STACK-archive/logs/", "s3://$STACK-archive-123456789012/logs/"},
      {"# its topic\n",
       "aws iam create-role --role-name answer-role\naws sns create-topic --name pager\n"},
      {"--metric-name rtt --",
       "--metric-name rtt --dimensions Name=Zone,Value=z Name=Host,Value=h --"},
      {"--dimensions Name=Host,Value=a --",
       "--dimensions '[{\"Name\":\"Host\",\"Value\":\"a\"},{\"Name\":\"Zone\",\"Value\":\"z\"}]' "
       "--"},
      {"\"rtt\",{", "\"rtt\",\"Host\",\"h\",\"Zone\",\"z\",{"},
      {"[\".\",\"loss\"]", "[\".\",\"loss\",\".\",\".\",\".\",\".\"]"},
      {"    probe.send(measure('core'), space='Edge/Trial')",
       "    probe.send(measure('core'), space='Edge/Errors')"},
      {"'Intruder'", "'Broken'"},
      {"Dimensions=[]", "Dimensions=[{'Name': 'Host', 'Value': h}, {'Name': 'Zone', 'Value': z}]"},
      {"points['Datapoints'][-1]['Average']",
       "max(points['Datapoints'], key=lambda p: p['Timestamp'])['Average']"},
      {"    return logs.get_query_results(queryId=started['queryId'])['results']",
       "    answer = logs.get_query_results(queryId=started['queryId'])\n"
       "    return answer['results'] if answer['status'] == 'Complete' else None"},
  };
}

TEST(DoctorFiles, FindsEveryFaultOfTheSetAndSaysWhere) {
  const auto findings = check_files(faulty_files());
  EXPECT_THAT(
      rules_of(findings),
      ElementsAre("alarm_missing", "bucket_missing", "constant_condition", "datapoints_unordered",
                  "destination_is_no_arn", "dimensions_differ", "dimensions_differ",
                  "dimensions_differ", "dimensions_differ", "flow_log_token", "namespace_unwatched",
                  "query_status_unread", "role_lacks_action", "role_missing", "topic_missing",
                  "topic_missing", "unknown_property", "unknown_property"));
  const std::string text = to_text(findings);
  EXPECT_THAT(text, HasSubstr("flows.yaml:19: error: resource ToArchive: LogDestination is "
                              "'edge-archive-<AWS::AccountId>/logs/'"));
  EXPECT_THAT(text, HasSubstr("${start} for ${windowstart}"));
  EXPECT_THAT(text, HasSubstr("alarms.sh:2: error: alarm Slow: looks at Edge/Latency/core rtt with "
                              "no dimensions, which probe.py:17 publishes with {Host, Zone}"));
  EXPECT_THAT(text, HasSubstr("deploy.sh:6: error: aws s3 ls: the bucket 'edge-archive'"));
  EXPECT_THAT(text, HasSubstr("namespace Edge/Trial"));
  EXPECT_EQ(findings_of(to_tree(findings)), findings);
}

TEST(DoctorFiles, IsSilentOnTheCorrectedSet) {
  const auto findings = check_files(replaced(faulty_files(), corrections()));
  EXPECT_THAT(findings, IsEmpty()) << to_text(findings);
}

TEST(DoctorFiles, EachCorrectionMendsWhatItIsFor) {
  std::vector<SourceText> files = faulty_files();
  std::size_t last = check_files(files).size();
  const std::size_t before = last;
  for (const auto& correction : corrections()) {
    files = replaced(std::move(files), {correction});
    const std::size_t now = check_files(files).size();
    EXPECT_LE(now, last) << correction.first;
    last = now;
  }
  EXPECT_GT(before, last);
}

std::string random_name(std::mt19937_64& random) {
  std::string name(1, static_cast<char>('A' + random() % 26));
  for (int i = 0; i < 9; ++i) {
    name += static_cast<char>('a' + random() % 26);
  }
  return name;
}

// Whole words alone: a variable called space is no part of Namespace.
void rename_words(std::string& text, const std::string& from, const std::string& to) {
  const auto is_word = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    if ((at > 0 && is_word(at - 1)) || is_word(at + from.size())) {
      at += from.size();
    } else {
      text.replace(at, from.size(), to);
      at += to.size();
    }
  }
}

// The same set under other names and in another order.
std::vector<SourceText> mutated(std::vector<SourceText> files,
                                const std::vector<std::string>& names, std::mt19937_64& random) {
  for (const std::string& name : names) {
    const std::string other = random_name(random);
    for (SourceText& source : files) {
      if (other[1] < 'n') {  // half of them
        rename_words(source.text, name, other);
      }
    }
  }
  for (SourceText& source : files) {
    const auto begins = [](std::string_view with) {
      return [with](const std::string& line) { return line.starts_with(with); };
    };
    const std::size_t resources = source.text.find("\nResources:\n") + 12;
    if (source.file.ends_with(".yaml") && resources > 12) {
      std::string front = source.text.substr(0, resources);
      source.text = front + shuffled_blocks(
                                source.text.substr(resources),
                                [](const std::string& line) {
                                  return line.size() > 3 && line.starts_with("  ") &&
                                         std::isalpha(static_cast<unsigned char>(line[2])) != 0;
                                },
                                begins("Outputs:"), random);
    } else if (source.file.ends_with(".json")) {
      auto body = format::read_json(source.text).value();
      auto widgets = body["widgets"].items();
      std::shuffle(widgets.begin(), widgets.end(), random);
      body.set("widgets", widgets);
      source.text = format::write_json(body);
    } else if (source.file.ends_with(".py")) {
      const bool has_class = source.text.find("\nclass ") != std::string::npos;
      source.text = shuffled_blocks(
          source.text, begins(has_class ? "    def " : "def "),
          [&](const std::string& line) {
            return line.starts_with("if ") || (has_class && line.starts_with("def "));
          },
          random);
    } else if (source.file.ends_with("alarms.sh")) {
      source.text = shuffled_blocks(source.text, begins("aws "), begins("never"), random);
    }
  }
  std::shuffle(files.begin(), files.end(), random);
  return files;
}

void expect_same_findings(const std::vector<SourceText>& files,
                          const std::vector<std::string>& names, int num_rounds) {
  const auto expected = rules_of(check_files(files));
  for (int round = 0; round < num_rounds; ++round) {
    const std::uint64_t seed = 20'261'125U + static_cast<std::uint64_t>(round);
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937_64 random(seed);
    const auto found = check_files(mutated(files, names, random));
    ASSERT_EQ(rules_of(found), expected) << to_text(found);
  }
}

TEST(DoctorFiles, FindsTheSameInTwoHundredMutants) {
  expect_same_findings(faulty_files(),
                       {"Edge/Latency", "Edge/Errors", "Edge/Trial", "rtt", "pager", "answer-role",
                        "Archive", "StreamRole", "ToArchive", "Layout", "Slow", "Intruder", "send",
                        "measure", "started", "space", "Zone", "which"},
                       200);
}

// The documents' own files lie beside the project where it is developed, not in it.
std::filesystem::path artefacts() {
  if (const char* told = std::getenv("WEIR_ARTEFACTS")) {
    return told;
  }
  return std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/seeds/artefacts";
}

std::vector<SourceText> read_artefacts() {
  std::vector<SourceText> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(artefacts(), ignored)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files.push_back(
        {entry.path().filename(), std::string(std::istreambuf_iterator<char>(file), {})});
  }
  std::sort(files.begin(), files.end(),
            [](const SourceText& a, const SourceText& b) { return a.file < b.file; });
  return files;
}

#define WEIR_NEEDS_ARTEFACTS(files)                                                              \
  if ((files).empty()) {                                                                         \
    GTEST_SKIP() << "the documents' artefacts are not at " << artefacts() << "; WEIR_ARTEFACTS " \
                 << "may name their folder";                                                     \
  }

TEST(DoctorArtefacts, RowsOfTheFactSheetAreFound) {
  const auto files = read_artefacts();
  WEIR_NEEDS_ARTEFACTS(files);
  const auto findings = check_files(files);
  const std::string text = to_text(findings);
  const auto expect = [&](int row, std::string_view place, std::string_view rule,
                          std::string_view part) {
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(),
                            [&](const Finding& finding) {
                              return finding.place.starts_with(place) && finding.rule == rule &&
                                     (finding.subject + finding.message).find(part) !=
                                         std::string::npos;
                            }))
        << "row " << row << ": " << part << "\n"
        << text;
  };
  expect(4, "incident-response-lambda.py", "datapoints_unordered", "handle_high_latency_alarm");
  expect(9, "incident-response-lambda.py", "query_status_unread", "handle_packet_loss_alarm");
  expect(10, "incident-response-lambda.py", "alarm_missing", "Security-Threat-Detected");
  expect(11, "create-dashboard-and-alarms.sh", "topic_missing", "network-alerts");
  expect(11, "incident-response-lambda.py", "topic_missing", "network-incidents");
  expect(11, "deploy-incident-response.sh", "role_missing", "lambda-vpc-incident-response-role");
  expect(12, "deploy-flow-logs.sh", "bucket_missing", "vpc-flow-logs-monitoring-bucket");
  expect(13, "flow-logs-config.yaml", "flow_log_token", "${windowstart}");
  expect(13, "flow-logs-config.yaml", "flow_log_token", "${flowlogstatus}");
  expect(14, "flow-logs-config.yaml", "unknown_property", "CloudWatchConfigurations");
  expect(15, "flow-logs-config.yaml", "destination_is_no_arn", "VPCFlowLogsS3");
  expect(16, "flow-logs-config.yaml", "unknown_property", "ProcessingConfiguration");
  expect(16, "flow-logs-config.yaml", "role_lacks_action", "FlowLogsFirehoseRole");
  expect(19, "network_performance_monitor.py", "namespace_unwatched", "VPC/NetworkLatency/Test");
  for (const char* const alarm :
       {"High-Network-Latency", "High-Packet-Loss", "High-Network-Errors"}) {
    expect(21, "create-dashboard-and-alarms.sh", "dimensions_differ", alarm);
  }
  for (int widget = 0; widget < 5; ++widget) {
    expect(21, fmt::format("dashboard-config.json /widgets/{}", widget), "dimensions_differ", "");
  }
  expect(21, "incident-response-lambda.py", "dimensions_differ", "errors_in");
}

TEST(DoctorArtefacts, TwoHundredMutantsShowTheSame) {
  const auto files = read_artefacts();
  WEIR_NEEDS_ARTEFACTS(files);
  expect_same_findings(files,
                       {"VPC/NetworkLatency",
                        "VPC/NetworkBandwidth",
                        "VPC/TCPConnections",
                        "rtt_avg",
                        "packet_loss_percent",
                        "errors_in",
                        "network-alerts",
                        "network-incidents",
                        "publish_metrics",
                        "FlowLogsBucket",
                        "FlowLogsFirehoseRole",
                        "FlowLogFormat",
                        "VPCFlowLogsS3",
                        "vpc-flow-logs-monitoring",
                        "High-Packet-Loss",
                        "High-Network-Latency",
                        "lambda-vpc-incident-response-role",
                        "metric_data",
                        "alarm_name",
                        "handle_packet_loss_alarm",
                        "start_query_response"},
                       200);
}

TEST(DoctorArtefacts, TheCorrectedSetIsSilent) {
  const auto files = read_artefacts();
  WEIR_NEEDS_ARTEFACTS(files);
  const std::string names = "Name=InstanceId,Value=i-1 Name=VpcId,Value=v-1";
  std::vector<SourceText> corrected = replaced(
      files,
      {{"${windowstart}", "${start}"},
       {"${windowend}", "${end}"},
       {"${flowlogstatus}", "${log-status}"},
       {"CloudWatchConfigurations:", "LambdaConfigurations:"},
       {"'${FlowLogsBucket}/vpc-flow-logs/'", "'${FlowLogsBucket.Arn}/vpc-flow-logs/'"},
       {"      S3DestinationConfiguration:", "      ExtendedS3DestinationConfiguration:"},
       {"- s3:PutObject\n", "- s3:PutObject\n                  - lambda:InvokeFunction\n"},
       {"vpc-flow-logs-monitoring-bucket", "vpc-flow-logs-monitoring-vpc-flow-logs-123456789012"},
       {"--metric-name", "--dimensions " + names + " --metric-name"},
       {"# Create the dashboard\n",
        "aws sns create-topic --name network-alerts\n"
        "aws sns create-topic --name network-incidents\n"
        "aws iam create-role --role-name lambda-vpc-incident-response-role\n"},
       {"'VPC/NetworkLatency/Test'", "'VPC/NetworkLatency/8_8_8_8'"},
       {"'Security-Threat-Detected'", "'High-Packet-Loss'"},
       {"\\n| filter @timestamp > @timestamp - 1h", ""},
       {"    | filter @timestamp > @timestamp - 15m\n", ""},
       {"latency_metrics['Datapoints'][-1]['Average']",
        "max(latency_metrics['Datapoints'], key=lambda p: p['Timestamp'])['Average']"},
       {"if results['results']:", "if results['status'] == 'Complete' and results['results']:"},
       {"Dimensions=[],",
        "Dimensions=[{'Name': 'InstanceId', 'Value': i}, {'Name': 'VpcId', 'Value': v}],"},
       {"{'Name': 'InstanceId', 'Value': instance_id}\n",
        "{'Name': 'InstanceId', 'Value': instance_id}, {'Name': 'VpcId', 'Value': v}\n"}});
  for (SourceText& source : corrected) {
    if (source.file == "dashboard-config.json") {  // rows: name the dimensions before the options
      replace_all(source.text, "\", { \"stat\"",
                  "\", \"InstanceId\", \"i-1\", \"VpcId\", \"v-1\", { \"stat\"");
    }
  }
  const auto findings = check_files(corrected);
  EXPECT_THAT(findings, IsEmpty()) << to_text(findings);
}

TEST(DoctorFiles, WhatIsDamagedIsSaidOnceAndNothingElseIsRead) {
  EXPECT_THAT(rules_of(check_files({{"a.yaml", "Resources: [\n"}})), ElementsAre("no_template"));
  EXPECT_THAT(rules_of(check_files({{"a.json", "{\"widgets\": [}"}})), ElementsAre("no_json"));
  EXPECT_THAT(rules_of(check_files({{"a.sql", "SELECT 1"}, {"b", ""}, {"c.py", "def f(:\n'"}})),
              IsEmpty());
  std::string deep(2000, '[');
  EXPECT_THAT(to_text(check_files({{"a.yaml", "Resources: " + deep}})), HasSubstr("deeper than"));
  EXPECT_THAT(to_text(check_files({{"a.yaml", "Resources: &a\n  X: *a\n"}})), HasSubstr("alias"));
  EXPECT_THAT(check_files({{"a.yaml",
                            "Resources:\n  A: {Type: AWS::S3::Bucket, Properties: "
                            "{BucketName: !Ref A}}\n"}}),
              IsEmpty());
}

TEST(DoctorFiles, TextsThatLeadToManyOthersAreCut) {
  std::string text = "Resources:\n";
  for (int i = 0; i < 20; ++i) {
    std::string parts;
    for (int part = 0; part < 20; ++part) {
      parts += fmt::format("${{B{}}}", i + 1);
    }
    text += fmt::format("  B{}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '{}'}}}}\n",
                        i, parts);
  }
  EXPECT_LE(check_files({{"a.yaml", text}, {"b.sh", "aws s3 ls s3://x"}}).size(), 1U);
}

TEST(Names, MayBeWhatADeploymentMakesOfThem) {
  EXPECT_TRUE(may_be("a-<x>-b", "a-1-b"));
  EXPECT_TRUE(may_be("<x>", ""));
  EXPECT_TRUE(may_be("<x>-b-<y>", "b-b-b-c"));
  EXPECT_FALSE(may_be("a-<x>-b", "a-b"));
  EXPECT_FALSE(may_be("a-<x>-b-<y>c", "a-1-b-"));
  EXPECT_TRUE(may_be("plain", "plain"));
  EXPECT_FALSE(may_be("plain", "plainer"));
}

TEST(DoctorFiles, ReadersSurviveEveryPrefix) {
  for (const SourceText& source : faulty_files()) {
    for (std::size_t size = 0; size < source.text.size(); size += 7) {
      static_cast<void>(check_files({{source.file, source.text.substr(0, size)}}));
    }
  }
}

TEST(ShellWords, AreThoseOfAShell) {
  const auto commands = read_shell(
      "A=x; aws 'one two' \"$A-${A}\" three\\ four \\\n  five # aws comment\n"
      "cat <<EOF\naws in a document\nEOF\nB=$(date) aws $B $UNSET && last");
  ASSERT_EQ(commands.size(), 4U);
  std::vector<std::string> texts;
  for (const ShellWord& word : commands[0].words) {
    texts.push_back(word.text);
  }
  EXPECT_THAT(texts, ElementsAre("aws", "one two", "x-x", "three four", "five"));
  EXPECT_EQ(commands[0].words.back().line, 2U);
  EXPECT_EQ(commands[1].words.front().text, "cat");
  EXPECT_EQ(commands[2].words.front().line, 6U);
  EXPECT_FALSE(commands[2].words[1].is_known);
  EXPECT_EQ(commands[3].words.front().text, "last");
}

TEST(PythonTokens, StringsOfEveryForm) {
  const auto tokens = read_python_tokens("x = f'a{b}' r\"c\\n\" '''d\ne''' # no 'f'\ny(-1)");
  std::vector<std::string> strings;
  for (const PythonToken& token : tokens) {
    if (token.is_string()) {
      strings.push_back(token.text);
    }
  }
  EXPECT_THAT(strings, ElementsAre("a{b}", "c\\n", "d\ne"));
  EXPECT_TRUE(tokens[2].is_formatted);
  EXPECT_EQ(tokens.back().line, 3U);
}

}  // namespace
}  // namespace weir::doctor
