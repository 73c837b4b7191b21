#include "intake/flow_columns.h"

#include <algorithm>
#include <utility>

#include "flowlog/field.h"
#include "flowlog/meta_column.h"
#include "intake/flow_table_spec.h"
#include "store/table_layout.h"

namespace weir::intake {

const std::vector<std::string>& surrounding_columns() {
  static const std::vector<std::string> columns = [] {
    std::vector<std::string> names;
    for (const flowlog::MetaColumnInfo& meta : flowlog::all_meta_columns()) {
      if (meta.id != flowlog::MetaColumn::kMessage) {  // made from the rest
        names.emplace_back(meta.name);
      }
    }
    return names;
  }();
  return columns;
}

Result<std::unique_ptr<FlowColumns>> FlowColumns::open(store::Store& store) {
  std::unique_ptr<FlowColumns> columns(new FlowColumns(store));
  const auto table = store.state()->table(kFlowsTable);
  if (table) {
    // What is kept besides the rows may be more than when the table was made: it comes with what is
    // written from now on.
    columns->spec_ = *table->spec;
    set_flow_properties(columns->spec_);
    WEIR_RETURN_IF_ERROR(store.put_table(columns->spec_));
  } else {
    columns->spec_ = empty_flow_spec();
    add_flow_column(columns->spec_, "@layout");
    WEIR_RETURN_IF_ERROR(store.put_table(columns->spec_));
  }
  columns->renew_locked();
  return columns;
}

void FlowColumns::renew_locked() {
  auto names = std::make_shared<std::vector<std::string>>();
  known_.clear();
  for (const store::ColumnSpec& column : spec_.columns) {
    known_.insert(column.name);
    if (!column.name.starts_with('@')) {
      names->push_back(column.name);
    }
  }
  names->insert(names->end(), surrounding_columns().begin(), surrounding_columns().end());
  names_ = std::move(names);
}

FlowColumns::Names FlowColumns::names() const {
  const std::lock_guard lock(mutex_);
  return names_;
}

std::vector<std::string> FlowColumns::all_names() const {
  std::vector<std::string> names = *this->names();
  for (const flowlog::FieldInfo& field : flowlog::all_fields()) {
    const std::string name(field.canonical);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

bool FlowColumns::has(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return known_.contains(name);
}

column::Type FlowColumns::type_of(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto column = store::find_column(spec_, name);
  return column ? spec_.columns[*column].type : column::Type::kString;
}

bool FlowColumns::may_be_deferred(std::string_view name) const {
  store::TableSpec wanted;
  add_flow_column(wanted, std::string(name), false);
  const std::lock_guard lock(mutex_);
  const auto column = store::find_column(spec_, name);
  const store::ColumnSpec& spec = column ? spec_.columns[*column] : wanted.columns.front();
  return spec.group != 0 && spec.type == wanted.columns.front().type && !name.starts_with('@');
}

Result<void> FlowColumns::add(const std::vector<std::string>& names,
                              const std::set<std::string>& unique) {
  const std::lock_guard lock(mutex_);
  store::TableSpec wanted = spec_;
  for (const std::string& name : names) {
    add_flow_column(wanted, name, unique.contains(name));
  }
  if (wanted.columns.size() == spec_.columns.size()) {
    return {};
  }
  set_flow_properties(wanted);
  WEIR_RETURN_IF_ERROR(store_.put_table(wanted));
  spec_ = std::move(wanted);
  renew_locked();
  return {};
}

}  // namespace weir::intake
