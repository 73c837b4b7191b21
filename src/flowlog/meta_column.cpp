#include "flowlog/meta_column.h"

#include <string>

namespace weir::flowlog {
namespace {

using column::Type;

constexpr std::array<MetaColumnInfo, kNumMetaColumns> kMetaColumns{{
    {MetaColumn::kMessage, "@message", Type::kString},
    {MetaColumn::kTimestamp, "@timestamp", Type::kTime},
    {MetaColumn::kLogStream, "@logStream", Type::kString},
    {MetaColumn::kLog, "@log", Type::kString},
    {MetaColumn::kPtr, "@ptr", Type::kString},
    {MetaColumn::kIngestionTime, "@ingestionTime", Type::kTime},
    {MetaColumn::kLayout, "@layout", Type::kString},
    {MetaColumn::kFile, "@file", Type::kString},
    {MetaColumn::kAccount, "@account", Type::kString},
    {MetaColumn::kRegion, "@region", Type::kString},
    {MetaColumn::kFlowLogId, "@flowLogId", Type::kString},
    {MetaColumn::kObjectTime, "@objectTime", Type::kTime},
}};

std::string folded_name(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '-' && c != '_') {
      folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return folded;
}

}  // namespace

const std::array<MetaColumnInfo, kNumMetaColumns>& all_meta_columns() { return kMetaColumns; }

const MetaColumnInfo& info(MetaColumn id) { return kMetaColumns[static_cast<std::size_t>(id)]; }

std::optional<MetaColumn> find_meta_column(std::string_view name) {
  if (!name.starts_with('@')) {
    return std::nullopt;
  }
  for (const MetaColumnInfo& column : kMetaColumns) {
    if (column.name == name) {  // mostly it is said as it is
      return column.id;
    }
  }
  const std::string wanted = folded_name(name);
  for (const MetaColumnInfo& column : kMetaColumns) {
    if (folded_name(column.name) == wanted) {
      return column.id;
    }
  }
  return std::nullopt;
}

}  // namespace weir::flowlog
