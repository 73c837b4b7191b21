#include "flow/meter/flow_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/number.h"
#include "packet/protocol_names.h"

namespace weir::flow {
namespace {

std::string time_text(std::int64_t ns) {
  return fmt::format("{}.{:06}", ns / 1'000'000'000, ns % 1'000'000'000 / 1000);
}

std::string flags_text(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEC";
  std::string text;
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    if ((flags & (1U << i)) != 0) {
      text += kLetters[i];
    }
  }
  return text.empty() ? "-" : text;
}

class FlowWriter {
 public:
  explicit FlowWriter(format::JsonWriter& json) : json_(json) {}
  void text(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.string(value);
  }
  void number(std::string_view key, std::uint64_t value) {
    json_.key(key);
    json_.unsigned_integer(value);
  }
  // Left out if zero: it was not seen, or there was none.
  void count(std::string_view key, std::uint64_t value) {
    if (value > 0) {
      number(key, value);
    }
  }
  void side(std::string_view key, const FlowSide& side, bool is_tcp) {
    json_.key(key);
    json_.begin_object();
    number("packets", side.packets);
    number("bytes", side.bytes);
    if (is_tcp) {
      number("tcp_flags", side.tcp_flags);
      number("retransmits", side.retransmits);
      number("out_of_order", side.out_of_order);
      count("zero_windows", side.zero_windows);
      count("resets", side.resets);
    }
    json_.end_object();
  }

 private:
  format::JsonWriter& json_;
};

}  // namespace

void write_json(format::JsonWriter& json, const FlowRecord& record) {
  const bool is_tcp = record.protocol == packet::kTcp;
  FlowWriter out(json);
  json.begin_object();
  out.text("start", time_text(record.start_ns));
  out.text("end", time_text(record.end_ns));
  out.text("srcaddr", to_string(record.source));
  out.text("dstaddr", to_string(record.destination));
  out.number("srcport", record.source_port);
  out.number("dstport", record.destination_port);
  out.number("protocol", record.protocol);
  out.number("packets", record.forward.packets + record.reverse.packets);
  out.number("bytes", record.forward.bytes + record.reverse.bytes);
  out.side("forward", record.forward, is_tcp);
  out.side("reverse", record.reverse, is_tcp);
  out.count("rtt_us", record.round_trips.handshake_us);
  out.count("server_rtt_us", record.round_trips.server_us);
  out.count("client_rtt_us", record.round_trips.client_us);
  if (record.round_trips.samples > 0) {
    out.number("data_rtt_us",
               static_cast<std::uint64_t>(std::llround(record.round_trips.mean_us())));
    out.number("data_rtt_min_us", record.round_trips.min_us);
    out.number("data_rtt_max_us", record.round_trips.max_us);
    out.number("data_rtt_samples", record.round_trips.samples);
    out.number("jitter_us",
               static_cast<std::uint64_t>(std::llround(record.round_trips.jitter_us())));
  }
  out.count("arrival_jitter_us", record.arrival_jitter_us);
  out.count("requests", record.requests);
  out.count("http_requests", record.http_requests);
  out.count("http_responses", record.http_responses);
  out.count("http_status", record.http_status);
  out.count("http_response_us", record.http_response_us);
  out.count("fragments", record.fragments);
  out.number("vni", record.vni);
  out.text("tunnel_path", to_string(record.tunnel_path));
  if ((record.gateway.present & 1U) != 0) {
    out.text("gwlbe_eni", fmt::format("eni-{:017x}", record.gateway.endpoint));
  }
  if ((record.gateway.present & 2U) != 0) {
    out.text("gwlbe_attachment_id", fmt::format("{:016x}", record.gateway.attachment));
  }
  if ((record.gateway.present & 4U) != 0) {
    out.text("flow_cookie", fmt::format("{:08x}", record.gateway.cookie));
  }
  out.text("tunnel_source", to_string(record.tunnel_source));
  out.text("tunnel_destination", to_string(record.tunnel_destination));
  out.text("end_reason", name_of(record.end_reason));
  if (record.is_continued) {
    out.text("continued", "yes");
  }
  if (record.is_after_idle) {
    out.text("after_idle", "yes");
  }
  json.end_object();
}

std::string to_json(const FlowRecord& record) {
  std::string text;
  format::JsonWriter json(text);
  write_json(json, record);
  return text;
}

std::string table_header() {
  return fmt::format("{:<17} {:>9} {:<6} {:<44} {:>9} {:>12} {:>9} {:>12} {:>9} {:>6} {:<13} {}\n",
                     "start", "seconds", "proto", "source -> destination", "packets", "bytes",
                     "back", "bytes", "rtt ms", "retr", "flags", "network");
}

std::string to_line(const FlowRecord& record) {
  const auto end = [](const IpAddress& address, std::uint16_t port) {
    return address.is_v4() ? fmt::format("{}:{}", to_string(address), port)
                           : fmt::format("[{}]:{}", to_string(address), port);
  };
  const std::string network =
      (record.gateway.present & 1U) != 0
          ? fmt::format("eni-{:017x}", record.gateway.endpoint)
          : fmt::format("{} vni {}", to_string(record.tunnel_path), record.vni);
  const bool is_tcp = record.protocol == packet::kTcp;
  return fmt::format(
      "{:<17} {:>9.3f} {:<6} {:<44} {:>9} {:>12} {:>9} {:>12} {:>9} {:>6} {:<13} {}\n",
      time_text(record.start_ns), record.duration_s(), packet::protocol_name(record.protocol),
      fmt::format("{} -> {}", end(record.source, record.source_port),
                  end(record.destination, record.destination_port)),
      record.forward.packets, record.forward.bytes, record.reverse.packets, record.reverse.bytes,
      record.round_trips.handshake_us > 0
          ? fmt::format("{:.3f}", record.round_trips.handshake_us / 1000.0)
      : record.round_trips.samples > 0 ? fmt::format("~{:.3f}", record.round_trips.mean_us() / 1000)
                                       : "-",
      is_tcp ? std::to_string(record.forward.retransmits + record.reverse.retransmits) : "-",
      is_tcp ? flags_text(record.forward.tcp_flags) + "/" + flags_text(record.reverse.tcp_flags)
             : "-",
      network);
}

std::string to_flow_log_lines(const FlowRecord& record) {
  const auto line = [&](const FlowSide& side, bool is_forward) {
    if (side.packets == 0) {
      return std::string();
    }
    const IpAddress& from = is_forward ? record.source : record.destination;
    const IpAddress& to = is_forward ? record.destination : record.source;
    return fmt::format(
        "2 - {} {} {} {} {} {} {} {} {} {} - OK\n",
        (record.gateway.present & 1U) != 0 ? fmt::format("eni-{:017x}", record.gateway.endpoint)
                                           : "-",
        to_string(from), to_string(to), is_forward ? record.source_port : record.destination_port,
        is_forward ? record.destination_port : record.source_port, record.protocol, side.packets,
        side.bytes, record.start_ns / 1'000'000'000, record.end_ns / 1'000'000'000);
  };
  return line(record.forward, true) + line(record.reverse, false);
}

std::string to_text(const MeterCounters& counters) {
  const auto grouped = [](std::uint64_t value) {
    return format_grouped(static_cast<std::int64_t>(value));
  };
  const auto counted = [&](std::uint64_t value, std::string_view what) {
    return fmt::format("{} {}{}", grouped(value), what, value == 1 ? "" : "s");
  };
  std::string text =
      fmt::format("{} in {} of {}", counted(counters.flows, "flow"),
                  counted(counters.records, "record"), counted(counters.packets, "packet"));
  const auto also = [&](std::uint64_t value, std::string_view what) {
    if (value > 0) {
      text += fmt::format("; {} {}", grouped(value), what);
    }
  };
  also(counters.duplicates, "duplicates left out");
  also(counters.without_ip, "packets without IP inside");
  also(counters.orphan_fragments, "fragments without their first");
  also(counters.resumed_after_idle, "flows resumed after the gateway's idle timeout");
  also(counters.evicted, "records ended early for want of room");
  return text + "\n";
}

}  // namespace weir::flow
