#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"

namespace weir::store {

// Numbers in the parts of a segment that stand beside its blocks: a text each, a run of numbers
// within. What is read is hardened against untrusted input, but for the end of the reader's bytes,
// which its user looks at.

template <class T>
void put_run(const std::vector<T>& values, std::string& out) {
  const std::vector<std::uint64_t> numbers(values.begin(), values.end());
  std::string run;
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

template <class T>
[[nodiscard]] Result<void> take_run(codec::ByteReader& reader, std::size_t count,
                                    std::vector<T>& values) {
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), count));
  std::vector<std::uint64_t> numbers(count);
  decoder.read(0, count, numbers.data());
  values.resize(count);
  std::transform(numbers.begin(), numbers.end(), values.begin(),
                 [](std::uint64_t number) { return static_cast<T>(number); });
  return {};
}

// Numbers of which some are missing, which `missing` stands for: 0 is written for these, the others
// count from the smallest in steps of a thousand, if that divides them all, else of one.
void put_sparse_run(const std::vector<std::int64_t>& values, std::int64_t missing,
                    std::string& out);
[[nodiscard]] Result<std::vector<std::int64_t>> take_sparse_run(codec::ByteReader& reader,
                                                                std::size_t count,
                                                                std::int64_t missing);
void skip_sparse_run(codec::ByteReader& reader);

}  // namespace weir::store
