#include "store/rollup_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/int128.h"
#include "store/group_scan.h"
#include "store/stored_rows_fixture.h"

namespace weir::store {
namespace {

using column::Comparison;
using column::GroupRequest;
using column::Predicate;
using column::Type;
using column::Value;
using Kind = GroupRequest::Measure::Kind;
using Row = std::vector<Value>;

constexpr TimeMs kBegin = 1'767'571'200'000;
constexpr TimeMs kHour = 3'600'000;

enum Place : std::size_t { kSource, kAction, kStatus, kPort, kBytes, kStart };

TableSpec spec_with_rollups() {
  TableSpec spec;
  spec.name = "flows";
  spec.columns = {{"src", Type::kAddress, 1, false},       {"action", Type::kString, 1, false},
                  {"log_status", Type::kString, 1, false}, {"port", Type::kInt64, 0, false},
                  {"bytes", Type::kInt64, 0, true},        {"start", Type::kTime, 0, false}};
  spec.time_column = "start";
  spec.partition_ms = kHour;
  spec.properties = {{"totals", "bytes"},
                     {"minutes", "action log_status"},
                     {"silent", "log_status"},
                     {"rollup.source", "src"},
                     {"rollup.rejected", "action=REJECT * port"}};
  return spec;
}

std::vector<Row> rows_of_hour(std::mt19937_64& random, int hour, std::size_t count) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const Value start =
        Value::of_time(kBegin + hour * kHour + static_cast<TimeMs>(random() % kHour));
    if (random() % 30 == 0) {
      rows.push_back({Value::null(), Value::null(), Value::of_string("NODATA"), Value::null(),
                      Value::null(), start});
      continue;
    }
    // Now and then a record has no source, as a silent one has none.
    Value source = random() % 50 == 0
                       ? Value::null()
                       : Value::of_address(IpAddress::from_v4(
                             0x0a000000U + static_cast<std::uint32_t>(random() % 40)));
    Value port = random() % 20 == 0 ? Value::null()
                                    : Value::of_int(static_cast<std::int64_t>(random() % 7) - 2);
    Value bytes = random() % 15 == 0
                      ? Value::null()
                      : Value::of_int(static_cast<std::int64_t>(random()) >> (random() % 50 + 12));
    rows.push_back({std::move(source), Value::of_string(random() % 4 == 0 ? "REJECT" : "ACCEPT"),
                    Value::of_string("OK"), std::move(port), std::move(bytes), start});
  }
  return rows;
}

struct Sums {
  std::uint64_t rows = 0;
  std::uint64_t values = 0;
  std::int64_t sum = 0;
  std::int64_t least = INT64_MAX;
  std::int64_t greatest = INT64_MIN;
  UInt128 squares = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
};
using Groups = std::map<std::string, Sums>;

std::string key_of(const std::vector<Value>& values) {
  std::string key;
  for (const Value& value : values) {
    key += value.is_null()                ? "-|"
           : value.type == Type::kAddress ? to_string(value.address) + "|"
           : value.type == Type::kInt64   ? std::to_string(value.integer) + "|"
                                          : value.text + "|";
  }
  return key;
}

bool is_true(const Predicate& predicate, const Value& value) {
  switch (predicate.comparison) {
    case Comparison::kIsNull:
      return value.is_null();
    case Comparison::kIsNotNull:
      return !value.is_null();
    case Comparison::kEqual:
      return !value.is_null() && value == predicate.values.front();
    case Comparison::kGreater:
      return !value.is_null() && value.integer > predicate.values.front().integer;
    default:
      ADD_FAILURE();
      return false;
  }
}

class RollupScanTest : public StoredRowsTest {
 protected:
  RollupScanTest() : StoredRowsTest(spec_with_rollups(), kBegin + 100 * kHour) {}

  Groups expected(const GroupRequest& request) const {
    Groups groups;
    for (const Row& row : all_) {
      const auto value_of = [&](const std::string& name) -> const Value& {
        return row[*find_column(spec_, name)];
      };
      const bool counts =
          (request.include_silent || row[kStatus].text != "NODATA") &&
          (!request.range.since || row[kStart].integer >= *request.range.since) &&
          std::all_of(
              request.conjuncts.begin(), request.conjuncts.end(), [&](const Predicate& conjunct) {
                return is_true(conjunct, value_of(request.conjunct_columns[conjunct.column]));
              });
      if (!counts) {
        continue;
      }
      std::vector<Value> key;
      for (const std::string& name : request.keys) {
        key.push_back(value_of(name));
      }
      Sums& sums = groups[key_of(key)];
      ++sums.rows;
      if (!row[kBytes].is_null()) {
        const std::int64_t value = row[kBytes].integer;
        ++sums.values;
        sums.sum += value;
        sums.least = std::min(sums.least, value);
        sums.greatest = std::max(sums.greatest, value);
        sums.squares += static_cast<UInt128>(static_cast<Int128>(value) * value);
      }
    }
    return groups;
  }

  static void add(const column::Batch& batch, std::size_t num_keys, Groups& groups) {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      std::vector<Value> key;
      for (std::size_t k = 0; k < num_keys; ++k) {
        key.push_back(batch.columns[k].value_at(row));
      }
      const auto at = [&](std::size_t m) { return batch.columns[num_keys + m].value_at(row); };
      Sums& sums = groups[key_of(key)];
      sums.rows += static_cast<std::uint64_t>(at(0).integer);
      sums.values += static_cast<std::uint64_t>(at(1).integer);
      if (!at(2).is_null()) {
        sums.sum += at(2).integer;
        sums.least = std::min(sums.least, at(3).integer);
        sums.greatest = std::max(sums.greatest, at(4).integer);
        sums.squares += static_cast<UInt128>(static_cast<std::uint64_t>(at(6).integer)) << 64 |
                        static_cast<std::uint64_t>(at(5).integer);
      }
    }
  }

  // Asks by two streams in turn; how many segments' roll-ups answered, if the request suits at all.
  std::string ask(const GroupRequest& request) {
    const auto snapshot = store_->snapshot("flows").value();
    auto scan = scan_groups_of(snapshot, request, {});
    EXPECT_TRUE(scan) << scan.error().message;
    if (!scan || *scan == nullptr) {
      return "";
    }
    Groups found;
    auto first = (*scan)->open_stream().value();
    auto second = (*scan)->open_stream().value();
    column::Batch batch;
    bool is_more = true;
    while (is_more) {
      is_more = false;
      for (auto* const stream : {first.get(), second.get()}) {
        const auto next = stream->next(batch);
        EXPECT_TRUE(next) << next.error().message;
        if (next && *next) {
          add(batch, request.keys.size(), found);
          is_more = true;
        }
      }
    }
    const Groups wanted = expected(request);
    EXPECT_EQ(found.size(), wanted.size());
    for (const auto& [key, sums] : wanted) {
      EXPECT_TRUE(found[key] == sums) << key << ": " << found[key].rows << " of " << sums.rows;
    }
    EXPECT_EQ((*scan)->completeness().records, all_.size());
    const auto paths = (*scan)->paths();
    return paths.empty() ? "" : paths.front();
  }

  static GroupRequest request_by(std::vector<std::string> keys) {
    GroupRequest request;
    request.keys = std::move(keys);
    request.measures = {{Kind::kCountRows, ""},       {Kind::kCount, "bytes"},
                        {Kind::kSum, "bytes"},        {Kind::kMin, "bytes"},
                        {Kind::kMax, "bytes"},        {Kind::kSquaresLow, "bytes"},
                        {Kind::kSquaresHigh, "bytes"}};
    request.num_streams = 2;
    return request;
  }
  static void add_condition(GroupRequest& request, const std::string& name, Comparison comparison,
                            std::vector<Value> values = {}) {
    request.conjunct_columns.push_back(name);
    request.conjuncts.push_back(
        {request.conjunct_columns.size() - 1, comparison, std::move(values)});
  }

  // Every request that the roll-ups of this table answer, and what must have answered it.
  void ask_all(const std::string& path) {
    for (const bool include_silent : {true, false}) {
      for (const std::vector<std::string>& keys : {std::vector<std::string>{"src"}, {}}) {
        GroupRequest request = request_by(keys);
        request.include_silent = include_silent;
        EXPECT_EQ(ask(request), path) << keys.size();
        add_condition(request, "src", Comparison::kIsNotNull);
        EXPECT_EQ(ask(request), path) << keys.size();
        request.conjuncts.clear();
        add_condition(request, "src", Comparison::kEqual,
                      {Value::of_address(IpAddress::from_v4(0x0a000003U))});
        EXPECT_EQ(ask(request), path) << keys.size();
      }
      for (const std::vector<std::string>& keys :
           {std::vector<std::string>{"src", "port", "action"}, {"port"}, {"src"}, {}}) {
        GroupRequest request = request_by(keys);
        request.include_silent = include_silent;
        add_condition(request, "action", Comparison::kEqual, {Value::of_string("REJECT")});
        EXPECT_EQ(ask(request), path) << keys.size();
        GroupRequest few = request;
        add_condition(few, "port", Comparison::kGreater, {Value::of_int(1)});
        EXPECT_EQ(ask(few), path) << keys.size();
        add_condition(request, "port", Comparison::kIsNull);
        EXPECT_EQ(ask(request), path) << keys.size();
      }
    }
  }
};

TEST_F(RollupScanTest, AddsUpAsTheRowsDo) {
  std::mt19937_64 random(21);
  for (int hour = 0; hour < 3; ++hour) {
    load(rows_of_hour(random, hour, 3000));
    load(rows_of_hour(random, hour, 500));
  }
  ask_all("roll-up: exact, by keys of whole segments, of 6 segments");
  ASSERT_TRUE(store_->compact("flows", nullptr));
  ask_all("roll-up: exact, by keys of whole segments, of 3 segments");
}

TEST_F(RollupScanTest, ReadsTheRowsOfSegmentsThatAreCutThroughAndOfNoOthers) {
  std::mt19937_64 random(22);
  for (int hour = 0; hour < 3; ++hour) {
    load(rows_of_hour(random, hour, 2000));
  }
  for (const std::vector<std::string>& keys : {std::vector<std::string>{"src"}, {"port"}}) {
    GroupRequest request = request_by(keys);
    request.range.since = kBegin + kHour / 2;
    add_condition(request, "action", Comparison::kEqual, {Value::of_string("REJECT")});
    EXPECT_EQ(ask(request), "roll-up: exact, by keys of whole segments, of 2 segments");
  }
}

TEST_F(RollupScanTest, AddsWhatIsInNoSegmentYet) {
  std::mt19937_64 random(24);
  load(rows_of_hour(random, 0, 2000));
  append(rows_of_hour(random, 1, 300));
  ask_all("roll-up: exact, by keys of whole segments, of 1 segments");
}

TEST_F(RollupScanTest, ThatThereWasNoMemoryForComesWithACompaction) {
  std::mt19937_64 random(25);
  std::vector<Row> rows = rows_of_hour(random, 0, 40'000);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    rows[i][kSource] = Value::of_address(IpAddress::from_v4(0x0a000000U + i));
  }
  load(rows);
  const GroupRequest request = request_by({"src"});
  EXPECT_EQ(ask(request), "dense: 2 of 2 blocks in 1 segments");
  ASSERT_TRUE(store_->compact("flows", nullptr));
  EXPECT_EQ(ask(request), "roll-up: exact, by keys of whole segments, of 1 segments");
  EXPECT_EQ(store_->compact("flows", nullptr)->segments_before, 0U) << "once is enough";
}

TEST_F(RollupScanTest, ACompactionLeavesWhatWasCompactedUntilAsMuchHasCome) {
  std::mt19937_64 random(26);
  const auto load_hour = [&](std::size_t count) { load(rows_of_hour(random, 0, count)); };
  const auto compacted = [&] {
    const auto report = store_->compact("flows", nullptr);
    return report ? std::pair(report->segments_before, report->rows) : std::pair(0UL, 0UL);
  };
  load_hour(2000);
  load_hour(2000);
  EXPECT_EQ(compacted(), std::pair(2UL, 4000UL));
  load_hour(1000);
  EXPECT_EQ(compacted(), std::pair(0UL, 0UL)) << "one new one and a greater old one";
  load_hour(1000);
  EXPECT_EQ(compacted(), std::pair(2UL, 2000UL)) << "the new ones alone";
  load_hour(3000);
  EXPECT_EQ(compacted(), std::pair(2UL, 5000UL)) << "the smaller old one goes along";
  load_hour(4000);
  EXPECT_EQ(compacted(), std::pair(2UL, 8000UL)) << "as much has come as the first one has";
  EXPECT_EQ(store_->state()->num_segments(), 2U);
  EXPECT_EQ(compacted(), std::pair(0UL, 0UL));
  ask_all("roll-up: exact, by keys of whole segments, of 2 segments");
}

TEST_F(RollupScanTest, LeavesWhatItDoesNotHoldToOthers) {
  std::mt19937_64 random(23);
  load(rows_of_hour(random, 0, 1000));
  const auto is_answered = [&](auto change) {
    GroupRequest request = request_by({"src"});
    change(request);
    return ask(request).starts_with("roll-up: exact, by keys");
  };
  EXPECT_TRUE(is_answered([](auto&) {}));
  EXPECT_FALSE(is_answered([](auto& r) { r.may_use_rollups = false; }));
  EXPECT_FALSE(is_answered([](auto& r) { r.keys = {"src", "action"}; }));
  EXPECT_FALSE(is_answered([](auto& r) { r.keys = {"src", "port"}; }));
  EXPECT_FALSE(is_answered([](auto& r) { r.keys = {"port"}; }));
  EXPECT_FALSE(is_answered([](auto& r) {
    r.keys = {"port"};
    add_condition(r, "action", Comparison::kEqual, {Value::of_string("ACCEPT")});
  }));
  EXPECT_FALSE(is_answered([](auto& r) { add_condition(r, "action", Comparison::kIsNotNull); }));
}

TEST_F(RollupScanTest, IsGivenUpWhereSumsOverflowAndAnswersStayRight) {
  std::vector<Row> rows;
  for (int i = 0; i < 4; ++i) {
    rows.push_back({Value::of_address(IpAddress::from_v4(1)), Value::of_string("ACCEPT"),
                    Value::of_string("OK"), Value::of_int(1), Value::of_int(INT64_MAX / 2),
                    Value::of_time(kBegin)});
  }
  load(rows);
  const auto snapshot = store_->snapshot("flows").value();
  EXPECT_FALSE(snapshot->segments.front()->footer().totals.has_value());
  rows.resize(1);
  rows[0][kBytes] = Value::of_int(INT64_MAX);
  load(rows);
  const auto& totals = store_->snapshot("flows").value()->segments.back()->footer().totals;
  ASSERT_TRUE(totals.has_value());
  // Of rejected records there are none, and that much is known.
  ASSERT_EQ(totals->rollups.size(), 1U);
  EXPECT_EQ(totals->rollups.front().num_rows, 0U);
}

TEST(Rollup, ComesBackFromItsBytesAndRefusesOthers) {
  Rollup rollup;
  rollup.codes = {4, 0, 9};
  rollup.numbers = {443, Rollup::kNoNumber, -1};
  rollup.num_rows = {10, 2, 7};
  rollup.columns.resize(2);
  for (Rollup::Column& column : rollup.columns) {
    column.num_values = {9, 0, 7};
    column.sums = {-5, 0, 70};
    column.least = {-20, INT64_MAX, 10};
    column.greatest = {3, INT64_MIN, 10};
    column.squares_low = {~std::uint64_t{0}, 0, 700};
    column.squares_high = {1, 0, 0};
  }
  std::string bytes;
  write_rollup(rollup, bytes);
  const auto again = read_rollup(bytes, 3, true, 10, {true, false});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->codes, rollup.codes);
  EXPECT_EQ(again->numbers, rollup.numbers);
  EXPECT_EQ(again->num_rows, rollup.num_rows);
  EXPECT_EQ(again->columns[0].num_values, rollup.columns[0].num_values);
  EXPECT_EQ(again->columns[0].sums, rollup.columns[0].sums);
  EXPECT_EQ(again->columns[0].least, rollup.columns[0].least);
  EXPECT_EQ(again->columns[0].greatest, rollup.columns[0].greatest);
  EXPECT_EQ(again->columns[0].squares_low, rollup.columns[0].squares_low);
  EXPECT_EQ(again->columns[0].squares_high, rollup.columns[0].squares_high);
  EXPECT_TRUE(again->columns[1].sums.empty());
  EXPECT_FALSE(read_rollup(bytes, 3, true, 9, {true, true})) << "a code that there is not";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_rollup(bytes.substr(0, size), 3, true, 10, {true, true})) << size;
  }
  EXPECT_FALSE(read_rollup(bytes + "x", 3, true, 10, {true, true}));
}

}  // namespace
}  // namespace weir::store
