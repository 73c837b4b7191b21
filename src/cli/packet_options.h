#pragma once

#include <string_view>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "inventory/inventory.h"
#include "packet/capture_filter.h"
#include "packet/parser.h"

namespace weir::cli {

// --profile, --role, --geneve-port and their like.
[[nodiscard]] Result<packet::ParserOptions> read_parser_options(const Arguments& arguments,
                                                                std::string_view default_role);
// --inventory.
[[nodiscard]] Result<void> load_inventory(const Arguments& arguments, Environment& environment,
                                          inventory::Inventory& inventory);
// --filter, which must be there. `inventory` outlives it.
[[nodiscard]] Result<packet::CaptureFilter> compile_filter(const Arguments& arguments,
                                                           const inventory::Inventory& inventory);

}  // namespace weir::cli
