#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "alarm/alarm_engine.h"
#include "api/audit_log.h"
#include "api/gateway.h"
#include "api/logs/logs_rooms.h"
#include "api/sign_in.h"
#include "app/configuration.h"
#include "app/flow_intake.h"
#include "base/clock.h"
#include "console/application_files.h"
#include "console/aws_calls.h"
#include "console/flow_room.h"
#include "console/query_stream.h"
#include "console/saved_book.h"
#include "dashboard/dashboard_store.h"
#include "http/server.h"
#include "io/file_system.h"
#include "metric/metric_store.h"
#include "notify/delivery_queue.h"
#include "state/database.h"
#include "store/store.h"

namespace weir::app {

// What the browser application is served from; all outlive it.
struct ConsoleSources {
  const Configuration* configuration = nullptr;
  const Clock* clock = nullptr;
  io::FileSystem* files = nullptr;
  store::Store* store = nullptr;
  state::Database* database = nullptr;
  const api::AccessKeys* keys = nullptr;
  const metric::MetricStore* metrics = nullptr;
  const alarm::AlarmEngine* alarms = nullptr;
  const dashboard::DashboardStore* dashboards = nullptr;
  notify::DeliveryQueue* deliveries = nullptr;
  const FlowIntake* intake = nullptr;
  std::shared_ptr<const flow::Enrichment> enrichment;
  std::shared_ptr<const inventory::Inventory> inventory;  // null: none was given
  api::logs::LogsRooms logs;
  std::function<const http::ServerCounters&()> server;  // once it listens
};

// The browser application's side of a server: its routes, its files, who is signed in, what is
// written down of changes. Thread-safe.
class ConsoleRooms {
 public:
  // Adds its routes and pages to the gateway, which outlives it.
  [[nodiscard]] static Result<std::unique_ptr<ConsoleRooms>> open(api::Gateway& gateway,
                                                                  const ConsoleSources& sources);

  // Writes down a call of AWS's APIs that changed something.
  void note(const std::string& operation, const api::Call& call, const format::Tree& input);
  // Where keys are asked for and nobody has a password yet: the path, with a one-time token, by
  // which the first one is set.
  [[nodiscard]] Result<std::optional<std::string>> first_path();
  [[nodiscard]] api::AuditLog& audit() { return audit_; }

 private:
  ConsoleRooms(api::Gateway& gateway, ConsoleSources sources, api::AuditLog audit,
               console::SavedBook saved, console::ApplicationFiles files);
  void add_routes(api::NativeApi& native);
  void add_overview(api::NativeApi& native);
  void add_map(api::NativeApi& native);
  void add_system(api::NativeApi& native);
  void add_retention(api::NativeApi& native);
  [[nodiscard]] Result<format::Tree> put_retention(const api::RouteCall& call);
  // The log group whose events a table holds, if that is what it holds.
  [[nodiscard]] Result<std::optional<logs::Group>> group_of_table(std::string_view table) const;
  void add_limits(api::NativeApi& native);
  [[nodiscard]] Result<format::Tree> system_tree() const;
  [[nodiscard]] Result<format::Tree> intake_tree() const;
  [[nodiscard]] Result<format::Tree> store_tree() const;

  ConsoleSources sources_;
  api::Gateway& gateway_;
  api::AuditLog audit_;
  console::SavedBook saved_;
  console::ApplicationFiles application_;
  std::unique_ptr<api::SignIn> sign_in_;
  console::AwsCalls aws_;
  console::QueryRoom query_room_;
  TimeMs started_ms_ = 0;
};

}  // namespace weir::app
