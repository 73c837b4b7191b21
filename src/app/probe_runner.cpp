#include "app/probe_runner.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "http/client.h"
#include "metric/datum.h"
#include "probe/identity_lookup.h"
#include "probe/name_lookup.h"

namespace weir::app {
namespace {

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ProbeRunner::ProbeRunner(const probe::Settings& settings, std::string scope,
                         metric::MetricStore& metrics, const Clock& clock, Log& log)
    : scope_(std::move(scope)), metrics_(metrics), clock_(clock), log_(log) {
  naming_.scheme = settings.scheme;
  naming_.is_high_resolution = settings.is_high_resolution;
}

Result<std::unique_ptr<ProbeRunner>> ProbeRunner::start(const probe::Settings& settings,
                                                        std::string scope,
                                                        metric::MetricStore& metrics,
                                                        const Clock& clock, io::FileSystem& files,
                                                        Log& log) {
  WEIR_RETURN_IF_ERROR(probe::check(settings));
  std::unique_ptr<ProbeRunner> runner(
      new ProbeRunner(settings, std::move(scope), metrics, clock, log));
  WEIR_ASSIGN_OR_RETURN(const auto options, probe::monitor_options(settings));
  WEIR_RETURN_IF_ERROR(probe::check_names(options, settings.scheme));
  WEIR_ASSIGN_OR_RETURN(
      runner->transports_,
      probe::open_transports(settings, options, probe::IcmpOptions::Method::kAny));
  runner->servers_ = probe::read_name_servers(files);
  ProbeRunner& self = *runner;
  probe::MonitorEvents events;
  const auto take = [&self](const auto& measurement) {
    std::vector<probe::Sample> samples;
    add_samples(measurement, self.naming_, samples);
    self.store(samples);
  };
  events.on_latency = take;
  events.on_host = take;
  events.on_problem = [&self](const std::string& problem) { self.tell(problem); };
  runner->monitor_ = std::make_unique<probe::Monitor>(
      options, runner->transports_, clock, files,
      [&self, &files](const std::string& host) {
        return probe::look_up(host, self.servers_, files);
      },
      events, probe::make_tracer(clock));
  // Names are looked up, and the instance asked who it is, behind the server's start.
  runner->thread_ = std::thread([&self, settings] {
    self.naming_.identity = probe::look_up_identity(settings, variable, http::send);
    (void)self.monitor_->look_up_targets(self.cancel_);
    self.monitor_->run(self.cancel_);
  });
  return runner;
}

ProbeRunner::~ProbeRunner() {
  cancel_.cancel();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void ProbeRunner::tell(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (news_.is_news(problem, clock_.monotonic_ns())) {
    log_.write(LogLevel::kWarning, "the probe has a problem", {{"problem", problem}});
  }
}

void ProbeRunner::store(const std::vector<probe::Sample>& samples) {
  std::string problem;
  for (std::size_t begin = 0; begin < samples.size();) {
    // Runs of one namespace, at most a call's size.
    std::size_t end = begin + 1;
    while (end < samples.size() && end - begin < metric::kMaxDatums &&
           samples[end].name_space == samples[begin].name_space) {
      ++end;
    }
    std::vector<std::vector<metric::DimensionView>> dimensions;
    std::vector<metric::Datum> datums;
    dimensions.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      const probe::Sample& sample = samples[i];
      auto& views = dimensions.emplace_back();
      for (const auto& [name, value] : sample.dimensions) {
        views.push_back({name, value});
      }
      metric::Datum datum;
      datum.name = sample.name;
      datum.dimensions = dimensions.back();
      datum.timestamp = sample.time;
      datum.value = sample.value;
      datum.unit = sample.unit;
      if (sample.is_high_resolution) {
        datum.storage_resolution = 1;
      }
      datums.push_back(datum);
    }
    const auto done = metrics_.put(scope_, samples[begin].name_space, datums);
    (done ? num_samples_ : num_failed_) += datums.size();
    problem = done ? problem : done.error().message;
    begin = end;
  }
  if (!problem.empty()) {
    tell(problem);
  }
}

}  // namespace weir::app
