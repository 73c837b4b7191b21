#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "io/file_system.h"
#include "logs/query_runner.h"

namespace weir::logs {

struct AnswerLimits {
  std::uint64_t max_answer_bytes = 16U << 20;  // a larger one is not kept
  std::uint64_t max_total_bytes = 256U << 20;  // past it the oldest go
};

// Queries and their answers, a file each, so that a restart does not lose them. Not synced: a query
// whose file a power cut took is unknown afterwards and can be asked again. Thread-safe.
//
// A file is a line of sizes and checksums, a line of JSON about the query, and its rows as JSON.
class AnswerStore {
 public:
  // Removes what cannot be read: an answer is worth no refusal to start.
  [[nodiscard]] static Result<std::unique_ptr<AnswerStore>> open(io::FileSystem& files,
                                                                 std::string directory,
                                                                 AnswerLimits limits = {});

  // What was there when it was opened, oldest first, without rows. Queries that had not ended have
  // failed, and say why.
  [[nodiscard]] const std::vector<QueryState>& found() const { return found_; }
  // Writes a query that begins, one that has ended. Where that fails it is not kept.
  void begin(const QueryState& state);
  void end(const QueryState& state);
  // kNotFound where there is none any more, kInput where it is damaged.
  [[nodiscard]] Result<std::vector<QueryState::Row>> rows(const std::string& id) const;
  void remove(const std::string& id);
  [[nodiscard]] std::uint64_t total_bytes() const;

 private:
  AnswerStore(io::FileSystem& files, std::string directory, AnswerLimits limits)
      : files_(files), directory_(std::move(directory)), limits_(limits) {}

  [[nodiscard]] std::string path_of(std::string_view id) const;
  [[nodiscard]] Result<QueryState> read_state(const std::string& path) const;
  [[nodiscard]] Result<void> write(const std::string& id, const std::string& bytes);
  void keep(const QueryState& state, const std::string& rows);
  void remove_locked(const std::string& id);

  io::FileSystem& files_;
  std::string directory_;
  AnswerLimits limits_;
  std::vector<QueryState> found_;
  mutable std::mutex mutex_;                                      // guards what follows
  std::map<std::string, std::pair<TimeMs, std::uint64_t>> kept_;  // by id: since when, bytes
  std::uint64_t total_bytes_ = 0;
};

}  // namespace weir::logs
