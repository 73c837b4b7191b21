#include "probe/target_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/ip_address.h"
#include "base/number.h"

namespace weir::probe {
namespace {

// Longer ones would be cut as the value of a dimension, and as part of a namespace.
constexpr std::size_t kMaxTextBytes = 200;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  const bool has_it = text.starts_with(prefix);
  text.remove_prefix(has_it ? prefix.size() : 0);
  return has_it;
}

// HOST, HOST:PORT, [V6], [V6]:PORT; false where it is none. Without a port `port` stays.
bool read_authority(std::string_view text, TargetText& target) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) {
    return false;
  }
  const std::size_t colon = text.find(':', bracket);
  if (colon != std::string_view::npos) {
    const auto port = parse_int64(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65'535) {
      return false;
    }
    target.port = static_cast<std::uint16_t>(*port);
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']')) {
    text = text.substr(1, text.size() - 2);
  }
  target.host = text;
  return target.port != 0 && (parse_ip(text) || write_dns_query(text, DnsType::kA, 0));
}

// What is behind dns://.
bool read_dns(std::string_view rest, TargetText& target) {
  target.port = 53;
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !read_authority(rest.substr(0, slash), target)) {
    return false;
  }
  std::string_view name = rest.substr(slash + 1);
  if (const std::size_t mark = name.find('?'); mark != std::string_view::npos) {
    std::string_view type = name.substr(mark + 1);
    if (!take_prefix(type, "type=") && !take_prefix(type, "TYPE=")) {
      return false;
    }
    const auto known = parse_dns_type(type);
    if (!known) {
      return false;
    }
    target.dns_type = *known;
    name = name.substr(0, mark);
  }
  target.dns_name = name;
  return write_dns_query(name, target.dns_type, 0).has_value();
}

// What is behind http:// or https://.
bool read_http(std::string_view rest, TargetText& target) {
  const bool is_plain = std::all_of(target.text.begin(), target.text.end(),
                                    [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  target.port = target.text.starts_with("https") ? 443 : 80;
  target.url = target.text;
  return is_plain && read_authority(rest.substr(0, rest.find_first_of("/?")), target);
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kTcp:
      return "tcp";
    case Method::kUdp:
      return "udp";
    case Method::kDns:
      return "dns";
    case Method::kHttp:
      return "http";
    case Method::kIcmp:
      break;
  }
  return "icmp";
}

std::string TargetText::label() const {
  return method == Method::kIcmp                             ? host
         : method == Method::kDns || method == Method::kHttp ? text
         : host.find(':') != std::string::npos               ? fmt::format("[{}]:{}", host, port)
                                                             : fmt::format("{}:{}", host, port);
}

Result<TargetText> parse_target(std::string_view text) {
  TargetText target;
  target.text = text;
  std::string_view rest = text;
  bool is_good = text.size() <= kMaxTextBytes;
  if (take_prefix(rest, "dns://")) {
    target.method = Method::kDns;
    is_good = is_good && read_dns(rest, target);
  } else if (take_prefix(rest, "http://") || take_prefix(rest, "https://")) {
    target.method = Method::kHttp;
    is_good = is_good && read_http(rest, target);
  } else if (take_prefix(rest, "tcp://") || take_prefix(rest, "udp://")) {
    target.method = text.front() == 't' ? Method::kTcp : Method::kUdp;
    is_good = is_good && read_authority(rest, target);
  } else {
    if (rest.starts_with('[') && rest.ends_with(']')) {
      rest = rest.substr(1, rest.size() - 2);
    }
    target.host = rest;
    is_good = parse_ip(rest) || write_dns_query(rest, DnsType::kA, 0);
  }
  if (!is_good) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no target: a host such as 10.0.0.5, ::1 or db.internal, "
                            "tcp://HOST:PORT, udp://HOST:PORT, dns://SERVER/NAME?type=AAAA or "
                            "https://HOST/PATH, of {} bytes at most",
                            text.substr(0, 300), kMaxTextBytes));
  }
  return target;
}

}  // namespace weir::probe
