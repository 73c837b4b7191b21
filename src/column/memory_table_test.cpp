#include "column/memory_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

namespace weir::column {
namespace {

const Schema kSchema{
    {"srcaddr", Type::kAddress}, {"start", Type::kTime}, {"log_status", Type::kString}};

std::unique_ptr<MemoryTable> table_of(std::size_t num_rows, std::size_t rows_each_batch) {
  std::vector<std::vector<Value>> rows;
  for (std::size_t i = 0; i < num_rows; ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    rows.push_back({Value::of_address(IpAddress::from_v4(n)),
                    i % 10 == 9 ? Value::null() : Value::of_time(n * 1000),
                    Value::of_string("row " + std::to_string(i))});
  }
  return MemoryTable::from_rows(kSchema, rows, rows_each_batch);
}

// Reads one stream to its end: the text of column 0 of each row, by the batch's sequence.
std::map<std::uint64_t, std::vector<std::string>> read_texts(ScanStream& stream) {
  std::map<std::uint64_t, std::vector<std::string>> texts;
  Batch batch;
  while (true) {
    const auto more = stream.next(batch);
    EXPECT_TRUE(more.has_value());
    if (!more || !*more) {
      return texts;
    }
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      texts[batch.sequence].push_back(batch.columns[0].value_at(row).text);
    }
  }
}

TEST(MemoryTable, FindsNamesInAnySpelling) {
  const auto table = table_of(1, 1);
  for (const char* name : {"log_status", "log-status", "LOG_Status"}) {
    const auto field = table->find(name);
    ASSERT_TRUE(field && *field) << name;
    EXPECT_EQ((*field)->name, "log_status");
    EXPECT_EQ((*field)->type, Type::kString);
  }
  EXPECT_FALSE(table->find("logstatus")->has_value());
  EXPECT_TRUE(*table->carries("start"));
  EXPECT_FALSE(*table->carries("end"));
  EXPECT_EQ(table->columns()->size(), 3U);
  EXPECT_EQ(table->known_names(), (std::vector<std::string>{"srcaddr", "start", "log_status"}));
}

TEST(MemoryTable, PrefersTheExactSpelling) {
  const auto table = MemoryTable::from_rows({{"N", Type::kInt64}, {"n", Type::kBool}}, {});
  EXPECT_EQ((*table->find("n"))->type, Type::kBool);
  EXPECT_EQ((*table->find("N"))->type, Type::kInt64);
}

TEST(MemoryTable, DeliversProjectedColumnsInTheOrderAsked) {
  const auto table = table_of(3, 2);
  ScanRequest request;
  request.columns = {"log_status", "srcaddr"};
  request.conjuncts.resize(2);
  const auto scan = table->scan(request, {});
  ASSERT_TRUE(scan);
  EXPECT_EQ((*scan)->applied_conjuncts(), (std::vector<bool>{false, false}));
  const auto stream = (*scan)->open_stream();
  Batch batch;
  ASSERT_TRUE(*(*stream)->next(batch));
  EXPECT_EQ(batch.sequence, 0U);
  EXPECT_EQ(batch.num_rows, 2U);
  EXPECT_EQ(batch.columns[0].value_at(1), Value::of_string("row 1"));
  EXPECT_EQ(batch.columns[1].value_at(1), Value::of_address(IpAddress::from_v4(1)));
  ASSERT_TRUE(*(*stream)->next(batch));
  EXPECT_EQ(batch.sequence, 1U);
  EXPECT_EQ(batch.num_rows, 1U);
  EXPECT_FALSE(*(*stream)->next(batch));
  EXPECT_EQ((*scan)->completeness().records, 3U);
}

TEST(MemoryTable, NoColumnsStillCountRows) {
  const auto table = table_of(5, 5);
  const auto scan = table->scan({}, {});
  const auto stream = (*scan)->open_stream();
  Batch batch;
  ASSERT_TRUE(*(*stream)->next(batch));
  EXPECT_EQ(batch.num_rows, 5U);
  EXPECT_TRUE(batch.columns.empty());
}

TEST(MemoryTable, AppliesTheTimeRangeHalfOpen) {
  const auto table = table_of(30, 7);
  ScanRequest request;
  request.columns = {"log_status"};
  request.range.since = 8000;
  request.range.until = 12'000;
  const auto scan = table->scan(request, {});
  const auto stream = (*scan)->open_stream();
  std::vector<std::string> seen;
  for (const auto& [sequence, texts] : read_texts(**stream)) {
    seen.insert(seen.end(), texts.begin(), texts.end());
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"row 8", "row 10", "row 11"}));  // 9 has no start
}

TEST(MemoryTable, WithoutAStartARangeLeavesNothing) {
  const std::vector<std::vector<Value>> rows{{Value::of_int(1)}};
  const auto table = MemoryTable::from_rows({{"n", Type::kInt64}}, rows);
  ScanRequest request;
  request.columns = {"n"};
  request.range.since = 0;
  const auto scan = table->scan(request, {});
  const auto stream = (*scan)->open_stream();
  Batch batch;
  ASSERT_TRUE(*(*stream)->next(batch));
  EXPECT_EQ(batch.num_rows, 0U);
  EXPECT_FALSE(*(*stream)->next(batch));
}

TEST(MemoryTable, LeavesOutSilentRowsWhenAsked) {
  std::vector<std::vector<Value>> rows;
  for (const char* status : {"OK", "NODATA", "SKIPDATA", "OK"}) {
    rows.push_back(
        {Value::of_int(static_cast<std::int64_t>(rows.size())), Value::of_string(status)});
  }
  rows.push_back({Value::of_int(4), Value::null()});
  const auto table =
      MemoryTable::from_rows({{"n", Type::kInt64}, {"log_status", Type::kString}}, rows);
  for (const bool include_silent : {true, false}) {
    ScanRequest request;
    request.columns = {"n"};
    request.include_silent = include_silent;
    const auto scan = table->scan(request, {});
    const auto stream = (*scan)->open_stream();
    Batch batch;
    ASSERT_TRUE(*(*stream)->next(batch));
    std::vector<std::int64_t> seen;
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      seen.push_back(batch.columns[0].value_at(row).integer);
    }
    EXPECT_EQ(seen, include_silent ? (std::vector<std::int64_t>{0, 1, 2, 3, 4})
                                   : (std::vector<std::int64_t>{0, 3, 4}));
  }
}

TEST(MemoryTable, StreamsShareTheBatches) {
  const auto table = table_of(1000, 10);
  ScanRequest request;
  request.columns = {"log_status"};
  request.num_streams = 4;
  ScanProgress progress;
  ScanContext context;
  context.progress = &progress;
  const auto scan = table->scan(request, context);
  std::vector<std::map<std::uint64_t, std::vector<std::string>>> parts(4);
  std::vector<std::thread> threads;
  for (auto& part : parts) {
    threads.emplace_back([&scan, &part] {
      const auto stream = (*scan)->open_stream();
      part = read_texts(**stream);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::map<std::uint64_t, std::vector<std::string>> all;
  for (auto& part : parts) {
    all.merge(part);
    EXPECT_TRUE(part.empty());  // no batch was delivered twice
  }
  std::size_t row = 0;
  for (const auto& [sequence, texts] : all) {
    for (const std::string& text : texts) {
      ASSERT_EQ(text, "row " + std::to_string(row++));
    }
  }
  EXPECT_EQ(row, 1000U);
  EXPECT_EQ(progress.records.load(), 1000U);
}

TEST(MemoryTable, SaysWhatColumnIsMissing) {
  const auto table = table_of(1, 1);
  ScanRequest request;
  request.columns = {"srcadr"};
  const auto scan = table->scan(request, {});
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().code, ErrorCode::kNotFound);
  EXPECT_NE(scan.error().message.find("srcaddr"), std::string::npos) << scan.error().message;
}

TEST(MemoryTable, StopsWhenCancelled) {
  const auto table = table_of(1, 1);
  CancelToken cancel;
  ScanContext context;
  context.cancel = &cancel;
  const auto scan = table->scan({}, context);
  const auto stream = (*scan)->open_stream();
  cancel.cancel();
  Batch batch;
  const auto more = (*stream)->next(batch);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kCancelled);
}

TEST(Completeness, MergesWhatTwoScansSay) {
  Completeness a;
  a.files = 2;
  a.records = 10;
  a.ok = 9;
  a.nodata = 1;
  a.rejected = 3;
  a.rejected_by_reason = {{"short", 3}};
  a.first = 1000;
  a.last = 5000;
  a.gaps = {{10, 20}, {40, 50}};
  a.notes = {"layout inferred"};
  a.examples.resize(7);
  Completeness b;
  b.files = 1;
  b.records = 4;
  b.rejected = 2;
  b.rejected_by_reason = {{"long", 1}, {"short", 1}};
  b.first = 500;
  b.last = 4000;
  b.gaps = {{15, 30}, {45, 46}, {60, 70}};
  b.notes = {"layout inferred", "trailing bytes"};
  b.examples.resize(7);
  a.merge(b);
  EXPECT_EQ(a.files, 3U);
  EXPECT_EQ(a.records, 14U);
  EXPECT_EQ(a.rejected, 5U);
  EXPECT_EQ(a.rejected_by_reason.at("short"), 4U);
  EXPECT_EQ(a.rejected_by_reason.at("long"), 1U);
  EXPECT_EQ(a.first, 500);
  EXPECT_EQ(a.last, 5000);
  ASSERT_EQ(a.gaps.size(), 3U);
  EXPECT_EQ(a.gaps[0].from, 10);
  EXPECT_EQ(a.gaps[0].to, 30);
  EXPECT_EQ(a.gaps[1].to, 50);
  EXPECT_EQ(a.gaps[2].from, 60);
  EXPECT_EQ(a.notes.size(), 2U);
  EXPECT_EQ(a.examples.size(), Completeness::kMaxExamples);
  EXPECT_FALSE(a.is_complete());

  Completeness nothing;
  nothing.merge({});
  EXPECT_FALSE(nothing.first.has_value());
  EXPECT_TRUE(nothing.is_complete());
}

}  // namespace
}  // namespace weir::column
