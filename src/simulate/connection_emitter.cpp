#include "simulate/connection_emitter.h"

#include <algorithm>

namespace weir::simulate {
namespace {

constexpr std::uint8_t kFin = 1;
constexpr std::uint8_t kSyn = 2;
constexpr std::uint8_t kRst = 4;
constexpr std::uint8_t kSynAck = 18;
constexpr std::uint8_t kPushAck = 24;  // a transit gateway tells these too

// The NAT gateway's own port for a connection.
std::uint16_t translated_port(const Connection& connection) {
  return static_cast<std::uint16_t>(
      1024 + (connection.client_port * 40'503U + connection.relation * 7'919U) % 64'511U);
}

// What AWS ORs together over a window: nothing for ACK alone.
std::uint8_t flags_of(const Connection& connection, const Leg& leg, bool is_first, bool is_last) {
  std::uint8_t flags = 0;
  if (is_first) {
    flags = leg.is_reply ? kSynAck : kSyn;
  }
  if (is_last && connection.packets_in > 0) {
    if (!connection.is_reset) {
      flags |= kFin;
    } else if (!leg.is_reply) {
      flags |= kRst;
    }
  }
  return flags;
}

}  // namespace

ConnectionEmitter::ConnectionEmitter(const Topology& topology, const RelationBuilder& builder,
                                     const RecordWriter& writer, RecordOutput& output,
                                     std::int64_t window_s, std::uint64_t limit,
                                     std::size_t num_anomalies)
    : topology_(topology),
      builder_(builder),
      writer_(writer),
      output_(output),
      window_s_(window_s),
      limit_(limit) {
  tally_.bytes_by_pair.resize(builder.pairs().size());
  tally_.rejects_by_source.resize(topology.addresses.size());
  tally_.anomalies.resize(num_anomalies);
}

bool ConnectionEmitter::emit(const Connection& connection, const Period& period) {
  const Relation& relation = builder_.relations()[connection.relation];
  const std::size_t version = connection.is_v6 ? 1 : 0;
  const Leg* const legs = builder_.legs().data() + relation.first_leg[version];
  for (std::size_t i = 0; i < relation.num_legs[version]; ++i) {
    emit_leg(connection, relation, legs[i], period);
  }
  return connection.end_s >= period.end_s;
}

void ConnectionEmitter::emit_leg(const Connection& connection, const Relation& relation,
                                 const Leg& leg, const Period& period) {
  const std::uint64_t packets = leg.is_reply ? connection.packets_in : connection.packets_out;
  const std::uint64_t bytes = leg.is_reply ? connection.bytes_in : connection.bytes_out;
  if (packets == 0) {
    return;
  }
  RecordCounts counts;
  counts.protocol = relation.protocol;
  const std::uint16_t client_port =
      leg.is_translated ? translated_port(connection) : connection.client_port;
  counts.source_port = leg.is_reply ? connection.server_port : client_port;
  counts.destination_port = leg.is_reply ? client_port : connection.server_port;

  const std::int64_t from = std::max(connection.begin_s, period.begin_s);
  const std::int64_t phase = topology_.at(leg.observer).phase_s;
  std::int64_t window = from - (from - phase) % window_s_;
  const auto length = static_cast<std::uint64_t>(connection.end_s - connection.begin_s + 1);
  for (; window <= connection.end_s; window += window_s_) {
    counts.start_s = std::max(connection.begin_s, window);
    counts.end_s = std::min(connection.end_s, window + window_s_ - 1);
    if (counts.end_s >= period.end_s) {
      return;
    }
    const bool is_first = counts.start_s == connection.begin_s;
    const bool is_last = counts.end_s == connection.end_s;
    if (is_first && is_last) {
      counts.packets = packets;
      counts.bytes = bytes;
    } else {
      // Packets evenly over the connection's time, rounded up so that the first window has the
      // first packet; bytes in proportion to packets.
      const auto before = static_cast<std::uint64_t>(counts.start_s - connection.begin_s);
      const auto behind = static_cast<std::uint64_t>(counts.end_s + 1 - connection.begin_s);
      const std::uint64_t packets_before = (packets * before + length - 1) / length;
      const std::uint64_t packets_behind = (packets * behind + length - 1) / length;
      counts.packets = packets_behind - packets_before;
      if (counts.packets == 0) {
        continue;  // nothing passed in this window: no record
      }
      counts.bytes = bytes * packets_behind / packets - bytes * packets_before / packets;
    }
    counts.tcp_flags =
        relation.protocol == kTcp ? flags_of(connection, leg, is_first, is_last) : std::uint8_t{0};
    if (topology_.is_gateway() && relation.protocol == kTcp && counts.packets > 1) {
      counts.tcp_flags |= kPushAck;
    }
    write(connection, leg, counts);
  }
}

void ConnectionEmitter::write(const Connection& connection, const Leg& leg,
                              const RecordCounts& counts) {
  if (is_full()) {
    return;
  }
  const std::size_t group = topology_.at(leg.observer).group;
  output_.commit(group, writer_.write(leg, counts, output_.room(group)));

  ++tally_.num_records;
  tally_.bytes += counts.bytes;
  tally_.packets += counts.packets;
  if (leg.is_counted_once) {
    ++tally_.once_records;
    tally_.once_bytes += counts.bytes;
    tally_.once_packets += counts.packets;
  }
  tally_.num_ipv6 += leg.is_v6 ? 1 : 0;
  tally_.first_s = std::min(tally_.first_s, counts.start_s);
  tally_.last_s = std::max(tally_.last_s, counts.end_s);
  tally_.bytes_by_pair[leg.pair] += counts.bytes;
  if (leg.is_rejected) {
    ++tally_.num_rejected;
    ++tally_.rejects_by_source[leg.source];
  }
  if (connection.anomaly < tally_.anomalies.size()) {
    Tally::OfAnomaly& anomaly = tally_.anomalies[connection.anomaly];
    ++anomaly.num_records;
    anomaly.num_rejected += leg.is_rejected ? 1 : 0;
    anomaly.bytes += counts.bytes;
    anomaly.first_s = std::min(anomaly.first_s, counts.start_s);
    anomaly.last_s = std::max(anomaly.last_s, counts.end_s);
  }
}

void ConnectionEmitter::emit_silent(InterfaceId interface, SilentStatus status,
                                    std::int64_t start_s, std::int64_t end_s) {
  if (is_full()) {
    return;
  }
  const std::size_t group = topology_.at(interface).group;
  output_.commit(group,
                 writer_.write_silent(interface, status, start_s, end_s, output_.room(group)));
  ++tally_.num_records;
  ++(status == SilentStatus::kNoData ? tally_.num_nodata : tally_.num_skipdata);
  tally_.first_s = std::min(tally_.first_s, start_s);
  tally_.last_s = std::max(tally_.last_s, end_s);
}

}  // namespace weir::simulate
