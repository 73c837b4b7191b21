#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "flow/enrichment.h"
#include "io/file_system.h"

namespace weir::flow {

// Looks up addresses in databases of MaxMind's format (MaxMind DB File Format Specification 2.0),
// nested as MaxMind and DB-IP write them ("country.iso_code", "city.names.en") or flat as IPinfo
// and ip-location-db do ("country_code", "asn"). Of several databases the first that knows a part
// gives it. The files are mapped into memory, not read: they must not be cut short while in use.
// Immutable after open(), safe from any thread; views point into the mapped files. Hardened against
// damaged files: what cannot be decoded is unknown.
class GeoTable {
 public:
  // Opens every file; refuses one that is no such database or holds neither countries, cities nor
  // autonomous systems by its metadata.
  [[nodiscard]] static Result<GeoTable> open(io::FileSystem& files,
                                             const std::vector<std::string>& paths);

  GeoTable();
  GeoTable(GeoTable&&) noexcept;
  GeoTable& operator=(GeoTable&&) noexcept;
  ~GeoTable();

  [[nodiscard]] GeoPlace find(const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return databases_.empty(); }

 private:
  class Database;
  std::vector<std::unique_ptr<const Database>> databases_;
};

}  // namespace weir::flow
