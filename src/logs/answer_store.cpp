#include "logs/answer_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/crc32c.h"
#include "format/tree.h"

namespace weir::logs {
namespace {

using format::Tree;

constexpr std::string_view kMagic = "WEIRQRY1";
constexpr std::size_t kHeadBytes = 64;              // the first line, filled up with spaces
constexpr std::uint64_t kMaxStateBytes = 1U << 20;  // of what is told about a query
constexpr std::string_view kNewName = ".new";

struct Head {
  std::uint64_t state_bytes = 0;
  std::uint64_t state_checksum = 0;
  std::uint64_t rows_bytes = 0;
  std::uint64_t rows_checksum = 0;
};

std::string write_head(std::string_view state, std::string_view rows) {
  std::string line = fmt::format("{} {:x} {:x} {:x} {:x}", kMagic, state.size(), crc32c(state),
                                 rows.size(), crc32c(rows));
  line.resize(kHeadBytes - 1, ' ');
  return line + '\n';
}

std::optional<Head> read_head(std::string_view line) {
  if (!line.starts_with(kMagic)) {
    return std::nullopt;
  }
  line.remove_prefix(kMagic.size());
  Head head;
  for (std::uint64_t* const number :
       {&head.state_bytes, &head.state_checksum, &head.rows_bytes, &head.rows_checksum}) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), *number, 16);
    if (error != std::errc()) {
      return std::nullopt;
    }
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return head;
}

std::string state_text(const QueryState& state) {
  Tree warnings = Tree::list();
  for (const query::Warning& warning : state.warnings) {
    Tree tree = Tree::map({{"code", warning.code}, {"message", warning.message}});
    if (warning.span) {
      tree.append("begin", static_cast<std::int64_t>(warning.span->begin));
      tree.append("end", static_cast<std::int64_t>(warning.span->end));
    }
    warnings.push(std::move(tree));
  }
  const auto number = [](std::uint64_t value) { return Tree(static_cast<std::int64_t>(value)); };
  const auto& completeness = state.statistics.completeness;
  return format::write_json(Tree::map({{"id", state.id},
                                       {"scope", state.request.scope},
                                       {"text", state.request.text},
                                       {"sql", state.request.language == query::Language::kSql},
                                       {"groups", Tree::list_of(state.request.group_names)},
                                       {"status", name_of(state.status)},
                                       {"created", state.created_ms},
                                       {"ended", state.ended_ms},
                                       {"problem", state.problem},
                                       {"warnings", std::move(warnings)},
                                       {"records", number(completeness.records)},
                                       {"bytes", number(completeness.bytes_read)},
                                       {"scanned", number(state.statistics.rows_scanned)},
                                       {"matched", number(state.statistics.rows_matched)}}));
}

Result<QueryState> parse_state(std::string_view text) {
  WEIR_ASSIGN_OR_RETURN(const Tree tree, format::read_json(text));
  QueryState state;
  state.id = tree["id"].text();
  state.request.scope = tree["scope"].text();
  state.request.text = tree["text"].text();
  state.request.language =
      tree["sql"].boolean() ? query::Language::kSql : query::Language::kInsights;
  state.request.group_names = tree["groups"].texts();
  state.created_ms = tree["created"].integer();
  state.ended_ms = tree["ended"].integer();
  state.problem = tree["problem"].text();
  for (const Tree& item : tree["warnings"].items()) {
    query::Warning warning{item["code"].text(), item["message"].text()};
    if (item.has("begin")) {
      warning.span = TextSpan{static_cast<std::size_t>(item["begin"].integer()),
                              static_cast<std::size_t>(item["end"].integer())};
    }
    state.warnings.push_back(std::move(warning));
  }
  const auto number = [&](const char* name) {
    return static_cast<std::uint64_t>(tree[name].integer());
  };
  state.statistics.completeness.records = number("records");
  state.statistics.completeness.bytes_read = number("bytes");
  state.statistics.rows_scanned = number("scanned");
  state.statistics.rows_matched = number("matched");
  state.status = QueryStatus::kFailed;
  for (const QueryStatus status :
       {QueryStatus::kComplete, QueryStatus::kCancelled, QueryStatus::kTimeout}) {
    if (tree["status"].text() == name_of(status)) {
      state.status = status;
    }
  }
  if (state.ended_ms == 0) {
    state.problem = "the server ended while the query ran; start it again";
    state.ended_ms = state.created_ms;
  }
  if (state.id.empty() || state.request.group_names.empty()) {
    return fail(ErrorCode::kInput, "this is no query");
  }
  return state;
}

// Fields and values by turns.
std::string rows_text(const std::vector<QueryState::Row>& rows) {
  Tree list = Tree::list();
  for (const QueryState::Row& row : rows) {
    Tree texts = Tree::list();
    for (const auto& [field, value] : row) {
      texts.push(field);
      texts.push(value);
    }
    list.push(std::move(texts));
  }
  return format::write_json(list);
}

std::uint64_t bytes_of(const std::vector<QueryState::Row>& rows) {
  std::uint64_t bytes = 0;
  for (const QueryState::Row& row : rows) {
    for (const auto& [field, value] : row) {
      bytes += field.size() + value.size() + 6;  // quotes and commas
    }
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<AnswerStore>> AnswerStore::open(io::FileSystem& files, std::string directory,
                                                       AnswerLimits limits) {
  std::unique_ptr<AnswerStore> store(new AnswerStore(files, std::move(directory), limits));
  WEIR_RETURN_IF_ERROR(files.create_directories(store->directory_));
  WEIR_ASSIGN_OR_RETURN(const auto entries, files.list(store->directory_));
  for (const io::FileInfo& entry : entries) {
    auto state = store->read_state(entry.path);
    if (!state || store->path_of(state->id) != entry.path) {
      [[maybe_unused]] const auto removed = files.remove(entry.path);  // or the next time
      continue;
    }
    store->kept_[state->id] = {state->created_ms, entry.size};
    store->total_bytes_ += entry.size;
    store->found_.push_back(std::move(*state));
  }
  std::sort(store->found_.begin(), store->found_.end(),
            [](const QueryState& a, const QueryState& b) { return a.created_ms < b.created_ms; });
  return store;
}

std::string AnswerStore::path_of(std::string_view id) const {
  return fmt::format("{}/{}", directory_, id);
}

Result<QueryState> AnswerStore::read_state(const std::string& path) const {
  WEIR_ASSIGN_OR_RETURN(const auto file, files_.open_random(path));
  std::string line(kHeadBytes, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t num_bytes, file->read_at(0, line));
  const auto head = num_bytes == kHeadBytes ? read_head(line) : std::nullopt;
  if (!head || head->state_bytes > kMaxStateBytes ||
      file->size() != kHeadBytes + head->state_bytes + head->rows_bytes) {
    return fail(ErrorCode::kInput, fmt::format("{}: this is no answer of a query", path));
  }
  std::string text(head->state_bytes, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t found, file->read_at(kHeadBytes, text));
  if (found != text.size() || crc32c(text) != head->state_checksum) {
    return fail(ErrorCode::kInput, fmt::format("{}: its checksum does not match", path));
  }
  return parse_state(text);
}

Result<std::vector<QueryState::Row>> AnswerStore::rows(const std::string& id) const {
  {
    const std::lock_guard lock(mutex_);
    if (!kept_.contains(id)) {
      return fail(ErrorCode::kNotFound, "the answer is not kept any more; start the query again");
    }
  }
  const std::string path = path_of(id);
  WEIR_ASSIGN_OR_RETURN(const auto file, files_.open_random(path));
  std::string line(kHeadBytes, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t num_bytes, file->read_at(0, line));
  const auto head = num_bytes == kHeadBytes ? read_head(line) : std::nullopt;
  if (!head || file->size() != kHeadBytes + head->state_bytes + head->rows_bytes) {
    return fail(ErrorCode::kInput, fmt::format("{}: this is no answer of a query", path));
  }
  std::string text(head->rows_bytes, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t found,
                        file->read_at(kHeadBytes + head->state_bytes, text));
  if (found != text.size() || crc32c(text) != head->rows_checksum) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: the answer is damaged; start the query again", path));
  }
  std::vector<QueryState::Row> rows;
  if (text.empty()) {
    return rows;
  }
  WEIR_ASSIGN_OR_RETURN(const Tree list, format::read_json(text, {.max_nodes = 16'000'000}));
  for (const Tree& texts : list.items()) {
    QueryState::Row& row = rows.emplace_back();
    const Tree::List& items = texts.items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      row.emplace_back(items[i].text(), items[i + 1].text());
    }
  }
  return rows;
}

void AnswerStore::begin(const QueryState& state) { keep(state, ""); }

void AnswerStore::end(const QueryState& state) {
  if (const std::uint64_t bytes = bytes_of(state.rows); bytes > limits_.max_answer_bytes) {
    QueryState told;
    told.id = state.id;
    told.request = state.request;
    told.status = QueryStatus::kFailed;
    told.created_ms = state.created_ms;
    told.ended_ms = state.ended_ms;
    told.problem = fmt::format(
        "the answer has {} bytes, and the server has been restarted: {} at most are kept over "
        "that; start the query again",
        bytes, limits_.max_answer_bytes);
    keep(told, "");
    return;
  }
  keep(state, state.rows.empty() ? "" : rows_text(state.rows));
}

void AnswerStore::keep(const QueryState& state, const std::string& rows) {
  const std::string text = state_text(state);
  const std::string bytes = write_head(text, rows) + text + rows;
  const std::lock_guard lock(mutex_);
  remove_locked(state.id);
  if (text.size() > kMaxStateBytes || bytes.size() > limits_.max_total_bytes) {
    return;
  }
  while (!kept_.empty() && total_bytes_ + bytes.size() > limits_.max_total_bytes) {
    const auto oldest = std::min_element(
        kept_.begin(), kept_.end(),
        [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
    remove_locked(std::string(oldest->first));
  }
  if (write(state.id, bytes)) {
    kept_[state.id] = {state.created_ms, bytes.size()};
    total_bytes_ += bytes.size();
  }
}

Result<void> AnswerStore::write(const std::string& id, const std::string& bytes) {
  const std::string path = path_of(id);
  const std::string new_path = path + std::string(kNewName);
  const auto write_file = [&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto file, files_.create(new_path));
    WEIR_RETURN_IF_ERROR(file->append(bytes));
    WEIR_RETURN_IF_ERROR(file->close());
    return files_.rename(new_path, path);
  };
  auto written = write_file();
  if (!written) {
    [[maybe_unused]] const auto removed = files_.remove(new_path);
  }
  return written;
}

void AnswerStore::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  remove_locked(id);
}

void AnswerStore::remove_locked(const std::string& id) {
  const auto found = kept_.find(id);
  if (found != kept_.end()) {
    total_bytes_ -= found->second.second;
    kept_.erase(found);
    [[maybe_unused]] const auto removed = files_.remove(path_of(id));  // or when opened next
  }
}

std::uint64_t AnswerStore::total_bytes() const {
  const std::lock_guard lock(mutex_);
  return total_bytes_;
}

}  // namespace weir::logs
