#include "app/inventory_files.h"

#include <fmt/format.h>

namespace weir::app {

Result<std::shared_ptr<const inventory::Inventory>> read_inventory(
    io::FileSystem& files, const std::vector<std::string>& paths) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  if (paths.empty()) {
    return std::shared_ptr<const inventory::Inventory>();
  }
  auto all = std::make_shared<inventory::Inventory>();
  for (const std::string& path : paths) {
    WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
    if (file->size() > kMostBytes) {
      return fail(ErrorCode::kLimit, fmt::format("{}: larger than 1 GiB", path));
    }
    std::string json(file->size(), '\0');
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, file->read_at(0, json));
    json.resize(size);
    WEIR_ASSIGN_OR_RETURN(const io::FileInfo info, files.info(path));
    WEIR_RETURN_IF_ERROR(all->load(json, path, info.modified_ms));
  }
  return std::shared_ptr<const inventory::Inventory>(std::move(all));
}

}  // namespace weir::app
