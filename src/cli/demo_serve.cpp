#include "cli/demo_serve.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "app/application.h"
#include "base/number.h"
#include "base/time_text.h"
#include "cli/live_flows.h"
#include "http/client.h"
#include "http/form.h"
#include "intake/compactor.h"

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::int64_t kHistoryS = 6 * 3'600;
constexpr std::int64_t kRecordsAnHour = 30'000;
constexpr std::chrono::seconds kPieceEvery{3};
constexpr std::int64_t kMetricEveryMs = 60'000;
constexpr std::string_view kNamespace = "Demo/VPC";

Tree metric_widget(std::string_view title, std::string_view metric, std::int64_t x,
                   std::string_view region) {
  return Tree::map(
      {{"type", "metric"},
       {"x", x},
       {"y", 0},
       {"width", 12},
       {"height", 6},
       {"properties",
        Tree::map(
            {{"title", title},
             {"region", region},
             {"stat", "Sum"},
             {"period", 60},
             {"metrics", Tree::list_of(std::vector<Tree>{Tree::list_of(std::vector<std::string>{
                             std::string(kNamespace), std::string(metric)})})}})}});
}

Tree demo_dashboard(std::string_view region) {
  return Tree::map(
      {{"widgets", Tree::list_of(std::vector<Tree>{
                       metric_widget("Flows a minute", "Flows", 0, region),
                       metric_widget("Refused flows a minute", "RejectedFlows", 12, region)})}});
}

Tree demo_alarm(std::string_view metric, std::string_view comparison, double threshold,
                std::string_view description) {
  return Tree::map({{"Namespace", kNamespace},
                    {"MetricName", metric},
                    {"Statistic", "Sum"},
                    {"Period", 60},
                    {"EvaluationPeriods", 2},
                    {"Threshold", threshold},
                    {"ComparisonOperator", comparison},
                    {"AlarmDescription", description}});
}

class LiveDemo {
 public:
  LiveDemo(const simulate::SimulationOptions& options, std::string folder, Environment& environment)
      : environment_(environment),
        folder_(std::move(folder)),
        flows_(options, environment.clock().now_ms(), kHistoryS, kRecordsAnHour) {}

  Result<void> start() {
    app::Configuration configuration;
    configuration.data = folder_ + "/store";
    auto started = app::Application::start(configuration, environment_.clock(),
                                           environment_.files(), environment_.silent_log());
    if (!started && started.error().code == ErrorCode::kBusy) {  // the usual port is taken
      configuration.port = 0;
      started = app::Application::start(configuration, environment_.clock(), environment_.files(),
                                        environment_.silent_log());
    }
    if (!started) {
      return tl::unexpected(started.error());
    }
    server_ = std::move(*started);
    compactor_ = std::make_unique<intake::Compactor>(server_->store());
    url_ = fmt::format("http://127.0.0.1:{}", server_->port());
    WEIR_RETURN_IF_ERROR(take_piece());
    return add_alarms(configuration.region);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

  Result<void> run() {
    auto piece_due = std::chrono::steady_clock::now() + kPieceEvery;
    auto tick_due = std::chrono::steady_clock::now();
    while (!environment_.cancel().is_cancelled()) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= tick_due) {
        tick_due = now + std::chrono::seconds(1);
        server_->tick();
      }
      if (now >= piece_due) {
        piece_due = now + kPieceEvery;
        WEIR_RETURN_IF_ERROR(take_piece());
        WEIR_RETURN_IF_ERROR(compactor_->run(environment_.cancel()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    server_->stop();
    return {};
  }

 private:
  // What was recorded since the last one goes the way of any flow log: a file that is taken in.
  Result<void> take_piece() {
    const TimeMs now_ms = environment_.clock().now_ms();
    auto text = flows_.take(now_ms, &environment_.cancel());
    if (!text && text.error().code == ErrorCode::kCancelled) {
      return {};
    }
    WEIR_RETURN_IF_ERROR(text);
    if (text->empty()) {
      return {};
    }
    app::IngestRequest request;
    request.paths = {fmt::format("{}/piece-{}.log", folder_, ++num_pieces_)};
    {
      WEIR_ASSIGN_OR_RETURN(const auto file, environment_.files().create(request.paths.front()));
      WEIR_RETURN_IF_ERROR(file->append(*text));
      WEIR_RETURN_IF_ERROR(file->close());
    }
    WEIR_RETURN_IF_ERROR(
        server_->flow_intake().take(request, [](const intake::ObjectReport& /*report*/) {}));
    WEIR_RETURN_IF_ERROR(environment_.files().remove(request.paths.front()));
    return count(now_ms);
  }

  // Publishes what a minute brought, as a program on a host would.
  Result<void> count(TimeMs now_ms) {
    if (minute_ms_ == 0) {  // the first piece is all of the history
      minute_ms_ = now_ms;
      return {};
    }
    num_flows_ += flows_.num_taken();
    num_rejected_ += flows_.num_rejected();
    if (now_ms - minute_ms_ < kMetricEveryMs) {
      return {};
    }
    http::FormPairs form{{"Action", "PutMetricData"},
                         {"Version", "2010-08-01"},
                         {"Namespace", std::string(kNamespace)}};
    int number = 0;
    for (const auto& [name, value] :
         {std::pair("Flows", num_flows_), std::pair("RejectedFlows", num_rejected_)}) {
      const std::string member = fmt::format("MetricData.member.{}.", ++number);
      form.emplace_back(member + "MetricName", name);
      form.emplace_back(member + "Value", std::to_string(value));
      form.emplace_back(member + "Timestamp", to_time_text(minute_ms_));
    }
    minute_ms_ = now_ms;
    num_flows_ = 0;
    num_rejected_ = 0;
    std::string body;
    for (const auto& [name, value] : form) {
      body += fmt::format("{}{}={}", body.empty() ? "" : "&", http::encode_percent(name),
                          http::encode_percent(value));
    }
    return call("POST", "/", std::move(body), "application/x-www-form-urlencoded");
  }

  Result<void> call(std::string method, const std::string& path, std::string body,
                    std::string media_type = "application/json") {
    WEIR_ASSIGN_OR_RETURN(const auto answer, http::send({std::move(method),
                                                         url_ + path,
                                                         {{"Content-Type", std::move(media_type)}},
                                                         std::move(body)},
                                                        {}));
    if (answer.status != 200) {
      return fail(ErrorCode::kInternal,
                  fmt::format("the demo's own server answered {} to {}: {}", answer.status, path,
                              answer.body.substr(0, 500)));
    }
    return {};
  }

  Result<void> add_alarms(const std::string& region) {
    constexpr double kManyRejects = 60;
    WEIR_RETURN_IF_ERROR(
        call("PUT", "/api/v1/alarms/Many-refused-flows",
             format::write_json(demo_alarm("RejectedFlows", "GreaterThanThreshold", kManyRejects,
                                           "more than 60 flows a minute are refused"))));
    WEIR_RETURN_IF_ERROR(call("PUT", "/api/v1/alarms/No-flows",
                              format::write_json(demo_alarm("Flows", "LessThanThreshold", 1,
                                                            "nothing is recorded any more"))));
    return call("PUT", "/api/v1/dashboards/Demo", format::write_json(demo_dashboard(region)));
  }

  Environment& environment_;
  std::string folder_;
  LiveFlows flows_;
  std::unique_ptr<app::Application> server_;
  std::unique_ptr<intake::Compactor> compactor_;
  std::string url_;
  std::uint64_t num_pieces_ = 0;
  TimeMs minute_ms_ = 0;
  std::size_t num_flows_ = 0;
  std::size_t num_rejected_ = 0;
};

}  // namespace

Result<int> serve_demo(const simulate::SimulationOptions& options, const std::string& folder,
                       Environment& environment) {
  LiveDemo demo(options, folder, environment);
  WEIR_RETURN_IF_ERROR(demo.start());
  if (!environment.write(fmt::format(
          "\nThe same VPC goes on now, live: {}\n(Ctrl-C ends it; nothing of it is kept)\n",
          demo.url()))) {
    return environment.write_failure();
  }
  WEIR_RETURN_IF_ERROR(demo.run());
  return kExitDone;
}

}  // namespace weir::cli
