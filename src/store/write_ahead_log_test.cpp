#include "store/write_ahead_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "io/faulty_file_system.h"

namespace weir::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WriteAheadLogTest : public ::testing::Test {
 protected:
  WriteAheadLogTest() {
    EXPECT_TRUE(files_.create_directories("d"));
    EXPECT_TRUE(files_.sync_directory("."));
  }
  WalVisitor collect() {
    replayed_.clear();
    return [this](std::uint64_t number, std::uint64_t sequence,
                  std::string_view payload) -> Result<void> {
      replayed_.push_back(fmt::format("{}:{}:{}", number, sequence, payload));
      return {};
    };
  }
  std::unique_ptr<WriteAheadLog> open(std::uint64_t floor = 1, WalOptions options = {}) {
    auto log = WriteAheadLog::open(files_, "d", floor, options, collect(), report_);
    EXPECT_TRUE(log) << (log ? "" : log.error().message);
    return log ? std::move(*log) : nullptr;
  }
  static void append(WriteAheadLog& log, std::string_view payload) {
    const auto sequence = log.append(payload);
    ASSERT_TRUE(sequence) << sequence.error().message;
    ASSERT_TRUE(log.sync(*sequence));
    ASSERT_GT(log.synced_end(), *sequence);
  }

  io::FaultyFileSystem files_;
  WalReport report_;
  std::vector<std::string> replayed_;
};

TEST_F(WriteAheadLogTest, ReplaysWhatWasAppendedAndGoesOnInANewFile) {
  auto log = open();
  EXPECT_THAT(files_.paths(), IsEmpty());
  append(*log, "one");
  append(*log, "two");
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "1:2:two"));
  EXPECT_EQ(report_.num_records, 2U);
  EXPECT_EQ(log->current_number(), 2U);
  append(*log, "three");
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "1:2:two", "2:3:three"));
  EXPECT_THAT(report_.damages, IsEmpty());
}

TEST_F(WriteAheadLogTest, RotatesDropsAndBeginsAtTheFloor) {
  auto log = open();
  append(*log, "one");
  EXPECT_EQ(log->rotate().value(), 2U);
  append(*log, "two");
  EXPECT_EQ(log->rotate().value(), 3U);
  EXPECT_EQ(log->rotate().value(), 3U);
  ASSERT_TRUE(log->drop_below(2));
  EXPECT_THAT(files_.paths(), ElementsAre("d/wal-000002"));
  append(*log, "three");
  log = open(3);
  EXPECT_THAT(replayed_, ElementsAre("3:3:three"));
  EXPECT_THAT(files_.paths(), ElementsAre("d/wal-000003"));
  ASSERT_TRUE(log->drop_below(100));
  log = open(4);
  EXPECT_EQ(log->current_number(), 4U);
}

TEST_F(WriteAheadLogTest, FilesAndTheWholeAreBounded) {
  auto log = open(1, {.max_file_bytes = 300, .max_total_bytes = 1000});
  int appended = 0;
  while (true) {
    const auto sequence = log->append(std::string(80, 'x'));
    if (!sequence) {
      EXPECT_EQ(sequence.error().code, ErrorCode::kLimit);
      EXPECT_THAT(sequence.error().message, HasSubstr("the write-ahead log is full"));
      break;
    }
    ++appended;
  }
  EXPECT_EQ(appended, 8);
  EXPECT_EQ(log->current_number(), 4U);
  EXPECT_LE(log->total_bytes(), 1000U);
  ASSERT_TRUE(log->sync());
  ASSERT_TRUE(log->drop_below(2));
  EXPECT_TRUE(log->append("again"));
  ASSERT_TRUE(log->sync());
  log = open(2);
  EXPECT_EQ(report_.num_records, 7U);
}

TEST_F(WriteAheadLogTest, AReaderBesideTheWriterGoesOnWhereItWas) {
  auto log = open(1, {.max_file_bytes = 200});
  WalCursor cursor;
  std::vector<std::string> seen;
  const auto follow = [&]() {
    auto report = replay_write_ahead_log(files_, "d", 1, cursor, collect()).value();
    seen.insert(seen.end(), replayed_.begin(), replayed_.end());
    return report;
  };
  EXPECT_EQ(follow().num_records, 0U);
  std::vector<std::string> expected;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    append(*log, fmt::format("batch {}", i));
    expected.push_back(fmt::format("{}:{}:batch {}", log->current_number(), i, i));
    if (i % 3 == 0) {
      follow();
      EXPECT_EQ(seen, expected);
    }
  }
  const auto steps = files_.num_steps();
  EXPECT_FALSE(follow().is_superseded);
  EXPECT_EQ(files_.num_steps(), steps);  // it writes nothing
  ASSERT_TRUE(log->drop_below(3));
  EXPECT_TRUE(replay_write_ahead_log(files_, "d", log->current_number() + 1, cursor, collect())
                  .value()
                  .is_superseded);
  WalCursor stale;
  EXPECT_TRUE(replay_write_ahead_log(files_, "d", 1, stale, collect()).value().is_superseded);
}

TEST_F(WriteAheadLogTest, TornTailIsReportedAndNeverComesBack) {
  auto log = open();
  append(*log, "one");
  append(*log, "two");
  log.reset();
  ASSERT_TRUE(files_.truncate("d/wal-000001", files_.contents("d/wal-000001").size() - 2));
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one"));
  EXPECT_EQ(report_.torn_bytes, 22U);
  append(*log, "other two");
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "2:2:other two"));
  EXPECT_EQ(report_.torn_bytes, 0U);
  EXPECT_THAT(report_.damages, IsEmpty());
}

TEST_F(WriteAheadLogTest, DamageIsReportedAndTheRestReplayed) {
  auto log = open();
  append(*log, "one");
  append(*log, "two");
  ASSERT_TRUE(log->rotate());
  append(*log, "three");
  append(*log, "four");
  log.reset();
  const auto damaged = [&](const std::string& path, std::uint64_t byte) {
    files_.flip_bit(path, byte * 8);
    auto report = WalReport();
    WalCursor cursor;
    report = replay_write_ahead_log(files_, "d", 1, cursor, collect()).value();
    files_.flip_bit(path, byte * 8);
    return report;
  };
  EXPECT_THAT(damaged("d/wal-000002", 60).damages, SizeIs(1));
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "1:2:two", "2:4:four"));
  const WalReport last = damaged("d/wal-000001", 85);  // the last record of an older file
  ASSERT_THAT(last.damages, SizeIs(1));
  EXPECT_THAT(last.damages[0].message, HasSubstr("the records 2 to 2"));
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "2:3:three", "2:4:four"));
  const WalReport header = damaged("d/wal-000001", 20);
  ASSERT_THAT(header.damages, SizeIs(1));
  EXPECT_THAT(header.damages[0].message, HasSubstr("d/wal-000001: the header is damaged"));
  ASSERT_TRUE(files_.remove("d/wal-000001"));
  EXPECT_THAT(WriteAheadLog::open(files_, "d", 1, {}, collect(), report_).error().message,
              HasSubstr("from wal-000001 on is missing"));
}

TEST_F(WriteAheadLogTest, AFailedSyncVoidsItsRecordsUntilRotation) {
  auto log = open();
  append(*log, "one");
  ASSERT_EQ(log->append("two").value(), 2U);
  files_.inject({.operation = io::FileOperation::kSync});
  const auto failed = log->sync(2);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot sync d/wal-000001"));
  EXPECT_FALSE(log->append("three"));
  EXPECT_FALSE(log->sync());
  EXPECT_TRUE(log->sync(1));
  ASSERT_EQ(log->rotate().value(), 2U);
  EXPECT_THAT(log->sync(2).error().message, HasSubstr("record 2 is not kept"));
  append(*log, "three");
  EXPECT_EQ(log->next_sequence(), 4U);
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "2:3:three"));
  EXPECT_THAT(report_.damages, IsEmpty());
}

TEST_F(WriteAheadLogTest, VoidRecordsStayVoidThoughTheDiskKeptThem) {
  auto log = open();
  append(*log, "one");
  ASSERT_TRUE(log->append("two"));
  files_.inject({.operation = io::FileOperation::kSync});
  files_.inject({.operation = io::FileOperation::kTruncate});
  EXPECT_FALSE(log->sync());
  WalCursor cursor;
  ASSERT_TRUE(replay_write_ahead_log(files_, "d", 1, cursor, collect()));
  EXPECT_THAT(replayed_, SizeIs(2));  // a reader saw it
  ASSERT_TRUE(log->rotate());
  append(*log, "three");
  EXPECT_TRUE(replay_write_ahead_log(files_, "d", 1, cursor, collect()).value().is_superseded);
  log = open();
  EXPECT_THAT(replayed_, ElementsAre("1:1:one", "2:3:three"));
  EXPECT_THAT(report_.damages, IsEmpty());
}

TEST_F(WriteAheadLogTest, ThreadsShareSyncs) {
  auto log = open(1, {.max_file_bytes = 4'000});
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const auto sequence = log->append(fmt::format("{} {}", thread, i));
        if (!sequence || !log->sync(*sequence) || log->synced_end() <= *sequence) {
          ++failures;
        }
        if (i % 40 == 0 && !log->rotate()) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failures, 0);
  log = open();
  EXPECT_THAT(replayed_, SizeIs(kThreads * kEach));
  EXPECT_THAT(report_.damages, IsEmpty());
  EXPECT_EQ(log->next_sequence(), kThreads * kEach + 1U);
}

TEST_F(WriteAheadLogTest, ThreadsLearnWhichOfTheirRecordsAreVoid) {
  auto log = open();
  for (std::uint64_t nth = 5; nth < 60; nth += 9) {
    files_.inject({.nth = nth, .operation = io::FileOperation::kSync});
  }
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::uint64_t> acknowledged;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        const auto sequence = log->append("batch");
        if (sequence && log->sync(*sequence)) {
          const std::lock_guard lock(mutex);
          acknowledged.insert(*sequence);
        } else {
          [[maybe_unused]] const auto number = log->rotate();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  files_.clear_faults();
  EXPECT_GT(acknowledged.size(), 100U);
  log = open();
  std::set<std::string> found(replayed_.begin(), replayed_.end());
  for (const std::uint64_t sequence : acknowledged) {
    EXPECT_TRUE(std::ranges::any_of(found, [&](const std::string& text) {
      return text.ends_with(fmt::format(":{}:batch", sequence));
    })) << sequence;
  }
  EXPECT_THAT(report_.damages, IsEmpty());
}

}  // namespace
}  // namespace weir::store
