#include "app/configuration.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "api/access_keys.h"
#include "base/ip_address.h"
#include "base/nearest_name.h"
#include "base/number.h"

namespace weir::app {
namespace {

using Values = std::vector<std::string>;

Result<void> read_bool(const Values& values, bool& target) {
  if (values.front() != "true" && values.front() != "false") {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is neither true nor false", values.front()));
  }
  target = values.front() == "true";
  return {};
}

Result<void> apply_account(Configuration& configuration, const Values& values) {
  const std::string& account = values.front();
  if (!api::is_account_id(account)) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no account: 12 digits", account));
  }
  configuration.account = account;
  return {};
}

Result<void> read_networks(const Values& values, Values& target) {
  for (const std::string& value : values) {
    if (!parse_prefix(value)) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no network such as 10.0.0.0/8", value));
    }
  }
  target = values;
  return {};
}

Result<void> apply_dialect(Configuration& configuration, const Values& values) {
  if (values.front() != "helpful" && values.front() != "cloudwatch") {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is neither helpful nor cloudwatch", values.front()));
  }
  configuration.dialect = values.front();
  return {};
}

Result<void> apply_workers(Configuration& configuration, const Values& values) {
  const auto number = parse_int64(values.front());
  if (!number || *number < 1 || *number > 256) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no number from 1 to 256", values.front()));
  }
  configuration.workers = *number;
  return {};
}

Result<void> read_number(const Values& values, std::int64_t least, std::int64_t most,
                         std::int64_t& target) {
  const auto number = parse_int64(values.front());
  if (!number || *number < least || *number > most) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no whole number from {} to {}", values.front(), least, most));
  }
  target = *number;
  return {};
}

Result<void> read_size(const Values& values, std::uint64_t& target) {
  const auto size = parse_byte_size(values.front());
  if (!size || *size == 0) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no size such as 64MB", values.front()));
  }
  target = *size;
  return {};
}

// A text of [probe].
template <std::string probe::Settings::*Member>
Setting text_setting(std::string_view name, std::string_view summary) {
  return {name, summary, [](Configuration& configuration, const Values& values) -> Result<void> {
            configuration.probe.*Member = values.front();
            return {};
          }};
}

Values texts_of(const toml::node& node) {
  Values values;
  const auto add = [&](const toml::node& item) {
    if (const auto text = item.value<std::string>()) {
      values.push_back(*text);
    } else if (const auto flag = item.value_exact<bool>()) {
      values.emplace_back(*flag ? "true" : "false");
    } else if (const auto number = item.value_exact<std::int64_t>()) {
      values.push_back(std::to_string(*number));
    }
  };
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& item : *array) {
      add(item);
    }
  } else {
    add(node);
  }
  return values;
}

Result<void> apply_setting(const std::string& name, const Values& values,
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
      }
      return done;
    }
    names.emplace_back(setting.name);
  }
  return fail(ErrorCode::kUsage,
              fmt::format("there is no setting '{}';{}", name, did_you_mean(name, names)));
}

}  // namespace

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> kSettings = {
      {"server.listen", "address and port",
       [](Configuration& c, const Values& v) { return apply_listen(v.front(), c); }},
      {"server.certificate_file", "PEM chain; switches TLS on",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.certificate_file = v.front();
         return {};
       }},
      {"server.key_file", "PEM private key of the certificate",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.key_file = v.front();
         return {};
       }},
      {"server.hosts", "names that the server may be called by",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.hosts = v;
         return {};
       },
       true},
      {"server.require_keys", "check signatures on loopback as well",
       [](Configuration& c, const Values& v) { return read_bool(v, c.requires_keys); }},
      {"server.workers", "requests answered at a time", apply_workers},
      {"aws.account_id", "the account that this server is", apply_account},
      {"aws.region", "the region of calls that do not say",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.region = v.front();
         return {};
       }},
      {"logs.flow_log_prefix", "log groups that show the flow table",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.flow_log_prefix = v.front();
         return {};
       }},
      {"logs.dialect", "how Logs Insights QL is read: helpful, cloudwatch", apply_dialect},
      {"flows.vpc_cidrs", "networks of ours, for scopes and traffic classes",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.enrichment.vpc_cidrs = v;
         return {};
       },
       true},
      {"flows.geo_files", "MaxMind-format databases of countries, cities, networks",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.enrichment.geo_files = v;
         return {};
       },
       true},
      {"flows.aws_ranges_file", "AWS's ip-ranges.json",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.enrichment.aws_ranges_file = v.front();
         return {};
       }},
      {"flows.inventory_files", "JSON of EC2's describe calls: who has which address",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.inventory_files = v;
         return {};
       },
       true},
      {"ingest.paths", "files and directories of flow logs, looked at again and again",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.ingest_paths = v;
         return {};
       },
       true},
      {"metrics.dimensionless_rollup", "namespaces whose data also counts without dimensions",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.dimensionless_rollup = v;
         return {};
       },
       true},
      {"notify.allow", "private networks that notifications may go to",
       [](Configuration& c, const Values& v) { return read_networks(v, c.allowed_networks); },
       true},
      {"collector.listen", "ADDR[:PORT] to take GENEVE and VXLAN at",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.collector.listen = v;
         return {};
       },
       true},
      {"collector.allow", "networks that may send there, as in 10.0.0.0/16 (else this machine)",
       [](Configuration& c, const Values& v) { return read_networks(v, c.collector.allow); }, true},
      {"collector.pass_through", "give every GENEVE packet back, as a gateway's target must",
       [](Configuration& c, const Values& v) { return read_bool(v, c.collector.is_pass_through); }},
      {"collector.role", "endpoint drops unknown critical options, observer keeps them",
       [](Configuration& c, const Values& v) -> Result<void> {
         if (v.front() != "endpoint" && v.front() != "observer") {
           return fail(ErrorCode::kUsage,
                       fmt::format("'{}' is neither endpoint nor observer", v.front()));
         }
         c.collector.role = v.front();
         return {};
       }},
      {"collector.health_port", "TCP port for health checks on the first address; 0: none",
       [](Configuration& c, const Values& v) {
         return read_number(v, 0, 65'535, c.collector.health_port);
       }},
      {"collector.receivers", "threads, each with its sockets, 1 to 64",
       [](Configuration& c, const Values& v) {
         return read_number(v, 1, 64, c.collector.receivers);
       }},
      {"collector.receive_buffer", "of each socket, as in 32MB",
       [](Configuration& c, const Values& v) {
         return read_size(v, c.collector.receive_buffer_bytes);
       }},
      {"probe.enabled", "measure this host while the server runs",
       [](Configuration& c, const Values& v) -> Result<void> {
         bool is_on = false;
         WEIR_RETURN_IF_ERROR(read_bool(v, is_on));
         c.probe.is_on = is_on;
         return {};
       }},
      {"probe.targets", "addresses and names to send probes to",
       [](Configuration& c, const Values& v) -> Result<void> {
         c.probe.targets = v;
         return {};
       },
       true},
      {"probe.interval_s", "length of a round, 1 to 86400",
       [](Configuration& c, const Values& v) {
         return read_number(v, 1, 86'400, c.probe.interval_s);
       }},
      {"probe.probe_interval_ms", "between probes of one target",
       [](Configuration& c, const Values& v) {
         return read_number(v, 1, 86'400'000, c.probe.probe_interval_ms);
       }},
      {"probe.timeout_ms", "after which a probe is lost",
       [](Configuration& c, const Values& v) {
         return read_number(v, 1, 42'000, c.probe.timeout_ms);
       }},
      {"probe.remotes", "remote addresses of TCP connections to tell of",
       [](Configuration& c, const Values& v) {
         return read_number(v, 0, 10'000, c.probe.remotes);
       }},
      text_setting<&probe::Settings::http_status>("probe.http_status",
                                                  "of pages that are as wanted: 200-399"),
      {"probe.http_redirects", "that are followed, 0 to 20",
       [](Configuration& c, const Values& v) {
         return read_number(v, 0, 20, c.probe.http_redirects);
       }},
      {"probe.http_max_body", "most of a page, as in 1MB",
       [](Configuration& c, const Values& v) { return read_size(v, c.probe.http_max_body); }},
      text_setting<&probe::Settings::http_ca>(
          "probe.http_ca", "file of the certificates that pages' are trusted by"),
      {"probe.trace_loss_percent", "loss of a round at which the way is traced; 0: never",
       [](Configuration& c, const Values& v) {
         return read_number(v, 0, 100, c.probe.trace_loss_percent);
       }},
      {"probe.scheme", "names of metrics: document, target, both",
       [](Configuration& c, const Values& v) -> Result<void> {
         WEIR_ASSIGN_OR_RETURN(c.probe.scheme, probe::parse_scheme(v.front()));
         return {};
       }},
      {"probe.high_resolution", "store by the second",
       [](Configuration& c, const Values& v) { return read_bool(v, c.probe.is_high_resolution); }},
      {"probe.publish", "PutMetricData to CloudWatch or probe.endpoint_url",
       [](Configuration& c, const Values& v) { return read_bool(v, c.probe.publishes); }},
      {"probe.spool_size", "most that waits to be published, as in 64MB",
       [](Configuration& c, const Values& v) { return read_size(v, c.probe.spool_bytes); }},
      text_setting<&probe::Settings::instance_id>("probe.instance_id", "dimension InstanceId"),
      text_setting<&probe::Settings::vpc_id>("probe.vpc_id", "dimension VpcId"),
      text_setting<&probe::Settings::endpoint>("probe.endpoint_url", "where PutMetricData goes"),
      text_setting<&probe::Settings::region>("probe.region", "of CloudWatch"),
      text_setting<&probe::Settings::profile>("probe.profile", "of ~/.aws, for credentials"),
      text_setting<&probe::Settings::spool>("probe.spool", "directory where batches wait"),
      text_setting<&probe::Settings::otlp>("probe.otlp", "base URL of OTLP/HTTP"),
      text_setting<&probe::Settings::prometheus>("probe.prometheus", "address of a page to scrape"),
  };
  return kSettings;
}

Result<void> apply_file(std::string_view text, const std::string& path,
                        Configuration& configuration) {
  try {
    const toml::table document = toml::parse(text, path);
    for (const auto& [section, content] : document) {
      const toml::table* table = content.as_table();
      if (table == nullptr) {
        return fail(ErrorCode::kInput,
                    fmt::format("{}:{}: '{}' stands in no section; sections are server, aws, logs, "
                                "flows, ingest, collector, metrics, notify, probe",
                                path, content.source().begin.line, section.str()));
      }
      for (const auto& [key, node] : *table) {
        auto done = apply_setting(fmt::format("{}.{}", section.str(), key.str()), texts_of(node),
                                  configuration);
        if (!done) {
          return fail(ErrorCode::kInput, fmt::format("{}:{}: {}", path, node.source().begin.line,
                                                     done.error().message));
        }
      }
    }
  } catch (const toml::parse_error& error) {  // toml++'s way of saying so
    return fail(ErrorCode::kInput, fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                                               error.source().begin.column, error.description()));
  }
  return {};
}

Result<void> apply_environment(
    const std::function<std::optional<std::string>(const std::string&)>& get,
    Configuration& configuration) {
  for (const Setting& setting : all_settings()) {
    std::string name = "WEIR_" + std::string(setting.name);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    const auto value = get(name);
    if (!value) {
      continue;
    }
    Values values;
    for (std::size_t begin = 0; begin <= value->size();) {
      const std::size_t comma =
          setting.is_list ? std::min(value->find(',', begin), value->size()) : value->size();
      values.push_back(value->substr(begin, comma - begin));
      begin = comma + 1;
    }
    if (auto done = apply_setting(std::string(setting.name), values, configuration); !done) {
      return fail(ErrorCode::kUsage, fmt::format("{}: {}", name, done.error().message));
    }
  }
  return {};
}

Result<void> apply_listen(std::string_view text, Configuration& configuration) {
  const std::size_t colon = text.rfind(':');
  std::string_view address = text.substr(0, std::min(colon, text.size()));
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  std::int64_t port = -1;
  if (colon != std::string_view::npos) {
    port = parse_int64(text.substr(colon + 1)).value_or(-1);
  }
  if (!parse_ip(address) || port < 0 || port > 65'535) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no address and port such as 127.0.0.1:7070", text));
  }
  configuration.address = address;
  configuration.port = static_cast<std::uint16_t>(port);
  return {};
}

bool is_loopback(const Configuration& configuration) {
  const IpAddress address = parse_ip(configuration.address).value_or(IpAddress{1, 1});
  return parse_prefix("127.0.0.0/8")->contains(address) || address == *parse_ip("::1");
}

Result<void> check(const Configuration& configuration) {
  if (configuration.certificate_file.empty() != configuration.key_file.empty()) {
    return fail(ErrorCode::kUsage,
                "server.certificate_file and server.key_file go together: give both");
  }
  if (!is_loopback(configuration) && configuration.certificate_file.empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} can be reached from outside, so it needs TLS: give "
                            "server.certificate_file and server.key_file, or listen on 127.0.0.1",
                            configuration.address));
  }
  return {};
}

}  // namespace weir::app
