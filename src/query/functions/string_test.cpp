#include <gtest/gtest.h>

#include <cstdint>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

ExpressionTable texts_table() {
  ExpressionTable table;
  table.add("s", Type::kString, texts({"Accept", "", std::nullopt, "  b\t", "\xc3\xbcn\xc3\xaf"}))
      .add("p", Type::kString, texts({"ce", "", "x", std::nullopt, "n"}))
      .add("i", Type::kInt64, integers({1, 2, -1, 0, INT64_MIN}))
      .add("a", Type::kAddress,
           addresses({"10.0.0.1", "2001:db8::1", std::nullopt, "::", "192.168.255.1"}));
  return table;
}

TEST(StringFunctions, CaseAndLength) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    texts_table().expect(language,
                         {
                             {"toupper(s)", "'ACCEPT' | '' | null | '  B\t' | '\xc3\xbcN\xc3\xaf'"},
                             {"tolower(s)", "'accept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                             {"UPPER(s)", "'ACCEPT' | '' | null | '  B\t' | '\xc3\xbcN\xc3\xaf'"},
                             {"strlen(s)", "6 | 0 | null | 4 | 3"},
                             {"length(a)", "8 | 11 | null | 2 | 13"},
                             {"strlen(i)", "1 | 1 | 2 | 1 | 20"},
                             {"strlen(null)", "null | null | null | null | null"},
                         });
  }
}

TEST(StringFunctions, Trimming) {
  texts_table().expect(Language::kInsights,
                       {
                           {"trim(s)", "'Accept' | '' | null | 'b' | '\xc3\xbcn\xc3\xaf'"},
                           {"ltrim(s)", "'Accept' | '' | null | 'b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"rtrim(s)", "'Accept' | '' | null | '  b' | '\xc3\xbcn\xc3\xaf'"},
                           {"trim(s, 'At')", "'ccep' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"ltrim(s, 'cA')", "'ept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"rtrim(s, '')", "'Accept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"trim(s, p)", "'Accept' | '' | null | null | '\xc3\xbcn\xc3\xaf'"},
                           {"trim('xxaxx', 'x')", "'a' | 'a' | 'a' | 'a' | 'a'"},
                       });
}

TEST(StringFunctions, SubstrCountsFrom0InInsights) {
  texts_table().expect(Language::kInsights,
                       {
                           {"substr(s, 0, 2)", "'Ac' | '' | null | '  ' | '\xc3\xbcn'"},
                           {"substr(s, 1)", "'ccept' | '' | null | ' b\t' | 'n\xc3\xaf'"},
                           {"substr(s, 2, 100)", "'cept' | '' | null | 'b\t' | '\xc3\xaf'"},
                           {"substr(s, 100)", "'' | '' | null | '' | ''"},
                           {"substr(s, 1, 0)", "'' | '' | null | '' | ''"},
                           {"substr(s, 1, -5)", "'' | '' | null | '' | ''"},
                           {"substr(s, i)", "'ccept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"substr(s, 0, i)", "'A' | '' | null | '' | ''"},
                           {"substr(s, i, i)", "'c' | '' | null | '' | ''"},
                           {"substr(s, 0, 9223372036854775807)",
                            "'Accept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
                           {"substr(i, 0, 1)", "'1' | '2' | '-' | '0' | '-'"},
                           {"substr(a, 0, 4)", "'10.0' | '2001' | null | '::' | '192.'"},
                       });
}

TEST(StringFunctions, SubstrCountsFrom1InSql) {
  texts_table().expect(Language::kSql,
                       {
                           {"substr(s, 1, 2)", "'Ac' | '' | null | '  ' | '\xc3\xbcn'"},
                           {"substring(s, 2)", "'ccept' | '' | null | ' b\t' | 'n\xc3\xaf'"},
                           {"substr(s, -2)", "'pt' | '' | null | 'b\t' | 'n\xc3\xaf'"},
                           {"substr(s, -2, 1)", "'p' | '' | null | 'b' | 'n'"},
                           {"substr(s, 0, 2)", "'A' | '' | null | ' ' | '\xc3\xbc'"},
                           {"substr(s, 3, 9)", "'cept' | '' | null | 'b\t' | '\xc3\xaf'"},
                           {"substr(s, i, i)", "'A' | '' | null | '' | ''"},
                           {"left(s, 2)", "'Ac' | '' | null | '  ' | '\xc3\xbcn'"},
                           {"right(s, 2)", "'pt' | '' | null | 'b\t' | 'n\xc3\xaf'"},
                           {"left(s, -1)", "'Accep' | '' | null | '  b' | '\xc3\xbcn'"},
                           {"right(s, -1)", "'ccept' | '' | null | ' b\t' | 'n\xc3\xaf'"},
                           {"left(s, i)", "'A' | '' | null | '' | ''"},
                       });
}

TEST(StringFunctions, ReplaceAndConcat) {
  texts_table().expect(
      Language::kInsights,
      {
          {"replace(s, 'c', 'kk')", "'Akkkkept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
          {"replace(s, 'c', '')", "'Aept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
          {"replace(s, '', 'x')", "'Accept' | '' | null | '  b\t' | '\xc3\xbcn\xc3\xaf'"},
          {"replace(s, p, '')", "'Acpt' | '' | null | null | '\xc3\xbc\xc3\xaf'"},
          {"replace('aaa', 'aa', 'b')", "'ba' | 'ba' | 'ba' | 'ba' | 'ba'"},
          {"concat(s, '-', i)",
           "'Accept-1' | '-2' | '--1' | '  b\t-0' | '\xc3\xbcn\xc3\xaf--9223372036854775808'"},
          {"concat(p)", "'ce' | '' | 'x' | '' | 'n'"},
          {"concat(a, null)", "'10.0.0.1' | '2001:db8::1' | '' | '::' | '192.168.255.1'"},
          {"concat('a', 'b', 'c')", "'abc' | 'abc' | 'abc' | 'abc' | 'abc'"},
      });
  texts_table().expect(
      Language::kSql,
      {
          {"||(s, p)", "'Acceptce' | '' | null | null | '\xc3\xbcn\xc3\xafn'"},
          {"||('port ', i)",
           "'port 1' | 'port 2' | 'port -1' | 'port 0' | "
           "'port -9223372036854775808'"},
          {"concat_ws('/', p, i)", "'ce/1' | '/2' | 'x/-1' | '0' | 'n/-9223372036854775808'"},
          {"concat_ws(null, p, i)", "null | null | null | null | null"},
      });
}

TEST(StringFunctions, Searching) {
  texts_table().expect(Language::kInsights,
                       {
                           {"strcontains(s, 'cc')", "1 | 0 | null | 0 | 0"},
                           {"strcontains(s, p)", "1 | 1 | null | null | 1"},
                           {"strcontains(s, '')", "1 | 1 | null | 1 | 1"},
                           {"contains(s, 'n')", "false | false | null | false | true"},
                           {"contains(a, '.0.')", "true | false | null | false | false"},
                           {"starts_with(s, 'Acc')", "true | false | null | false | false"},
                       });
  texts_table().expect(Language::kSql,
                       {
                           {"ends_with(s, 't')", "true | false | null | false | false"},
                           {"position(s, 'c')", "2 | 0 | null | 0 | 0"},
                           {"position(s, '\xc3\xaf')", "0 | 0 | null | 0 | 3"},
                           {"instr(s, '')", "1 | 1 | null | 1 | 1"},
                       });
}

TEST(StringFunctions, EmptyAndBlank) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    texts_table().expect(language, {
                                       {"isempty(s)", "false | true | true | false | false"},
                                       {"isblank(s)", "false | true | true | false | false"},
                                       {"isblank(' \t\n')", "true | true | true | true | true"},
                                       {"isempty(a)", "false | false | true | false | false"},
                                       {"isempty(null)", "true | true | true | true | true"},
                                       {"not(isempty(p))", "true | false | true | false | true"},
                                   });
  }
}

TEST(StringFunctions, WrongArgumentsShowTheSignature) {
  auto table = texts_table();
  EXPECT_NE(table.error_of(Language::kInsights, "strlen()"), "");
  EXPECT_NE(table.error_of(Language::kInsights, "strlen(s, s)"), "");
  EXPECT_NE(table.error_of(Language::kInsights, "replace(s, 'a')"), "");
  EXPECT_NE(table.error_of(Language::kInsights, "substr(s)").find("substr(text, begin"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kInsights, "toupperr(s)").find("toupper"), std::string::npos);
  EXPECT_NE(table.error_of(Language::kInsights, "left(s, 2)"), "");  // SQL alone
}

}  // namespace
}  // namespace weir::query
