#pragma once

#include <string_view>

#include "api/service.h"
#include "http/form.h"

namespace weir::api {

// Decodes parameters of AWS's Query protocol, or EC2's, by the shape: texts become numbers, times
// and lists. Unknown parameters are passed over, as AWS does. Hardened against untrusted input.
[[nodiscard]] Outcome decode_query(const http::FormPairs& pairs, const Shape& shape, bool is_ec2);

// Checks what came as JSON or CBOR by the shape: times from numbers, bytes from base64; members
// that the shape lacks are left out, null is as if not given.
[[nodiscard]] Outcome decode_tree(Tree tree, const Shape& shape);

// Checks bounds and what must be given, in the words of AWS's validation.
[[nodiscard]] tl::expected<void, ApiError> validate(const Tree& tree, const Shape& shape);

}  // namespace weir::api
