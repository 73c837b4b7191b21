#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "packet/capture_reader.h"

namespace weir::packet {

// An expression of libpcap's language, compiled by libpcap for each link type that comes along. The
// library is loaded at the first use: it brings half a dozen others, which nobody else pays for.
class BpfProgram {
 public:
  [[nodiscard]] static Result<std::unique_ptr<BpfProgram>> compile(const std::string& text);
  virtual ~BpfProgram() = default;
  [[nodiscard]] virtual bool matches(const CapturedPacket& packet) = 0;
};

}  // namespace weir::packet
