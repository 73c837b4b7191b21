#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace weir {

// Says what kind of failure an Error is; `cli` maps it to an exit code, `api` to a status.
enum class ErrorCode : std::uint8_t {
  kUsage,         // the caller asked for something that cannot be: exit 2
  kInput,         // data or a file is wrong: exit 4
  kNotFound,      // a named file, column, function does not exist: exit 4
  kUnsupported,   // right in principle, this build or version cannot: exit 2
  kLimit,         // a stated limit was reached (memory, size, depth): exit 4
  kCancelled,     // the user or a deadline stopped it: exit 130
  kUnauthorized,  // exit 5
  kRemote,        // another system failed: exit 6
  kIo,            // the system refused a read or a write: exit 4
  kFull,          // no room on the disk or in the quota; heals when there is: exit 4
  kBusy,          // another process holds it: exit 4
  kInternal,      // a bug: exit 70
};

// Half-open range of byte offsets in a text, usually a query.
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Carries a failure. `message` tells what, where, why and the next step, values last; an
// administrator reads it. `span` points into the query text where there is one.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::optional<TextSpan> span = std::nullopt;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                  std::optional<TextSpan> span = std::nullopt) {
  return tl::unexpected<Error>(Error{code, std::move(message), span});
}

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)

// Leaves the enclosing function with the error of a Result<void> expression.
#define WEIR_RETURN_IF_ERROR(expression)                                    \
  do {                                                                      \
    auto weir_status = (expression);                                        \
    if (!weir_status) {                                                     \
      return tl::unexpected<::weir::Error>(std::move(weir_status).error()); \
    }                                                                       \
  } while (false)

// NOLINTBEGIN(bugprone-macro-parentheses): what is declared cannot stand in them.
// Declares `target` from a Result<T> expression, or leaves the enclosing function with its error.
#define WEIR_ASSIGN_OR_RETURN(target, expression) \
  WEIR_ASSIGN_OR_RETURN_INNER(WEIR_CONCAT(weir_result_, __LINE__), target, expression)
#define WEIR_ASSIGN_OR_RETURN_INNER(result, target, expression)      \
  auto result = (expression);                                        \
  if (!result) {                                                     \
    return tl::unexpected<::weir::Error>(std::move(result).error()); \
  }                                                                  \
  target = std::move(*result)
// NOLINTEND(bugprone-macro-parentheses)
