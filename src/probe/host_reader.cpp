#include "probe/host_reader.h"

#include <utility>

namespace weir::probe {

HostMeasurement HostReader::read() {
  problems_.clear();
  HostMeasurement measurement;
  measurement.time = clock_.now_ms();
  read_bandwidth(measurement);
  read_sockets(measurement);
  read_kernel(measurement);
  read_drivers(measurement);
  return measurement;
}

void HostReader::read_bandwidth(HostMeasurement& measurement) {
  auto reading = read_interfaces(clock_.monotonic_ns());
  if (!reading) {
    problems_.push_back(reading.error().message);
    interfaces_.reset();
    return;
  }
  if (interfaces_) {
    measurement.interfaces = bandwidth_between(*interfaces_, *reading);
    measurement.bandwidth =
        total_of(measurement.interfaces,
                 static_cast<double>(reading->monotonic_ns - interfaces_->monotonic_ns) / 1e9);
  }
  interfaces_ = std::move(*reading);
}

void HostReader::read_sockets(HostMeasurement& measurement) {
  TcpStateCounts counts;
  ledger_.begin();
  const auto done = sweeper_.sweep(max_remotes_ > 0, [&](const TcpSocket& socket) {
    counts.add(socket);
    if (max_remotes_ > 0) {
      ledger_.add(socket);
    }
  });
  if (!done) {
    problems_.push_back(done.error().message);
    return;
  }
  measurement.sockets = counts;
  measurement.remotes = ledger_.finish(max_remotes_);
}

void HostReader::read_kernel(HostMeasurement& measurement) {
  auto counters = read_kernel_counters(files_);
  if (!counters) {
    problems_.push_back(counters.error().message);
    kernel_.reset();
    return;
  }
  if (kernel_) {
    for_each_metric(
        *kernel_, *counters, [&](std::string_view name, double value, std::string_view unit) {
          measurement.counters.push_back({std::string(name), value, std::string(unit), ""});
        });
  }
  kernel_ = std::move(*counters);
}

void HostReader::read_drivers(HostMeasurement& measurement) {
  if (!interfaces_) {
    return;
  }
  for (const InterfaceCounters& interface : interfaces_->interfaces) {
    if (interface.is_loopback) {
      continue;
    }
    for (const auto& [name, value] : read_driver_statistics(ethtool_, interface.name)) {
      const auto counter = find_ena_counter(name);
      if (!counter) {
        continue;
      }
      if (counter->is_gauge) {
        measurement.counters.push_back({name, static_cast<double>(value), "None", interface.name});
        continue;
      }
      const auto [before, is_first] = drivers_.try_emplace({interface.name, name}, value);
      if (!is_first) {
        measurement.counters.push_back({name,
                                        static_cast<double>(counter_step(before->second, value).by),
                                        "Count", interface.name});
        before->second = value;
      }
    }
  }
}

}  // namespace weir::probe
