#pragma once

#include <string>
#include <string_view>

#include "format/tree.h"

namespace weir::format {

// Reads one CBOR item (RFC 8949) and nothing behind it: definite and indefinite lengths, floats of
// any width, tag 1 as a moment, other tags passed over. Hardened against untrusted input: what a
// length claims is compared to what is left before anything is allocated. Errors: kInput with the
// byte offset, kLimit past the limits.
[[nodiscard]] Result<Tree> read_cbor(std::string_view bytes, const TreeLimits& limits = {});

// Definite lengths, numbers of the kind double as 8 bytes, moments under tag 1 (an integer of
// seconds where it is whole, else a double).
[[nodiscard]] std::string write_cbor(const Tree& tree);

}  // namespace weir::format
