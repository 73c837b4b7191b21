// What the SQL front end refuses: each error says what, points at it, and names the way out.

#include "query/sql/sql_fixture.h"

namespace weir::query::sql {
namespace {

using SqlRefusalTest = SqlTest;

struct Refused {
  const char* text;
  const char* part;  // of the message
  const char* at;
};

TEST_F(SqlRefusalTest, PointsAtWhatIsWrong) {
  const Refused cases[] = {
      {"SELECT srcadr FROM flows", "did you mean srcaddr", "srcadr"},
      {"SELECT COUNT(*) FROM flows GROUP BY dstprt", "did you mean dstport", "dstprt"},
      {"SELECT bytes AS total FROM flows ORDER BY totl", "did you mean total", "totl"},
      {"SELECT a.byts FROM flows a", "did you mean bytes", "a.byts"},
      {"SELECT f(1) FROM flows", "no function 'f'", "f(1)"},
      {"SELECT lowr('A')", "did you mean lower", "lowr('A')"},
      {"SELECT bytes FROM netflow", "no table 'netflow'", "netflow"},
      {"SELECT bytes FROM flows WHERE action = \"REJECT\"", "single ones: 'REJECT'", "\"REJECT\""},
      {"SELECT bytes FROM flows WHERE srcaddr = '10.0.0.300'", "no IPv4 or IPv6", "'10.0.0.300'"},
      {"SELECT bytes FROM flows WHERE srcaddr = '10.0.0.0/8'", "isIpInSubnet", "'10.0.0.0/8'"},
      {"SELECT bytes FROM flows WHERE srcaddr = 10.0.0.1", "single quotes", "10.0.0.1"},
      {"SELECT bytes FROM flows WHERE", "ends where", ""},
      {"SELECT FROM flows", "a column or an expression", "FROM"},
      {"SELECT bytes flows WHERE 1 = 1 FROM x", "the end of the statement", "FROM"},
      {"SELECT bytes FROM flows WHERE bytes = ", "ends where", ""},
      {"SELECT (bytes FROM flows", "the end of the parentheses", "FROM"},
      {"SELECT 'open FROM flows", "no closing '", "'"},
      {"SELECT \"open FROM flows", "no closing \"", "\""},
      {"SELECT 1 /* open", "no closing */", "/*"},
      {"SELECT 1; SELECT 2", "the end of the statement", "SELECT"},
      {"SELECT \x01 FROM flows", "byte 0x01", "\x01"},
      {"SELECT bytes FROM flows LIMIT -1", "a whole number of rows", "-"},
      {"SELECT bytes FROM flows LIMIT 1.5", "a whole number of rows", "1.5"},
      {"SELECT bytes FROM flows ORDER BY 2", "the places 1 to 1", "2"},
      {"SELECT bytes FROM flows GROUP BY 0", "the places 1 to 1", "0"},
      {"SELECT srcaddr, COUNT(*) FROM flows", "add it to GROUP BY", "srcaddr"},
      {"SELECT SUM(bytes) FROM flows GROUP BY dstport HAVING packets > 1", "add it to GROUP BY",
       "packets"},
      {"SELECT srcaddr FROM flows WHERE SUM(bytes) > 5", "stand in HAVING", "SUM(bytes) > 5"},
      {"SELECT SUM(bytes) AS b, COUNT(*) FROM flows GROUP BY b", "by a summary", "b"},
      {"SELECT MAX(SUM(bytes)) FROM flows", "cannot stand here", "SUM(bytes)"},
      {"SELECT bytes FROM flows WHERE action", "no condition", "action"},
      {"SELECT CAST(bytes AS blob) FROM flows", "no type 'blob'", "CAST(bytes AS blob)"},
      {"SELECT CASE END FROM flows", "WHEN", "FROM"},
      {"SELECT CASE WHEN 1 = 1 THEN 2 FROM flows", "END", "FROM"},
      {"SELECT a.bytes FROM flows a JOIN flows b ON a.x = b.bytes", "no field 'a.x'", "a.x"},
      {"SELECT a.bytes FROM flows a JOIN flows b ON a.bytes = c.bytes", "no table is called 'c'",
       "c.bytes"},
      {"SELECT a.bytes FROM flows a JOIN flows b USING (nothing)", "is missing from one",
       "(nothing)"},
      {"SELECT t.x FROM (SELECT 1, 2) t (x)", "names 1 columns, the query has 2", "(SELECT"},
  };
  for (const Refused& refused : cases) {
    const std::string error = refusal(refused.text);
    const auto border = error.rfind(" @ ");
    ASSERT_NE(border, std::string::npos) << refused.text << "\n" << error;
    EXPECT_NE(error.substr(0, border).find(refused.part), std::string::npos) << refused.text << "\n"
                                                                             << error;
    const std::string at = error.substr(border + 3);
    EXPECT_TRUE(at == refused.at || (*refused.at != '\0' && at.starts_with(refused.at)))
        << refused.text << "\n"
        << error;
  }
}

TEST_F(SqlRefusalTest, SaysWhatToDoInstead) {
  const Refused cases[] = {
      {"INSERT INTO flows VALUES (1)", "weir convert", "INSERT"},
      {"create table x (a int)", "WITH name AS", "create"},
      {"DESCRIBE flows", "weir fields", "DESCRIBE"},
      {"EXPLAIN SELECT 1", "--explain", "EXPLAIN"},
      {"USE logs", "leave it out", "USE"},
      {"fields srcAddr | limit 5", "Logs Insights", "fields"},
      {"SELECT SUM(bytes) OVER (PARTITION BY srcaddr) FROM flows", "group in a subquery", "SUM"},
      {"SELECT ROW_NUMBER() OVER w FROM flows", "group in a subquery", "ROW_NUMBER"},
      {"SELECT 1 FROM flows a RIGHT JOIN flows b ON a.bytes = b.bytes", "LEFT JOIN", "RIGHT"},
      {"SELECT 1 FROM flows a FULL OUTER JOIN flows b ON a.bytes = b.bytes", "UNION ALL", "FULL"},
      {"SELECT 1 FROM flows a CROSS JOIN flows b", "needs an equality", "CROSS"},
      {"SELECT 1 FROM flows a NATURAL JOIN flows b", "USING", "NATURAL"},
      {"SELECT 1 FROM flows a, flows b", "needs an equality", ", flows b"},
      {"SELECT 1 FROM flows WHERE srcaddr IN (SELECT dstaddr FROM flows)", "JOIN", "SELECT"},
      {"SELECT 1 FROM flows WHERE EXISTS (SELECT 1)", "JOIN", "EXISTS"},
      {"SELECT (SELECT 1)", "FROM or WITH", "("},
      {"SELECT 1 FROM flows WHERE (srcaddr, dstaddr) = (1, 2)", "one by one", "(srcaddr"},
      {"SELECT 1 EXCEPT SELECT 2", "LEFT JOIN", "EXCEPT"},
      {"SELECT 1 INTERSECT SELECT 2", "join the two", "INTERSECT"},
      {"WITH RECURSIVE t AS (SELECT 1) SELECT 1", "leave out RECURSIVE", "RECURSIVE"},
      {"SELECT bytes FROM flows GROUP BY ROLLUP (bytes)", "UNION ALL", "ROLLUP"},
      {"SELECT DISTINCT ON (a) b FROM flows", "min_by", "ON"},
      {"SELECT * FROM 'file.log'", "command line", "'file.log'"},
      {"SELECT * FROM read_csv('x')", "no functions that give tables", "read_csv"},
      {"SELECT 1 FROM flows QUALIFY 1 = 1", "not available", "QUALIFY"},
      {"SELECT 1 INTO OUTFILE 'x'", "not available", "INTO"},
      {"SELECT SUM(DISTINCT bytes) FROM flows", "subquery", "SUM"},
      {"SELECT bytes FROM flows WHERE bytes = ?", "the value itself", "?"},
      {"SELECT bytes FROM flows WHERE action SIMILAR TO 'x'", "LIKE", "SIMILAR"},
  };
  for (const Refused& refused : cases) {
    const std::string error = refusal(refused.text);
    const auto border = error.rfind(" @ ");
    ASSERT_NE(border, std::string::npos) << refused.text << "\n" << error;
    EXPECT_NE(error.substr(0, border).find(refused.part), std::string::npos) << refused.text << "\n"
                                                                             << error;
    EXPECT_TRUE(error.substr(border + 3).starts_with(refused.at)) << refused.text << "\n" << error;
  }
}

TEST_F(SqlRefusalTest, SpansCountFromTheStartOfTheWholeText) {
  FlowCatalog catalog(table_);
  const auto prepared = prepare("SELECT srcadr FROM flows", 100, options_, catalog, environment_);
  ASSERT_FALSE(prepared);
  ASSERT_TRUE(prepared.error().span);
  EXPECT_EQ(prepared.error().span->begin, 107U);
  EXPECT_EQ(prepared.error().span->end, 113U);
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

TEST_F(SqlRefusalTest, HostileTextEndsInALimit) {
  const std::size_t many = 100'000;
  const std::string cases[] = {
      "SELECT " + repeated("(", many) + "1" + repeated(")", many),
      "SELECT " + repeated("(", many),
      "SELECT " + repeated("NOT ", many) + "true",
      "SELECT " + repeated("-", 1) + repeated(" -", many) + "1",
      "SELECT 1" + repeated(" + 1", many),
      "SELECT 1" + repeated("::int", many),
      "SELECT true" + repeated(" AND true", many),
      "SELECT 1" + repeated(" BETWEEN 1 AND 1", many),
      "SELECT " + repeated("CASE WHEN true THEN ", many) + "1",
      "SELECT " + repeated("lower(", many),
      "SELECT " + repeated("CASE 1 WHEN ", 140) + "1" + repeated(" THEN 1 END", 140),
      "SELECT 1 FROM " + repeated("(SELECT * FROM ", many) + "flows",
      repeated("(", many) + "SELECT 1",
      repeated("WITH a AS (", many),
      "SELECT " + repeated("a.", many) + "b",
      std::string(std::size_t{2} << 20, ' ') + "SELECT 1",
  };
  for (const std::string& text : cases) {
    const auto prepared = prepare_text(text);
    EXPECT_FALSE(prepared) << text.substr(0, 60);
  }
  // Doubling at every step: a few lines that would stand for a million.
  std::string doubled_with = "WITH t0 AS (SELECT bytes FROM flows)";
  std::string doubled_column = "SELECT bytes AS x FROM flows";
  std::string doubled_alias = "SELECT bytes AS x0";
  std::string doubled_same = "bytes";
  for (int i = 1; i < 22; ++i) {
    doubled_with += fmt::format(
        ", t{0} AS (SELECT a.bytes FROM t{1} a JOIN t{1} b ON a.bytes = b.bytes)", i, i - 1);
    doubled_column = "SELECT x + x AS x FROM (" + doubled_column + ")";
    doubled_alias += fmt::format(", x{1} + x{1} AS x{0}", i, i - 1);
    doubled_same = "(" + doubled_same + " <=> 1)";
  }
  EXPECT_EQ(prepare_text(doubled_with + " SELECT * FROM t21").error().code, ErrorCode::kLimit);
  EXPECT_EQ(prepare_text(doubled_column).error().code, ErrorCode::kLimit);
  EXPECT_EQ(prepare_text(doubled_alias + " FROM flows").error().code, ErrorCode::kLimit);
  EXPECT_EQ(prepare_text("SELECT " + doubled_same + " FROM flows").error().code, ErrorCode::kLimit);
}

TEST_F(SqlRefusalTest, LongButHonestTextIsAnswered) {
  std::string list = "'10.0.0.1'";
  for (int i = 0; i < 20'000; ++i) {
    list += fmt::format(", '172.16.{}.{}'", i / 250, i % 250);
  }
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE srcaddr IN (" + list + ")"), "3");
  EXPECT_EQ(ask("SELECT COUNT(*) FROM flows WHERE bytes = 1" + repeated(" OR bytes = 40", 1500)),
            "2");
  EXPECT_EQ(ask("SELECT " + repeated("(", 60) + "1" + repeated(")", 60)), "1");
  std::string nested = "SELECT bytes FROM flows";
  for (int i = 0; i < 15; ++i) {
    nested = "SELECT bytes FROM (" + nested + ") AS t";
  }
  EXPECT_EQ(ask("SELECT SUM(bytes) FROM (" + nested + ")"), "6660");
}

TEST_F(SqlRefusalTest, AnyBytesEndInAnAnswerOrAnError) {
  const std::string cases[] = {std::string("\0", 1),
                               "SELECT \xff\xfe FROM flows",
                               std::string("SELECT 'a\0b'", 12),
                               "\xef\xbb\xbfSELECT 1",
                               "`",
                               "\"",
                               "'",
                               "/*",
                               "--",
                               "#",
                               ";",
                               ".",
                               "SELECT .",
                               "SELECT 1e",
                               "SELECT 1e+",
                               "SELECT 99999999999999999999999",
                               "SELECT 1e999",
                               "SELECT 0x1F",
                               "SELECT INTERVAL '99999999999999999999 years'",
                               "SELECT INTERVAL '9999999999 years' * 99999999999",
                               "SELECT NOW() + INTERVAL 1000000 YEAR",
                               "SELECT @timestamp, @@x, $1 FROM flows"};
  for (const std::string& text : cases) {
    ask(text);
    (void)split_statements(text);
  }
}

}  // namespace
}  // namespace weir::query::sql
