#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "column/type.h"

namespace weir::flowlog {

// The columns that surround a record, named with '@'. LineParser fills the first two; the rest come
// from the container and the object key.
enum class MetaColumn : std::uint8_t {
  kMessage,
  kTimestamp,      // start; of a record without one, the time of the event that carried it
  kLogStream,      // CloudWatch: the stream, else null
  kLog,            // CloudWatch: owner:logGroup, else null
  kPtr,            // CloudWatch: the event's id, else null
  kIngestionTime,  // where the envelope has one (Firehose, Kinesis: time of arrival), else null
  kLayout,         // internal: names of the record's columns in their order
  kFile,           // the path
  kAccount,        // of the key; of a CloudWatch envelope without key: its owner
  kRegion,
  kFlowLogId,
  kObjectTime,
};
inline constexpr std::size_t kNumMetaColumns = 12;

struct MetaColumnInfo {
  MetaColumn id;
  std::string_view name;  // canonical
  column::Type type;
};
[[nodiscard]] const std::array<MetaColumnInfo, kNumMetaColumns>& all_meta_columns();
[[nodiscard]] const MetaColumnInfo& info(MetaColumn id);
// By any spelling: case, '-' and '_' do not count.
[[nodiscard]] std::optional<MetaColumn> find_meta_column(std::string_view name);
// The same value for all records of a file that has an object key.
[[nodiscard]] constexpr bool is_constant_in_file(MetaColumn id) { return id >= MetaColumn::kFile; }

}  // namespace weir::flowlog
