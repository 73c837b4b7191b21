#include "cli/ingest_follow_server.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "io/directory_watch.h"

namespace weir::cli {
namespace {

constexpr int kWatchMs = 200;
constexpr int kNoRoomMs = 2000;

bool is_wanted(const std::string& path, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (path.starts_with(directory)) {
      std::error_code ignored;
      return std::filesystem::is_regular_file(path, ignored);
    }
  }
  return false;
}

}  // namespace

Result<void> follow_through_server(const ServerLink& server, app::IngestRequest request,
                                   Environment& environment,
                                   const std::function<void(const format::Tree& answer)>& told) {
  WEIR_ASSIGN_OR_RETURN(const auto watch, io::DirectoryWatch::open());
  const std::vector<std::string> directories = request.paths;
  for (const std::string& directory : directories) {
    if (!std::filesystem::is_directory(directory)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--follow needs directories while a server runs, not {}", directory));
    }
    WEIR_RETURN_IF_ERROR(watch->add(directory));
  }
  request.is_following = true;
  std::set<std::string> changed;
  bool must_look = true;  // at everything
  while (!environment.cancel().is_cancelled()) {
    if (must_look || !changed.empty()) {
      request.paths =
          must_look ? directories : std::vector<std::string>(changed.begin(), changed.end());
      const auto answer = server.send_json("POST", "/api/v1/ingest", app::to_tree(request));
      const bool is_full =
          answer && answer->has("problem") && (*answer)["problemStatus"].integer() == 503;
      // Nothing there yet, or gone again: neither ends the watch.
      const bool is_empty = !answer && (answer.error().code == ErrorCode::kNotFound ||
                                        answer.error().code == ErrorCode::kUsage);
      if (!answer && !is_empty) {
        const bool is_end = answer.error().code == ErrorCode::kCancelled;
        return is_end ? Result<void>() : tl::unexpected<Error>(answer.error());
      }
      if (answer) {
        told(*answer);
      }
      if (is_full) {
        static_cast<void>(watch->wait(kNoRoomMs));
        must_look = true;
        continue;
      }
      must_look = false;
      changed.clear();
    }
    WEIR_ASSIGN_OR_RETURN(auto changes, watch->wait(kWatchMs));
    must_look = must_look || changes.is_overflow;
    std::erase_if(changes.files,
                  [&](const std::string& path) { return !is_wanted(path, directories); });
    changed.merge(changes.files);
  }
  return {};
}

}  // namespace weir::cli
