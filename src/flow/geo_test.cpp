#include "flow/geo.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <utility>

#include "base/random.h"

namespace weir::flow {
namespace {

// Encodes values of the MaxMind DB File Format Specification 2.0, section "Output Data Section":
// a control byte of type (3 bits) and size (5 bits), then the bytes.
std::string mmdb_value(int type, std::size_t size, const std::string& bytes) {
  std::string result;
  const int control = type <= 7 ? type << 5 : 0;
  const std::size_t shown = size < 29 ? size : 29;
  result += static_cast<char>(control | static_cast<int>(shown));
  if (type > 7) {
    result += static_cast<char>(type - 7);
  }
  if (size >= 29) {
    result += static_cast<char>(size - 29);
  }
  return result + bytes;
}

std::string mmdb_text(const std::string& text) { return mmdb_value(2, text.size(), text); }

std::string mmdb_number(int type, std::uint64_t number) {  // 5 uint16, 6 uint32, 9 uint64
  std::string bytes;
  for (; number != 0; number >>= 8) {
    bytes.insert(bytes.begin(), static_cast<char>(number & 0xff));
  }
  return mmdb_value(type, bytes.size(), bytes);
}

std::string mmdb_map(std::initializer_list<std::pair<const char*, std::string>> members) {
  std::string bytes;
  for (const auto& [key, value] : members) {
    bytes += mmdb_text(key) + value;
  }
  return mmdb_value(7, members.size(), bytes);
}

// Writes a database with 24-bit records: a binary trie over the address bits, then 16 zero bytes,
// the data, the marker and the metadata.
class DatabaseWriter {
 public:
  DatabaseWriter(std::string type, int ip_version)
      : type_(std::move(type)), ip_version_(ip_version) {}

  void add(const std::string& prefix_text, const std::string& record) {
    const IpPrefix prefix = *parse_prefix(prefix_text);
    IpAddress address = prefix.address;
    int length = prefix.length;
    int begin = 0;
    if (address.is_v4()) {
      address.low &= 0xffff'ffff;  // IPv4 stands at ::/96 in such trees
    }
    if (ip_version_ == 4) {
      begin = 96;
    }
    std::size_t node = 0;
    for (int bit = begin; bit < length; ++bit) {
      const std::uint64_t half = bit < 64 ? address.high : address.low;
      const std::size_t side = half >> (63 - bit % 64) & 1;
      if (bit + 1 == length) {
        nodes_[node][side] = Record{kData, data_.size()};
      } else if (nodes_[node][side].kind != kNode) {
        nodes_.push_back({});
        nodes_[node][side] = Record{kNode, nodes_.size() - 1};
        node = nodes_.size() - 1;
      } else {
        node = nodes_[node][side].value;
      }
    }
    data_ += record;
  }

  [[nodiscard]] std::string bytes() const {
    std::string result;
    for (const auto& node : nodes_) {
      for (const Record& record : node) {
        const std::size_t value = record.kind == kNode   ? record.value
                                  : record.kind == kData ? nodes_.size() + 16 + record.value
                                                         : nodes_.size();
        result += static_cast<char>(value >> 16 & 0xff);
        result += static_cast<char>(value >> 8 & 0xff);
        result += static_cast<char>(value & 0xff);
      }
    }
    result += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    result += mmdb_map({{"binary_format_major_version", mmdb_number(5, 2)},
                        {"binary_format_minor_version", mmdb_number(5, 0)},
                        {"build_epoch", mmdb_number(9, 1'700'000'000)},
                        {"database_type", mmdb_text(type_)},
                        {"description", mmdb_map({{"en", mmdb_text("made by a test")}})},
                        {"ip_version", mmdb_number(5, static_cast<std::uint64_t>(ip_version_))},
                        {"languages", mmdb_value(11, 1, mmdb_text("en"))},
                        {"node_count", mmdb_number(6, nodes_.size())},
                        {"record_size", mmdb_number(5, 24)}});
    return result;
  }

 private:
  enum Kind { kEmpty, kNode, kData };
  struct Record {
    Kind kind = kEmpty;
    std::size_t value = 0;
  };

  std::string type_;
  int ip_version_;
  std::vector<std::array<Record, 2>> nodes_{1};
  std::string data_;
};

class GeoTableTest : public testing::Test {
 protected:
  void TearDown() override {
    for (const std::string& path : paths_) {
      std::remove(path.c_str());
    }
  }

  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path =
        testing::TempDir() + "weir_geo_" + std::to_string(::getpid()) + "_" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    paths_.push_back(path);
    return path;
  }

  Result<GeoTable> open(const std::vector<std::string>& paths) {
    return GeoTable::open(*files_, paths);
  }

  static std::string city_database() {
    DatabaseWriter writer("GeoLite2-City", 6);
    const auto place = [](const char* country, const char* city) {
      return mmdb_map({{"city", mmdb_map({{"names", mmdb_map({{"de", mmdb_text("anders")},
                                                              {"en", mmdb_text(city)}})}})},
                       {"country", mmdb_map({{"geoname_id", mmdb_number(6, 2'921'044)},
                                             {"iso_code", mmdb_text(country)}})}});
    };
    writer.add("81.2.69.0/24", place("GB", "London"));
    writer.add("2.125.160.216/29", place("GB", "Boxford"));
    writer.add("2a02:d000::/32", place("SE", "Link\xc3\xb6ping"));
    writer.add("89.160.20.0/24",
               mmdb_map({{"country", mmdb_map({{"iso_code", mmdb_text("SE")}})}}));
    return writer.bytes();
  }

  static std::string asn_database() {
    DatabaseWriter writer("GeoLite2-ASN", 6);
    writer.add("81.2.69.0/24",
               mmdb_map({{"autonomous_system_number", mmdb_number(6, 20'712)},
                         {"autonomous_system_organization", mmdb_text("Andrews & Arnold Ltd")}}));
    writer.add("2600:1f18::/32",
               mmdb_map({{"autonomous_system_number", mmdb_number(6, 4'200'000'001)},
                         {"autonomous_system_organization", mmdb_text("AMAZON-AES")}}));
    return writer.bytes();
  }

  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::vector<std::string> paths_;
};

IpAddress ip(const char* text) { return *parse_ip(text); }

TEST_F(GeoTableTest, WithoutFilesEverythingIsUnknown) {
  const auto table = open({});
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->empty());
  EXPECT_EQ(table->find(ip("81.2.69.1")).country, "");
}

TEST_F(GeoTableTest, CitiesAndCountries) {
  const auto table = open({write("city.mmdb", city_database())});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_FALSE(table->empty());
  const GeoPlace london = table->find(ip("81.2.69.142"));
  EXPECT_EQ(london.country, "GB");
  EXPECT_EQ(london.city, "London");
  EXPECT_EQ(london.as_number, 0u);
  EXPECT_EQ(london.as_organisation, "");
  EXPECT_EQ(table->find(ip("2.125.160.216")).city, "Boxford");
  EXPECT_EQ(table->find(ip("2.125.160.223")).city, "Boxford");
  EXPECT_EQ(table->find(ip("2.125.160.224")).city, "");
  EXPECT_EQ(table->find(ip("2.125.160.215")).country, "");
  EXPECT_EQ(table->find(ip("2a02:d000::1")).city, "Link\xc3\xb6ping");
  EXPECT_EQ(table->find(ip("2a02:d001::1")).country, "");
  const GeoPlace without_city = table->find(ip("89.160.20.112"));
  EXPECT_EQ(without_city.country, "SE");
  EXPECT_EQ(without_city.city, "");
}

TEST_F(GeoTableTest, SeveralDatabasesCompleteEachOther) {
  const auto table = open({write("asn.mmdb", asn_database()), write("city.mmdb", city_database())});
  ASSERT_TRUE(table) << table.error().message;
  const GeoPlace place = table->find(ip("81.2.69.142"));
  EXPECT_EQ(place.country, "GB");
  EXPECT_EQ(place.city, "London");
  EXPECT_EQ(place.as_number, 20'712u);
  EXPECT_EQ(place.as_organisation, "Andrews & Arnold Ltd");
  EXPECT_EQ(table->find(ip("2600:1f18::9")).as_number, 4'200'000'001u);
}

TEST_F(GeoTableTest, TheFirstDatabaseThatKnowsAPartGivesIt) {
  DatabaseWriter other("DBIP-Country-Lite", 4);
  other.add("81.2.69.0/24", mmdb_map({{"country", mmdb_map({{"iso_code", mmdb_text("IE")}})}}));
  other.add("9.9.9.0/24", mmdb_map({{"country", mmdb_map({{"iso_code", mmdb_text("CH")}})}}));
  const auto table =
      open({write("city.mmdb", city_database()), write("country.mmdb", other.bytes())});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find(ip("81.2.69.1")).country, "GB");
  EXPECT_EQ(table->find(ip("9.9.9.9")).country, "CH");
}

TEST_F(GeoTableTest, FlatRecordsOfOtherMakers) {
  DatabaseWriter ipinfo("ipinfo bundle_location_lite.mmdb", 6);
  ipinfo.add("8.8.8.0/24", mmdb_map({{"as_name", mmdb_text("Google LLC")},
                                     {"asn", mmdb_text("AS15169")},
                                     {"country", mmdb_text("United States")},
                                     {"country_code", mmdb_text("US")}}));
  DatabaseWriter plain("iptoasn-country", 6);
  plain.add("9.9.9.0/24", mmdb_map({{"country_code", mmdb_text("CH")}}));
  const auto table =
      open({write("ipinfo.mmdb", ipinfo.bytes()), write("plain.mmdb", plain.bytes())});
  ASSERT_TRUE(table) << table.error().message;
  const GeoPlace place = table->find(ip("8.8.8.8"));
  EXPECT_EQ(place.country, "US");
  EXPECT_EQ(place.as_number, 15'169u);
  EXPECT_EQ(place.as_organisation, "Google LLC");
  EXPECT_EQ(table->find(ip("9.9.9.9")).country, "CH");
}

TEST_F(GeoTableTest, AnIpv4DatabaseKnowsNoIpv6) {
  DatabaseWriter writer("GeoIP2-Country", 4);
  writer.add("0.0.0.0/1", mmdb_map({{"country", mmdb_map({{"iso_code", mmdb_text("DE")}})}}));
  const auto table = open({write("v4.mmdb", writer.bytes())});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find(ip("10.0.0.1")).country, "DE");
  EXPECT_EQ(table->find(ip("::ffff:10.0.0.1")).country, "DE");
  EXPECT_EQ(table->find(ip("2600::1")).country, "");
}

TEST_F(GeoTableTest, ValuesOfUnexpectedTypesAreUnknown) {
  DatabaseWriter writer("Test-City-ASN", 6);
  writer.add("1.0.0.0/8", mmdb_map({{"country", mmdb_number(6, 7)},
                                    {"city", mmdb_text("Flat")},
                                    {"asn", mmdb_text("ASxyz")}}));
  writer.add("2.0.0.0/8", mmdb_text("no map at all"));
  const auto table = open({write("odd.mmdb", writer.bytes())});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find(ip("1.2.3.4")).country, "");
  EXPECT_EQ(table->find(ip("1.2.3.4")).city, "Flat");
  EXPECT_EQ(table->find(ip("1.2.3.4")).as_number, 0u);
  EXPECT_EQ(table->find(ip("2.2.3.4")).city, "");
}

TEST_F(GeoTableTest, WhatIsNoUsableDatabaseIsRefused) {
  const auto missing = open({"/nonexistent/city.mmdb"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("/nonexistent/city.mmdb"), std::string::npos);

  const auto directory = open({testing::TempDir()});
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message.find("directory"), std::string::npos);

  for (const auto& [name, bytes] :
       {std::pair<std::string, std::string>("empty.mmdb", ""),
        std::pair<std::string, std::string>("text.mmdb", "version account-id interface-id\n"),
        std::pair<std::string, std::string>("zeros.mmdb", std::string(5000, '\0'))}) {
    const std::string path = write(name, bytes);
    const auto table = open({path});
    ASSERT_FALSE(table) << name;
    EXPECT_NE(table.error().message.find(path), std::string::npos) << table.error().message;
    EXPECT_NE(table.error().message.find(".mmdb file"), std::string::npos);
  }

  DatabaseWriter connection("GeoIP2-Connection-Type", 6);
  connection.add("1.0.0.0/8", mmdb_map({{"connection_type", mmdb_text("Cable/DSL")}}));
  const auto other = open({write("connection.mmdb", connection.bytes())});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("'GeoIP2-Connection-Type'"), std::string::npos)
      << other.error().message;
}

// Damage must give an error or an unknown place, never a crash: run under ASan.
TEST_F(GeoTableTest, DamagedFilesDoNoHarm) {
  const std::string whole = city_database();
  const std::string path = write("damaged.mmdb", whole);
  const auto look = [&] {
    const auto table = open({path});
    if (table) {
      for (const char* address : {"81.2.69.142", "2.125.160.217", "2a02:d000::1", "0.0.0.0",
                                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
        const GeoPlace place = table->find(ip(address));
        EXPECT_LE(place.country.size() + place.city.size(), whole.size());
      }
    }
    return table.has_value();
  };
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    EXPECT_FALSE(look()) << "cut to " << size << " of " << whole.size();
  }
  for (std::size_t begin = 1; begin < whole.size(); begin += 7) {
    std::ofstream(path, std::ios::binary) << whole.substr(begin);
    look();
  }
  constexpr std::uint64_t kSeed = 2;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  for (int round = 0; round < 1'500; ++round) {
    std::string damaged = whole;
    for (std::uint64_t flips = 1 + random.next() % 4; flips > 0; --flips) {
      damaged[random.next() % damaged.size()] = static_cast<char>(random.next());
    }
    std::ofstream(path, std::ios::binary) << damaged;
    look();
  }
}

}  // namespace
}  // namespace weir::flow
