#include "app/settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <sstream>
#include <utility>

#include "api/access_keys.h"
#include "base/ip_address.h"
#include "base/nearest_name.h"
#include "base/number.h"

namespace weir::app {
namespace {

using Values = Setting::Values;

// The functions below make a setting of one member of Configuration. `Access` gives it, as
// [](auto& c) -> auto& { return c.region; } does.
template <class Access>
Setting text(std::string_view name, std::string_view summary, Access /*access*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            Access()(configuration) = values.front();
            return {};
          },
          [](const Configuration& configuration) -> Values {
            const std::string& value = Access()(configuration);
            return value.empty() ? Values() : Values{value};
          }};
}

template <class Access>
Setting list(std::string_view name, std::string_view summary, Access /*access*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            Access()(configuration) = values;
            return {};
          },
          [](const Configuration& configuration) -> Values { return Access()(configuration); },
          true};
}

template <class Access>
Setting networks(std::string_view name, std::string_view summary, Access access) {
  Setting setting = list(name, summary, access);
  setting.apply = [](Configuration& configuration, const Values& values) -> Result<void> {
    for (const std::string& value : values) {
      if (!parse_prefix(value)) {
        return fail(ErrorCode::kUsage, fmt::format("'{}' is no network such as 10.0.0.0/8", value));
      }
    }
    Access()(configuration) = values;
    return {};
  };
  return setting;
}

template <class Access>
Setting flag(std::string_view name, std::string_view summary, Access /*access*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            if (values.front() != "true" && values.front() != "false") {
              return fail(ErrorCode::kUsage,
                          fmt::format("'{}' is neither true nor false", values.front()));
            }
            Access()(configuration) = values.front() == "true";
            return {};
          },
          [](const Configuration& configuration) -> Values {
            return {Access()(configuration) ? "true" : "false"};
          }};
}

// A whole number of a range.
template <std::int64_t Least, std::int64_t Most, class Access>
Setting number(std::string_view name, std::string_view summary, Access /*access*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            const auto value = parse_int64(values.front());
            if (!value || *value < Least || *value > Most) {
              return fail(ErrorCode::kUsage, fmt::format("'{}' is no whole number from {} to {}",
                                                         values.front(), Least, Most));
            }
            Access()(configuration) = *value;
            return {};
          },
          [](const Configuration& configuration) -> Values {
            return {std::to_string(Access()(configuration))};
          }};
}

template <class Access>
Setting size(std::string_view name, std::string_view summary, Access /*access*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            const auto bytes = parse_byte_size(values.front());
            if (!bytes || *bytes == 0) {
              return fail(ErrorCode::kUsage,
                          fmt::format("'{}' is no size such as 64MB", values.front()));
            }
            Access()(configuration) = *bytes;
            return {};
          },
          [](const Configuration& configuration) -> Values {
            return {std::to_string(Access()(configuration))};
          }};
}

// One of the pairs of a text and what it stands for that `Choices` gives.
template <class Access, class Choices>
Setting choice(std::string_view name, std::string_view summary, Access /*access*/,
               Choices /*choices*/) {
  return {name, summary,
          [](Configuration& configuration, const Values& values) -> Result<void> {
            std::string names;
            for (const auto& [text, value] : Choices()()) {
              if (text == values.front()) {
                Access()(configuration) = value;
                return {};
              }
              names += fmt::format("{}{}", names.empty() ? "" : ", ", text);
            }
            return fail(ErrorCode::kUsage,
                        fmt::format("'{}' is none of {}", values.front(), names));
          },
          [](const Configuration& configuration) -> Values {
            for (const auto& [text, value] : Choices()()) {
              if (value == Access()(configuration)) {
                return {std::string(text)};
              }
            }
            return {};
          }};
}

// Choices that stand for themselves.
template <class... Texts>
auto texts(Texts... all) {
  return std::array{std::pair<std::string_view, std::string_view>{all, all}...};
}

constexpr std::array kLogLevels = {std::pair{name_of(LogLevel::kDebug), LogLevel::kDebug},
                                   std::pair{name_of(LogLevel::kInfo), LogLevel::kInfo},
                                   std::pair{name_of(LogLevel::kWarning), LogLevel::kWarning},
                                   std::pair{name_of(LogLevel::kError), LogLevel::kError}};
constexpr std::array kSchemes = {
    std::pair<std::string_view, probe::Scheme>{"document", probe::Scheme::kDocument},
    std::pair<std::string_view, probe::Scheme>{"target", probe::Scheme::kTarget},
    std::pair<std::string_view, probe::Scheme>{"both", probe::Scheme::kBoth}};

Result<void> apply_account(Configuration& configuration, const Values& values) {
  if (!api::is_account_id(values.front())) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no account: 12 digits", values.front()));
  }
  configuration.account = values.front();
  return {};
}

Values listen_of(const Configuration& c) {
  const bool is_v6 = c.address.find(':') != std::string::npos;
  return {fmt::format("{}{}{}:{}", is_v6 ? "[" : "", c.address, is_v6 ? "]" : "", c.port)};
}

std::vector<Setting> server_settings() {
  return {
      {"server.listen", "address and port",
       [](Configuration& c, const Values& v) { return apply_listen(v.front(), c); }, listen_of},
      text(
          "server.certificate_file", "PEM chain; switches TLS on",
          [](auto& c) -> auto& { return c.certificate_file; }),
      text(
          "server.key_file", "PEM private key of the certificate",
          [](auto& c) -> auto& { return c.key_file; }),
      list(
          "server.hosts", "names that the server may be called by",
          [](auto& c) -> auto& { return c.hosts; }),
      flag(
          "server.require_keys", "check signatures on loopback as well",
          [](auto& c) -> auto& { return c.requires_keys; }),
      number<1, 256>(
          "server.workers", "requests answered at a time",
          [](auto& c) -> auto& { return c.workers; }),
      choice(
          "log.level", "least level of log lines: debug, info, warning, error",
          [](auto& c) -> auto& { return c.log_level; }, [] { return kLogLevels; }),
      choice(
          "log.form", "of log lines: json, pretty, auto (pretty on a terminal)",
          [](auto& c) -> auto& { return c.log_form; },
          [] { return texts("auto", "json", "pretty"); }),
      {"aws.account_id", "the account that this server is", apply_account,
       [](const Configuration& c) -> Values { return {c.account}; }},
      text(
          "aws.region", "the region of calls that do not say",
          [](auto& c) -> auto& { return c.region; }),
      text(
          "logs.flow_log_prefix", "log groups that show the flow table",
          [](auto& c) -> auto& { return c.flow_log_prefix; }),
      choice(
          "logs.dialect", "how Logs Insights QL is read: helpful, cloudwatch",
          [](auto& c) -> auto& { return c.dialect; },
          [] { return texts("helpful", "cloudwatch"); }),
      list(
          "metrics.dimensionless_rollup", "namespaces whose data also counts without dimensions",
          [](auto& c) -> auto& { return c.dimensionless_rollup; }),
      networks(
          "notify.allow", "private networks that notifications may go to",
          [](auto& c) -> auto& { return c.allowed_networks; })};
}

std::vector<Setting> flow_settings() {
  return {
      list(
          "flows.vpc_cidrs", "networks of ours, for scopes and traffic classes",
          [](auto& c) -> auto& { return c.enrichment.vpc_cidrs; }),
      list(
          "flows.geo_files", "MaxMind-format databases of countries, cities, networks",
          [](auto& c) -> auto& { return c.enrichment.geo_files; }),
      text(
          "flows.aws_ranges_file", "AWS's ip-ranges.json",
          [](auto& c) -> auto& { return c.enrichment.aws_ranges_file; }),
      list(
          "flows.inventory_files", "JSON of EC2's describe calls: who has which address",
          [](auto& c) -> auto& { return c.inventory_files; }),
      list(
          "ingest.paths", "files and directories of flow logs, looked at again and again",
          [](auto& c) -> auto& { return c.ingest_paths; }),
      list(
          "collector.listen", "ADDR[:PORT] to take GENEVE and VXLAN at",
          [](auto& c) -> auto& { return c.collector.listen; }),
      networks(
          "collector.allow", "networks that may send there, as in 10.0.0.0/16 (else this machine)",
          [](auto& c) -> auto& { return c.collector.allow; }),
      flag(
          "collector.pass_through", "give every GENEVE packet back, as a gateway's target must",
          [](auto& c) -> auto& { return c.collector.is_pass_through; }),
      choice(
          "collector.role", "endpoint drops unknown critical options, observer keeps them",
          [](auto& c) -> auto& { return c.collector.role; },
          [] { return texts("endpoint", "observer"); }),
      number<0, 65'535>(
          "collector.health_port", "TCP port for health checks on the first address; 0: none",
          [](auto& c) -> auto& { return c.collector.health_port; }),
      number<1, 64>(
          "collector.receivers", "threads, each with its sockets, 1 to 64",
          [](auto& c) -> auto& { return c.collector.receivers; }),
      size(
          "collector.receive_buffer", "of each socket, as in 32MB",
          [](auto& c) -> auto& { return c.collector.receive_buffer_bytes; })};
}

// Where nothing is said, it is as there are targets.
Setting probe_enabled() {
  Setting setting = flag(
      "probe.enabled", "measure this host while the server runs",
      [](auto& c) -> auto& { return c.probe.is_on; });
  setting.show = [](const Configuration& c) -> Values {
    return {c.probe.is_on.value_or(!c.probe.targets.empty()) ? "true" : "false"};
  };
  return setting;
}

std::vector<Setting> probe_settings() {
  return {probe_enabled(),
          list(
              "probe.targets", "addresses and names to send probes to",
              [](auto& c) -> auto& { return c.probe.targets; }),
          number<1, 86'400>(
              "probe.interval_s", "length of a round, 1 to 86400",
              [](auto& c) -> auto& { return c.probe.interval_s; }),
          number<1, 86'400'000>(
              "probe.probe_interval_ms", "between probes of one target",
              [](auto& c) -> auto& { return c.probe.probe_interval_ms; }),
          number<1, 42'000>(
              "probe.timeout_ms", "after which a probe is lost",
              [](auto& c) -> auto& { return c.probe.timeout_ms; }),
          number<0, 10'000>(
              "probe.remotes", "remote addresses of TCP connections to tell of",
              [](auto& c) -> auto& { return c.probe.remotes; }),
          text(
              "probe.http_status", "of pages that are as wanted: 200-399",
              [](auto& c) -> auto& { return c.probe.http_status; }),
          number<0, 20>(
              "probe.http_redirects", "that are followed, 0 to 20",
              [](auto& c) -> auto& { return c.probe.http_redirects; }),
          size(
              "probe.http_max_body", "most of a page, as in 1MB",
              [](auto& c) -> auto& { return c.probe.http_max_body; }),
          text(
              "probe.http_ca", "file of the certificates that pages' are trusted by",
              [](auto& c) -> auto& { return c.probe.http_ca; }),
          number<0, 100>(
              "probe.trace_loss_percent", "loss of a round at which the way is traced; 0: never",
              [](auto& c) -> auto& { return c.probe.trace_loss_percent; }),
          choice(
              "probe.scheme", "names of metrics: document, target, both",
              [](auto& c) -> auto& { return c.probe.scheme; }, [] { return kSchemes; }),
          flag(
              "probe.high_resolution", "store by the second",
              [](auto& c) -> auto& { return c.probe.is_high_resolution; }),
          flag(
              "probe.publish", "PutMetricData to CloudWatch or probe.endpoint_url",
              [](auto& c) -> auto& { return c.probe.publishes; }),
          size(
              "probe.spool_size", "most that waits to be published, as in 64MB",
              [](auto& c) -> auto& { return c.probe.spool_bytes; }),
          text(
              "probe.instance_id", "dimension InstanceId",
              [](auto& c) -> auto& { return c.probe.instance_id; }),
          text(
              "probe.vpc_id", "dimension VpcId", [](auto& c) -> auto& { return c.probe.vpc_id; }),
          text(
              "probe.endpoint_url", "where PutMetricData goes",
              [](auto& c) -> auto& { return c.probe.endpoint; }),
          text(
              "probe.region", "of CloudWatch", [](auto& c) -> auto& { return c.probe.region; }),
          text(
              "probe.profile", "of ~/.aws, for credentials",
              [](auto& c) -> auto& { return c.probe.profile; }),
          text(
              "probe.spool", "directory where batches wait",
              [](auto& c) -> auto& { return c.probe.spool; }),
          text(
              "probe.otlp", "base URL of OTLP/HTTP", [](auto& c) -> auto& { return c.probe.otlp; }),
          text(
              "probe.prometheus", "address of a page to scrape",
              [](auto& c) -> auto& { return c.probe.prometheus; })};
}

std::string quoted(std::string_view text) {
  std::ostringstream out;
  out << toml::value<std::string>(std::string(text));
  return out.str();
}

// As TOML: true, 5, "text", ["a", "b"].
std::string value_text(const Setting& setting, const Values& values) {
  if (setting.is_list) {
    std::string text;
    for (const std::string& value : values) {
      text += (text.empty() ? "" : ", ") + quoted(value);
    }
    return "[" + text + "]";
  }
  const bool is_bare = values.front() == "true" || values.front() == "false" ||
                       (parse_int64(values.front()) && setting.name != "aws.account_id");
  return is_bare ? values.front() : quoted(values.front());
}

}  // namespace

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> kSettings = [] {
    std::vector<Setting> settings = server_settings();
    for (const auto& more : {flow_settings(), probe_settings()}) {
      settings.insert(settings.end(), more.begin(), more.end());
    }
    return settings;
  }();
  return kSettings;
}

Result<void> apply_setting(std::string_view name, const Values& values, std::string_view origin,
                           Configuration& configuration) {
  std::vector<std::string> names;
  for (const Setting& setting : all_settings()) {
    if (setting.name == name) {
      if (!setting.is_list && values.size() != 1) {
        return fail(ErrorCode::kUsage, fmt::format("{} takes one value", name));
      }
      auto done = setting.apply(configuration, values);
      if (!done) {
        done.error().message = fmt::format("{}: {}", name, done.error().message);
      } else {
        configuration.origins[std::string(name)] = origin;
      }
      return done;
    }
    names.emplace_back(setting.name);
  }
  return fail(ErrorCode::kUsage, fmt::format("there is no setting '{}';{}", name,
                                             did_you_mean(std::string(name), names)));
}

std::string write_settings(const Configuration& configuration, bool has_origins) {
  std::string text;
  std::string_view section;
  for (const Setting& setting : all_settings()) {
    const std::size_t dot = setting.name.find('.');
    if (setting.name.substr(0, dot) != section) {
      section = setting.name.substr(0, dot);
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
    }
    const Values values = setting.show(configuration);
    const bool is_unset = values.empty() && !setting.is_list;
    const auto origin = configuration.origins.find(setting.name);
    const std::string line =
        fmt::format("{}{} = {}", is_unset ? "# " : "", setting.name.substr(dot + 1),
                    is_unset ? "\"\"" : value_text(setting, values));
    text += has_origins
                ? fmt::format("{:<44} # {}\n", line,
                              origin == configuration.origins.end() ? "default" : origin->second)
                : line + "\n";
  }
  return text;
}

}  // namespace weir::app
