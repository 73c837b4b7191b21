#include "logs/answer_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "io/faulty_file_system.h"

namespace weir::logs {
namespace {

constexpr const char* kDirectory = "data/queries";

QueryState ended_state(const std::string& id, TimeMs created_ms, std::size_t num_rows = 2) {
  QueryState state;
  state.id = id;
  state.request.scope = "1/r";
  state.request.text = "fields a | limit 2";
  state.request.language = query::Language::kSql;
  state.request.group_names = {"/g", "/h"};
  state.status = QueryStatus::kComplete;
  state.created_ms = created_ms;
  state.ended_ms = created_ms + 5;
  state.warnings.push_back({"code", "a \"message\"", TextSpan{2, 7}});
  for (std::size_t i = 0; i < num_rows; ++i) {
    state.rows.push_back({{"a", "line\n" + std::to_string(i)}, {"b", ""}});
  }
  state.statistics.rows_matched = 9;
  state.statistics.completeness.bytes_read = 1234;
  return state;
}

std::unique_ptr<AnswerStore> open(io::FileSystem& files, AnswerLimits limits = {}) {
  auto store = AnswerStore::open(files, kDirectory, limits);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

TEST(AnswerStore, ComesBackAsItWas) {
  io::FaultyFileSystem files;
  {
    const auto store = open(files);
    store->begin(ended_state("two", 20, 0));
    store->end(ended_state("two", 20));
    store->end(ended_state("one", 10, 0));
  }
  const auto store = open(files);
  ASSERT_EQ(store->found().size(), 2U);
  EXPECT_EQ(store->found()[0].id, "one");
  const QueryState& state = store->found()[1];
  EXPECT_EQ(state.id, "two");
  EXPECT_EQ(state.status, QueryStatus::kComplete);
  EXPECT_EQ(state.request.scope, "1/r");
  EXPECT_EQ(state.request.text, "fields a | limit 2");
  EXPECT_EQ(state.request.language, query::Language::kSql);
  EXPECT_EQ(state.request.group_names.size(), 2U);
  EXPECT_EQ(state.created_ms, 20);
  EXPECT_EQ(state.ended_ms, 25);
  ASSERT_EQ(state.warnings.size(), 1U);
  EXPECT_EQ(state.warnings[0].message, "a \"message\"");
  EXPECT_EQ(state.warnings[0].span->end, 7U);
  EXPECT_EQ(state.statistics.rows_matched, 9U);
  EXPECT_EQ(state.statistics.completeness.bytes_read, 1234U);
  EXPECT_TRUE(state.rows.empty());
  EXPECT_EQ(store->rows("two").value(), ended_state("two", 20).rows);
  EXPECT_TRUE(store->rows("one").value().empty());
  EXPECT_EQ(store->rows("../two").error().code, ErrorCode::kNotFound);
}

TEST(AnswerStore, WhatHadNotEndedHasFailedAndSaysWhy) {
  io::FaultyFileSystem files;
  QueryState state = ended_state("running", 10, 0);
  state.status = QueryStatus::kRunning;
  state.ended_ms = 0;
  open(files)->begin(state);
  const auto store = open(files);
  ASSERT_EQ(store->found().size(), 1U);
  EXPECT_EQ(store->found()[0].status, QueryStatus::kFailed);
  EXPECT_NE(store->found()[0].problem.find("start it again"), std::string::npos);
}

TEST(AnswerStore, IsBounded) {
  io::FaultyFileSystem files;
  const AnswerLimits limits{.max_answer_bytes = 2'000, .max_total_bytes = 6'000};
  {
    const auto store = open(files, limits);
    store->end(ended_state("large", 1, 1'000));
    for (int i = 0; i < 30; ++i) {
      store->end(ended_state("q" + std::to_string(i), 10 + i));
      EXPECT_LE(store->total_bytes(), limits.max_total_bytes);
    }
    EXPECT_FALSE(store->rows("q0"));
    EXPECT_TRUE(store->rows("q29"));
    store->end(ended_state("larger", 100, 1'000));
    store->remove("q29");
    EXPECT_FALSE(store->rows("q29"));
  }
  const auto store = open(files, limits);
  EXPECT_EQ(store->found().back().id, "larger");
  EXPECT_EQ(store->found().back().status, QueryStatus::kFailed);
  EXPECT_NE(store->found().back().problem.find("2000 at most"), std::string::npos);
}

TEST(AnswerStore, WhatIsDamagedIsGoneAndKeepsNobodyFromStarting) {
  io::FaultyFileSystem files;
  open(files)->end(ended_state("whole", 10));
  const std::string path = std::string(kDirectory) + "/whole";
  const std::string whole = files.contents(path);
  const std::size_t rows_begin = whole.find("[[");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto copy = files.copy();
    copy->set_contents(path, whole.substr(0, size));
    const auto store = open(*copy);
    EXPECT_TRUE(store->found().empty()) << size;
    EXPECT_FALSE(copy->exists(path)) << size;
  }
  for (std::uint64_t bit = 0; bit < whole.size() * 8; bit += 3) {
    const auto copy = files.copy();
    copy->flip_bit(path, bit);
    const auto store = open(*copy);
    if (bit >= rows_begin * 8) {
      ASSERT_EQ(store->found().size(), 1U);
      EXPECT_EQ(store->rows("whole").error().code, ErrorCode::kInput) << bit;
    } else if (!store->found().empty()) {  // a blank of the first line, or a digit of the rows'
      const auto rows = store->rows("whole");
      EXPECT_TRUE(!rows || *rows == ended_state("whole", 10).rows) << bit;
    }
  }
}

TEST(AnswerStore, WhatCannotBeWrittenIsNotKept) {
  io::FaultyFileSystem files;
  {
    const auto store = open(files);
    store->begin(ended_state("q", 10, 0));
    files.inject({.operation = io::FileOperation::kWrite, .code = ErrorCode::kFull});
    store->end(ended_state("q", 10));
    EXPECT_FALSE(store->rows("q"));
    EXPECT_EQ(store->total_bytes(), 0U);
  }
  EXPECT_TRUE(open(files)->found().empty());
}

}  // namespace
}  // namespace weir::logs
