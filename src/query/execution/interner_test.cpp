#include "query/execution/interner.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

#include "query/execution/plan_fixture.h"

namespace weir::query {
namespace {

using Word = Interner::Word;
using column::Type;
using column::Value;

column::Column column_of(Type type, const std::vector<Value>& values) {
  column::Column out;
  const auto table = fixture::table_of({{"x", type}}, [&] {
    fixture::Rows rows;
    for (const Value& value : values) {
      rows.push_back({value});
    }
    return rows;
  }());
  column::ScanRequest request;
  request.columns = {"x"};
  const auto scan = table->scan(request, {});
  const auto stream = (*scan)->open_stream();
  column::Batch batch;
  EXPECT_TRUE(*(*stream)->next(batch));
  out.copy_from(batch.columns[0]);
  return out;
}

TEST(Interner, WordsAreEqualWhereValuesAreAndGiveThemBack) {
  Random random(2);
  for (const Type type : fixture::kAllTypes) {
    Dictionary dictionary(nullptr);
    Interner one(dictionary);
    Interner other(dictionary);
    std::map<Word, Value> known;
    for (int round = 0; round < 60; ++round) {
      std::vector<Value> values;
      for (int i = 0; i < 90; ++i) {
        values.push_back(fixture::random_value(type, 3000, random, 0));
      }
      const column::Column source = column_of(type, values);
      std::vector<Word> words(values.size());
      std::vector<Word> again(values.size());
      ASSERT_TRUE(one.encode(source, values.size(), words.data()));
      ASSERT_TRUE(other.encode(source, values.size(), again.data()));
      EXPECT_EQ(words, again);
      column::Column back;
      back.reset(type, values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        other.decode(words[i], i, back);
        EXPECT_EQ(fixture::compare(back.value_at(i), values[i]), 0) << fixture::text_of(values[i]);
        const auto [place, is_new] = known.try_emplace(words[i], values[i]);
        EXPECT_TRUE(is_new || fixture::compare(place->second, values[i]) == 0);
        const Word& left = words[i];
        const Word& right = words[(i + 1) % words.size()];
        EXPECT_EQ(one.less(left, right, type),
                  fixture::compare(values[i], values[(i + 1) % values.size()]) < 0);
      }
    }
  }
}

TEST(Interner, ShortAndLongTextsOfAnyBytes) {
  Dictionary dictionary(nullptr);
  Interner interner(dictionary);
  std::map<std::string, Word> words;
  for (std::size_t size = 0; size < 40; ++size) {
    for (const char fill : {'\0', 'a', '\xff'}) {
      for (std::size_t place = 0; place <= size; ++place) {
        std::string text(size, fill);
        if (place < size) {
          text[place] = 'x';
        }
        const auto word = interner.text(text);
        ASSERT_TRUE(word.has_value());
        EXPECT_EQ(interner.text_of(*word), text);
        const auto [known, is_new] = words.try_emplace(text, *word);
        EXPECT_EQ(known->second, *word);
      }
    }
  }
  std::map<Word, std::string> texts;
  for (const auto& [text, word] : words) {
    EXPECT_TRUE(texts.try_emplace(word, text).second) << text;
  }
}

TEST(Interner, KnowsWhatItDoesNotKnowWithoutAddingIt) {
  Dictionary dictionary(nullptr);
  Interner interner(dictionary);
  ASSERT_TRUE(interner.text("a text to keep").has_value());
  const auto source = column_of(
      Type::kString, {Value::of_string("a text to keep"), Value::of_string("another text"),
                      Value::of_string("short"), Value::null()});
  std::vector<Word> words(4);
  std::vector<bool> unknown(4, false);
  interner.encode_known(source, 4, words.data(), unknown);
  EXPECT_EQ(unknown, (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(dictionary.size(), 1U);
}

TEST(Interner, ThreadsAgreeOnCodes) {
  Dictionary dictionary(nullptr);
  constexpr std::size_t kThreads = 4;
  std::vector<std::map<std::string, Word>> words(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      Random random(number);
      Interner interner(dictionary);
      for (int i = 0; i < 20'000; ++i) {
        const std::string text = "interface " + std::to_string(random.below(5000));
        const auto word = interner.text(text);
        const auto [known, is_new] = words[number].try_emplace(text, word.value());
        ASSERT_EQ(known->second, *word);
        ASSERT_EQ(interner.text_of(*word), text);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& [text, word] : words[0]) {
    for (const auto& others : words) {
      const auto known = others.find(text);
      EXPECT_TRUE(known == others.end() || known->second == word) << text;
    }
  }
  EXPECT_LE(dictionary.size(), 5000U);
}

TEST(Interner, RefusesPastTheBudget) {
  MemoryBudget budget(100'000);
  {
    Dictionary dictionary(&budget);
    Interner interner(dictionary);
    int num_texts = 0;
    while (true) {
      const auto word = interner.text("a text that is long enough " + std::to_string(num_texts));
      if (!word) {
        EXPECT_EQ(word.error().code, ErrorCode::kLimit);
        break;
      }
      ASSERT_LT(++num_texts, 100'000);
    }
    EXPECT_GT(num_texts, 100);
  }
  EXPECT_EQ(budget.used_bytes(), 0U);
}

}  // namespace
}  // namespace weir::query
