#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "column/scan.h"

namespace weir::flowlog {

// What the key of an S3 object (or the path of a copy of it) says about the records in it. AWS
// writes `[prefix/]AWSLogs/<acct>/vpcflowlogs/<region>/<YYYY>/<MM>/<DD>/[<HH>/]<file>` or, in Hive
// form, `AWSLogs/aws-account-id=<a>/aws-service=vpcflowlogs/aws-region=<r>/year=/month=/day=/
// [hour=/]<file>`, where <file> is
// `<acct>_vpcflowlogs_<region>_<fl-id>_<YYYYMMDDTHHmmZ>_<hash>.log.gz` (or `.log.parquet`); Transit
// Gateway logs have the same form. Source: AWS VPC user guide "Flow log files", read 2026-06.
struct ObjectKey {
  std::string account;
  std::string region;
  std::string flow_log_id;
  // The stamp of the file name (UTC), else the day or hour of the folders.
  std::optional<TimeMs> time;
  // The file name has exactly AWS's form: its stamp bounds the records' times.
  bool is_exact = false;
};

// Takes each part where it stands; what does not stand there stays empty. Hardened against
// untrusted input.
[[nodiscard]] ObjectKey parse_object_key(std::string_view path);

// False where the key proves that no record of the object starts within `range`: a stamp covers
// the records whose end lies in the 5 minutes after it, and a record's window and capture delay
// take 11 minutes at most.
[[nodiscard]] bool may_hold(const ObjectKey& key, const column::TimeRange& range);

}  // namespace weir::flowlog
