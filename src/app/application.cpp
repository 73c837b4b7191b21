#include "app/application.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>

#include "api/cloudwatch/alarm_operations.h"
#include "api/cloudwatch/cloudwatch_service.h"
#include "api/cloudwatch/dashboard_operations.h"
#include "api/cloudwatch/metric_operations.h"
#include "api/cloudwatch/mute_operations.h"
#include "api/cloudwatch/tag_operations.h"
#include "api/cloudwatch/widget_image.h"
#include "api/ec2_service.h"
#include "api/logs/logs_service.h"
#include "api/oam_service.h"
#include "api/sns_service.h"
#include "api/sts_service.h"
#include "app/alarm_message.h"
#include "app/inventory_files.h"
#include "app/routes.h"
#include "base/time_text.h"
#include "flow/enrichment.h"
#include "http/collected_body.h"

namespace weir::app {
namespace {

// Connections that wait, idle or slow, cost a descriptor and some KiB each, so there may be many:
// as many as the system allows files beside those of the store.
std::size_t connection_limit() {
  constexpr rlim_t kMostConnections = 16'384;
  constexpr rlim_t kFilesOfStore = 2'048;
  constexpr rlim_t kLeastConnections = 256;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
    return kLeastConnections;
  }
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
    getrlimit(RLIMIT_NOFILE, &files);
  }
  const rlim_t spare = files.rlim_cur > kFilesOfStore ? files.rlim_cur - kFilesOfStore : 0;
  return std::clamp(spare, kLeastConnections, kMostConnections);
}

constexpr std::int64_t kDrainMs = 10'000;
constexpr std::uint64_t kSealedAtStopBytes = 1U << 20;  // of the metrics' log: some 20 ms to read
constexpr std::int64_t kRetentionMs = 60'000;

}  // namespace

Application::Application(Configuration configuration, const Clock& clock, io::FileSystem& files,
                         Log& log)
    : configuration_(std::move(configuration)), clock_(clock), files_(files), log_(log) {}

Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::start(const Configuration& configuration,
                                                        const Clock& clock, io::FileSystem& files,
                                                        Log& log) {
  WEIR_RETURN_IF_ERROR(check(configuration));
  std::unique_ptr<Application> application(new Application(configuration, clock, files, log));
  WEIR_RETURN_IF_ERROR(application->open());
  WEIR_RETURN_IF_ERROR(application->listen());
  return application;
}

Result<std::unique_ptr<Application>> Application::open_idle(Configuration configuration,
                                                            const Clock& clock,
                                                            io::FileSystem& files, Log& log) {
  if (!files.exists(configuration.data + "/state.db")) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} holds no server's state: weir serve --data {} makes it",
                            configuration.data, configuration.data));
  }
  configuration.ingest_paths.clear();
  configuration.collector = {};
  configuration.probe = {};
  std::unique_ptr<Application> application(
      new Application(std::move(configuration), clock, files, log));
  application->is_idle_ = true;
  WEIR_RETURN_IF_ERROR(application->open());
  return application;
}

http::Response Application::answer(const http::Request& request, const CancelToken& cancel) {
  http::Response response = gateway_->handle(request);
  if (response.later) {
    std::promise<http::Response> answered;
    auto answer = answered.get_future();
    response.later([&answered](http::Response late, bool /*is_last*/) {
      answered.set_value(std::move(late));
    });
    response = answer.get();
  }
  if (response.produce) {
    http::CollectedBody body(cancel);
    response.produce(body);
    response.body = body.take();
    response.produce = {};
  }
  return response;
}

Result<void> Application::open() {
  WEIR_ASSIGN_OR_RETURN(store_, store::Store::open(files_, clock_, configuration_.data));
  WEIR_ASSIGN_OR_RETURN(database_, state::Database::open(configuration_.data + "/state.db"));
  WEIR_ASSIGN_OR_RETURN(api::AccessKeys keys, api::AccessKeys::open(*database_));
  keys_ = std::make_unique<api::AccessKeys>(keys);

  api::GatewayOptions options;
  options.account = configuration_.account;
  options.region = configuration_.region;
  options.hosts = configuration_.hosts;
  options.requires_keys = configuration_.requires_keys || !is_loopback(configuration_);
  gateway_ = std::make_unique<api::Gateway>(options, *keys_, clock_);
  gateway_->set_log(&log_);
  gateway_->add(api::make_sts_service());
  gateway_->add(api::make_oam_service());
  WEIR_RETURN_IF_ERROR(open_metrics());
  WEIR_RETURN_IF_ERROR(open_alarms());
  api::Service cloudwatch = api::cloudwatch::make_cloudwatch_service();
  api::cloudwatch::add_metric_operations(cloudwatch, *metrics_, put_queue_.get(), anomalies_.get());
  api::cloudwatch::add_image_operation(cloudwatch, *metrics_, *alarms_, anomalies_.get());
  api::cloudwatch::add_alarm_operations(cloudwatch, *alarms_, *tags_);
  api::cloudwatch::add_mute_operations(cloudwatch, *alarms_, *tags_);
  WEIR_ASSIGN_OR_RETURN(auto detectors,
                        api::cloudwatch::AnomalyDetectors::open(*database_, *anomalies_));
  detectors_ = std::make_unique<api::cloudwatch::AnomalyDetectors>(detectors);
  api::cloudwatch::add_detector_operations(cloudwatch, *detectors_);
  WEIR_ASSIGN_OR_RETURN(auto dashboards,
                        dashboard::DashboardStore::open(*database_, configuration_.account));
  dashboards_ = std::make_unique<dashboard::DashboardStore>(dashboards);
  api::cloudwatch::add_dashboard_operations(cloudwatch, *dashboards_, *tags_);
  api::cloudwatch::add_tag_operations(
      cloudwatch, *tags_, [this](const api::Call& call, const std::string& arn) {
        const std::string dashboard = api::cloudwatch::dashboard_arn(call, "");
        if (arn.starts_with(dashboard)) {
          const auto found = dashboards_->find(call.account, arn.substr(dashboard.size()));
          return found && found->has_value();
        }
        const std::string scope = api::cloudwatch::scope_of(call);
        const auto rules = alarms_->mute_rules(scope);
        if (std::any_of(rules.begin(), rules.end(), [&](const alarm::MuteRule& rule) {
              return api::cloudwatch::mute_rule_arn(scope, rule.name) == arn;
            })) {
          return true;
        }
        const auto alarm = alarms_->find(scope, alarm::name_in_arn(arn));
        return alarm && alarm::alarm_arn(scope, alarm->name()) == arn;
      });
  gateway_->add(std::move(cloudwatch));
  WEIR_RETURN_IF_ERROR(open_topics());
  gateway_->add(api::make_sns_service(*topics_));
  WEIR_RETURN_IF_ERROR(open_logs());
  WEIR_RETURN_IF_ERROR(open_collector());
  WEIR_RETURN_IF_ERROR(open_probe());
  alarm_reports_ = std::make_unique<AlarmReports>(*alarms_, *metrics_, *anomalies_, clock_,
                                                  configuration_.account);
  add_pages();
  WEIR_RETURN_IF_ERROR(open_console());
  add_routes(gateway_->native(), {.alarms = alarm_reports_.get(),
                                  .keys = keys_.get(),
                                  .audit = &console_->audit(),
                                  .intake = flow_intake_.get(),
                                  .clock = &clock_,
                                  .examine = [this] { return examine(live_rooms()); }});
  gateway_->set_observer([this](const std::string& operation, const api::Call& call,
                                const format::Tree& input, const api::Outcome& outcome) {
    request_log_.note(operation, api::cloudwatch::scope_of(call), input,
                      outcome ? &*outcome : nullptr, call.now_ms);
    if (outcome) {
      console_->note(operation, call, input);
    }
  });
  return {};
}

Result<void> Application::listen() {
  http::ServerOptions options;
  options.address = configuration_.address;
  options.port = configuration_.port;
  options.num_workers = static_cast<std::size_t>(configuration_.workers);
  options.max_connections = connection_limit();
  options.certificate_file = configuration_.certificate_file;
  options.key_file = configuration_.key_file;
  options.socket_path = socket_path(configuration_.data);
  request_journal_ = std::make_unique<RequestJournal>(*gateway_, log_, clock_);
  WEIR_ASSIGN_OR_RETURN(server_, http::Server::open(options, *request_journal_));
  health_watch_ = std::make_unique<HealthWatch>(checks_, server_->counters(), log_);
  return {};
}

Result<void> Application::open_metrics() {
  metric::MetricStoreOptions options;
  for (const std::string& name_space : configuration_.dimensionless_rollup) {
    options.rollups.push_back({name_space, {{}}});
  }
  const std::string directory = configuration_.data + "/metrics";
  WEIR_RETURN_IF_ERROR(io::make_durable_directory(files_, directory));
  metric::MetricOpenReport report;
  WEIR_ASSIGN_OR_RETURN(metrics_,
                        metric::MetricStore::open(files_, directory, clock_, options, report));
  log_.write(LogLevel::kInfo, "metrics are open",
             {{"series", report.num_series},
              {"parts", report.num_parts},
              {"samples_of_log", report.replayed_samples},
              {"torn_bytes", report.log.torn_bytes}});
  for (const Error& damage : report.log.damages) {
    log_.write(LogLevel::kError, "the log of metrics is damaged", {{"damage", damage.message}});
  }
  put_queue_ = std::make_unique<metric::PutQueue>(*metrics_);
  checks_.push_back({"metrics", [this] {
                       const std::lock_guard lock(problems_mutex_);
                       return metrics_problem_;
                     }});
  gauges_.push_back({"weir_metric_series", "Series of metrics that are kept.",
                     [this] { return static_cast<double>(metrics_->usage().num_series); }});
  gauges_.push_back({"weir_metric_part_bytes", "Bytes of sealed metric samples.",
                     [this] { return static_cast<double>(metrics_->usage().part_bytes); }});
  gauges_.push_back({"weir_metric_series_refused_total", "New series refused for their number.",
                     [this] { return static_cast<double>(metrics_->usage().refused_series); },
                     true});
  gauges_.push_back({"weir_metric_batches_repeated_total",
                     "Calls of PutMetricData that had come before, by X-Weir-Batch.",
                     [this] { return static_cast<double>(metrics_->usage().repeated_batches); },
                     true});
  return {};
}

Result<void> Application::open_alarms() {
  WEIR_ASSIGN_OR_RETURN(api::ResourceTags tags, api::ResourceTags::open(*database_));
  tags_ = std::make_unique<api::ResourceTags>(tags);
  anomalies_ = std::make_unique<alarm::AnomalyModels>(*metrics_, clock_);
  WEIR_ASSIGN_OR_RETURN(alarm_table_, alarm::AlarmTable::open(configuration_.data + "/state.db"));
  WEIR_ASSIGN_OR_RETURN(
      alarms_, alarm::AlarmEngine::open(*metrics_, anomalies_.get(), *alarm_table_, clock_));
  checks_.push_back({"alarms", [this] {
                       const std::lock_guard lock(problems_mutex_);
                       return alarms_problem_;
                     }});
  gauges_.push_back({"weir_alarm_evaluations_total", "Evaluations of alarms.",
                     [this] { return static_cast<double>(num_evaluations_); }, true});
  gauges_.push_back({"weir_alarm_transitions_total", "Changes of alarms' states.",
                     [this] { return static_cast<double>(num_transitions_); }, true});
  return {};
}

// Hands an action to who carries it out, and writes into the alarm's history what became of it.
Result<void> Application::act(const alarm::PendingAction& action) {
  if (alarm::is_webhook(action.action)) {
    const std::string text = alarm_message(action);
    WEIR_RETURN_IF_ERROR(topics_->post(action.action, text, action.message_id));
    return alarms_->finish_action(action, true, text, "");
  }
  if (!action.action.starts_with("arn:aws:sns:")) {
    return alarms_->finish_action(
        action, false, "", "this server carries out actions of SNS topics and webhooks alone");
  }
  notify::Publication publication;
  publication.topic_arn = action.action;
  publication.subject = alarm_subject(action);
  publication.text = alarm_message(action);
  publication.message_id = action.message_id;
  const auto published = topics_->publish(publication);
  if (published) {
    return alarms_->finish_action(action, true, publication.text, "");
  }
  if (published.error().code == ErrorCode::kNotFound) {
    return alarms_->finish_action(action, false, publication.text,
                                  "the topic " + action.action + " does not exist");
  }
  return tl::unexpected<Error>(published.error());  // stays pending, and is tried again
}

Result<void> Application::evaluate_alarms() {
  WEIR_ASSIGN_OR_RETURN(const alarm::TickReport report, alarms_->tick());
  num_evaluations_ += report.num_evaluated;
  num_transitions_ += report.transitions.size();
  for (const alarm::Transition& transition : report.transitions) {
    log_.write(LogLevel::kInfo, "an alarm changed its state",
               {{"alarm", transition.name},
                {"from", alarm::name_of(transition.from)},
                {"to", alarm::name_of(transition.to)},
                {"reason", transition.reason},
                {"scope", transition.scope}});
  }
  WEIR_ASSIGN_OR_RETURN(const auto actions, alarms_->pending_actions());
  for (const alarm::PendingAction& action : actions) {
    WEIR_RETURN_IF_ERROR(act(action));
  }
  if (!report.failures.empty()) {
    const auto& [name, error] = report.failures.front();
    return fail(error.code, fmt::format("{} alarms could not be evaluated; {}: {}",
                                        report.failures.size(), name, error.message));
  }
  return {};
}

Result<void> Application::open_topics() {
  WEIR_ASSIGN_OR_RETURN(auto signer,
                        notify::MessageSigner::open(configuration_.data + "/notify-key.pem"));
  WEIR_ASSIGN_OR_RETURN(topics_, notify::TopicStore::open(*database_, clock_, std::move(signer)));
  notify::AddressRule rule;
  rule.allows_loopback = is_loopback(configuration_);
  for (const std::string& network : configuration_.allowed_networks) {
    if (const auto prefix = parse_prefix(network)) {
      rule.networks.push_back(*prefix);
    }
  }
  if (is_idle_) {
    return {};
  }
  deliveries_ = std::make_unique<notify::DeliveryWorker>(topics_->deliveries(), clock_, rule, log_);
  gateway_->add_path(
      std::string(notify::kCertificatePath), [this](const http::Request& /*request*/) {
        return http::Response{
            200, {{"Content-Type", "application/x-pem-file"}}, topics_->signer().certificate_pem()};
      });
  gauges_.push_back({"weir_notify_delivered_total", "Messages that a subscriber took.",
                     [this] { return static_cast<double>(deliveries_->num_delivered()); }, true});
  gauges_.push_back({"weir_notify_failed_attempts_total",
                     "Attempts that a subscriber did not take.",
                     [this] { return static_cast<double>(deliveries_->num_failed()); }, true});
  gauges_.push_back(
      {"weir_notify_waiting", "Messages that wait to be delivered.", [this] {
         return static_cast<double>(
             topics_->deliveries().counts().value_or(notify::DeliveryQueue::Counts{}).waiting);
       }});
  gauges_.push_back(
      {"weir_notify_dead", "Messages set aside as not to be delivered.", [this] {
         return static_cast<double>(
             topics_->deliveries().counts().value_or(notify::DeliveryQueue::Counts{}).dead);
       }});
  return {};
}

Result<void> Application::open_logs() {
  WEIR_ASSIGN_OR_RETURN(auto groups, logs::GroupBook::open(*database_));
  log_groups_ = std::make_unique<logs::GroupBook>(groups);
  log_events_ = std::make_unique<logs::EventStore>(*store_, clock_);
  WEIR_ASSIGN_OR_RETURN(enrichment_, flow::load_enrichment(files_, configuration_.enrichment));
  WEIR_ASSIGN_OR_RETURN(answers_,
                        logs::AnswerStore::open(files_, configuration_.data + "/queries"));
  queries_ = std::make_unique<logs::QueryRunner>(clock_, enrichment_, logs::QueryRunnerOptions{},
                                                 answers_.get());
  api::logs::LogsRooms& rooms = logs_rooms_;
  rooms.groups = log_groups_.get();
  rooms.events = log_events_.get();
  rooms.queries = queries_.get();
  rooms.metrics = metrics_.get();
  rooms.flow_log_prefix = configuration_.flow_log_prefix;
  rooms.dialect = configuration_.dialect == "cloudwatch" ? query::Dialect::kCloudWatch
                                                         : query::Dialect::kHelpful;
  rooms.flows = [this] { return flow_table(*store_); };
  rooms.take_flow_events = [this](const std::string& events,
                                  const std::string& format) -> Result<api::logs::TakenFlows> {
    WEIR_ASSIGN_OR_RETURN(const intake::ObjectReport report,
                          flow_intake_->take_text(events, format));
    return api::logs::TakenFlows{report.num_rows, report.problem};
  };
  gateway_->add(api::logs::make_logs_service(rooms));
  gateway_->add(api::make_ec2_service(*log_groups_));
  WEIR_ASSIGN_OR_RETURN(flow_intake_,
                        FlowIntake::start(*store_, files_, clock_, configuration_.ingest_paths,
                                          configuration_.collector.listen.empty(), log_));
  checks_.push_back({"ingest", [this] { return flow_intake_->problem(); }});
  gauges_.push_back({"weir_ingest_records_total", "Flow records taken in since the start.",
                     [this] { return static_cast<double>(flow_intake_->num_records()); }, true});
  gauges_.push_back({"weir_ingest_rejected_total", "Lines that were no flow records.",
                     [this] { return static_cast<double>(flow_intake_->num_rejected()); }, true});
  gauges_.push_back({"weir_ingest_refused_objects_total",
                     "Readings of files in which no flow log could be read.",
                     [this] { return static_cast<double>(flow_intake_->num_refused()); }, true});
  return {};
}

Result<void> Application::open_console() {
  ConsoleSources sources;
  sources.configuration = &configuration_;
  sources.clock = &clock_;
  sources.files = &files_;
  sources.store = store_.get();
  sources.database = database_.get();
  sources.keys = keys_.get();
  sources.metrics = metrics_.get();
  sources.alarms = alarms_.get();
  sources.dashboards = dashboards_.get();
  sources.deliveries = &topics_->deliveries();
  sources.intake = flow_intake_.get();
  sources.enrichment = enrichment_;
  WEIR_ASSIGN_OR_RETURN(sources.inventory, read_inventory(files_, configuration_.inventory_files));
  sources.logs = logs_rooms_;
  sources.server = [this]() -> const http::ServerCounters& { return counters(); };
  WEIR_ASSIGN_OR_RETURN(console_, ConsoleRooms::open(*gateway_, sources));
  return {};
}

Result<void> Application::open_collector() {
  if (configuration_.collector.listen.empty()) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(auto inventory, read_inventory(files_, configuration_.inventory_files));
  WEIR_ASSIGN_OR_RETURN(collector_, CollectorRunner::start(configuration_.collector, *store_,
                                                           std::move(inventory), clock_));
  checks_.push_back({"collector", [this] { return collector_->problem(); }});
  const auto count = [this](std::string name, std::string help,
                            std::uint64_t (*read)(const collector::CollectorCounters& counters)) {
    gauges_.push_back({std::move(name), std::move(help),
                       [this, read] { return static_cast<double>(read(collector_->counters())); },
                       true});
  };
  count("weir_collector_packets_total", "Packets of tunnels that came.",
        [](const auto& counters) { return counters.packets.received(); });
  count("weir_collector_dropped_total", "Packets refused: they break the standards.",
        [](const auto& counters) { return counters.packets.dropped(); });
  count("weir_collector_kernel_drops_total", "Packets that the kernel had no room for.",
        [](const auto& counters) { return counters.packets.kernel_drops; });
  count("weir_collector_not_allowed_total", "Datagrams of sources that may not send.",
        [](const auto& counters) { return counters.not_allowed; });
  count("weir_collector_returned_total", "Packets given back to the gateway.",
        [](const auto& counters) { return counters.returned; });
  count("weir_collector_return_failed_total", "Packets that could not be given back.",
        [](const auto& counters) { return counters.return_failed; });
  gauges_.push_back({"weir_collector_rows_total", "Rows of flows that went into the store.",
                     [this] { return static_cast<double>(collector_->num_rows()); }, true});
  gauges_.push_back({"weir_collector_records_lost_total", "Flow records lost for want of room.",
                     [this] { return static_cast<double>(collector_->num_lost()); }, true});
  return {};
}

Result<void> Application::open_probe() {
  if (!configuration_.probe.is_on.value_or(!configuration_.probe.targets.empty())) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(
      probe_,
      ProbeRunner::start(configuration_.probe, configuration_.account + "/" + configuration_.region,
                         *metrics_, clock_, files_, log_));
  gauges_.push_back({"weir_probe_samples_total", "Samples that the server's own probe stored.",
                     [this] { return static_cast<double>(probe_->num_samples()); }, true});
  gauges_.push_back({"weir_probe_samples_failed_total", "Its samples that could not be stored.",
                     [this] { return static_cast<double>(probe_->num_failed()); }, true});
  return {};
}

LiveRooms Application::live_rooms() {
  LiveRooms rooms;
  rooms.alarms = alarms_.get();
  rooms.metrics = metrics_.get();
  rooms.database = database_.get();
  rooms.store = store_.get();
  rooms.clock = &clock_;
  rooms.requests = &request_log_;
  rooms.account = configuration_.account;
  rooms.region = configuration_.region;
  rooms.flow_log_prefix = configuration_.flow_log_prefix;
  return rooms;
}

void Application::add_pages() {
  gateway_->add_path("/livez", [](const http::Request& /*request*/) { return live_page(); });
  gateway_->add_path("/readyz",
                     [this](const http::Request& /*request*/) { return ready_page(checks_); });
  gateway_->add_path("/metrics", [this](const http::Request& /*request*/) {
    return metrics_page(counters(), *gateway_, gauges_);
  });
  checks_.push_back({"state", [this]() -> std::string {
                       const auto keys = keys_->list();
                       return keys ? "" : keys.error().message;
                     }});
  checks_.push_back({"store", [this]() -> std::string {
                       const auto free = files_.free_bytes(configuration_.data);
                       if (!free) {
                         return free.error().message;
                       }
                       const std::uint64_t reserve = store::StoreOptions().reserve_bytes;
                       return *free >= reserve ? ""
                                               : fmt::format(
                                                     "{} bytes are free, {} are kept in "
                                                     "reserve: writing is refused",
                                                     *free, reserve);
                     }});
}

void Application::tick() {
  const auto maintained = metrics_->maintain();
  if (clock_.now_ms() - last_retention_ms_ > kRetentionMs) {
    last_retention_ms_ = clock_.now_ms();
    apply_retention();
  }
  const auto evaluated = evaluate_alarms();
  {
    const std::lock_guard lock(problems_mutex_);
    alarms_problem_ = evaluated ? "" : evaluated.error().message;
    metrics_problem_ = maintained ? "" : maintained.error().message;
  }
  if (health_watch_ != nullptr) {
    health_watch_->look();
  }
}

void Application::apply_retention() {
  const auto removed = store_->apply_retention();  // what failed is due the next time
  if (!removed) {
    log_.write(LogLevel::kWarning, "what is past its retention was not removed",
               {{"reason", removed.error().message}});
    return;
  }
  for (const store::RemovedSegment& segment : *removed) {
    log_.write(LogLevel::kInfo, "records were removed",
               {{"table", segment.table},
                {"partition", to_time_text(segment.partition)},
                {"records", segment.num_rows},
                {"reason", segment.reason}});
  }
}

bool Application::stop() {
  const bool is_whole = server_->drain(kDrainMs);
  if (metrics_->usage().log_bytes > kSealedAtStopBytes) {
    (void)metrics_->seal();  // what is in parts need not be read when the server starts again
  }
  return is_whole;
}

}  // namespace weir::app
