#include "probe/round_detail.h"

namespace weir::probe {

void for_each_metric(const RoundDetail& detail, const TakeMetric& take) {
  const auto count = [&](std::string_view name, std::uint64_t value) {
    take(name, static_cast<double>(value), "Count");
  };
  if (detail.dns) {
    count("dns_failures", detail.dns->failures);
    count("dns_truncated", detail.dns->truncated);
    count("dns_wrong", detail.dns->wrong);
    take("dns_code", detail.dns->last_code, "None");
    count("dns_records", detail.dns->last_records);
  }
  if (!detail.http) {
    return;
  }
  const auto mean = [&](std::string_view name, const HttpDetail::Mean& value) {
    if (value.count > 0) {
      take(name, value.value(), "Milliseconds");
    }
  };
  mean("http_connect", detail.http->connect);
  mean("http_tls", detail.http->tls);
  mean("http_first_byte", detail.http->first_byte);
  mean("http_transfer", detail.http->transfer);
  count("http_unexpected", detail.http->unexpected);
  count("certificate_errors", detail.http->certificate_errors);
  if (detail.http->last_status != 0) {
    take("http_status", detail.http->last_status, "None");
  }
  if (detail.http->certificate_days) {
    take("certificate_days_left", *detail.http->certificate_days, "None");
  }
}

}  // namespace weir::probe
