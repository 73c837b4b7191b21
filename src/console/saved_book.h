#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "state/database.h"

namespace weir::console {

// Something kept under a name for everybody: a query's text, or the address of a view.
struct SavedItem {
  std::string name;
  std::string kind;  // "query", "view"
  std::string text;
  std::string url;  // path and arguments of this application
  TimeMs modified_ms = 0;
  std::string who;
};

// As rows of the state. Thread-safe.
class SavedBook {
 public:
  // `database` outlives it.
  [[nodiscard]] static Result<SavedBook> open(state::Database& database);
  [[nodiscard]] Result<void> put(const SavedItem& item);
  [[nodiscard]] Result<std::vector<SavedItem>> list() const;  // by name
  // False where there is none.
  [[nodiscard]] Result<bool> remove(std::string_view name);

 private:
  explicit SavedBook(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::console
