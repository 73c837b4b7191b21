#include "api/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "api/password.h"
#include "aws/digest.h"

namespace weir::api {
namespace {

constexpr std::size_t kMostAddresses = 10'000;  // whose failures are remembered
constexpr std::int64_t kNoteUseMs = 60'000;     // a use is written down no more often
constexpr std::size_t kTokenBytes = 24;

std::string make_token() { return aws::to_hex(aws::random_bytes(kTokenBytes)); }
std::string digest_of(std::string_view token) { return aws::to_hex(aws::sha256(token)); }

Result<void> check_name(std::string_view name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.@").find(c) != std::string_view::npos;
  });
  if (name.empty() || name.size() > 64 || !is_plain) {
    return fail(ErrorCode::kUsage,
                "a user's name has 1 to 64 letters, digits, '-', '_', '.' and '@'");
  }
  return {};
}

tl::unexpected<Error> wrong() {
  return fail(ErrorCode::kUnauthorized, "this user and password, or this key, are not known");
}

}  // namespace

std::string_view role_of(KeyScope scope) {
  switch (beside_ingest(scope)) {
    case KeyScope::kOperate:
      return "operator";
    case KeyScope::kRespond:
      return "responder";
    case KeyScope::kAdmin:
      return "admin";
    default:
      return "viewer";
  }
  return "viewer";
}

std::optional<KeyScope> parse_role(std::string_view text) {
  for (const KeyScope scope :
       {KeyScope::kRead, KeyScope::kOperate, KeyScope::kRespond, KeyScope::kAdmin}) {
    if (role_of(scope) == text) {
      return scope;
    }
  }
  return std::nullopt;
}

Result<std::unique_ptr<SignIn>> SignIn::open(state::Database& database, const AccessKeys& keys,
                                             const Clock& clock) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "sign_in",
      {"CREATE TABLE user (name TEXT PRIMARY KEY, password TEXT NOT NULL, scope TEXT NOT NULL, "
       "created_ms INTEGER NOT NULL);"
       "CREATE TABLE browser_session (digest TEXT PRIMARY KEY, user TEXT NOT NULL, key_id TEXT NOT "
       "NULL, csrf_token TEXT NOT NULL, used_ms INTEGER NOT NULL)",
       "CREATE TABLE password_link (user TEXT PRIMARY KEY, digest TEXT NOT NULL, until_ms INTEGER "
       "NOT NULL)"}));
  return std::unique_ptr<SignIn>(new SignIn(database, keys, clock));
}

Result<std::vector<User>> SignIn::users() const {
  WEIR_ASSIGN_OR_RETURN(
      auto query,
      database_.prepare("SELECT name, scope, created_ms, password FROM user ORDER BY name"));
  std::vector<User> users;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return users;
    }
    users.push_back({query.text(0), parse_key_scope(query.text(1)).value_or(KeyScope::kRead),
                     query.integer(2), !query.text(3).empty()});
  }
}

Result<void> SignIn::check_other_admin(std::string_view name) const {
  WEIR_ASSIGN_OR_RETURN(const auto all, users());
  const auto is_able = [](const User& user) {
    return user.scope == KeyScope::kAdmin && user.has_password;
  };
  const bool is_last =
      std::any_of(all.begin(), all.end(),
                  [&](const User& user) { return user.name == name && is_able(user); }) &&
      std::count_if(all.begin(), all.end(), is_able) == 1;
  return is_last ? fail(ErrorCode::kUsage,
                        fmt::format("{} is the only admin: make another one before", name))
                 : Result<void>();
}

Result<void> SignIn::end_sessions(std::string_view name) {
  WEIR_ASSIGN_OR_RETURN(auto end, database_.prepare("DELETE FROM browser_session WHERE user = ?"));
  return end.bind(name).run();
}

Result<void> SignIn::put_user(const std::string& name, std::optional<std::string_view> password,
                              KeyScope scope) {
  WEIR_RETURN_IF_ERROR(check_name(name));
  std::string hash;
  if (password) {
    const std::lock_guard lock(hashing_mutex_);
    WEIR_ASSIGN_OR_RETURN(hash, hash_password(*password));
  }
  return database_.transact([&]() -> Result<void> {
    if (scope != KeyScope::kAdmin) {
      WEIR_RETURN_IF_ERROR(check_other_admin(name));
    }
    {
      WEIR_ASSIGN_OR_RETURN(
          auto put, database_.prepare(
                        "INSERT INTO user VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET "
                        "password = CASE ?2 WHEN '' THEN password ELSE ?2 END, scope = ?3"));
      WEIR_RETURN_IF_ERROR(
          put.bind(name).bind(hash).bind(name_of(scope)).bind(clock_.now_ms()).run());
    }
    if (!password) {
      return {};  // a session has the role that its user has now
    }
    // Who had the old password is out, and who has the address of a new one.
    {
      WEIR_ASSIGN_OR_RETURN(auto end,
                            database_.prepare("DELETE FROM password_link WHERE user = ?"));
      WEIR_RETURN_IF_ERROR(end.bind(name).run());
    }
    return end_sessions(name);
  });
}

Result<bool> SignIn::remove_user(std::string_view name) {
  bool was_there = false;
  const auto remove_all = [&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto all, users());
    was_there =
        std::any_of(all.begin(), all.end(), [&](const User& user) { return user.name == name; });
    WEIR_RETURN_IF_ERROR(check_other_admin(name));
    for (const char* statement :
         {"DELETE FROM user WHERE name = ?", "DELETE FROM password_link WHERE user = ?"}) {
      WEIR_ASSIGN_OR_RETURN(auto remove, database_.prepare(statement));
      WEIR_RETURN_IF_ERROR(remove.bind(name).run());
    }
    return end_sessions(name);
  };
  WEIR_RETURN_IF_ERROR(database_.transact(remove_all));
  return was_there;
}

Result<SignIn::Link> SignIn::make_link(const std::string& name) {
  Link link{make_token(), clock_.now_ms() + kLinkMs};
  const auto put_link = [&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto all, users());
    if (std::none_of(all.begin(), all.end(), [&](const User& user) { return user.name == name; })) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no user '{}'", name));
    }
    WEIR_ASSIGN_OR_RETURN(
        auto put, database_.prepare("INSERT OR REPLACE INTO password_link VALUES (?, ?, ?)"));
    return put.bind(name).bind(digest_of(link.token)).bind(link.until_ms).run();
  };
  WEIR_RETURN_IF_ERROR(database_.transact(put_link));
  return link;
}

Result<BrowserSession> SignIn::sign_in_by_link(std::string_view token, std::string_view password,
                                               const std::string& peer) {
  WEIR_RETURN_IF_ERROR(check_attempts(peer));
  std::string hash;
  {
    const std::lock_guard lock(hashing_mutex_);
    WEIR_ASSIGN_OR_RETURN(hash, hash_password(password));
  }
  std::string name;
  KeyScope scope = KeyScope::kRead;
  const auto take_link = [&]() -> Result<void> {
    {
      WEIR_ASSIGN_OR_RETURN(
          auto query,
          database_.prepare("SELECT user.name, scope FROM password_link JOIN user ON user.name = "
                            "password_link.user WHERE digest = ? AND until_ms >= ?"));
      WEIR_ASSIGN_OR_RETURN(const bool has_row,
                            query.bind(digest_of(token)).bind(clock_.now_ms()).step());
      if (!has_row) {
        return {};
      }
      name = query.text(0);
      scope = parse_key_scope(query.text(1)).value_or(KeyScope::kRead);
    }
    {
      WEIR_ASSIGN_OR_RETURN(auto end,
                            database_.prepare("DELETE FROM password_link WHERE user = ?"));
      WEIR_RETURN_IF_ERROR(end.bind(name).run());
    }
    {
      WEIR_ASSIGN_OR_RETURN(auto put,
                            database_.prepare("UPDATE user SET password = ? WHERE name = ?"));
      WEIR_RETURN_IF_ERROR(put.bind(hash).bind(name).run());
    }
    return end_sessions(name);
  };
  WEIR_RETURN_IF_ERROR(database_.transact(take_link));
  if (name.empty()) {
    note_failure(peer);
    return fail(ErrorCode::kUnauthorized,
                "this link is void: it is good once and for a day, and the newest of a user "
                "alone; an admin makes another");
  }
  return start(name, "", scope);
}

std::string SignIn::make_first_token() {
  std::string token = make_token();
  const std::lock_guard lock(mutex_);
  first_token_digest_ = digest_of(token);
  return token;
}

Result<BrowserSession> SignIn::sign_in_first(std::string_view token, const std::string& name,
                                             std::string_view password, const std::string& peer) {
  WEIR_RETURN_IF_ERROR(check_attempts(peer));
  WEIR_RETURN_IF_ERROR(check_name(name));
  if (password.size() < kLeastPasswordBytes || password.size() > kMostPasswordBytes) {
    return fail(ErrorCode::kUsage, fmt::format("a password has {} to {} bytes", kLeastPasswordBytes,
                                               kMostPasswordBytes));
  }
  {
    const std::lock_guard lock(mutex_);
    if (first_token_digest_.empty() ||
        !aws::equals_in_constant_time(digest_of(token), first_token_digest_)) {
      failures_[peer].push_back(clock_.now_ms());
      return fail(ErrorCode::kUnauthorized,
                  "this link is void: it is good once, until the server's next start, and as long "
                  "as nobody has a password; the server's log has the newest");
    }
    first_token_digest_.clear();
  }
  WEIR_ASSIGN_OR_RETURN(const auto known, users());
  if (!known.empty()) {
    return fail(ErrorCode::kUnauthorized, "there are users already: an admin makes others");
  }
  WEIR_RETURN_IF_ERROR(put_user(name, password, KeyScope::kAdmin));
  return start(name, "", KeyScope::kAdmin);
}

Result<void> SignIn::check_attempts(const std::string& peer) {
  const TimeMs since_ms = clock_.now_ms() - kFailuresMs;
  const std::lock_guard lock(mutex_);
  for (auto entry = failures_.begin(); entry != failures_.end();) {
    std::deque<TimeMs>& times = entry->second;
    while (!times.empty() && times.front() < since_ms) {
      times.pop_front();
    }
    entry = times.empty() ? failures_.erase(entry) : std::next(entry);
  }
  const auto found = failures_.find(peer);
  const bool is_new = found == failures_.end();
  if (is_new ? failures_.size() >= kMostAddresses : found->second.size() >= kMostFailures) {
    return fail(ErrorCode::kBusy,
                fmt::format("too many wrong attempts: try again in {} minutes at the latest",
                            kFailuresMs / 60'000));
  }
  return {};
}

void SignIn::note_failure(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  failures_[peer].push_back(clock_.now_ms());
}

Result<BrowserSession> SignIn::sign_in(const std::string& name, std::string_view password,
                                       const std::string& peer) {
  WEIR_RETURN_IF_ERROR(check_attempts(peer));
  std::string hash;
  KeyScope scope = KeyScope::kRead;
  {
    WEIR_ASSIGN_OR_RETURN(auto query,
                          database_.prepare("SELECT password, scope FROM user WHERE name = ?"));
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(name).step());
    if (has_row) {
      hash = query.text(0);
      scope = parse_key_scope(query.text(1)).value_or(KeyScope::kRead);
    }
  }
  bool is_right = false;
  {
    const std::lock_guard lock(hashing_mutex_);
    is_right = is_password(password, hash);
  }
  if (!is_right) {
    note_failure(peer);
    return wrong();
  }
  return start(name, "", scope);
}

Result<BrowserSession> SignIn::sign_in_by_key(std::string_view key, const std::string& peer) {
  WEIR_RETURN_IF_ERROR(check_attempts(peer));
  const std::size_t dot = key.find('.');
  WEIR_ASSIGN_OR_RETURN(const auto found, keys_.find(key.substr(0, dot)));
  if (dot == std::string_view::npos || !found ||
      !aws::equals_in_constant_time(key.substr(dot + 1), found->secret)) {
    note_failure(peer);
    return wrong();
  }
  return start("key " + found->id, found->id, found->scope);
}

Result<BrowserSession> SignIn::start(std::string user, std::string_view key_id, KeyScope scope) {
  BrowserSession session{make_token(), make_token(), std::move(user), scope};
  const TimeMs now_ms = clock_.now_ms();
  const auto insert_session = [&]() -> Result<void> {
    {
      WEIR_ASSIGN_OR_RETURN(auto trim,
                            database_.prepare("DELETE FROM browser_session WHERE used_ms < ?"));
      WEIR_RETURN_IF_ERROR(trim.bind(now_ms - kIdleMs).run());
    }
    WEIR_ASSIGN_OR_RETURN(auto insert,
                          database_.prepare("INSERT INTO browser_session VALUES (?, ?, ?, ?, ?)"));
    return insert.bind(digest_of(session.token))
        .bind(session.user)
        .bind(key_id)
        .bind(session.csrf_token)
        .bind(now_ms)
        .run();
  };
  WEIR_RETURN_IF_ERROR(database_.transact(insert_session));
  return session;
}

Result<std::optional<KeyScope>> SignIn::scope_now(std::string_view user,
                                                  std::string_view key_id) const {
  if (!key_id.empty()) {
    WEIR_ASSIGN_OR_RETURN(const auto key, keys_.find(key_id));
    return key ? std::optional(key->scope) : std::nullopt;
  }
  WEIR_ASSIGN_OR_RETURN(auto query, database_.prepare("SELECT scope FROM user WHERE name = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(user).step());
  return has_row ? parse_key_scope(query.text(0)) : std::nullopt;
}

Result<std::optional<BrowserSession>> SignIn::find(std::string_view token) {
  const std::string digest = digest_of(token);
  BrowserSession session;
  std::string key_id;
  TimeMs used_ms = 0;
  {
    WEIR_ASSIGN_OR_RETURN(auto query,
                          database_.prepare("SELECT user, key_id, csrf_token, used_ms FROM "
                                            "browser_session WHERE digest = ?"));
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(digest).step());
    if (!has_row) {
      return std::optional<BrowserSession>();
    }
    session = {std::string(token), query.text(2), query.text(0), KeyScope::kRead};
    key_id = query.text(1);
    used_ms = query.integer(3);
  }
  const TimeMs now_ms = clock_.now_ms();
  WEIR_ASSIGN_OR_RETURN(const auto scope, scope_now(session.user, key_id));
  if (!scope || now_ms - used_ms > kIdleMs) {
    WEIR_RETURN_IF_ERROR(sign_out(token));
    return std::optional<BrowserSession>();
  }
  session.scope = *scope;
  if (now_ms - used_ms > kNoteUseMs) {
    WEIR_ASSIGN_OR_RETURN(
        auto update, database_.prepare("UPDATE browser_session SET used_ms = ? WHERE digest = ?"));
    WEIR_RETURN_IF_ERROR(update.bind(now_ms).bind(digest).run());
  }
  return std::optional(std::move(session));
}

Result<void> SignIn::sign_out(std::string_view token) {
  WEIR_ASSIGN_OR_RETURN(auto remove,
                        database_.prepare("DELETE FROM browser_session WHERE digest = ?"));
  return remove.bind(digest_of(token)).run();
}

}  // namespace weir::api
