// Calls that wait for the disk together: each is told what became of it, what was acknowledged
// lasts, what was not never counts.

#include "metric/put_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "metric/metric_fixture.h"

namespace weir::metric {
namespace {

// Outcomes as they come, from any thread.
class Outcomes {
 public:
  PutQueue::Done taker(int number) {
    return [this, number](const Result<void>& outcome, bool is_last) {
      const std::lock_guard lock(mutex_);
      outcomes_.emplace_back(number, outcome.has_value());
      num_last_ += is_last ? 1 : 0;
      changed_.notify_all();
    };
  }
  // Of that many, sorted by number.
  std::vector<std::pair<int, bool>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20),
                                  [&] { return outcomes_.size() >= count; }));
    std::sort(outcomes_.begin(), outcomes_.end());
    return outcomes_;
  }
  int num_last() {
    const std::lock_guard lock(mutex_);
    return num_last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<int, bool>> outcomes_;
  int num_last_ = 0;
};

class PutQueueTest : public MetricFixture {
 protected:
  static constexpr TimeMs kFrom = kDayStart;

  Result<std::shared_ptr<PutQueue::Ticket>> begin(PutQueue& queue, int number) {
    const std::string name = "m" + std::to_string(number % 3);
    const Datum datum = value_at(name, kFrom + number * kMinuteMs, 1);
    return queue.put("1/r", "N", {&datum, 1});
  }
  double count() {
    double total = 0;
    for (int i = 0; i < 3; ++i) {
      total += read("m" + std::to_string(i), kFrom, kFrom + kDayMs, 86'400).aggregates[0].count;
    }
    return total;
  }
};

TEST_F(PutQueueTest, TellsEachCallAndWhatItSaidLasts) {
  open();
  Outcomes outcomes;
  {
    PutQueue queue(*store_);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 50; ++i) {
          const auto ticket = begin(queue, thread * 50 + i);
          ASSERT_TRUE(ticket);
          (*ticket)->then(outcomes.taker(thread * 50 + i));
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(store_->seal());
      }
    });
    for (std::thread& thread : threads) {
      thread.join();
    }
    const auto all = outcomes.wait_for(200);
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(all[static_cast<std::size_t>(i)], std::pair(i, true));
    }
    EXPECT_GE(outcomes.num_last(), 1);
    EXPECT_EQ(count(), 200);
  }
  store_.reset();
  const auto killed = files_.after_power_cut(files_.num_steps(), 7);
  MetricOpenReport report;
  auto again = MetricStore::open(*killed, directory_, clock_, options_, report);
  ASSERT_TRUE(again);
  store_ = std::move(*again);
  EXPECT_EQ(count(), 200);
  store_.reset();
}

TEST_F(PutQueueTest, WhoAsksLateIsToldAtOnce) {
  open();
  Outcomes outcomes;
  PutQueue queue(*store_);
  const auto first = begin(queue, 1);
  const auto second = begin(queue, 2);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  (*second)->then(outcomes.taker(2));
  (void)outcomes.wait_for(1);  // so that the first has ended too
  (*first)->then(outcomes.taker(1));
  EXPECT_EQ(outcomes.wait_for(2).size(), 2U);
  EXPECT_EQ(outcomes.num_last(), 2);
}

TEST_F(PutQueueTest, AFailedSyncIsToldAndCountsNothing) {
  for (int seed = 1; seed <= 20; ++seed) {
    files_.clear_faults();
    directory_ = "data/metrics-" + std::to_string(seed);
    open();
    Outcomes outcomes;
    double num_good = 0;
    {
      PutQueue queue(*store_);
      const auto sound = begin(queue, 0);
      ASSERT_TRUE(sound);
      (*sound)->then(outcomes.taker(0));
      ASSERT_TRUE(outcomes.wait_for(1)[0].second);
      files_.inject(
          {.nth = 1, .operation = io::FileOperation::kSync, .path_part = directory_ + "/wal"});
      std::size_t num_told = 1;
      for (int i = 1; i < 12; ++i) {
        if (const auto ticket = begin(queue, i)) {
          (*ticket)->then(outcomes.taker(i));
          ++num_told;
        }
      }
      for (const auto& [number, is_good] : outcomes.wait_for(num_told)) {
        num_good += is_good ? 1 : 0;
      }
      EXPECT_LT(num_good, 12) << seed;
      EXPECT_EQ(count(), num_good) << seed;
      // The log goes on in another file.
      files_.clear_faults();
      const auto later = begin(queue, 20);
      ASSERT_TRUE(later) << later.error().message;
      (*later)->then(outcomes.taker(20));
      EXPECT_TRUE(outcomes.wait_for(num_told + 1).back().second);
      EXPECT_EQ(count(), num_good + 1) << seed;
    }
    store_.reset();
    const auto lost = files_.after_power_cut(files_.num_steps(), static_cast<std::uint64_t>(seed));
    MetricOpenReport report;
    auto again = MetricStore::open(*lost, directory_, clock_, options_, report);
    ASSERT_TRUE(again) << again.error().message;
    store_ = std::move(*again);
    EXPECT_EQ(count(), num_good + 1) << seed;
    store_.reset();
  }
}

TEST_F(PutQueueTest, APutIsBriefUnlessItWouldHaveMoreToDoThanItsOwn) {
  options_.max_log_bytes = 100;
  options_.hard_factor = 2;
  open();
  EXPECT_TRUE(store_->is_put_brief());
  files_.inject({.operation = io::FileOperation::kSync, .path_part = "wal"});
  EXPECT_FALSE(
      try_put(value_at("m", kFrom, 1)));  // the file's creation fails: nothing is behind it
  files_.clear_faults();
  put("m", kFrom, 1);
  EXPECT_TRUE(store_->is_put_brief());
  files_.inject({.operation = io::FileOperation::kSync, .path_part = "wal"});
  EXPECT_FALSE(try_put(value_at("m", kFrom, 1)));
  EXPECT_FALSE(store_->is_put_brief());  // the next has a log to begin again
  files_.clear_faults();
  put("m", kFrom, 1);
  EXPECT_TRUE(store_->is_put_brief());
  for (int i = 0; store_->usage().log_bytes <= 200; ++i) {
    ASSERT_LT(i, 100);
    put("m", kFrom + i * kMinuteMs, 1);
  }
  EXPECT_FALSE(store_->is_put_brief());  // the next has to seal
  put("m", kFrom, 1);
  EXPECT_TRUE(store_->is_put_brief());
}

TEST_F(PutQueueTest, EndsWhatWasPutWhenItEnds) {
  open();
  Outcomes outcomes;
  {
    PutQueue queue(*store_);
    for (int i = 0; i < 5; ++i) {
      const auto ticket = begin(queue, i);
      ASSERT_TRUE(ticket);
      (*ticket)->then(outcomes.taker(i));
    }
  }
  EXPECT_EQ(outcomes.wait_for(5).size(), 5U);
  EXPECT_EQ(count(), 5);
  EXPECT_TRUE(store_->seal());  // nobody holds the gate any more
}

}  // namespace
}  // namespace weir::metric
