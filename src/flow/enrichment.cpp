#include "flow/enrichment.h"

#include <utility>

#include "flow/aws_ranges.h"
#include "flow/geo.h"
#include "flow/scope.h"

namespace weir::flow {
namespace {

class LoadedEnrichment final : public Enrichment {
 public:
  LoadedEnrichment(ScopeTable scopes, GeoTable geo, std::optional<AwsRanges> aws_ranges)
      : scopes_(std::move(scopes)), geo_(std::move(geo)), aws_ranges_(std::move(aws_ranges)) {}

  Scope scope(const IpAddress& address) const override { return scopes_.find(address); }
  GeoPlace place(const IpAddress& address) const override { return geo_.find(address); }
  std::optional<AwsRange> aws_range(const IpAddress& address) const override {
    return aws_ranges_ ? aws_ranges_->find(address) : std::nullopt;
  }
  bool has_geo() const override { return !geo_.empty(); }
  bool has_aws_ranges() const override { return aws_ranges_.has_value(); }

 private:
  ScopeTable scopes_;
  GeoTable geo_;
  std::optional<AwsRanges> aws_ranges_;
};

}  // namespace

Result<std::shared_ptr<const Enrichment>> load_enrichment(io::FileSystem& files,
                                                          const EnrichmentOptions& options) {
  WEIR_ASSIGN_OR_RETURN(auto scopes, ScopeTable::make(options.vpc_cidrs));
  WEIR_ASSIGN_OR_RETURN(auto geo, GeoTable::open(files, options.geo_files));
  std::optional<AwsRanges> aws_ranges;
  if (!options.aws_ranges_file.empty()) {
    WEIR_ASSIGN_OR_RETURN(aws_ranges, AwsRanges::load(files, options.aws_ranges_file));
  }
  return std::make_shared<const LoadedEnrichment>(std::move(scopes), std::move(geo),
                                                  std::move(aws_ranges));
}

}  // namespace weir::flow
