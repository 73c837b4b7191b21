#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/scan.h"
#include "flowlog/file_table.h"
#include "intake/flow_columns.h"
#include "intake/row_chooser.h"
#include "intake/source_index.h"
#include "store/store.h"

namespace weir::intake {

struct IntakeOptions {
  std::size_t num_threads = 1;
  // What is read is committed at the latest when one of these is reached and the object at hand
  // ends.
  std::int64_t commit_ms = 2000;
  std::uint64_t commit_rows = 4'000'000;
  std::size_t commit_objects = 2048;
  // An object of at least so many stored bytes is committed by itself.
  std::uint64_t big_object_bytes = 64U << 20;
  // Files may still grow: a last line without newline is left for later.
  bool is_following = false;
  // Whole records that another object brought are dropped, within a partition. One thread then
  // takes in object after object.
  bool drops_repeats = false;
  // Of records that stay: all choosers must want them. `where` and `sample` are how a person would
  // say it, and are kept with each object.
  std::vector<MakeRowChooser> choosers;
  std::string where;
  std::uint32_t sample = 1;
  // Pipes are read piece by piece, each an object known by this and its number, not by its content:
  // what comes down a pipe twice counts twice.
  std::string piece_token;
};

// What became of an object.
struct ObjectReport {
  enum class State : std::uint8_t {
    kTaken,    // its rows last
    kKnown,    // taken in before, under this name or another
    kNothing,  // holds no records
    kRefused,  // nothing of it could be read: `problem`
  };
  State state = State::kTaken;
  std::string path;
  std::uint64_t num_rows = 0;
  std::uint64_t num_rejected = 0;
  std::uint64_t num_bytes = 0;  // inflated
  std::uint64_t begin = 0;      // where it was gone on with
  std::uint64_t repeats = 0;    // dropped
  bool is_description = false;  // of flow logs: what is read later may need it
  std::string problem;          // of one that was taken: what is wrong with the rest of it
};
[[nodiscard]] std::string_view name_of(ObjectReport::State state);

// Takes objects into the `flows` of a store, each once, its rows and its identity in one edit.
// take() is called by one thread at a time and uses several.
class Intake {
 public:
  using Listener = std::function<void(const ObjectReport&)>;

  // `store` and `clock` outlive it. The listener is called from any thread, by one at a time; of a
  // taken object once it lasts.
  [[nodiscard]] static Result<std::unique_ptr<Intake>> open(store::Store& store, const Clock& clock,
                                                            IntakeOptions options,
                                                            Listener listener);

  // Takes in all files of `table` that are not known. An error is one of the store (or a
  // cancellation): what had been reported lasts, the rest was not taken in. An object that cannot
  // be read is reported and passed over.
  [[nodiscard]] Result<void> take(flowlog::FileTable& table, const column::ScanContext& context);

  struct Totals {
    std::uint64_t taken = 0;
    std::uint64_t known = 0;
    std::uint64_t nothing = 0;
    std::uint64_t refused = 0;
    std::uint64_t rows = 0;
    std::uint64_t rejected = 0;
    std::uint64_t bytes = 0;
    std::uint64_t repeats = 0;
  };
  [[nodiscard]] Totals totals() const;

 private:
  friend class IntakeRun;
  Intake(store::Store& store, const Clock& clock, IntakeOptions options, Listener listener)
      : store_(store),
        clock_(clock),
        options_(std::move(options)),
        listener_(std::move(listener)) {}
  void report(const ObjectReport& object);

  store::Store& store_;
  const Clock& clock_;
  IntakeOptions options_;
  Listener listener_;
  std::unique_ptr<FlowColumns> columns_;
  SourceIndex index_;
  std::uint64_t num_pieces_ = 0;
  mutable std::mutex report_mutex_;
  Totals totals_;
};

}  // namespace weir::intake
