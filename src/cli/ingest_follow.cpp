#include "cli/ingest_follow.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "intake/compactor.h"
#include "io/directory_watch.h"

namespace weir::cli {
namespace {

constexpr int kTickMs = 200;
constexpr std::int64_t kPieceMs = 1000;  // the longest that a record waits
constexpr std::size_t kPieceBytes = 8U << 20;
constexpr int kFullPauseMs = 2000;

bool is_cancelled(const FollowWork& work) { return work.environment.cancel().is_cancelled(); }

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Takes the files of `table`; false where the disk is full, which heals.
Result<bool> take_or_wait(const FollowWork& work, flowlog::FileTable& table, bool& has_told) {
  column::ScanContext context;
  context.cancel = &work.environment.cancel();
  auto taken = work.intake.take(table, context);
  if (taken) {
    has_told = false;
    return true;
  }
  if (taken.error().code != ErrorCode::kFull) {
    return tl::unexpected<Error>(std::move(taken).error());
  }
  if (!has_told) {
    work.environment.say(fmt::format("weir: {}\nweir: waiting for room\n", taken.error().message));
    has_told = true;
  }
  for (int waited = 0; waited < kFullPauseMs && !is_cancelled(work); waited += kTickMs) {
    pause_ms(kTickMs);
  }
  return false;
}

Result<void> ended_well(Result<void> result) {
  const bool is_end = !result && result.error().code == ErrorCode::kCancelled;
  return is_end ? Result<void>() : std::move(result);
}

Result<void> take_paths(const FollowWork& work, std::set<std::string>& paths, bool& has_told) {
  std::error_code ignored;
  std::erase_if(paths, [&](const std::string& path) {
    return !std::filesystem::is_regular_file(path, ignored);
  });
  if (paths.empty()) {
    return {};
  }
  flowlog::FileTableOptions options = work.files;
  options.paths.assign(paths.begin(), paths.end());
  for (const std::string& description : work.descriptions) {
    if (std::filesystem::is_regular_file(description, ignored)) {
      options.describe_files.push_back(description);
    }
  }
  WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(work.environment.files(), options));
  WEIR_ASSIGN_OR_RETURN(const bool is_taken, take_or_wait(work, *table, has_told));
  if (is_taken) {
    paths.clear();
  }
  return {};
}

}  // namespace

Result<void> follow_directories(const FollowWork& work) {
  WEIR_ASSIGN_OR_RETURN(const auto watch, io::DirectoryWatch::open());
  std::set<std::string> single_files;
  for (const std::string& path : work.files.paths) {
    if (std::filesystem::is_directory(path)) {
      WEIR_RETURN_IF_ERROR(watch->add(path));
    } else if (std::filesystem::is_regular_file(path)) {
      const auto parent = std::filesystem::path(path).parent_path();
      WEIR_RETURN_IF_ERROR(watch->add(parent.empty() ? "." : parent.string()));
      single_files.insert(parent.empty() ? "./" + path : path);
    } else {
      return fail(ErrorCode::kUsage,
                  fmt::format("--follow needs directories or files that are there, not {}", path));
    }
  }
  const auto is_wanted = [&](const std::string& path) {
    return single_files.empty() || single_files.count(path) > 0 ||
           std::any_of(
               work.files.paths.begin(), work.files.paths.end(), [&](const std::string& directory) {
                 return std::filesystem::is_directory(directory) && path.starts_with(directory);
               });
  };
  intake::Compactor compactor(work.store);
  bool has_told = false;
  bool must_look = true;  // at everything
  std::set<std::string> changed;
  const auto go_on = [&]() -> Result<void> {
    while (!is_cancelled(work)) {
      if (must_look) {
        auto table = flowlog::open_files(work.environment.files(), work.files);
        if (table) {
          WEIR_ASSIGN_OR_RETURN(const bool is_taken, take_or_wait(work, **table, has_told));
          must_look = !is_taken;
        } else {
          must_look = table.error().code != ErrorCode::kNotFound &&
                      table.error().code != ErrorCode::kUsage &&
                      table.error().code != ErrorCode::kInput;  // nothing there yet
        }
      }
      WEIR_RETURN_IF_ERROR(take_paths(work, changed, has_told));
      WEIR_RETURN_IF_ERROR(compactor.run(work.environment.cancel()));
      WEIR_ASSIGN_OR_RETURN(auto changes, watch->wait(kTickMs));
      std::erase_if(changes.files, [&](const std::string& path) { return !is_wanted(path); });
      must_look = must_look || changes.is_overflow;
      changed.merge(changes.files);
      if (!changed.empty()) {
        pause_ms(kTickMs);  // a file that is being written is told of often
      }
    }
    return {};
  };
  return ended_well(go_on());
}

Result<void> follow_standard_input(const FollowWork& work) {
  std::string held;   // read, not taken in yet
  std::string piece;  // being taken in
  std::int64_t since_ns = 0;
  bool is_at_end = false;
  bool has_told = false;
  std::optional<flowlog::Layout> layout = work.files.format;
  intake::Compactor compactor(work.store);
  std::vector<char> buffer(256 * 1024);
  const auto take_piece = [&]() -> Result<void> {
    while (!is_cancelled(work)) {
      flowlog::FileTableOptions options = work.files;
      options.standard_input = io::make_memory_source(piece);
      options.format = layout;
      WEIR_ASSIGN_OR_RETURN(const auto table,
                            flowlog::open_files(work.environment.files(), options));
      if (!layout) {
        const auto report = table->describe_one(0);
        if (report && report->container == flowlog::Container::kText && report->layout) {
          layout = report->layout;  // of the header, which stands in the first piece alone
        }
      }
      WEIR_ASSIGN_OR_RETURN(const bool is_taken, take_or_wait(work, *table, has_told));
      if (is_taken) {
        return compactor.run(work.environment.cancel());
      }
    }
    return fail(ErrorCode::kCancelled, "interrupted");
  };
  const auto go_on = [&]() -> Result<void> {
    while (!is_at_end && !is_cancelled(work)) {
      pollfd poll_entry{STDIN_FILENO, POLLIN, 0};
      if (::poll(&poll_entry, 1, kTickMs) > 0) {
        const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size < 0 && errno != EINTR && errno != EAGAIN) {
          return fail(ErrorCode::kIo, fmt::format("standard input: {}", std::strerror(errno)));
        }
        is_at_end = size == 0;
        if (size > 0) {
          since_ns = held.empty() ? work.environment.clock().monotonic_ns() : since_ns;
          held.append(buffer.data(), static_cast<std::size_t>(size));
        }
      }
      const bool is_due =
          is_at_end || held.size() >= kPieceBytes ||
          work.environment.clock().monotonic_ns() - since_ns >= kPieceMs * 1'000'000;
      const std::size_t newline = held.rfind('\n');
      const std::size_t whole = is_at_end                      ? held.size()
                                : newline == std::string::npos ? 0
                                                               : newline + 1;
      if (!is_due || whole == 0) {
        if (held.size() > 4 * kPieceBytes) {
          return fail(ErrorCode::kInput,
                      "--follow - takes lines, and none has ended: leave --follow out for what is "
                      "compressed or binary");
        }
        continue;
      }
      piece.assign(held, 0, whole);
      held.erase(0, whole);
      since_ns = work.environment.clock().monotonic_ns();
      WEIR_RETURN_IF_ERROR(take_piece());
    }
    return {};
  };
  return ended_well(go_on());
}

}  // namespace weir::cli
