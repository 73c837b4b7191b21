#include <fmt/format.h>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "intake/flow_columns.h"
#include "intake/flow_table_spec.h"
#include "store/store.h"

namespace weir::cli {
namespace {

Result<int> compact_data(const Arguments& arguments, Environment& environment) {
  const std::string directory = data_directory(arguments);
  if (!has_store(environment, directory)) {
    return tl::unexpected<Error>(no_store(directory));
  }
  WEIR_ASSIGN_OR_RETURN(const auto store,
                        store::Store::open(environment.files(), environment.clock(), directory));
  if (store->state()->table(intake::kFlowsTable) == nullptr) {
    environment.say("nothing was taken in yet\n");
    return kExitDone;
  }
  // What an earlier version made gets what this one keeps besides the rows.
  WEIR_RETURN_IF_ERROR(intake::FlowColumns::open(*store));
  WEIR_ASSIGN_OR_RETURN(const auto report,
                        store->compact(intake::kFlowsTable, &environment.cancel()));
  if (!arguments.has("quiet")) {
    environment.say(fmt::format("{} segments became {}, {} became {} ({} records rewritten)\n",
                                report.segments_before, report.segments_after,
                                format_bytes(static_cast<double>(report.bytes_before)),
                                format_bytes(static_cast<double>(report.bytes_after)),
                                format_grouped(static_cast<std::int64_t>(report.rows))));
  }
  return kExitDone;
}

}  // namespace

int run_compact(const Arguments& arguments, Environment& environment) {
  const auto done = compact_data(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
