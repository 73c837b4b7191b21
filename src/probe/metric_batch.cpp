#include "probe/metric_batch.h"

#include <libdeflate.h>

#include <cmath>
#include <map>
#include <memory>

#include "format/json_writer.h"

namespace weir::probe {
namespace {

void write_sample(format::JsonWriter& json, const Sample& sample) {
  json.begin_object();
  json.key("MetricName");
  json.string(sample.name);
  json.key("Value");
  json.number(sample.value);
  json.key("Unit");
  json.string(sample.unit);
  json.key("Timestamp");
  json.number(static_cast<double>(sample.time) / 1000);
  if (sample.is_high_resolution) {
    json.key("StorageResolution");
    json.integer(1);
  }
  json.key("Dimensions");
  json.begin_array();
  for (const auto& [name, value] : sample.dimensions) {
    json.begin_object();
    json.key("Name");
    json.string(name);
    json.key("Value");
    json.string(value);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

// A call in the making.
class Batch {
 public:
  explicit Batch(const std::string& name_space) : json_(batch_.body) {
    json_.begin_object();
    json_.key("Namespace");
    json_.string(name_space);
    json_.key("MetricData");
    json_.begin_array();
  }
  [[nodiscard]] bool is_full() const {
    return batch_.num_samples == kMaxBatchSamples || batch_.body.size() > kMaxBatchBytes;
  }
  void add(const Sample& sample) {
    write_sample(json_, sample);
    ++batch_.num_samples;
  }
  MetricBatch finish() {
    json_.end_array();
    json_.end_object();
    return std::move(batch_);
  }

 private:
  MetricBatch batch_;
  format::JsonWriter json_;
};

}  // namespace

std::vector<MetricBatch> make_batches(std::span<const Sample> samples) {
  std::vector<MetricBatch> batches;
  std::map<std::string_view, std::unique_ptr<Batch>> open;
  for (const Sample& sample : samples) {
    if (!std::isfinite(sample.value) || std::abs(sample.value) > 0x1p360) {
      continue;
    }
    auto& batch = open[sample.name_space];
    if (batch && batch->is_full()) {
      batches.push_back(batch->finish());
      batch.reset();
    }
    if (!batch) {
      batch = std::make_unique<Batch>(sample.name_space);
    }
    batch->add(sample);
  }
  for (auto& [name_space, batch] : open) {
    batches.push_back(batch->finish());
  }
  return batches;
}

std::string gzip(std::string_view text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), out.data(), out.size()));
  return out;
}

}  // namespace weir::probe
