#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/byte_reader.h"
#include "store/manifest_types.h"

namespace weir::store {

// Of what the payloads of a manifest mean: docs/formats/manifest.md.
inline constexpr std::uint32_t kManifestVersion = 1;

[[nodiscard]] std::string encode_edit(const Edit& edit);

// Hardened against untrusted input: memory is proportional to `bytes`. A field that this version
// does not know is kUnsupported, anything else that is wrong kInput.
[[nodiscard]] Result<Edit> decode_edit(std::string_view bytes);

// A source as it stands in an edit and in a packed block.
void put_source(std::string& out, const SourceMeta& source);
// Its id apart, for a block keeps those in front.
void put_source_body(std::string& out, const SourceMeta& source);
[[nodiscard]] SourceMeta get_source_body(codec::ByteReader& reader);

}  // namespace weir::store
