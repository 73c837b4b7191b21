#include "app/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "format/tree.h"

namespace weir::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TimeMs kNow = 1'780'000'000'000;

// What a journal wrote, by lines.
class Page {
 public:
  [[nodiscard]] Journal::Sink sink() const {
    return [kept = kept_](std::string_view lines) {
      const std::lock_guard lock(kept->mutex);
      kept->text += lines;
    };
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(kept_->mutex);
    std::vector<std::string> lines;
    std::istringstream stream(kept_->text);
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(line);
    }
    return lines;
  }

 private:
  struct Kept {
    std::mutex mutex;
    std::string text;
  };
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

std::string json(const JournalLine& line) { return write_line(line, LineForm::kJson); }

TEST(JournalLine, IsOneObjectOfJson) {
  EXPECT_EQ(
      json({kNow, LogLevel::kInfo, "listening", {{"port", 7070}, {"is_tls", true}, {"p", 1.5}}}),
      R"({"time":"2026-05-28T20:26:40.000Z","level":"info","message":"listening",)"
      R"("port":7070,"is_tls":true,"p":1.5})"
      "\n");
}

TEST(JournalLine, KeepsHostileTextInOneLineOfValidJson) {
  const std::string text =
      json({kNow, LogLevel::kError, "refused", {{"path", "a\n\"}{\x1b[2J\xff"}}});
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto tree = format::read_json(text);
  ASSERT_TRUE(tree) << text;
  EXPECT_EQ((*tree)["path"].text(), "a\n\"}{\x1b[2J\xef\xbf\xbd");
}

TEST(JournalLine, SteersNoTerminal) {
  const std::string text = write_line(
      {kNow, LogLevel::kInfo, "m\x1b[2J", {{"path", "a\r\n\x1b]0;x\x07 \xc2\x9b"}, {"e", ""}}},
      LineForm::kPretty);
  EXPECT_EQ(text,
            "20:26:40.000Z info    m\\x1b[2J  path=\"a\\x0d\\x0a\\x1b]0;x\\x07 \\x9b\"  e=\"\"\n");
}

TEST(JournalLine, MasksSecrets) {
  EXPECT_EQ(mask_secrets("GET /?X-Amz-Signature=abc&x=1"), "GET /?X-Amz-Signature=***&x=1");
  EXPECT_EQ(mask_secrets("Bearer WEIR.s3cr3t, and"), "Bearer ***, and");
  EXPECT_EQ(mask_secrets("Authorization: Basic abc\nnext"), "Authorization: ***\nnext");
  EXPECT_EQ(mask_secrets("https://user:pa@host/x"), "https://***@host/x");
  EXPECT_EQ(mask_secrets("https://host/x@y"), "https://host/x@y");
  EXPECT_EQ(mask_secrets("no secret"), "no secret");
  EXPECT_EQ(mask_secrets("password="), "password=***");
  const std::string text =
      json({kNow, LogLevel::kInfo, "m", {{"secret_key", "s3cr3t"}, {"session_token", 5}}});
  EXPECT_THAT(text, HasSubstr(R"("secret_key":"***","session_token":"***")"));
}

TEST(Journal, LeavesOutWhatIsBelowItsLevel) {
  const Page page;
  const ManualClock clock(kNow);
  Journal journal({.least = LogLevel::kWarning}, clock, page.sink());
  EXPECT_FALSE(journal.takes(LogLevel::kInfo));
  journal.write(LogLevel::kInfo, "no");
  journal.write(LogLevel::kWarning, "yes");
  journal.flush();
  EXPECT_THAT(page.lines(), ElementsAre(HasSubstr("yes")));
}

TEST(Journal, HoldsRepeatsAndSaysHowMany) {
  const Page page;
  ManualClock clock(kNow);
  Journal journal({.shown_repeats = 2, .window_ms = 1'000}, clock, page.sink());
  for (int i = 0; i < 7; ++i) {
    journal.write(LogLevel::kInfo, "refused", {{"operation", "A"}, {"n", i}});
  }
  journal.write(LogLevel::kInfo, "refused", {{"operation", "B"}});  // another subject
  journal.tick();                                                   // too early
  journal.flush();
  EXPECT_THAT(page.lines(), ElementsAre(HasSubstr(R"("n":0)"), HasSubstr(R"("n":1)"),
                                        HasSubstr(R"("operation":"B")")));
  clock.advance_ms(1'000);
  journal.tick();
  journal.tick();  // said once
  journal.write(LogLevel::kInfo, "refused", {{"operation", "A"}, {"n", 9}});
  journal.flush();
  const auto lines = page.lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[3], HasSubstr(R"("n":6,"repeats":5)"));
  EXPECT_THAT(lines[4], Not(HasSubstr("repeats")));
}

TEST(Journal, SaysAtItsEndWhatItHeld) {
  const Page page;
  const ManualClock clock(kNow);
  {
    Journal journal({.shown_repeats = 1}, clock, page.sink());
    for (int i = 0; i < 3; ++i) {
      journal.write(LogLevel::kInfo, "m");
    }
  }
  EXPECT_THAT(page.lines(), ElementsAre(Not(HasSubstr("repeats")), HasSubstr(R"("repeats":2)")));
}

TEST(Journal, TellsManySubjectsApartAndTheRestTogether) {
  const Page page;
  const ManualClock clock(kNow);
  {
    Journal journal({.shown_repeats = 1, .max_waiting_bytes = 16U << 20}, clock, page.sink());
    for (int i = 0; i < 5'000; ++i) {
      journal.write(LogLevel::kInfo, "m", {{"path", i}});
    }
  }
  const auto lines = page.lines();
  ASSERT_EQ(lines.size(), 1'024U + 1 + 1);
  EXPECT_THAT(lines.back(), HasSubstr(R"("repeats":3975)"));
}

TEST(Journal, NeverWaitsForWhoDoesNotReadAndCountsWhatIsDropped) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable wake;
    bool is_open = false;
    bool is_entered = false;
    std::string text;
  };
  const auto gate = std::make_shared<Gate>();
  const ManualClock clock(kNow);
  {
    Journal journal({.shown_repeats = 1'000, .max_waiting_bytes = 500}, clock,
                    [gate](std::string_view lines) {
                      std::unique_lock lock(gate->mutex);
                      gate->is_entered = true;
                      gate->wake.notify_all();
                      gate->wake.wait(lock, [&] { return gate->is_open; });
                      gate->text += lines;
                    });
    journal.write(LogLevel::kInfo, "first");
    {
      std::unique_lock lock(gate->mutex);
      gate->wake.wait(lock, [&] { return gate->is_entered; });
    }
    for (int i = 0; i < 100; ++i) {
      journal.write(LogLevel::kInfo, "more");
    }
    {
      const std::lock_guard lock(gate->mutex);
      gate->is_open = true;
    }
    gate->wake.notify_all();
    journal.flush();
    journal.write(LogLevel::kInfo, "last");
  }
  EXPECT_THAT(gate->text, HasSubstr("were dropped"));
  EXPECT_THAT(gate->text, HasSubstr("\"last\""));
}

TEST(Journal, TakesLinesOfManyThreads) {
  const Page page;
  const SystemClock clock;
  {
    Journal journal({.shown_repeats = 100'000}, clock, page.sink());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&journal] {
        for (int i = 0; i < 500; ++i) {
          journal.write(LogLevel::kInfo, "m", {{"i", i}});
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  EXPECT_EQ(page.lines().size(), 2'000U);
}

}  // namespace
}  // namespace weir::app
