#include "probe/prometheus_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"

namespace weir::probe {
namespace {

std::string snake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_upper && !out.empty() && out.back() != '_') {
      out += '_';
    }
    out += is_upper ? static_cast<char>(c + 32) : is_plain ? c : '_';
  }
  return out;
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out;
}

std::string labels_of(const Sample& sample) {
  std::string labels = fmt::format("namespace=\"{}\"", escaped(sample.name_space));
  for (const auto& [name, value] : sample.dimensions) {
    labels += fmt::format(",{}=\"{}\"", snake(name), escaped(value));
  }
  return labels;
}

}  // namespace

void PrometheusPage::take(std::span<const Sample> samples) {
  const std::lock_guard lock(mutex_);
  for (const Sample& sample : samples) {
    newest_["weir_probe_" + snake(sample.name)][labels_of(sample)] = sample;
    latest_ = std::max(latest_, sample.time);
  }
  constexpr std::int64_t kBetweenMs = 60'000;  // there may be very many
  if (latest_ - forgot_at_ >= kBetweenMs) {
    forgot_at_ = latest_;
    forget_old();
  }
}

void PrometheusPage::forget_old() {
  for (auto& [name, series] : newest_) {
    std::erase_if(series,
                  [&](const auto& known) { return latest_ - known.second.time > kept_ms_; });
  }
  std::erase_if(newest_, [](const auto& metric) { return metric.second.empty(); });
}

std::string PrometheusPage::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, series] : newest_) {
    text += fmt::format("# HELP {} Newest value, in {}.\n# TYPE {} gauge\n", name,
                        series.begin()->second.unit, name);
    for (const auto& [labels, sample] : series) {
      text +=
          fmt::format("{}{{{}}} {} {}\n", name, labels, format_double(sample.value), sample.time);
    }
  }
  return text;
}

}  // namespace weir::probe
