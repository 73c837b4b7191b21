#include "store/top_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/int128.h"
#include "column/memory_table.h"
#include "store/stored_rows_fixture.h"

namespace weir::store {
namespace {

using column::Comparison;
using column::Type;
using column::Value;
using Kind = column::GroupRequest::Measure::Kind;
using Row = std::vector<Value>;

constexpr TimeMs kBegin = 1'767'571'200'000;
constexpr TimeMs kHour = 3'600'000;

TableSpec spec_with_ranks() {
  TableSpec spec;
  spec.name = "flows";
  spec.columns = {{"src", Type::kAddress, 1, false},       {"dst", Type::kString, 1, false},
                  {"log_status", Type::kString, 1, false}, {"bytes", Type::kInt64, 0, true},
                  {"start", Type::kTime, 0, false},        {"end", Type::kTime, 0, false}};
  spec.time_column = "start";
  spec.partition_ms = kHour;
  spec.properties = {{"totals", "bytes"}, {"minutes", "log_status"}, {"silent", "log_status"},
                     {"until", "end"},    {"ranks.pair", "src dst"}, {"ranks.source", "src"}};
  return spec;
}

// Few keys with most of the rows and many with few, as traffic is; one is heard of in one hour
// alone. `least`: of the values.
std::vector<Row> rows_of_hour(std::mt19937_64& random, int hour, std::size_t count,
                              std::int64_t least) {
  const auto skewed = [&](double below) {
    const double unit = static_cast<double>(random() % 1'000'000) / 1e6;
    return static_cast<std::uint32_t>(below * std::pow(unit, 6));
  };
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const Value start =
        Value::of_time(kBegin + hour * kHour + static_cast<TimeMs>(random() % kHour));
    const Value end = Value::of_time(start.integer + 60'000);
    if (random() % 40 == 0) {
      rows.push_back(
          {Value::null(), Value::null(), Value::of_string("NODATA"), Value::null(), start, end});
      continue;
    }
    const bool is_event = hour == 2 && random() % 20 == 0;
    const std::uint32_t source = is_event ? 77'777 : skewed(4000);
    Value bytes = Value::of_int(least + static_cast<std::int64_t>(random() % 5000));
    if (random() % 30 == 0 || source == 3999) {
      bytes = Value::null();
    }
    rows.push_back({Value::of_address(IpAddress::from_v4(0x0a000000U + source)),
                    Value::of_string("host-" + std::to_string(is_event ? 1 : skewed(9))),
                    Value::of_string("OK"), std::move(bytes), start, end});
  }
  return rows;
}

struct Sums {
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  Int128 bytes = 0;
  std::int64_t first = INT64_MAX;
  friend bool operator==(const Sums&, const Sums&) = default;
};

std::string key_of(const std::vector<Value>& values) {
  std::string key;
  for (const Value& value : values) {
    key += value.is_null()                ? "-|"
           : value.type == Type::kAddress ? to_string(value.address) + "|"
                                          : value.text + "|";
  }
  return key;
}

class TopGroupsTest : public StoredRowsTest {
 protected:
  TopGroupsTest() : StoredRowsTest(spec_with_ranks(), kBegin + 100 * kHour) {}

  std::map<std::string, Sums> expected(const column::GroupRequest& request) const {
    std::map<std::string, Sums> groups;
    for (const Row& row : all_) {
      std::vector<Value> key;
      for (const std::string& name : request.keys) {
        key.push_back(row[*find_column(spec_, name)]);
      }
      const bool is_left_out =
          (!request.include_silent && row[2].text == "NODATA") ||
          std::any_of(request.conjuncts.begin(), request.conjuncts.end(),
                      [&](const auto& conjunct) {
                        return conjunct.comparison == Comparison::kIsNotNull && row[0].is_null();
                      });
      if (is_left_out) {
        continue;
      }
      Sums& sums = groups[key_of(key)];
      ++sums.rows;
      sums.values += row[3].is_null() ? 0 : 1;
      sums.bytes += row[3].is_null() ? 0 : row[3].integer;
      sums.first = std::min(sums.first, row[4].integer);
    }
    return groups;
  }

  // Asks, and compares; true where rankings gave the answer.
  bool ask(const column::GroupRequest& request) {
    const auto snapshot = store_->snapshot("flows");
    const auto top = TopGroups::find(**snapshot, request);
    EXPECT_TRUE(top) << top.error().message;
    if (!top || *top == nullptr) {
      return false;
    }
    std::map<std::string, Sums> found;
    column::Batch batch;
    while (*(*top)->next(batch)) {
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        std::vector<Value> key;
        const std::size_t num_keys = request.keys.size();
        for (std::size_t k = 0; k < num_keys; ++k) {
          key.push_back(batch.columns[k].value_at(row));
        }
        Sums& sums = found[key_of(key)];
        const Value bytes = batch.columns[num_keys + 1].value_at(row);
        sums.rows += static_cast<std::uint64_t>(batch.columns[num_keys].value_at(row).integer);
        sums.bytes += bytes.is_null() ? 0 : bytes.integer;
        sums.values +=
            static_cast<std::uint64_t>(batch.columns[num_keys + 2].value_at(row).integer);
        sums.first = std::min(sums.first, batch.columns[num_keys + 3].value_at(row).integer);
      }
    }
    const std::map<std::string, Sums> all = expected(request);
    const bool is_by_rows = request.measures[request.top->measure].kind == Kind::kCountRows;
    const auto measure = [&](const Sums& sums) {
      return is_by_rows ? static_cast<Int128>(sums.rows) : sums.bytes;
    };
    std::vector<Int128> totals;
    for (const auto& [key, sums] : all) {
      if (is_by_rows || sums.values > 0) {
        totals.push_back(measure(sums));
      }
    }
    std::sort(totals.rbegin(), totals.rend());
    const Int128 last = totals[std::min<std::size_t>(request.top->count, totals.size()) - 1];
    for (const auto& [key, sums] : all) {
      const bool is_wanted = is_by_rows || sums.values > 0 ? measure(sums) >= last : true;
      EXPECT_TRUE(!is_wanted || found.contains(key)) << key;
    }
    for (const auto& [key, sums] : found) {
      EXPECT_TRUE(all.at(key) == sums) << key << ": " << sums.rows << " rows";
    }
    return true;
  }

  int ask_all() {
    int answered = 0;
    for (const std::vector<std::string>& keys :
         {std::vector<std::string>{"src", "dst"}, {"dst", "src"}, {"src"}}) {
      for (const std::size_t measure : {0, 1}) {
        for (const bool include_silent : {true, false}) {
          for (const bool wants_source : {true, false}) {
            for (const std::uint64_t count : {1, 25}) {
              column::GroupRequest request;
              request.keys = keys;
              request.measures = {{Kind::kCountRows, ""},
                                  {Kind::kSum, "bytes"},
                                  {Kind::kCount, "bytes"},
                                  {Kind::kMin, "start"}};
              request.include_silent = include_silent;
              request.top = column::GroupRequest::Top{measure, count};
              if (wants_source) {
                request.conjunct_columns = {"src"};
                request.conjuncts = {{0, Comparison::kIsNotNull, {}}};
              }
              answered += ask(request) ? 1 : 0;
            }
          }
        }
      }
    }
    return answered;
  }
};

constexpr int kQuestions = 3 * 2 * 2 * 2 * 2;

TEST_F(TopGroupsTest, AreExactWhereTheyAnswerAndAnswerWhereFewKeysStandOut) {
  std::mt19937_64 random(11);
  for (int hour = 0; hour < 4; ++hour) {
    load(rows_of_hour(random, hour, 4000, 0));
  }
  EXPECT_GT(ask_all(), kQuestions * 2 / 3);
  ASSERT_TRUE(store_->compact("flows", nullptr));
  EXPECT_GT(ask_all(), kQuestions * 2 / 3);
}

TEST_F(TopGroupsTest, AreExactWhereSumsAreBelowZero) {
  std::mt19937_64 random(12);
  for (int hour = 0; hour < 3; ++hour) {
    load(rows_of_hour(random, hour, 5000, -4000));
  }
  EXPECT_GT(ask_all(), 0);
}

TEST_F(TopGroupsTest, FewKeysAreAllThereAre) {
  std::mt19937_64 random(13);
  load(rows_of_hour(random, 0, 300, 0));
  load(rows_of_hour(random, 1, 200, 0));
  EXPECT_EQ(ask_all(), kQuestions);
}

TEST_F(TopGroupsTest, DoNotAnswerWhatCutsThroughASegmentOrAsksForMore) {
  std::mt19937_64 random(14);
  load(rows_of_hour(random, 0, 300, 0));
  column::GroupRequest request;
  request.keys = {"src"};
  request.measures = {{Kind::kCountRows, ""},
                      {Kind::kSum, "bytes"},
                      {Kind::kCount, "bytes"},
                      {Kind::kMin, "start"}};
  request.top = column::GroupRequest::Top{0, 5};
  EXPECT_TRUE(ask(request));
  const auto answers = [&](auto change) {
    column::GroupRequest changed = request;
    change(changed);
    const auto top = TopGroups::find(**store_->snapshot("flows"), changed);
    return top.value() != nullptr;
  };
  EXPECT_FALSE(answers([](auto& r) { r.range.since = kBegin + kHour / 2; }));
  EXPECT_TRUE(answers([](auto& r) { r.range.since = kBegin - kHour; }));
  EXPECT_FALSE(answers([](auto& r) { r.keys = {"dst"}; }));
  EXPECT_FALSE(answers([](auto& r) { r.measures[1].kind = Kind::kMax; }));
  EXPECT_FALSE(answers([](auto& r) { r.may_use_rollups = false; }));
  EXPECT_FALSE(answers([](auto& r) { r.top.reset(); }));
  EXPECT_FALSE(answers([](auto& r) {
    r.conjunct_columns = {"dst"};
    r.conjuncts = {{0, Comparison::kIsNotNull, {}}};
  }));
}

TEST(Ranking, ComesBackFromItsBytesAndRefusesOthers) {
  Ranking ranking;
  ranking.key_values = {{1, 2, 7}, {0, 3, 3}};
  for (Totals* const totals : {&ranking.totals, &ranking.silent}) {
    const std::size_t rows = totals == &ranking.totals ? 3 : 1;
    for (std::size_t row = 0; row < rows; ++row) {
      totals->num_rows.push_back(10 + row);
      totals->min_time.push_back(1000 * static_cast<TimeMs>(row));
      totals->max_until.push_back(-Totals::kNoTime);
    }
    totals->sums = {std::vector<std::int64_t>(rows, -5)};
    totals->num_values = {std::vector<std::uint64_t>(rows, 9)};
  }
  ranking.num_left_out = 4;
  ranking.most_rows_left_out = 8;
  ranking.most_left_out = {12};
  std::string bytes;
  write_ranking(ranking, bytes);
  const auto again = read_ranking(bytes, 3, 2, 1);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->key_values, ranking.key_values);
  EXPECT_EQ(again->totals.sums, ranking.totals.sums);
  EXPECT_EQ(again->silent.num_rows, ranking.silent.num_rows);
  EXPECT_EQ(again->most_left_out, ranking.most_left_out);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_ranking(bytes.substr(0, size), 3, 2, 1)) << size;
  }
  EXPECT_FALSE(read_ranking(bytes + "x", 3, 2, 1));
}

}  // namespace
}  // namespace weir::store
