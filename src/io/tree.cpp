#include "io/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace weir::io {
namespace {

constexpr int kMaxDepth = 64;

using Identities = std::set<std::pair<std::uint64_t, std::uint64_t>>;

bool is_glob(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Matches one [...] at the front of `pattern` against `c`; sets `length` to the set's own length.
bool matches_set(std::string_view pattern, char c, std::size_t& length) {
  const bool is_negated = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
  std::size_t i = is_negated ? 2 : 1;
  bool is_in = false;
  bool is_first = true;
  while (i < pattern.size() && (pattern[i] != ']' || is_first)) {
    is_first = false;
    char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    is_in = is_in || (low <= c && c <= high);
    ++i;
  }
  if (i >= pattern.size()) {  // no closing bracket: the bracket is a letter
    length = 1;
    return c == '[';
  }
  length = i + 1;
  return is_in != is_negated;
}

// `above`: the directories that lead here. A link to one of them would show its files again, and
// their records would count twice.
Result<void> walk(FileSystem& files, const FileInfo& directory, int depth, Identities above,
                  std::vector<FileInfo>& found) {
  const bool is_told = directory.identity != std::pair<std::uint64_t, std::uint64_t>();
  if (depth > kMaxDepth || (is_told && !above.insert(directory.identity).second)) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(const auto entries, files.list(directory.path));
  for (const FileInfo& entry : entries) {
    if (base_name(entry.path).starts_with('.')) {
      continue;
    }
    if (entry.is_directory) {
      WEIR_RETURN_IF_ERROR(walk(files, entry, depth + 1, above, found));
    } else {
      found.push_back(entry);
    }
  }
  return {};
}

Result<void> expand(FileSystem& files, const std::string& name, std::vector<FileInfo>& found) {
  if (name == "-") {
    FileInfo standard_input;
    standard_input.path = "-";
    found.push_back(standard_input);
    return {};
  }
  const auto info = files.info(name);
  if (info && !info->is_directory) {
    found.push_back(*info);
    return {};
  }
  const std::size_t before = found.size();
  if (info) {
    FileInfo directory = *info;
    while (directory.path.size() > 1 && directory.path.ends_with('/')) {
      directory.path.pop_back();
    }
    WEIR_RETURN_IF_ERROR(walk(files, directory, 0, {}, found));
    return found.size() > before
               ? Result<void>()
               : fail(ErrorCode::kNotFound, fmt::format("{}: the directory holds no files", name));
  }
  if (!is_glob(name)) {
    return tl::unexpected<Error>(info.error());
  }
  // Walk from the last directory before the first wildcard.
  const auto slash = name.rfind('/', name.find_first_of("*?["));
  const std::string root = slash == std::string::npos ? "."
                           : slash == 0               ? "/"
                                                      : name.substr(0, slash);
  std::vector<FileInfo> below;
  if (const auto start = files.info(root); start && start->is_directory) {
    WEIR_RETURN_IF_ERROR(walk(files, *start, 0, {}, below));
  }
  for (FileInfo& file : below) {
    std::string_view path = file.path;
    if (slash == std::string::npos) {
      path.remove_prefix(2);  // "./"
    }
    // A pattern that matches a directory stands for all files below it.
    bool is_match = matches_glob(path, name);
    for (std::size_t i = path.find('/', 1); !is_match && i != std::string_view::npos;
         i = path.find('/', i + 1)) {
      is_match = matches_glob(path.substr(0, i), name);
    }
    if (is_match) {
      file.path = std::string(path);
      found.push_back(std::move(file));
    }
  }
  return found.size() > before
             ? Result<void>()
             : fail(ErrorCode::kNotFound, fmt::format("{}: no file matches", name));
}

}  // namespace

bool matches_glob(std::string_view path, std::string_view pattern) {
  // Backtracks to the last '*' alone, so it takes time proportional to path times pattern at most;
  // '*' stops at '/', '**' does not.
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star = std::string_view::npos;  // pattern index behind the last '*'
  std::size_t star_path = 0;
  std::size_t deep_star = std::string_view::npos;  // the same for '**'
  std::size_t deep_star_path = 0;
  while (s < path.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (p + 1 < pattern.size() && pattern[p + 1] == '*') {
        p += 2;
        if (p < pattern.size() && pattern[p] == '/') {
          ++p;  // "a/**/b" matches "a/b" too
        }
        deep_star = p;
        deep_star_path = s;
        star = std::string_view::npos;
      } else {
        star = ++p;
        star_path = s;
      }
      continue;
    }
    std::size_t length = 1;
    const bool is_match =
        p < pattern.size() && s < path.size() &&
        (pattern[p] == '?'   ? path[s] != '/'
         : pattern[p] == '[' ? path[s] != '/' && matches_set(pattern.substr(p), path[s], length)
                             : pattern[p] == path[s]);
    if (is_match) {
      p += length;
      ++s;
    } else if (star != std::string_view::npos && star_path < path.size() &&
               path[star_path] != '/') {
      p = star;
      s = ++star_path;
    } else if (deep_star != std::string_view::npos && deep_star_path < path.size()) {
      p = deep_star;
      s = ++deep_star_path;
      star = std::string_view::npos;
    } else {
      return false;
    }
  }
  return true;
}

Result<std::vector<FileInfo>> expand_paths(FileSystem& files, std::span<const std::string> names) {
  std::vector<FileInfo> found;
  for (const std::string& name : names) {
    WEIR_RETURN_IF_ERROR(expand(files, name, found));
  }
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const FileInfo& a, const FileInfo& b) { return a.path == b.path; }),
              found.end());
  return found;
}

}  // namespace weir::io
