#include "cli/probe_settings.h"

#include <fmt/format.h>

#include <cstdlib>

namespace weir::cli {
namespace {

Result<std::string> read_whole(io::FileSystem& files, const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  if (file->size() > (1U << 20)) {
    return fail(ErrorCode::kInput, fmt::format("{}: too large for a configuration", path));
  }
  std::string text(file->size(), '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t num_bytes, file->read_at(0, text));
  text.resize(num_bytes);
  return text;
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<void> apply_configuration(const Arguments& arguments, Environment& environment,
                                 app::Configuration& configuration) {
  const std::string path(
      arguments.value("config", environment_variable("WEIR_CONFIG").value_or("")));
  if (!path.empty()) {
    WEIR_ASSIGN_OR_RETURN(const std::string text, read_whole(environment.files(), path));
    WEIR_RETURN_IF_ERROR(app::apply_file(text, path, configuration));
  }
  return app::apply_environment(environment_variable, configuration);
}

Result<probe::Settings> read_probe_settings(const Arguments& arguments, Environment& environment) {
  app::Configuration configuration;
  WEIR_RETURN_IF_ERROR(apply_configuration(arguments, environment, configuration));
  probe::Settings settings = configuration.probe;
  if (arguments.has("target")) {
    settings.targets = arguments.values("target");
  }
  WEIR_ASSIGN_OR_RETURN(settings.interval_s, arguments.number("interval", settings.interval_s));
  WEIR_ASSIGN_OR_RETURN(settings.probe_interval_ms,
                        arguments.number("probe-interval", settings.probe_interval_ms));
  WEIR_ASSIGN_OR_RETURN(settings.timeout_ms, arguments.number("timeout", settings.timeout_ms));
  WEIR_ASSIGN_OR_RETURN(settings.remotes, arguments.number("remotes", settings.remotes, 0));
  if (arguments.has("scheme")) {
    WEIR_ASSIGN_OR_RETURN(settings.scheme,
                          probe::parse_scheme(std::string(arguments.value("scheme"))));
  }
  const auto text = [&](std::string_view option, std::string& value) {
    value = arguments.value(option, value);
  };
  text("instance-id", settings.instance_id);
  text("vpc-id", settings.vpc_id);
  text("endpoint-url", settings.endpoint);
  text("region", settings.region);
  text("profile", settings.profile);
  text("spool", settings.spool);
  text("prometheus", settings.prometheus);
  text("otlp", settings.otlp);
  text("http-status", settings.http_status);
  text("http-ca", settings.http_ca);
  WEIR_ASSIGN_OR_RETURN(settings.http_redirects,
                        arguments.number("http-redirects", settings.http_redirects, 0));
  WEIR_ASSIGN_OR_RETURN(settings.trace_loss_percent,
                        arguments.number("trace-loss", settings.trace_loss_percent, 0));
  settings.is_high_resolution = settings.is_high_resolution || arguments.has("high-resolution");
  settings.publishes = settings.publishes || arguments.has("publish");
  if (arguments.has("once")) {
    settings.interval_s = 86'400;  // whose round is as long as its probes take
  }
  WEIR_RETURN_IF_ERROR(check(settings));
  return settings;
}

}  // namespace weir::cli
