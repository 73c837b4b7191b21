#include "app/flow_intake.h"

#include <chrono>

#include "flowlog/file_table.h"

namespace weir::app {
namespace {

constexpr std::chrono::seconds kEvery{5};

}  // namespace

Result<std::unique_ptr<FlowIntake>> FlowIntake::start(store::Store& store, io::FileSystem& files,
                                                      const Clock& clock,
                                                      std::vector<std::string> paths) {
  std::unique_ptr<FlowIntake> flow_intake(new FlowIntake(files, std::move(paths)));
  intake::IntakeOptions options;
  options.is_following = true;  // a last line that is still being written waits
  WEIR_ASSIGN_OR_RETURN(
      flow_intake->intake_,
      intake::Intake::open(store, clock, options,
                           [self = flow_intake.get()](const intake::ObjectReport& report) {
                             self->num_records_ += report.num_rows;
                           }));
  flow_intake->thread_ = std::thread([self = flow_intake.get()] { self->run(); });
  return flow_intake;
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
    const auto done = look();
    lock.lock();
    problem_ = done ? "" : done.error().message;
    wake_.wait_for(lock, kEvery, [&] { return is_ending_; });
  }
}

}  // namespace weir::app
