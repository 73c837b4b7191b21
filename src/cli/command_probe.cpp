#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/probe_commands.h"
#include "cli/probe_output.h"
#include "cli/probe_settings.h"
#include "http/client.h"
#include "probe/identity_lookup.h"
#include "probe/metric_batch.h"
#include "probe/monitor.h"
#include "probe/name_lookup.h"
#include "probe/problem_news.h"
#include "probe/publisher.h"

namespace weir::cli {
namespace {

using probe::IcmpOptions;
using probe::Sample;
using probe::Settings;

constexpr std::int64_t kFlushMs = 5'000;

IcmpOptions::Method read_method(const Arguments& arguments) {
  const std::string_view method = arguments.value("method", "any");
  return method == "datagram" ? IcmpOptions::Method::kDatagram
         : method == "raw"    ? IcmpOptions::Method::kRaw
                              : IcmpOptions::Method::kAny;
}

}  // namespace

Result<Probing> prepare_probing(const Arguments& arguments, Environment& environment) {
  Probing probing;
  WEIR_ASSIGN_OR_RETURN(probing.settings, read_probe_settings(arguments, environment));
  WEIR_ASSIGN_OR_RETURN(probing.options, probe::monitor_options(probing.settings));
  WEIR_ASSIGN_OR_RETURN(
      probing.transports,
      probe::open_transports(probing.settings, probing.options, read_method(arguments)));
  probing.servers = probe::read_name_servers(environment.files());
  probing.naming.scheme = probing.settings.scheme;
  probing.naming.is_high_resolution = probing.settings.is_high_resolution;
  if (probing.settings.publishes || !probing.settings.prometheus.empty() ||
      !probing.settings.otlp.empty()) {
    WEIR_RETURN_IF_ERROR(probe::check_names(probing.options, probing.settings.scheme));
    probing.naming.identity =
        probe::look_up_identity(probing.settings, environment_variable, http::send);
  }
  return probing;
}

probe::Monitor::Lookup lookup_of(const Probing& probing, Environment& environment) {
  return [&](const std::string& host) {
    return probe::look_up(host, probing.servers, environment.files());
  };
}

namespace {

// --publish of one cycle: sent at once, and an error where it is not taken.
Result<void> publish_once(const Probing& probing, const std::vector<Sample>& samples,
                          Environment& environment) {
  aws::CredentialOptions who;
  who.environment = environment_variable;
  who.profile = probing.settings.profile;
  who.send = http::send;
  aws::CredentialSource credentials(who, environment.clock(), environment.files());
  probe::CloudWatchOptions where;
  where.region = probe::region_of(probing.settings, environment_variable);
  where.endpoint = probing.settings.endpoint;
  probe::CloudWatchClient client(where, credentials, environment.clock(), http::send);
  for (const probe::MetricBatch& batch : probe::make_batches(samples)) {
    const probe::PutOutcome outcome = client.put(batch.body);
    if (outcome.kind != probe::PutOutcome::Kind::kTaken) {
      return fail(ErrorCode::kRemote, "not published: " + outcome.problem);
    }
  }
  environment.say(fmt::format("weir: published {} metrics\n", samples.size()));
  return {};
}

Result<int> probe_once(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(Probing probing, prepare_probing(arguments, environment));
  WEIR_ASSIGN_OR_RETURN(const std::int64_t count, arguments.number("count", 5));
  // As the document's --single-run has it, which has one target; more would be mixed up there.
  probing.naming.is_test = probing.options.targets.size() == 1;
  probe::MonitorOptions options = probing.options;
  options.interval_ms = count * options.probe_interval_ms;
  options.max_rounds = 1;
  options.is_immediate = true;
  ProbeOutput output(arguments.value("output", environment.is_output_terminal() ? "table" : "json"),
                     environment);
  std::vector<Sample> samples;
  bool had_problem = false;
  probe::MonitorEvents events;
  events.on_latency = [&](const probe::LatencyMeasurement& measurement) {
    output.write(measurement);
    add_samples(measurement, probing.naming, samples);
  };
  events.on_host = [&](const probe::HostMeasurement& measurement) {
    output.write(measurement);
    add_samples(measurement, probing.naming, samples);
  };
  events.on_problem = [&](const std::string& problem) {
    had_problem = true;
    environment.say("weir: " + problem + "\n");
  };
  probe::Monitor monitor(options, probing.transports, environment.clock(), environment.files(),
                         lookup_of(probing, environment), events);
  (void)monitor.look_up_targets(environment.cancel());
  monitor.run(environment.cancel());
  const int written = output.finish();
  if (environment.cancel().is_cancelled()) {
    return kExitInterrupted;
  }
  if (probing.settings.publishes) {
    WEIR_RETURN_IF_ERROR(publish_once(probing, samples, environment));
  }
  return had_problem && written == kExitDone ? kExitInput : written;
}

std::string delivery_text(const probe::DeliveryCounts& counts) {
  return fmt::format(
      "weir: {} batches taken, {} refused, {} perhaps twice, {} dropped, {} wait in the spool{}\n",
      counts.taken, counts.refused, counts.possibly_doubled, counts.dropped, counts.waiting,
      counts.problem.empty() ? "" : "; " + counts.problem);
}

Result<int> probe_on(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(Probing probing, prepare_probing(arguments, environment));
  const Settings& settings = probing.settings;
  const std::string spool =
      settings.spool.empty() ? data_directory(arguments) + "/probe-spool" : settings.spool;
  WEIR_ASSIGN_OR_RETURN(const auto publisher,
                        probe::Publisher::open(settings, spool, environment_variable, http::send,
                                               environment.clock(), environment.files()));
  if (publisher->port() != 0) {
    environment.say(fmt::format("weir: metrics on port {}, /metrics\n", publisher->port()));
  }
  probe::MonitorOptions options = probing.options;
  WEIR_ASSIGN_OR_RETURN(const std::int64_t rounds, arguments.number("rounds", 0, 0));
  options.max_rounds = static_cast<std::uint64_t>(rounds);
  const bool shows = arguments.has("output") || !settings.publishes;
  ProbeOutput output(
      arguments.value("output", environment.is_output_terminal() ? "table" : "jsonl"), environment);
  probe::ProblemNews news;
  const auto tell = [&](const std::string& problem) {
    if (news.is_news(problem, environment.clock().monotonic_ns())) {
      environment.say("weir: " + problem + "\n");
    }
  };
  const auto take = [&](const auto& measurement) {
    if (shows) {
      output.write(measurement);
    }
    std::vector<Sample> samples;
    add_samples(measurement, probing.naming, samples);
    if (const auto done = publisher->take(samples); !done) {
      tell(done.error().message);
    }
  };
  probe::MonitorEvents events;
  events.on_latency = take;
  events.on_host = [&](const probe::HostMeasurement& measurement) {
    take(measurement);
    const std::string problem = publisher->counts().problem;
    if (!problem.empty()) {
      tell(problem);
    }
  };
  events.on_problem = tell;
  probe::Monitor monitor(options, probing.transports, environment.clock(), environment.files(),
                         lookup_of(probing, environment), events,
                         probe::make_tracer(environment.clock()));
  const std::size_t num_found = monitor.look_up_targets(environment.cancel());
  environment.say(fmt::format("weir: probing {} of {} targets{}, a round of {} probes each {} s\n",
                              num_found, settings.targets.size(),
                              probing.transports.icmp
                                  ? fmt::format(" by {} sockets", probing.transports.icmp->method())
                                  : "",
                              options.probes_per_round(), settings.interval_s));
  monitor.run(environment.cancel());
  (void)publisher->flush(kFlushMs);
  if (settings.publishes || !settings.otlp.empty()) {
    environment.say(delivery_text(publisher->counts()));
  }
  if (probing.transports.icmp && probing.transports.icmp->num_dropped() > 0) {
    environment.say(fmt::format("weir: {} answers found no room in this process's socket\n",
                                probing.transports.icmp->num_dropped()));
  }
  const int written = output.finish();
  return written != kExitDone ? written : kExitDone;
}

}  // namespace

int run_probe(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  if (words.size() == 1 && words.front() == "top") {
    const auto shown = probe_top(arguments, environment);
    return shown ? *shown : environment.fail(shown.error());
  }
  if (!words.empty() && words.front() == "trace") {
    const auto traced = probe_trace(arguments, environment);
    return traced ? *traced : environment.fail(traced.error());
  }
  const bool is_run = words.size() == 1 && words.front() == "run";
  if (!is_run && !words.empty()) {
    return environment.fail(
        {ErrorCode::kUsage,
         fmt::format("weir probe {}: there are `weir probe --once`, `weir probe run`, `weir probe "
                     "top` and `weir probe trace HOST`; other hosts are given by --target",
                     words.front())});
  }
  if (is_run == arguments.has("once")) {
    return environment.fail({ErrorCode::kUsage,
                             "weir probe does one thing: `weir probe --once` for one cycle, `weir "
                             "probe run` to go on"});
  }
  const auto done = is_run ? probe_on(arguments, environment) : probe_once(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
