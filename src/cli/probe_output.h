#pragma once

#include <string>
#include <string_view>

#include "cli/environment.h"
#include "cli/packet_output.h"
#include "probe/measurement.h"

namespace weir::cli {

// A target as a person gives it: one host may be asked by TCP and by UDP at the same port.
[[nodiscard]] std::string shown_target(std::string_view method, std::string_view label);

// Writes measurements as they come: a line for a person, or an object under the document's names.
class ProbeOutput {
 public:
  // `format`: table, json, jsonl.
  ProbeOutput(std::string_view format, Environment& environment);
  void write(const probe::LatencyMeasurement& measurement);
  void write(const probe::HostMeasurement& measurement);
  [[nodiscard]] int finish();

 private:
  void write_bandwidth(const probe::Bandwidth& bandwidth, TimeMs time, std::string_view kind);
  void write_sockets(const probe::TcpStateCounts& counts, TimeMs time);
  void write_remote(const probe::RemoteQuality& remote, TimeMs time);
  void say_line(std::string_view line);

  bool is_table_;
  DocumentWriter out_;
};

}  // namespace weir::cli
