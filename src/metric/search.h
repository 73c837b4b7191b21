#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metric/metric_store.h"

namespace weir::metric {

// A SEARCH expression's text (user guide, "CloudWatch search expression syntax", 2024):
// `{Namespace,Dimension,..} term`, terms joined by AND (also by nothing), OR, NOT and parentheses.
//
// A bare term matches where all its tokens are among a metric's; texts are split into tokens at
// punctuation, at camel case and between letters and digits, and compared without case. A quoted
// term matches a whole namespace, name, dimension name or value. `MetricName=`, `Namespace=`,
// `Dim=` look at that one text. The schema in braces wants that namespace and exactly those
// dimensions.
class MetricSearch {
 public:
  static constexpr std::size_t kMaxBytes = 1024;
  static constexpr std::size_t kMaxSeries = 500;

  // An error's span points into `text`. Hardened against untrusted input.
  [[nodiscard]] static Result<MetricSearch> parse(std::string_view text);
  ~MetricSearch();
  MetricSearch(MetricSearch&&) noexcept;
  MetricSearch& operator=(MetricSearch&&) noexcept;

  [[nodiscard]] bool matches(const ListedMetric& metric) const;
  // The namespace that the schema or a designator wants; empty where there is none.
  [[nodiscard]] std::string_view wanted_namespace() const;

 private:
  struct Impl;
  class Parser;
  explicit MetricSearch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "CPUUtilization2" is cpu, utilization, 2.
[[nodiscard]] std::vector<std::string> search_tokens(std::string_view text);

}  // namespace weir::metric
