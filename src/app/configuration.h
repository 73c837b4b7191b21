#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/collector_settings.h"
#include "base/log.h"
#include "base/result.h"
#include "flow/enrichment.h"
#include "io/file_system.h"
#include "probe/settings.h"

namespace weir::app {

// What `weir serve` is told.
struct Configuration {
  std::string data;  // the store's directory
  // [server]
  std::string address = "127.0.0.1";
  std::uint16_t port = 7070;
  std::string certificate_file;
  std::string key_file;
  std::vector<std::string> hosts;
  bool requires_keys = false;
  std::int64_t workers = 4;
  // [log]
  LogLevel log_level = LogLevel::kInfo;
  std::string log_form = "auto";  // json, pretty; auto: pretty on a terminal
  // [aws]
  std::string account = "123456789012";
  std::string region = "us-east-1";
  // [logs]
  std::string flow_log_prefix = "/aws/vpc/flowlogs/";  // groups of this prefix are the flow table
  std::string dialect = "helpful";                     // or cloudwatch
  // [flows]
  flow::EnrichmentOptions enrichment;
  std::vector<std::string> inventory_files;  // of EC2's describe calls and their kin
  // [ingest]
  std::vector<std::string> ingest_paths;  // taken in while the server runs
  // [collector]
  CollectorSettings collector;
  // [metrics]
  std::vector<std::string> dimensionless_rollup;  // namespaces
  // [notify]
  std::vector<std::string> allowed_networks;  // notifications may go there, beside public addresses
  // [probe]
  probe::Settings probe;
  // Where settings came from, by name: "weir.toml:3", "WEIR_AWS_REGION"; the others are defaults.
  std::map<std::string, std::string, std::less<>> origins;
};

// Reads "server.listen" and its kin from a TOML document. Errors name file, line and the nearest
// key.
[[nodiscard]] Result<void> apply_file(std::string_view text, const std::string& path,
                                      Configuration& configuration);
// From WEIR_SERVER_LISTEN and its kin; `get` gives a variable's value.
[[nodiscard]] Result<void> apply_environment(
    const std::function<std::optional<std::string>(const std::string&)>& get,
    Configuration& configuration);
// "127.0.0.1:7070", "[::1]:7070"
[[nodiscard]] Result<void> apply_listen(std::string_view text, Configuration& configuration);
// What must hold together: who listens beyond this machine needs TLS and keys.
[[nodiscard]] Result<void> check(const Configuration& configuration);
// Everything that `weir serve` would stumble over at its start, beside what check() finds: files
// that cannot be read, targets and addresses that are none.
[[nodiscard]] std::vector<std::string> find_problems(const Configuration& configuration,
                                                     io::FileSystem& files);
[[nodiscard]] bool is_loopback(const Configuration& configuration);

}  // namespace weir::app
