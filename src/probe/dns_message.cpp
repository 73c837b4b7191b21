#include "probe/dns_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "probe/socket_address.h"

namespace weir::probe {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kCname = 5;

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_good() const { return is_good_; }
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size()) {
      is_good_ = false;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::uint32_t number(std::size_t num_bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : take(num_bytes)) {
      value = value << 8 | byte;
    }
    return value;
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }
  // A name is passed over: labels, then a zero or a pointer.
  void skip_name() {
    while (is_good_) {
      const std::uint32_t length = number(1);
      if (length == 0) {
        return;
      }
      if (length >= 0xc0) {
        (void)take(1);
        return;
      }
      is_good_ = is_good_ && length < 0x40;
      (void)take(length);
    }
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool is_good_ = true;
};

constexpr std::array<std::pair<std::string_view, DnsType>, 10> kTypes = {
    {{"A", DnsType::kA},
     {"NS", DnsType::kNs},
     {"CNAME", DnsType::kCname},
     {"SOA", DnsType::kSoa},
     {"PTR", DnsType::kPtr},
     {"MX", DnsType::kMx},
     {"TXT", DnsType::kTxt},
     {"AAAA", DnsType::kAaaa},
     {"SRV", DnsType::kSrv},
     {"HTTPS", DnsType::kHttps}}};

std::uint8_t lower(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

// Whether the question that `reader` stands at is the query's; names do not know upper from lower.
bool has_question(const Reader& reader, std::span<const std::uint8_t> query) {
  const auto question = query.subspan(std::min(kHeaderBytes, query.size()));
  const auto bytes = reader.rest();
  return !question.empty() && bytes.size() >= question.size() &&
         std::equal(question.begin(), question.end(), bytes.begin(),
                    [](std::uint8_t a, std::uint8_t b) { return lower(a) == lower(b); });
}

}  // namespace

std::optional<DnsType> parse_dns_type(std::string_view text) {
  for (const auto& [name, type] : kTypes) {
    if (name.size() == text.size() &&
        std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) {
          return lower(static_cast<std::uint8_t>(a)) == lower(static_cast<std::uint8_t>(b));
        })) {
      return type;
    }
  }
  return std::nullopt;
}

Result<std::vector<std::uint8_t>> write_dns_query(std::string_view name, DnsType type,
                                                  std::uint16_t id) {
  const auto refuse = [&] {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no host name", name.substr(0, 300)));
  };
  std::string_view rest = name;
  if (rest.ends_with('.')) {
    rest.remove_suffix(1);
  }
  if (rest.empty() || rest.size() > 253) {
    return refuse();
  }
  std::vector<std::uint8_t> out = {static_cast<std::uint8_t>(id >> 8),
                                   static_cast<std::uint8_t>(id),
                                   1,  // recursion desired
                                   0,
                                   0,
                                   1,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0};
  for (bool is_last = false; !is_last;) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view label = rest.substr(0, dot);
    const bool is_plain = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    });
    if (label.empty() || label.size() > 63 || !is_plain) {
      return refuse();
    }
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
    is_last = dot == rest.size();
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  const auto number = static_cast<std::uint16_t>(type);
  out.insert(out.end(),
             {0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 0, 1});
  return out;
}

Result<DnsAnswer> read_dns_answer(std::span<const std::uint8_t> bytes,
                                  std::span<const std::uint8_t> query, DnsType type) {
  Reader reader(bytes);
  const std::uint32_t id = Reader(query).number(2);
  const std::uint32_t answered_id = reader.number(2);
  const std::uint32_t flags = reader.number(2);
  const std::uint32_t num_questions = reader.number(2);
  const std::uint32_t num_answers = reader.number(2);
  (void)reader.take(4);
  if (!reader.is_good() || answered_id != id || (flags & 0x8000) == 0 || num_questions != 1 ||
      !has_question(reader, query)) {
    return fail(ErrorCode::kInput, "no answer to this DNS query");
  }
  DnsAnswer answer;
  answer.code = static_cast<std::uint8_t>(flags & 15);
  answer.is_cut = (flags & 0x0200) != 0;
  (void)reader.take(query.size() - kHeaderBytes);
  std::uint32_t ttl = UINT32_MAX;
  for (std::uint32_t i = 0; i < num_answers && reader.is_good(); ++i) {
    reader.skip_name();
    const std::uint32_t record_type = reader.number(2);
    (void)reader.number(2);
    const std::uint32_t record_ttl = reader.number(4);
    const auto data = reader.take(reader.number(2));
    if (!reader.is_good()) {
      break;
    }
    ++answer.num_records;
    const bool is_address = record_type == static_cast<std::uint32_t>(type) &&
                            (type == DnsType::kA || type == DnsType::kAaaa);
    if (is_address && data.size() == (type == DnsType::kA ? 4U : 16U)) {
      answer.addresses.push_back(type == DnsType::kA
                                     ? IpAddress::from_v4(std::uint32_t{data[0]} << 24 |
                                                          std::uint32_t{data[1]} << 16 |
                                                          std::uint32_t{data[2]} << 8 | data[3])
                                     : from_v6_bytes(data.data()));
    }
    if (is_address || record_type == kCname) {
      ttl = std::min(ttl, record_ttl);
    }
  }
  if (!reader.is_good() && !answer.is_cut) {
    return fail(ErrorCode::kInput, "a DNS answer that ends too soon");
  }
  answer.ttl_s = answer.addresses.empty() ? 0 : ttl;
  return answer;
}

}  // namespace weir::probe
