#include "api/resource_tags.h"

namespace weir::api {

Result<ResourceTags> ResourceTags::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "resource_tags", {"CREATE TABLE resource_tag (arn TEXT NOT NULL, key TEXT NOT NULL, value "
                        "TEXT NOT NULL, PRIMARY KEY (arn, key))"}));
  return ResourceTags(database);
}

Result<void> ResourceTags::put(const std::string& arn, const Tree& tags) {
  return database_->transact([&]() -> Result<void> {
    for (const Tree& tag : tags.items()) {
      WEIR_ASSIGN_OR_RETURN(
          auto insert, database_->prepare("INSERT OR REPLACE INTO resource_tag VALUES (?, ?, ?)"));
      WEIR_RETURN_IF_ERROR(
          insert.bind(arn).bind(tag["Key"].text()).bind(tag["Value"].text()).run());
    }
    WEIR_ASSIGN_OR_RETURN(auto query,
                          database_->prepare("SELECT count(*) FROM resource_tag WHERE arn = ?"));
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(arn).step());
    if (has_row && query.integer(0) > static_cast<std::int64_t>(kMaxTags)) {
      return fail(ErrorCode::kLimit, "a resource has 50 tags at most");
    }
    return {};
  });
}

Result<Tree> ResourceTags::list(const std::string& arn) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare("SELECT key, value FROM resource_tag WHERE arn = ? ORDER BY key"));
  query.bind(arn);
  Tree tags = Tree::list();
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return tags;
    }
    tags.push(Tree::map({{"Key", query.text(0)}, {"Value", query.text(1)}}));
  }
}

Result<void> ResourceTags::remove(const std::string& arn, const std::vector<std::string>& keys) {
  return database_->transact([&]() -> Result<void> {
    for (const std::string& key : keys) {
      WEIR_ASSIGN_OR_RETURN(
          auto query, database_->prepare("DELETE FROM resource_tag WHERE arn = ? AND key = ?"));
      WEIR_RETURN_IF_ERROR(query.bind(arn).bind(key).run());
    }
    return {};
  });
}

Result<void> ResourceTags::remove_all(const std::string& arn) {
  WEIR_ASSIGN_OR_RETURN(auto query, database_->prepare("DELETE FROM resource_tag WHERE arn = ?"));
  return query.bind(arn).run();
}

}  // namespace weir::api
