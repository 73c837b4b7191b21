#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/server_link.h"
#include "doctor/check_files.h"
#include "format/tree.h"

namespace weir::cli {
namespace {

constexpr std::uint64_t kMaxFileBytes = 16U << 20;
constexpr int kExitFindings = 1;

Result<std::string> read_file(io::FileSystem& files, const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  if (file->size() > kMaxFileBytes) {
    return fail(ErrorCode::kLimit, fmt::format("{}: larger than 16 MiB", path));
  }
  std::string text(file->size(), '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t num_bytes, file->read_at(0, text));
  text.resize(num_bytes);
  return text;
}

Result<std::vector<doctor::Finding>> examine_files(const std::vector<std::string>& paths,
                                                   io::FileSystem& files) {
  std::vector<doctor::SourceText> sources;
  for (const std::string& path : paths) {
    WEIR_ASSIGN_OR_RETURN(const io::FileInfo info, files.info(path));
    std::vector<io::FileInfo> found{info};
    if (info.is_directory) {
      WEIR_ASSIGN_OR_RETURN(found, files.list(path));
    }
    for (const io::FileInfo& file : found) {
      if (file.is_directory) {
        continue;
      }
      const std::string& name = info.is_directory ? file.path : path;
      WEIR_ASSIGN_OR_RETURN(std::string text, read_file(files, name));
      sources.push_back({name, std::move(text)});
    }
  }
  return doctor::check_files(sources);
}

Result<std::vector<doctor::Finding>> examine_directory(const Arguments& arguments,
                                                       Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const ServerLink server, ServerLink::open(arguments, environment));
  WEIR_ASSIGN_OR_RETURN(const format::Tree answer, server.get_json("/api/v1/doctor"));
  return doctor::findings_of(answer["findings"]);
}

}  // namespace

int run_doctor(const Arguments& arguments, Environment& environment) {
  const auto& paths = arguments.positionals();
  const auto findings = paths.empty() ? examine_directory(arguments, environment)
                                      : examine_files(paths, environment.files());
  if (!findings) {
    return environment.fail(findings.error());
  }
  const std::string text =
      arguments.value("output", "table") == "json"
          ? format::write_json(format::Tree::map({{"findings", doctor::to_tree(*findings)}})) + "\n"
          : doctor::to_text(*findings);
  if (!environment.write(text)) {
    return environment.write_failure();
  }
  return arguments.has("exit-code") && !findings->empty() ? kExitFindings : kExitDone;
}

}  // namespace weir::cli
