#include "api/logs/lookup_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "query/lookup_table.h"

namespace weir::api::logs {
namespace {

constexpr std::string_view kLookup = "lookup-table";
constexpr std::size_t kMaxLookups = 100;  // of an account in a region

std::string lookup_arn(const Call& call, std::string_view name) {
  return fmt::format("arn:aws:logs:{}:{}:lookup-table:{}", call.region, call.account, name);
}

// The name in an ARN, or the name itself.
std::string lookup_name(std::string_view arn) {
  return std::string(arn.substr(arn.rfind(':') + 1));  // npos + 1: from the beginning
}

bool is_lookup_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

tl::expected<std::optional<weir::logs::Document>, ApiError> find_lookup(const LogsRooms& rooms,
                                                                        const Call& call,
                                                                        std::string_view name) {
  auto documents = rooms.groups->list_documents(kLookup, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  for (weir::logs::Document& document : *documents) {
    if (document.id == name) {
      return std::optional(std::move(document));
    }
  }
  return std::optional<weir::logs::Document>();
}

tl::unexpected<ApiError> no_lookup(std::string_view name) {
  return refuse("ResourceNotFoundException", fmt::format("Lookup table '{}' does not exist", name));
}

// Keeps `input`'s CSV under `name`, beside its description.
tl::expected<void, ApiError> store_lookup(const LogsRooms& rooms, const Call& call,
                                          const std::string& name, const Tree& input) {
  if (input.has("queryId") || !input.has("tableBody")) {
    return invalid_parameter(
        "this server makes lookup tables of tableBody, not of a query's results (queryId)");
  }
  const auto table = query::read_lookup_table(input["tableBody"].text());
  if (!table) {
    return invalid_parameter("Invalid tableBody: " + table.error().message);
  }
  weir::logs::Document document;
  document.id = name;
  document.modified_ms = call.now_ms;
  document.body =
      Tree::map({{"tableBody", input["tableBody"]}, {"description", input["description"]}});
  if (auto done = rooms.groups->put_document(kLookup, scope_of(call), document); !done) {
    return as_failure(done.error());
  }
  return {};
}

Outcome create_lookup_table(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string& name = input["lookupTableName"].text();
  if (!is_lookup_name(name)) {
    return invalid_parameter("lookupTableName consists of letters, digits, _ and -");
  }
  auto documents = rooms.groups->list_documents(kLookup, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  if (std::any_of(documents->begin(), documents->end(),
                  [&](const auto& document) { return document.id == name; })) {
    return refuse("ResourceAlreadyExistsException",
                  fmt::format("Lookup table '{}' already exists", name));
  }
  if (documents->size() >= kMaxLookups) {
    return refuse("LimitExceededException", "An account has at most 100 lookup tables in a region");
  }
  if (auto done = store_lookup(rooms, call, name, input); !done) {
    return tl::unexpected<ApiError>(done.error());
  }
  return Tree::map({{"lookupTableArn", lookup_arn(call, name)}, {"createdAt", call.now_ms}});
}

Outcome update_lookup_table(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string name = lookup_name(input["lookupTableArn"].text());
  const auto found = find_lookup(rooms, call, name);
  if (!found) {
    return tl::unexpected<ApiError>(found.error());
  }
  if (!*found) {
    return no_lookup(name);
  }
  Tree changed = input;
  if (!input.has("description")) {
    changed.set("description", (*found)->body["description"]);
  }
  if (!input.has("tableBody") && !input.has("queryId")) {
    changed.set("tableBody", (*found)->body["tableBody"]);
  }
  if (auto done = store_lookup(rooms, call, name, changed); !done) {
    return tl::unexpected<ApiError>(done.error());
  }
  return Tree::map({{"lookupTableArn", lookup_arn(call, name)}, {"lastUpdatedTime", call.now_ms}});
}

Tree lookup_tree(const Call& call, const weir::logs::Document& document) {
  Tree tree =
      Tree::map({{"lookupTableArn", lookup_arn(call, document.id)},
                 {"lookupTableName", document.id},
                 {"sizeBytes", static_cast<std::int64_t>(document.body["tableBody"].text().size())},
                 {"lastUpdatedTime", document.modified_ms}});
  if (document.body.has("description")) {
    tree.append("description", document.body["description"]);
  }
  return tree;
}

Outcome describe_lookup_tables(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto documents = rooms.groups->list_documents(kLookup, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  Tree list = Tree::list();
  for (const weir::logs::Document& document : *documents) {
    if (!document.id.starts_with(input["lookupTableNamePrefix"].text())) {
      continue;
    }
    Tree tree = lookup_tree(call, document);
    Tree fields = Tree::list();
    if (const auto table = query::read_lookup_table(document.body["tableBody"].text())) {
      for (const std::string& name : (*table)->known_names()) {
        fields.push(name);
      }
    }
    tree.append("tableFields", std::move(fields));
    list.push(std::move(tree));
  }
  return Tree::map({{"lookupTables", std::move(list)}});
}

Outcome get_lookup_table(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string name = lookup_name(input["lookupTableArn"].text());
  const auto found = find_lookup(rooms, call, name);
  if (!found) {
    return tl::unexpected<ApiError>(found.error());
  }
  if (!*found) {
    return no_lookup(name);
  }
  Tree tree = lookup_tree(call, **found);
  tree.append("tableBody", (*found)->body["tableBody"]);
  return tree;
}

Outcome delete_lookup_table(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const std::string name = lookup_name(input["lookupTableArn"].text());
  const auto was_there = rooms.groups->remove_document(kLookup, scope_of(call), name);
  if (!was_there) {
    return as_failure(was_there.error());
  }
  return *was_there ? Outcome(Tree()) : no_lookup(name);
}

}  // namespace

Result<std::shared_ptr<column::Table>> find_lookup_table(const LogsRooms& rooms,
                                                         const std::string& scope,
                                                         std::string_view name) {
  WEIR_ASSIGN_OR_RETURN(const auto documents, rooms.groups->list_documents(kLookup, scope));
  for (const weir::logs::Document& document : documents) {
    if (document.id == name) {
      return query::read_lookup_table(document.body["tableBody"].text());
    }
  }
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no lookup table '{}'; CreateLookupTable makes one", name));
}

void add_lookup_operations(Service& service, const LogsRooms& rooms) {
  using Step = Outcome (*)(const LogsRooms&, const Call&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [rooms, step](const Call& call, const Tree& input) {
      return step(rooms, call, input);
    };
  };
  add("CreateLookupTable", create_lookup_table);
  add("UpdateLookupTable", update_lookup_table);
  add("DescribeLookupTables", describe_lookup_tables);
  add("GetLookupTable", get_lookup_table);
  add("DeleteLookupTable", delete_lookup_table);
}

}  // namespace weir::api::logs
