#include "console/saved_book.h"

namespace weir::console {

Result<SavedBook> SavedBook::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "saved", {"CREATE TABLE saved (name TEXT PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT "
                "NULL, url TEXT NOT NULL, modified_ms INTEGER NOT NULL, who TEXT NOT NULL)"}));
  return SavedBook(database);
}

Result<void> SavedBook::put(const SavedItem& item) {
  WEIR_ASSIGN_OR_RETURN(
      auto insert, database_->prepare("INSERT OR REPLACE INTO saved VALUES (?, ?, ?, ?, ?, ?)"));
  return insert.bind(item.name)
      .bind(item.kind)
      .bind(item.text)
      .bind(item.url)
      .bind(item.modified_ms)
      .bind(item.who)
      .run();
}

Result<std::vector<SavedItem>> SavedBook::list() const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT name, kind, text, url, modified_ms, who FROM saved "
                                     "ORDER BY name"));
  std::vector<SavedItem> items;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return items;
    }
    items.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.integer(4),
                     query.text(5)});
  }
}

Result<bool> SavedBook::remove(std::string_view name) {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_->prepare("DELETE FROM saved WHERE name = ? RETURNING name"));
  return query.bind(name).step();
}

}  // namespace weir::console
