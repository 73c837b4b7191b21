#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::io {

// Expands what a user names into files, sorted by path, each once: a file, a directory (all files
// below it; names beginning with '.' and loops of links passed over), a glob (* ? [a-z] and **,
// matched here so that quoting works), "-" for standard input (path "-"). A name that yields
// nothing is an error that says so.
[[nodiscard]] Result<std::vector<FileInfo>> expand_paths(FileSystem& files,
                                                         std::span<const std::string> names);

[[nodiscard]] bool matches_glob(std::string_view path, std::string_view pattern);

}  // namespace weir::io
