#include "packet/option_rows.h"

#include <fmt/format.h>

#include "packet/class_names.h"
#include "packet/int_metadata.h"

// Field offsets count from the option's data, behind its 4-byte header; all big endian.

namespace weir::packet {
namespace {

constexpr std::uint8_t kAnyLength = 124;

std::uint64_t u16(const OptionView& option, std::size_t offset) {
  return load_be16(option.data.data() + offset);
}
std::uint64_t u32(const OptionView& option, std::size_t offset) {
  return load_be32(option.data.data() + offset);
}
std::uint64_t u64(const OptionView& option, std::size_t offset) {
  return load_be64(option.data.data() + offset);
}
std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<unsigned>(b));
  }
  return text;
}

// AWS Gateway Load Balancer: class 0x0108, as the AWS sample tool gwlbtun reads it.
void gateway_endpoint(const OptionView& option, FieldMap& fields) {
  fields.set("gwlbe_eni", fmt::format("eni-{:017x}", u64(option, 0)));
}
void gateway_attachment(const OptionView& option, FieldMap& fields) {
  fields.set("gwlbe_attachment_id", fmt::format("{:016x}", u64(option, 0)));
}
void gateway_cookie(const OptionView& option, FieldMap& fields) {
  fields.set("flow_cookie", fmt::format("{:08x}", u32(option, 0)));
}
// Tencent's twin has the direction in the cookie's top three bits.
void tencent_cookie(const OptionView& option, FieldMap& fields) {
  const std::uint64_t word = u32(option, 0);
  fields.set("flow_direction", word >> 29);
  fields.set("flow_cookie", fmt::format("{:08x}", word & 0x1fff'ffff));
}

constexpr OptionRow kGatewayRows[] = {
    {kAmazonGatewayClass, kAmazonGatewayClass, 1, 8, 8, "GWLB endpoint", gateway_endpoint, 1},
    {kAmazonGatewayClass, kAmazonGatewayClass, 2, 8, 8, "GWLB attachment", gateway_attachment, 2},
    {kAmazonGatewayClass, kAmazonGatewayClass, 3, 4, 4, "GWLB flow cookie", gateway_cookie, 4},
    {kTencentGatewayClass, kTencentGatewayClass, 1, 8, 8, "Tencent GWLB endpoint", gateway_endpoint,
     1},
    {kTencentGatewayClass, kTencentGatewayClass, 2, 8, 8, "Tencent GWLB attachment",
     gateway_attachment, 2},
    {kTencentGatewayClass, kTencentGatewayClass, 3, 4, 4, "Tencent GWLB flow cookie",
     tencent_cookie, 4},
};

void compatible_vpc(const OptionView& option, FieldMap& fields) {
  fields.set("type", "VPC Metadata");
  fields.set("data_length", std::uint64_t{option.data.size()});
  fields.set("vpc_id", u32(option, 0));
}
void compatible_ecs(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Elastic Container Service");
  fields.set("data_length", std::uint64_t{option.data.size()});
  fields.set("task_arn", u64(option, 0));
}
void compatible_eks(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Elastic Kubernetes Service");
  fields.set("data_length", std::uint64_t{option.data.size()});
  fields.set("cluster_name", u32(option, 0));
}
void compatible_amazon(const OptionView& option, FieldMap& fields) {
  fields.set("type", option.type == 1   ? std::string("VPC Metadata")
                     : option.type == 2 ? std::string("Elastic Container Service")
                     : option.type == 3 ? std::string("Elastic Kubernetes Service")
                                        : fmt::format("Amazon Type 0x{:02x}", option.type));
  fields.set("data_length", std::uint64_t{option.data.size()});
}
void compatible_gke(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Google Kubernetes Engine");
  fields.set("cluster_id", u32(option, 0));
}
void compatible_gce(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Google Compute Engine");
  fields.set("instance_id", u64(option, 0));
}
void compatible_armor(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Cloud Armor");
  fields.set("policy_id", u32(option, 0));
}
void named_only(const OptionView& option, FieldMap& fields) {
  fields.set("data_length", std::uint64_t{option.data.size()});
}

// Amazon's classes as libgeneve-go knows them: the old 0x0007, 0x0105, 0x0108 to 0x0110.
#define WEIR_COMPATIBLE_AMAZON(first, last)                                            \
  {first, last, 1, 4, kAnyLength, "VPC Metadata", compatible_vpc},                     \
      {first, last, 2, 8, kAnyLength, "Elastic Container Service", compatible_ecs},    \
      {first, last, 3, 4, kAnyLength, "Elastic Kubernetes Service", compatible_eks}, { \
    first, last, -1, 0, kAnyLength, "Amazon", compatible_amazon                        \
  }

constexpr OptionRow kCompatibleRows[] = {
    WEIR_COMPATIBLE_AMAZON(0x0007, 0x0007),
    WEIR_COMPATIBLE_AMAZON(0x0105, 0x0105),
    WEIR_COMPATIBLE_AMAZON(0x0108, 0x0110),
    {0x0132, 0x0135, 1, 4, kAnyLength, "Google Kubernetes Engine", compatible_gke},
    {0x0132, 0x0135, 2, 8, kAnyLength, "Google Compute Engine", compatible_gce},
    {0x0132, 0x0135, 3, 4, kAnyLength, "Cloud Armor", compatible_armor},
    {0x0005, 0x0005, -1, 0, kAnyLength, "Microsoft", named_only},
    {0x000a, 0x000a, -1, 0, kAnyLength, "Arista", named_only},
    {0x000b, 0x000b, -1, 0, kAnyLength, "Mellanox", named_only},
    {0x000c, 0x000c, -1, 0, kAnyLength, "Broadcom", named_only},
    {0x000d, 0x000d, -1, 0, kAnyLength, "Cumulus", named_only},
};
#undef WEIR_COMPATIBLE_AMAZON

// The second document's own decoder: any type, 16 bytes or more.
void compatible_service(const OptionView& option, FieldMap& fields) {
  fields.set("service_code", u32(option, 0));
  fields.set("region_code", u32(option, 4));
  fields.set("account_hash", fmt::format("0x{:016x}", u64(option, 8)));
}
constexpr OptionRow kCompatible16Rows[] = {
    {0x0007, 0x0007, -1, 16, kAnyLength, "Amazon service", compatible_service},
    {0x0105, 0x0105, -1, 16, kAnyLength, "Amazon service", compatible_service},
    {0x0108, 0x0110, -1, 16, kAnyLength, "Amazon service", compatible_service},
};

// VMware NSX and Cisco ACI as libgeneve-go names their fields.
void nsx(const OptionView& option, FieldMap& fields) {
  fields.set("type", "VMware NSX Metadata");
  fields.set("vsid", u32(option, 0));
  fields.set("source_vni", u32(option, 4));
  fields.set("flags", fmt::format("0x{:04x}", u16(option, 8)));
  fields.set("policy_id", u16(option, 10));
  fields.set("source_tep", fmt::format("0x{:08x}", u32(option, 12)));
}
void aci(const OptionView& option, FieldMap& fields) {
  fields.set("type", "Cisco ACI Metadata");
  fields.set("epg_id", u16(option, 0));
  fields.set("bridge_domain", u16(option, 2));
  fields.set("vrf", u16(option, 4));
  fields.set("contract_id", u16(option, 6));
  fields.set("flags", fmt::format("0x{:08x}", u32(option, 8)));
  fields.set("tenant_id", u16(option, 12));
  fields.set("application_id", u16(option, 14));
}
void cpacket(const OptionView& option, FieldMap& fields) {
  fields.set("packet_id", u32(option, 0));
  fields.set("original_length", u16(option, 4));
  fields.set("version", std::uint64_t{load_u8(option.data.data() + 7)});
  fields.set("ptp_seconds", (u16(option, 8) << 32) | u32(option, 10));
  fields.set("ptp_nanoseconds", u32(option, 14));
  fields.set("ptp_fraction", u16(option, 18));
  fields.set("device", u16(option, 20));
  fields.set("port", u16(option, 22));
}
void int_destination(const OptionView& option, FieldMap& fields) {
  fields.set("type", "INT destination");
  named_only(option, fields);
}
void int_mx(const OptionView& option, FieldMap& fields) {
  fields.set("type", "INT-MX");
  named_only(option, fields);
}

constexpr OptionRow kVendorRows[] = {
    {kIntClass, kIntClass, 1, 12, kAnyLength, "INT-MD", decode_int_md},
    {kIntClass, kIntClass, 2, 0, kAnyLength, "INT destination", int_destination},
    {kIntClass, kIntClass, 3, 0, kAnyLength, "INT-MX", int_mx},
    {0x0104, 0x0104, 1, 16, kAnyLength, "VMware NSX Metadata", nsx},
    {0x0106, 0x0106, 1, 16, kAnyLength, "Cisco ACI Metadata", aci},
    {0x0130, 0x0131, 1, 16, kAnyLength, "Cisco ACI Metadata", aci},
    {0x0164, 0x0164, 0, 24, kAnyLength, "cPacket", cpacket},
};

void google_vnid(const OptionView& option, FieldMap& fields) {
  const std::uint64_t word = u32(option, 0);
  fields.set("vnid", word >> 4);
  fields.set("direction", (word & 1) != 0 ? "egress" : "ingress");
}
void google_endpoint(const OptionView& option, FieldMap& fields) {
  fields.set("endpoint_id", hex(option.data));
}
void google_policy(const OptionView& option, FieldMap& fields) {
  fields.set("profile_id", u64(option, 0));
}
constexpr OptionRow kGoogleRows[] = {
    {0x0132, 0x0132, 1, 4, 4, "GCP network", google_vnid},
    {0x0132, 0x0132, 2, 4, kAnyLength, "GCP endpoint", google_endpoint},
    {0x0132, 0x0132, 3, 8, 8, "GCP profile", google_policy},
};

void guess(const OptionView& option, FieldMap& fields) {
  fields.set("vendor", std::string(vendor_of(option.option_class).registry_name));
  fields.set("class", fmt::format("0x{:04x}", option.option_class));
  fields.set("type", fmt::format("0x{:02x}", option.type));
  fields.set("data_length", std::uint64_t{option.data.size()});
  if (option.data.size() >= 4) {
    fields.set("first_uint32", u32(option, 0));
  }
  if (option.data.size() >= 8) {
    fields.set("second_uint32", u32(option, 4));
  }
}
constexpr OptionRow kGuessingRows[] = {
    {0x0100, 0xffff, -1, 0, kAnyLength, "unknown", guess, 0, false},
};

}  // namespace

std::span<const OptionRow> rows_of(Profile profile) {
  switch (profile) {
    case Profile::kGwlb:
      return kGatewayRows;
    case Profile::kLibgeneve:
      return kCompatibleRows;
    case Profile::kLibgeneve16:
      return kCompatible16Rows;
  }
  return {};
}

std::span<const OptionRow> vendor_rows() { return kVendorRows; }
std::span<const OptionRow> google_rows() { return kGoogleRows; }
std::span<const OptionRow> guessing_rows() { return kGuessingRows; }

}  // namespace weir::packet
