#include "simulate/truth.h"

#include <algorithm>
#include <numeric>

#include "base/time_text.h"
#include "format/json_writer.h"

namespace weir::simulate {
namespace {

constexpr std::size_t kTopRows = 10;
constexpr int kTruthSchema = 1;

// Indexes of the largest non-zero counts, largest first; ties by index.
std::vector<std::uint32_t> largest(const std::vector<std::uint64_t>& counts) {
  std::vector<std::uint32_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(kTopRows, order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
  });
  order.erase(end, order.end());
  std::erase_if(order, [&](std::uint32_t index) { return counts[index] == 0; });
  return order;
}

std::string_view name_of_keys(KeyLayout keys) {
  constexpr std::string_view kNames[] = {"s3", "hourly", "hive", "flat"};
  return kNames[static_cast<std::size_t>(keys)];
}

// Writes "name": value.
class Members {
 public:
  explicit Members(format::JsonWriter& json) : json_(json) {}
  void text(std::string_view name, std::string_view value) {
    json_.key(name);
    json_.string(value);
  }
  void count(std::string_view name, std::uint64_t value) {
    json_.key(name);
    json_.unsigned_integer(value);
  }
  void whole(std::string_view name, std::int64_t value) {
    json_.key(name);
    json_.integer(value);
  }
  void time(std::string_view name, TimeMs value) { text(name, to_time_text(value)); }

 private:
  format::JsonWriter& json_;
};

void write_options(const SimulationOptions& options, const SimulationSummary& summary,
                   format::JsonWriter& json) {
  Members members(json);
  json.key("options");
  json.begin_object();
  members.whole("records", options.num_records);
  members.count("seed", options.seed);
  members.time("start", options.start_ms);
  members.whole("duration_s", summary.duration_s);
  members.whole("hosts", summary.num_hosts);
  members.whole("window_s", options.window_s);
  members.text("layout", name_of_keys(options.keys));
  members.text("account", options.account);
  members.text("region", options.region);
  json.key("vpc_cidrs");
  json.begin_array();
  for (const std::string& cidr : summary.vpc_cidrs) {
    json.string(cidr);
  }
  json.end_array();
  json.end_object();
}

// As `aws ec2 describe-flow-logs` answers: Weir takes a folder's layout from it where files have no
// header.
void write_flow_log(const SimulationOptions& options, const SimulationSummary& summary,
                    format::JsonWriter& json) {
  Members members(json);
  std::string format;
  for (const auto& column : options.layout.columns) {
    format += format.empty() ? "${" : " ${";
    format += flowlog::info(*column.field).token;
    format += '}';
  }
  json.key("FlowLogs");
  json.begin_array();
  json.begin_object();
  members.text("FlowLogId", summary.flow_log_id);
  members.text("FlowLogStatus", "ACTIVE");
  members.text("ResourceId", summary.resource_id);
  members.text("TrafficType", "ALL");
  members.text("LogDestinationType", "s3");
  members.text("LogFormat", format);
  members.whole("MaxAggregationInterval", options.window_s);
  json.end_object();
  json.end_array();
}

void write_totals(const SimulationSummary& summary, format::JsonWriter& json) {
  Members members(json);
  json.key("totals");
  json.begin_object();
  members.count("records", summary.num_records);
  members.count("ok", summary.num_ok);
  members.count("nodata", summary.num_nodata);
  members.count("skipdata", summary.num_skipdata);
  members.count("bytes", summary.bytes);
  members.count("packets", summary.packets);
  members.count("accept", summary.num_accepted);
  members.count("reject", summary.num_rejected);
  members.count("ipv6", summary.num_ipv6);
  members.count("once_records", summary.once_records);
  members.count("once_bytes", summary.once_bytes);
  members.count("once_packets", summary.once_packets);
  members.time("first_start", summary.first_start_ms);
  members.time("last_end", summary.last_end_ms);
  members.count("files", summary.num_files);
  members.count("text_bytes", summary.text_bytes);
  json.end_object();
}

void write_anomaly(const AnomalyTruth& anomaly, format::JsonWriter& json) {
  Members members(json);
  json.begin_object();
  members.text("kind", anomaly.kind);
  members.text("source", anomaly.source);
  json.key("target");
  anomaly.target.empty() ? json.null() : json.string(anomaly.target);
  json.key("target_port");
  anomaly.target_port == 0 ? json.null() : json.integer(anomaly.target_port);
  members.count("records", anomaly.num_records);
  members.count("reject", anomaly.num_rejected);
  members.count("bytes", anomaly.bytes);
  members.time("first", anomaly.first_ms);
  members.time("last", anomaly.last_ms);
  json.key("expected");
  json.begin_object();
  for (const auto& [name, value] : anomaly.expected) {
    members.whole(name, value);
  }
  json.end_object();
  json.end_object();
}

}  // namespace

SimulationSummary summarise(const Tally& tally, const std::vector<AnomalyTruth>& anomalies,
                            const Topology& topology,
                            std::span<const RelationBuilder::Pair> pairs) {
  SimulationSummary summary;
  summary.num_records = tally.num_records;
  summary.num_nodata = tally.num_nodata;
  summary.num_skipdata = tally.num_skipdata;
  summary.num_ok = tally.num_records - tally.num_nodata - tally.num_skipdata;
  summary.bytes = tally.bytes;
  summary.packets = tally.packets;
  summary.num_rejected = tally.num_rejected;
  // A transit gateway's records have no action.
  summary.num_accepted = topology.is_gateway() ? 0 : summary.num_ok - tally.num_rejected;
  summary.num_ipv6 = tally.num_ipv6;
  summary.once_records = tally.once_records;
  summary.once_bytes = tally.once_bytes;
  summary.once_packets = tally.once_packets;
  if (tally.num_records > 0) {
    summary.first_start_ms = tally.first_s * 1000;
    summary.last_end_ms = tally.last_s * 1000;
  }
  for (const std::uint32_t index : largest(tally.bytes_by_pair)) {
    summary.top_talkers.push_back({std::string(topology.addresses.view(pairs[index].source)),
                                   std::string(topology.addresses.view(pairs[index].destination)),
                                   tally.bytes_by_pair[index]});
  }
  for (const std::uint32_t index : largest(tally.rejects_by_source)) {
    summary.top_rejected.push_back(
        {std::string(topology.addresses.view(index)), tally.rejects_by_source[index]});
  }
  for (std::size_t i = 0; i < anomalies.size(); ++i) {
    const Tally::OfAnomaly& counts = tally.anomalies[i];
    if (counts.num_records == 0) {
      continue;  // the reader had enough before it
    }
    AnomalyTruth anomaly = anomalies[i];
    anomaly.num_records = counts.num_records;
    anomaly.num_rejected = counts.num_rejected;
    anomaly.bytes = counts.bytes;
    anomaly.first_ms = counts.first_s * 1000;
    anomaly.last_ms = counts.last_s * 1000;
    summary.anomalies.push_back(std::move(anomaly));
  }
  summary.num_hosts =
      static_cast<std::int64_t>(topology.interfaces.size() - topology.of(Tier::kIdle).size());
  summary.vpc_cidrs = topology.vpc_cidrs;
  summary.resource_id = topology.is_gateway() ? topology.gateway_id : topology.vpc_id;
  return summary;
}

std::string truth_json(const SimulationOptions& options, const SimulationSummary& summary) {
  std::string text;
  format::JsonWriter json(text);
  Members members(json);
  json.begin_object();
  members.whole("schema", kTruthSchema);
  members.text("generator", "weir simulate");
  write_flow_log(options, summary, json);
  write_options(options, summary, json);
  write_totals(summary, json);
  json.key("top_talkers");
  json.begin_array();
  for (const PairTruth& pair : summary.top_talkers) {
    json.begin_object();
    members.text("srcaddr", pair.source);
    members.text("dstaddr", pair.destination);
    members.count("bytes", pair.bytes);
    json.end_object();
  }
  json.end_array();
  json.key("top_rejected");
  json.begin_array();
  for (const SourceTruth& source : summary.top_rejected) {
    json.begin_object();
    members.text("srcaddr", source.source);
    members.count("records", source.num_records);
    json.end_object();
  }
  json.end_array();
  json.key("anomalies");
  json.begin_array();
  for (const AnomalyTruth& anomaly : summary.anomalies) {
    write_anomaly(anomaly, json);
  }
  json.end_array();
  json.end_object();
  text += '\n';
  return text;
}

}  // namespace weir::simulate
