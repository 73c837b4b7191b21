#pragma once

#include <string>
#include <tl/expected.hpp>

namespace weir::metric {

// Why CloudWatch refuses a request: its own error code ("InvalidParameterValue") and message. What
// the surroundings cause (a full disk) is a weir::Error instead.
struct Refusal {
  std::string code;
  std::string message;
  bool operator==(const Refusal&) const = default;
};

template <class T>
using Checked = tl::expected<T, Refusal>;

inline constexpr const char* kInvalidParameterValue = "InvalidParameterValue";
inline constexpr const char* kInvalidParameterCombination = "InvalidParameterCombination";
inline constexpr const char* kMissingParameter = "MissingParameter";
inline constexpr const char* kValidationError = "ValidationError";
inline constexpr const char* kLimitExceeded = "LimitExceeded";

[[nodiscard]] inline tl::unexpected<Refusal> refuse(const char* code, std::string message) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(message)});
}

}  // namespace weir::metric
