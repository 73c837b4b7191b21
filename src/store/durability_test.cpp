// What must hold for manifest and write-ahead log together when calls fail, power is lost, bytes
// are cut off or flip, and the disk runs full. Every failure prints what reproduces it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/manifest_codec.h"
#include "store/manifest_fixture.h"
#include "store/record_log.h"
#include "store/write_ahead_log.h"

namespace weir::store {
namespace {

using ::testing::IsEmpty;

constexpr const char* kManifestDirectory = "root/data/manifest";
constexpr const char* kWalDirectory = "root/data";
constexpr ManifestOptions kSmallManifest = {.min_compaction_bytes = 700, .compaction_multiple = 1};
constexpr WalOptions kSmallWal = {.max_file_bytes = 700};

// An ingest in small: batches go to the write-ahead log; every fourth seals what is in it by an
// edit and drops the files. Knows what was acknowledged.
class Scenario {
 public:
  explicit Scenario(io::FaultyFileSystem& files) : files_(files) {}

  // Opens both; what the disk says becomes what is expected.
  Result<void> open() {
    wal_.reset();
    manifest_.reset();
    WEIR_ASSIGN_OR_RETURN(manifest_, Manifest::open(files_, kManifestDirectory, kSmallManifest));
    WalReport report;
    batches_.clear();
    WEIR_ASSIGN_OR_RETURN(
        wal_,
        WriteAheadLog::open(
            files_, kWalDirectory, manifest_->state()->wal_floor(), kSmallWal,
            [&](std::uint64_t, std::uint64_t sequence, std::string_view payload) -> Result<void> {
              batches_[sequence] = std::string(payload);
              return {};
            },
            report));
    damages_ = std::move(report.damages);
    return {};
  }

  Result<void> make_table() {
    Edit edit;
    edit.put_tables.push_back(flows_table());
    return manifest_->apply(edit);
  }

  Result<void> take_batch(std::uint64_t number) {
    const std::string payload = fmt::format("batch {} {}", number, std::string(number % 90, 'b'));
    WEIR_ASSIGN_OR_RETURN(const std::uint64_t sequence, wal_->append(payload));
    WEIR_RETURN_IF_ERROR(wal_->sync(sequence));
    batches_[sequence] = payload;
    return {};
  }

  Result<void> seal(std::uint64_t number) {
    WEIR_ASSIGN_OR_RETURN(const std::uint64_t floor, wal_->rotate());
    Edit edit = batch_edit(number);
    edit.wal_floor = floor;
    WEIR_RETURN_IF_ERROR(manifest_->apply(edit));
    batches_.clear();
    [[maybe_unused]] const auto dropped = wal_->drop_below(floor);  // or at the next opening
    return {};
  }

  // A step of the scenario; tried until it succeeds, as after a failure a caller may.
  void insist(const std::function<Result<void>()>& step, int& num_failures) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      if (wal_ != nullptr && attempt > 0) {
        [[maybe_unused]] const auto number = wal_->rotate();
      }
      const auto status = step();
      if (status) {
        return;
      }
      ++num_failures;
      EXPECT_THAT(status.error().message, ::testing::HasSubstr("cannot "));
    }
    ADD_FAILURE() << "does not recover";
  }

  Manifest& manifest() { return *manifest_; }
  WriteAheadLog& wal() { return *wal_; }
  [[nodiscard]] const std::map<std::uint64_t, std::string>& batches() const { return batches_; }
  [[nodiscard]] const std::vector<Error>& damages() const { return damages_; }
  [[nodiscard]] std::string state() const { return describe(*manifest_->state()); }

 private:
  io::FaultyFileSystem& files_;
  std::unique_ptr<Manifest> manifest_;
  std::unique_ptr<WriteAheadLog> wal_;
  std::map<std::uint64_t, std::string> batches_;  // acknowledged, not sealed
  std::vector<Error> damages_;
};

// Runs all of it: opens, takes batches, seals, compacts by itself and once more, opens again.
int run_through(Scenario& scenario, std::uint64_t num_batches) {
  int num_failures = 0;
  scenario.insist([&] { return scenario.open(); }, num_failures);
  scenario.insist([&] { return scenario.make_table(); }, num_failures);
  for (std::uint64_t number = 0; number < num_batches; ++number) {
    scenario.insist([&] { return scenario.take_batch(number); }, num_failures);
    if (number % 4 == 3) {
      scenario.insist([&] { return scenario.seal(number / 4); }, num_failures);
    }
  }
  scenario.insist([&] { return scenario.manifest().compact(); }, num_failures);
  scenario.insist([&] { return scenario.open(); }, num_failures);
  return num_failures;
}

constexpr std::uint64_t kBatches = 46;

struct Expected {
  std::string state;
  std::vector<std::string> batches;
};

std::vector<std::string> payloads_of(const std::map<std::uint64_t, std::string>& batches) {
  std::vector<std::string> payloads;
  for (const auto& [sequence, payload] : batches) {
    payloads.push_back(payload);
  }
  return payloads;
}

class DurabilityTest : public ::testing::Test {
 protected:
  DurabilityTest() {
    io::FaultyFileSystem files;
    Scenario scenario(files);
    EXPECT_EQ(run_through(scenario, kBatches), 0);
    num_calls_ = files.num_calls();
    expected_ = {scenario.state(), payloads_of(scenario.batches())};
  }

  std::uint64_t num_calls_ = 0;
  Expected expected_;
};

// Whatever call fails, once: an error says so or nothing was lost, the step succeeds when tried
// again, and all ends as if nothing had happened.
TEST_F(DurabilityTest, AnyOneCallMayFail) {
  int num_surfaced = 0;
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kFull}) {
    for (std::uint64_t nth = 1; nth <= num_calls_; ++nth) {
      SCOPED_TRACE(fmt::format("call {} fails, full {}", nth, code == ErrorCode::kFull));
      io::FaultyFileSystem files(nth);
      files.inject({.nth = nth, .code = code});
      Scenario scenario(files);
      num_surfaced += run_through(scenario, kBatches) > 0 ? 1 : 0;
      ASSERT_EQ(scenario.state(), expected_.state);
      ASSERT_EQ(payloads_of(scenario.batches()), expected_.batches);
      ASSERT_THAT(scenario.damages(), IsEmpty());
    }
  }
  RecordProperty("calls", static_cast<int>(num_calls_));
  RecordProperty("surfaced", num_surfaced);
  EXPECT_GT(num_surfaced, static_cast<int>(num_calls_));  // of twice as many
}

// The disk fails for good in the middle and then is replaced: every step meanwhile says so.
TEST_F(DurabilityTest, LastingFailuresSurfaceAndHeal) {
  for (const auto operation :
       {io::FileOperation::kWrite, io::FileOperation::kSync, io::FileOperation::kSyncDirectory,
        io::FileOperation::kRename, io::FileOperation::kCreate}) {
    SCOPED_TRACE(io::name_of(operation));
    io::FaultyFileSystem files;
    Scenario scenario(files);
    ASSERT_TRUE(scenario.open());
    ASSERT_TRUE(scenario.make_table());
    ASSERT_TRUE(scenario.take_batch(0));
    ASSERT_TRUE(scenario.seal(0));
    const std::string before = scenario.state();
    files.inject({.operation = operation, .is_lasting = true});
    int num_failures = 0;
    for (std::uint64_t number = 1; number < 20; ++number) {
      num_failures += scenario.take_batch(number) ? 0 : 1;
      if (!scenario.manifest().compact()) {
        ++num_failures;
      }
      ASSERT_EQ(scenario.state(), before);
    }
    EXPECT_GT(num_failures, 0);
    files.clear_faults();
    scenario.insist([&] { return scenario.take_batch(50); }, num_failures);
    scenario.insist([&] { return scenario.seal(1); }, num_failures);
    const std::string after = scenario.state();
    ASSERT_TRUE(scenario.open());
    EXPECT_EQ(scenario.state(), after);
  }
}

// What was acknowledged, by the number of trace steps it took.
struct Acknowledgement {
  std::size_t step = 0;
  std::string state;                 // of the manifest
  std::vector<std::string> batches;  // not sealed, acknowledged
};

std::vector<Acknowledgement> record_trace(io::FaultyFileSystem& files, std::size_t num_steps) {
  Scenario scenario(files);
  std::vector<Acknowledgement> acknowledged = {{0, "", {}}};
  const auto acknowledge = [&](const Result<void>& status) {
    ASSERT_TRUE(status) << status.error().message;
    acknowledged.push_back({files.num_steps(), scenario.state(), payloads_of(scenario.batches())});
  };
  acknowledge(scenario.open());
  acknowledge(scenario.make_table());
  for (std::uint64_t number = 0; files.num_steps() < num_steps; ++number) {
    acknowledge(scenario.take_batch(number));
    if (number % 4 == 3) {
      acknowledge(scenario.seal(number / 4));
    }
    if (number % 37 == 36) {
      acknowledge(scenario.open());
    }
  }
  return acknowledged;
}

bool begins_with(const std::vector<std::string>& all, const std::vector<std::string>& first) {
  return all.size() >= first.size() && std::equal(first.begin(), first.end(), all.begin());
}

TEST_F(DurabilityTest, PowerMayBeLostAtAnyOperation) {
  io::FaultyFileSystem files;
  const auto acknowledged = record_trace(files, 800);
  constexpr std::uint64_t kSeeds = 6;
  std::size_t last = 0;
  int num_torn = 0;
  for (std::size_t step = 0; step <= files.num_steps(); ++step) {
    while (last + 1 < acknowledged.size() && acknowledged[last + 1].step <= step) {
      ++last;
    }
    const Acknowledgement& before = acknowledged[last];
    const Acknowledgement& after = acknowledged[std::min(last + 1, acknowledged.size() - 1)];
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      SCOPED_TRACE(fmt::format("power lost before step {} ({}), seed {}", step,
                               files.describe_step(step), seed));
      const auto disk = files.after_power_cut(step, step * kSeeds + seed);
      Scenario scenario(*disk);
      const auto opened = scenario.open();
      ASSERT_TRUE(opened) << opened.error().message;
      ASSERT_THAT(scenario.damages(), IsEmpty());
      num_torn += scenario.manifest().report().torn_bytes > 0 ? 1 : 0;
      const bool is_before = scenario.state() == before.state || before.state.empty();
      ASSERT_TRUE(is_before || scenario.state() == after.state) << scenario.state() << "expected\n"
                                                                << before.state;
      // Batches that were acknowledged are there, or in the segment of the edit that came through.
      if (is_before && !before.state.empty()) {
        ASSERT_TRUE(begins_with(payloads_of(scenario.batches()), before.batches));
      }
      // It goes on without help, and what happens now lasts too.
      ASSERT_TRUE(scenario.make_table());
      ASSERT_TRUE(scenario.take_batch(7));
      const auto now = payloads_of(scenario.batches());
      const auto again = disk->after_power_cut(disk->num_steps(), seed);
      Scenario later(*again);
      ASSERT_TRUE(later.open());
      ASSERT_EQ(later.state(), scenario.state());
      ASSERT_EQ(payloads_of(later.batches()), now);
      ASSERT_THAT(later.damages(), IsEmpty());
    }
  }
  RecordProperty("cuts", static_cast<int>((files.num_steps() + 1) * kSeeds));
  EXPECT_GE(files.num_steps(), 500U);
  EXPECT_GT(num_torn, 0);
}

// A process is killed; what the next one finds it may tell others, so a power cut must not take it.
TEST_F(DurabilityTest, WhatIsFoundAfterAKillLasts) {
  io::FaultyFileSystem files;
  record_trace(files, 600);
  for (std::size_t step = 0; step <= files.num_steps(); ++step) {
    const auto killed = files.after_kill(step);
    Scenario next(*killed);
    const auto opened = next.open();
    ASSERT_TRUE(opened) << opened.error().message;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(fmt::format("killed before step {} ({}), power lost with seed {}", step,
                               files.describe_step(step), seed));
      const auto disk = killed->after_power_cut(killed->num_steps(), seed);
      Scenario found(*disk);
      ASSERT_TRUE(found.open());
      ASSERT_EQ(found.state(), next.state());
      ASSERT_EQ(payloads_of(found.batches()), payloads_of(next.batches()));
    }
  }
}

// Any call fails, the step is tried again, later power is lost.
TEST_F(DurabilityTest, PowerMayBeLostAfterAFailure) {
  constexpr std::uint64_t kRounds = 8;
  for (std::uint64_t round = 0; round < num_calls_ * kRounds; ++round) {
    const std::uint64_t nth = 1 + round / kRounds;
    const std::uint64_t batches = kBatches - Random(round).below(kBatches / 2);
    SCOPED_TRACE(fmt::format("call {} fails, {} batches, seed {}", nth, batches, round));
    io::FaultyFileSystem files(round);
    files.inject({.nth = nth});
    Scenario scenario(files);
    int num_failures = 0;
    scenario.insist([&] { return scenario.open(); }, num_failures);
    scenario.insist([&] { return scenario.make_table(); }, num_failures);
    for (std::uint64_t number = 0; number < batches; ++number) {
      scenario.insist([&] { return scenario.take_batch(number); }, num_failures);
      if (number % 4 == 3) {
        scenario.insist([&] { return scenario.seal(number / 4); }, num_failures);
      }
    }
    const auto disk = files.after_power_cut(files.num_steps(), round);
    Scenario found(*disk);
    const auto opened = found.open();
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_EQ(found.state(), scenario.state());
    ASSERT_EQ(payloads_of(found.batches()), payloads_of(scenario.batches()));
    ASSERT_THAT(found.damages(), IsEmpty());
  }
}

class DamageTest : public ::testing::Test {
 protected:
  // A manifest of a snapshot and many edits, with the state after each.
  DamageTest() {
    auto manifest = Manifest::open(files_, kManifestDirectory).value();
    Edit edit;
    edit.put_tables.push_back(flows_table());
    EXPECT_TRUE(manifest->apply(edit));
    for (std::uint64_t number = 0; number < 90; ++number) {
      EXPECT_TRUE(manifest->apply(batch_edit(number)));
      if (number == 29) {
        EXPECT_TRUE(manifest->compact());
      }
      if (number >= 29) {
        const std::uint64_t size = manifest->report().file_bytes;
        states_[size] = describe(*manifest->state());
        if (number > 29) {
          states_[size - seal_bytes_] = states_[size];
        }
      }
    }
    whole_ = files_.contents(path_);
  }

  io::FaultyFileSystem files_;
  std::string path_ = std::string(kManifestDirectory) + "/MANIFEST-000002";
  std::string whole_;
  std::map<std::uint64_t, std::string> states_;  // by the file's size
  // Of the record behind each edit that says that it was synced.
  const std::uint64_t seal_bytes_ = kRecordOverheadBytes + encode_edit(Edit()).size();
};

TEST_F(DamageTest, EveryCutOfTheLast8KiBLeavesTheEditsBefore) {
  ASSERT_GT(whole_.size(), 8'192U + states_.begin()->first);
  for (std::size_t size = whole_.size() - 8'192; size < whole_.size(); ++size) {
    files_.set_contents(path_, whole_.substr(0, size));
    const auto reader = ManifestReader::open(files_, kManifestDirectory);
    ASSERT_TRUE(reader) << size;
    const auto expected = std::prev(states_.upper_bound(size));
    ASSERT_EQ(describe(*(*reader)->state()), expected->second) << size;
    ASSERT_EQ((*reader)->report().torn_bytes, size - expected->first);
  }
}

TEST_F(DamageTest, EveryCutOfTheSnapshotIsAnError) {
  for (std::size_t size = 0; size < states_.begin()->first; ++size) {
    files_.set_contents(path_, whole_.substr(0, size));
    ASSERT_FALSE(ManifestReader::open(files_, kManifestDirectory)) << size;
  }
}

TEST_F(DamageTest, SingleBitFlipsAreDetected) {
  constexpr std::uint64_t kSeed = 77;
  Random random(kSeed);
  // Behind the last edit stands the record that says that it was synced.
  const std::uint64_t last = whole_.size() - seal_bytes_;
  const std::string state = states_.rbegin()->second;
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t bit = random.below(whole_.size() * 8);
    std::string bytes = whole_;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    files_.set_contents(path_, std::move(bytes));
    const auto reader = ManifestReader::open(files_, kManifestDirectory);
    if (bit / 8 < last) {
      ASSERT_FALSE(reader) << "seed " << kSeed << " bit " << bit;
      ASSERT_EQ(reader.error().code, ErrorCode::kInput);
      ASSERT_THAT(reader.error().message, ::testing::HasSubstr(path_));
    } else {  // that one alone looks like a write cut short, and nothing is lost with it
      ASSERT_TRUE(reader);
      ASSERT_EQ((*reader)->report().torn_bytes, seal_bytes_);
      ASSERT_EQ(describe(*(*reader)->state()), state);
    }
  }
}

TEST(WalDamageTest, SingleBitFlipsAreDetected) {
  constexpr std::uint64_t kSeed = 78;
  io::FaultyFileSystem files;
  const WalVisitor nothing = [](std::uint64_t, std::uint64_t, std::string_view) -> Result<void> {
    return {};
  };
  WalReport report;
  ASSERT_TRUE(files.create_directories(kWalDirectory));
  auto log =
      WriteAheadLog::open(files, kWalDirectory, 1, {.max_file_bytes = 2'000}, nothing, report)
          .value();
  std::map<std::uint64_t, std::string> batches;
  for (std::uint64_t number = 0; number < 120; ++number) {
    const std::string payload = fmt::format("{} {}", number, std::string(number % 50, 'w'));
    const auto sequence = log->append(payload).value();
    ASSERT_TRUE(log->sync(sequence));
    batches[sequence] = payload;
  }
  log.reset();
  const std::vector<std::string> paths = files.paths();
  ASSERT_GT(paths.size(), 2U);
  Random random(kSeed);
  for (int i = 0; i < 2'000; ++i) {
    const std::string& path = paths[random.below(paths.size())];
    const std::uint64_t bit = random.below(files.contents(path).size() * 8);
    SCOPED_TRACE(fmt::format("seed {} {} bit {}", kSeed, path, bit));
    files.flip_bit(path, bit);
    std::size_t num_found = 0;
    WalCursor cursor;
    const auto found = replay_write_ahead_log(
        files, kWalDirectory, 1, cursor,
        [&](std::uint64_t, std::uint64_t sequence, std::string_view payload) -> Result<void> {
          EXPECT_EQ(batches.at(sequence), payload);
          ++num_found;
          return {};
        });
    files.flip_bit(path, bit);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(!found->damages.empty() || found->torn_bytes > 0);
    ASSERT_LT(num_found, batches.size());
    if (found->torn_bytes > 0) {
      ASSERT_EQ(num_found, batches.size() - 1);
    }
  }
}

TEST(DiskFullTest, RefusesDeletesNothingAndHeals) {
  io::FaultyFileSystem files;
  Scenario scenario(files);
  ASSERT_TRUE(scenario.open());
  ASSERT_TRUE(scenario.make_table());
  int num_refused = 0;
  std::uint64_t number = 0;
  std::uint64_t num_sealed = 0;
  for (int round = 0; round < 60; ++round) {
    files.set_capacity(files.paths().empty() ? 0 : 2'000 + 300 * static_cast<std::uint64_t>(round));
    for (int i = 0; i < 12; ++i, ++number) {
      const auto before = scenario.state();
      const auto batches = payloads_of(scenario.batches());
      const bool is_sealing = number % 4 == 3;
      const auto status = is_sealing ? scenario.seal(num_sealed) : scenario.take_batch(number);
      if (status) {
        num_sealed += is_sealing ? 1 : 0;
      } else {
        ++num_refused;
        ASSERT_EQ(status.error().code, ErrorCode::kFull) << status.error().message;
        ASSERT_EQ(scenario.state(), before);
        ASSERT_EQ(payloads_of(scenario.batches()), batches);
      }
    }
    const auto before = scenario.state();
    const auto batches = payloads_of(scenario.batches());
    ASSERT_TRUE(scenario.open()) << "a full disk must not keep it from opening";
    ASSERT_EQ(scenario.state(), before);
    ASSERT_EQ(payloads_of(scenario.batches()), batches);
  }
  EXPECT_GT(num_refused, 20);
  files.set_capacity(UINT64_MAX);
  ASSERT_TRUE(scenario.take_batch(number));
  ASSERT_TRUE(scenario.seal(num_sealed));
}

}  // namespace
}  // namespace weir::store
