// Answers of name servers: any bytes are read to their end without harm, what is taken as an answer
// has the query's id and question, and holds no more records than its bytes have room for.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "probe/dns_message.h"

namespace {

using namespace weir::probe;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The id of the seeds, so that bytes behind it are read as well.
  constexpr std::uint16_t kId = 0x1234;
  constexpr std::size_t kLeastRecordBytes = 11;
  const std::span<const std::uint8_t> bytes(data, size);
  for (const DnsType type : {DnsType::kA, DnsType::kAaaa, DnsType::kMx}) {
    const auto query = write_dns_query("db.internal", type, kId);
    require(query.has_value());
    const auto answer = read_dns_answer(bytes, *query, type);
    if (!answer) {
      continue;
    }
    require(size >= query->size() && data[0] == 0x12 && data[1] == 0x34 && (data[2] & 0x80) != 0);
    require(answer->code < 16);
    require(answer->num_records * kLeastRecordBytes + query->size() <= size);
    require(answer->addresses.size() <= answer->num_records);
    require(type != DnsType::kMx || answer->addresses.empty());
  }
  return 0;
}
