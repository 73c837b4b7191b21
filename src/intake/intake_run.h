#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "intake/intake.h"
#include "intake/object_reader.h"

namespace weir::intake {

// One call of Intake::take(): what its workers share.
//
// Objects are handed out in path order. Of objects with the same content the first in that order
// stays, so a worker commits only once all objects before its own have been read by somebody; until
// then it reads on. A duplicate that is found after its rows have joined a load costs a rollback,
// and the others of that load are read again.
class IntakeRun {
 public:
  IntakeRun(Intake& intake, flowlog::FileTable& table, const column::ScanContext& context);
  [[nodiscard]] Result<void> run();

 private:
  // An object whose rows lie in a load.
  struct Pending {
    std::size_t index = 0;
    store::SourceMeta source;
    SourceDetails details;
    std::string damage;  // "": none
  };
  struct Worker {
    std::unique_ptr<RepeatFilter> repeats;  // null: repeats stay
    std::unique_ptr<ObjectReader> reader;
    std::unique_ptr<store::Load> load;
    std::vector<Pending> pending;
    std::int64_t since_ns = 0;  // when the first of them was read
  };
  // How a stored file looks.
  struct Look {
    std::uint64_t probe = 0;
    std::optional<store::SourceId> hash;  // where it had to be taken
    std::uint64_t path_key = 0;
    std::optional<KnownPart> known;
    bool is_known = false;
  };

  Result<void> work();
  Result<void> start(Worker& worker);
  // The next object; nullopt at the end. Its columns are put into the table beforehand, so that
  // their order is that of the paths.
  Result<std::optional<std::size_t>> take_next();
  Result<void> describe_columns(std::size_t index);
  Result<Look> look_at(std::size_t index);
  Result<void> take_object(Worker& worker, std::size_t index);
  Result<void> read_object(Worker& worker, std::size_t index);
  Result<void> add_pending(Worker& worker, std::size_t index, const Look& look,
                           ObjectReading&& reading);
  // Reads again what was pending, after a rollback.
  Result<void> redo(Worker& worker, const std::vector<std::size_t>& indices);
  [[nodiscard]] bool is_due(const Worker& worker) const;
  // Commits what is pending. Unless `waits`, only where nothing before it is still being read.
  Result<void> settle(Worker& worker, bool waits);
  void mark_read(std::size_t index);
  void claim(const store::SourceId& id, std::size_t index);
  void stop();

  Intake& intake_;
  flowlog::FileTable& table_;
  column::ScanContext context_;
  std::size_t num_workers_ = 1;
  std::uint64_t first_ordinal_ = 0;

  std::mutex take_mutex_;
  std::size_t next_ = 0;
  std::set<std::string> described_;  // flow logs

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t frontier_ = 0;                        // all objects below have been read
  std::set<std::size_t> read_;                      // at or above it
  std::map<store::SourceId, std::size_t> claimed_;  // by the first object with that content
  bool is_stopped_ = false;
};

}  // namespace weir::intake
