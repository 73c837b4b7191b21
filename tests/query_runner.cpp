// Runs the data-driven query tests: tests/query/README.md describes their format.
//
//   query_runner [--update] FILE-OR-FOLDER...
//
// Each query is asked of the files, of a store that took them in, and of that store compacted: the
// three must agree. Exit code 1 where an answer differs; --update writes the files' answers into
// the tests instead.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/number.h"
#include "base/time_text.h"
#include "flow/enrichment.h"
#include "flowlog/file_table.h"
#include "intake/flow_table_spec.h"
#include "intake/intake.h"
#include "intake/stored_flows.h"
#include "io/file_system.h"
#include "query/execute.h"
#include "query/lookup_table.h"
#include "query/query.h"
#include "store/store.h"

namespace weir {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// Line by line; a newline at the end of the text ends the last line.
Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::string join_lines(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

std::optional<std::string> read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

// What a cell looks like in a test: null bare, an empty text as '', control characters escaped.
std::string cell_text(const column::Column& column, std::size_t row) {
  if (column.is_null(row)) {
    return "null";
  }
  const column::Value value = column.value_at(row);
  switch (value.type) {
    case column::Type::kBool:
      return value.integer != 0 ? "true" : "false";
    case column::Type::kTime:
      return to_time_text(value.integer);
    case column::Type::kInterval:
      return format_double(static_cast<double>(value.integer) / 1000) + "s";
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kString:
      break;
    default:
      return std::to_string(value.integer);
  }
  if (value.text.empty()) {
    return "''";
  }
  std::string text;
  for (const char c : value.text) {
    if (c == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text;
}

// What a test file sets for the queries behind it.
struct Setting {
  TimeMs now = *parse_absolute_time("2026-03-01T12:00:00Z");
  query::Dialect dialect = query::Dialect::kHelpful;
  query::PrepareOptions options;
  std::vector<std::string> paths;
  std::optional<flowlog::Layout> format;
  bool shows_plan = false;
  std::map<std::string, std::shared_ptr<column::Table>, std::less<>> lookups;
};

class FileCatalog final : public query::Catalog {
 public:
  FileCatalog(std::shared_ptr<column::Table> table, const Setting& setting)
      : table_(std::move(table)), setting_(setting) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    if (name.empty() || name == "flows" || name == "vpc_flow_logs") {
      return table_;
    }
    return fail(ErrorCode::kNotFound, fmt::format("there is no table '{}'", name), span);
  }
  Result<std::shared_ptr<column::Table>> find_lookup(std::string_view name,
                                                     TextSpan span) override {
    const auto found = setting_.lookups.find(name);
    return found != setting_.lookups.end() ? found->second : Catalog::find_lookup(name, span);
  }

 private:
  std::shared_ptr<column::Table> table_;
  const Setting& setting_;
};

Lines error_lines(const Error& error, std::string_view text) {
  Lines lines{"error: " + error.message};
  if (error.span) {
    for (const std::string& line : split_lines(query::point_at(text, *error.span))) {
      lines.push_back("> " + line);
    }
  }
  return lines;
}

Lines rows_of(const query::RowCollector& rows) {
  Lines lines(1);
  for (const column::Field& field : rows.schema()) {
    lines[0] += (lines[0].empty() ? "" : " | ") + field.name;
  }
  for (const column::Batch& batch : rows.batches()) {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      std::string line;
      for (const column::Column& column : batch.columns) {
        line += (line.empty() ? "" : " | ") + cell_text(column, row);
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

class Runner {
 public:
  explicit Runner(bool is_updating)
      : is_updating_(is_updating),
        folder_(fs::temp_directory_path() / fmt::format("weir-query-tests-{}", ::getpid())),
        files_(io::make_local_file_system()) {
    fs::create_directories(folder_);
  }
  ~Runner() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void run_file(const fs::path& path);
  [[nodiscard]] int report() const {
    fmt::print("{} queries in {} files, {} {}\n", num_queries_, num_files_, num_different_,
               is_updating_ ? "updated" : "different");
    return num_different_ > 0 && !is_updating_ ? 1 : num_queries_ == 0 ? 1 : 0;
  }
  void complain(const fs::path& path, std::size_t line, std::string_view message) {
    fmt::print("{}:{}: {}\n", path.string(), line, message);
    ++num_different_;
  }

 private:
  // Reads one directive; false where the line is none.
  bool apply(const std::string& line, const Lines& lines, std::size_t& next, const fs::path& path,
             Setting& setting);
  // What was taken in of the files that a setting names, as it was and compacted.
  struct Stored {
    std::unique_ptr<store::Store> store;
    std::shared_ptr<column::Table> table;
    std::shared_ptr<column::Table> compacted;
  };
  [[nodiscard]] Result<const Stored*> stored(const Setting& setting);
  [[nodiscard]] Result<std::shared_ptr<flowlog::FileTable>> open_files(const Setting& setting);
  // The files' answer; the stores' too, where they differ from it.
  [[nodiscard]] Lines answer(const std::string& text, const Setting& setting);
  [[nodiscard]] Lines answer_from(const std::shared_ptr<column::Table>& table,
                                  const std::string& text, const Setting& setting);
  [[nodiscard]] Result<Lines> answer_statement(const query::PreparedQuery& prepared,
                                               const std::string& text, const Setting& setting,
                                               std::size_t num_threads);

  bool is_updating_;
  fs::path folder_;
  std::unique_ptr<io::FileSystem> files_;
  SystemClock clock_;
  std::map<std::string, Stored> stored_;
  std::size_t num_queries_ = 0;
  std::size_t num_files_ = 0;
  std::size_t num_different_ = 0;
};

bool Runner::apply(const std::string& line, const Lines& lines, std::size_t& next,
                   const fs::path& path, Setting& setting) {
  const auto space = line.find(' ');
  const std::string word = line.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  if (word == "flows" && rest.starts_with("file ")) {
    setting.paths = {(path.parent_path() / rest.substr(5)).string()};
  } else if (word == "flows" || word == "more") {
    if (word == "flows") {
      setting.paths.clear();
    }
    const fs::path file = folder_ / fmt::format("{}-{}.log", num_queries_, next);
    std::ofstream out(file, std::ios::binary);
    while (next < lines.size() && lines[next] != "----") {
      out << lines[next++] << "\n";
    }
    ++next;
    setting.paths.push_back(file.string());
  } else if (word == "format") {
    const auto layout = flowlog::parse_format(rest);
    setting.format = layout ? std::optional(*layout) : std::nullopt;
    return layout.has_value();
  } else if (word == "now" || word == "since" || word == "until") {
    const auto time = parse_absolute_time(rest);
    if (!time && rest != "none") {
      return false;
    }
    if (word == "now") {
      setting.now = time.value_or(setting.now);
    } else {
      (word == "since" ? setting.options.range.since : setting.options.range.until) = time;
    }
  } else if (word == "dialect") {
    setting.dialect = rest == "cloudwatch" ? query::Dialect::kCloudWatch : query::Dialect::kHelpful;
  } else if (word == "language") {
    setting.options.language = rest == "sql"        ? std::optional(query::Language::kSql)
                               : rest == "insights" ? std::optional(query::Language::kInsights)
                                                    : std::nullopt;
  } else if (word == "lookup") {
    std::string csv;
    while (next < lines.size() && lines[next] != "----") {
      csv += lines[next++] + "\n";
    }
    ++next;
    auto table = query::read_lookup_table(csv);
    if (!table) {
      return false;
    }
    setting.lookups[rest] = std::move(*table);
  } else if (word == "plan") {
    setting.shows_plan = rest == "on";
  } else {
    return false;
  }
  return true;
}

Result<Lines> Runner::answer_statement(const query::PreparedQuery& prepared,
                                       const std::string& text, const Setting& setting,
                                       std::size_t num_threads) {
  query::RowCollector rows;
  query::ExecuteOptions options;
  options.num_threads = num_threads;
  const auto done = query::execute(prepared.plan, options, rows);
  if (!done) {
    return tl::unexpected<Error>(done.error());
  }
  Lines lines = rows_of(rows);
  if (setting.shows_plan) {
    for (const std::string& line : split_lines(to_text(*prepared.plan))) {
      lines.push_back("plan: " + line);
    }
  }
  for (const query::Warning& warning : prepared.warnings) {
    const std::string at =
        warning.span ? fmt::format(" [{}]", text.substr(warning.span->begin,
                                                        warning.span->end - warning.span->begin))
                     : "";
    lines.push_back(fmt::format("warning {}{}: {}", warning.code, at, warning.message));
  }
  return lines;
}

Result<std::shared_ptr<flowlog::FileTable>> Runner::open_files(const Setting& setting) {
  flowlog::FileTableOptions options;
  options.paths = setting.paths;
  options.format = setting.format;
  return flowlog::open_files(*files_, options);
}

Result<const Runner::Stored*> Runner::stored(const Setting& setting) {
  std::string key = setting.format ? setting.format->names() : std::string();
  for (const std::string& path : setting.paths) {
    key += "\n" + path;
  }
  const auto known = stored_.find(key);
  if (known != stored_.end()) {
    return &known->second;
  }
  WEIR_ASSIGN_OR_RETURN(const auto table, open_files(setting));
  const fs::path directory = folder_ / fmt::format("store-{}", stored_.size());
  Stored stored;
  WEIR_ASSIGN_OR_RETURN(stored.store, store::Store::open(*files_, clock_, directory.string()));
  intake::IntakeOptions options;
  options.num_threads = 2;
  options.commit_rows = 1;  // each object by itself, so that there is something to compact
  WEIR_ASSIGN_OR_RETURN(const auto intake,
                        intake::Intake::open(*stored.store, clock_, options, {}));
  WEIR_RETURN_IF_ERROR(intake->take(*table, {}));
  const auto flows = [&]() -> Result<std::shared_ptr<column::Table>> {
    WEIR_ASSIGN_OR_RETURN(auto snapshot, stored.store->snapshot(intake::kFlowsTable));
    return std::make_shared<intake::StoredFlows>(std::move(snapshot), stored.store->state());
  };
  WEIR_ASSIGN_OR_RETURN(stored.table, flows());
  WEIR_ASSIGN_OR_RETURN(const auto report, stored.store->compact(intake::kFlowsTable, nullptr));
  WEIR_ASSIGN_OR_RETURN(stored.compacted, flows());
  static_cast<void>(report);
  return &stored_.emplace(std::move(key), std::move(stored)).first->second;
}

Lines Runner::answer(const std::string& text, const Setting& setting) {
  const auto table = open_files(setting);
  if (!table) {
    return {"error: " + table.error().message};
  }
  Lines lines = answer_from(*table, text, setting);
  const auto store = stored(setting);
  if (!store) {
    lines.push_back("the store refuses the files: " + store.error().message);
    return lines;
  }
  const auto compare = [&](std::string_view which, const std::shared_ptr<column::Table>& flows) {
    const Lines others = answer_from(flows, text, setting);
    if (others != lines) {
      lines.push_back(fmt::format("{} answers otherwise:", which));
      lines.insert(lines.end(), others.begin(), others.end());
    }
  };
  compare("the store", (*store)->table);
  compare("the compacted store", (*store)->compacted);
  return lines;
}

Lines Runner::answer_from(const std::shared_ptr<column::Table>& table, const std::string& text,
                          const Setting& setting) {
  query::QueryEnvironment environment;
  environment.now_ms = setting.now;
  environment.dialect = setting.dialect;
  const auto enrichment = flow::load_enrichment(*files_, {});
  if (!enrichment) {
    return {"error: " + enrichment.error().message};
  }
  environment.enrichment = *enrichment;
  FileCatalog catalog(table, setting);
  const auto prepared = query::prepare(text, setting.options, catalog, environment);
  if (!prepared) {
    return error_lines(prepared.error(), text);
  }
  Lines all;
  for (const query::PreparedQuery& statement : *prepared) {
    if (!all.empty()) {
      all.emplace_back(";");
    }
    const auto lines = answer_statement(statement, text, setting, 1);
    const auto threaded = answer_statement(statement, text, setting, 4);
    const Lines& shown = lines ? *lines : error_lines(lines.error(), text);
    all.insert(all.end(), shown.begin(), shown.end());
    if (lines && threaded && *lines != *threaded) {
      all.emplace_back("four threads answer otherwise:");
      all.insert(all.end(), threaded->begin(), threaded->end());
    }
  }
  return all;
}

void Runner::run_file(const fs::path& path) {
  const auto whole = read_whole(path);
  if (!whole) {
    complain(path, 0, "cannot be read");
    return;
  }
  ++num_files_;
  const Lines lines = split_lines(*whole);
  Lines updated;
  Setting setting;
  for (std::size_t next = 0; next < lines.size();) {
    const std::size_t begin = next;
    const std::string& line = lines[next++];
    if (line.empty() || line[0] == '#') {
      updated.push_back(line);
      continue;
    }
    if (line != "query") {
      if (!apply(line, lines, next, path, setting)) {
        complain(path, next, fmt::format("'{}' is no directive, or a wrong one", line));
        return;
      }
      next = std::min(next, lines.size());
      updated.insert(updated.end(), lines.begin() + static_cast<std::ptrdiff_t>(begin),
                     lines.begin() + static_cast<std::ptrdiff_t>(next));
      continue;
    }
    Lines text;
    while (next < lines.size() && lines[next] != "----") {
      text.push_back(lines[next++]);
    }
    ++next;
    Lines expected;
    while (next < lines.size() && !lines[next].empty()) {
      expected.push_back(lines[next++]);
    }
    std::string query = join_lines(text);
    query.pop_back();
    const Lines actual = answer(query, setting);
    ++num_queries_;
    if (actual != expected) {
      if (!is_updating_) {
        fmt::print("{}:{}: the answer differs\n{}\n--- expected\n{}+++ answered\n{}\n",
                   path.string(), begin + 1, query, join_lines(expected), join_lines(actual));
      }
      ++num_different_;
    }
    updated.emplace_back("query");
    updated.insert(updated.end(), text.begin(), text.end());
    updated.emplace_back("----");
    updated.insert(updated.end(), actual.begin(), actual.end());
  }
  if (is_updating_) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << join_lines(updated);
  }
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  bool is_updating = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update") {
      is_updating = true;
    } else if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        if (entry.path().extension() == ".test") {
          paths.push_back(entry.path());
        }
      }
    } else {
      paths.emplace_back(argv[i]);
    }
  }
  std::sort(paths.begin(), paths.end());
  weir::Runner runner(is_updating);
  for (const auto& path : paths) {
    runner.run_file(path);
  }
  return runner.report();
}
