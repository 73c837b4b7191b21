#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flowlog/layout.h"
#include "store/store.h"

namespace weir::intake {

// The columns of the store's `flows` while objects are taken in: new ones are appended as records
// bring them. Thread-safe.
class FlowColumns {
 public:
  // Makes the table where there is none.
  [[nodiscard]] static Result<std::unique_ptr<FlowColumns>> open(store::Store& store);

  // What a scan asks for: the records' columns, then what surrounds a record. Immutable.
  using Names = std::shared_ptr<const std::vector<std::string>>;
  [[nodiscard]] Names names() const;
  // The same, and every field there is: of what can be read only once.
  [[nodiscard]] std::vector<std::string> all_names() const;
  [[nodiscard]] bool has(std::string_view name) const;
  // Of a column that the table has.
  [[nodiscard]] column::Type type_of(std::string_view name) const;

  // Whether a column of records is, or would be, one of those whose values are told together by a
  // code, in the type that a flow log gives it: such may come deferred.
  [[nodiscard]] bool may_be_deferred(std::string_view name) const;

  // Appends the columns that the table lacks. `unique` ones: of unknown names and distinct values.
  [[nodiscard]] Result<void> add(const std::vector<std::string>& names,
                                 const std::set<std::string>& unique = {});

 private:
  explicit FlowColumns(store::Store& store) : store_(store) {}
  void renew_locked();

  store::Store& store_;
  mutable std::mutex mutex_;
  store::TableSpec spec_;
  std::set<std::string, std::less<>> known_;
  Names names_;
};

// The columns that surround a record and are kept beside it.
[[nodiscard]] const std::vector<std::string>& surrounding_columns();

}  // namespace weir::intake
