#include "console/saved_routes.h"

#include <fmt/format.h>

#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

constexpr std::size_t kMostItems = 10'000;
constexpr std::size_t kMostNameBytes = 200;
constexpr std::size_t kMostTextBytes = 64U << 10;

Tree item_tree(const SavedItem& item) {
  return Tree::map({{"name", item.name},
                    {"kind", item.kind},
                    {"text", item.text},
                    {"url", item.url},
                    {"modifiedMs", item.modified_ms},
                    {"who", item.who}});
}

Result<SavedItem> read_item(const RouteCall& call, TimeMs now_ms) {
  WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
  SavedItem item;
  item.name = call.parameters.front();
  item.modified_ms = now_ms;
  item.who = call.caller.name;
  WEIR_ASSIGN_OR_RETURN(item.kind, read_text(body, "kind"));
  WEIR_ASSIGN_OR_RETURN(item.text, read_text(body, "text"));
  WEIR_ASSIGN_OR_RETURN(item.url, read_text(body, "url"));
  if (item.kind != "query" && item.kind != "view") {
    return fail(ErrorCode::kUsage, "kind is query or view");
  }
  if (item.name.empty() || item.name.size() > kMostNameBytes) {
    return fail(ErrorCode::kUsage, fmt::format("a name has 1 to {} bytes", kMostNameBytes));
  }
  if (item.text.size() > kMostTextBytes || item.url.size() > kMostTextBytes) {
    return fail(ErrorCode::kLimit,
                fmt::format("text and url have {} bytes each at most", kMostTextBytes));
  }
  // Others will follow it: nothing but a path of this application.
  const bool is_path =
      item.url.empty() || (item.url.starts_with('/') && !item.url.starts_with("//") &&
                           item.url.find('\\') == std::string::npos);
  if (!is_path) {
    return fail(ErrorCode::kUsage, "url is a path of this application: it begins with one '/'");
  }
  return item;
}

}  // namespace

void add_saved_routes(api::NativeApi& native, SavedBook& saved, const Clock& clock) {
  Route list{"GET", "/api/v1/saved", "Queries and views that were saved, by name."};
  list.answers = "saved: name, kind, text, url, modifiedMs, who";
  list.run = [&saved](const RouteCall& /*call*/) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto items, saved.list());
    Tree rows = Tree::list();
    for (const SavedItem& item : items) {
      rows.push(item_tree(item));
    }
    return json_answer(Tree::map({{"saved", std::move(rows)}}));
  };
  native.add(std::move(list));

  Route put{"PUT", "/api/v1/saved/{name}", "Saves a query or a view under a name."};
  put.scope = api::KeyScope::kOperate;
  put.members = {"kind", "text", "url"};
  put.answers = "as an item of the list";
  put.run = [&saved, &clock](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const SavedItem item, read_item(call, clock.now_ms()));
    WEIR_ASSIGN_OR_RETURN(const auto items, saved.list());
    if (items.size() >= kMostItems) {
      return fail(ErrorCode::kLimit, fmt::format("{} things are saved: remove some", kMostItems));
    }
    WEIR_RETURN_IF_ERROR(saved.put(item));
    return json_answer(item_tree(item));
  };
  native.add(std::move(put));

  Route remove{"DELETE", "/api/v1/saved/{name}", "Removes a saved query or view."};
  remove.scope = api::KeyScope::kOperate;
  remove.answers = "removed";
  remove.run = [&saved](const RouteCall& call) -> Result<http::Response> {
    const std::string& name = call.parameters.front();
    WEIR_ASSIGN_OR_RETURN(const bool was_there, saved.remove(name));
    if (!was_there) {
      return fail(ErrorCode::kNotFound, fmt::format("nothing is saved under '{}'", name));
    }
    return json_answer(Tree::map({{"removed", name}}));
  };
  native.add(std::move(remove));
}

}  // namespace weir::console
