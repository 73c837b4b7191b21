#include "cli/path_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/time_text.h"

namespace weir::cli {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void write_mtu(const probe::PathMtu& mtu, std::string& text) {
  text += fmt::format("path MTU {} bytes", mtu.bytes);
  switch (mtu.limit) {
    case probe::PathMtu::Limit::kHost:
      text += ", as much as this host's interface takes";
      break;
    case probe::PathMtu::Limit::kRouter:
      text += ", says " + to_string(mtu.told_by);
      break;
    case probe::PathMtu::Limit::kSilence:
      text += "; larger packets vanish, and nobody says why";
      break;
    case probe::PathMtu::Limit::kNone:
      text += " or more";
      break;
  }
  text += '\n';
}

}  // namespace

void write_path(const probe::PathTrace& trace, format::JsonWriter& json) {
  json.begin_object();
  json.key("address");
  json.string(to_string(trace.address));
  json.key("method");
  json.string(trace.method);
  json.key("timestamp");
  json.string(to_time_text(trace.time));
  json.key("reached");
  json.boolean(trace.is_reached);
  json.key("hops");
  json.begin_array();
  for (const probe::TraceHop& hop : trace.hops) {
    json.begin_object();
    json.key("ttl");
    json.unsigned_integer(hop.ttl);
    json.key("addresses");
    json.begin_array();
    for (const IpAddress& address : hop.addresses) {
      json.string(to_string(address));
    }
    json.end_array();
    json.key("sent");
    json.unsigned_integer(hop.sent);
    json.key("answered");
    json.unsigned_integer(hop.rtts_ms.size());
    if (!hop.rtts_ms.empty()) {
      json.key("rtt_min");
      json.number(*std::min_element(hop.rtts_ms.begin(), hop.rtts_ms.end()));
      json.key("rtt_avg");
      json.number(std::round(mean(hop.rtts_ms) * 1e6) / 1e6);
      json.key("rtt_max");
      json.number(*std::max_element(hop.rtts_ms.begin(), hop.rtts_ms.end()));
    }
    if (hop.is_unreachable) {
      json.key("unreachable");
      json.boolean(true);
    }
    json.end_object();
  }
  json.end_array();
  if (trace.mtu) {
    json.key("mtu");
    json.unsigned_integer(trace.mtu->bytes);
    json.key("mtu_limit");
    json.string(name_of(trace.mtu->limit));
    if (trace.mtu->limit == probe::PathMtu::Limit::kRouter) {
      json.key("mtu_told_by");
      json.string(to_string(trace.mtu->told_by));
    }
  }
  json.end_object();
}

void write_path(const probe::PathTrace& trace, std::string& text) {
  for (const probe::TraceHop& hop : trace.hops) {
    text += fmt::format("{:>3}  ", hop.ttl);
    if (hop.addresses.empty()) {
      text += "*\n";
      continue;
    }
    for (const IpAddress& address : hop.addresses) {
      text += to_string(address) + "  ";
    }
    text += fmt::format(
        "{:.3f}/{:.3f}/{:.3f} ms", *std::min_element(hop.rtts_ms.begin(), hop.rtts_ms.end()),
        mean(hop.rtts_ms), *std::max_element(hop.rtts_ms.begin(), hop.rtts_ms.end()));
    if (hop.rtts_ms.size() < hop.sent) {
      text += fmt::format("  {} of {} answered", hop.rtts_ms.size(), hop.sent);
    }
    text += hop.is_unreachable ? "  no way on\n" : "\n";
  }
  if (!trace.is_reached) {
    text += trace.hops.empty()
                ? "no hop answers\n"
                : fmt::format("nothing answers beyond hop {}\n", trace.hops.back().ttl);
  }
  if (trace.mtu) {
    write_mtu(*trace.mtu, text);
  }
}

}  // namespace weir::cli
