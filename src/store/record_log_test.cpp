#include "store/record_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "codec/byte_writer.h"
#include "io/faulty_file_system.h"
#include "store/hex_example.h"

namespace weir::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::array<char, 8> kMagic = {'W', 'E', 'I', 'R', 'T', 'S', 'T', '\n'};
constexpr const char* kPath = "d/log";

struct Reading {
  std::vector<std::string> payloads;
  LogEnd end{};
  std::uint64_t good_size = 0;
  std::string damage;
};

// Reads all that is good, behind damage too; `end` is the first end met.
Reading read_log(io::FileSystem& files) {
  const auto file = files.open_random(kPath).value();
  auto reader = RecordLogReader::open(*file, kPath, kMagic, 1);
  Reading reading;
  if (!reader) {
    reading.end = LogEnd::kDamaged;
    reading.damage = reader.error().message;
    return reading;
  }
  Record record;
  bool is_first = true;
  while (true) {
    while (reader->next(record).value()) {
      reading.payloads.emplace_back(record.payload);
    }
    if (is_first) {
      reading.end = reader->end();
      reading.good_size = reader->good_size();
      is_first = false;
    }
    if (reader->end() != LogEnd::kDamaged) {
      return reading;
    }
    reading.damage = reader->damage().message;
    reader->skip_damage();
  }
}

class RecordLogTest : public ::testing::Test {
 protected:
  RecordLogTest() {
    EXPECT_TRUE(files_.create_directories("d"));
    EXPECT_TRUE(files_.sync_directory("."));
    writer_ = RecordLogWriter::create(files_, kPath, header_).value();
  }
  void append(std::string_view payload, bool is_synced = true) {
    ASSERT_TRUE(writer_->append(7, payload));
    if (is_synced) {
      ASSERT_TRUE(writer_->sync());
    }
  }

  LogHeader header_{kMagic, 1, 4, 100, 100};
  io::FaultyFileSystem files_;
  std::unique_ptr<RecordLogWriter> writer_;
};

TEST_F(RecordLogTest, ReadsBackWhatWasWritten) {
  const std::string big(700'000, 'x');
  append("one");
  append("");
  append(big);
  EXPECT_EQ(writer_->next_sequence(), 103U);
  const auto file = files_.open_random(kPath).value();
  auto reader = RecordLogReader::open(*file, kPath, kMagic, 1).value();
  EXPECT_EQ(reader.header().number, 4U);
  Record record;
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(record.type, 7);
  EXPECT_EQ(record.sequence, 100U);
  EXPECT_EQ(record.offset, kLogHeaderBytes);
  EXPECT_EQ(record.payload, "one");
  ASSERT_TRUE(reader.next(record).value());
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(record.payload, big);
  EXPECT_FALSE(reader.next(record).value());
  EXPECT_EQ(reader.end(), LogEnd::kClean);
  EXPECT_EQ(reader.good_size(), files_.contents(kPath).size());
}

TEST_F(RecordLogTest, RefusesOtherMagicAndNewerVersions) {
  const auto file = files_.open_random(kPath).value();
  EXPECT_THAT(RecordLogReader::open(*file, kPath, {'x'}, 1).error().message,
              HasSubstr("d/log: this is another kind of file"));
  const auto newer = RecordLogReader::open(*file, kPath, kMagic, 0);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(newer.error().message, HasSubstr("format version 1; this one reads up to 0"));
}

TEST_F(RecordLogTest, EveryCutOfTheTailKeepsWholeRecords) {
  std::vector<std::uint64_t> ends = {kLogHeaderBytes};
  Random random(5);
  while (writer_->size() < 10'000) {
    append(std::string(random.below(200), 'a'));
    ends.push_back(writer_->size());
  }
  const std::string whole = files_.contents(kPath);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    files_.set_contents(kPath, whole.substr(0, cut));
    const Reading reading = read_log(files_);
    const auto kept =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin());
    ASSERT_EQ(reading.payloads.size() + 1, std::max<std::size_t>(kept, 1)) << "cut at " << cut;
    ASSERT_EQ(reading.end, kept == 0               ? LogEnd::kNoHeader
                           : ends[kept - 1] == cut ? LogEnd::kClean
                                                   : LogEnd::kTornTail)
        << "cut at " << cut;
    ASSERT_EQ(reading.good_size, kept == 0 ? 0 : ends[kept - 1]);
  }
}

TEST_F(RecordLogTest, DamageBeforeSyncedRecordsIsNamedAndTheRestReadable) {
  append("one");
  const std::uint64_t at = writer_->size();
  append("two");
  append("three");
  append("four");
  files_.flip_bit(kPath, at * 8 + 140);
  const Reading reading = read_log(files_);
  EXPECT_THAT(reading.payloads, ElementsAre("one", "three", "four"));
  EXPECT_EQ(reading.end, LogEnd::kDamaged);
  EXPECT_THAT(reading.damage, HasSubstr("d/log: damaged at byte 64: the records 101 to 101"));
}

TEST_F(RecordLogTest, DamagedLengthDoesNotHideTheRecordsBehind) {
  append("one");
  const std::uint64_t at = writer_->size();
  append("two");
  append("three");
  for (std::uint64_t bit = 0; bit < 32; ++bit) {
    files_.flip_bit(kPath, at * 8 + bit);
    EXPECT_THAT(read_log(files_).payloads, ElementsAre("one", "three")) << bit;
    files_.flip_bit(kPath, at * 8 + bit);
  }
}

TEST_F(RecordLogTest, ATornGroupIsATailThoughRecordsOfItAreWhole) {
  append("one");
  const std::uint64_t at = writer_->size();
  append("two", false);
  append("three", false);
  files_.flip_bit(kPath, at * 8 + 140);  // the disk kept a later sector and lost an earlier one
  const Reading reading = read_log(files_);
  EXPECT_THAT(reading.payloads, ElementsAre("one"));
  EXPECT_EQ(reading.end, LogEnd::kTornTail);
  EXPECT_EQ(reading.good_size, at);
}

TEST_F(RecordLogTest, SingleBitFlipsAreDetected) {
  Random random(11);
  for (int i = 0; i < 60; ++i) {
    append(fmt::format("{}{:p>{}}", i, "", random.below(40)));
  }
  const std::vector<std::string> whole = read_log(files_).payloads;
  const std::uint64_t last = writer_->size();
  append("the last");
  const std::uint64_t bits = files_.contents(kPath).size() * 8;
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t bit = random.below(bits);
    files_.flip_bit(kPath, bit);
    const Reading reading = read_log(files_);
    files_.flip_bit(kPath, bit);
    // The last record alone cannot be told from a write cut short: its bytes are reported as torn.
    ASSERT_EQ(reading.end, bit >= last * 8 ? LogEnd::kTornTail : LogEnd::kDamaged) << bit;
    std::size_t from = 0;
    for (const std::string& payload : reading.payloads) {  // a subsequence: nothing is wrong
      while (from < whole.size() && whole[from] != payload) {
        ++from;
      }
      ASSERT_TRUE(from < whole.size() || payload == "the last") << "bit " << bit;
    }
  }
}

TEST_F(RecordLogTest, AFailedAppendIsUndoneAndCanBeRepeated) {
  append("one");
  files_.inject({.operation = io::FileOperation::kWrite, .code = ErrorCode::kFull});
  EXPECT_EQ(writer_->append(7, "two").error().code, ErrorCode::kFull);
  append("two again");
  EXPECT_THAT(read_log(files_).payloads, ElementsAre("one", "two again"));
  EXPECT_EQ(writer_->append(7, std::string(kMaxRecordBytes + 1, 'x')).error().code,
            ErrorCode::kLimit);
}

TEST_F(RecordLogTest, AFailedSyncFencesAndCutsWhatWasNotSynced) {
  append("one");
  append("two", false);
  files_.inject({.operation = io::FileOperation::kSync});
  EXPECT_FALSE(writer_->sync());
  EXPECT_TRUE(writer_->is_fenced());
  EXPECT_FALSE(writer_->append(7, "three"));
  EXPECT_FALSE(writer_->sync());
  EXPECT_FALSE(writer_->close());
  EXPECT_THAT(read_log(files_).payloads, ElementsAre("one"));
}

TEST_F(RecordLogTest, ResumesBehindATornTail) {
  append("one");
  const auto size = writer_->size();
  append("two");
  writer_.reset();
  ASSERT_TRUE(files_.truncate(kPath, files_.contents(kPath).size() - 1));
  writer_ = RecordLogWriter::resume(files_, kPath, header_, size, 101).value();
  append("three");
  EXPECT_THAT(read_log(files_).payloads, ElementsAre("one", "three"));
}

TEST_F(RecordLogTest, RecordsOfAnotherLogAreNoRecordsHere) {
  append("one");
  const auto size = writer_->size();
  append("two");
  const std::string stale = files_.contents(kPath).substr(size);
  header_.number = 5;
  writer_ = RecordLogWriter::create(files_, kPath, header_).value();
  append("uno");
  files_.set_contents(kPath, files_.contents(kPath) + stale);
  const Reading reading = read_log(files_);
  EXPECT_THAT(reading.payloads, ElementsAre("uno"));
  EXPECT_EQ(reading.end, LogEnd::kTornTail);
}

TEST_F(RecordLogTest, HeaderDamageIsNamed) {
  append("one");
  for (std::uint64_t bit = 0; bit < kLogHeaderBytes * 8; ++bit) {
    files_.flip_bit(kPath, bit);
    const Reading reading = read_log(files_);
    EXPECT_THAT(reading.payloads, IsEmpty());
    EXPECT_THAT(reading.damage, HasSubstr("d/log: the header is damaged"));
    files_.flip_bit(kPath, bit);
  }
}

TEST_F(RecordLogTest, BytesMadeToLookLikeRecordsTakeBoundedTime) {
  // Frames with numbers that could be, each of them reaching to the end of the file.
  constexpr std::size_t kFrames = 30'000;
  std::string bytes = files_.contents(kPath);
  for (std::size_t i = 0; i < kFrames; ++i) {
    codec::put_fixed(static_cast<std::uint32_t>((kFrames - i - 1) * kRecordOverheadBytes), bytes);
    codec::put_fixed(std::uint8_t{7}, bytes);
    codec::put_fixed(header_.first_sequence + i, bytes);
    codec::put_fixed(std::uint64_t{0}, bytes);
  }
  files_.set_contents(kPath, bytes);
  const Reading reading = read_log(files_);
  EXPECT_THAT(reading.payloads, IsEmpty());
  EXPECT_EQ(reading.end, LogEnd::kDamaged);
}

TEST_F(RecordLogTest, TheExampleOfTheFormatPageReadsAsItSays) {
  files_.set_contents(kPath, hex_example("docs/formats/record-log.md"));
  const auto file = files_.open_random(kPath).value();
  auto reader =
      RecordLogReader::open(*file, kPath, {'W', 'E', 'I', 'R', 'W', 'A', 'L', '\n'}, 1).value();
  EXPECT_EQ(reader.header().number, 7U);
  EXPECT_EQ(reader.header().previous_end, 41U);
  EXPECT_EQ(reader.header().first_sequence, 41U);
  Record record;
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(record.type, 1);
  EXPECT_EQ(record.sequence, 41U);
  EXPECT_EQ(record.payload, "hello");
  ASSERT_TRUE(reader.next(record).value());
  EXPECT_EQ(record.offset, 66U);
  EXPECT_EQ(record.sequence, 42U);
  EXPECT_EQ(record.payload, "");
  EXPECT_FALSE(reader.next(record).value());
  EXPECT_EQ(reader.end(), LogEnd::kClean);
}

}  // namespace
}  // namespace weir::store
