#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "flowlog/layout.h"
#include "io/file_system.h"
#include "io/inflate.h"

namespace weir::simulate {

// How objects are named below the output folder. Source: AWS VPC user guide "Flow log files".
enum class KeyLayout : std::uint8_t {
  kS3,      // AWSLogs/ACCOUNT/vpcflowlogs/REGION/YYYY/MM/DD/
  kHourly,  // the same with an hour below the day
  kHive,    // AWSLogs/aws-account-id=.../aws-service=vpcflowlogs/.../hour=HH/
  kFlat,    // no folders
};

// What to simulate. Shares are of 0 to 1.
struct SimulationOptions {
  std::int64_t num_records = 100'000;  // written in all: NODATA and SKIPDATA included
  std::uint64_t seed = 1;
  TimeMs start_ms = 1'767'571'200'000;  // 2026-01-05T00:00:00Z
  std::int64_t duration_s = 0;          // rounded up to 5 minutes; 0 = by the number of records
  std::int64_t num_hosts = 0;           // 0 = by the records a minute
  std::int64_t window_s = 60;           // the longest aggregation: 60 or 600
  flowlog::Layout layout;  // empty = v2; with fields of Transit Gateway the logs are of one that
                           // joins two VPCs; the names written are AWS's own
  KeyLayout keys = KeyLayout::kS3;
  io::Compression compression = io::Compression::kGzip;
  bool has_header = true;
  bool has_anomalies = true;  // none below kLeastRecordsForAnomalies or half an hour
  double ipv6_share = 0.10;   // of connections that could use either
  double nodata_share = 0.01;
  double skipdata_share = 0.0005;
  std::string account = "123456789012";
  std::string region = "us-east-1";
  std::string flow_log_id;  // empty = made from the seed
};
inline constexpr std::int64_t kLeastRecordsForAnomalies = 5'000;

// A number that a detector should find.
using ExpectedValue = std::pair<std::string, std::int64_t>;

// An attack that the logs hold. Counts are of every record of its connections, whichever interface
// saw it (each end, and both sides of a NAT gateway).
struct AnomalyTruth {
  std::string kind;    // port_scan, host_sweep, beacon, brute_force_ssh, exfiltration
  std::string source;  // address
  std::string target;  // address; empty = many
  std::int64_t target_port = 0;
  std::uint64_t num_records = 0;
  std::uint64_t num_rejected = 0;
  std::uint64_t bytes = 0;
  TimeMs first_ms = 0;  // start of its first record
  TimeMs last_ms = 0;   // end of its last
  std::vector<ExpectedValue> expected;
};

struct PairTruth {
  std::string source, destination;
  std::uint64_t bytes = 0;
};

struct SourceTruth {
  std::string source;
  std::uint64_t num_records = 0;
};

// The ground truth: counted while writing, so it is what a reader of the logs must find.
struct SimulationSummary {
  std::uint64_t num_records = 0;
  std::uint64_t num_ok = 0;
  std::uint64_t num_nodata = 0;
  std::uint64_t num_skipdata = 0;
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t num_accepted = 0;  // 0, as num_rejected, for a transit gateway: no action there
  std::uint64_t num_rejected = 0;
  std::uint64_t num_ipv6 = 0;
  // Of one observer of each packet: the sender's interface, else the receiver's.
  std::uint64_t once_records = 0;
  std::uint64_t once_bytes = 0;
  std::uint64_t once_packets = 0;
  TimeMs first_start_ms = 0;  // of all records, NODATA and SKIPDATA included
  TimeMs last_end_ms = 0;
  std::vector<PairTruth> top_talkers;     // by bytes over all records, at most 10
  std::vector<SourceTruth> top_rejected;  // by REJECT records, at most 10
  std::vector<AnomalyTruth> anomalies;    // in the order of their beginning
  std::uint64_t num_files = 0;
  std::uint64_t text_bytes = 0;     // before compression, headers included
  std::uint64_t written_bytes = 0;  // after it
  std::int64_t duration_s = 0;
  std::int64_t num_hosts = 0;
  std::vector<std::string> vpc_cidrs;
  std::string resource_id;  // of the VPC or the transit gateway
  std::string flow_log_id;
};

// Told now and then; returning is all it has to do.
using Progress = std::function<void(std::uint64_t num_records)>;
// Takes a piece of the stream; false = wants no more, which ends the simulation without error.
using StreamSink = std::function<Result<bool>(std::string_view bytes)>;

// Says what is wrong with the options, if anything: naming the option and what it takes.
[[nodiscard]] Result<void> validate(const SimulationOptions& options);

// Writes the flow logs of a simulated VPC into `directory`, which must be empty or absent, and
// truth.json beside them. The same options give the same bytes on every machine (compressed ones:
// with the same compression library). Memory does not depend on the number of records. Errors:
// kUsage for options, kIo, kCancelled.
[[nodiscard]] Result<SimulationSummary> simulate(const SimulationOptions& options,
                                                 io::FileSystem& files,
                                                 const std::string& directory,
                                                 const CancelToken* cancel = nullptr,
                                                 const Progress& progress = {});
// The same as one stream, one header first; options.keys does not matter and no truth is written.
[[nodiscard]] Result<SimulationSummary> simulate(const SimulationOptions& options,
                                                 const StreamSink& sink,
                                                 const CancelToken* cancel = nullptr);

// The document of truth.json; its field "schema" names its version. Its FlowLogs are as
// DescribeFlowLogs answers, so that logs without header beside it can be read.
[[nodiscard]] std::string truth_json(const SimulationOptions& options,
                                     const SimulationSummary& summary);

}  // namespace weir::simulate
