#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/removed_text.h"
#include "cli/row_writer.h"
#include "cli/value_rows.h"
#include "intake/flow_table_spec.h"
#include "store/store.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;

std::string age_text(std::int64_t ms) {
  constexpr std::int64_t kHourMs = 3'600'000;
  return ms % (24 * kHourMs) == 0 ? fmt::format("{}d", ms / (24 * kHourMs))
                                  : fmt::format("{}h", ms / kHourMs);
}

Result<std::optional<std::int64_t>> read_age(std::string_view text) {
  if (text == "none") {
    return std::optional<std::int64_t>();
  }
  const auto period = parse_period(text);
  if (!period || period->approximate_ms() < 3'600'000) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("--max-age takes an hour or more, as in 30d or 12h, or none, not '{}'", text));
  }
  return std::optional(period->approximate_ms());
}

Result<std::optional<std::uint64_t>> read_size(std::string_view text) {
  if (text == "none") {
    return std::optional<std::uint64_t>();
  }
  const auto bytes = parse_byte_size(text);
  if (!bytes || *bytes == 0) {
    return fail(ErrorCode::kUsage,
                fmt::format("--max-size takes a size, as in 50GB, or none, not '{}'", text));
  }
  return bytes;
}

Result<bool> show_rules(const Arguments& arguments, Environment& environment,
                        const store::ManifestState& state) {
  std::vector<std::vector<Value>> rows;
  for (const auto& table : state.tables()) {
    const auto& rule = table->retention;
    rows.push_back(
        {Value::of_string(table->spec->name),
         rule && rule->max_age_ms ? Value::of_string(age_text(*rule->max_age_ms)) : Value::null(),
         rule && rule->max_bytes ? Value::of_int(static_cast<std::int64_t>(*rule->max_bytes))
                                 : Value::null(),
         Value::of_int(static_cast<std::int64_t>(table->num_rows)),
         Value::of_int(static_cast<std::int64_t>(table->file_bytes))});
  }
  RowWriterOptions options;
  options.is_terminal = environment.is_output_terminal();
  options.terminal_width = environment.terminal_width();
  options.has_color = environment.has_color();
  options.has_header = !arguments.has("no-header");
  const auto writer = make_row_writer(arguments.value("output", "table"), environment, options);
  return write_rows(*writer,
                    {{"table", Type::kString},
                     {"max_age", Type::kString},
                     {"max_bytes", Type::kInt64},
                     {"records", Type::kInt64},
                     {"bytes", Type::kInt64}},
                    rows);
}

Result<int> retain(const Arguments& arguments, Environment& environment) {
  const std::string directory = data_directory(arguments);
  if (!has_store(environment, directory)) {
    return tl::unexpected<Error>(no_store(directory));
  }
  const bool sets = arguments.has("max-age") || arguments.has("max-size");
  const bool deletes = arguments.has("apply") || arguments.has("drop-before");
  if (!sets && !deletes) {
    WEIR_ASSIGN_OR_RETURN(const auto view, store::StoreView::open(environment.files(), directory));
    WEIR_RETURN_IF_ERROR(show_rules(arguments, environment, *view->state()));
    return environment.write_failure();
  }
  const bool is_dry = arguments.has("dry-run");
  if (sets && is_dry) {
    return fail(ErrorCode::kUsage,
                "--dry-run shows what the rules in force remove: set them first");
  }
  if (deletes && !is_dry && !arguments.has("yes")) {
    return fail(ErrorCode::kUsage,
                "this deletes records for good: --dry-run shows which, --yes does it");
  }
  const std::string table(arguments.value("table", intake::kFlowsTable));
  WEIR_ASSIGN_OR_RETURN(const auto store,
                        store::Store::open(environment.files(), environment.clock(), directory));
  const auto described = store->state()->table(table);
  if (described == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory, table));
  }
  if (sets) {
    store::RetentionRule rule = described->retention.value_or(store::RetentionRule{});
    rule.table = table;
    if (arguments.has("max-age")) {
      WEIR_ASSIGN_OR_RETURN(rule.max_age_ms, read_age(arguments.value("max-age")));
    }
    if (arguments.has("max-size")) {
      WEIR_ASSIGN_OR_RETURN(rule.max_bytes, read_size(arguments.value("max-size")));
    }
    WEIR_RETURN_IF_ERROR(store->put_retention(rule));
  }
  std::vector<store::RemovedSegment> removed;
  if (arguments.has("drop-before")) {
    auto until = parse_time(arguments.value("drop-before"), environment.clock().now_ms());
    if (!until) {
      return fail(ErrorCode::kUsage, "--drop-before: " + until.error().message);
    }
    const std::string reason = "dropped: before " + to_time_text(*until);
    if (is_dry) {
      removed = store->find_partitions(table, INT64_MIN + 1, *until, reason);
    } else {
      WEIR_ASSIGN_OR_RETURN(removed, store->drop_partitions(table, INT64_MIN + 1, *until, reason));
    }
  }
  if (arguments.has("apply")) {
    if (is_dry) {
      removed = store->find_expired();
    } else {
      WEIR_ASSIGN_OR_RETURN(auto expired, store->apply_retention());
      removed.insert(removed.end(), expired.begin(), expired.end());
    }
  }
  if (deletes) {
    environment.say(removed_text(removed, is_dry));
  }
  WEIR_RETURN_IF_ERROR(show_rules(arguments, environment, *store->state()));
  return environment.write_failure();
}

}  // namespace

int run_retention(const Arguments& arguments, Environment& environment) {
  const auto done = retain(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
