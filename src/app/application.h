#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alarm/alarm_engine.h"
#include "alarm/anomaly_models.h"
#include "api/access_keys.h"
#include "api/cloudwatch/anomaly_detectors.h"
#include "api/gateway.h"
#include "api/resource_tags.h"
#include "app/alarm_reports.h"
#include "app/collector_runner.h"
#include "app/configuration.h"
#include "app/console_rooms.h"
#include "app/flow_intake.h"
#include "app/health.h"
#include "app/live_check.h"
#include "app/probe_runner.h"
#include "base/clock.h"
#include "base/result.h"
#include "dashboard/dashboard_store.h"
#include "doctor/request_log.h"
#include "http/server.h"
#include "io/file_system.h"
#include "logs/answer_store.h"
#include "logs/event_store.h"
#include "logs/group_book.h"
#include "logs/query_runner.h"
#include "metric/metric_store.h"
#include "metric/put_queue.h"
#include "notify/delivery_worker.h"
#include "notify/topic_store.h"
#include "state/database.h"
#include "store/store.h"

namespace weir::app {

// A running server. Holds the lock of the store's writer while it lives.
class Application {
 public:
  // Everything is open and listening when it returns. `clock` and `files` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Application>> start(
      const Configuration& configuration, const Clock& clock, io::FileSystem& files);
  // The same rooms where no server runs, for a command that asks them: nothing listens, nothing is
  // evaluated, delivered, measured or taken in. kNotFound where no server has ever run.
  [[nodiscard]] static Result<std::unique_ptr<Application>> open_idle(Configuration configuration,
                                                                      const Clock& clock,
                                                                      io::FileSystem& files);
  ~Application();

  // Answers as the socket in the data directory does, in this thread. `cancel` ends what takes
  // long.
  [[nodiscard]] http::Response answer(const http::Request& request, const CancelToken& cancel);

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  // Where keys are asked for and nobody has a password yet: the path by which the first one is set,
  // good once.
  [[nodiscard]] Result<std::optional<std::string>> first_path() { return console_->first_path(); }
  [[nodiscard]] store::Store& store() { return *store_; }
  // Where GENEVE and VXLAN are taken in; null: nowhere.
  [[nodiscard]] const CollectorRunner* collector() const { return collector_.get(); }
  [[nodiscard]] ProbeRunner* probe() const { return probe_.get(); }
  // What takes flow logs in.
  [[nodiscard]] FlowIntake& flow_intake() { return *flow_intake_; }
  // Does what is due: to be called about once a second.
  void tick();
  // Reads certificates again.
  [[nodiscard]] Result<void> reload() { return server_->reload_certificate(); }
  // Answers what is in hand and stops; false where some of it was dropped.
  bool stop();

 private:
  Application(Configuration configuration, const Clock& clock, io::FileSystem& files);
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> listen();
  [[nodiscard]] Result<void> open_metrics();
  [[nodiscard]] Result<void> open_topics();
  [[nodiscard]] Result<void> open_alarms();
  [[nodiscard]] Result<void> open_logs();
  [[nodiscard]] Result<void> open_collector();
  [[nodiscard]] Result<void> open_probe();
  [[nodiscard]] Result<void> open_console();
  [[nodiscard]] Result<void> evaluate_alarms();
  [[nodiscard]] Result<void> act(const alarm::PendingAction& action);
  [[nodiscard]] LiveRooms live_rooms();
  [[nodiscard]] const http::ServerCounters& counters() const {
    return server_ == nullptr ? no_counters_ : server_->counters();
  }
  void add_pages();

  Configuration configuration_;
  bool is_idle_ = false;
  const Clock& clock_;
  io::FileSystem& files_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<api::AccessKeys> keys_;
  std::unique_ptr<metric::MetricStore> metrics_;
  std::unique_ptr<metric::PutQueue> put_queue_;
  std::unique_ptr<api::ResourceTags> tags_;
  std::unique_ptr<dashboard::DashboardStore> dashboards_;
  std::unique_ptr<alarm::AnomalyModels> anomalies_;
  std::unique_ptr<api::cloudwatch::AnomalyDetectors> detectors_;
  std::unique_ptr<alarm::AlarmTable> alarm_table_;
  std::unique_ptr<alarm::AlarmEngine> alarms_;
  std::unique_ptr<AlarmReports> alarm_reports_;
  std::atomic<std::uint64_t> num_evaluations_{0};
  std::atomic<std::uint64_t> num_transitions_{0};
  std::mutex problems_mutex_;    // guards the two below
  std::string metrics_problem_;  // of the last upkeep
  std::string alarms_problem_;   // of the last evaluation
  std::unique_ptr<notify::TopicStore> topics_;
  std::unique_ptr<notify::DeliveryWorker> deliveries_;
  std::unique_ptr<logs::GroupBook> log_groups_;
  std::unique_ptr<logs::EventStore> log_events_;
  std::unique_ptr<logs::AnswerStore> answers_;
  std::unique_ptr<logs::QueryRunner> queries_;
  std::unique_ptr<FlowIntake> flow_intake_;
  std::unique_ptr<CollectorRunner> collector_;
  doctor::RequestLog request_log_;
  TimeMs last_retention_ms_ = 0;
  std::vector<HealthCheck> checks_;
  std::vector<Gauge> gauges_;
  std::unique_ptr<ProbeRunner> probe_;  // writes to the metrics, is asked by the server
  std::shared_ptr<const flow::Enrichment> enrichment_;
  api::logs::LogsRooms logs_rooms_;
  std::unique_ptr<api::Gateway> gateway_;
  std::unique_ptr<ConsoleRooms> console_;
  http::ServerCounters no_counters_;  // of who does not listen
  std::unique_ptr<http::Server> server_;
};

}  // namespace weir::app
