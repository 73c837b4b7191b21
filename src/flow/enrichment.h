#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::flow {

struct EnrichmentOptions {
  std::vector<std::string> vpc_cidrs;  // --vpc-cidr
  std::vector<std::string>
      geo_files;                // --geo: MaxMind format, by their metadata country, city, ASN
  std::string aws_ranges_file;  // --aws-ranges: ip-ranges.json
};

// Which kind of network an address belongs to: RFC 6890 and its successors, AWS's metadata ranges,
// and the VPC's own CIDRs, which are looked at first. Embedded IPv4 is judged as IPv4.
enum class Scope : std::uint8_t {
  kVpc,
  kPrivate,
  kShared,
  kLinkLocal,
  kLoopback,
  kUnspecified,
  kMulticast,
  kReserved,
  kDocumentation,
  kBenchmark,
  kSpecialPurpose,
  kPublic,
};
[[nodiscard]] std::string_view name_of(Scope scope);  // "vpc", "private", "link-local", ...

enum class Initiator : std::uint8_t { kUnknown, kSource, kDestination };

struct GeoPlace {            // empty: unknown
  std::string_view country;  // ISO 3166-1 alpha-2
  std::string_view city;
  std::string_view as_organisation;
  std::uint32_t as_number = 0;
};

struct AwsRange {
  std::string_view service;  // most specific of ip-ranges.json: S3 before AMAZON
  std::string_view region;
};

// Immutable after load(); safe from any thread. Views live as long as it does.
class Enrichment {
 public:
  virtual ~Enrichment() = default;
  [[nodiscard]] virtual Scope scope(const IpAddress& address) const = 0;
  [[nodiscard]] virtual GeoPlace place(const IpAddress& address) const = 0;
  [[nodiscard]] virtual std::optional<AwsRange> aws_range(const IpAddress& address) const = 0;
  [[nodiscard]] virtual bool has_geo() const = 0;
  [[nodiscard]] virtual bool has_aws_ranges() const = 0;
};
[[nodiscard]] Result<std::shared_ptr<const Enrichment>> load_enrichment(
    io::FileSystem& files, const EnrichmentOptions& options);

// Name of a well-known service ("HTTPS", "PostgreSQL"); "" where there is none. TCP 80 HTTP, UDP
// 443 QUIC: the same port may differ by protocol.
[[nodiscard]] std::string_view service_at(int protocol, int port);
// "TCP", "ICMPv6"; "" where the number is unassigned.
[[nodiscard]] std::string_view protocol_name(int protocol);

// tcp-flags as AWS aggregates them: SYN without ACK came from the initiator, SYN-ACK from who
// answers.
[[nodiscard]] Initiator initiator_of(int protocol, std::optional<int> tcp_flags);

// The service of a flow: that of the server's port, the server side told by tcp-flags, else the one
// port that is known, else the lower one. Writes "HTTPS", "TCP/8443", "ICMP" or, for protocols
// without ports or name, "Protocol-<n>" into `out` (32 bytes); returns its length, 0 for no answer.
std::size_t service_of(int protocol, std::optional<int> source_port,
                       std::optional<int> destination_port, std::optional<int> tcp_flags,
                       char* out);

}  // namespace weir::flow
