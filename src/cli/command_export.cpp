#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/flow_output.h"
#include "cli/session.h"

namespace weir::cli {
namespace {

constexpr TimeMs kHourMs = 3'600'000;
constexpr std::string_view kAccount = "COALESCE(`account_id`, `@account`)";
constexpr std::string_view kRegion = "COALESCE(`region`, `@region`)";

// What one file of the Hive layout holds.
struct HivePart {
  std::optional<std::string> account;
  std::optional<std::string> region;
  std::optional<TimeMs> hour;
};

std::optional<std::string> text_at(const column::Column& column, std::size_t row) {
  const column::Value value = column.value_at(row);
  return value.type == column::Type::kString ? std::optional(value.text) : std::nullopt;
}

Result<std::vector<HivePart>> find_parts(Session& session) {
  const QueryText text = QueryText::made(fmt::format(
      "SELECT {} AS account, {} AS region, date_trunc('hour', `start`) AS hour, COUNT(*) AS n "
      "FROM flows GROUP BY 1, 2, 3 ORDER BY hour, account, region",
      kAccount, kRegion));
  WEIR_ASSIGN_OR_RETURN(const auto statements, session.prepare(text, query::Language::kSql));
  query::RowCollector rows;
  WEIR_RETURN_IF_ERROR(session.run(statements.front(), text, rows));
  std::vector<HivePart> parts;
  for (const column::Batch& batch : rows.batches()) {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      HivePart part;
      part.account = text_at(batch.columns[0], row);
      part.region = text_at(batch.columns[1], row);
      if (!batch.columns[2].is_null(row)) {
        part.hour = batch.columns[2].value_at(row).integer;
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::string escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '\'' ? "''" : std::string(1, c);
  }
  return escaped;
}

std::string condition_of(const HivePart& part) {
  const auto is = [](std::string_view expression, const std::optional<std::string>& value) {
    return value ? fmt::format("{} = '{}'", expression, escaped(*value))
                 : fmt::format("{} IS NULL", expression);
  };
  std::string text = is(kAccount, part.account) + " AND " + is(kRegion, part.region);
  if (part.hour) {
    text += fmt::format(" AND `start` >= TIMESTAMP '{}' AND `start` < TIMESTAMP '{}'",
                        to_time_text(*part.hour), to_time_text(*part.hour + kHourMs));
  } else {
    text += " AND `start` IS NULL";
  }
  return text;
}

// A folder of the name must not lead anywhere else.
std::string folder_text(const std::optional<std::string>& value) {
  if (!value || value->empty()) {
    return "__HIVE_DEFAULT_PARTITION__";
  }
  std::string text = *value;
  for (char& c : text) {
    c = c == '/' || c == '\0' ? '_' : c;
  }
  return text.starts_with('.') ? "_" + text : text;
}

// AWS VPC user guide, "Flow log files": Hive-compatible prefixes, one an hour.
std::string path_of(const std::string& root, const HivePart& part) {
  const std::string account = folder_text(part.account);
  const std::string region = folder_text(part.region);
  std::string date = "year=__HIVE_DEFAULT_PARTITION__";
  std::string stamp = "none";
  if (part.hour) {
    const CivilTime civil = to_civil(*part.hour);
    date = fmt::format("year={:04}/month={:02}/day={:02}/hour={:02}", civil.year, civil.month,
                       civil.day, civil.hour);
    stamp = fmt::format("{:04}{:02}{:02}T{:02}00Z", civil.year, civil.month, civil.day, civil.hour);
  }
  return fmt::format(
      "{}/AWSLogs/aws-account-id={}/aws-service=vpcflowlogs/aws-region={}/{}/"
      "{}_vpcflowlogs_{}_{}_weir.log.parquet",
      root, account, region, date, account, region, stamp);
}

Result<std::uint64_t> export_hive(Session& session, const std::string& root) {
  Environment& environment = session.environment();
  if (const auto listed = environment.files().list(root); listed && !listed->empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not empty: name a new folder, so that nothing is mixed with "
                            "what is there",
                            root));
  }
  WEIR_ASSIGN_OR_RETURN(const auto parts, find_parts(session));
  std::uint64_t num_rows = 0;
  for (const HivePart& part : parts) {
    FlowOutput output;
    output.target = "parquet";
    output.path = path_of(root, part);
    output.has_aws_types = true;
    WEIR_RETURN_IF_ERROR(environment.files().create_directories(
        std::filesystem::path(output.path).parent_path().string()));
    const QueryText text = QueryText::made("SELECT * FROM flows WHERE " + condition_of(part));
    WEIR_ASSIGN_OR_RETURN(const std::uint64_t written, write_flows(session, text, output));
    num_rows += written;
  }
  environment.say(fmt::format("{} records in {} files\n",
                              format_grouped(static_cast<std::int64_t>(num_rows)), parts.size()));
  return num_rows;
}

Result<int> export_store(const Arguments& arguments, Environment& environment) {
  if (!arguments.has("to")) {
    return fail(ErrorCode::kUsage, "weir export needs --to parquet, csv, jsonl or ocsf");
  }
  if (arguments.positionals().size() > 1) {
    return fail(ErrorCode::kUsage,
                "weir export writes to one place; files are read by weir convert");
  }
  if (arguments.value("table", "flows") != "flows") {
    return fail(ErrorCode::kNotFound, fmt::format("there is no table '{}'; the store has flows",
                                                  arguments.value("table")));
  }
  const std::string_view target = arguments.value("to");
  const bool is_hive = arguments.has("layout");
  const std::string path = arguments.positionals().empty() ? "-" : arguments.positionals().front();
  if (path == "-" && (target == "parquet" || is_hive)) {
    return fail(ErrorCode::kUsage, is_hive ? "--layout hive needs a folder to write to"
                                           : "Parquet is written to a file: name it");
  }
  if (is_hive && target != "parquet") {
    return fail(ErrorCode::kUsage, "--layout hive is AWS's layout of Parquet: --to parquet");
  }
  WEIR_ASSIGN_OR_RETURN(const auto session, Session::open_stored(arguments, environment));
  if (is_hive) {
    WEIR_RETURN_IF_ERROR(export_hive(*session, path));
    return environment.write_failure();
  }
  FlowOutput output;
  output.target = target;
  output.path = path;
  output.has_aws_types = arguments.has("aws-types");
  output.has_header = !arguments.has("no-header");
  QueryText text;
  text.add(fmt::format("SELECT {} FROM flows", target == "ocsf" ? ocsf_columns() : "*"));
  if (arguments.has("where")) {
    text.add(" WHERE ");
    text.add_option("--where", arguments.value("where"), arguments.value("where"));
  }
  WEIR_RETURN_IF_ERROR(write_flows(*session, text, output));
  return session->close();
}

}  // namespace

int run_export(const Arguments& arguments, Environment& environment) {
  const auto done = export_store(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
