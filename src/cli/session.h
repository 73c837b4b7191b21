#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "cli/query_text.h"
#include "cli/report.h"
#include "cli/row_writer.h"
#include "flowlog/file_table.h"
#include "query/query.h"
#include "store/store.h"

namespace weir::cli {

// One command's work over flow logs: the files it names, the shared options, and the answers it has
// given so far. Made by open(), ended by close(), which says what the answers rest on.
class Session final : public query::Catalog {
 public:
  // `paths`: files, directories, globs, "-". Without any, or with --data: the store; without a
  // store, standard input where it is no terminal, else an error that says what to give.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Arguments& arguments,
                                                             std::vector<std::string> paths,
                                                             Environment& environment);
  // Of the store alone, whatever the command's words are.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open_stored(const Arguments& arguments,
                                                                    Environment& environment);
  // Whether open() with these paths asks the store.
  [[nodiscard]] static bool asks_store(const Arguments& arguments,
                                       const std::vector<std::string>& paths,
                                       Environment& environment);
  ~Session() override;

  // Prepares every statement of `text`. Errors carry the position as a caret under the text.
  [[nodiscard]] Result<std::vector<query::PreparedQuery>> prepare(
      const QueryText& text, std::optional<query::Language> language);
  // Runs one prepared statement into `sink` and remembers its report. Warnings go to the person.
  [[nodiscard]] Result<void> run(const query::PreparedQuery& prepared, const QueryText& whole_text,
                                 query::RowSink& sink);

  // A writer of the format that -o asks for.
  [[nodiscard]] std::unique_ptr<RowWriter> make_writer(query::Language language);
  [[nodiscard]] std::string_view output_format() const { return output_format_; }

  // Says what the answers rest on, writes --report, and gives the exit code.
  [[nodiscard]] int close();

  // The files, where the answers come from files.
  [[nodiscard]] flowlog::FileTable* files() { return files_.get(); }
  // N where the store was taken in as a sample of one connection in N: what totals are to be
  // multiplied by.
  [[nodiscard]] std::uint32_t sample() const { return sample_; }
  [[nodiscard]] const std::vector<AnswerReport>& reports() const { return reports_; }
  [[nodiscard]] Environment& environment() { return environment_; }

  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override;
  Result<std::shared_ptr<column::Table>> find_lookup(std::string_view name, TextSpan span) override;

 private:
  explicit Session(Environment& environment);
  [[nodiscard]] Result<void> read_options(const Arguments& arguments);
  [[nodiscard]] Result<void> read_lookups(const Arguments& arguments);
  void say_warning(const query::Warning& warning, const QueryText& text);
  [[nodiscard]] Result<void> open_files(const Arguments& arguments, std::vector<std::string> paths);
  [[nodiscard]] Result<void> open_store(const std::string& directory);
  void use_table(std::shared_ptr<column::Table> table);

  Environment& environment_;
  std::unique_ptr<MemoryBudget> memory_;  // outlives the table, which may keep some of it
  std::shared_ptr<flowlog::FileTable> files_;
  std::unique_ptr<store::StoreView> store_;
  std::shared_ptr<column::Table> table_;                                        // either
  std::map<std::string, std::shared_ptr<column::Table>, std::less<>> lookups_;  // by name
  query::QueryEnvironment query_environment_;
  query::PrepareOptions prepare_options_;
  std::size_t num_threads_ = 1;
  std::uint32_t sample_ = 1;
  bool counts_once_ = false;
  std::string output_format_;
  std::string progress_mode_;
  std::string report_path_;
  bool is_quiet_ = false;
  bool may_use_rollups_ = true;
  bool has_header_ = true;
  bool requires_complete_ = false;
  std::vector<AnswerReport> reports_;
};

}  // namespace weir::cli
