#include "query/execution/group_table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace weir::query {
namespace {

using Word = GroupTable::Word;

// Keys, nulls and the pointers that the table wants of a batch.
struct KeyBatch {
  explicit KeyBatch(std::size_t num_keys) : words(num_keys) {}
  void push(const std::vector<Word>& row, Word null_bits) {
    for (std::size_t k = 0; k < words.size(); ++k) {
      words[k].push_back(row[k]);
    }
    nulls.push_back(null_bits);
  }
  [[nodiscard]] std::vector<const Word*> keys() const {
    std::vector<const Word*> pointers;
    for (const auto& column : words) {
      pointers.push_back(column.data());
    }
    return pointers;
  }
  std::vector<std::vector<Word>> words;
  std::vector<Word> nulls;
};

TEST(GroupTable, CountsAsAMapDoes) {
  for (std::size_t num_keys = 0; num_keys <= 7; ++num_keys) {
    Random random(num_keys + 1);
    GroupTable table(num_keys, 2, nullptr);
    std::map<std::pair<std::vector<Word>, Word>, Word> expected;
    for (int round = 0; round < 40; ++round) {
      KeyBatch batch(num_keys);
      const std::size_t num_rows = random.below(GroupTable::kMaxBatch + 1);
      for (std::size_t i = 0; i < num_rows; ++i) {
        std::vector<Word> row;
        Word nulls = 0;
        for (std::size_t k = 0; k < num_keys; ++k) {
          const bool is_null = random.chance(0.05);
          nulls |= is_null ? Word{1} << k : 0;
          row.push_back(is_null ? 0 : random.below(random.chance(0.5) ? 4 : 10'000'000));
        }
        ++expected[{row, nulls}];
        batch.push(row, nulls);
      }
      std::vector<Word*> rows(num_rows);
      ASSERT_TRUE(
          table.find_or_add(batch.keys().data(), batch.nulls.data(), num_rows, rows.data()));
      for (Word* row : rows) {
        ++table.states_of(row)[1];
        EXPECT_EQ(table.states_of(row)[0], 0U);
      }
      std::vector<const Word*> found(num_rows);
      table.find(batch.keys().data(), batch.nulls.data(), num_rows, found.data());
      for (std::size_t i = 0; i < num_rows; ++i) {
        ASSERT_EQ(found[i], rows[i]);
      }
    }
    ASSERT_EQ(table.size(), expected.size()) << num_keys << " keys";
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Word* row = table.row(i);
      const std::vector<Word> keys(GroupTable::keys_of(row), GroupTable::keys_of(row) + num_keys);
      EXPECT_EQ(table.states_of(row)[1], (expected[{keys, row[0] & GroupTable::kKeyNulls}]));
    }
    table.clear();
    EXPECT_EQ(table.size(), 0U);
    KeyBatch again(num_keys);
    again.push(std::vector<Word>(num_keys, 3), 0);
    Word* row = nullptr;
    ASSERT_TRUE(table.find_or_add(again.keys().data(), nullptr, 1, &row));
    EXPECT_EQ(table.states_of(row)[1], 0U);
  }
}

TEST(GroupTable, FindsNothingInAnEmptyTableAndAddsNothing) {
  GroupTable table(1, 0, nullptr);
  const Word word = 5;
  const Word* keys[] = {&word};
  const Word* row = &word;
  table.find(keys, nullptr, 1, &row);
  EXPECT_EQ(row, nullptr);
  const Word other = 6;
  const Word* other_keys[] = {&other};
  Word* added = nullptr;
  ASSERT_TRUE(table.find_or_add(other_keys, nullptr, 1, &added));
  table.find(keys, nullptr, 1, &row);
  EXPECT_EQ(row, nullptr);
  EXPECT_EQ(table.size(), 1U);
}

TEST(GroupTable, AGroupOfTwoKeysAndThreeAggregatesTakesAtMost64Bytes) {
  for (const std::size_t num_groups : {100'000U, 209'000U, 300'000U, 590'000U}) {
    MemoryBudget budget(~std::size_t{0} / 2);
    GroupTable table(2, 3, &budget);
    for (std::size_t begin = 0; begin < num_groups; begin += 1000) {
      KeyBatch batch(2);
      for (std::size_t i = begin; i < begin + 1000; ++i) {
        batch.push({i, i * 7}, 0);
      }
      std::vector<Word*> rows(1000);
      ASSERT_TRUE(table.find_or_add(batch.keys().data(), nullptr, 1000, rows.data()));
    }
    EXPECT_EQ(table.size(), num_groups);
    EXPECT_LE(budget.peak_bytes(), num_groups * 64 + 128 * 1024) << num_groups;
  }
}

TEST(GroupTable, ARefusalLeavesTheTableAsItWas) {
  MemoryBudget budget(300'000);
  GroupTable table(1, 1, &budget);
  std::vector<Word> words(GroupTable::kMaxBatch);
  std::vector<Word*> rows(GroupTable::kMaxBatch);
  const Word* keys[] = {words.data()};
  Word next = 0;
  std::size_t known = 0;
  while (true) {
    for (Word& word : words) {
      word = next++;
    }
    const auto added = table.find_or_add(keys, nullptr, words.size(), rows.data());
    if (!added) {
      EXPECT_EQ(added.error().code, ErrorCode::kLimit);
      break;
    }
    known += words.size();
    ASSERT_LT(known, 1'000'000U);
  }
  EXPECT_EQ(table.size(), known);
  EXPECT_LE(budget.used_bytes(), 300'000U);
  for (Word& word : words) {
    word -= GroupTable::kMaxBatch;  // the batch before
  }
  std::vector<const Word*> found(GroupTable::kMaxBatch);
  table.find(keys, nullptr, words.size(), found.data());
  for (std::size_t i = 0; i < words.size(); ++i) {
    ASSERT_NE(found[i], nullptr);
    EXPECT_EQ(GroupTable::keys_of(found[i])[0], words[i]);
  }
}

}  // namespace
}  // namespace weir::query
