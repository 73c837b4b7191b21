#pragma once

#include <cstdint>
#include <vector>

#include "simulate/conversations.h"
#include "simulate/record_output.h"
#include "simulate/record_writer.h"

namespace weir::simulate {

// One connection of a relation: what happened on the wire. Times are Unix seconds.
struct Connection {
  RelationId relation = 0;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  std::uint8_t anomaly = 0xff;  // index, or 0xff
  bool is_v6 = false;
  bool is_reset = false;  // ends with RST instead of FIN
  std::uint64_t packets_out = 0, packets_in = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::int64_t begin_s = 0;
  std::int64_t end_s = 0;  // second of the last packet
};

// A period of delivery: records whose end lies in [begin_s, end_s).
struct Period {
  std::int64_t begin_s = 0;
  std::int64_t end_s = 0;
};

// Counts what is written, as truth.json tells it.
struct Tally {
  struct OfAnomaly {
    std::uint64_t num_records = 0, num_rejected = 0, bytes = 0;
    std::int64_t first_s = INT64_MAX, last_s = INT64_MIN;
  };
  std::uint64_t num_records = 0, num_nodata = 0, num_skipdata = 0;
  std::uint64_t bytes = 0, packets = 0, num_rejected = 0, num_ipv6 = 0;
  std::uint64_t once_records = 0, once_bytes = 0, once_packets = 0;  // each packet counted once
  std::int64_t first_s = INT64_MAX, last_s = INT64_MIN;
  std::vector<std::uint64_t> bytes_by_pair;
  std::vector<std::uint64_t> rejects_by_source;  // by address
  std::vector<OfAnomaly> anomalies;
};

// Turns connections into the records that each interface on their way logs: one a direction and
// aggregation window, windows beginning at each interface's own second, so that the two ends never
// agree on them while their sums do.
class ConnectionEmitter {
 public:
  ConnectionEmitter(const Topology& topology, const RelationBuilder& builder,
                    const RecordWriter& writer, RecordOutput& output, std::int64_t window_s,
                    std::uint64_t limit, std::size_t num_anomalies);

  // Writes those records of the connection that belong to `period`. True: more of it follows in
  // the next one.
  bool emit(const Connection& connection, const Period& period);
  void emit_silent(InterfaceId interface, SilentStatus status, std::int64_t start_s,
                   std::int64_t end_s);

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::uint64_t num_records() const { return tally_.num_records; }
  [[nodiscard]] bool is_full() const { return tally_.num_records >= limit_; }

 private:
  void emit_leg(const Connection& connection, const Relation& relation, const Leg& leg,
                const Period& period);
  void write(const Connection& connection, const Leg& leg, const RecordCounts& counts);

  const Topology& topology_;
  const RelationBuilder& builder_;
  const RecordWriter& writer_;
  RecordOutput& output_;
  std::int64_t window_s_;
  std::uint64_t limit_;
  Tally tally_;
};

}  // namespace weir::simulate
