#include <fmt/format.h>

#include "cli/commands.h"
#include "flowlog/line_parser.h"
#include "format/parquet.h"

namespace weir::cli {

int run_version(const Arguments& arguments, Environment& environment) {
  std::string text = fmt::format("weir {}\n", WEIR_VERSION);
  if (arguments.has("verbose")) {
    text += fmt::format("compiler: {}\n", __VERSION__);
    std::string kernels;
    for (const auto kernel : flowlog::available_kernels()) {
      kernels += fmt::format("{}{}", kernels.empty() ? "" : ", ", flowlog::name_of(kernel));
    }
    text += fmt::format("text kernels here: {}\n", kernels);
    const std::string parquet = format::parquet_version();
    text += parquet.empty() ? "Parquet: not available (run `make setup` with PyPI in reach)\n"
                            : fmt::format("Parquet: Apache Arrow {}\n", parquet);
  }
  return environment.write(text) ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli
