#include "app/configuration.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "app/settings.h"
#include "base/ip_address.h"
#include "base/number.h"
#include "collector/listen_address.h"

namespace weir::app {
namespace {

using Values = Setting::Values;

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

std::vector<std::string_view> sections() {
  std::vector<std::string_view> names;
  for (const Setting& setting : all_settings()) {
    const std::string_view section = setting.name.substr(0, setting.name.find('.'));
    if (names.empty() || names.back() != section) {
      names.push_back(section);
    }
  }
  return names;
}

}  // namespace

Result<void> apply_file(std::string_view text, const std::string& path,
                        Configuration& configuration) {
  try {
    const toml::table document = toml::parse(text, path);
    for (const auto& [section, content] : document) {
      const toml::table* table = content.as_table();
      if (table == nullptr) {
        return fail(
            ErrorCode::kInput,
            fmt::format("{}:{}: '{}' stands in no section; sections are {}", path,
                        content.source().begin.line, section.str(), fmt::join(sections(), ", ")));
      }
      for (const auto& [key, node] : *table) {
        const std::string origin = fmt::format("{}:{}", path, node.source().begin.line);
        auto done = apply_setting(fmt::format("{}.{}", section.str(), key.str()), texts_of(node),
                                  origin, configuration);
        if (!done) {
          return fail(ErrorCode::kInput, fmt::format("{}: {}", origin, done.error().message));
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
    if (auto done = apply_setting(setting.name, values, name, configuration); !done) {
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

std::vector<std::string> find_problems(const Configuration& configuration, io::FileSystem& files) {
  std::vector<std::string> problems;
  const auto add = [&](std::string_view name, const auto& done) {
    if (!done) {
      problems.push_back(
          fmt::format("{}{}{}", name, name.empty() ? "" : ": ", done.error().message));
    }
  };
  add("", check(configuration));
  for (const Setting& setting : all_settings()) {
    const bool names_files = setting.name.ends_with("_file") || setting.name.ends_with("_files") ||
                             setting.name == "probe.http_ca";
    if (names_files) {
      for (const std::string& path : setting.show(configuration)) {
        add(setting.name, files.open_random(path));
      }
    }
  }
  for (const std::string& address : configuration.collector.listen) {
    add("collector.listen", collector::parse_listen_address(address));
  }
  add("probe", probe::check(configuration.probe));
  add("probe.targets", probe::monitor_options(configuration.probe));
  return problems;
}

}  // namespace weir::app
