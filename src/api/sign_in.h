#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "state/database.h"

namespace weir::api {

// Somebody with a password.
struct User {
  std::string name;
  KeyScope scope = KeyScope::kRead;
  TimeMs created_ms = 0;
  bool has_password = true;  // false until the one-time address was used
};

// "viewer", "operator", "responder", "admin".
[[nodiscard]] std::string_view role_of(KeyScope scope);
[[nodiscard]] std::optional<KeyScope> parse_role(std::string_view text);

// A browser that has signed in.
struct BrowserSession {
  std::string token;  // of the cookie; known to the browser alone, here by its digest
  std::string csrf_token;
  std::string user;  // a user's name, or "key WEIR..."
  KeyScope scope = KeyScope::kRead;
};

// Users, their passwords, and who is signed in: rows of the state, so that sessions last over a
// restart. A session ends kIdleMs after its last use, and at once with its user or key.
// Thread-safe.
class SignIn {
 public:
  static constexpr std::int64_t kIdleMs = 12 * 3'600'000LL;
  // Past so many wrong attempts of an address within the time, it has to wait.
  static constexpr std::size_t kMostFailures = 10;
  static constexpr std::int64_t kFailuresMs = 15 * 60'000;

  // All outlive it.
  [[nodiscard]] static Result<std::unique_ptr<SignIn>> open(state::Database& database,
                                                            const AccessKeys& keys,
                                                            const Clock& clock);

  [[nodiscard]] Result<std::vector<User>> users() const;  // by name
  // Makes or changes a user. Without a password one that is there keeps it, and a new one has none
  // until make_link()'s token was used. kUsage: the last admin who has a password stays one.
  [[nodiscard]] Result<void> put_user(const std::string& name,
                                      std::optional<std::string_view> password, KeyScope scope);
  // False where there is none. kUsage: the last admin stays.
  [[nodiscard]] Result<bool> remove_user(std::string_view name);

  // A token by which a user's password is set once, within kLinkMs; the one before is void then.
  // The old password is good until it is used. kNotFound: there is no such user.
  struct Link {
    std::string token;
    TimeMs until_ms = 0;
  };
  static constexpr std::int64_t kLinkMs = 24 * 3'600'000LL;
  [[nodiscard]] Result<Link> make_link(const std::string& name);
  [[nodiscard]] Result<BrowserSession> sign_in_by_link(std::string_view token,
                                                       std::string_view password,
                                                       const std::string& peer);

  // Where nobody has a password yet: what lets one make the first user, an admin, once. Another
  // call makes another token, the one before is void then.
  [[nodiscard]] std::string make_first_token();
  [[nodiscard]] Result<BrowserSession> sign_in_first(std::string_view token,
                                                     const std::string& name,
                                                     std::string_view password,
                                                     const std::string& peer);

  // kUnauthorized where it is wrong, kBusy after too many wrong attempts.
  [[nodiscard]] Result<BrowserSession> sign_in(const std::string& name, std::string_view password,
                                               const std::string& peer);
  // "ID.SECRET"
  [[nodiscard]] Result<BrowserSession> sign_in_by_key(std::string_view key,
                                                      const std::string& peer);
  // Of a cookie's token; nullopt where it has ended, or there never was one. Counts as use.
  [[nodiscard]] Result<std::optional<BrowserSession>> find(std::string_view token);
  [[nodiscard]] Result<void> sign_out(std::string_view token);

 private:
  // kUsage where nobody else is an admin with a password.
  [[nodiscard]] Result<void> check_other_admin(std::string_view name) const;
  [[nodiscard]] Result<void> end_sessions(std::string_view name);
  SignIn(state::Database& database, const AccessKeys& keys, const Clock& clock)
      : database_(database), keys_(keys), clock_(clock) {}
  [[nodiscard]] Result<BrowserSession> start(std::string user, std::string_view key_id,
                                             KeyScope scope);
  [[nodiscard]] Result<std::optional<KeyScope>> scope_now(std::string_view user,
                                                          std::string_view key_id) const;
  [[nodiscard]] Result<void> check_attempts(const std::string& peer);
  void note_failure(const std::string& peer);

  state::Database& database_;
  const AccessKeys& keys_;
  const Clock& clock_;
  std::mutex hashing_mutex_;                            // one password at a time: each takes memory
  std::mutex mutex_;                                    // guards what follows
  std::map<std::string, std::deque<TimeMs>> failures_;  // by address
  std::string first_token_digest_;                      // "": there is none
};

}  // namespace weir::api
