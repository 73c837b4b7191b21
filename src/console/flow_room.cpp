#include "console/flow_room.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "query/execute.h"

namespace weir::console {
namespace {

// The flow table, by the names it has.
class FlowCatalog final : public query::Catalog {
 public:
  explicit FlowCatalog(std::shared_ptr<column::Table> table) : table_(std::move(table)) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    if (name.empty() || name == "flows" || name == "vpc_flow_logs") {
      return table_;
    }
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no table '{}'; the flow table is called flows", name), span);
  }

 private:
  std::shared_ptr<column::Table> table_;
};

class Rows final : public query::RowSink {
 public:
  Rows(std::size_t max_rows, Answer& answer) : max_rows_(max_rows), answer_(answer) {}
  Result<void> start(const column::Schema& schema) override {
    answer_.schema = schema;
    return {};
  }
  Result<bool> write(const column::Batch& batch) override {
    if (answer_.rows.size() + batch.num_rows > max_rows_) {
      return fail(ErrorCode::kLimit,
                  fmt::format("the answer would have more than {} rows: ask for a shorter time, "
                              "coarser steps or fewer fields, or add a condition",
                              format_grouped(static_cast<std::int64_t>(max_rows_))));
    }
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      auto& values = answer_.rows.emplace_back();
      values.reserve(batch.columns.size());
      for (const column::Column& column : batch.columns) {
        values.push_back(column.value_at(row));
      }
    }
    return true;
  }

 private:
  std::size_t max_rows_;
  Answer& answer_;
};

// An error of the user's part of the text points there; another one has no place to point at.
Error seen_by_user(Error error, const Question& question) {
  if (error.code == ErrorCode::kNotFound) {
    error.code = ErrorCode::kUsage;  // a name in a question, not what the question was sent to
  }
  if (error.span) {
    const std::size_t end = question.user_begin + question.user_size;
    if (question.user_size > 0 && error.span->begin >= question.user_begin &&
        error.span->begin <= end) {
      error.span->begin -= question.user_begin;
      error.span->end = std::min(error.span->end, end) - question.user_begin;
      error.span->end = std::max(error.span->end, error.span->begin);
    } else {
      error.span.reset();
    }
  }
  return error;
}

}  // namespace

Result<Answer> ask(const FlowRoom& room, const Question& question, std::size_t num_columns) {
  WEIR_ASSIGN_OR_RETURN(auto table, room.flows());
  FlowCatalog catalog(std::move(table));
  query::PrepareOptions options;
  options.language = question.language;
  options.range = question.range;
  query::QueryEnvironment environment;
  environment.now_ms = room.clock->now_ms();
  environment.enrichment = room.enrichment;
  const std::int64_t begin_ns = room.clock->monotonic_ns();
  auto prepared = query::prepare(question.text, options, catalog, environment);
  if (!prepared) {
    return tl::unexpected(seen_by_user(std::move(prepared).error(), question));
  }
  if (prepared->size() != 1 || prepared->front().plan->schema.size() != num_columns) {
    return fail(ErrorCode::kUsage,
                "the filter is to be one condition, as in srcaddr = \"10.0.0.1\" and bytes > 1000");
  }
  MemoryBudget memory(room.memory_bytes);
  query::ExecuteOptions execution;
  execution.num_threads = room.num_threads;
  execution.memory = &memory;
  execution.cancel = question.cancel;
  Answer answer;
  Rows rows(question.max_rows, answer);
  auto done = query::execute(prepared->front().plan, execution, rows);
  if (!done) {
    return tl::unexpected(seen_by_user(std::move(done).error(), question));
  }
  query::AnswerReport& report = answer.report;
  report.completeness = std::move(done->completeness);
  report.paths = std::move(done->paths);
  report.rows_matched = done->rows_matched;
  report.rows_returned = done->rows_returned;
  report.peak_memory_bytes = done->peak_memory_bytes;
  report.seconds = static_cast<double>(room.clock->monotonic_ns() - begin_ns) / 1e9;
  report.query = question.text;
  for (query::Warning warning : prepared->front().warnings) {
    Error placed{ErrorCode::kUsage, "", warning.span};
    warning.span = seen_by_user(std::move(placed), question).span;
    report.warnings.push_back(std::move(warning));
  }
  return answer;
}

FilterText filter_text(std::string_view condition) {
  const auto first = condition.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return {};
  }
  constexpr std::string_view kBegin = "filter (";
  // On a line of its own ends what a comment at the end of the condition would swallow.
  return {fmt::format("{}{}\n) | ", kBegin, condition), kBegin.size(), condition.size()};
}

Question filtered_question(std::string_view condition, std::string_view rest,
                           const column::TimeRange& range) {
  FilterText filter = filter_text(condition);
  Question question;
  question.text = std::move(filter.text) + std::string(rest);
  question.range = range;
  question.user_begin = filter.begin;
  question.user_size = filter.size;
  return question;
}

Result<std::string> field_text(std::string_view name) {
  const bool is_name =
      !name.empty() && name.size() <= 256 && std::all_of(name.begin(), name.end(), [](char c) {
        return c != '`' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
      });
  if (!is_name) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no name of a field; /api/v1/fields lists them", name));
  }
  return fmt::format("`{}`", name);
}

std::optional<std::string> literal_text(const column::Value& value) {
  std::string text;
  switch (value.type) {
    case column::Type::kInt64:
      return std::to_string(value.integer);
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kAddress:
      text = to_string(value.address);
      break;
    case column::Type::kString:
      text = value.text;
      break;
    default:
      return std::nullopt;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      return std::nullopt;
    }
    quoted += c == '"' || c == '\\' ? "\\" : "";
    quoted += c;
  }
  return quoted + "\"";
}

std::string answered_from(const query::AnswerReport& report) {
  return fmt::format("{}", fmt::join(report.paths, "; "));
}

format::Tree owner_in_inventory(const FlowRoom& room, const IpAddress& address) {
  format::Tree owner;
  const auto add = [&](std::string_view member, std::string_view value) {
    if (!value.empty()) {
      owner.append(std::string(member), value);
    }
  };
  if (room.inventory == nullptr) {
    return owner;
  }
  if (const auto* const interface = room.inventory->find_interface(address)) {
    add("interface", interface->id);
    add("instance", interface->instance_id);
    add("name", room.inventory->tag(interface->instance_id, "Name"));
    add("subnet", interface->subnet_id);
    add("vpc", interface->vpc_id);
    add("description", interface->description);
  }
  if (const auto* const workload = room.inventory->find_workload(address)) {
    add("pod", workload->pod_name);
    add("namespace", workload->namespace_name);
    add("service", workload->service_name);
    add("task", workload->task_arn);
    add("cluster", workload->cluster_name);
  }
  return owner;
}

}  // namespace weir::console
