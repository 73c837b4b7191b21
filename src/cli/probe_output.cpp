#include "cli/probe_output.h"

#include <fmt/format.h>

#include <cmath>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/cell.h"
#include "cli/path_output.h"

namespace weir::cli {
namespace {

std::string printable(std::string_view text) {
  std::string out;
  append_printable(text, out);
  return out;
}

void begin(format::JsonWriter& json, std::string_view kind) {
  json.begin_object();
  json.key("kind");
  json.string(kind);
}

void end(format::JsonWriter& json, TimeMs time) {
  json.key("timestamp");
  json.string(to_time_text(time));
  json.end_object();
}

probe::TakeMetric into(format::JsonWriter& json) {
  return [&json](std::string_view name, double value, std::string_view unit) {
    json.key(name);
    // Whole nanoseconds: further digits are the arithmetic's.
    json.number(unit == "Milliseconds" ? std::round(value * 1e6) / 1e6 : value);
  };
}

bool is_degraded(const probe::RoundStatistics& round) {
  return round.loss && round.loss->percent > 0;
}

void write_http(const probe::HttpDetail& http, std::string& line) {
  line += http.last_status == 0 ? "" : fmt::format("  status {}", http.last_status);
  for (const auto& [name, mean] : {std::pair{"connect", &http.connect},
                                   {"tls", &http.tls},
                                   {"first byte", &http.first_byte},
                                   {"transfer", &http.transfer}}) {
    line += mean->count == 0 ? "" : fmt::format("  {} {:.3f} ms", name, mean->value());
  }
  if (http.certificate_days) {
    line += fmt::format("  certificate {:.1f} days", *http.certificate_days);
  }
}

}  // namespace

std::string shown_target(std::string_view method, std::string_view label) {
  return method == "tcp" || method == "udp" ? fmt::format("{}://{}", method, label)
                                            : std::string(label);
}

ProbeOutput::ProbeOutput(std::string_view format, Environment& environment)
    : is_table_(format == "table"), out_(format, environment) {}

int ProbeOutput::finish() { return out_.finish(); }

void ProbeOutput::say_line(std::string_view line) {
  out_.text() += line;
  out_.text() += '\n';
  out_.flush();
}

void ProbeOutput::write(const probe::LatencyMeasurement& measurement) {
  const probe::RoundStatistics& round = measurement.statistics;
  if (!is_table_) {
    auto& json = out_.next_document();
    begin(json, "latency");
    json.key("target");
    json.string(measurement.target);
    json.key("address");
    json.string(to_string(measurement.address));
    json.key("method");
    json.string(measurement.method);
    for_each_metric(measurement, into(json));
    if (!measurement.detail.problem.empty()) {
      json.key("problem");
      json.string(measurement.detail.problem);
    }
    if (measurement.path && (measurement.is_path_news || is_degraded(round))) {
      json.key("path");
      write_path(*measurement.path, json);
    }
    end(json, measurement.time);
    out_.flush();
    return;
  }
  std::string line = fmt::format("{:<28} {:>4} sent {:>4} back",
                                 printable(shown_target(measurement.method, measurement.target)),
                                 round.sent, round.received);
  if (round.loss) {
    line += fmt::format("  loss {:.2f} % ({:.2f} to {:.2f})", round.loss->percent,
                        round.loss->low_percent, round.loss->high_percent);
  }
  if (round.delay) {
    line += fmt::format("  rtt min/avg/max {:.3f}/{:.3f}/{:.3f} ms  jitter {:.3f} ms",
                        round.delay->min, round.delay->avg, round.delay->max, round.delay->stddev);
  }
  const auto note = [&](std::uint64_t count, std::string_view name) {
    line += count == 0 ? "" : fmt::format("  {} {}", count, name);
  };
  note(round.not_sent, "not sent");
  note(round.extras.late, "late");
  note(round.extras.duplicates, "twice");
  note(round.extras.reordered, "reordered");
  note(round.unreachable, "unreachable");
  note(round.ttl_exceeded, "TTL exceeded");
  note(round.ttl_changes, "TTL changes");
  note(round.failed, "failed");
  if (const auto& dns = measurement.detail.dns) {
    line += round.received == 0 ? "" : fmt::format("  {} records", dns->last_records);
    line += dns->last_code == 0 ? "" : fmt::format("  code {}", dns->last_code);
    note(dns->failures, "failures");
    note(dns->truncated, "truncated");
    note(dns->wrong, "wrong");
  }
  if (const auto& http = measurement.detail.http) {
    write_http(*http, line);
  }
  if (!measurement.detail.problem.empty()) {
    line += "  " + printable(measurement.detail.problem);
  }
  say_line(std::move(line));
  if (measurement.path && measurement.is_path_news) {
    write_path(*measurement.path, out_.text());
    out_.flush();
  }
}

void ProbeOutput::write(const probe::HostMeasurement& measurement) {
  if (measurement.bandwidth) {
    write_bandwidth(*measurement.bandwidth, measurement.time, "bandwidth");
  }
  for (const probe::Bandwidth& row : measurement.interfaces) {
    write_bandwidth(row, measurement.time, "interface");
  }
  if (measurement.sockets) {
    write_sockets(*measurement.sockets, measurement.time);
  }
  for (const probe::RemoteQuality& remote : measurement.remotes) {
    write_remote(remote, measurement.time);
  }
  for (const auto& counter : measurement.counters) {
    if (is_table_) {
      if (counter.value != 0 && (counter.interface.empty() == false ||
                                 counter.name.find("segments") == std::string::npos)) {
        say_line(fmt::format("{:<28} {}{}", counter.name, format_double(counter.value),
                             counter.interface.empty() ? "" : "  " + printable(counter.interface)));
      }
      continue;
    }
    auto& json = out_.next_document();
    begin(json, "counter");
    json.key("name");
    json.string(counter.name);
    if (!counter.interface.empty()) {
      json.key("interface");
      json.string(counter.interface);
    }
    json.key("value");
    json.number(counter.value);
    end(json, measurement.time);
  }
  out_.flush();
}

void ProbeOutput::write_bandwidth(const probe::Bandwidth& bandwidth, TimeMs time,
                                  std::string_view kind) {
  if (is_table_) {
    const double seconds = bandwidth.duration_s > 0 ? bandwidth.duration_s : 1;
    std::string line = fmt::format(
        "{:<28} in {}/s out {}/s  errors {}/{}  drops {}/{}",
        bandwidth.name.empty() ? "all interfaces" : printable(bandwidth.name),
        format_bytes(static_cast<double>(bandwidth.bytes_recv) / seconds),
        format_bytes(static_cast<double>(bandwidth.bytes_sent) / seconds), bandwidth.errors_in,
        bandwidth.errors_out, bandwidth.drops_in, bandwidth.drops_out);
    if (bandwidth.utilisation_percent) {
      line += fmt::format("  {:.2f} % used", *bandwidth.utilisation_percent);
    }
    say_line(std::move(line));
    return;
  }
  auto& json = out_.next_document();
  begin(json, kind);
  if (!bandwidth.name.empty()) {
    json.key("interface");
    json.string(bandwidth.name);
  }
  for_each_metric(bandwidth, into(json));
  if (!bandwidth.name.empty()) {
    for_each_further_metric(bandwidth, into(json));
  }
  end(json, time);
}

void ProbeOutput::write_sockets(const probe::TcpStateCounts& counts, TimeMs time) {
  if (is_table_) {
    std::string line = fmt::format("{:<28}{}", "TCP sockets", counts.total == 0 ? " none" : "");
    for_each_metric(counts, [&](std::string_view name, double value, std::string_view) {
      line += value == 0 ? "" : fmt::format(" {} {}", name, value);
    });
    say_line(std::move(line));
    return;
  }
  auto& json = out_.next_document();
  begin(json, "tcp");
  for_each_metric(counts, into(json));
  end(json, time);
}

void ProbeOutput::write_remote(const probe::RemoteQuality& remote, TimeMs time) {
  if (is_table_) {
    say_line(
        fmt::format("  {:<26} {} connections  rtt {:.3f} ms  {} retransmits  {} timeouts  in "
                    "{} out {}",
                    to_string(remote.remote), remote.connections, remote.rtt_ms, remote.retransmits,
                    remote.timeouts, format_bytes(static_cast<double>(remote.bytes_received)),
                    format_bytes(static_cast<double>(remote.bytes_acked))));
    return;
  }
  auto& json = out_.next_document();
  begin(json, "remote");
  json.key("remote");
  json.string(to_string(remote.remote));
  json.key("connections");
  json.unsigned_integer(remote.connections);
  json.key("rtt");
  json.number(remote.rtt_ms);
  json.key("rtt_variation");
  json.number(remote.rtt_var_ms);
  for (const auto& [name, value] : {std::pair{"retransmits", remote.retransmits},
                                    {"timeouts", remote.timeouts},
                                    {"severed", remote.severed},
                                    {"bytes_acked", remote.bytes_acked},
                                    {"bytes_received", remote.bytes_received},
                                    {"bytes_retransmitted", remote.bytes_retransmitted},
                                    {"delivery_bytes_per_second", remote.delivery_bytes_s},
                                    {"loss_score", remote.loss_score()}}) {
    json.key(name);
    json.unsigned_integer(value);
  }
  end(json, time);
}

}  // namespace weir::cli
