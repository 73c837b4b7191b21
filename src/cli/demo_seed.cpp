#include "cli/demo_seed.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "app/application.h"
#include "base/time_text.h"
#include "cli/seed_metrics.h"
#include "cli/server_link.h"
#include "cli/temporary_folder.h"
#include "http/client.h"
#include "http/form.h"
#include "http/server.h"

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::string_view kTopicName = "network-alerts";
constexpr int kGoodMinutes = 20;
constexpr int kBadMinutes = 15;
constexpr int kLastMinutes = 25;
constexpr std::chrono::seconds kMessageWait{15};

// A clock that the replay turns; the server's threads read it meanwhile.
class TurnedClock final : public Clock {
 public:
  explicit TurnedClock(TimeMs now_ms) : now_ms_(now_ms) {}
  [[nodiscard]] TimeMs now_ms() const override { return now_ms_; }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return system_.monotonic_ns(); }
  void advance_ms(std::int64_t by) { now_ms_ += by; }

 private:
  std::atomic<TimeMs> now_ms_;
  SystemClock system_;
};

// A subscriber of the topic: keeps what it is sent.
class Subscriber final : public http::Handler {
 public:
  http::Response handle(const http::Request& request) override {
    auto message = format::read_json(request.body);
    const std::lock_guard lock(mutex_);
    if (message) {
      messages_.push_back(std::move(*message));
      came_.notify_all();
    }
    return {200, {}, ""};
  }
  // The messages so far, once there are `number`; fewer where they do not come in time.
  std::vector<Tree> wait(std::size_t number) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, kMessageWait, [&] { return messages_.size() >= number; });
    return messages_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Tree> messages_;
};

// One server with its caller, its subscriber and its clock.
class Replay {
 public:
  Replay(Environment& environment, std::string directory, std::vector<std::string> rollup)
      : environment_(environment), clock_(environment.clock().now_ms() / 300'000 * 300'000) {
    configuration_.data = std::move(directory);
    configuration_.port = 0;
    configuration_.region = "us-west-2";
    configuration_.dimensionless_rollup = std::move(rollup);
  }

  Result<void> start() {
    WEIR_ASSIGN_OR_RETURN(server_,
                          app::Application::start(configuration_, clock_, environment_.files(),
                                                  environment_.silent_log()));
    WEIR_ASSIGN_OR_RETURN(listener_, http::Server::open({}, subscriber_));
    topic_arn_ = fmt::format("arn:aws:sns:us-west-2:{}:{}", configuration_.account, kTopicName);
    WEIR_RETURN_IF_ERROR(call_sns({{"Action", "CreateTopic"}, {"Name", std::string(kTopicName)}}));
    WEIR_RETURN_IF_ERROR(
        call_sns({{"Action", "Subscribe"},
                  {"TopicArn", topic_arn_},
                  {"Protocol", "http"},
                  {"Endpoint", fmt::format("http://127.0.0.1:{}/", listener_->port())}}));
    const auto messages = subscriber_.wait(1);
    if (messages.empty()) {
      return fail(ErrorCode::kRemote, "the subscriber was not asked to confirm");
    }
    WEIR_RETURN_IF_ERROR(http::send({"GET", messages.front()["SubscribeURL"].text(), {}, ""}, {}));
    WEIR_RETURN_IF_ERROR(call_cloudwatch(
        "PutDashboard",
        Tree::map({{"DashboardName", "Network"}, {"DashboardBody", seed_dashboard()}})));
    for (const Tree& alarm : seed_alarms(topic_arn_)) {
      WEIR_RETURN_IF_ERROR(call_cloudwatch("PutMetricAlarm", alarm));
    }
    return {};
  }

  // Minutes of the monitored host, each published as its time comes.
  Result<void> run(int minutes, bool is_bad) {
    for (int i = 0; i < minutes; ++i, ++minute_) {
      if (environment_.cancel().is_cancelled()) {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
      const double time_s = static_cast<double>(clock_.now_ms()) / 1000;
      for (const SeedBatch& batch : seed_batches(minute_, is_bad, time_s)) {
        WEIR_RETURN_IF_ERROR(call_cloudwatch(
            "PutMetricData",
            Tree::map({{"Namespace", batch.name_space}, {"MetricData", batch.datums}})));
      }
      clock_.advance_ms(60'000);
      server_->tick();
    }
    return {};
  }

  // "12:05  High-Packet-Loss: Alarm updated from OK to ALARM"
  Result<std::string> history() {
    WEIR_ASSIGN_OR_RETURN(
        const Tree answer,
        call_cloudwatch("DescribeAlarmHistory", Tree::map({{"HistoryItemType", "StateUpdate"},
                                                           {"ScanBy", "TimestampAscending"}})));
    std::string text;
    for (const Tree& item : answer["AlarmHistoryItems"].items()) {
      const auto time_ms = static_cast<TimeMs>(item["Timestamp"].number() * 1000);
      text += fmt::format("  {}  {}: {}\n", to_time_text(time_ms), item["AlarmName"].text(),
                          item["HistorySummary"].text());
    }
    return text;
  }

  Result<Tree> states() { return call_cloudwatch("DescribeAlarms", Tree::map()); }

  Result<std::vector<Tree>> findings() {
    const auto link = ServerLink::find(environment_, configuration_.data);
    if (!link) {
      return fail(ErrorCode::kRemote, "the server's socket does not answer");
    }
    WEIR_ASSIGN_OR_RETURN(const Tree answer, link->get_json("/api/v1/doctor"));
    return answer["findings"].items();
  }

  // What the subscriber was told beside the confirmation.
  std::vector<Tree> messages(std::size_t number) {
    auto all = subscriber_.wait(number + 1);
    all.erase(all.begin());
    return all;
  }

  Result<void> stop() {
    if (!server_->stop()) {
      return fail(ErrorCode::kInternal, "the server did not answer everything in time");
    }
    return {};
  }

 private:
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/", server_->port());
  }

  static Result<http::Response> expect_success(Result<http::Response> answer) {
    if (answer && answer->status != 200) {
      return fail(ErrorCode::kRemote, "the server answered: " + answer->body.substr(0, 500));
    }
    return answer;
  }

  Result<Tree> call_cloudwatch(std::string_view operation, const Tree& input) {
    http::ClientRequest request{"POST", url(), {}, format::write_json(input)};
    request.headers = {
        {"Content-Type", "application/x-amz-json-1.0"},
        {"X-Amz-Target", fmt::format("GraniteServiceVersion20100801.{}", operation)}};
    WEIR_ASSIGN_OR_RETURN(const http::Response answer, expect_success(http::send(request, {})));
    return answer.body.empty() ? Result<Tree>(Tree()) : format::read_json(answer.body);
  }

  Result<http::Response> call_sns(const http::FormPairs& pairs) {
    std::string body = "Version=2010-03-31";
    for (const auto& [name, value] : pairs) {
      body += fmt::format("&{}={}", name, http::encode_percent(value));
    }
    return expect_success(http::send(
        {"POST", url(), {{"Content-Type", "application/x-www-form-urlencoded"}}, body}, {}));
  }

  Environment& environment_;
  TurnedClock clock_;
  app::Configuration configuration_;
  Subscriber subscriber_;
  std::unique_ptr<http::Server> listener_;
  std::unique_ptr<app::Application> server_;
  std::string topic_arn_;
  int minute_ = 0;
};

Result<std::string> tell_strict(Replay& replay) {
  WEIR_RETURN_IF_ERROR(replay.start());
  WEIR_RETURN_IF_ERROR(replay.run(kGoodMinutes, false));
  WEIR_RETURN_IF_ERROR(replay.run(kBadMinutes, true));
  WEIR_ASSIGN_OR_RETURN(const Tree alarms, replay.states());
  std::string text = "As AWS has it, after a quarter of an hour of a slow and lossy network:\n";
  for (const Tree& alarm : alarms["MetricAlarms"].items()) {
    text += fmt::format("  {}: {}\n", alarm["AlarmName"].text(), alarm["StateValue"].text());
  }
  text += "What weir doctor says of that:\n";
  WEIR_ASSIGN_OR_RETURN(const auto findings, replay.findings());
  for (const Tree& finding : findings) {
    if (finding["subject"].text().starts_with("alarm ")) {
      text += fmt::format("  {}: {}\n", finding["subject"].text(), finding["message"].text());
    }
  }
  WEIR_RETURN_IF_ERROR(replay.stop());
  return text;
}

Result<std::string> tell_rollup(Replay& replay) {
  WEIR_RETURN_IF_ERROR(replay.start());
  WEIR_RETURN_IF_ERROR(replay.run(kGoodMinutes, false));
  WEIR_RETURN_IF_ERROR(replay.run(kBadMinutes, true));
  WEIR_RETURN_IF_ERROR(replay.run(kLastMinutes, false));
  WEIR_ASSIGN_OR_RETURN(const std::string history, replay.history());
  std::string text =
      "\nThe same hour with --dimensionless-rollup, where each datum also counts without "
      "dimensions:\n" +
      history + "What the subscriber of the topic was told over HTTP:\n";
  for (const Tree& message : replay.messages(3)) {
    text += fmt::format("  {}\n", message["Subject"].text());
  }
  WEIR_ASSIGN_OR_RETURN(const auto findings, replay.findings());
  text += fmt::format("weir doctor now finds {}.\n",
                      findings.empty() ? std::string("nothing") : std::to_string(findings.size()));
  WEIR_RETURN_IF_ERROR(replay.stop());
  return text;
}

}  // namespace

Result<int> replay_seed(Environment& environment) {
  TemporaryFolder folder;
  WEIR_ASSIGN_OR_RETURN(const std::string path, folder.make());
  const std::int64_t begin_ns = environment.clock().monotonic_ns();
  Replay strict(environment, path + "/strict", {});
  WEIR_ASSIGN_OR_RETURN(const std::string first, tell_strict(strict));
  if (!environment.write(first)) {
    return environment.write_failure();
  }
  Replay rollup(environment, path + "/rollup",
                {"VPC/NetworkLatency/8_8_8_8", "VPC/NetworkBandwidth", "VPC/TCPConnections"});
  WEIR_ASSIGN_OR_RETURN(std::string second, tell_rollup(rollup));
  const double seconds = static_cast<double>(environment.clock().monotonic_ns() - begin_ns) / 1e9;
  second += fmt::format("\n{} minutes replayed in {:.1f} s, offline. Nothing of it is kept.\n",
                        2 * (kGoodMinutes + kBadMinutes) + kLastMinutes, seconds);
  return environment.write(second) ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli
