#include <fmt/format.h>

#include "base/number.h"
#include "format/json_writer.h"
#include "packet/class_names.h"
#include "packet/protocol_names.h"
#include "packet/statistics.h"

namespace weir::packet {
namespace {

constexpr std::size_t kTopInJson = 100;
constexpr std::size_t kTopInText = 10;

std::string grouped(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

std::string option_name(std::uint64_t key) {
  return fmt::format("0x{:04x}/0x{:02x}", key >> 8, key & 0xff);
}

// Calls `give` with every verdict and flag that was counted.
template <class Give>
void each_verdict(const Statistics& statistics, bool (*is_wanted)(Verdict), Give give) {
  for (std::size_t i = 0; i < kNumVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (is_wanted(verdict) && statistics.count(verdict) > 0) {
      give(name_of(verdict), statistics.count(verdict));
    }
  }
}

template <class Give>
void each_flag(const Statistics& statistics, Give give) {
  for (std::size_t i = 0; i < kNumFlags; ++i) {
    const auto flag = static_cast<Flag>(i);
    if (statistics.count(flag) > 0) {
      give(name_of(flag), statistics.count(flag));
    }
  }
}

// Calls `give` with the largest counts; what is left of the total.
template <class Give>
std::uint64_t each_of_top(const BoundedCounts& counts, std::size_t limit, Give give) {
  std::uint64_t others = counts.total();
  for (const auto& [key, count] : counts.top(limit)) {
    give(key, count);
    others -= count;
  }
  return others;
}

// The largest under `key`, all others together under "other_" and `key`.
template <class Name>
void write_counts(format::JsonWriter& json, std::string_view key, const BoundedCounts& counts,
                  Name name) {
  json.key(key);
  json.begin_object();
  const std::uint64_t others =
      each_of_top(counts, kTopInJson, [&](std::uint64_t number, std::uint64_t count) {
        json.key(name(number));
        json.unsigned_integer(count);
      });
  json.end_object();
  json.key(fmt::format("other_{}", key));
  json.unsigned_integer(others);
}

}  // namespace

std::string to_json(const Statistics& statistics) {
  std::string text;
  format::JsonWriter json(text);
  const auto number = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.begin_object();
  number("received", statistics.received());
  number("kept", statistics.kept());
  number("skipped", statistics.skipped());
  number("dropped", statistics.dropped());
  number("kernel_drop", statistics.kernel_drops);
  number("captured_bytes", statistics.captured_bytes());
  number("wire_bytes", statistics.wire_bytes());
  number("inner_bytes", statistics.inner_bytes());
  for (const auto& [key, is_wanted] :
       {std::pair<std::string_view, bool (*)(Verdict)>{"skipped_by_reason",
                                                       [](Verdict v) { return is_skip(v); }},
        {"dropped_by_reason", [](Verdict v) { return is_drop(v); }}}) {
    json.key(key);
    json.begin_object();
    each_verdict(statistics, is_wanted, number);
    json.end_object();
  }
  json.key("flags");
  json.begin_object();
  each_flag(statistics, number);
  json.end_object();
  json.key("tunnels");
  json.begin_object();
  for (const TunnelKind kind : {TunnelKind::kGeneve, TunnelKind::kVxlan, TunnelKind::kVxlanGpe}) {
    if (statistics.tunnels(kind) > 0) {
      number(name_of(kind), statistics.tunnels(kind));
    }
  }
  json.end_object();
  number("nested", statistics.nested());
  json.key("inner");
  json.begin_object();
  number("IPv4", statistics.inner_v4());
  number("IPv6", statistics.inner_v6());
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    if (const auto count = statistics.inner_protocol(static_cast<std::uint8_t>(protocol))) {
      number(protocol_name(static_cast<std::uint8_t>(protocol)), count);
    }
  }
  json.end_object();
  number("options", statistics.options());
  write_counts(json, "option_types", statistics.option_types(), option_name);
  write_counts(json, "protocols", statistics.ether_types(),
               [](std::uint64_t key) { return ether_type_name(static_cast<std::uint16_t>(key)); });
  write_counts(json, "vnis", statistics.vnis(),
               [](std::uint64_t key) { return std::to_string(key); });
  json.end_object();
  return text;
}

std::string to_text(const Statistics& statistics) {
  std::string text;
  const auto line = [&](std::string_view name, std::uint64_t value, std::string_view note = {}) {
    text += fmt::format("{:<26}{:>16}{}{}\n", name, grouped(value), note.empty() ? "" : "  ", note);
  };
  const auto indented = [&](std::string_view name, std::uint64_t value) {
    line(fmt::format("  {}", name), value);
  };
  line("packets", statistics.received(),
       format_bytes(static_cast<double>(statistics.wire_bytes())) + " on the wire");
  line("kept", statistics.kept(),
       format_bytes(static_cast<double>(statistics.inner_bytes())) + " inside");
  line("skipped", statistics.skipped());
  each_verdict(
      statistics, [](Verdict v) { return is_skip(v); }, indented);
  line("dropped", statistics.dropped());
  each_verdict(
      statistics, [](Verdict v) { return is_drop(v); }, indented);
  if (statistics.kernel_drops > 0) {
    line("dropped by the kernel", statistics.kernel_drops);
  }
  text += "flags\n";
  each_flag(statistics, indented);
  text += "tunnels\n";
  for (const TunnelKind kind : {TunnelKind::kGeneve, TunnelKind::kVxlan, TunnelKind::kVxlanGpe}) {
    if (statistics.tunnels(kind) > 0) {
      indented(name_of(kind), statistics.tunnels(kind));
    }
  }
  if (statistics.nested() > 0) {
    indented("within one another", statistics.nested());
  }
  text += "inner packets\n";
  if (statistics.inner_v4() > 0) {
    indented("IPv4", statistics.inner_v4());
  }
  if (statistics.inner_v6() > 0) {
    indented("IPv6", statistics.inner_v6());
  }
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    if (const auto count = statistics.inner_protocol(static_cast<std::uint8_t>(protocol))) {
      indented(protocol_name(static_cast<std::uint8_t>(protocol)), count);
    }
  }
  line("options", statistics.options());
  const auto others = [&](std::uint64_t value) {
    if (value > 0) {
      indented("others", value);
    }
  };
  others(each_of_top(
      statistics.option_types(), kTopInText, [&](std::uint64_t key, std::uint64_t count) {
        line("  " + option_name(key), count, vendor_of(static_cast<std::uint16_t>(key >> 8)).name);
      }));
  text += "networks (VNI)\n";
  others(each_of_top(statistics.vnis(), kTopInText, [&](std::uint64_t vni, std::uint64_t count) {
    indented(std::to_string(vni), count);
  }));
  return text;
}

std::string to_prometheus(const Statistics& statistics) {
  std::string text;
  const auto family = [&](std::string_view name, std::string_view help) {
    text += fmt::format("# HELP weir_packet_{0} {1}\n# TYPE weir_packet_{0} counter\n", name, help);
  };
  const auto sample = [&](std::string_view name, std::uint64_t value) {
    text += fmt::format("weir_packet_{} {}\n", name, value);
  };
  family("received_total", "Packets that came.");
  sample("received_total", statistics.received());
  family("kept_total", "Packets that were taken apart.");
  sample("kept_total", statistics.kept());
  family("skipped_total", "Packets that are no tunnel's, by reason.");
  each_verdict(
      statistics, [](Verdict v) { return is_skip(v); },
      [&](std::string_view name, std::uint64_t value) {
        sample(fmt::format("skipped_total{{reason=\"{}\"}}", name), value);
      });
  family("dropped_total", "Packets that were refused, by reason.");
  each_verdict(
      statistics, [](Verdict v) { return is_drop(v); },
      [&](std::string_view name, std::uint64_t value) {
        sample(fmt::format("dropped_total{{reason=\"{}\"}}", name), value);
      });
  sample("dropped_total{reason=\"kernel_drop\"}", statistics.kernel_drops);
  family("flagged_total", "Packets with something worth knowing, by flag.");
  each_flag(statistics, [&](std::string_view name, std::uint64_t value) {
    sample(fmt::format("flagged_total{{flag=\"{}\"}}", name), value);
  });
  family("inner_bytes_total", "Bytes of inner packets, by their IP lengths.");
  sample("inner_bytes_total", statistics.inner_bytes());
  family("options_total", "GENEVE options.");
  sample("options_total", statistics.options());
  return text;
}

}  // namespace weir::packet
