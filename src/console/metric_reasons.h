#pragma once

#include <string>
#include <string_view>

#include "format/tree.h"
#include "metric/data_query.h"
#include "metric/metric_store.h"

namespace weir::console {

// Where metrics were looked for.
struct MetricPlace {
  const metric::MetricStore& metrics;
  std::string account;
  std::string region;
  [[nodiscard]] std::string scope() const { return account + "/" + region; }
};

// Why a metric gave nothing, as a list of {"cause", "detail", "next"}: what nearly matches is
// named.
[[nodiscard]] format::Tree metric_reasons(const MetricPlace& place,
                                          const metric::MetricReference& wanted);
// The same of a list of metrics that came out empty. The filter's scope is the place's.
[[nodiscard]] format::Tree list_reasons(const MetricPlace& place,
                                        const metric::MetricFilter& filter);

}  // namespace weir::console
