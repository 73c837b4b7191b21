#include "intake/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "flowlog/field.h"
#include "flowlog/layout.h"
#include "intake/flow_table_spec.h"

namespace weir::intake {
namespace {

constexpr std::uint64_t kMaxObjectRows = std::uint64_t{1} << 32;

std::vector<std::string> words_of_layout(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<std::size_t> position_in(const std::vector<std::string>& names,
                                       std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - names.begin()));
}

bool is_all_null(const column::Column& column) {
  if (column.type() == column::Type::kNull) {
    return true;
  }
  if (!column.has_nulls()) {
    return false;
  }
  if (column.is_constant()) {
    return column.is_null(0);
  }
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (!column.is_null(row)) {
      return false;
    }
  }
  return true;
}

}  // namespace

ObjectReader::ObjectReader(FlowColumns& columns, std::vector<std::unique_ptr<RowChooser>> choosers,
                           const column::ScanContext& context, RepeatFilter* repeats,
                           std::size_t book_bytes)
    : columns_(columns),
      choosers_(std::move(choosers)),
      context_(context),
      repeats_(repeats),
      book_(book_bytes) {}

Result<ObjectReading> ObjectReader::read(const Request& request, store::Load& load) {
  has_appended_ = false;
  is_store_error_ = false;
  bool goes_on = request.known.has_value();
  while (true) {
    ObjectReading reading;
    const std::uint64_t rows_before = load.num_rows();
    WEIR_ASSIGN_OR_RETURN(const Ended ended, read_once(request, goes_on, load, reading));
    if (ended == Ended::kWhole) {
      return reading;
    }
    if (load.num_rows() != rows_before) {
      reading.is_to_be_redone = true;
      return reading;
    }
    goes_on = goes_on && ended != Ended::kNotGrown;
  }
}

Result<ObjectReader::Ended> ObjectReader::read_once(const Request& request, bool goes_on,
                                                    store::Load& load, ObjectReading& reading) {
  const flowlog::InputFile& input = request.table.inputs()[request.index];
  scan_.columns = input.is_stream ? columns_.all_names() : *columns_.names();
  for (const auto& chooser : choosers_) {
    for (const std::string& name : chooser->columns()) {
      if (!position_in(scan_.columns, name)) {
        scan_.columns.push_back(name);
      }
    }
  }
  layout_position_ = *position_in(scan_.columns, "@layout");
  is_of_layout_.assign(scan_.columns.size(), false);
  flowlog::SingleFile single;
  single.index = request.index;
  single.watcher = &hash_;
  single.leaves_cut_line = request.leaves_cut_line;
  if (choosers_.empty() && repeats_ == nullptr) {  // else all values are looked at
    single.book = &book_;
    for (const std::string& name : scan_.columns) {
      single.may_be_deferred.push_back(columns_.may_be_deferred(name));
    }
  }
  if (goes_on) {
    single.begin = request.known->end;
    if (auto layout = flowlog::parse_format(request.known->layout)) {
      single.layout = std::move(*layout);
    }
    reading.layout = request.known->layout;
    reading.begin = request.known->end;
  }
  if (repeats_ != nullptr) {
    repeats_->begin_object();
  }
  hash_.reset(single.begin);
  WEIR_ASSIGN_OR_RETURN(const auto scan, request.table.scan_one(single, scan_, context_));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  bool is_first = true;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch_));
    if (is_first && goes_on && hash_.marked() != request.known->id) {
      return Ended::kNotGrown;
    }
    is_first = false;
    if (!is_more) {
      break;
    }
    if (batch_.num_rows == 0) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool has_all, follow_layout(batch_, input.is_stream, reading));
    if (!has_all) {
      return Ended::kMoreColumns;
    }
    WEIR_RETURN_IF_ERROR(thin(batch_));
    if (repeats_ != nullptr && batch_.num_rows > 0) {
      WEIR_RETURN_IF_ERROR(drop_repeats(batch_, reading));
    }
    if (batch_.num_rows == 0) {
      continue;
    }
    if (reading.num_rows + batch_.num_rows > kMaxObjectRows) {
      return fail(ErrorCode::kLimit, "more than 2^32 records in one object: split it");
    }
    const std::size_t num_rows = batch_.num_rows;
    WEIR_RETURN_IF_ERROR(append(batch_, load, request.first_ordinal + reading.num_rows));
    reading.num_rows += num_rows;
  }
  reading.outcome = scan->outcome();
  reading.completeness = scan->completeness();
  reading.is_nothing = reading.outcome.container == flowlog::Container::kEmpty ||
                       reading.outcome.container == flowlog::Container::kDescribeFlowLogs;
  reading.end = hash_.size() - reading.outcome.left_bytes;
  reading.id = hash_.digest(reading.outcome.left_bytes);
  return Ended::kWhole;
}

Result<bool> ObjectReader::follow_layout(const column::Batch& batch, bool is_stream,
                                         ObjectReading& reading) {
  const column::Column& layouts = batch.columns[layout_position_];
  const std::string_view text = layouts.data<std::string_view>()[0];
  if (text == reading.layout && is_of_layout_[layout_position_]) {
    return true;
  }
  const std::vector<std::string> names = words_of_layout(text);
  for (const std::string& name : names) {
    if (!position_in(scan_.columns, name)) {
      if (is_stream) {
        return fail(ErrorCode::kInput,
                    fmt::format("the records begin to carry the column {} midway, and a pipe "
                                "cannot be read again: save it to a file",
                                name));
      }
      is_store_error_ = true;
      WEIR_RETURN_IF_ERROR(columns_.add(names));
      is_store_error_ = false;
      return false;
    }
  }
  is_store_error_ = true;
  WEIR_RETURN_IF_ERROR(columns_.add(names));
  is_store_error_ = false;
  is_of_layout_.assign(scan_.columns.size(), false);
  for (const std::string& name : names) {
    is_of_layout_[*position_in(scan_.columns, name)] = true;
  }
  is_of_layout_[layout_position_] = true;
  layout_has_start_ = std::find(names.begin(), names.end(), "start") != names.end();
  reading.layout = text;
  return true;
}

Result<void> ObjectReader::thin(column::Batch& batch) {
  for (const auto& chooser : choosers_) {
    looked_at_.num_rows = batch.num_rows;
    looked_at_.columns.resize(chooser->columns().size());
    std::vector<std::size_t> positions;
    for (const std::string& name : chooser->columns()) {
      positions.push_back(*position_in(scan_.columns, name));
    }
    for (std::size_t i = 0; i < positions.size(); ++i) {
      looked_at_.columns[i].swap(batch.columns[positions[i]]);
    }
    const auto chosen = chooser->choose(looked_at_, rows_);
    for (std::size_t i = positions.size(); i-- > 0;) {
      looked_at_.columns[i].swap(batch.columns[positions[i]]);
    }
    WEIR_RETURN_IF_ERROR(chosen);
    if (rows_.size() < batch.num_rows) {
      keeper_.keep(batch, rows_);
    }
    if (batch.num_rows == 0) {
      break;
    }
  }
  return {};
}

Result<void> ObjectReader::drop_repeats(column::Batch& batch, ObjectReading& reading) {
  kept_names_.clear();
  kept_positions_.clear();
  for (std::size_t i = 0; i < scan_.columns.size(); ++i) {
    if (is_of_layout_[i] && i != layout_position_) {
      kept_positions_.push_back(i);
      kept_names_.push_back(scan_.columns[i]);
    }
  }
  WEIR_RETURN_IF_ERROR(repeats_->choose(batch, kept_positions_, kept_names_, rows_));
  reading.repeats += batch.num_rows - rows_.size();
  if (rows_.size() < batch.num_rows) {
    keeper_.keep(batch, rows_);
  }
  return {};
}

void ObjectReader::fit_types() {
  for (std::size_t i = 0; i < kept_names_.size(); ++i) {
    column::Column& column = kept_.columns[i];
    const column::Type type = columns_.type_of(kept_names_[i]);
    if (column.type() != column::Type::kString || type == column::Type::kString ||
        column.is_deferred()) {
      continue;
    }
    column.flatten();
    column::Column fitting;
    fitting.reset(type, column.size());
    for (std::size_t row = 0; row < column.size(); ++row) {
      const std::string_view text = column.data<std::string_view>()[row];
      const auto number = type == column::Type::kInt64 ? parse_int64(text) : std::nullopt;
      const auto address = type == column::Type::kAddress ? parse_ip(text) : std::nullopt;
      if (!column.is_null(row) && number) {
        fitting.data<std::int64_t>()[row] = *number;
      } else if (!column.is_null(row) && address) {
        fitting.data<IpAddress>()[row] = *address;
      } else {
        fitting.set_null(row);
      }
    }
    column = std::move(fitting);
  }
}

// Hands over the columns that hold something; what surrounds a record becomes a column of the table
// once it does.
Result<void> ObjectReader::append(column::Batch& batch, store::Load& load, std::uint64_t ordinal) {
  kept_names_.clear();
  kept_positions_.clear();
  for (std::size_t i = 0; i < scan_.columns.size(); ++i) {
    const std::string& name = scan_.columns[i];
    if (is_of_layout_[i]) {
      kept_positions_.push_back(i);
      kept_names_.push_back(name);
      continue;
    }
    if (!name.starts_with('@') || is_all_null(batch.columns[i])) {
      continue;
    }
    if (name == "@timestamp" && layout_has_start_) {
      continue;  // it is start
    }
    if (!columns_.has(name)) {
      is_store_error_ = true;
      WEIR_RETURN_IF_ERROR(columns_.add({name}));
      is_store_error_ = false;
    }
    kept_positions_.push_back(i);
    kept_names_.push_back(name);
  }
  kept_.num_rows = batch.num_rows;
  kept_.columns.resize(kept_positions_.size());
  for (std::size_t i = 0; i < kept_positions_.size(); ++i) {
    kept_.columns[i].swap(batch.columns[kept_positions_[i]]);
  }
  fit_types();
  const auto appended = load.append(kept_, kept_names_, ordinal);
  for (std::size_t i = 0; i < kept_positions_.size(); ++i) {
    kept_.columns[i].swap(batch.columns[kept_positions_[i]]);
  }
  has_appended_ = true;
  is_store_error_ = !appended;
  return appended;
}

}  // namespace weir::intake
