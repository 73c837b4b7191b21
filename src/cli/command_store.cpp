#include <fmt/format.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/row_writer.h"
#include "cli/value_rows.h"
#include "store/store.h"
#include "store/store_usage.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;
using Rows = std::vector<std::vector<Value>>;

Value count_of(std::uint64_t value) { return Value::of_int(static_cast<std::int64_t>(value)); }

Value per_record(std::uint64_t bytes, std::uint64_t rows) {
  if (rows == 0) {
    return Value::null();
  }
  // Two places are what a person compares.
  const double exact = static_cast<double>(bytes) / static_cast<double>(rows);
  return Value::of_double(std::round(exact * 100) / 100);
}

std::string encodings_text(const std::map<std::string, std::uint64_t>& encodings) {
  std::string text;
  for (const auto& [name, bytes] : encodings) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                        format_bytes(static_cast<double>(bytes)));
  }
  return text;
}

// All files below a directory.
std::uint64_t bytes_below(io::FileSystem& files, const std::string& directory) {
  std::uint64_t bytes = 0;
  const auto entries = files.list(directory);
  if (!entries) {
    return 0;
  }
  for (const io::FileInfo& entry : *entries) {
    bytes += entry.is_directory ? bytes_below(files, entry.path) : entry.size;
  }
  return bytes;
}

// What the sections are made from.
struct StoreFacts {
  Rows tables;
  Rows partitions;
  Rows parts;
};

Result<StoreFacts> gather(Environment& environment, const std::string& directory) {
  WEIR_ASSIGN_OR_RETURN(const auto view, store::StoreView::open(environment.files(), directory));
  const auto state = view->state();
  StoreFacts facts;
  std::map<std::string, std::uint64_t> sources;
  std::map<std::string, std::uint64_t> rejected;
  WEIR_RETURN_IF_ERROR(state->visit_sources([&](const store::SourceMeta& source) {
    ++sources[source.table];
    rejected[source.table] += source.num_rejected;
    return true;
  }));
  for (const auto& table : state->tables()) {
    const std::string& name = table->spec->name;
    WEIR_ASSIGN_OR_RETURN(const auto snapshot, view->snapshot(name));
    WEIR_ASSIGN_OR_RETURN(const auto usage, store::measure_table(*snapshot));
    std::optional<TimeMs> first;
    std::optional<TimeMs> last;
    std::map<TimeMs, std::pair<std::uint64_t, std::vector<std::uint64_t>>> by_partition;
    for (const auto& segment : table->segments) {
      if (segment->min_time) {
        first = std::min(first.value_or(*segment->min_time), *segment->min_time);
      }
      if (segment->max_time) {
        last = std::max(last.value_or(*segment->max_time), *segment->max_time);
      }
      auto& [rows, bytes] = by_partition[segment->partition];
      rows += segment->num_rows;
      bytes.push_back(segment->file_bytes);
    }
    const auto time = [](std::optional<TimeMs> value) {
      return value ? Value::of_time(*value) : Value::null();
    };
    facts.tables.push_back({Value::of_string(name), count_of(usage.rows), count_of(usage.tail_rows),
                            count_of(usage.partitions), count_of(usage.segments),
                            count_of(usage.bytes),
                            per_record(usage.bytes, usage.rows - usage.tail_rows), time(first),
                            time(last), count_of(sources[name]), count_of(rejected[name])});
    for (const auto& [partition, held] : by_partition) {
      std::uint64_t bytes = 0;
      for (const std::uint64_t each : held.second) {
        bytes += each;
      }
      facts.partitions.push_back(
          {Value::of_string(name),
           partition == INT64_MIN ? Value::null() : Value::of_time(partition), count_of(held.first),
           count_of(held.second.size()), count_of(bytes), per_record(bytes, held.first)});
    }
    for (const auto& part : usage.parts) {
      facts.parts.push_back({Value::of_string(name), Value::of_string(part.kind),
                             Value::of_string(part.name), count_of(part.bytes),
                             per_record(part.bytes, usage.rows - usage.tail_rows),
                             Value::of_string(encodings_text(part.encodings))});
    }
  }
  return facts;
}

const column::Schema& tables_schema() {
  static const column::Schema schema{
      {"table", Type::kString},          {"records", Type::kInt64},  {"in_log", Type::kInt64},
      {"partitions", Type::kInt64},      {"segments", Type::kInt64}, {"bytes", Type::kInt64},
      {"bytes_a_record", Type::kDouble}, {"first", Type::kTime},     {"last", Type::kTime},
      {"sources", Type::kInt64},         {"rejected", Type::kInt64}};
  return schema;
}

const column::Schema& partitions_schema() {
  static const column::Schema schema{{"table", Type::kString},  {"partition", Type::kTime},
                                     {"records", Type::kInt64}, {"segments", Type::kInt64},
                                     {"bytes", Type::kInt64},   {"bytes_a_record", Type::kDouble}};
  return schema;
}

const column::Schema& parts_schema() {
  static const column::Schema schema{
      {"table", Type::kString}, {"kind", Type::kString},           {"name", Type::kString},
      {"bytes", Type::kInt64},  {"bytes_a_record", Type::kDouble}, {"encodings", Type::kString}};
  return schema;
}

Result<int> show_store(const Arguments& arguments, Environment& environment) {
  if (arguments.positionals().size() != 1 || arguments.positionals().front() != "info") {
    return fail(ErrorCode::kUsage, "weir store info is what there is");
  }
  const std::string directory = data_directory(arguments);
  if (!has_store(environment, directory)) {
    return tl::unexpected<Error>(no_store(directory));
  }
  WEIR_ASSIGN_OR_RETURN(const StoreFacts facts, gather(environment, directory));
  const std::string_view format = arguments.value("output", "table");
  const bool is_for_people = format == "table" || format == "md";
  const bool is_json = format == "json";
  RowWriterOptions options;
  options.is_terminal = environment.is_output_terminal();
  options.terminal_width = environment.terminal_width();
  options.has_color = environment.has_color();
  options.has_header = !arguments.has("no-header");
  const std::uint64_t bytes = bytes_below(environment.files(), directory);
  if (is_for_people && !environment.write(fmt::format("{}: {} in all\n", directory,
                                                      format_bytes(static_cast<double>(bytes))))) {
    return environment.write_failure();
  }
  if (is_json && !environment.write(fmt::format("{{\"bytes\": {},\n", bytes))) {
    return environment.write_failure();
  }
  struct Section {
    std::string_view key;
    std::string_view title;
    const column::Schema& schema;
    const Rows& rows;
  };
  const Section sections[] = {{"tables", "Tables", tables_schema(), facts.tables},
                              {"partitions", "Partitions", partitions_schema(), facts.partitions},
                              {"parts", "What takes room", parts_schema(), facts.parts}};
  bool is_first = true;
  for (const Section& section : sections) {
    std::string before;
    if (is_for_people) {
      before = fmt::format("\n{}{}\n{}", format == "md" ? "## " : "", section.title,
                           format == "md" ? "\n" : "");
    } else if (is_json) {
      before = fmt::format("{}\"{}\": ", is_first ? "" : ",\n", section.key);
    }
    is_first = false;
    if (!environment.write(before)) {
      return environment.write_failure();
    }
    const auto writer = make_row_writer(format, environment, options);
    WEIR_ASSIGN_OR_RETURN(const bool is_open, write_rows(*writer, section.schema, section.rows));
    if (!is_open) {
      return environment.write_failure();
    }
  }
  if (is_json && !environment.write("}\n")) {
    return environment.write_failure();
  }
  return environment.write_failure();
}

}  // namespace

int run_store(const Arguments& arguments, Environment& environment) {
  const auto done = show_store(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
