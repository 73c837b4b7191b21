#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/environment.h"
#include "flowlog/file_table.h"
#include "intake/intake.h"
#include "store/store.h"

namespace weir::cli {

// What a followed ingest works with; all outlive it.
struct FollowWork {
  Environment& environment;
  store::Store& store;
  intake::Intake& intake;
  flowlog::FileTableOptions files;
  // Descriptions of flow logs met so far, which files to come may need.
  const std::vector<std::string>& descriptions;
};

// Takes in what is there, then what is written or moved into the directories, until interrupted
// (which is how it ends well). A full disk is waited for.
[[nodiscard]] Result<void> follow_directories(const FollowWork& work);

// Takes in what comes down standard input, a piece a second, until it ends or is interrupted.
[[nodiscard]] Result<void> follow_standard_input(const FollowWork& work);

}  // namespace weir::cli
