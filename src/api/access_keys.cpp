#include "api/access_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/digest.h"
#include "format/base64.h"

namespace weir::api {
namespace {

constexpr KeyScope kScopes[] = {KeyScope::kIngest, KeyScope::kRead, KeyScope::kOperate,
                                KeyScope::kRespond, KeyScope::kAdmin};
constexpr KeyScope kScopesBesideIngest[] = {KeyScope::kIngestRead, KeyScope::kIngestOperate,
                                            KeyScope::kIngestRespond};

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
    case KeyScope::kIngestRead:
      return "ingest,read";
    case KeyScope::kIngestOperate:
      return "ingest,operate";
    case KeyScope::kIngestRespond:
      return "ingest,respond";
  }
  return "read";
}

std::optional<KeyScope> parse_key_scope(std::string_view text) {
  bool has_ingest = false;
  std::optional<KeyScope> most;  // each of the others may what those before it may
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    const auto* const scope = std::find_if(std::begin(kScopes), std::end(kScopes),
                                           [&](KeyScope each) { return name_of(each) == word; });
    if (scope == std::end(kScopes)) {
      return std::nullopt;
    }
    if (*scope == KeyScope::kIngest) {
      has_ingest = true;
    } else {
      most = std::max(most.value_or(*scope), *scope);
    }
    if (comma == std::string_view::npos) {
      break;
    }
    text.remove_prefix(comma + 1);
  }
  if (!most) {
    return KeyScope::kIngest;
  }
  for (const KeyScope both : kScopesBesideIngest) {
    if (has_ingest && beside_ingest(both) == *most) {
      return both;
    }
  }
  return most;
}

KeyScope beside_ingest(KeyScope scope) {
  switch (scope) {
    case KeyScope::kIngestRead:
      return KeyScope::kRead;
    case KeyScope::kIngestOperate:
      return KeyScope::kOperate;
    case KeyScope::kIngestRespond:
      return KeyScope::kRespond;
    default:
      return scope;
  }
}

bool covers(KeyScope held, KeyScope needed) {
  const KeyScope other = beside_ingest(held);
  if (needed == KeyScope::kIngest) {
    return held == needed || held == KeyScope::kAdmin || other != held;
  }
  return other != KeyScope::kIngest && other >= needed;
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
