#include "logs/group_book.h"

namespace weir::logs {
namespace {

Group read_group(const state::Statement& row) {
  Group group;
  group.id = row.integer(0);
  group.scope = row.text(1);
  group.name = row.text(2);
  group.created_ms = row.integer(3);
  if (!row.is_null(4)) {
    group.retention_days = row.integer(4);
  }
  return group;
}

std::optional<TimeMs> time_if(const state::Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

Stream read_stream(const state::Statement& row) {
  return {row.integer(0),  row.text(1),     row.integer(2),
          time_if(row, 3), time_if(row, 4), time_if(row, 5)};
}

template <class Row>
Result<std::vector<Row>> read_all(state::Statement& query, Row (*read)(const state::Statement&)) {
  std::vector<Row> rows;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return rows;
    }
    rows.push_back(read(query));
  }
}

}  // namespace

Result<GroupBook> GroupBook::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "logs",
      {"CREATE TABLE log_group (id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, name "
       "TEXT NOT NULL, created_ms INTEGER NOT NULL, retention_days INTEGER, UNIQUE (scope, name));"
       "CREATE TABLE log_stream (group_id INTEGER NOT NULL REFERENCES log_group(id) ON DELETE "
       "CASCADE, name TEXT NOT NULL, created_ms INTEGER NOT NULL, first_ms INTEGER, last_ms "
       "INTEGER, ingestion_ms INTEGER, PRIMARY KEY (group_id, name));"
       "CREATE TABLE log_document (kind TEXT NOT NULL, scope TEXT NOT NULL, id TEXT NOT NULL, body "
       "TEXT NOT NULL, modified_ms INTEGER NOT NULL, PRIMARY KEY (kind, scope, id))"}));
  return GroupBook(database);
}

Result<std::optional<Group>> GroupBook::create_group(const Group& group) {
  WEIR_ASSIGN_OR_RETURN(
      auto insert, database_->prepare("INSERT OR IGNORE INTO log_group (scope, name, created_ms) "
                                      "VALUES (?, ?, ?) RETURNING id"));
  insert.bind(group.scope).bind(group.name).bind(group.created_ms);
  WEIR_ASSIGN_OR_RETURN(const bool is_new, insert.step());
  if (!is_new) {
    return std::optional<Group>();
  }
  Group made = group;
  made.id = insert.integer(0);
  // A statement that returns rows commits when it has been stepped to its end.
  WEIR_RETURN_IF_ERROR(insert.run());
  return std::optional(made);
}

Result<std::optional<Group>> GroupBook::find_group(std::string_view scope,
                                                   std::string_view name) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT id, scope, name, created_ms, retention_days FROM "
                                     "log_group WHERE scope = ? AND name = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(scope).bind(name).step());
  return has_row ? std::optional(read_group(query)) : std::nullopt;
}

Result<std::vector<Group>> GroupBook::list_groups(std::string_view scope) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_->prepare("SELECT id, scope, name, created_ms, retention_days FROM "
                                     "log_group WHERE ? = '' OR scope = ? ORDER BY name"));
  query.bind(scope).bind(scope);
  return read_all(query, read_group);
}

Result<void> GroupBook::set_retention(std::int64_t group_id, std::optional<std::int64_t> days) {
  WEIR_ASSIGN_OR_RETURN(auto update,
                        database_->prepare("UPDATE log_group SET retention_days = ? WHERE id = ?"));
  days ? update.bind(*days) : update.bind_null();
  return update.bind(group_id).run();
}

Result<void> GroupBook::remove_group(std::int64_t group_id) {
  WEIR_ASSIGN_OR_RETURN(auto remove, database_->prepare("DELETE FROM log_group WHERE id = ?"));
  return remove.bind(group_id).run();
}

Result<bool> GroupBook::create_stream(const Stream& stream) {
  WEIR_ASSIGN_OR_RETURN(auto insert,
                        database_->prepare("INSERT OR IGNORE INTO log_stream (group_id, name, "
                                           "created_ms) VALUES (?, ?, ?) RETURNING 1"));
  insert.bind(stream.group_id).bind(stream.name).bind(stream.created_ms);
  WEIR_ASSIGN_OR_RETURN(const bool is_new, insert.step());
  if (is_new) {
    WEIR_RETURN_IF_ERROR(insert.run());
  }
  return is_new;
}

Result<std::optional<Stream>> GroupBook::find_stream(std::int64_t group_id,
                                                     std::string_view name) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare("SELECT group_id, name, created_ms, first_ms, last_ms, "
                         "ingestion_ms FROM log_stream WHERE group_id = ? AND name = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(group_id).bind(name).step());
  return has_row ? std::optional(read_stream(query)) : std::nullopt;
}

Result<std::vector<Stream>> GroupBook::list_streams(std::int64_t group_id) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare("SELECT group_id, name, created_ms, first_ms, last_ms, ingestion_ms FROM "
                         "log_stream WHERE group_id = ? ORDER BY name"));
  query.bind(group_id);
  return read_all(query, read_stream);
}

Result<void> GroupBook::note_events(std::int64_t group_id, std::string_view stream, TimeMs first_ms,
                                    TimeMs last_ms, TimeMs now_ms) {
  WEIR_ASSIGN_OR_RETURN(
      auto update,
      database_->prepare(
          "UPDATE log_stream SET first_ms = min(coalesce(first_ms, ?1), ?1), last_ms = "
          "max(coalesce(last_ms, ?2), ?2), ingestion_ms = ?3 WHERE group_id = ?4 AND name = ?5"));
  return update.bind(first_ms).bind(last_ms).bind(now_ms).bind(group_id).bind(stream).run();
}

Result<void> GroupBook::remove_stream(std::int64_t group_id, std::string_view name) {
  WEIR_ASSIGN_OR_RETURN(
      auto remove, database_->prepare("DELETE FROM log_stream WHERE group_id = ? AND name = ?"));
  return remove.bind(group_id).bind(name).run();
}

Result<void> GroupBook::put_document(std::string_view kind, std::string_view scope,
                                     const Document& document) {
  WEIR_ASSIGN_OR_RETURN(
      auto insert,
      database_->prepare("INSERT OR REPLACE INTO log_document VALUES (?, ?, ?, ?, ?)"));
  return insert.bind(kind)
      .bind(scope)
      .bind(document.id)
      .bind(format::write_json(document.body))
      .bind(document.modified_ms)
      .run();
}

Result<std::vector<Document>> GroupBook::list_documents(std::string_view kind,
                                                        std::string_view scope) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare("SELECT id, body, modified_ms FROM log_document WHERE kind = ? "
                         "AND scope = ? ORDER BY id"));
  query.bind(kind).bind(scope);
  return read_all<Document>(query, [](const state::Statement& row) {
    return Document{row.text(0), format::read_json(row.text(1)).value_or(format::Tree::map()),
                    row.integer(2)};
  });
}

Result<bool> GroupBook::remove_document(std::string_view kind, std::string_view scope,
                                        std::string_view id) {
  WEIR_ASSIGN_OR_RETURN(
      auto remove, database_->prepare("DELETE FROM log_document WHERE kind = ? AND scope = ? AND "
                                      "id = ? RETURNING 1"));
  WEIR_ASSIGN_OR_RETURN(const bool was_there, remove.bind(kind).bind(scope).bind(id).step());
  if (was_there) {
    WEIR_RETURN_IF_ERROR(remove.run());
  }
  return was_there;
}

}  // namespace weir::logs
