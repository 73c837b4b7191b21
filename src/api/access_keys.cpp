#include "api/access_keys.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "format/base64.h"

namespace weir::api {
namespace {

constexpr KeyScope kScopes[] = {KeyScope::kIngest, KeyScope::kRead, KeyScope::kOperate,
                                KeyScope::kRespond, KeyScope::kAdmin};

// 16 characters of the alphabet that AWS's key ids are made of.
std::string make_id() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id(kAccessKeyPrefix);
  for (const char byte : aws::random_bytes(16)) {
    id += kAlphabet[static_cast<unsigned char>(byte) & 31];
  }
  return id;
}

AccessKey read_row(const state::Statement& row) {
  return {row.text(0), row.text(1), parse_key_scope(row.text(2)).value_or(KeyScope::kRead),
          row.integer(3), row.text(4)};
}

}  // namespace

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view name_of(KeyScope scope) {
  switch (scope) {
    case KeyScope::kIngest:
      return "ingest";
    case KeyScope::kRead:
      return "read";
    case KeyScope::kOperate:
      return "operate";
    case KeyScope::kRespond:
      return "respond";
    case KeyScope::kAdmin:
      return "admin";
  }
  return "read";
}

std::optional<KeyScope> parse_key_scope(std::string_view text) {
  for (const KeyScope scope : kScopes) {
    if (name_of(scope) == text) {
      return scope;
    }
  }
  return std::nullopt;
}

bool covers(KeyScope held, KeyScope needed) {
  if (held == KeyScope::kIngest || needed == KeyScope::kIngest) {
    return held == needed || held == KeyScope::kAdmin;
  }
  return held >= needed;  // each of the others may what those before it may
}

Result<AccessKeys> AccessKeys::open(state::Database& database) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "access_keys", {"CREATE TABLE access_key (id TEXT PRIMARY KEY, secret TEXT NOT NULL, scope "
                      "TEXT NOT NULL, created_ms INTEGER NOT NULL)",
                      "ALTER TABLE access_key ADD COLUMN account TEXT NOT NULL DEFAULT ''"}));
  return AccessKeys(database);
}

Result<AccessKey> AccessKeys::create(KeyScope scope, std::string_view account, TimeMs now_ms) {
  if (!account.empty() && !is_account_id(account)) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no account: 12 digits", account));
  }
  AccessKey key{make_id(), format::encode_base64(aws::random_bytes(30)), scope, now_ms,
                std::string(account)};
  WEIR_ASSIGN_OR_RETURN(auto insert,
                        database_->prepare("INSERT INTO access_key VALUES (?, ?, ?, ?, ?)"));
  WEIR_RETURN_IF_ERROR(
      insert.bind(key.id).bind(key.secret).bind(name_of(scope)).bind(now_ms).bind(account).run());
  return key;
}

Result<std::optional<AccessKey>> AccessKeys::find(std::string_view id) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare(
          "SELECT id, secret, scope, created_ms, account FROM access_key WHERE id = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(id).step());
  return has_row ? std::optional(read_row(query)) : std::nullopt;
}

Result<std::vector<AccessKey>> AccessKeys::list() const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_->prepare(
          "SELECT id, secret, scope, created_ms, account FROM access_key ORDER BY 4, 1"));
  std::vector<AccessKey> keys;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return keys;
    }
    keys.push_back(read_row(query));
  }
}

Result<bool> AccessKeys::remove(std::string_view id) {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_->prepare("DELETE FROM access_key WHERE id = ? RETURNING id"));
  return query.bind(id).step();
}

}  // namespace weir::api
