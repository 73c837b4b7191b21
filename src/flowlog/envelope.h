#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "flowlog/line_parser.h"
#include "io/inflate.h"

namespace weir::flowlog {

// Text that an envelope carries, with what the envelope knows of it. Views live until the call that
// hands it over returns.
struct Event {
  std::string_view text;            // one line or several
  std::optional<TimeMs> time;       // the event's own
  std::optional<TimeMs> ingestion;  // when it was taken in or arrived
  std::string_view id;
  std::string_view owner;  // account
  std::string_view log_group;
  std::string_view log_stream;
};

// One member of a JSON object that is a row.
struct JsonCell {
  enum class Kind : std::uint8_t { kNull, kText, kInteger, kNumber, kBoolean };
  std::string_view name;
  Kind kind = Kind::kNull;
  std::string_view text;
  std::int64_t integer = 0;  // 0 or 1 for kBoolean
  double number = 0;
};

class EnvelopeSink {
 public:
  virtual ~EnvelopeSink() = default;
  virtual void add_event(const Event& event) = 0;
  virtual void add_row(std::span<const JsonCell> cells) = 0;
  virtual void refuse(Reject reason, std::string_view excerpt) = 0;
};

// The JSON that flow logs come in. Of an object its keys decide what it is:
//   logEvents, events   CloudWatch Logs: subscription (CONTROL_MESSAGE is ignored), get-log-events
//   awslogs.data        Lambda event of a subscription: base64 of gzip of the former
//   Records             Kinesis: kinesis.data (Lambda) or Data (GetRecords), base64
//   records             Firehose: data, base64
//   message, @message   a wrapped line
//   FlowLogs            DescribeFlowLogs: no records
//   names of fields     a row
// What base64 holds is looked at again: gzip, any of these, or lines. Hardened against untrusted
// input: depth, and the size of what is inflated, are bounded. Not thread-safe.
class EnvelopeUnpacker {
 public:
  explicit EnvelopeUnpacker(const io::InflateLimits& limits);
  ~EnvelopeUnpacker();
  EnvelopeUnpacker(const EnvelopeUnpacker&) = delete;
  EnvelopeUnpacker& operator=(const EnvelopeUnpacker&) = delete;

  static constexpr std::size_t kPadding = 64;
  static constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;  // of one object, or one payload

  // `object` is one JSON object, readable for kPadding bytes past its end.
  void unpack(std::string_view object, EnvelopeSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::flowlog
