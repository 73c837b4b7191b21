#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "alarm/alarm_engine.h"
#include "base/clock.h"
#include "base/result.h"
#include "format/tree.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::app {

enum class ReportForm : std::uint8_t { kText, kJson };

// What `weir alarm` and /api/v1/alarms tell of the alarms of all regions. The same functions answer
// whether a server runs or not. Thread-safe.
class AlarmReports {
 public:
  // All outlive it.
  AlarmReports(const alarm::AlarmEngine& engine, const metric::MetricStore& store,
               metric::AnomalyBands& bands, const Clock& clock, std::string account)
      : engine_(engine),
        store_(store),
        bands_(bands),
        clock_(clock),
        account_(std::move(account)) {}

  struct ListQuery {
    std::string region;  // "": all
    std::string state;   // "": any; else "ALARM"
    std::string cursor;  // of the page before; "": the first
    std::size_t limit = SIZE_MAX;
  };
  // {"alarms": [{name, region, state, since, kind, watches, reason, nextEvaluation}], "cursor"?}
  [[nodiscard]] Result<format::Tree> list(const ListQuery& query) const;
  // `region` may be empty where only one has an alarm of that name.
  [[nodiscard]] Result<std::string> explain(std::string_view region, std::string_view name,
                                            ReportForm form) const;
  // `since` as people type it: "30d", "2026-03-01".
  [[nodiscard]] Result<std::string> replay(std::string_view region, std::string_view name,
                                           std::string_view since, ReportForm form) const;

 private:
  // "us-east-1", of an account that is not the server's own "210987654321/us-east-1".
  [[nodiscard]] std::string place_of(const alarm::Alarm& alarm) const;
  [[nodiscard]] Result<alarm::Alarm> find(std::string_view region, std::string_view name) const;

  const alarm::AlarmEngine& engine_;
  const metric::MetricStore& store_;
  metric::AnomalyBands& bands_;
  const Clock& clock_;
  std::string account_;
};

// "us-west-2" of "123456789012/us-west-2".
[[nodiscard]] std::string_view region_of(std::string_view scope);

}  // namespace weir::app
