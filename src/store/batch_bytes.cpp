#include "store/batch_bytes.h"

#include <bit>
#include <cstdint>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "codec/texts.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;

constexpr std::uint64_t kMaxBatchColumns = 4096;
constexpr std::uint64_t kMaxBatchRows = 1U << 20;

void put_run(const std::vector<std::uint64_t>& numbers, std::string& out) {
  std::string run;
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

std::uint64_t bits_of(const Column& column, std::size_t row) {
  switch (column.type()) {
    case Type::kBool:
      return column.data<std::uint8_t>()[row];
    case Type::kDouble:
      return std::bit_cast<std::uint64_t>(column.data<double>()[row]);
    default:
      return static_cast<std::uint64_t>(column.data<std::int64_t>()[row]);
  }
}

void write_column(Column& column, std::size_t num_rows, std::string& out) {
  column.flatten();
  std::vector<std::uint64_t> numbers(num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) {
    numbers[row] = column.is_null(row) ? 1 : 0;
  }
  put_run(numbers, out);
  if (column.type() == Type::kNull) {
    return;
  }
  if (column.type() == Type::kString) {
    std::vector<std::string_view> texts(num_rows);
    for (std::size_t row = 0; row < num_rows; ++row) {
      texts[row] = column.is_null(row) ? std::string_view() : column.data<std::string_view>()[row];
    }
    std::string bytes;
    codec::encode_texts(texts, bytes);
    codec::put_text(bytes, out);
    return;
  }
  if (column.type() == Type::kAddress) {
    for (const bool is_high : {true, false}) {
      for (std::size_t row = 0; row < num_rows; ++row) {
        const IpAddress address = column.is_null(row) ? IpAddress() : column.data<IpAddress>()[row];
        numbers[row] = is_high ? address.high : address.low;
      }
      put_run(numbers, out);
    }
    return;
  }
  for (std::size_t row = 0; row < num_rows; ++row) {
    numbers[row] = column.is_null(row) ? 0 : bits_of(column, row);
  }
  put_run(numbers, out);
}

Result<void> take_run(codec::ByteReader& reader, std::vector<std::uint64_t>& numbers) {
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), numbers.size()));
  decoder.read(0, numbers.size(), numbers.data());
  return {};
}

Result<void> read_column(codec::ByteReader& reader, std::size_t num_rows, Column& column) {
  const auto type = reader.fixed<std::uint8_t>();
  if (type > static_cast<std::uint8_t>(Type::kString)) {
    return fail(ErrorCode::kInput, "a batch of rows has a column of an unknown type");
  }
  column.reset(static_cast<Type>(type), num_rows);
  std::vector<std::uint64_t> nulls(num_rows);
  WEIR_RETURN_IF_ERROR(take_run(reader, nulls));
  if (column.type() == Type::kNull) {
    return {};
  }
  std::vector<std::uint64_t> numbers(num_rows);
  if (column.type() == Type::kString) {
    codec::TextDecoder texts;
    WEIR_RETURN_IF_ERROR(texts.open(reader.text(), num_rows));
    for (std::size_t row = 0; row < num_rows; ++row) {
      column.data<std::string_view>()[row] = column.arena().copy(texts.text(row));
    }
  } else if (column.type() == Type::kAddress) {
    for (const bool is_high : {true, false}) {
      WEIR_RETURN_IF_ERROR(take_run(reader, numbers));
      for (std::size_t row = 0; row < num_rows; ++row) {
        IpAddress& address = column.data<IpAddress>()[row];
        (is_high ? address.high : address.low) = numbers[row];
      }
    }
  } else {
    WEIR_RETURN_IF_ERROR(take_run(reader, numbers));
    for (std::size_t row = 0; row < num_rows; ++row) {
      switch (column.type()) {
        case Type::kBool:
          column.data<std::uint8_t>()[row] = numbers[row] != 0 ? 1 : 0;
          break;
        case Type::kDouble:
          column.data<double>()[row] = std::bit_cast<double>(numbers[row]);
          break;
        default:
          column.data<std::int64_t>()[row] = static_cast<std::int64_t>(numbers[row]);
          break;
      }
    }
  }
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (nulls[row] != 0) {
      column.set_null(row);
    }
  }
  return {};
}

}  // namespace

void write_batch(const column::Batch& batch, std::string& out) {
  codec::put_varint(batch.num_rows, out);
  codec::put_varint(batch.columns.size(), out);
  for (const Column& column : batch.columns) {
    Column stored;
    stored.copy_from(column);
    out += static_cast<char>(stored.type());
    write_column(stored, batch.num_rows, out);
  }
}

Result<column::Batch> read_batch(std::string_view bytes) {
  codec::ByteReader reader(bytes);
  column::Batch batch;
  batch.num_rows = reader.varint_up_to(kMaxBatchRows);
  batch.columns.resize(reader.varint_up_to(kMaxBatchColumns));
  for (Column& column : batch.columns) {
    WEIR_RETURN_IF_ERROR(read_column(reader, batch.num_rows, column));
  }
  if (!reader.is_at_end()) {
    return fail(ErrorCode::kInput, "a batch of rows is damaged");
  }
  return batch;
}

}  // namespace weir::store
