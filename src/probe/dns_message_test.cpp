#include "probe/dns_message.h"

#include <gtest/gtest.h>

#include <tuple>

#include "base/random.h"

namespace weir::probe {
namespace {

using Message = std::vector<std::uint8_t>;

void append_number(Message& message, std::uint64_t value, int num_bytes) {
  for (int i = num_bytes - 1; i >= 0; --i) {
    message.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

// An answer to a query: a CNAME of 300 s, then addresses of 60 s, names compressed.
Message answer_to(const Message& query, const std::vector<std::uint32_t>& addresses) {
  Message message = query;
  message[2] = 0x81;
  message[3] = 0x80;
  message[7] = static_cast<std::uint8_t>(addresses.size() + 1);
  append_number(message, 0xc00c, 2);
  append_number(message, 5, 2);
  append_number(message, 1, 2);
  append_number(message, 300, 4);
  append_number(message, 2, 2);
  append_number(message, 0xc00c, 2);
  for (const std::uint32_t address : addresses) {
    append_number(message, 0xc00c, 2);
    append_number(message, 1, 2);
    append_number(message, 1, 2);
    append_number(message, 60, 4);
    append_number(message, 4, 2);
    append_number(message, address, 4);
  }
  return message;
}

TEST(DnsMessage, QueryOfRfc1035) {
  const auto query = write_dns_query("db.internal.", DnsType::kA, 0x1234);
  ASSERT_TRUE(query);
  const Message wanted = {0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,   0, 0, 0, 2, 'd', 'b',
                          8,    'i',  'n', 't', 'e', 'r', 'n', 'a', 'l', 0, 0, 1, 0, 1};
  EXPECT_EQ(*query, wanted);
  for (const char* name : {"", ".", "a..b", "sp ace", "x\ny", "-a.b/", "."}) {
    EXPECT_FALSE(write_dns_query(name, DnsType::kA, 1)) << name;
  }
  EXPECT_FALSE(write_dns_query(std::string(64, 'a'), DnsType::kA, 1));
  EXPECT_FALSE(write_dns_query(std::string(254, 'a'), DnsType::kA, 1));
}

TEST(DnsMessage, AnswerWithItsSmallestTtl) {
  const auto query = *write_dns_query("db.internal", DnsType::kA, 7);
  const auto answer =
      read_dns_answer(answer_to(query, {0x0a000005, 0x0a000006}), query, DnsType::kA);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->addresses.size(), 2U);
  EXPECT_EQ(to_string(answer->addresses[0]), "10.0.0.5");
  EXPECT_EQ(answer->ttl_s, 60U);
  EXPECT_EQ(answer->num_records, 3U);
  for (const auto& [name, type, id] :
       {std::tuple("db.internal", DnsType::kA, 8), std::tuple("da.internal", DnsType::kA, 7),
        std::tuple("db.internal", DnsType::kAaaa, 7), std::tuple("b.internal", DnsType::kA, 7)}) {
    const auto other = *write_dns_query(name, type, static_cast<std::uint16_t>(id));
    EXPECT_FALSE(read_dns_answer(answer_to(other, {1}), query, DnsType::kA)) << name << " " << id;
  }
  EXPECT_TRUE(read_dns_answer(answer_to(*write_dns_query("DB.internal", DnsType::kA, 7), {1}),
                              query, DnsType::kA))
      << "names do not know upper from lower";
  EXPECT_FALSE(read_dns_answer(query, query, DnsType::kA)) << "a query is no answer";
  const auto none = read_dns_answer(answer_to(query, {}), query, DnsType::kA);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->addresses.empty());
}

TEST(DnsMessage, CutAndRandomBytesAreRefusedQuietly) {
  const auto query = *write_dns_query("db.internal", DnsType::kA, 7);
  const auto whole = answer_to(query, {0x0a000005});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_dns_answer(std::span(whole).first(size), query, DnsType::kA)) << size;
  }
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    Message bytes = whole;
    for (int flips = 0; flips < 4; ++flips) {
      bytes[2 + random.below(bytes.size() - 2)] = static_cast<std::uint8_t>(random.next());
    }
    (void)read_dns_answer(bytes, query, DnsType::kA);
  }
}

}  // namespace
}  // namespace weir::probe
