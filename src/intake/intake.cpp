#include "intake/intake.h"

#include <fmt/format.h>

#include <utility>

#include "intake/intake_run.h"

namespace weir::intake {

std::string_view name_of(ObjectReport::State state) {
  switch (state) {
    case ObjectReport::State::kTaken:
      return "taken";
    case ObjectReport::State::kKnown:
      return "known";
    case ObjectReport::State::kNothing:
      return "nothing";
    case ObjectReport::State::kRefused:
      return "refused";
  }
  return "refused";
}

Result<std::unique_ptr<Intake>> Intake::open(store::Store& store, const Clock& clock,
                                             IntakeOptions options, Listener listener) {
  std::unique_ptr<Intake> intake(new Intake(store, clock, std::move(options), std::move(listener)));
  if (intake->options_.drops_repeats) {
    intake->options_.num_threads = 1;
    intake->options_.commit_rows = 1;
  }
  WEIR_ASSIGN_OR_RETURN(intake->columns_, FlowColumns::open(store));
  WEIR_RETURN_IF_ERROR(intake->index_.load(*store.state()));
  const std::uint32_t sample = intake->options_.sample;
  if (const auto known = intake->index_.sample(); known && *known != sample) {
    const auto rate = [](std::uint32_t n) {
      return n == 1 ? std::string("all connections") : fmt::format("a sample of 1/{}", n);
    };
    return fail(ErrorCode::kUsage,
                fmt::format("{} holds {}, so its totals could not be told with {} beside: use "
                            "another --data",
                            store.directory(), rate(*known), rate(sample)));
  }
  return intake;
}

Result<void> Intake::take(flowlog::FileTable& table, const column::ScanContext& context) {
  IntakeRun run(*this, table, context);
  return run.run();
}

Intake::Totals Intake::totals() const {
  const std::lock_guard lock(report_mutex_);
  return totals_;
}

void Intake::report(const ObjectReport& object) {
  const std::lock_guard lock(report_mutex_);
  switch (object.state) {
    case ObjectReport::State::kTaken:
      ++totals_.taken;
      totals_.rows += object.num_rows;
      totals_.rejected += object.num_rejected;
      totals_.bytes += object.num_bytes;
      totals_.repeats += object.repeats;
      break;
    case ObjectReport::State::kKnown:
      ++totals_.known;
      break;
    case ObjectReport::State::kNothing:
      ++totals_.nothing;
      break;
    case ObjectReport::State::kRefused:
      ++totals_.refused;
      break;
  }
  if (listener_) {
    listener_(object);
  }
}

}  // namespace weir::intake
