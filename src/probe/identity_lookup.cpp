#include "probe/identity_lookup.h"

#include "aws/credential_source.h"

namespace weir::probe {
namespace {

constexpr std::int64_t kTimeoutMs = 300;

}  // namespace

Identity look_up_identity(const Settings& settings, const Variables& environment,
                          const HttpSend& send) {
  Identity identity;
  if (!settings.instance_id.empty()) {
    identity.instance_id = settings.instance_id;
  }
  if (!settings.vpc_id.empty()) {
    identity.vpc_id = settings.vpc_id;
  }
  const bool is_known = !settings.instance_id.empty() && !settings.vpc_id.empty();
  if (is_known || environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true") {
    return identity;
  }
  const std::string base =
      environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  const auto read = [&](const std::string& path) -> std::optional<std::string> {
    const auto text = aws::read_instance_metadata(send, base, path, kTimeoutMs);
    if (!text || text->empty()) {
      return std::nullopt;
    }
    return text->substr(0, text->find('\n'));
  };
  const auto mac = read("/latest/meta-data/mac");
  if (!mac) {
    return identity;  // no such service: one timeout is enough
  }
  if (settings.instance_id.empty()) {
    identity.instance_id = read("/latest/meta-data/instance-id").value_or("unknown");
  }
  if (settings.vpc_id.empty()) {
    identity.vpc_id =
        read("/latest/meta-data/network/interfaces/macs/" + *mac + "/vpc-id").value_or("unknown");
  }
  return identity;
}

std::string region_of(const Settings& settings, const Variables& environment) {
  if (!settings.region.empty()) {
    return settings.region;
  }
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const auto region = environment(name); region && !region->empty()) {
      return *region;
    }
  }
  return "us-east-1";
}

}  // namespace weir::probe
