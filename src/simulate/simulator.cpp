#include "simulate/simulator.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "simulate/anomalies.h"
#include "simulate/connection_emitter.h"
#include "simulate/conversations.h"
#include "simulate/record_output.h"
#include "simulate/schedule.h"
#include "simulate/topology.h"
#include "simulate/truth.h"

namespace weir::simulate {
namespace {

constexpr std::size_t kMostCarried = 65'536;     // connections that outlive their period
constexpr std::uint64_t kMostRecordsAhead = 12;  // of one short connection: six legs, two windows

// Destination ports of background scanning, the common ones first.
constexpr std::array<std::uint16_t, 16> kKnockPorts = {
    23, 445, 3389, 8080, 1433, 5060, 6379, 5900, 2375, 3306, 5432, 8888, 9200, 27017, 8545, 2323};

// Sizes that follow from the number of records where nothing else is said.
TopologyOptions topology_options(const SimulationOptions& options, std::int64_t duration_s,
                                 bool is_stream) {
  TopologyOptions sizes;
  sizes.is_one_group = is_stream;
  sizes.is_gateway = is_gateway_layout(options.layout);
  const std::int64_t minutes = duration_s / 60;
  sizes.num_hosts = options.num_hosts > 0
                        ? options.num_hosts
                        : std::clamp<std::int64_t>(options.num_records / minutes / 6, 24, 4'096);
  sizes.num_clients = std::clamp<std::int64_t>(options.num_records / 150, 100, 16'384);
  // Enough silent interfaces that none has two NODATA records for one window, at the peak too.
  const auto silent =
      static_cast<std::int64_t>(options.nodata_share * static_cast<double>(options.num_records));
  const std::int64_t windows = duration_s / options.window_s;
  sizes.num_idle = std::clamp<std::int64_t>(silent * 2 / windows + 2, 2, 8'192);
  sizes.window_s = options.window_s;
  sizes.region = options.region;
  return sizes;
}

// A share as a threshold for 64 random bits.
std::uint64_t threshold_of(double share) {
  return share >= 1 ? UINT64_MAX : static_cast<std::uint64_t>(share * 0x1.0p63) << 1;
}

// One run: the VPC, its traffic and what is under way.
class Simulation {
 public:
  Simulation(const SimulationOptions& options, bool is_stream)
      : options_(options),
        random_(options.seed),
        duration_s_(simulated_seconds(options)),
        begin_s_(options.start_ms / 1000),
        topology_(make_topology(topology_options(options, duration_s_, is_stream), random_)),
        builder_(topology_),
        background_(make_background(topology_, builder_, random_)),
        choice_(background_.weights),
        volumes_(random_),
        v6_threshold_(threshold_of(options.ipv6_share)) {
    flow_log_id_ = options.flow_log_id.empty() ? make_id("fl-", 17, random_) : options.flow_log_id;
    if (options.has_anomalies && options.num_records >= kLeastRecordsForAnomalies &&
        duration_s_ >= 1'800) {
      plan_ = plan_anomalies(topology_, builder_, options.num_records, begin_s_,
                             begin_s_ + duration_s_, random_);
    }
    builder_.finish();
    for (InterfaceId id = 0; id < topology_.interfaces.size(); ++id) {
      const Tier tier = topology_.at(id).tier;
      if (topology_.is_gateway() ? tier == Tier::kAttachment : tier != Tier::kIdle) {
        busy_.push_back(id);
      }
    }
    writer_ = std::make_unique<RecordWriter>(options.layout, topology_,
                                             Ownership{options.account, options.region});
  }

  [[nodiscard]] const RecordWriter& writer() const { return *writer_; }
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] const std::string& flow_log_id() const { return flow_log_id_; }

  Result<SimulationSummary> run(RecordOutput& output, const CancelToken* cancel,
                                const Progress& progress) {
    ConnectionEmitter emitter(topology_, builder_, *writer_, output, options_.window_s,
                              static_cast<std::uint64_t>(options_.num_records),
                              plan_.truths.size());
    const Schedule schedule(options_, begin_s_, duration_s_);
    for (std::int64_t i = 0; i < schedule.num_periods() && output.is_open(); ++i) {
      output.begin_period(schedule.period(i).begin_s);
      run_period(schedule, i, emitter, output, cancel);
      output.end_period();
      if (cancel != nullptr && cancel->is_cancelled()) {
        return fail(ErrorCode::kCancelled, "the simulation was interrupted");
      }
      if (progress) {
        progress(emitter.num_records());
      }
    }
    WEIR_RETURN_IF_ERROR(output.finish());
    SimulationSummary summary =
        summarise(emitter.tally(), plan_.truths, topology_, builder_.pairs());
    summary.num_files = output.num_files();
    summary.text_bytes = output.text_bytes();
    summary.written_bytes = output.written_bytes();
    summary.duration_s = duration_s_;
    summary.flow_log_id = flow_log_id_;
    return summary;
  }

 private:
  void run_period(const Schedule& schedule, std::int64_t index, ConnectionEmitter& emitter,
                  RecordOutput& output, const CancelToken* cancel) {
    const Period period = schedule.period(index);
    const bool is_last = index + 1 == schedule.num_periods();
    const std::uint64_t target = schedule.target(index);
    const std::uint64_t quota =
        std::max<std::uint64_t>(target - std::min(target, emitter.num_records()), 1);
    const std::uint64_t first = emitter.num_records();
    const SilentQuota silent = schedule.silent(index);
    const std::uint64_t num_silent = silent.nodata + silent.skipdata;
    std::uint64_t silent_done = 0;

    continue_carried(period, emitter);
    std::uint64_t turn = 0;
    while (output.is_open()) {
      const std::uint64_t done = emitter.num_records() - first;
      // As far along the period as along its records.
      const std::int64_t now = period.begin_s + static_cast<std::int64_t>(std::min(done, quota) *
                                                                          kPeriodSeconds / quota);
      while (silent_done < num_silent && silent_done * quota <= done * num_silent) {
        emit_silent(period, silent, silent_done++, emitter);
      }
      start_anomalies(std::min(now + 1, period.end_s), period, emitter);
      const std::uint64_t left_silent = num_silent - silent_done;
      if (emitter.num_records() + left_silent >= target) {
        break;
      }
      const std::uint64_t room = target - left_silent - emitter.num_records();
      start_background(now, period, quota, is_last && room < kMostRecordsAhead, emitter);
      if ((++turn & 0xffff) == 0 && cancel != nullptr && cancel->is_cancelled()) {
        return;
      }
    }
    start_anomalies(period.end_s, period, emitter);
    while (silent_done < num_silent) {
      emit_silent(period, silent, silent_done++, emitter);
    }
  }

  void continue_carried(const Period& period, ConnectionEmitter& emitter) {
    carried_records_ = 0;
    std::size_t kept = 0;
    for (const Connection& connection : carried_) {
      if (emitter.emit(connection, period)) {
        carried_records_ += records_a_period(connection);
        carried_[kept++] = connection;
      }
    }
    carried_.resize(kept);
  }

  void start_anomalies(std::int64_t before_s, const Period& period, ConnectionEmitter& emitter) {
    while (next_anomaly_ < plan_.connections.size() &&
           plan_.connections[next_anomaly_].begin_s < before_s) {
      const Connection& connection = plan_.connections[next_anomaly_++];
      if (emitter.emit(connection, period)) {
        carried_records_ += records_a_period(connection);
        carried_.push_back(connection);
      }
    }
  }

  // Everyday traffic that begins about `now_s`; `is_single`: exactly one record.
  void start_background(std::int64_t now_s, const Period& period, std::uint64_t quota,
                        bool is_single, ConnectionEmitter& emitter) {
    const std::uint64_t bits = random_.next();
    Connection connection;
    connection.relation = is_single ? background_.knocks[bits % background_.knocks.size()]
                                    : background_.relations[choice_.draw(random_)];
    const Relation& relation = builder_.relations()[connection.relation];
    const Volume& volume = volumes_.draw(relation.traffic, random_);
    connection.packets_out = volume.packets_out;
    connection.packets_in = volume.packets_in;
    connection.bytes_out = volume.bytes_out;
    connection.bytes_in = volume.bytes_in;
    connection.begin_s = std::clamp<std::int64_t>(now_s + static_cast<std::int64_t>(bits & 31) - 16,
                                                  period.begin_s, period.end_s - 1);
    connection.end_s = connection.begin_s + volume.duration_s;
    connection.is_reset = (bits >> 5 & 31) == 0;
    connection.is_v6 = relation.num_legs[1] > 0 && random_.next() < v6_threshold_;
    if (relation.protocol != kIcmp) {
      connection.client_port = static_cast<std::uint16_t>(32'768 + (bits >> 10 & 0xffff) % 28'232);
      connection.server_port = relation.port;
      if (relation.port == 0) {
        // A scanner looks for a few things everywhere, now and then for something else.
        const std::uint64_t draw = bits >> 32 & 31;
        const std::size_t habit = (connection.relation * 5 + draw % 3) % kKnockPorts.size();
        connection.server_port =
            draw > 0 ? kKnockPorts[habit] : kKnockPorts[(bits >> 37) % kKnockPorts.size()];
      }
    }
    if (connection.end_s >= period.end_s) {
      // Connections that outlive the period hold at most some of the next one's records and a
      // bounded number of places; the others end with it.
      const std::uint64_t ahead = records_a_period(connection);
      if (carried_.size() >= kMostCarried || (carried_records_ + ahead) * 20 > quota * 9) {
        shorten(connection, period.end_s - 1);
      } else {
        carried_records_ += ahead;
        carried_.push_back(connection);
      }
    }
    emitter.emit(connection, period);
  }

  static void shorten(Connection& connection, std::int64_t end_s) {
    const auto was = static_cast<std::uint64_t>(connection.end_s - connection.begin_s + 1);
    const auto is = static_cast<std::uint64_t>(end_s - connection.begin_s + 1);
    const auto scale = [&](std::uint64_t packets, std::uint64_t& bytes) {
      const std::uint64_t fewer = (packets * is + was - 1) / was;
      bytes = packets == 0 ? 0 : bytes * fewer / packets;
      return fewer;
    };
    connection.packets_out = scale(connection.packets_out, connection.bytes_out);
    connection.packets_in = scale(connection.packets_in, connection.bytes_in);
    connection.end_s = end_s;
  }

  // How many records a connection leaves in each period that it spans.
  [[nodiscard]] std::uint64_t records_a_period(const Connection& connection) const {
    const Relation& relation = builder_.relations()[connection.relation];
    const std::uint64_t legs = relation.num_legs[connection.is_v6 ? 1 : 0];
    return legs * std::max<std::uint64_t>(
                      static_cast<std::uint64_t>(kPeriodSeconds / options_.window_s), 1);
  }

  // The `turn`-th silent record of the period: NODATA of interfaces without traffic, each window
  // once; SKIPDATA of those with some.
  void emit_silent(const Period& period, const SilentQuota& quota, std::uint64_t turn,
                   ConnectionEmitter& emitter) {
    const auto windows =
        static_cast<std::uint64_t>(std::max<std::int64_t>(kPeriodSeconds / options_.window_s, 1));
    if (turn >= quota.nodata) {
      const InterfaceId id = busy_[random_.below(busy_.size())];
      const std::uint64_t window = random_.below(windows);
      emit_window(id, window, SilentStatus::kSkipData, period, emitter);
      return;
    }
    const auto& idle = topology_.of(Tier::kIdle);
    // A window longer than a period is some interfaces' in even periods, others' in odd ones.
    const std::uint64_t place =
        options_.window_s > kPeriodSeconds
            ? turn * 2 + static_cast<std::uint64_t>(period.begin_s / kPeriodSeconds % 2)
            : turn / windows;
    emit_window(idle[place % idle.size()], turn % windows, SilentStatus::kNoData, period, emitter);
  }

  // The window of the interface that ends in the period, counted from 0.
  void emit_window(InterfaceId id, std::uint64_t window, SilentStatus status, const Period& period,
                   ConnectionEmitter& emitter) {
    const std::int64_t window_s = options_.window_s;
    const std::int64_t end_s =
        period.begin_s +
        (topology_.at(id).phase_s + window_s - 1 - period.begin_s % window_s) % window_s +
        static_cast<std::int64_t>(window) * window_s;
    const std::int64_t last_s = std::min(end_s, period.end_s - 1);
    emitter.emit_silent(id, status, last_s - window_s + 1, last_s);
  }

  const SimulationOptions& options_;
  Random random_;
  std::int64_t duration_s_;
  std::int64_t begin_s_;
  Topology topology_;
  RelationBuilder builder_;
  Background background_;
  WeightedChoice choice_;
  VolumeTables volumes_;
  std::uint64_t v6_threshold_;
  std::string flow_log_id_;
  AnomalyPlan plan_;
  std::unique_ptr<RecordWriter> writer_;
  std::vector<InterfaceId> busy_;  // that log traffic
  std::vector<Connection> carried_;
  std::uint64_t carried_records_ = 0;  // that carried_ leaves in the next period
  std::size_t next_anomaly_ = 0;
};

SimulationOptions with_layout(SimulationOptions options) {
  if (options.layout.columns.empty()) {
    options.layout = flowlog::known_layouts().front();
  }
  return options;
}

std::string header_of(const SimulationOptions& options, const RecordWriter& writer) {
  return options.has_header ? writer.header() : std::string();
}

}  // namespace

Result<SimulationSummary> simulate(const SimulationOptions& given, io::FileSystem& files,
                                   const std::string& directory, const CancelToken* cancel,
                                   const Progress& progress) {
  WEIR_RETURN_IF_ERROR(validate(given));
  const SimulationOptions options = with_layout(given);
  WEIR_RETURN_IF_ERROR(files.create_directories(directory));
  WEIR_ASSIGN_OR_RETURN(const auto entries, files.list(directory));
  if (!entries.empty()) {
    return fail(ErrorCode::kUsage,
                "the output folder is not empty, and old logs among new ones would make wrong "
                "answers; give a new folder, or remove this one first: " +
                    directory);
  }
  Simulation simulation(options, false);
  const auto output = make_tree_output(
      options, simulation.flow_log_id(), files, directory, simulation.topology().num_groups,
      simulation.writer().max_line_bytes(), header_of(options, simulation.writer()));
  WEIR_ASSIGN_OR_RETURN(SimulationSummary summary, simulation.run(*output, cancel, progress));
  WEIR_ASSIGN_OR_RETURN(const auto file, files.create(directory + "/truth.json"));
  WEIR_RETURN_IF_ERROR(file->append(truth_json(options, summary)));
  WEIR_RETURN_IF_ERROR(file->close());
  return summary;
}

Result<SimulationSummary> simulate(const SimulationOptions& given, const StreamSink& sink,
                                   const CancelToken* cancel) {
  WEIR_RETURN_IF_ERROR(validate(given));
  const SimulationOptions options = with_layout(given);
  Simulation simulation(options, true);
  const auto output = make_stream_output(options, sink, simulation.writer().max_line_bytes(),
                                         header_of(options, simulation.writer()));
  return simulation.run(*output, cancel, {});
}

}  // namespace weir::simulate
