#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/ingest_request.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "intake/compactor.h"
#include "intake/intake.h"
#include "io/file_system.h"
#include "store/store.h"

namespace weir::app {

// Takes flow logs into the store while a server runs: what the paths hold at the start, then what
// is new there, looked for every few seconds on a thread of its own; what is asked for by take();
// and text that callers send. Each object counts once, whichever way it came, text each time.
class FlowIntake {
 public:
  // All outlive it. `paths` may be empty. `compacts`: nobody else compacts the store.
  [[nodiscard]] static Result<std::unique_ptr<FlowIntake>> start(store::Store& store,
                                                                 io::FileSystem& files,
                                                                 const Clock& clock,
                                                                 std::vector<std::string> paths,
                                                                 bool compacts, Log& log);
  ~FlowIntake();
  FlowIntake(const FlowIntake&) = delete;
  FlowIntake& operator=(const FlowIntake&) = delete;

  // Takes in what was asked for, while nothing else is taken in. Thread-safe. An error is one of
  // the request or the store; what had been reported by then lasts.
  [[nodiscard]] Result<intake::Intake::Totals> take(const IngestRequest& request,
                                                    const intake::Intake::Listener& listener);

  // Takes in what a caller sent, as if it were a file, each time it comes; it lasts. `format` names
  // the fields of its lines; "": they are found out. Thread-safe.
  [[nodiscard]] Result<intake::ObjectReport> take_text(const std::string& text,
                                                       const std::string& format);

  [[nodiscard]] std::uint64_t num_records() const { return num_records_; }
  // Lines that are no records, and objects that could not be read.
  [[nodiscard]] std::uint64_t num_rejected() const { return num_rejected_; }
  [[nodiscard]] std::uint64_t num_refused() const { return num_refused_; }
  // What the last look failed at; "": nothing.
  [[nodiscard]] std::string problem() const;

 private:
  FlowIntake(store::Store& store, io::FileSystem& files, const Clock& clock,
             std::vector<std::string> paths, bool compacts, Log& log)
      : store_(store),
        files_(files),
        clock_(clock),
        paths_(std::move(paths)),
        log_(log),
        compacts_(compacts),
        compactor_(store) {}
  void run();
  [[nodiscard]] Result<void> look();
  [[nodiscard]] Result<void> open_intake();
  void note(const intake::ObjectReport& report);

  store::Store& store_;
  io::FileSystem& files_;
  const Clock& clock_;
  std::vector<std::string> paths_;
  Log& log_;
  std::mutex said_mutex_;                    // guards the next
  std::map<std::string, std::string> said_;  // problems that the log has, by path
  std::mutex intake_mutex_;                  // one takes in at a time: each knows what there is
  std::unique_ptr<intake::Intake> intake_;   // of paths, of text; none once others have taken in
  intake::ObjectReport last_report_;         // of intake_
  bool compacts_;
  intake::Compactor compactor_;  // used by the thread alone
  std::atomic<std::uint64_t> num_records_{0};
  std::atomic<std::uint64_t> num_rejected_{0};
  std::atomic<std::uint64_t> num_refused_{0};
  std::atomic<bool> has_grown_{false};  // since the last compaction
  CancelToken cancel_;
  mutable std::mutex mutex_;  // guards the two below
  std::condition_variable wake_;
  std::string problem_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace weir::app
