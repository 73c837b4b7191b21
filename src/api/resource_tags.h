#pragma once

#include <string>
#include <vector>

#include "api/service.h"
#include "state/database.h"

namespace weir::api {

// Tags of resources by ARN, as rows of the state. Thread-safe.
class ResourceTags {
 public:
  static constexpr std::size_t kMaxTags = 50;

  // `database` outlives it.
  [[nodiscard]] static Result<ResourceTags> open(state::Database& database);

  // `tags` is a list of {Key, Value}.
  [[nodiscard]] Result<void> put(const std::string& arn, const Tree& tags);
  [[nodiscard]] Result<Tree> list(const std::string& arn) const;
  [[nodiscard]] Result<void> remove(const std::string& arn, const std::vector<std::string>& keys);
  [[nodiscard]] Result<void> remove_all(const std::string& arn);

 private:
  explicit ResourceTags(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::api
