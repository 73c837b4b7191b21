#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "http/message.h"

namespace weir::http {

struct HeadOptions {
  bool is_kept = false;   // the connection stays open behind the answer
  unsigned version = 11;  // 10: as HTTP/1.0 has it
  bool is_chunked = false;
  std::optional<std::size_t> num_bytes = {};  // of a body whose length is known
};

// Status line and headers, to the empty line behind them.
[[nodiscard]] std::string response_head(const Response& response, const HeadOptions& options);

}  // namespace weir::http
