#include "api/request_id.h"

#include <fmt/format.h>

#include "aws/digest.h"

namespace weir::api {

std::string make_request_id() {
  const std::string hex = aws::to_hex(aws::random_bytes(16));
  return fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace weir::api
