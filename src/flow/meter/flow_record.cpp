#include "flow/meter/flow_record.h"

#include "packet/protocol_names.h"

namespace weir::flow {

std::string_view name_of(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::kIdle:
      return "idle";
    case EndReason::kActive:
      return "active";
    case EndReason::kFinished:
      return "finished";
    case EndReason::kCaptureEnd:
      return "capture_end";
    case EndReason::kEvicted:
      return "evicted";
  }
  return "";
}

std::string to_string(const TunnelPath& path) {
  std::string text;
  for (std::size_t i = 0; i < path.num; ++i) {
    text += i == 0 ? "" : "/";
    text += packet::name_of(path.kinds[i]);
  }
  return text;
}

}  // namespace weir::flow
