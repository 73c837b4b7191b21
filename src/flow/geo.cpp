#include "flow/geo.h"

#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

namespace weir::flow {
namespace {

using Path = const char* const*;

// Where a part of a place stands in a record; the first path that leads to a string is taken.
constexpr const char* kIsoCode[] = {"country", "iso_code", nullptr};
constexpr const char* kCountryCode[] = {"country_code", nullptr};
constexpr const char* kFlatCountry[] = {"country", nullptr};
constexpr Path kCountryPaths[] = {kIsoCode, kCountryCode, kFlatCountry};

constexpr const char* kCityName[] = {"city", "names", "en", nullptr};
constexpr const char* kFlatCity[] = {"city", nullptr};
constexpr const char* kCityNameFlat[] = {"city_name", nullptr};
constexpr Path kCityPaths[] = {kCityName, kFlatCity, kCityNameFlat};

constexpr const char* kOrganisation[] = {"autonomous_system_organization", nullptr};
constexpr const char* kAsName[] = {"as_name", nullptr};
constexpr const char* kFlatName[] = {"name", nullptr};
constexpr Path kOrganisationPaths[] = {kOrganisation, kAsName, kFlatName};

constexpr const char* kAsNumber[] = {"autonomous_system_number", nullptr};
constexpr const char* kFlatAsn[] = {"asn", nullptr};
constexpr Path kAsNumberPaths[] = {kAsNumber, kFlatAsn};

// libmaxminddb takes the entry as mutable and does not change it.
bool read_at(MMDB_entry_s entry, Path path, MMDB_entry_data_s& data) {
  return MMDB_aget_value(&entry, &data, path) == MMDB_SUCCESS && data.has_data;
}

std::string_view string_of(const MMDB_entry_data_s& data) {
  return data.type == MMDB_DATA_TYPE_UTF8_STRING
             ? std::string_view(data.utf8_string, data.data_size)
             : std::string_view{};
}

std::string_view first_string(const MMDB_entry_s& entry, std::span<const Path> paths) {
  for (const Path path : paths) {
    MMDB_entry_data_s data;
    if (read_at(entry, path, data)) {
      if (const std::string_view text = string_of(data); !text.empty()) {
        return text;
      }
    }
  }
  return {};
}

std::uint32_t as_number_of(const MMDB_entry_data_s& data) {
  switch (data.type) {
    case MMDB_DATA_TYPE_UINT16:
      return data.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data.uint32;
    case MMDB_DATA_TYPE_UINT64:
      return data.uint64 <= 0xffff'ffff ? static_cast<std::uint32_t>(data.uint64) : 0;
    case MMDB_DATA_TYPE_UTF8_STRING: {  // "AS15169"
      std::string_view text = string_of(data);
      if (text.starts_with("AS")) {
        text.remove_prefix(2);
      }
      std::uint32_t number = 0;
      const char* const end = text.data() + text.size();
      const auto [rest, error] = std::from_chars(text.data(), end, number);
      return error == std::errc{} && rest == end ? number : 0;
    }
    default:
      return 0;
  }
}

std::uint32_t first_as_number(const MMDB_entry_s& entry) {
  for (const Path path : kAsNumberPaths) {
    MMDB_entry_data_s data;
    if (read_at(entry, path, data)) {
      if (const std::uint32_t number = as_number_of(data); number != 0) {
        return number;
      }
    }
  }
  return 0;
}

sockaddr_in sockaddr_of_v4(const IpAddress& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address.v4());
  return result;
}

sockaddr_in6 sockaddr_of_v6(const IpAddress& address) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  for (int i = 0; i < 8; ++i) {
    result.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
    result.sin6_addr.s6_addr[i + 8] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
  }
  return result;
}

}  // namespace

// One mapped file and what its metadata says it knows.
class GeoTable::Database {
 public:
  static Result<std::unique_ptr<const Database>> open(io::FileSystem& files,
                                                      const std::string& path) {
    WEIR_ASSIGN_OR_RETURN(const io::FileInfo info, files.info(path));
    if (info.is_directory) {
      return fail(ErrorCode::kInput,
                  fmt::format("--geo takes a file, and this is a directory: {}", path));
    }
    auto database = std::make_unique<Database>();
    const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database->mmdb_);
    if (status != MMDB_SUCCESS) {
      return fail(status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR ? ErrorCode::kIo
                                                                            : ErrorCode::kInput,
                  fmt::format("cannot use {} as a geo database: {}. Give an unpacked .mmdb file "
                              "(GeoLite2, DB-IP Lite, IPinfo, ip-location-db), whole.",
                              path, MMDB_strerror(status)));
    }
    database->is_open_ = true;
    database->find_parts();
    if (!database->has_country_ && !database->has_as_) {
      const char* type = database->mmdb_.metadata.database_type;
      return fail(ErrorCode::kInput,
                  fmt::format("{} holds neither countries, cities nor autonomous systems: its "
                              "metadata calls it '{}'. Give a Country, City or ASN database with "
                              "--geo.",
                              path, type == nullptr ? "" : type));
    }
    return database;
  }

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    if (is_open_) {
      MMDB_close(&mmdb_);
    }
  }

  // Fills the parts of `place` that are still unknown.
  void fill(const IpAddress& address, GeoPlace& place) const {
    int status = MMDB_SUCCESS;
    MMDB_lookup_result_s found;
    if (address.is_v4()) {
      const sockaddr_in socket_address = sockaddr_of_v4(address);
      found =
          MMDB_lookup_sockaddr(&mmdb_, reinterpret_cast<const sockaddr*>(&socket_address), &status);
    } else if (mmdb_.metadata.ip_version == 6) {
      const sockaddr_in6 socket_address = sockaddr_of_v6(address);
      found =
          MMDB_lookup_sockaddr(&mmdb_, reinterpret_cast<const sockaddr*>(&socket_address), &status);
    } else {
      return;
    }
    if (status != MMDB_SUCCESS || !found.found_entry) {
      return;
    }
    if (has_country_ && place.country.empty()) {
      place.country = first_string(found.entry, kCountryPaths);
    }
    if (has_city_ && place.city.empty()) {
      place.city = first_string(found.entry, kCityPaths);
    }
    if (has_as_ && place.as_number == 0) {
      place.as_number = first_as_number(found.entry);
      place.as_organisation = first_string(found.entry, kOrganisationPaths);
    }
  }

 private:
  // database_type is free text: "GeoLite2-City", "DBIP-ASN-Lite", "ipinfo country_asn.mmdb".
  void find_parts() {
    std::string type = mmdb_.metadata.database_type == nullptr ? "" : mmdb_.metadata.database_type;
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto says = [&](const char* word) { return type.find(word) != std::string::npos; };
    const bool is_ipinfo_lite = type.starts_with("ipinfo") && says("lite");
    has_city_ = says("city") || says("enterprise") || says("location");
    has_country_ = has_city_ || says("country") || is_ipinfo_lite;
    has_as_ = says("asn") || says("isp") || says("enterprise") || is_ipinfo_lite;
  }

  MMDB_s mmdb_{};
  bool is_open_ = false;
  bool has_country_ = false;
  bool has_city_ = false;
  bool has_as_ = false;
};

GeoTable::GeoTable() = default;
GeoTable::GeoTable(GeoTable&&) noexcept = default;
GeoTable& GeoTable::operator=(GeoTable&&) noexcept = default;
GeoTable::~GeoTable() = default;

Result<GeoTable> GeoTable::open(io::FileSystem& files, const std::vector<std::string>& paths) {
  GeoTable table;
  for (const std::string& path : paths) {
    WEIR_ASSIGN_OR_RETURN(auto database, Database::open(files, path));
    table.databases_.push_back(std::move(database));
  }
  return table;
}

GeoPlace GeoTable::find(const IpAddress& address) const {
  GeoPlace place;
  for (const auto& database : databases_) {
    database->fill(address, place);
  }
  return place;
}

}  // namespace weir::flow
