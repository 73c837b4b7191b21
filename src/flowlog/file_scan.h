#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "column/scan.h"
#include "flowlog/input_tree.h"
#include "flowlog/morsel_reader.h"
#include "flowlog/read_plan.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {

// What the streams of one scan share: which files are still to be read, which are being read by
// several streams, and what has been found. Thread-safe.
class ScanWork {
 public:
  ScanWork(std::shared_ptr<InputTree> tree, ReadPlan plan);
  // Of one file.
  ScanWork(std::shared_ptr<InputTree> tree, ReadPlan plan, SingleFile single);

  struct Share {
    const InputFile* file = nullptr;   // to be opened and read, or
    std::shared_ptr<SharedText> text;  // to be joined
  };
  // The next thing to do; nothing at the end. Waits while files are being opened that may turn out
  // to be shareable. An error where nothing at all could be understood.
  [[nodiscard]] Result<std::optional<Share>> take();
  // A file handed out by take() is known by now. `text` where others may join.
  void opened(const InputFile& file, std::shared_ptr<SharedText> text);
  // It could not be understood.
  void passed_over(const InputFile& file, std::string problem, bool is_damaged);
  void file_done();

  [[nodiscard]] const ReadPlan& plan() const { return plan_; }
  [[nodiscard]] InputTree& tree() { return *tree_; }
  [[nodiscard]] ScanReport& report() { return report_; }
  [[nodiscard]] const ScanReport& report() const { return report_; }
  [[nodiscard]] bool may_share() const { return !single_ && plan_.request.num_streams > 1; }
  // Nothing where the scan is of all files.
  [[nodiscard]] const std::optional<SingleFile>& single() const { return single_; }
  // Of a single file, written by its stream.
  [[nodiscard]] SingleFileOutcome& outcome() { return outcome_; }

 private:
  std::shared_ptr<InputTree> tree_;
  ReadPlan plan_;
  std::optional<SingleFile> single_;
  SingleFileOutcome outcome_;
  ScanReport report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<const InputFile*> queue_;  // largest first
  std::size_t next_ = 0;
  std::size_t num_opening_ = 0;
  std::size_t num_understood_ = 0;
  std::vector<std::shared_ptr<SharedText>> shared_;
  struct Problem {
    const InputFile* file;
    std::string text;
  };
  std::vector<Problem> problems_;
};

// A scan over a tree of files, or of one of them.
class FileScan final : public SingleFileScan {
 public:
  FileScan(std::shared_ptr<InputTree> tree, const column::ScanRequest& request,
           const column::ScanContext& context)
      : work_(std::make_shared<ScanWork>(std::move(tree), make_read_plan(request, context))) {}

  FileScan(std::shared_ptr<InputTree> tree, const SingleFile& single,
           const column::ScanRequest& request, const column::ScanContext& context)
      : work_(std::make_shared<ScanWork>(std::move(tree), make_read_plan(request, context),
                                         single)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override;
  [[nodiscard]] SingleFileOutcome outcome() const override { return work_->outcome(); }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return work_->plan().claimed;
  }
  [[nodiscard]] column::Completeness completeness() const override;

 private:
  std::shared_ptr<ScanWork> work_;
};

// False where the key of a file proves that no record in it can match: by its stamp and the time
// range (of the request and of its conjuncts on start), or by a conjunct on @file, @account,
// @region, @flowLogId or @objectTime.
[[nodiscard]] bool may_match(const InputFile& file, const ReadPlan& plan);

// Fills those of the requested columns that are the same for all records of a file.
void fill_file_columns(const InputFile& file, const ReadPlan& plan, column::Batch& batch);

}  // namespace weir::flowlog
