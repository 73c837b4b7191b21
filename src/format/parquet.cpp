#include "format/parquet.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "format/parquet_plugin.h"

namespace weir::format {
namespace {

constexpr const char* kPluginFile = "libweir_parquet.so";

std::vector<std::filesystem::path> plugin_candidates() {
  std::vector<std::filesystem::path> candidates;
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (!error) {
    candidates.push_back(folder / kPluginFile);                             // build tree, tarball
    candidates.push_back(folder.parent_path() / kPluginFile);               // unit tests
    candidates.push_back(folder.parent_path() / "lib/weir" / kPluginFile);  // installed
  }
  return candidates;
}

Result<const ParquetPlugin*> load_plugin() {
  std::string reason = "the file is not there";
  for (const auto& path : plugin_candidates()) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      continue;
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      reason = dlerror();
      continue;
    }
    using Entry = const ParquetPlugin* (*)();
    const auto entry = reinterpret_cast<Entry>(dlsym(library, ParquetPlugin::kSymbol));
    const ParquetPlugin* plugin = entry != nullptr ? entry() : nullptr;
    if (plugin != nullptr && plugin->version == ParquetPlugin::kVersion) {
      return plugin;
    }
    reason = fmt::format("{} is of another version of weir", path.string());
  }
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("Parquet is not available: {} could not be loaded ({}). Build weir with "
                  "Apache Arrow: run `make setup` with PyPI in reach, or set Parquet_DIR or "
                  "WEIR_PYARROW_DIR for cmake",
                  kPluginFile, reason));
}

const Result<const ParquetPlugin*>& plugin() {
  static const Result<const ParquetPlugin*> loaded = load_plugin();
  return loaded;
}

}  // namespace

Result<std::unique_ptr<ParquetReader>> open_parquet(std::shared_ptr<io::RandomAccessFile> file,
                                                    const std::string& name) {
  WEIR_ASSIGN_OR_RETURN(const ParquetPlugin* const loaded, Result<const ParquetPlugin*>(plugin()));
  return loaded->open(std::move(file), name);
}

Result<std::unique_ptr<ParquetWriter>> create_parquet(std::unique_ptr<io::WritableFile> file,
                                                      const column::Schema& schema,
                                                      const ParquetWriteOptions& options) {
  WEIR_ASSIGN_OR_RETURN(const ParquetPlugin* const loaded, Result<const ParquetPlugin*>(plugin()));
  return loaded->create(std::move(file), schema, options);
}

std::string parquet_version() {
  const auto& loaded = plugin();
  return loaded ? (*loaded)->arrow_version : "";
}

}  // namespace weir::format
