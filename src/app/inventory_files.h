#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "inventory/inventory.h"
#include "io/file_system.h"

namespace weir::app {

// Reads what was saved of EC2's describe calls and their kin, each as of the file's own time. Null
// where there are no files; errors name the file.
[[nodiscard]] Result<std::shared_ptr<const inventory::Inventory>> read_inventory(
    io::FileSystem& files, const std::vector<std::string>& paths);

}  // namespace weir::app
