#include "metric/put_batch.h"

#include <cmath>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::metric {
namespace {

constexpr double kMaxInteger = 1 << 30;  // five bytes; above, eight are hardly more
constexpr unsigned kHighResolution = 4;  // beside the form, in an item's first byte

bool is_small_integer(double value) {
  return std::fabs(value) < kMaxInteger && value == std::floor(value) &&
         !(value == 0 && std::signbit(value));
}

}  // namespace

void PutBatch::clear() {
  definitions.clear();
  items.clear();
  values.clear();
  sets.clear();
  batches.clear();
}

void encode_batch(const PutBatch& batch, std::string& out) {
  codec::put_varint(batch.definitions.size(), out);
  for (const PutBatch::Definition& definition : batch.definitions) {
    codec::put_varint(definition.series, out);
    codec::put_text(definition.name, out);
  }
  const std::uint32_t base_s = batch.items.empty() ? 0 : batch.items.front().time_s;
  codec::put_varint(base_s, out);
  codec::put_varint(batch.items.size(), out);
  for (const PutBatch::Item& item : batch.items) {
    auto form = item.form;
    if (form == PutBatch::Form::kValue && is_small_integer(item.value)) {
      form = PutBatch::Form::kInteger;
    }
    out += static_cast<char>(static_cast<unsigned>(form) |
                             (item.is_high_resolution ? kHighResolution : 0));
    codec::put_varint(item.series, out);
    codec::put_varint(codec::to_zigzag(static_cast<std::int64_t>(item.time_s) - base_s), out);
    switch (form) {
      case PutBatch::Form::kValue:
        codec::put_fixed(item.value, out);
        break;
      case PutBatch::Form::kInteger:
        codec::put_varint(codec::to_zigzag(static_cast<std::int64_t>(item.value)), out);
        break;
      case PutBatch::Form::kValues:
        codec::put_varint(item.num_values, out);
        for (std::uint32_t i = 0; i < item.num_values; ++i) {
          codec::put_fixed(batch.values[item.first + i].value, out);
          codec::put_fixed(batch.values[item.first + i].count, out);
        }
        break;
      case PutBatch::Form::kStatistics:
        codec::put_fixed(batch.sets[item.first], out);
        break;
    }
  }
  if (batch.batches.empty()) {
    return;
  }
  codec::put_varint(batch.batches.size(), out);
  for (const BatchMemory::Entry& entry : batch.batches) {
    codec::put_fixed(entry.key.high, out);
    codec::put_fixed(entry.key.low, out);
    codec::put_varint(entry.time_s, out);
  }
}

Result<void> decode_batch(std::string_view bytes, PutBatch& batch) {
  batch.clear();
  codec::ByteReader in(bytes);
  const std::uint64_t num_definitions = in.varint();
  for (std::uint64_t i = 0; i < num_definitions && in.is_good(); ++i) {
    PutBatch::Definition definition;
    definition.series = static_cast<SeriesId>(in.varint_up_to(UINT32_MAX));
    definition.name = std::string(in.text());
    batch.definitions.push_back(std::move(definition));
  }
  const auto base_s = static_cast<std::int64_t>(in.varint_up_to(UINT32_MAX));
  const std::uint64_t num_items = in.varint();
  bool is_good = true;
  for (std::uint64_t i = 0; i < num_items && in.is_good() && is_good; ++i) {
    PutBatch::Item item;
    const unsigned head = in.fixed<std::uint8_t>();
    is_good = head < 2 * kHighResolution;
    item.form = static_cast<PutBatch::Form>(head % kHighResolution);
    item.is_high_resolution = head >= kHighResolution;
    item.series = static_cast<SeriesId>(in.varint_up_to(UINT32_MAX));
    const std::int64_t step = codec::from_zigzag(in.varint());
    if (step < -base_s || step > UINT32_MAX - base_s) {
      is_good = false;
      break;
    }
    item.time_s = static_cast<std::uint32_t>(base_s + step);
    switch (item.form) {
      case PutBatch::Form::kValue:
        item.value = in.fixed<double>();
        break;
      case PutBatch::Form::kInteger:
        item.value = static_cast<double>(codec::from_zigzag(in.varint()));
        item.form = PutBatch::Form::kValue;
        break;
      case PutBatch::Form::kValues:
        item.num_values = static_cast<std::uint32_t>(in.varint_up_to(kMaxValues));
        item.first = static_cast<std::uint32_t>(batch.values.size());
        for (std::uint32_t j = 0; j < item.num_values; ++j) {
          const double value = in.fixed<double>();
          batch.values.push_back({value, in.fixed<double>()});
        }
        break;
      case PutBatch::Form::kStatistics:
        item.first = static_cast<std::uint32_t>(batch.sets.size());
        batch.sets.push_back(in.fixed<StatisticSet>());
        break;
    }
    batch.items.push_back(item);
  }
  const std::uint64_t num_batches = is_good && !in.is_at_end() ? in.varint() : 0;
  for (std::uint64_t i = 0; i < num_batches && in.is_good(); ++i) {
    BatchMemory::Entry entry;
    entry.key.high = in.fixed<std::uint64_t>();
    entry.key.low = in.fixed<std::uint64_t>();
    entry.time_s = static_cast<std::uint32_t>(in.varint_up_to(UINT32_MAX));
    batch.batches.push_back(entry);
  }
  if (!is_good || !in.is_at_end()) {
    return fail(ErrorCode::kInput, "a record of the metric log does not hold what it should");
  }
  return {};
}

}  // namespace weir::metric
