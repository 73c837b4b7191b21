#include "cli/text_file.h"

#include <fmt/format.h>

#include <memory>

namespace weir::cli {

Result<std::string> read_text_file(Environment& environment, const std::string& path,
                                   std::string_view what) {
  std::unique_ptr<io::ByteSource> source;
  if (path == "-") {
    source = io::make_descriptor_source(0);
  } else {
    WEIR_ASSIGN_OR_RETURN(source, environment.files().open_source(path));
  }
  constexpr std::size_t kMaxBytes = 1 << 20;
  std::string text;
  char buffer[16 * 1024];
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, source->read(buffer));
    if (size == 0) {
      return text;
    }
    text.append(buffer, size);
    if (text.size() > kMaxBytes) {
      return fail(ErrorCode::kLimit, fmt::format("{}: {} has at most 1 MiB", path, what));
    }
  }
}

}  // namespace weir::cli
