#include "store/segment_runs.h"

namespace weir::store {

void put_sparse_run(const std::vector<std::int64_t>& values, std::int64_t missing,
                    std::string& out) {
  const auto is_missing = [missing](std::int64_t value) { return value == missing; };
  std::int64_t base = INT64_MAX;
  for (const std::int64_t value : values) {
    base = is_missing(value) ? base : std::min(base, value);
  }
  base = base == INT64_MAX ? 0 : base;
  std::uint64_t scale = 1000;
  for (const std::int64_t value : values) {
    if (!is_missing(value) && (static_cast<std::uint64_t>(value) - base) % 1000 != 0) {
      scale = 1;
      break;
    }
  }
  std::vector<std::uint64_t> numbers;
  numbers.reserve(values.size());
  for (const std::int64_t value : values) {
    numbers.push_back(is_missing(value) ? 0
                                        : (static_cast<std::uint64_t>(value) - base) / scale + 1);
  }
  codec::put_varint(codec::to_zigzag(base), out);
  codec::put_varint(scale, out);
  std::string run;
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

Result<std::vector<std::int64_t>> take_sparse_run(codec::ByteReader& reader, std::size_t count,
                                                  std::int64_t missing) {
  const std::int64_t base = codec::from_zigzag(reader.varint());
  const std::uint64_t scale = reader.varint();
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), count));
  std::vector<std::uint64_t> numbers(count);
  decoder.read(0, count, numbers.data());
  std::vector<std::int64_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = numbers[i] == 0 ? missing
                                : static_cast<std::int64_t>(static_cast<std::uint64_t>(base) +
                                                            (numbers[i] - 1) * scale);
  }
  return values;
}

void skip_sparse_run(codec::ByteReader& reader) {
  reader.varint();
  reader.varint();
  reader.text();
}

}  // namespace weir::store
