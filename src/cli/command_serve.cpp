#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "app/application.h"
#include "app/service_manager.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/probe_settings.h"

namespace weir::cli {
namespace {

// Set by SIGHUP, which has no other way to reach the loop below.
std::atomic<bool> wants_reload{false};

extern "C" void on_hangup(int /*signal*/) { wants_reload.store(true); }

Result<app::Configuration> read_configuration(const Arguments& arguments,
                                              Environment& environment) {
  app::Configuration configuration;
  configuration.data = data_directory(arguments);
  WEIR_RETURN_IF_ERROR(apply_configuration(arguments, environment, configuration));
  if (arguments.has("listen")) {
    auto done = app::apply_listen(arguments.value("listen"), configuration);
    if (!done) {
      return fail(ErrorCode::kUsage, "--listen: " + done.error().message);
    }
  }
  if (arguments.has("ingest")) {
    configuration.ingest_paths = arguments.values("ingest");
  }
  if (arguments.has("vpc-cidr")) {
    configuration.enrichment.vpc_cidrs = arguments.values("vpc-cidr");
  }
  if (arguments.has("geo")) {
    configuration.enrichment.geo_files = arguments.values("geo");
  }
  if (arguments.has("aws-ranges")) {
    configuration.enrichment.aws_ranges_file = arguments.value("aws-ranges");
  }
  if (arguments.has("inventory")) {
    configuration.inventory_files = arguments.values("inventory");
  }
  if (arguments.has("dimensionless-rollup")) {
    configuration.dimensionless_rollup = arguments.values("dimensionless-rollup");
  }
  if (arguments.has("require-keys")) {
    configuration.requires_keys = true;
  }
  return configuration;
}

// Requests of a megabyte take and give back memory many times a second: what the kernel has to
// clear each time anew costs a fifth of the whole.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargeBytes = 16 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kLargeBytes);
#endif
}

std::string url_of(const app::Configuration& configuration, const app::Application& application) {
  const bool has_tls = !configuration.certificate_file.empty();
  const bool is_v6 = configuration.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", has_tls ? "https" : "http", is_v6 ? "[" : "",
                     configuration.address, is_v6 ? "]" : "", application.port());
}

// Says how the first password is set, where keys are asked for and there is none.
void say_problems_of_probe(app::Application& application, Environment& environment) {
  if (app::ProbeRunner* const probe = application.probe()) {
    for (const std::string& problem : probe->take_problems()) {
      environment.say("weir: probe: " + problem + "\n");
    }
  }
}

int say_first_path(const app::Configuration& configuration, app::Application& application,
                   Environment& environment) {
  const auto path = application.first_path();
  if (!path) {
    return environment.fail(path.error());
  }
  if (*path) {
    environment.say(fmt::format(
        "weir: nobody has a password yet; this address, good once, sets the first one: {}{}\n",
        url_of(configuration, application), **path));
  }
  return kExitDone;
}

}  // namespace

int run_serve(const Arguments& arguments, Environment& environment) {
  const auto configuration = read_configuration(arguments, environment);
  if (!configuration) {
    return environment.fail(configuration.error());
  }
  keep_freed_memory();
  auto application =
      app::Application::start(*configuration, environment.clock(), environment.files());
  if (!application) {
    return environment.fail(application.error());
  }
  std::signal(SIGHUP, on_hangup);
  app::ServiceManager manager(environment_variable);
  environment.say(fmt::format("weir: listening on {}, data in {}\n",
                              url_of(*configuration, **application), configuration->data));
  if (const app::CollectorRunner* const collector = (*application)->collector()) {
    std::string text = "weir: taking GENEVE and VXLAN at";
    for (const collector::ListenAddress& address : collector->addresses()) {
      text += " " + to_string(address);
    }
    environment.say(text + "\n");
  }
  if (const int code = say_first_path(*configuration, **application, environment);
      code != kExitDone) {
    return code;
  }
  manager.tell_ready();
  auto due = std::chrono::steady_clock::now();
  while (!environment.cancel().is_cancelled()) {
    if (wants_reload.exchange(false)) {
      manager.tell_reloading(environment.clock().monotonic_ns());
      const auto done = (*application)->reload();
      manager.tell_ready();
      environment.say(done ? std::string("weir: reloaded\n")
                           : fmt::format("weir: not reloaded: {}\n", done.error().message));
    }
    if (std::chrono::steady_clock::now() >= due) {
      due = std::chrono::steady_clock::now() + std::chrono::seconds(1);
      (*application)->tick();
      say_problems_of_probe(**application, environment);
      manager.tell_alive(environment.clock().monotonic_ns());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  manager.tell_stopping();
  environment.say("weir: stopping\n");
  const bool is_clean = (*application)->stop();
  environment.say(is_clean ? "weir: stopped\n"
                           : "weir: stopped; some requests had not ended in time\n");
  return kExitDone;
}

}  // namespace weir::cli
