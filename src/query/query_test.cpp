#include "query/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/insights/flow_fixture.h"

namespace weir::query {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<std::vector<PreparedQuery>> prepare_text(std::string_view text,
                                                std::optional<Language> language = std::nullopt) {
  insights::FlowCatalog catalog;
  PrepareOptions options;
  options.language = language;
  return prepare(text, options, catalog, insights::flow_environment(Dialect::kHelpful));
}

TEST(DetectLanguage, ByTheFirstWordBehindComments) {
  EXPECT_EQ(detect_language("filter a = 1"), Language::kInsights);
  EXPECT_EQ(detect_language("\n\t# select\n  STATS count(*)"), Language::kInsights);
  EXPECT_EQ(detect_language("SOURCE 'x' | fields a"), Language::kInsights);
  EXPECT_EQ(detect_language("| fields a"), Language::kInsights);
  EXPECT_EQ(detect_language("-- top\nSelect 1"), Language::kSql);
  EXPECT_EQ(detect_language("/* filter */ with a as (select 1) select * from a"), Language::kSql);
  EXPECT_EQ(detect_language("(select 1) union all (select 2)"), Language::kSql);
  EXPECT_EQ(detect_language("selected"), std::nullopt);
  EXPECT_EQ(detect_language(""), std::nullopt);
  EXPECT_EQ(detect_language("/* never closed"), std::nullopt);
}

TEST(Prepare, SqlIsSplitAtSemicolonsAndInsightsIsOneStatement) {
  const auto sql = prepare_text("-- two\nselect count(*) from flows;\nselect ';' as a from flows;");
  ASSERT_TRUE(sql) << sql.error().message;
  ASSERT_EQ(sql->size(), 2U);
  EXPECT_EQ((*sql)[1].language, Language::kSql);
  EXPECT_THAT((*sql)[1].text, HasSubstr("select ';' as a"));

  const auto insights = prepare_text("filter @message like ';' | stats count(*)");
  ASSERT_TRUE(insights) << insights.error().message;
  ASSERT_EQ(insights->size(), 1U);
  EXPECT_EQ((*insights)[0].language, Language::kInsights);
}

TEST(Prepare, PlansAreOptimised) {
  const auto prepared = prepare_text("filter dstport = 22 | stats sum(bytes) by srcaddr");
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_EQ(to_text(*(*prepared)[0].plan),
            "aggregate sum(bytes) by srcaddr\n  project srcaddr, bytes\n    filter (dstport = 22)\n"
            "      scan dstport, srcaddr, bytes\n");
}

TEST(Prepare, SaysWhichLanguagesThereAre) {
  const auto typo = prepare_text("  slect * from flows");
  ASSERT_FALSE(typo);
  EXPECT_THAT(typo.error().message,
              StartsWith("no query begins with 'slect'; did you mean select"));
  EXPECT_EQ(typo.error().span->begin, 2U);
  EXPECT_EQ(typo.error().span->end, 7U);
  EXPECT_THAT(prepare_text(" # nothing").error().message, HasSubstr("empty"));
  EXPECT_THAT(prepare_text("\x1b[31m").error().code, ErrorCode::kUsage);
}

TEST(Prepare, TheLanguageCanBeForced) {
  const auto forced = prepare_text("select 1", Language::kInsights);
  ASSERT_FALSE(forced);
  EXPECT_THAT(forced.error().message, HasSubstr("no command 'select'"));
}

TEST(Prepare, SpansOfLaterStatementsCountFromTheWholeText) {
  const std::string_view text = "select count(*) from flows;\nselect nonsuch from flows";
  const auto prepared = prepare_text(text);
  ASSERT_FALSE(prepared);
  ASSERT_TRUE(prepared.error().span);
  EXPECT_EQ(text.substr(prepared.error().span->begin, 7), "nonsuch");
}

TEST(PointAt, PutsACaretUnderTheSpan) {
  EXPECT_EQ(point_at("filter acton = 1", {7, 12}),
            "line 1, column 8\n  filter acton = 1\n         ^^^^^");
  EXPECT_EQ(point_at("a\r\nbb\tcc\nd", {6, 8}), "line 2, column 4\n  bb cc\n     ^^");
  EXPECT_EQ(point_at("ab", {2, 2}), "line 1, column 3\n  ab\n    ^");
  EXPECT_EQ(point_at("", {0, 0}), "line 1, column 1\n  \n  ^");
  EXPECT_EQ(point_at("x", {50, 90}), "line 1, column 2\n  x\n   ^");
  EXPECT_EQ(point_at("a\nb", {0, 3}), "line 1, column 1\n  a\n  ^");
}

TEST(PointAt, CountsCharactersNotBytes) {
  EXPECT_EQ(point_at("'\xc3\xa9' = x", {7, 8}), "line 1, column 7\n  '\xc3\xa9' = x\n        ^");
}

TEST(PointAt, CutsLongLinesAndShowsNoControlCharacters) {
  const std::string text = std::string(500, 'a') + " here " + std::string(500, 'b');
  const std::string shown = point_at(text, {501, 505});
  EXPECT_THAT(shown, HasSubstr("line 1, column 502\n  ...aaa"));
  EXPECT_THAT(shown, HasSubstr("bbb...\n"));
  const auto lines_begin = shown.find('\n') + 1;
  const auto caret = shown.rfind('\n') + 1;
  const auto column = shown.find('^') - caret;
  EXPECT_EQ(shown.substr(lines_begin + column, 4), "here");
  EXPECT_THAT(point_at("a\x1b[31mb", {0, 1}), HasSubstr("a?[31mb"));
}

}  // namespace
}  // namespace weir::query
