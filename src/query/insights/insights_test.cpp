#include "query/insights/insights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/insights/flow_fixture.h"

namespace weir::query::insights {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// The text that an error points at.
std::string pointed(std::string_view text, const Answer& answer) {
  if (!answer.error || !answer.error->span) {
    return "(no span)";
  }
  const TextSpan span = *answer.error->span;
  return std::string(text.substr(span.begin, span.end - span.begin));
}

std::string message(const Answer& answer) {
  return answer.error ? answer.error->message : "(no error)";
}

TEST(InsightsQuery, TopRejectedSourcesOfTheDashboard) {
  const Answer answer =
      ask("SOURCE '/aws/vpc/flowlogs/vpc-flow-logs-monitoring'\n| fields @timestamp, srcaddr, "
          "dstaddr, srcport, dstport, protocol, action\n| filter action = \"REJECT\"\n| stats "
          "count() by srcaddr\n| sort count desc\n| limit 20");
  ASSERT_FALSE(answer.error) << message(answer);
  EXPECT_THAT(answer.lines,
              ElementsAre("srcaddr | count()", "203.0.113.7 | 3", "198.51.100.4 | 1"));
  EXPECT_THAT(answer.codes(), ElementsAre("source_ignored", "sort_key_resolved", "field_casing"));
}

TEST(InsightsQuery, TrafficOverTimeOfTheDashboard) {
  const Answer answer =
      ask("SOURCE '/aws/vpc/flowlogs/vpc-flow-logs-monitoring'\n| fields @timestamp, srcaddr, "
          "dstaddr, bytes\n| filter @timestamp > @timestamp - 1h\n| stats sum(bytes) as "
          "total_bytes by bin(5m)\n| sort @timestamp desc");
  ASSERT_FALSE(answer.error) << message(answer);
  EXPECT_THAT(answer.lines, ElementsAre("bin(5m) | total_bytes", "2026-03-01T11:55:00Z | 1000",
                                        "2026-03-01T11:50:00Z | 40", "2026-03-01T11:20:00Z | 80",
                                        "2026-03-01T11:10:00Z | 4000"));
  EXPECT_THAT(answer.codes(), ElementsAre("source_ignored", "constant_predicate",
                                          "sort_key_resolved", "field_casing"));
}

TEST(InsightsQuery, TopPortsOfTheDashboard) {
  const Answer answer =
      ask("SOURCE 'x'\n| fields @timestamp, dstport, protocol\n| filter @timestamp > @timestamp - "
          "1h\n| stats count() as connection_count by dstport\n| sort connection_count desc\n| "
          "limit 10");
  ASSERT_FALSE(answer.error) << message(answer);
  EXPECT_THAT(answer.lines, ElementsAre("dstport | connection_count", "443 | 3", "22 | 2", "23 | 1",
                                        "53 | 1", "- | 1"));
}

TEST(InsightsQuery, RejectsOfTheResponseFunction) {
  const Answer answer = ask(R"(
    fields @timestamp, srcaddr, dstaddr, action
    | filter action = "REJECT"
    | filter @timestamp > @timestamp - 15m
    | stats count() as reject_count by srcaddr
    | sort reject_count desc
    | limit 10
    )");
  ASSERT_FALSE(answer.error) << message(answer);
  EXPECT_THAT(answer.lines,
              ElementsAre("srcaddr | reject_count", "198.51.100.4 | 1", "203.0.113.7 | 1"));
}

TEST(InsightsQuery, TimeFilterAgainstItselfBecomesARangeOfTheScan) {
  const Answer answer = ask("filter @timestamp > @timestamp - 1h | stats count(*)");
  EXPECT_THAT(answer.lines, ElementsAre("count(*)", "8"));
  EXPECT_THAT(answer.plan, HasSubstr("2026-03-01T11:00:00Z"));
  ASSERT_THAT(answer.warnings, SizeIs(1));
  EXPECT_THAT(answer.warnings[0].message, HasSubstr("now() - 1h"));
  EXPECT_EQ(answer.warnings[0].span->begin, 7U);
}

TEST(InsightsQuery, CloudWatchRefusesWhatItDoesNotKnow) {
  const auto refused = [](std::string_view text) {
    const Answer answer = ask(text, Dialect::kCloudWatch);
    return pointed(text, answer) + ": " + message(answer);
  };
  EXPECT_THAT(refused("stats count() by srcAddr | sort count desc"), StartsWith("count: "));
  EXPECT_THAT(refused("filter @timestamp > @timestamp - 1h"), StartsWith("@timestamp - 1h: "));
  EXPECT_THAT(refused("filter @timestamp > now() - 1h"), StartsWith("now() - 1h: "));
  EXPECT_THAT(refused("stats sum(bytes) by bin(5m) | sort @timestamp"), StartsWith("@timestamp: "));
  EXPECT_THAT(refused("fields srcaddr"), HasSubstr("it is spelled srcAddr there"));
  EXPECT_THAT(refused("fields tcpFlags"), HasSubstr("parse @message"));
  EXPECT_THAT(refused("fields service"), HasSubstr("Weir computes it"));
  EXPECT_THAT(refused("fields protocolName(protocol)"), HasSubstr("no function 'protocolname'"));
  EXPECT_THAT(refused("filter bytes in (1, 2)"), StartsWith("(1, 2): "));
}

TEST(InsightsQuery, CloudWatchAnswersNewestFirst) {
  const Answer answer =
      ask("filter action = 'REJECT' | fields srcAddr, dstPort | limit 2", Dialect::kCloudWatch);
  EXPECT_THAT(answer.lines,
              ElementsAre("srcAddr | dstPort", "198.51.100.4 | 53", "203.0.113.7 | 23"));
  EXPECT_THAT(answer.codes(), IsEmpty());
}

TEST(InsightsQuery, ShowsTimeAndMessageWhereNothingElseIsAskedFor) {
  const Answer answer = ask("filter dstport = 53");
  EXPECT_THAT(answer.lines,
              ElementsAre("@timestamp | @message",
                          "2026-03-01T11:55:00Z | 2 1 eni-1 198.51.100.4 10.0.0.1 1000 53 17 2 200 "
                          "1772366100 1772366130 REJECT OK"));
}

TEST(InsightsQuery, FieldsAddUpAndTheLastDisplayWins) {
  EXPECT_THAT(ask("fields srcport | fields bytes/1000 as kb | filter srcport = 1000").lines,
              ElementsAre("srcport | kb", "1000 | 0.2"));
  EXPECT_THAT(ask("fields srcport | display bytes | display kb, dstport | filter srcport = 1000")
                  .error->message,
              HasSubstr("no field 'kb'"));
  EXPECT_THAT(
      ask("fields bytes/1000 as kb | display bytes | display kb, dstport | filter srcport = 1000")
          .lines,
      ElementsAre("kb | dstport", "0.2 | 53"));
}

TEST(InsightsQuery, NamesColumnsAsWritten) {
  EXPECT_EQ(
      ask("fields SrcAddr, src_addr, `pkt-srcaddr`, pkt-srcaddr, bytes * 8 | limit 1").lines[0],
      "SrcAddr | src_addr | pkt-srcaddr | bytes * 8");
  EXPECT_EQ(
      ask("stats count( * ), count(*) as n, sum(bytes)/60 rate by bin(1h), action as a").lines[0],
      "bin(1h) | a | count( * ) | n | rate");
}

TEST(InsightsQuery, HyphensAreNamesWhereTheNameIsKnown) {
  const auto first = [](std::string_view text) {
    const Answer answer = ask(text);
    return answer.error ? message(answer) : answer.lines.at(1);
  };
  EXPECT_EQ(first("fields pkt-srcaddr | limit 1"), "10.0.0.1");
  EXPECT_EQ(first("fields bytes-packets | limit 1"), "990");
  EXPECT_EQ(first("fields bytes-packets-1 as x | limit 1"), "989");
  EXPECT_EQ(first("fields bytes - packets | limit 1"), "990");
  EXPECT_EQ(first("fields 2*bytes-packets*3 as x | limit 1"), "1970");
  EXPECT_EQ(first("fields bytes-tcp-flags as x | limit 1"), "998");
  EXPECT_EQ(first("stats count(*) as my-count | sort my-count"), "9");
  EXPECT_THAT(first("fields pkt-srcadr"), HasSubstr("no field 'pkt-srcadr'; did you mean pkt"));
  EXPECT_THAT(first("fields bytes-paquets"), HasSubstr("no field 'paquets'; did you mean packets"));
}

TEST(InsightsQuery, StatsOverStats) {
  const Answer answer =
      ask("stats count(*) as flows by srcaddr, dstport | stats max(flows) as most, count(*) by "
          "srcaddr | sort most desc, srcaddr | limit 2");
  EXPECT_THAT(answer.lines,
              ElementsAre("srcaddr | most | count(*)", "10.0.0.1 | 2 | 1", "203.0.113.7 | 2 | 2"));
}

TEST(InsightsQuery, OnlyTheColumnsOfStatsAreThereAfterIt) {
  const std::string_view text = "stats count(*) by srcaddr | filter dstport = 22";
  const Answer answer = ask(text);
  EXPECT_EQ(pointed(text, answer), "dstport");
  EXPECT_THAT(message(answer), HasSubstr("there are srcaddr, count(*)"));
}

TEST(InsightsQuery, CallsNameTheColumnsOfStats) {
  EXPECT_THAT(ask("stats count(*) by action | sort count(*) desc | limit 1").lines,
              ElementsAre("action | count(*)", "ACCEPT | 4"));
  const Answer aliased =
      ask("stats sum(bytes) as total by action | sort SUM( bytes ) desc | limit 1");
  EXPECT_THAT(aliased.lines, ElementsAre("action | total", "ACCEPT | 5500"));
  EXPECT_THAT(aliased.codes(), Contains("name_resolved"));
  EXPECT_THAT(ask("stats sum(bytes) by bin(1d) | sort bin(1d) desc | limit 1").lines,
              ElementsAre("bin(1d) | sum(bytes)", "2026-03-01T00:00:00Z | 5120"));
}

TEST(InsightsQuery, ExpressionsOverAggregates) {
  EXPECT_THAT(
      ask("stats sum(bytes) / sum(packets) as size, sum(bytes) by protocol as p | sort p").lines,
      ElementsAre("p | size | sum(bytes)", "- | - | -", "6 | 127.72727272727273 | 5620",
                  "17 | 100 | 200"));
  const std::string_view text = "stats sum(bytes) / dstport by srcaddr";
  EXPECT_EQ(pointed(text, ask(text)), "dstport");
}

TEST(InsightsQuery, ParseTakesGlobsAndNamedGroups) {
  EXPECT_THAT(
      ask("parse @message \"* * * * * * * * * *\" as v, acct, eni, s, d, sp, dp, p, k, rest "
          "| filter s = '198.51.100.4' | display eni, dp, rest")
          .lines,
      ElementsAre("eni | dp | rest", "eni-1 | 53 | 200 1772366100 1772366130 REJECT OK"));
  EXPECT_THAT(ask("parse /eni-(?<number>\\d+) (?<source>[^ ]+)/ | filter source like '198.' | "
                  "fields number, source")
                  .lines,
              ElementsAre("number | source", "1 | 198.51.100.4"));
  EXPECT_EQ(ask("parse '* *' as a, b | limit 1").lines[0], "@timestamp | @message | a | b");
  EXPECT_THAT(message(ask("parse '* * *' as a, b")), HasSubstr("3 * and only 2"));
  EXPECT_THAT(message(ask("parse '*' as a, b")), HasSubstr("1 * and this is name number 2"));
  EXPECT_THAT(message(ask("parse /([0-9]+)/")), HasSubstr("names no field"));
  EXPECT_THAT(message(ask("parse /(?<a>[0-9]+/")), HasSubstr("regular expression is wrong"));
}

TEST(InsightsQuery, FiltersOfEveryKind) {
  const auto count = [](std::string_view filter) {
    const Answer answer = ask(fmt::format("filter {} | stats count(*)", filter));
    return answer.error ? message(answer) : answer.lines.at(1);
  };
  EXPECT_EQ(count("dstport in [22, 23]"), "3");
  EXPECT_EQ(count("dstport not in [22, 23]"), "5");
  EXPECT_EQ(count("srcaddr in ['10.0.0.1', \"10.0.0.2\"]"), "3");
  EXPECT_EQ(count("@message like 'REJECT'"), "4");
  EXPECT_EQ(count("@message not like 'REJECT'"), "4");
  EXPECT_EQ(count("@message like /REJ.CT/"), "4");
  EXPECT_EQ(count("@message =~ /(?i)rej.ct/"), "4");
  EXPECT_EQ(count("@message =~ 'REJ.CT'"), "4");
  EXPECT_EQ(count("srcaddr like '10.0.'"), "3");
  EXPECT_EQ(count("isIpv4InSubnet(srcaddr, '10.0.0.0/8')"), "3");
  EXPECT_EQ(count("not isIpInSubnet(srcaddr, '10.0.0.0/8') and action = 'ACCEPT'"), "1");
  EXPECT_EQ(count("not ispresent(srcaddr)"), "1");
  EXPECT_EQ(count("dstport = 22 or dstport = 23 and bytes > 40"), "2");
  EXPECT_EQ(count("(dstport = 22 or dstport = 23) and bytes > 40"), "0");
  EXPECT_EQ(count("bytes % 1000 = 0 AND Packets >= 10"), "2");
  EXPECT_EQ(count("-bytes < -900"), "2");
  EXPECT_EQ(count("2 ^ 3 ^ 2 = 512 and -2 ^ 2 = -4 and dstport = 53"), "1");
  EXPECT_EQ(count("@timestamp > now() - 3600"), "8");
  EXPECT_EQ(count("@timestamp < '2026-03-01'"), "1");
  EXPECT_EQ(count("isempty(action)"), "1");
  EXPECT_EQ(count("if(bytes > 100, true, false)"), "5");
}

TEST(InsightsQuery, DedupKeepsTheNewest) {
  EXPECT_THAT(ask("filter action = 'REJECT' | fields srcaddr, dstport | dedup srcaddr").lines,
              ElementsAre("srcaddr | dstport", "198.51.100.4 | 53", "203.0.113.7 | 23"));
  EXPECT_THAT(
      ask("filter action = 'REJECT' | sort dstport | dedup srcaddr | display dstport").lines,
      ElementsAre("dstport", "22", "53"));
}

TEST(InsightsQuery, CommentsAndCaseOfKeywords) {
  EXPECT_THAT(ask("# the rejected\nFILTER action = 'REJECT' # not '|'\n| STATS Count(*) AS n BY "
                  "protocol\n| SORT n DESC # done")
                  .lines,
              ElementsAre("protocol | n", "6 | 3", "17 | 1"));
}

TEST(InsightsQuery, BinsWithOffsetsAndCaps) {
  EXPECT_THAT(ask("filter dstport = 53 | stats count(*) by bin(1h) offset 10m").lines,
              ElementsAre("bin(1h) offset 10m | count(*)", "2026-03-01T11:10:00Z | 1"));
  const Answer capped = ask("filter dstport = 53 | stats count(*) by bin(300s)");
  EXPECT_THAT(capped.codes(), ElementsAre("bin_cap", "field_casing"));
}

TEST(InsightsQuery, ErrorsPointAtTheirPlace) {
  const auto error = [](std::string_view text) {
    const Answer answer = ask(text);
    return pointed(text, answer) + ": " + message(answer);
  };
  EXPECT_THAT(error("filter acton = 'REJECT'"),
              StartsWith("acton: there is no field 'acton'; did you mean action"));
  EXPECT_THAT(error("fields srcaddr dstaddr"), StartsWith("dstaddr: "));
  EXPECT_THAT(error("stats count(*) srcaddr"), StartsWith("srcaddr: "));
  EXPECT_THAT(error("fliter x = 1"),
              StartsWith("fliter: there is no command 'fliter'; did you mean filter"));
  EXPECT_THAT(error("filter action == 'x'"), HasSubstr("equality is written ="));
  EXPECT_THAT(error("filter action = 'x"), StartsWith("': "));
  EXPECT_THAT(error("filter srcaddr = 10.0.0.1"), HasSubstr("stand in quotes"));
  EXPECT_THAT(error("filter srcaddr = '10.0.0.0/8'"), HasSubstr("isIpInSubnet"));
  EXPECT_THAT(error("limit 0"), StartsWith("0: "));
  EXPECT_THAT(error("limit"), HasSubstr("the query ends where a number of rows"));
  EXPECT_THAT(error("stats bytes by srcaddr"), StartsWith("bytes: stats takes functions"));
  EXPECT_THAT(error("stats count(*), count(*)"), StartsWith("count(*): two columns"));
  EXPECT_THAT(error("stats cuont(*)"), HasSubstr("cuont"));
  EXPECT_THAT(error("anomaly"), HasSubstr("not available"));
  EXPECT_THAT(error("fields a | source 'x' | limit 1"), HasSubstr("no field 'a'"));
  EXPECT_THAT(error("limit 3 | source 'x' | limit 1"), HasSubstr("beginning"));
  EXPECT_THAT(error("filter @message like /x"), HasSubstr("never ends"));
  EXPECT_THAT(error("filter @message like /x/i"), HasSubstr("(?i)"));
  EXPECT_THAT(error(""), HasSubstr("empty"));
  EXPECT_THAT(error("# nothing"), HasSubstr("empty"));
  EXPECT_THAT(error("SOURCE 'x'"), HasSubstr("the query ends"));
  EXPECT_THAT(error("fields srcaddr |"), HasSubstr("a command"));
  EXPECT_THAT(error("filter \x01"), HasSubstr("0x01"));
}

TEST(InsightsQuery, SpansCountFromTheStartOfTheWholeText) {
  const Answer answer = ask("filter acton = 'REJECT'", Dialect::kHelpful, 100);
  EXPECT_EQ(answer.error->span->begin, 107U);
  EXPECT_EQ(answer.error->span->end, 112U);
}

TEST(InsightsQuery, HostileInputIsRefusedNotObeyed) {
  const auto repeat = [](std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) {
      out += piece;
    }
    return out;
  };
  EXPECT_THAT(message(ask("filter " + repeat("(", 5000))), HasSubstr("nest"));
  EXPECT_THAT(message(ask("filter " + repeat("-", 5000) + "1 = 1")), HasSubstr("nest"));
  EXPECT_THAT(message(ask("filter bytes = " + repeat("1+", 5000) + "1")), HasSubstr("nest"));
  EXPECT_THAT(message(ask("filter " + repeat("not ", 5001) + "bytes = 1")), Not(HasSubstr("nest")));
  EXPECT_FALSE(
      ask("filter " + repeat("dstport = 1 or ", 2000) + "dstport = 53 | stats count(*)").error);
  EXPECT_THAT(message(ask(repeat("limit 1 | ", 300) + "limit 1")), HasSubstr("at most"));
  EXPECT_THAT(message(ask("filter " + repeat("@message like /a{9}/ or ", 500) + "true")),
              HasSubstr("at most 128 patterns"));
  EXPECT_THAT(message(ask("filter " + repeat("regexp(action, 'a_%') or ", 500) + "true")),
              HasSubstr("at most 128 patterns"));
  std::string doubling = "fields bytes as a0";
  for (int i = 1; i < 40; ++i) {
    doubling += fmt::format(" | fields a{0} + a{0} as a{1}", i - 1, i);
  }
  EXPECT_THAT(message(ask(doubling)), HasSubstr("too large"));
  EXPECT_THAT(message(ask("fields " + repeat("bytes", 20000))), HasSubstr("at most"));
}

}  // namespace
}  // namespace weir::query::insights
