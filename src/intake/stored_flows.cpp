#include "intake/stored_flows.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "column/row_filter.h"
#include "flowlog/cell_value.h"
#include "flowlog/field.h"
#include "flowlog/meta_column.h"
#include "intake/flow_table_spec.h"
#include "intake/source_details.h"
#include "store/table_layout.h"

namespace weir::intake {
namespace {

using column::Batch;
using column::Field;
using column::Type;

std::shared_ptr<const store::TableSnapshot> or_empty(
    std::shared_ptr<const store::TableSnapshot> snapshot) {
  if (snapshot != nullptr) {
    return snapshot;
  }
  auto empty = std::make_shared<store::TableSnapshot>();
  empty->spec = std::make_shared<const store::TableSpec>(empty_flow_spec());
  return empty;
}

// How the columns of a request come from those of the stored table.
struct FlowRequest {
  struct Output {
    Type type = Type::kNull;
    enum class From : std::uint8_t { kStored, kNothing, kMessage, kTime } from = From::kNothing;
    std::size_t column = 0;  // of the inner request
  };
  column::ScanRequest inner;
  std::vector<Output> outputs;
  std::vector<std::optional<std::size_t>> inner_conjuncts;  // of each conjunct
  // For @message: @layout, and where each column of the table stands; for times: both of them.
  std::size_t layout = 0;
  std::vector<std::pair<std::string, std::size_t>> message_columns;
  std::optional<std::size_t> start;
  std::optional<std::size_t> event_time;
  // The range where it is to be applied to event times too.
  std::optional<column::TimeRange> range;
};

// Makes @message from the columns of each row's layout.
class MessageMaker {
 public:
  void make(const FlowRequest& request, Batch& batch, column::Column& out) {
    column::Column& layouts = batch.columns[request.layout];
    layouts.flatten();
    for (const auto& [name, position] : request.message_columns) {
      batch.columns[position].flatten();
    }
    out.reset(Type::kString, batch.num_rows);
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      if (layouts.is_null(row)) {
        out.set_null(row);
        continue;
      }
      follow(request, layouts.data<std::string_view>()[row]);
      text_.clear();
      for (const auto& position : order_) {
        text_ += text_.empty() ? "" : " ";
        if (position) {
          flowlog::append_token(batch.columns[*position], row, text_);
        } else {
          text_ += '-';
        }
      }
      out.data<std::string_view>()[row] = out.arena().copy(text_);
    }
  }

 private:
  void follow(const FlowRequest& request, std::string_view layout) {
    if (layout == layout_) {
      return;
    }
    layout_ = layout;
    order_.clear();
    while (!layout.empty()) {
      const std::size_t end = std::min(layout.find(' '), layout.size());
      const std::string_view name = layout.substr(0, end);
      layout.remove_prefix(std::min(end + 1, layout.size()));
      const auto found =
          std::find_if(request.message_columns.begin(), request.message_columns.end(),
                       [&](const auto& column) { return column.first == name; });
      order_.push_back(found == request.message_columns.end() ? std::nullopt
                                                              : std::optional(found->second));
    }
  }

  std::string layout_;
  std::vector<std::optional<std::size_t>> order_;
  std::string text_;
};

class FlowStream final : public column::ScanStream {
 public:
  FlowStream(std::shared_ptr<const FlowRequest> request, std::unique_ptr<column::ScanStream> inner)
      : request_(std::move(request)), inner_(std::move(inner)) {}

  Result<bool> next(Batch& batch) override {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, inner_->next(rows_));
    batch.num_rows = 0;
    if (!is_more) {
      return false;
    }
    if (request_->range) {
      keep_range();
    }
    batch.num_rows = rows_.num_rows;
    batch.sequence = rows_.sequence;
    batch.columns.resize(request_->outputs.size());
    for (std::size_t i = 0; i < request_->outputs.size(); ++i) {
      const FlowRequest::Output& output = request_->outputs[i];
      column::Column& column = batch.columns[i];
      switch (output.from) {
        case FlowRequest::Output::From::kNothing:
          column.reset_constant(output.type, rows_.num_rows);
          column.set_null(0);
          break;
        case FlowRequest::Output::From::kMessage:
          messages_.make(*request_, rows_, column);
          break;
        case FlowRequest::Output::From::kTime:
          fill_times(column);
          break;
        case FlowRequest::Output::From::kStored:
          break;
      }
    }
    for (std::size_t i = 0; i < request_->outputs.size(); ++i) {
      const FlowRequest::Output& output = request_->outputs[i];
      if (output.from == FlowRequest::Output::From::kStored) {
        batch.columns[i].swap(rows_.columns[output.column]);
      }
    }
    return true;
  }

 private:
  [[nodiscard]] std::optional<TimeMs> time_at(std::size_t row) const {
    for (const auto& position : {request_->start, request_->event_time}) {
      if (position && !rows_.columns[*position].is_null(row)) {
        return rows_.columns[*position].value_at(row).integer;
      }
    }
    return std::nullopt;
  }

  void fill_times(column::Column& column) {
    column.reset(Type::kTime, rows_.num_rows);
    for (std::size_t row = 0; row < rows_.num_rows; ++row) {
      const auto time = time_at(row);
      column.data<std::int64_t>()[row] = time.value_or(0);
      if (!time) {
        column.set_null(row);
      }
    }
  }

  void keep_range() {
    kept_.clear();
    for (std::size_t row = 0; row < rows_.num_rows; ++row) {
      const auto time = time_at(row);
      if (time && (!request_->range->since || *time >= *request_->range->since) &&
          (!request_->range->until || *time < *request_->range->until)) {
        kept_.push_back(static_cast<std::uint32_t>(row));
      }
    }
    keeper_.keep(rows_, kept_);
  }

  std::shared_ptr<const FlowRequest> request_;
  std::unique_ptr<column::ScanStream> inner_;
  Batch rows_;
  MessageMaker messages_;
  column::RowFilter keeper_{{}};
  std::vector<std::uint32_t> kept_;
};

void add_taken_in(column::Completeness& completeness, const Result<column::Completeness>& taken) {
  if (!taken) {
    completeness.notes.push_back("what was refused when it was taken in is not known: " +
                                 taken.error().message);
    return;
  }
  completeness.rejected += taken->rejected;
  for (const auto& [reason, count] : taken->rejected_by_reason) {
    completeness.rejected_by_reason[reason] += count;
  }
  for (const auto& [reason, count] : taken->warnings) {
    completeness.warnings[reason] += count;
  }
  completeness.notes.insert(completeness.notes.begin(), taken->notes.begin(), taken->notes.end());
}

class FlowScan final : public column::Scan {
 public:
  // `request` null: groups, which come as they are.
  FlowScan(StoredFlows& flows, std::shared_ptr<const FlowRequest> request,
           std::unique_ptr<column::Scan> inner)
      : flows_(flows), request_(std::move(request)), inner_(std::move(inner)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    WEIR_ASSIGN_OR_RETURN(auto stream, inner_->open_stream());
    if (request_ == nullptr) {
      return stream;
    }
    return std::make_unique<FlowStream>(request_, std::move(stream));
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    std::vector<bool> inner = inner_->applied_conjuncts();
    if (request_ == nullptr) {
      return inner;
    }
    std::vector<bool> applied;
    for (const auto& conjunct : request_->inner_conjuncts) {
      applied.push_back(conjunct && inner[*conjunct]);
    }
    return applied;
  }
  [[nodiscard]] column::Completeness completeness() const override {
    column::Completeness completeness = inner_->completeness();
    add_taken_in(completeness, flows_.taken_in());
    return completeness;
  }
  [[nodiscard]] std::vector<std::string> paths() const override { return inner_->paths(); }

 private:
  StoredFlows& flows_;
  std::shared_ptr<const FlowRequest> request_;
  std::unique_ptr<column::Scan> inner_;
};

}  // namespace

StoredFlows::StoredFlows(std::shared_ptr<const store::TableSnapshot> snapshot,
                         std::shared_ptr<const store::ManifestState> state)
    : snapshot_(or_empty(std::move(snapshot))), state_(std::move(state)), table_(snapshot_) {}

bool StoredFlows::has(std::string_view name) const {
  return store::find_column(*snapshot_->spec, name).has_value();
}

std::optional<std::string> StoredFlows::stored_name(const std::string& name) const {
  if (name == "@timestamp" && !has_event_times()) {
    return has("start") ? std::optional<std::string>("start") : std::nullopt;
  }
  return has(name) && name != "@timestamp" ? std::optional(name) : std::nullopt;
}

Result<std::optional<Field>> StoredFlows::find(std::string_view name) {
  if (const auto meta = flowlog::find_meta_column(name)) {
    return Field{std::string(flowlog::info(*meta).name), flowlog::info(*meta).type};
  }
  if (const auto field = flowlog::find_field(name)) {
    return Field{std::string(flowlog::info(*field).canonical), flowlog::info(*field).type};
  }
  const auto column = store::find_column(*snapshot_->spec, flowlog::canonical_name(name));
  if (!column) {
    return std::optional<Field>();
  }
  const store::ColumnSpec& spec = snapshot_->spec->columns[*column];
  return Field{spec.name, spec.type};
}

Result<column::Schema> StoredFlows::columns() {
  column::Schema schema;
  for (const store::ColumnSpec& column : snapshot_->spec->columns) {
    if (!column.name.starts_with('@')) {
      schema.push_back({column.name, column.type});
    }
  }
  return schema;
}

std::vector<std::string> StoredFlows::known_names() {
  std::vector<std::string> names;
  for (const flowlog::FieldInfo& field : flowlog::all_fields()) {
    names.emplace_back(field.canonical);
    const std::string_view insights = flowlog::insights_name(field.id);
    if (!insights.empty() && insights != field.canonical) {
      names.emplace_back(insights);
    }
  }
  for (const flowlog::MetaColumnInfo& meta : flowlog::all_meta_columns()) {
    if (meta.id != flowlog::MetaColumn::kLayout) {
      names.emplace_back(meta.name);
    }
  }
  for (const store::ColumnSpec& column : snapshot_->spec->columns) {
    if (!column.name.starts_with('@') && !flowlog::find_field(column.name)) {
      names.push_back(column.name);
    }
  }
  return names;
}

Result<bool> StoredFlows::carries(std::string_view canonical_name) {
  if (canonical_name == "@message" || canonical_name == "@file") {
    return true;
  }
  if (canonical_name == "@timestamp") {
    return has("start") || has_event_times();
  }
  return has(canonical_name);
}

Result<std::unique_ptr<column::Scan>> StoredFlows::scan(const column::ScanRequest& request,
                                                        const column::ScanContext& context) {
  using From = FlowRequest::Output::From;
  auto flows = std::make_shared<FlowRequest>();
  column::ScanRequest& inner = flows->inner;
  inner.include_silent = request.include_silent;
  inner.num_streams = request.num_streams;
  inner.range = request.range;
  const auto ask = [&](const std::string& name) {
    inner.columns.push_back(name);
    return inner.columns.size() - 1;
  };
  bool needs_message = false;
  bool needs_time = false;
  for (const std::string& name : request.columns) {
    FlowRequest::Output output;
    output.type = field_of(name).type;
    if (const auto stored = stored_name(name)) {
      output.from = From::kStored;
      output.type = snapshot_->spec->columns[*store::find_column(*snapshot_->spec, *stored)].type;
      output.column = ask(*stored);
    } else if (name == "@message") {
      output.from = From::kMessage;
      needs_message = true;
    } else if (name == "@timestamp" && has_event_times()) {
      output.from = From::kTime;
      needs_time = true;
    }
    flows->outputs.push_back(output);
  }
  if (needs_message && has("@layout")) {
    flows->layout = ask("@layout");
    for (const store::ColumnSpec& column : snapshot_->spec->columns) {
      if (!column.name.starts_with('@')) {
        flows->message_columns.emplace_back(column.name, ask(column.name));
      }
    }
  } else if (needs_message) {
    for (FlowRequest::Output& output : flows->outputs) {
      output.from = output.from == From::kMessage ? From::kNothing : output.from;
    }
  }
  if (has_event_times() && (request.range.since || request.range.until)) {
    flows->range = request.range;
    inner.range = {};
    needs_time = true;
  }
  if (needs_time) {
    flows->event_time = ask("@timestamp");
    if (has("start")) {
      flows->start = ask("start");
    }
  }
  for (const column::Predicate& conjunct : request.conjuncts) {
    const FlowRequest::Output& output = flows->outputs[conjunct.column];
    if (output.from == From::kStored) {
      column::Predicate moved = conjunct;
      moved.column = output.column;
      flows->inner_conjuncts.emplace_back(inner.conjuncts.size());
      inner.conjuncts.push_back(std::move(moved));
    } else {
      flows->inner_conjuncts.emplace_back();
    }
  }
  WEIR_ASSIGN_OR_RETURN(auto scan, table_.scan(inner, context));
  return std::make_unique<FlowScan>(*this, std::move(flows), std::move(scan));
}

Result<std::unique_ptr<column::Scan>> StoredFlows::scan_groups(const column::GroupRequest& request,
                                                               const column::ScanContext& context) {
  if (has_event_times() && (request.bin || request.range.since || request.range.until)) {
    return std::unique_ptr<column::Scan>();
  }
  column::GroupRequest inner = request;
  bool is_stored = true;
  const auto move = [&](std::string& name) {
    const auto stored = stored_name(name);
    is_stored = is_stored && stored.has_value();
    name = stored.value_or(name);
  };
  std::for_each(inner.keys.begin(), inner.keys.end(), move);
  std::for_each(inner.conjunct_columns.begin(), inner.conjunct_columns.end(), move);
  if (inner.bin) {
    move(inner.bin->column);
  }
  for (auto& measure : inner.measures) {
    if (measure.kind != column::GroupRequest::Measure::Kind::kCountRows) {
      move(measure.column);
    }
  }
  if (!is_stored) {
    return std::unique_ptr<column::Scan>();
  }
  WEIR_ASSIGN_OR_RETURN(auto scan, table_.scan_groups(inner, context));
  if (scan == nullptr) {
    return scan;
  }
  return std::make_unique<FlowScan>(*this, nullptr, std::move(scan));
}

Result<column::Completeness> StoredFlows::taken_in() {
  const std::lock_guard lock(mutex_);
  if (taken_in_) {
    return *taken_in_;
  }
  column::Completeness found;
  std::set<std::string> conditions;
  std::uint32_t rate = 1;
  if (state_ != nullptr) {
    WEIR_RETURN_IF_ERROR(state_->visit_sources([&](const store::SourceMeta& source) {
      if (source.table != kFlowsTable) {
        return true;
      }
      found.rejected += source.num_rejected;
      const SourceDetails details = read_details(source.details);
      for (const auto& [reason, count] : details.rejected) {
        found.rejected_by_reason[reason] += count;
      }
      for (const auto& [reason, count] : details.odd) {
        found.warnings[reason] += count;
      }
      if (!details.where.empty()) {
        conditions.insert(details.where);
      }
      rate = std::max(rate, details.sample);
      return true;
    }));
  }
  if (rate > 1) {
    found.notes.push_back(fmt::format(
        "the store holds a sample, one connection in {}: totals of top and summary are multiplied "
        "by it, those of query are not",
        rate));
  }
  for (const std::string& condition : conditions) {
    found.notes.push_back(
        fmt::format("not all records were taken in, but those with {}", condition));
  }
  taken_in_ = found;
  return found;
}

Result<std::uint32_t> StoredFlows::sample() {
  // All objects of a store were taken in at one rate: the first tells it.
  std::uint32_t rate = 1;
  if (state_ != nullptr) {
    WEIR_RETURN_IF_ERROR(state_->visit_sources([&](const store::SourceMeta& source) {
      rate = read_details(source.details).sample;
      return source.table != kFlowsTable;
    }));
  }
  return rate;
}

}  // namespace weir::intake
