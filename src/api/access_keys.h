#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/shape.h"
#include "base/clock.h"
#include "base/result.h"
#include "state/database.h"

namespace weir::api {

struct AccessKey {
  std::string id;
  std::string secret;
  KeyScope scope = KeyScope::kRead;
  TimeMs created_ms = 0;
  std::string account;  // whose things its calls see and make; "": the server's own
};

// What every key's id begins with.
inline constexpr std::string_view kAccessKeyPrefix = "WEIR";

// 12 digits.
[[nodiscard]] bool is_account_id(std::string_view text);

[[nodiscard]] std::string_view name_of(KeyScope scope);
// One scope, or several with commas between: what any of them may. nullopt: there is no such.
[[nodiscard]] std::optional<KeyScope> parse_key_scope(std::string_view text);
// What a scope is without the ingest that others have beside.
[[nodiscard]] KeyScope beside_ingest(KeyScope scope);
// Whether a key of `held` may do what needs `needed`: admin may everything, respond what
// operate may, that what read may.
[[nodiscard]] bool covers(KeyScope held, KeyScope needed);

// The keys that requests are signed with. Rows of the state, so that a key made by `weir key
// create` is known to a running server at once. Thread-safe.
class AccessKeys {
 public:
  // `database` outlives it.
  [[nodiscard]] static Result<AccessKeys> open(state::Database& database);

  [[nodiscard]] Result<AccessKey> create(KeyScope scope, std::string_view account, TimeMs now_ms);
  [[nodiscard]] Result<std::optional<AccessKey>> find(std::string_view id) const;
  [[nodiscard]] Result<std::vector<AccessKey>> list() const;
  // False where there is none of that id.
  [[nodiscard]] Result<bool> remove(std::string_view id);

 private:
  explicit AccessKeys(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::api
