#include "app/flow_intake.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "flowlog/file_table.h"

namespace weir::app {
namespace {

constexpr std::chrono::seconds kEvery{5};
constexpr std::string_view kText = "-";    // the path of what callers send
constexpr std::size_t kMostSaid = 10'000;  // objects whose problem is remembered

}  // namespace

Result<std::unique_ptr<FlowIntake>> FlowIntake::start(store::Store& store, io::FileSystem& files,
                                                      const Clock& clock,
                                                      std::vector<std::string> paths, bool compacts,
                                                      Log& log) {
  std::unique_ptr<FlowIntake> flow_intake(
      new FlowIntake(store, files, clock, std::move(paths), compacts, log));
  if (!flow_intake->paths_.empty()) {
    WEIR_RETURN_IF_ERROR(flow_intake->open_intake());
  }
  flow_intake->thread_ = std::thread([self = flow_intake.get()] { self->run(); });
  return flow_intake;
}

Result<void> FlowIntake::open_intake() {
  intake::IntakeOptions options;
  options.is_following = true;  // a last line that is still being written waits
  options.piece_token = fmt::format("text {}.{}.{}", clock_.now_ms(), clock_.monotonic_ns(),
                                    getpid());  // what callers send counts each time
  WEIR_ASSIGN_OR_RETURN(intake_, intake::Intake::open(store_, clock_, options,
                                                      [this](const intake::ObjectReport& report) {
                                                        note(report);
                                                        has_grown_ = true;
                                                        last_report_ = report;
                                                      }));
  return {};
}

Result<intake::ObjectReport> FlowIntake::take_text(const std::string& text,
                                                   const std::string& format) {
  flowlog::FileTableOptions options;
  options.paths = {std::string(kText)};
  options.standard_input = io::make_memory_source(text);
  if (!format.empty()) {
    WEIR_ASSIGN_OR_RETURN(options.format, flowlog::parse_format(format));
    options.format->origin = flowlog::LayoutOrigin::kDescribeFlowLogs;
  }
  const std::lock_guard lock(intake_mutex_);
  if (intake_ == nullptr) {
    WEIR_RETURN_IF_ERROR(open_intake());
  }
  WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(files_, options));
  column::ScanContext context;
  context.cancel = &cancel_;
  last_report_ = {};
  WEIR_RETURN_IF_ERROR(intake_->take(*table, context));
  return last_report_;
}

void FlowIntake::note(const intake::ObjectReport& report) {
  const bool is_taken = report.state == intake::ObjectReport::State::kTaken;
  num_records_ += report.num_rows;
  num_rejected_ += report.num_rejected;
  if (report.path == kText) {  // whose caller is told what became of it
    num_refused_ += report.problem.empty() || is_taken ? 0 : 1;
    return;
  }
  if (is_taken && report.num_rows + report.num_rejected > 0) {
    log_.write(
        LogLevel::kInfo, "flow logs were taken in",
        {{"path", report.path}, {"records", report.num_rows}, {"rejected", report.num_rejected}});
  }
  if (report.problem.empty()) {
    return;
  }
  const std::lock_guard lock(said_mutex_);  // each look finds it anew
  if (said_.size() >= kMostSaid) {
    said_.clear();
  }
  std::string& said = said_[report.path];
  if (said != report.problem) {
    said = report.problem;
    num_refused_ += is_taken ? 0 : 1;
    log_.write(LogLevel::kWarning,
               is_taken ? "flow logs could be read in part" : "flow logs could not be read",
               {{"path", report.path}, {"problem", report.problem}});
  }
}

Result<intake::Intake::Totals> FlowIntake::take(const IngestRequest& request,
                                                const intake::Intake::Listener& listener) {
  WEIR_ASSIGN_OR_RETURN(IngestPlan plan, plan_of(request, files_));
  WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(files_, plan.files));
  WEIR_RETURN_IF_ERROR(add_condition(request, table, files_, clock_, plan.intake));
  const std::lock_guard lock(intake_mutex_);
  intake_.reset();
  WEIR_ASSIGN_OR_RETURN(
      const auto intake,
      intake::Intake::open(store_, clock_, plan.intake, [&](const intake::ObjectReport& report) {
        note(report);
        has_grown_ = true;
        listener(report);
      }));
  column::ScanContext context;
  context.cancel = &cancel_;
  WEIR_RETURN_IF_ERROR(intake->take(*table, context));
  return intake->totals();
}

FlowIntake::~FlowIntake() {
  cancel_.cancel();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::string FlowIntake::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

Result<void> FlowIntake::look() {
  if (paths_.empty()) {
    return {};
  }
  const std::lock_guard lock(intake_mutex_);
  if (intake_ == nullptr) {
    WEIR_RETURN_IF_ERROR(open_intake());
  }
  flowlog::FileTableOptions options;
  options.paths = paths_;
  WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(files_, options));
  column::ScanContext context;
  context.cancel = &cancel_;
  return intake_->take(*table, context);
}

void FlowIntake::run() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    lock.unlock();
    auto done = look();
    if (done && compacts_ && has_grown_.exchange(false)) {
      done = compactor_.run(cancel_);
    }
    lock.lock();
    problem_ = done ? "" : done.error().message;
    wake_.wait_for(lock, kEvery, [&] { return is_ending_; });
  }
}

}  // namespace weir::app
