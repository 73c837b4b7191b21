#include "store/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store/hex_example.h"
#include "store/manifest_codec.h"
#include "store/manifest_file.h"
#include "store/manifest_fixture.h"
#include "store/record_log.h"

namespace weir::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ManifestTest : public ::testing::Test {
 protected:
  std::unique_ptr<Manifest> open(ManifestOptions options = {}) {
    auto manifest = Manifest::open(files_, "data/manifest", options);
    EXPECT_TRUE(manifest) << (manifest ? "" : manifest.error().message);
    return manifest ? std::move(*manifest) : nullptr;
  }
  static void apply(Manifest& manifest, std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t number = first; number < end; ++number) {
      const auto status = manifest.apply(batch_edit(number));
      ASSERT_TRUE(status) << status.error().message;
    }
  }
  static std::unique_ptr<Manifest> with_table(std::unique_ptr<Manifest> manifest) {
    Edit edit;
    edit.put_tables.push_back(flows_table());
    EXPECT_TRUE(manifest->apply(edit));
    return manifest;
  }

  io::FaultyFileSystem files_;
};

TEST_F(ManifestTest, BeginsEmptyAndComesBackAsItWas) {
  auto manifest = open();
  EXPECT_THAT(manifest->state()->tables(), IsEmpty());
  manifest = with_table(std::move(manifest));
  apply(*manifest, 0, 200);
  const std::string before = describe(*manifest->state());
  EXPECT_EQ(manifest->state()->num_sources(), 200U);
  EXPECT_TRUE(manifest->state()->has_source(source_of(8).id));
  EXPECT_EQ(manifest->state()->find_source(source_of(8).id).value(), source_of(8));
  EXPECT_FALSE(manifest->state()->has_source(source_of(200).id));
  manifest = open();
  EXPECT_EQ(describe(*manifest->state()), before);
  ASSERT_TRUE(manifest->compact());
  EXPECT_EQ(describe(*manifest->state()), before);
  manifest = open();
  EXPECT_EQ(describe(*manifest->state()), before);
  EXPECT_EQ(*manifest->state()->table("flows")->spec, flows_table());
  EXPECT_EQ(*manifest->state()->segment(15), segment_of(15));
  EXPECT_EQ(manifest->state()->segment(8), nullptr);
  EXPECT_THAT(files_.paths(),
              ElementsAre("data/manifest/CURRENT", "data/manifest/MANIFEST-000002"));
}

TEST_F(ManifestTest, StatesAreSnapshots) {
  auto manifest = with_table(open());
  apply(*manifest, 0, 3);
  const auto early = manifest->state();
  const std::string before = describe(*early);
  apply(*manifest, 3, 150);
  EXPECT_EQ(describe(*early), before);
  EXPECT_FALSE(early->has_source(source_of(3).id));
  EXPECT_EQ(early->find_source(source_of(3).id).value(), std::nullopt);
  EXPECT_EQ(early->table("flows")->segments.size(), 3U);
}

TEST_F(ManifestTest, CompactsItselfAndRemovesWhatIsOld) {
  auto manifest = with_table(open({.min_compaction_bytes = 2'000, .compaction_multiple = 1}));
  apply(*manifest, 0, 300);
  EXPECT_GT(manifest->report().number, 3U);
  EXPECT_LT(manifest->report().number, 40U);
  EXPECT_EQ(files_.paths().size(), 2U);
  const std::string before = describe(*manifest->state());
  EXPECT_EQ(describe(*open()->state()), before);
}

TEST_F(ManifestTest, RefusesContradictionsAndStaysAsItWas) {
  auto manifest = with_table(open());
  apply(*manifest, 0, 3);
  const std::string before = describe(*manifest->state());
  const auto refusal = [&](const Edit& edit) {
    const auto status = manifest->apply(edit);
    EXPECT_FALSE(status);
    EXPECT_EQ(describe(*manifest->state()), before);
    return status ? "" : status.error().message;
  };
  Edit twice = batch_edit(1);
  EXPECT_THAT(refusal(twice), HasSubstr("segment 1 is added twice"));
  twice.add_segments.clear();
  EXPECT_THAT(refusal(twice), HasSubstr(".log.gz was taken in before"));
  Edit elsewhere;
  elsewhere.add_segments.push_back(segment_of(9));
  elsewhere.add_segments[0].table = "events";
  EXPECT_THAT(refusal(elsewhere), HasSubstr("there is no table events"));
  Edit missing;
  missing.remove_segments.push_back(removal_of(segment_of(5), "too old"));
  EXPECT_THAT(refusal(missing), HasSubstr("segment 5 of table flows is removed and is not there"));
  Edit columns;
  columns.put_tables.push_back(flows_table());
  columns.put_tables[0].columns[1].type = column::Type::kString;
  EXPECT_THAT(refusal(columns), HasSubstr("column 1 (srcaddr) cannot change"));
  columns.put_tables[0] = flows_table();
  columns.put_tables[0].columns.push_back({"my_team", column::Type::kString, 3, false});
  EXPECT_TRUE(manifest->apply(columns));
  EXPECT_EQ(open()->state()->table("flows")->spec->columns.size(), 4U);
}

TEST_F(ManifestTest, TornTailIsCutAndReported) {
  auto manifest = with_table(open());
  apply(*manifest, 0, 3);
  const std::string before = describe(*manifest->state());
  const auto size = manifest->report().file_bytes;
  apply(*manifest, 3, 4);
  manifest.reset();
  ASSERT_TRUE(files_.truncate("data/manifest/MANIFEST-000001", size + 30));
  manifest = open();
  EXPECT_EQ(manifest->report().torn_bytes, 30U);
  EXPECT_EQ(describe(*manifest->state()), before);
  apply(*manifest, 3, 4);
  manifest = open();
  EXPECT_EQ(manifest->report().torn_bytes, 0U);
}

TEST_F(ManifestTest, DamageIsAnErrorThatNamesFileAndOffset) {
  auto manifest = with_table(open());
  apply(*manifest, 0, 3);
  manifest.reset();
  files_.flip_bit("data/manifest/MANIFEST-000001", 8 * 60);
  const auto damaged = Manifest::open(files_, "data/manifest");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kInput);
  EXPECT_THAT(damaged.error().message,
              HasSubstr("data/manifest/MANIFEST-000001: damaged at byte 40"));
  EXPECT_FALSE(ManifestReader::open(files_, "data/manifest"));
}

TEST_F(ManifestTest, ALostCurrentIsNoReasonToBeginAnew) {
  auto manifest = with_table(open());
  manifest.reset();
  const std::string current = files_.contents("data/manifest/CURRENT");
  ASSERT_TRUE(files_.remove("data/manifest/CURRENT"));
  const auto lost = Manifest::open(files_, "data/manifest");
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("CURRENT is missing, yet"));
  EXPECT_THAT(lost.error().message, HasSubstr(current.substr(0, current.size() - 1)));
  for (std::uint64_t bit = 0; bit < current.size() * 8; ++bit) {
    files_.set_contents("data/manifest/CURRENT", current);
    files_.flip_bit("data/manifest/CURRENT", bit);
    EXPECT_FALSE(Manifest::open(files_, "data/manifest")) << bit;
  }
}

TEST_F(ManifestTest, AReaderFollowsTheWriter) {
  EXPECT_EQ(ManifestReader::open(files_, "data/manifest").error().code, ErrorCode::kNotFound);
  auto manifest = with_table(open({.min_compaction_bytes = 3'000, .compaction_multiple = 1}));
  const auto reader = ManifestReader::open(files_, "data/manifest").value();
  EXPECT_FALSE(reader->refresh().value());
  for (std::uint64_t number = 0; number < 200; ++number) {
    ASSERT_TRUE(manifest->apply(batch_edit(number)));
    const auto before = reader->state();
    if (number % 3 == 0) {
      EXPECT_TRUE(reader->refresh().value());
      EXPECT_EQ(describe(*reader->state()), describe(*manifest->state())) << number;
      EXPECT_FALSE(before->has_source(source_of(number).id));
    }
  }
  EXPECT_GT(manifest->report().number, 2U);
}

TEST_F(ManifestTest, AReaderWaitsForTheRestOfAnEdit) {
  auto manifest = with_table(open());
  const auto reader = ManifestReader::open(files_, "data/manifest").value();
  apply(*manifest, 0, 1);
  const std::string whole = files_.contents("data/manifest/MANIFEST-000001");
  const std::size_t seal_bytes = kRecordOverheadBytes + encode_edit(Edit()).size();
  files_.set_contents("data/manifest/MANIFEST-000001",
                      whole.substr(0, whole.size() - seal_bytes - 9));
  EXPECT_FALSE(reader->refresh().value());
  EXPECT_EQ(reader->state()->num_sources(), 0U);
  files_.set_contents("data/manifest/MANIFEST-000001", whole);
  EXPECT_TRUE(reader->refresh().value());
  EXPECT_EQ(reader->state()->num_sources(), 1U);
}

TEST_F(ManifestTest, TheExampleOfTheFormatPageReadsAsItSays) {
  ASSERT_TRUE(files_.create_directories("data/manifest"));
  files_.set_contents("data/manifest/CURRENT", encode_current(1));
  files_.set_contents("data/manifest/MANIFEST-000001", hex_example("docs/formats/manifest.md"));
  const auto manifest = open();
  ASSERT_NE(manifest, nullptr);
  EXPECT_EQ(manifest->report().torn_bytes, 0U);
  const auto table = manifest->state()->table("flows");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->spec->partition_ms, kHourMs);
  EXPECT_EQ(table->spec->columns.size(), 2U);
  EXPECT_EQ(table->num_rows, 1000U);
  EXPECT_EQ(manifest->state()->num_sources(), 1U);
  EXPECT_EQ(manifest->state()->next_segment_id(), 2U);
}

}  // namespace
}  // namespace weir::store
