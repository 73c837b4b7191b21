#include "query/sql/sql.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "query/sql/sql_fixture.h"

namespace weir::query::sql {
namespace {

TEST_F(SqlTest, SelectsColumnsAsWritten) {
  EXPECT_EQ(ask("SELECT srcAddr, DSTPORT, bytes * 8 AS bits FROM flows WHERE bytes > 1500"),
            "10.0.0.1|443|24000\n10.0.0.2|40000|16000");
  EXPECT_EQ(names_, "srcAddr|DSTPORT|bits");
}

TEST_F(SqlTest, NamesExpressionsByTheirText) {
  ask("SELECT COUNT( * ), SUM(bytes)\n  / 2, 'a  b' || \"type\" /* why */ FROM flows GROUP BY "
      "type");
  EXPECT_EQ(names_, "COUNT( * )|SUM(bytes) / 2|'a  b' || \"type\"");
}

TEST_F(SqlTest, AnswersWithoutATable) {
  EXPECT_EQ(ask("SELECT 1 + 2 * 3 AS n, 'x' || 'y', -9223372036854775808, NULL"),
            "7|xy|-9223372036854775808|null");
}

TEST_F(SqlTest, SelectsEverything) {
  ask("SELECT * FROM vpc_flow_logs LIMIT 1");
  EXPECT_EQ(names_,
            "interface_id|srcaddr|dstaddr|srcport|dstport|protocol|packets|bytes|start|end|action|"
            "log_status|pkt_srcaddr|type|region");
}

TEST_F(SqlTest, KeywordsAreColumnsWhereAnOperandStands) {
  EXPECT_EQ(ask("SELECT end, \"end\", `end`, start, type, region FROM flows WHERE packets = 12"),
            "2026-03-01T12:00:00Z|2026-03-01T12:00:00Z|2026-03-01T12:00:00Z|2026-03-01T11:59:30Z|"
            "IPv4|eu-west-1");
  EXPECT_EQ(ask("SELECT CASE WHEN end > start THEN end - start END d, CASE action WHEN 'ACCEPT' "
                "THEN 1 ELSE 0 END end FROM flows WHERE packets = 12"),
            "30|1");
  EXPECT_EQ(names_, "d|end");
  EXPECT_EQ(ask("SELECT CASE WHEN packets = 12 THEN start ELSE end END FROM flows LIMIT 1"),
            "2026-03-01T11:59:30Z");
  EXPECT_EQ(ask("SELECT MAX(\"end\") FROM flows WHERE end - start = 30"), "2026-03-01T12:00:00Z");
}

TEST_F(SqlTest, QuotedAndHyphenatedNames) {
  EXPECT_EQ(ask("SELECT `pkt-srcaddr`, \"pkt_srcaddr\", PKT_SrcAddr FROM flows WHERE bytes = 80"),
            "10.0.0.1|10.0.0.1|10.0.0.1");
  EXPECT_EQ(refusal("SELECT pkt-srcaddr FROM flows"),
            "a bare hyphen is a minus; write pkt_srcaddr or \"pkt-srcaddr\" @ pkt-srcaddr");
  EXPECT_EQ(refusal("SELECT bytes FROM flows WHERE log-status = 'OK'"),
            "a bare hyphen is a minus; write log_status or \"log-status\" @ log-status");
}

TEST_F(SqlTest, CommentsOfAllKinds) {
  EXPECT_EQ(ask("-- top\nSELECT /* all of\n them */ COUNT(*) # MySQL's\nFROM flows -- end"), "8");
}

TEST_F(SqlTest, ConditionsAreThreeValued) {
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE NOT bytes > 100"), "3");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes IS NULL"), "1");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE (bytes > 100) IS NOT TRUE"), "4");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes IS DISTINCT FROM 40"), "6");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes <=> NULL"), "1");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes NOT IN (40, 80)"), "4");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes NOT IN (40, NULL)"), "0");
}

TEST_F(SqlTest, Predicates) {
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE srcaddr IN ('10.0.0.1', '2001:db8::1')"), "4");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes BETWEEN 40 AND 500 AND protocol = 6"), "3");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes NOT BETWEEN 41 AND 5000"), "2");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE srcaddr LIKE '10.0.%'"), "4");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE interface_id NOT LIKE 'eni-_'"), "0");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE action ILIKE 'rej%'"), "2");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE interface_id REGEXP '^eni-[12]$'"), "6");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE interface_id NOT RLIKE '[12]'"), "2");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE srcaddr << '10.0.0.0/8' OR dstaddr << "
                "'2001:db8::/32'"),
            "5");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE isIpInSubnet(srcaddr, '198.51.100.0/24')"), "2");
}

TEST_F(SqlTest, OperatorsBindAsInSql) {
  EXPECT_EQ(ask("SELECT 1 + 2 * 3 - 4 % 3, 2 ^ 3 * 2, -2 + 3, 10 - 4 - 3, NOT 1 = 2"),
            "6|16|1|3|true");
  EXPECT_EQ(ask("SELECT 1 = 1 OR 1 = 2 AND 1 = 2, 'a' || 1 + 1, 1 < 2 = (3 < 4)"), "true|a2|true");
}

TEST_F(SqlTest, GroupsByNamesAliasesPlacesAndExpressions) {
  const std::string expected = "443|2|4000\n22|2|80\n53|1|80\n80|1|500\n40000|1|2000";
  for (const char* key : {"dstport", "1", "port", "flows.dstport"}) {
    EXPECT_EQ(ask(fmt::format("SELECT dstport AS port, COUNT(*) AS n, SUM(bytes) FROM flows WHERE "
                              "dstport IS NOT NULL GROUP BY {} ORDER BY n DESC, port = 22, port",
                              key)),
              expected)
        << key;
  }
  EXPECT_EQ(ask("SELECT DATE_TRUNC('hour', start) AS hour, SUM(packets) FROM flows GROUP BY hour "
                "ORDER BY 1"),
            "2026-03-01T10:00:00Z|5\n2026-03-01T11:00:00Z|45");
  EXPECT_EQ(ask("SELECT bytes / 1000 > 1, COUNT(*) + 1 FROM flows GROUP BY bytes / 1000 > 1 ORDER "
                "BY bytes / 1000 > 1"),
            "false|6\ntrue|3\nnull|2");
  EXPECT_EQ(ask("SELECT action, type, COUNT(*) FROM flows GROUP BY ALL ORDER BY 1, 2"),
            "ACCEPT|IPv4|4\nACCEPT|IPv6|1\nREJECT|IPv4|2\nnull|null|1");
}

TEST_F(SqlTest, AggregatesIgnoreNulls) {
  EXPECT_EQ(ask("SELECT COUNT(*), COUNT(bytes), COUNT(DISTINCT srcaddr), SUM(bytes), MIN(bytes), "
                "MAX(bytes), AVG(packets) FROM flows"),
            "8|7|4|6660|40|3000|7.142857142857143");
  EXPECT_EQ(ask("SELECT COUNT(*), SUM(bytes), AVG(bytes) FROM flows WHERE bytes > 1000000"),
            "0|null|null");
  EXPECT_EQ(ask("SELECT STDDEV(bytes), STDDEV_POP(bytes), STDDEV_SAMP(bytes), VARIANCE(bytes) FROM "
                "flows WHERE protocol = 6 AND dstport = 443"),
            "1000|1000|1414.213562373095|1000000");
  EXPECT_EQ(ask("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY bytes), MEDIAN(bytes), "
                "approx_percentile(bytes, 0.5), percentile(bytes, 50) FROM flows"),
            "500|500|500|500");
  EXPECT_EQ(ask("SELECT COUNT(*) FILTER (WHERE action = 'REJECT'), SUM(bytes) FILTER (WHERE "
                "protocol = 17), count_if(protocol = 6), SUM(action = 'REJECT') FROM flows"),
            "2|80|6|2");
  EXPECT_EQ(ask("SELECT max_by(srcaddr, bytes), min_by(dstport, start) FROM flows"), "10.0.0.1|80");
}

TEST_F(SqlTest, HavingSeesAliasesKeysAndSummaries) {
  EXPECT_EQ(
      ask("SELECT srcaddr, SUM(bytes) AS total FROM flows GROUP BY srcaddr HAVING total > 400 "
          "AND COUNT(*) < 3 AND srcaddr != '2001:db8::1'"),
      "10.0.0.2|2000");
  // The alias hides the column of its name, but not inside a summary.
  EXPECT_EQ(
      ask("SELECT srcaddr, SUM(bytes) AS bytes FROM flows GROUP BY srcaddr HAVING bytes > 3000 "
          "AND MAX(bytes) = 3000"),
      "10.0.0.1|4080");
  EXPECT_EQ(ask("SELECT SUM(bytes) FROM flows HAVING COUNT(*) > 100"), "");
}

TEST_F(SqlTest, OrdersByAliasesPlacesExpressionsAndHiddenColumns) {
  EXPECT_EQ(ask("SELECT dstport FROM flows WHERE dstport < 100 ORDER BY bytes DESC, start"),
            "80\n53\n22\n22");
  EXPECT_EQ(names_, "dstport");
  EXPECT_EQ(ask("SELECT bytes AS b FROM flows ORDER BY b NULLS FIRST LIMIT 2"), "null\n40");
  EXPECT_EQ(ask("SELECT bytes FROM flows ORDER BY 1 DESC NULLS LAST LIMIT 1 OFFSET 6"), "40");
  EXPECT_EQ(ask("SELECT bytes FROM flows ORDER BY bytes DESC LIMIT 1, 2"), "2000\n1000");
  EXPECT_EQ(ask("SELECT srcaddr, COUNT(*) FROM flows GROUP BY srcaddr ORDER BY SUM(bytes) DESC "
                "LIMIT 1"),
            "10.0.0.1|3");
  EXPECT_EQ(names_, "srcaddr|COUNT(*)");
  EXPECT_EQ(ask("SELECT protocol FROM flows ORDER BY protocol FETCH FIRST 1 ROW ONLY"), "6");
}

TEST_F(SqlTest, AliasesServeLaterExpressionsAndWhere) {
  EXPECT_EQ(ask("SELECT bytes / packets AS each_packet, each_packet * 8 AS bits FROM flows WHERE "
                "each_packet < 41"),
            "40|320\n40|320");
  // A column of the table comes first, with a word about it where that may surprise.
  EXPECT_EQ(ask("SELECT date_trunc('day', start) AS start, COUNT(*) FROM flows WHERE protocol = 17 "
                "GROUP BY start"),
            "2026-03-01T00:00:00Z|1");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0].code, "group_by_shadowed");
}

TEST_F(SqlTest, Distinct) {
  EXPECT_EQ(ask("SELECT DISTINCT action, protocol FROM flows ORDER BY protocol, action"),
            "ACCEPT|6\nREJECT|6\nACCEPT|17\nnull|null");
  EXPECT_EQ(refusal("SELECT DISTINCT action FROM flows ORDER BY bytes"),
            "after SELECT DISTINCT, ORDER BY can name only what is selected @ bytes");
}

TEST_F(SqlTest, SubqueriesAndWith) {
  EXPECT_EQ(ask("SELECT AVG(total) FROM (SELECT dstport, SUM(bytes) AS total FROM flows GROUP BY "
                "dstport HAVING total IS NOT NULL) AS t WHERE t.total < 1000"),
            "220");
  EXPECT_EQ(
      ask("WITH big (who, b) AS (SELECT srcaddr, bytes FROM flows WHERE bytes >= 1000), "
          "totals AS (SELECT who, SUM(b) AS total FROM big GROUP BY who) SELECT * FROM totals "
          "ORDER BY total"),
      "10.0.0.2|2000\n10.0.0.1|4000");
  EXPECT_EQ(names_, "who|total");
  EXPECT_EQ(ask("WITH flows AS (SELECT bytes FROM flows WHERE bytes = 80) SELECT * FROM flows"),
            "80");
}

TEST_F(SqlTest, JoinsOnEqualityAndTime) {
  // Each direction of a connection beside its answer.
  EXPECT_EQ(ask("SELECT a.srcaddr, b.srcaddr, a.bytes, b.bytes FROM flows a JOIN flows AS b ON "
                "a.srcaddr = b.dstaddr AND a.dstaddr = b.srcaddr AND a.srcport = b.dstport AND "
                "a.start <= b.end AND b.start <= a.end WHERE a.bytes < b.bytes"),
            "10.0.0.1|10.0.0.2|1000|2000");
  EXPECT_EQ(names_, "srcaddr|srcaddr_2|bytes|bytes_2");
  EXPECT_EQ(
      ask("SELECT a.dstport, b.dstport FROM flows a LEFT JOIN flows b ON b.srcaddr = a.dstaddr "
          "AND b.protocol = 6 WHERE a.protocol = 17 OR a.dstport = 22 ORDER BY a.start"),
      "22|40000\n22|40000\n53|null");
  EXPECT_EQ(
      ask("SELECT COUNT(*) FROM flows a JOIN (SELECT srcaddr, SUM(bytes) AS total FROM flows "
          "GROUP BY srcaddr) t USING (srcaddr) WHERE total > 1000 AND srcaddr << '10.0.0.0/8'"),
      "4");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows a, flows b WHERE a.dstaddr = b.srcaddr AND b.dstport = "
                "40000"),
            "4");
  EXPECT_EQ(
      ask("SELECT a.bytes, b.bytes, c.bytes FROM flows a JOIN flows b ON a.dstaddr = b.srcaddr "
          "LEFT JOIN flows c ON c.srcaddr = a.srcaddr AND c.bytes > a.bytes WHERE a.dstport = "
          "443 ORDER BY 1"),
      "1000|2000|3000\n3000|2000|null");
}

TEST_F(SqlTest, JoinNamesMustBeClear) {
  EXPECT_EQ(refusal("SELECT bytes FROM flows a JOIN flows b ON a.srcaddr = b.dstaddr"),
            "'bytes' could be a.bytes or b.bytes; say which @ bytes");
  EXPECT_EQ(refusal("SELECT c.bytes FROM flows a"),
            "no table is called 'c' here; FROM names a @ c.bytes");
  EXPECT_EQ(refusal("SELECT 1 FROM flows JOIN flows ON 1 = 1"),
            "two tables are called flows here; give each its own alias: flows AS a @ flows");
  EXPECT_NE(refusal("SELECT 1 FROM flows a JOIN flows b ON a.bytes > b.bytes").find("an equality"),
            std::string::npos);
}

TEST_F(SqlTest, UnionsAlignTypes) {
  EXPECT_EQ(
      ask("SELECT 'a' AS k, MIN(bytes) AS v FROM flows UNION ALL SELECT 'b', AVG(bytes) FROM "
          "flows WHERE dstport = 443 UNION ALL (SELECT action, bytes FROM flows ORDER BY bytes "
          "DESC LIMIT 1) ORDER BY v DESC"),
      "ACCEPT|3000\nb|2000\na|40");
  EXPECT_EQ(ask("SELECT protocol FROM flows UNION SELECT 17 UNION ALL SELECT 6 ORDER BY 1"),
            "6\n6\n17\nnull");
  EXPECT_NE(refusal("SELECT 1, 2 UNION ALL SELECT 1").find("as many columns"), std::string::npos);
}

TEST_F(SqlTest, CasesInBothForms) {
  EXPECT_EQ(ask("SELECT CASE protocol WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' END, CASE WHEN bytes > "
                "2500 THEN 'big' WHEN bytes > 500 THEN 'middle' ELSE 'small' END FROM flows WHERE "
                "srcaddr = '10.0.0.1'"),
            "tcp|middle\ntcp|big\nudp|small");
}

TEST_F(SqlTest, ScalarFunctions) {
  EXPECT_EQ(ask("SELECT LOWER('AB'), UPPER('ab'), SUBSTRING('hello', 2, 3), SUBSTRING('hello' FROM "
                "2 FOR 2), CONCAT('a', 1, NULL), COALESCE(NULL, 2), IFNULL(NULL, 3), NULLIF(1, 1)"),
            "ab|AB|ell|el|a1|2|3|null");
  EXPECT_EQ(ask("SELECT ROUND(2.567, 2), FLOOR(2.5), CEIL(2.1), ABS(-3), LENGTH('abc'), "
                "POSITION('l' IN 'hello'), TRIM(BOTH 'x' FROM 'xax'), TRIM(' a '), REPLACE('aa', "
                "'a', 'b')"),
            "2.57|2|3|3|3|3|a|a|bb");
  EXPECT_EQ(ask("SELECT CAST('12' AS BIGINT) + 1, '1.5'::double, CAST(srcaddr AS VARCHAR(20)) || "
                "'!', 7::text, CAST('x' AS decimal(10, 2)) FROM flows LIMIT 1"),
            "13|1.5|10.0.0.1!|7|null");
  EXPECT_EQ(ask("SELECT GREATEST(1, 2), IF(1 < 2, 'y', 'n'), LEFT('abc', 2), RIGHT('abc', 1), "
                "protocolName(17)"),
            "2|y|ab|c|UDP");
}

TEST_F(SqlTest, Times) {
  EXPECT_EQ(ask("SELECT NOW(), CURRENT_TIMESTAMP, NOW() - INTERVAL 1 HOUR, NOW() + INTERVAL '90' "
                "MINUTE, CURRENT_DATE, UNIX_TIMESTAMP(), UNIX_TIMESTAMP('2026-03-01')"),
            "2026-03-01T12:00:00Z|2026-03-01T12:00:00Z|2026-03-01T11:00:00Z|2026-03-01T13:30:00Z|"
            "2026-03-01T00:00:00Z|1772366400|1772323200");
  EXPECT_EQ(ask("SELECT TIMESTAMP '2026-01-31 10:00:00' + INTERVAL '1 hour 30 minutes', DATE "
                "'2026-01-31' - INTERVAL '1' DAY, FROM_UNIXTIME(0), EXTRACT(HOUR FROM NOW()), "
                "EXTRACT(DOW FROM NOW()), YEAR(NOW()), INTERVAL (2 + 1) HOUR, DATE(NOW())"),
            "2026-01-31T11:30:00Z|2026-01-30T00:00:00Z|1970-01-01T00:00:00Z|12|0|2026|10800000ms|"
            "2026-03-01T00:00:00Z");
  EXPECT_EQ(
      ask("SELECT COUNT(*) FROM flows WHERE start >= UNIX_TIMESTAMP(NOW() - INTERVAL 1 HOUR)"),
      "7");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE start > now() - interval '100 seconds' AND end < "
                "'2026-03-01 12:00:00'"),
            "2");
  EXPECT_EQ(ask("SELECT time_bucket(INTERVAL '1 hour', start), bin(start, 5m) FROM flows WHERE "
                "packets = 5"),
            "2026-03-01T10:00:00Z|2026-03-01T10:00:00Z");
  EXPECT_NE(refusal("SELECT TIMESTAMP 'noon'").find("is no time"), std::string::npos);
  EXPECT_NE(refusal("SELECT INTERVAL 1 FORTNIGHT").find("a unit"), std::string::npos);
}

TEST_F(SqlTest, TimeRangeOfTheOptionsBoundsEveryScan) {
  options_.range.since = kNow - 100'000;
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows"), "3");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows a JOIN flows b ON a.interface_id = b.interface_id"),
            "3");
}

const Plan& scan_of(const Plan& plan) {
  return plan.inputs.empty() ? plan : scan_of(*plan.inputs.front());
}

TEST_F(SqlTest, RecordsWithoutTrafficFormNoGroupOfAddresses) {
  struct Case {
    const char* text;
    bool include_silent;
    bool warns;
  };
  const Case cases[] = {
      {"SELECT srcaddr, COUNT(*) FROM flows GROUP BY srcaddr", false, true},
      {"SELECT network(srcaddr, 24) AS n, COUNT(*) FROM flows GROUP BY n", false, true},
      {"SELECT srcaddr FROM flows WHERE start > 5 GROUP BY srcaddr", false, true},
      {"SELECT srcaddr FROM flows WHERE action = 'REJECT' GROUP BY srcaddr", false, false},
      {"SELECT srcaddr FROM flows WHERE log_status != 'X' GROUP BY srcaddr", true, false},
      {"SELECT srcaddr FROM flows WHERE srcaddr IS NULL GROUP BY srcaddr", true, false},
      {"SELECT COALESCE(srcaddr, '::') FROM flows GROUP BY srcaddr", true, false},
      {"SELECT action, COUNT(*) FROM flows GROUP BY action", true, false},
      {"SELECT COUNT(DISTINCT srcaddr), COUNT(*) FROM flows", true, false},
      {"SELECT srcaddr FROM flows", true, false},
  };
  for (const Case& example : cases) {
    for (const Dialect dialect : {Dialect::kHelpful, Dialect::kCloudWatch}) {
      environment_.dialect = dialect;
      const auto prepared = prepare_text(example.text);
      ASSERT_TRUE(prepared) << example.text;
      const bool is_helpful = dialect == Dialect::kHelpful;
      EXPECT_EQ(scan_of(*prepared->plan).include_silent, example.include_silent || !is_helpful)
          << example.text;
      EXPECT_EQ(prepared->warnings.size(), example.warns && is_helpful ? 1U : 0U) << example.text;
    }
  }
}

TEST_F(SqlTest, SplitsStatements) {
  const std::string text =
      " ; -- ; one\nSELECT ';', \";\" /* ; */ FROM `;` # ;\n ;\n;SELECT 2 ; -- nothing\n";
  const auto spans = split_statements(text);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(text.substr(spans[0].begin, spans[0].end - spans[0].begin),
            "SELECT ';', \";\" /* ; */ FROM `;`");
  EXPECT_EQ(text.substr(spans[1].begin, spans[1].end - spans[1].begin), "SELECT 2");
  EXPECT_TRUE(split_statements("").empty());
  EXPECT_TRUE(split_statements(" -- nothing\n;;").empty());
  EXPECT_EQ(split_statements("SELECT 'open").size(), 1U);
  EXPECT_EQ(split_statements("SELECT 1 /* open").size(), 1U);
}

// The first document's three statements, as they stand.
TEST_F(SqlTest, TheFirstDocumentsQueries) {
  const char* const shared = std::getenv("WEIR_SHARED");
  const std::filesystem::path path =
      (shared != nullptr ? std::filesystem::path(shared)
                         : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared") /
      "seeds/artefacts/flow-log-queries.sql";
  std::ifstream file(path);
  if (!file) {
    GTEST_SKIP() << path << " is not there";
  }
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto spans = split_statements(text);
  ASSERT_EQ(spans.size(), 3U);
  // A source with eleven records of which one stands out: 3 deviations need that many.
  std::vector<Record> records = {
      {"eni-2", "198.51.100.7", "10.0.0.2", 55555, 22, 6, 1, 40, -240, "REJECT"},
      {"eni-2", "198.51.100.7", "10.0.0.2", 55556, 22, 6, 1, 40, -300, "REJECT"},
      {"eni-2", "198.51.100.7", "10.0.0.2", 55557, 22, 6, 1, 40, -7200, "REJECT"},
      {"eni-3", "", "", -1, -1, -1, -1, -1, -90, ""}};
  for (int i = 0; i < 11; ++i) {
    records.push_back({"eni-1", "10.0.0.1", "10.0.0.2", 40000, 443, 6, 1, 100, -60 - i, "ACCEPT"});
  }
  records.push_back({"eni-1", "10.0.0.1", "10.0.0.2", 40000, 443, 6, 9, 9000, -60, "ACCEPT"});
  set_rows(records);
  const std::string expected[] = {"10.0.0.1|10.0.0.2|10100|12\n198.51.100.7|10.0.0.2|80|2",
                                  "198.51.100.7|10.0.0.2|22|6|2",
                                  "10.0.0.1|841.6666666666666|2459.8300528469217|9000"};
  const std::string names[] = {"srcaddr|dstaddr|total_bytes|flow_count",
                               "srcaddr|dstaddr|dstport|protocol|rejected_flows",
                               "srcaddr|avg_bytes|stddev_bytes|max_bytes"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(text.substr(spans[i].begin, spans[i].end - spans[i].begin)), expected[i]);
    EXPECT_EQ(names_, names[i]);
  }
}

}  // namespace
}  // namespace weir::query::sql
