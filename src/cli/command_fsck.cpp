#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "format/json_writer.h"
#include "metric/metric_check.h"
#include "store/store.h"
#include "store/store_check.h"

namespace weir::cli {
namespace {

using store::Damage;

std::string grouped_number(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

std::string damage_text(const Damage& damage) {
  std::string text = fmt::format("damaged: {}\n", damage.what);
  if (damage.of == Damage::Of::kSegment) {
    text += fmt::format("  {} records of table {} are in it\n", grouped_number(damage.num_rows),
                        damage.table);
  }
  return text;
}

std::string_view name_of(Damage::Of of) {
  return of == Damage::Of::kManifest ? "manifest" : of == Damage::Of::kLog ? "log" : "segment";
}

// Of the metrics that a server keeps beside; nothing where it has none.
using MetricReport = std::optional<metric::MetricCheckReport>;

void put_metrics(format::JsonWriter& json, const metric::MetricCheckReport& report) {
  const auto count = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.key("metrics");
  json.begin_object();
  count("parts", report.parts);
  count("bytes", report.bytes);
  count("samples", report.samples);
  count("series", report.series);
  count("log_records", report.log_records);
  count("torn_bytes", report.torn_bytes);
  count("orphans", report.orphans.size());
  json.key("damages");
  json.begin_array();
  for (const metric::MetricDamage& damage : report.damages) {
    json.begin_object();
    json.key("file");
    json.string(damage.file);
    json.key("what");
    json.string(damage.what);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

std::string metrics_text(const metric::MetricCheckReport& report) {
  std::string text = fmt::format(
      "metrics: {} samples of {} series in {} parts, {} log records; {} checked\n",
      grouped_number(report.samples), grouped_number(report.series), grouped_number(report.parts),
      grouped_number(report.log_records), format_bytes(static_cast<double>(report.bytes)));
  for (const metric::MetricDamage& damage : report.damages) {
    text += fmt::format("damaged: {}: {}\n", damage.file, damage.what);
  }
  if (!report.damages.empty()) {
    text += "metrics are not repaired: put the directory metrics/ back from a copy\n";
  }
  return text;
}

std::string findings_json(const store::CheckReport& report, const MetricReport& metrics,
                          bool is_repaired) {
  std::string text;
  format::JsonWriter json(text);
  const auto count = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.begin_object();
  json.key("schema");
  json.string("weir.fsck.v1");
  count("segments", report.segments);
  count("bytes", report.bytes);
  count("records", report.rows);
  count("log_records", report.log_records);
  count("sources", report.sources);
  count("torn_bytes", report.torn_bytes);
  count("orphans", report.orphans.size());
  json.key("damages");
  json.begin_array();
  for (const Damage& damage : report.damages) {
    json.begin_object();
    json.key("of");
    json.string(name_of(damage.of));
    json.key("file");
    json.string(damage.file);
    json.key("what");
    json.string(damage.what);
    count("records", damage.num_rows);
    json.end_object();
  }
  json.end_array();
  if (metrics) {
    put_metrics(json, *metrics);
  }
  json.key("repaired");
  json.boolean(is_repaired);
  json.end_object();
  return text + "\n";
}

Result<void> copy_file(io::FileSystem& files, const std::string& from, const std::string& to) {
  WEIR_ASSIGN_OR_RETURN(const auto source, files.open_source(from));
  WEIR_ASSIGN_OR_RETURN(const auto target, files.create(to));
  std::vector<char> buffer(1 << 20);
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, source->read(buffer));
    if (size == 0) {
      break;
    }
    WEIR_RETURN_IF_ERROR(target->append({buffer.data(), size}));
  }
  WEIR_RETURN_IF_ERROR(target->sync());
  return target->close();
}

// A damaged log is kept as it was; what is good of it goes into segments.
Result<void> set_logs_aside(io::FileSystem& files, const std::string& directory) {
  const std::string aside = directory + "/quarantine";
  WEIR_RETURN_IF_ERROR(files.create_directories(aside));
  WEIR_ASSIGN_OR_RETURN(const auto found, files.list(directory));
  for (const io::FileInfo& file : found) {
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    if (!file.is_directory && name.starts_with("wal-")) {
      WEIR_RETURN_IF_ERROR(copy_file(files, file.path, aside + "/" + name));
    }
  }
  return files.sync_directory(aside);
}

Result<void> repair(Environment& environment, const std::string& directory,
                    const std::vector<Damage>& damages) {
  io::FileSystem& files = environment.files();
  std::vector<store::Store::Quarantined> segments;
  bool has_bad_log = false;
  for (const Damage& damage : damages) {
    if (damage.of == Damage::Of::kManifest) {
      return fail(ErrorCode::kInput,
                  fmt::format("the manifest says what the store holds, and cannot be repaired: put "
                              "{} back from a copy, or move it away and take the logs in again",
                              directory));
    }
    has_bad_log = has_bad_log || damage.of == Damage::Of::kLog;
    if (damage.of == Damage::Of::kSegment) {
      segments.push_back({damage.table, damage.segment, "damaged: " + damage.what});
    }
  }
  store::StoreOptions options;
  options.accepts_damage = true;
  options.reserve_bytes = 0;
  WEIR_ASSIGN_OR_RETURN(const auto store,
                        store::Store::open(files, environment.clock(), directory, options));
  if (has_bad_log) {
    WEIR_RETURN_IF_ERROR(set_logs_aside(files, directory));
    WEIR_RETURN_IF_ERROR(store->seal());
  }
  return store->quarantine(segments);
}

Result<int> check_data(const Arguments& arguments, Environment& environment) {
  const std::string directory = data_directory(arguments);
  if (!has_store(environment, directory)) {
    return tl::unexpected<Error>(no_store(directory));
  }
  const bool is_json = arguments.value("output", "table") == "json";
  WEIR_ASSIGN_OR_RETURN(auto report,
                        store::check_store(environment.files(), directory, &environment.cancel()));
  MetricReport metrics;
  if (environment.files().exists(directory + "/metrics")) {
    WEIR_ASSIGN_OR_RETURN(
        metrics,
        metric::check_metrics(environment.files(), directory + "/metrics", &environment.cancel()));
  }
  bool is_repaired = false;
  if (!report.damages.empty() && arguments.has("repair")) {
    WEIR_RETURN_IF_ERROR(repair(environment, directory, report.damages));
    is_repaired = true;
  }
  std::string text;
  if (is_json) {
    text = findings_json(report, metrics, is_repaired);
  } else {
    text = fmt::format("{}: {} records in {} segments and {} log records, {} sources; {} checked\n",
                       directory, grouped_number(report.rows), grouped_number(report.segments),
                       grouped_number(report.log_records), grouped_number(report.sources),
                       format_bytes(static_cast<double>(report.bytes)));
    for (const Damage& damage : report.damages) {
      text += damage_text(damage);
    }
    if (report.torn_bytes > 0) {
      text += fmt::format(
          "{} bytes at the end were never acknowledged: a write that a crash cut "
          "short\n",
          grouped_number(report.torn_bytes));
    }
    if (!report.orphans.empty()) {
      text += fmt::format(
          "{} files belong to nothing yet: of a writer at work, or removed when the "
          "next one starts\n",
          report.orphans.size());
    }
    text += metrics ? metrics_text(*metrics) : "";
    if (report.damages.empty()) {
      text += metrics && !metrics->damages.empty() ? "" : "nothing is damaged\n";
    } else if (is_repaired) {
      text += fmt::format(
          "repaired: what is damaged lies in {}/quarantine, and the store answers "
          "without it\n",
          directory);
    } else {
      text += "weir fsck --repair takes what is damaged out of the store\n";
    }
  }
  if (!environment.write(text)) {
    return environment.write_failure();
  }
  const bool has_bad_metrics = metrics && !metrics->damages.empty();
  return (report.damages.empty() || is_repaired) && !has_bad_metrics ? kExitDone : kExitInput;
}

}  // namespace

int run_fsck(const Arguments& arguments, Environment& environment) {
  const auto done = check_data(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
