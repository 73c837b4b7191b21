#include "probe/otlp_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "format/json_writer.h"
#include "format/tree.h"
#include "probe/metric_batch.h"

namespace weir::probe {
namespace {

// The Unified Code for Units of Measure, which OTLP asks for.
std::string_view ucum_of(std::string_view unit) {
  return unit == "Milliseconds"   ? "ms"
         : unit == "Seconds"      ? "s"
         : unit == "Percent"      ? "%"
         : unit == "Bytes"        ? "By"
         : unit == "Bytes/Second" ? "By/s"
         : unit == "Count/Second" ? "1/s"
                                  : "1";
}

void write_attribute(format::JsonWriter& json, std::string_view key, std::string_view value) {
  json.begin_object();
  json.key("key");
  json.string(key);
  json.key("value");
  json.begin_object();
  json.key("stringValue");
  json.string(value);
  json.end_object();
  json.end_object();
}

void write_point(format::JsonWriter& json, const Sample& sample) {
  json.begin_object();
  json.key("attributes");
  json.begin_array();
  write_attribute(json, "namespace", sample.name_space);
  for (const auto& [name, value] : sample.dimensions) {
    write_attribute(json, name, value);
  }
  json.end_array();
  json.key("timeUnixNano");
  json.string(fmt::format("{}000000", sample.time));  // 64 bits are texts in JSON
  json.key("asDouble");
  json.number(sample.value);
  json.end_object();
}

std::string write_request(std::span<const Sample> samples) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Sample*>> by_metric;
  for (const Sample& sample : samples) {
    if (std::isfinite(sample.value)) {
      by_metric[{sample.name, sample.unit}].push_back(&sample);
    }
  }
  std::string body;
  format::JsonWriter json(body);
  const auto open = [&](std::string_view name) {
    json.key(name);
    json.begin_array();
    json.begin_object();
  };
  json.begin_object();
  open("resourceMetrics");
  json.key("resource");
  json.begin_object();
  json.key("attributes");
  json.begin_array();
  write_attribute(json, "service.name", "weir-probe");
  json.end_array();
  json.end_object();
  open("scopeMetrics");
  json.key("scope");
  json.begin_object();
  json.key("name");
  json.string("weir.probe");
  json.end_object();
  json.key("metrics");
  json.begin_array();
  for (const auto& [metric, points] : by_metric) {
    json.begin_object();
    json.key("name");
    json.string(fmt::format("weir.probe.{}", metric.first));
    json.key("unit");
    json.string(ucum_of(metric.second));
    json.key("gauge");
    json.begin_object();
    json.key("dataPoints");
    json.begin_array();
    for (const Sample* sample : points) {
      write_point(json, *sample);
    }
    json.end_array();
    json.end_object();
    json.end_object();
  }
  json.end_array();
  for (int level = 0; level < 2; ++level) {
    json.end_object();
    json.end_array();
  }
  json.end_object();
  return body;
}

}  // namespace

std::vector<std::string> make_otlp_batches(std::span<const Sample> samples) {
  std::vector<std::string> batches;
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), kMaxBatchSamples);
    batches.push_back(write_request(samples.first(count)));
    samples = samples.subspan(count);
  }
  return batches;
}

PutOutcome put_otlp(const std::string& endpoint, const std::string& body, const HttpSend& send) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = endpoint + "/v1/metrics";
  request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
  request.body = gzip(body);
  bool may_have_arrived = true;
  http::ClientOptions options;
  options.may_have_arrived = &may_have_arrived;
  const auto response = send(request, options);
  using Kind = PutOutcome::Kind;
  if (!response) {
    return {may_have_arrived ? Kind::kMaybeTaken : Kind::kAgain, response.error().message};
  }
  const std::string problem = fmt::format("{}: {}", request.url, response->status);
  if (response->status / 100 == 2) {
    const auto answer = format::read_json(response->body.empty() ? "{}" : response->body);
    const std::string rejected =
        answer ? (*answer)["partialSuccess"]["errorMessage"].text() : std::string();
    return {Kind::kTaken, rejected.empty() ? "" : request.url + ": " + rejected};
  }
  const bool is_retried = response->status == 429 || response->status == 502 ||
                          response->status == 503 || response->status == 504;
  return {is_retried ? Kind::kAgain : Kind::kNever, problem};
}

}  // namespace weir::probe
