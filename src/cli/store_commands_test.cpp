#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "cli/command_fixture.h"
#include "store/store.h"

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StoreCommandTest : public CommandFixture {
 protected:
  StoreCommandTest() { ::setenv("WEIR_DATA", path("default").c_str(), 1); }
  ~StoreCommandTest() override { ::unsetenv("WEIR_DATA"); }

  void simulate(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"simulate", "-q", "-n",    "6000",
                                   "--seed",   "5",  "--out", path("sim")};
    words.insert(words.end(), more.begin(), more.end());
    ASSERT_EQ(run(words), kExitDone) << said_;
  }
  void ingest() {
    ASSERT_EQ(run({"ingest", path("sim"), "--data", path("st"), "-q"}), kExitDone) << said_;
  }
  std::string answer(std::vector<std::string> words) {
    words.insert(words.end(), {"-q", "-o", "tsv"});
    EXPECT_EQ(run(words), kExitDone) << said_;
    return output_;
  }
  std::string count(const std::string& data) {
    return answer({"query", "SELECT COUNT(*) AS n FROM flows", "--data", data, "--no-header"});
  }
  // Segment files, in order.
  [[nodiscard]] std::vector<std::filesystem::path> segments() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "st/segments/flows")) {
      paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
};

TEST_F(StoreCommandTest, TheStoreAnswersAsTheFilesDo) {
  simulate({"--format", "v5"});
  ingest();
  const std::vector<std::vector<std::string>> questions{
      {"top"},
      {"top", "--by", "dstport,protocol", "--metric", "flows", "-n", "20"},
      {"summary"},
      {"query",
       "SELECT * FROM flows ORDER BY `start`, srcaddr, dstaddr, srcport, bytes, packets, "
       "interface_id LIMIT 50"},
      {"query", "stats sum(bytes) as b, count(*) by bin(5m) as t | sort t"},
      {"query", "filter action = 'REJECT' | stats count(*) as n by srcaddr | sort n desc, srcaddr"},
      {"query", "fields @timestamp, @message | sort @timestamp, @message | limit 20"}};
  for (const auto& question : questions) {
    std::vector<std::string> of_files = question;
    of_files.push_back(path("sim"));
    std::vector<std::string> of_store = question;
    of_store.insert(of_store.end(), {"--data", path("st")});
    EXPECT_EQ(answer(of_store), answer(of_files)) << question.back();
  }
  const std::string before = answer(
      {"query", "stats sum(bytes), count(*) by srcaddr | sort srcaddr", "--data", path("st")});
  ASSERT_EQ(run({"compact", "--data", path("st")}), kExitDone) << said_;
  EXPECT_EQ(answer({"query", "stats sum(bytes), count(*) by srcaddr | sort srcaddr", "--data",
                    path("st")}),
            before);
}

TEST_F(StoreCommandTest, FindsTheStoreByOptionOrVariable) {
  simulate();
  EXPECT_EQ(run({"top", "--data", path("none")}), kExitInput);
  EXPECT_THAT(said_, AllOf(HasSubstr("no store at " + path("none")), HasSubstr("weir ingest")));
  ASSERT_EQ(run({"ingest", path("sim")}), kExitDone) << said_;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "default/CURRENT"));
  EXPECT_EQ(answer({"query", "SELECT COUNT(*) AS n FROM flows"}), "n\n6000\n");
  EXPECT_EQ(run({"top", path("sim"), "--data", path("default")}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("do not go together"));
}

TEST_F(StoreCommandTest, IngestTellsEachObjectOnceItLasts) {
  simulate();
  ASSERT_EQ(run({"ingest", path("sim"), "--data", path("st"), "--progress=jsonl"}), kExitDone);
  EXPECT_THAT(output_, AllOf(HasSubstr("\"state\":\"taken\""), HasSubstr("\"records\":"),
                             HasSubstr(".log.gz\"")));
  EXPECT_THAT(said_, HasSubstr("6,000 records of "));
  ASSERT_EQ(run({"ingest", path("sim"), "--data", path("st"), "--progress=jsonl"}), kExitDone);
  EXPECT_THAT(output_, Not(HasSubstr("taken")));
  EXPECT_EQ(count(path("st")), "6000\n");
}

TEST_F(StoreCommandTest, IngestThinsByAConditionAndSaysSo) {
  simulate();
  ASSERT_EQ(run({"ingest", path("sim"), "--data", path("st"), "--where",
                 "action = 'REJECT' AND dstport < 1024"}),
            kExitDone)
      << said_;
  const std::string wanted = answer({"query",
                                     "SELECT COUNT(*) AS n FROM flows WHERE action = 'REJECT' AND "
                                     "dstport < 1024",
                                     path("sim"), "--no-header"});
  EXPECT_EQ(count(path("st")), wanted);
  EXPECT_EQ(run({"top", "--data", path("st")}), kExitDone);
  EXPECT_THAT(said_, HasSubstr("dstport < 1024"));
  EXPECT_EQ(run({"ingest", path("sim"), "--data", path("st2"), "--where", "actoin = 'REJECT'"}),
            kExitInput);
  EXPECT_THAT(said_, AllOf(HasSubstr("--where"), HasSubstr("action"), HasSubstr("^")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "st2"));
}

TEST_F(StoreCommandTest, TotalsOfASampleAreMultiplied) {
  simulate({"--no-anomalies"});
  ASSERT_EQ(run({"ingest", path("sim"), "--data", path("st"), "--sample", "1/4"}), kExitDone)
      << said_;
  const std::string kept =
      answer({"query", "SELECT SUM(bytes) * 4 AS b FROM flows WHERE srcaddr IS NOT NULL", "--data",
              path("st"), "--no-header"});
  const std::string scaled =
      answer({"top", "--by", "protocol", "--data", path("st"), "-n", "100", "--no-header"});
  std::int64_t total = 0;
  for (std::size_t at = 0; at < scaled.size(); at = scaled.find('\n', at) + 1) {
    total += std::stoll(scaled.substr(scaled.find('\t', at) + 1));
  }
  EXPECT_EQ(std::to_string(total) + "\n", kept);
  EXPECT_EQ(run({"summary", "--data", path("st")}), kExitDone);
  EXPECT_THAT(said_, HasSubstr("one connection in 4"));
  EXPECT_EQ(run({"ingest", path("sim"), "--data", path("st"), "--sample", "1/5"}), kExitUsage);
  EXPECT_EQ(run({"ingest", path("sim"), "--data", path("x"), "--sample", "some"}), kExitUsage);
}

TEST_F(StoreCommandTest, InfoShowsTablesPartitionsAndWhatTakesRoom) {
  simulate();
  ingest();
  ASSERT_EQ(run({"store", "info", "--data", path("st")}), kExitDone) << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("flows"), HasSubstr("bytes_a_record"),
                             HasSubstr("dictionary"), HasSubstr("footer"), HasSubstr("packed")));
  ASSERT_EQ(run({"store", "info", "--data", path("st"), "-o", "json"}), kExitDone) << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("\"tables\": "), HasSubstr("\"parts\": "),
                             HasSubstr("\"records\":6000")));
  EXPECT_EQ(run({"store", "--data", path("st")}), kExitUsage);
  EXPECT_EQ(run({"store", "info", "--data", path("none")}), kExitInput);
}

TEST_F(StoreCommandTest, RetentionKeepsWhatItIsTold) {
  simulate({"--duration", "40h"});
  ingest();
  ASSERT_EQ(run({"retention", "--data", path("st"), "--max-age", "30d", "--max-size", "1GB"}),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("30d"), HasSubstr("1000000000")));
  EXPECT_EQ(count(path("st")), "6000\n");
  EXPECT_EQ(run({"retention", "--data", path("st"), "--drop-before", "2026-01-06T00:00Z"}),
            kExitUsage);
  EXPECT_THAT(said_, HasSubstr("--yes"));
  ASSERT_EQ(
      run({"retention", "--data", path("st"), "--drop-before", "2026-01-06T00:00Z", "--dry-run"}),
      kExitDone)
      << said_;
  EXPECT_THAT(said_, HasSubstr("would be removed"));
  EXPECT_EQ(count(path("st")), "6000\n");
  const std::string later = answer(
      {"query", "SELECT COUNT(*) AS n FROM flows WHERE `start` >= TIMESTAMP '2026-01-06T00:00:00Z'",
       path("sim"), "--no-header"});
  ASSERT_EQ(run({"retention", "--data", path("st"), "--drop-before", "2026-01-06T00:00Z", "--yes"}),
            kExitDone)
      << said_;
  EXPECT_EQ(count(path("st")), later);
  // What was taken in once does not come back with a second ingest.
  ingest();
  EXPECT_EQ(count(path("st")), later);
  clock_.advance_ms(std::int64_t{60} * 24 * 3'600'000);
  ASSERT_EQ(run({"retention", "--data", path("st"), "--apply", "--yes"}), kExitDone) << said_;
  EXPECT_THAT(said_, HasSubstr("older than 30 days"));
  EXPECT_EQ(count(path("st")), "0\n");
  EXPECT_EQ(run({"retention", "--data", path("st"), "--max-age", "soon"}), kExitUsage);
}

TEST_F(StoreCommandTest, FsckNamesDamageAndTakesItOut) {
  simulate({"--duration", "3h"});
  ingest();
  ASSERT_EQ(run({"fsck", "--data", path("st")}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("nothing is damaged"));
  const auto files = segments();
  ASSERT_GE(files.size(), 2U);
  {
    std::fstream file(files.front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(200);
    const char byte = static_cast<char>(file.get() ^ 4);
    file.seekp(200);
    file.put(byte);
  }
  EXPECT_EQ(run({"fsck", "--data", path("st")}), kExitInput);
  EXPECT_THAT(output_, AllOf(HasSubstr("damaged: "), HasSubstr(files.front().string()),
                             HasSubstr("--repair")));
  EXPECT_EQ(run({"fsck", "--data", path("st"), "--repair"}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("quarantine"));
  EXPECT_EQ(run({"fsck", "--data", path("st"), "-o", "json"}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("\"damages\":[]"));
  EXPECT_FALSE(std::filesystem::is_empty(folder_ / "st/quarantine"));
  EXPECT_NE(count(path("st")), "6000\n");
  std::filesystem::remove(files.back());
  EXPECT_EQ(run({"fsck", "--data", path("st")}), kExitInput);
  EXPECT_EQ(run({"fsck", "--data", path("st"), "--repair"}), kExitDone) << said_;
  EXPECT_EQ(run({"fsck", "--data", path("st")}), kExitDone);
}

TEST_F(StoreCommandTest, ASecondWriterIsRefusedAndAReaderIsNot) {
  simulate();
  ingest();
  const auto lock = files_->lock(path("st") + "/LOCK");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(run({"ingest", path("sim"), "--data", path("st")}), kExitInput);
  EXPECT_THAT(said_, HasSubstr(std::to_string(::getpid())));
  EXPECT_EQ(count(path("st")), "6000\n");
  EXPECT_EQ(run({"fsck", "--data", path("st")}), kExitDone) << said_;
}

TEST_F(StoreCommandTest, ExportsWhatTheStoreHolds) {
  simulate();
  ingest();
  ASSERT_EQ(run({"export", "--to", "csv", "--data", path("st"), path("out.csv"), "-q"}), kExitDone)
      << said_;
  const std::string question = "stats count(*) as n, sum(bytes) as b by action | sort action";
  EXPECT_EQ(answer({"query", question, path("out.csv")}),
            answer({"query", question, "--data", path("st")}));
  EXPECT_EQ(
      run({"export", "--to", "jsonl", "--data", path("st"), "--where", "dstport = 443", "-q"}),
      kExitDone)
      << said_;
  EXPECT_THAT(output_, HasSubstr("\"dstport\":443"));
  EXPECT_EQ(run({"export", "--to", "csv", "--layout", "hive", "--data", path("st"), path("x")}),
            kExitUsage);
  EXPECT_EQ(run({"export", "--data", path("st"), path("x")}), kExitUsage);
}

TEST_F(StoreCommandTest, CountedOnceTotalsAreThoseOfTheWire) {
  for (const char* format : {"v2", "v5"}) {
    std::filesystem::remove_all(folder_ / "sim");
    std::filesystem::remove_all(folder_ / "st");
    ASSERT_EQ(run({"simulate", "-q", "-n", "60000", "--duration", "3h", "--format", format,
                   "--seed", "11", "--out", path("sim")}),
              kExitDone)
        << said_;
    ingest();
    std::ifstream file(folder_ / "sim/truth.json");
    const std::string truth((std::istreambuf_iterator<char>(file)), {});
    const auto number = [&](const std::string& key) {
      return std::stod(truth.substr(
          truth.find_first_of("0123456789", truth.find("\"" + key + "\"") + key.size() + 2)));
    };
    const std::string question = "SELECT SUM(bytes) AS b, SUM(packets) AS p FROM flows";
    const std::string of_files = answer({"query", question, "--count-once", path("sim")});
    EXPECT_EQ(answer({"query", question, "--count-once", "--data", path("st")}), of_files);
    const double bytes = std::stod(of_files.substr(of_files.find('\n') + 1));
    const double packets = std::stod(of_files.substr(of_files.rfind('\t') + 1));
    // The simulator ends at exactly so many records: of the last packets it may have written what
    // one end saw alone.
    EXPECT_NEAR(bytes, number("once_bytes"), number("once_bytes") / 1e6) << format;
    EXPECT_NEAR(packets, number("once_packets"), number("once_packets") / 1e6) << format;
    EXPECT_GT(number("bytes"), 1.03 * bytes);
    EXPECT_EQ(run({"top", "--count-once", "--data", path("st")}), kExitDone);
    EXPECT_THAT(said_, HasSubstr("counted once"));
  }
}

TEST_F(StoreCommandTest, FollowsADirectoryUntilInterrupted) {
  std::filesystem::create_directories(folder_ / "in");
  simulate();
  std::vector<std::filesystem::path> objects;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "sim/AWSLogs")) {
    if (entry.is_regular_file()) {
      objects.push_back(entry.path());
    }
  }
  ASSERT_GE(objects.size(), 4U);
  std::filesystem::copy(objects[0], folder_ / "in/first.gz");
  const auto num_sources = [&] {
    const auto view = store::StoreView::open(*files_, path("st"));
    return view ? (*view)->state()->num_sources() : 0;
  };
  const auto wait_for = [&](std::uint64_t wanted) {
    for (int i = 0; i < 400 && num_sources() < wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return num_sources();
  };
  std::uint64_t seen_first = 0;
  std::uint64_t seen_all = 0;
  std::thread user([&] {
    seen_first = wait_for(1);
    std::filesystem::create_directories(folder_ / "in/2026/01");
    std::filesystem::copy(objects[1], folder_ / "in/2026/01/second.gz");
    std::filesystem::copy(objects[2], folder_ / "in/.third.partial");
    std::filesystem::rename(folder_ / "in/.third.partial", folder_ / "in/third.gz");
    seen_all = wait_for(3);
    cancel_.cancel();
  });
  const int code = run({"ingest", "--follow", path("in"), "--data", path("st"), "--threads", "2"});
  user.join();
  EXPECT_EQ(code, kExitDone) << said_;
  EXPECT_EQ(seen_first, 1U);
  EXPECT_EQ(seen_all, 3U);
  EXPECT_EQ(run({"ingest", "--follow", path("in"), "-", "--data", path("st")}), kExitUsage);
}

}  // namespace
}  // namespace weir::cli
