#include "metric/chunk.h"

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/doubles.h"
#include "codec/integers.h"

namespace weir::metric {

void encode_chunk(std::span<const Sample> samples, std::uint32_t step_s, std::string& out) {
  codec::put_varint(samples.size(), out);
  std::vector<std::int64_t> integers;
  std::vector<double> doubles;
  for (const Sample& sample : samples) {
    integers.push_back(sample.time_s / step_s);
    doubles.push_back(sample.aggregate.sum);
  }
  codec::encode_integers(integers, out);
  codec::encode_doubles(doubles, out);
  std::vector<std::size_t> many;  // those that are not one value
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!samples[i].aggregate.is_single()) {
      many.push_back(i);
    }
  }
  codec::put_varint(many.size(), out);
  if (many.empty()) {
    return;
  }
  integers.assign(many.begin(), many.end());
  codec::encode_integers(integers, out);
  for (const double Aggregate::*member :
       {&Aggregate::count, &Aggregate::minimum, &Aggregate::maximum}) {
    doubles.clear();
    for (const std::size_t i : many) {
      doubles.push_back(samples[i].aggregate.*member);
    }
    codec::encode_doubles(doubles, out);
  }
  std::string bytes;
  for (const std::size_t i : many) {
    bytes.clear();
    if (samples[i].values != nullptr && !samples[i].aggregate.is_uniform()) {
      samples[i].values->encode(bytes);
    }
    codec::put_text(bytes, out);
  }
}

Result<void> ChunkDecoder::open(std::string_view bytes, std::uint32_t step_s, bool wants_values) {
  samples_.clear();
  distributions_.clear();
  codec::ByteReader in(bytes);
  const std::size_t count = in.varint_up_to(kMaxChunkSamples);
  integers_.resize(count);
  doubles_.resize(count);
  WEIR_RETURN_IF_ERROR(codec::decode_integers(in, integers_));
  WEIR_RETURN_IF_ERROR(codec::decode_doubles(in, doubles_));
  const auto damaged = [] { return fail(ErrorCode::kInput, "a chunk of samples is damaged"); };
  samples_.resize(count);
  const auto max_step = static_cast<std::int64_t>(UINT32_MAX / step_s);
  for (std::size_t i = 0; i < count; ++i) {
    if (integers_[i] < 0 || integers_[i] > max_step ||
        (i > 0 && integers_[i] <= integers_[i - 1])) {
      return damaged();
    }
    samples_[i].time_s = static_cast<std::uint32_t>(integers_[i]) * step_s;
    samples_[i].aggregate = Aggregate::of(doubles_[i]);
  }
  const std::size_t num_many = in.varint_up_to(count);
  if (!in.is_good()) {
    return damaged();
  }
  if (num_many == 0) {
    return in.is_at_end() ? Result<void>() : damaged();
  }
  integers_.resize(num_many);
  doubles_.resize(num_many);
  WEIR_RETURN_IF_ERROR(codec::decode_integers(in, integers_));
  for (std::size_t i = 0; i < num_many; ++i) {
    if (integers_[i] < 0 || integers_[i] >= static_cast<std::int64_t>(count) ||
        (i > 0 && integers_[i] <= integers_[i - 1])) {
      return damaged();
    }
  }
  for (double Aggregate::*member : {&Aggregate::count, &Aggregate::minimum, &Aggregate::maximum}) {
    WEIR_RETURN_IF_ERROR(codec::decode_doubles(in, doubles_));
    for (std::size_t i = 0; i < num_many; ++i) {
      samples_[static_cast<std::size_t>(integers_[i])].aggregate.*member = doubles_[i];
    }
  }
  if (!wants_values) {
    return {};
  }
  distributions_.reserve(num_many);  // samples point into it
  for (std::size_t i = 0; i < num_many; ++i) {
    codec::ByteReader values(in.text());
    if (!in.is_good()) {
      return damaged();
    }
    if (values.rest().empty()) {
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(sketch::Distribution distribution, sketch::Distribution::decode(values));
    if (!values.is_at_end()) {
      return damaged();
    }
    distributions_.push_back(std::move(distribution));
    samples_[static_cast<std::size_t>(integers_[i])].values = &distributions_.back();
  }
  return in.is_at_end() ? Result<void>() : damaged();
}

}  // namespace weir::metric
