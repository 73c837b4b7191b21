#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "format/tree.h"
#include "state/database.h"

namespace weir::logs {

struct Group {
  std::int64_t id = 0;  // never given twice
  std::string scope;    // account and region: "123456789012/us-west-2"
  std::string name;
  TimeMs created_ms = 0;
  std::optional<std::int64_t> retention_days;
};

struct Stream {
  std::int64_t group_id = 0;
  std::string name;
  TimeMs created_ms = 0;
  std::optional<TimeMs> first_event_ms;
  std::optional<TimeMs> last_event_ms;
  std::optional<TimeMs> last_ingestion_ms;
};

// Something kept by a name in a scope, whose form is its owner's: query definitions, metric
// filters, EC2 flow logs.
struct Document {
  std::string id;
  format::Tree body;
  TimeMs modified_ms = 0;
};

// What there is in CloudWatch Logs beside events, as rows of the state. Thread-safe.
class GroupBook {
 public:
  // `database` outlives it.
  [[nodiscard]] static Result<GroupBook> open(state::Database& database);

  // nullopt: there is one of that name.
  [[nodiscard]] Result<std::optional<Group>> create_group(const Group& group);
  [[nodiscard]] Result<std::optional<Group>> find_group(std::string_view scope,
                                                        std::string_view name) const;
  // By name, of all scopes where `scope` is empty.
  [[nodiscard]] Result<std::vector<Group>> list_groups(std::string_view scope) const;
  [[nodiscard]] Result<void> set_retention(std::int64_t group_id, std::optional<std::int64_t> days);
  [[nodiscard]] Result<void> remove_group(std::int64_t group_id);

  // False: there is one of that name.
  [[nodiscard]] Result<bool> create_stream(const Stream& stream);
  [[nodiscard]] Result<std::optional<Stream>> find_stream(std::int64_t group_id,
                                                          std::string_view name) const;
  // By name.
  [[nodiscard]] Result<std::vector<Stream>> list_streams(std::int64_t group_id) const;
  [[nodiscard]] Result<void> note_events(std::int64_t group_id, std::string_view stream,
                                         TimeMs first_ms, TimeMs last_ms, TimeMs now_ms);
  [[nodiscard]] Result<void> remove_stream(std::int64_t group_id, std::string_view name);

  // `kind`: "query-definition", "metric-filter", "flow-log".
  [[nodiscard]] Result<void> put_document(std::string_view kind, std::string_view scope,
                                          const Document& document);
  // By id.
  [[nodiscard]] Result<std::vector<Document>> list_documents(std::string_view kind,
                                                             std::string_view scope) const;
  // False where there is none.
  [[nodiscard]] Result<bool> remove_document(std::string_view kind, std::string_view scope,
                                             std::string_view id);

 private:
  explicit GroupBook(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::logs
