#include "format/json_writer.h"

#include <rapidjson/writer.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace weir::format {
namespace {

// The stream that RapidJSON writes to: the caller's string.
struct JsonTarget {
  using Ch = char;
  std::string* out;
  void Put(char c) { out->push_back(c); }
  void Flush() {}
};

// RapidJSON's Writer with two ways in that its public face lacks: text that is known to need no
// escape and numbers that are formatted already, both copied at once instead of byte by byte.
class JsonTargetWriter : public rapidjson::Writer<JsonTarget> {
 public:
  using rapidjson::Writer<JsonTarget>::Writer;

  void write_plain_string(std::string_view text) {
    Prefix(rapidjson::kStringType);
    std::string& out = *os_->out;
    out.push_back('"');
    out.append(text);
    out.push_back('"');
    EndValue(true);
  }
  void write_number(std::string_view text) {
    Prefix(rapidjson::kNumberType);
    os_->out->append(text);
    EndValue(true);
  }
};

bool is_plain_ascii(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') {
      return false;
    }
  }
  return true;
}

// Length of the well-formed UTF-8 sequence at the front of `text`, or 0; then `bad` is the length
// of the part to replace by one U+FFFD (maximal subpart, Unicode 15 section 3.9).
std::size_t utf8_sequence(std::string_view text, std::size_t& bad) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  bad = 1;
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) {
      bad = i;
      return 0;
    }
  }
  return length;
}

// `text` where it is valid UTF-8, else a repaired copy in `room`.
std::string_view valid_utf8(std::string_view text, std::string& room) {
  bool is_repaired = false;
  std::size_t kept = 0;  // bytes of `text` in `room` already, or not in need of it
  for (std::size_t at = 0; at < text.size();) {
    std::size_t bad = 1;
    const std::size_t length = utf8_sequence(text.substr(at), bad);
    if (length > 0) {
      at += length;
      continue;
    }
    if (!is_repaired) {
      room.clear();
      is_repaired = true;
    }
    room.append(text.substr(kept, at - kept));
    room.append("\xef\xbf\xbd");
    at += bad;
    kept = at;
  }
  if (!is_repaired) {
    return text;
  }
  room.append(text.substr(kept));
  return room;
}

}  // namespace

struct JsonWriter::Impl {
  explicit Impl(std::string& out) : target{&out}, writer(target) {}

  void text(std::string_view value) {
    if (is_plain_ascii(value)) {
      writer.write_plain_string(value);
      return;
    }
    const std::string_view valid = valid_utf8(value, repaired);
    writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }

  JsonTarget target;
  JsonTargetWriter writer;
  std::string repaired;
};

JsonWriter::JsonWriter(std::string& out) : impl_(std::make_unique<Impl>(out)) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::begin_object() { impl_->writer.StartObject(); }
void JsonWriter::end_object() { impl_->writer.EndObject(); }
void JsonWriter::begin_array() { impl_->writer.StartArray(); }
void JsonWriter::end_array() { impl_->writer.EndArray(); }
void JsonWriter::key(std::string_view name) { impl_->text(name); }
void JsonWriter::string(std::string_view value) { impl_->text(value); }
void JsonWriter::integer(std::int64_t value) { impl_->writer.Int64(value); }
void JsonWriter::unsigned_integer(std::uint64_t value) { impl_->writer.Uint64(value); }
void JsonWriter::boolean(bool value) { impl_->writer.Bool(value); }
void JsonWriter::null() { impl_->writer.Null(); }
void JsonWriter::reset() { impl_->writer.Reset(impl_->target); }

void JsonWriter::number(double value) {
  // Writer::Double would fail behind the comma that it has written, and leave broken JSON.
  if (!std::isfinite(value)) {
    null();
    return;
  }
  // As JavaScript writes numbers: no exponent between 10^-6 and 10^21, integers without a point.
  const double magnitude = std::fabs(value);
  const bool is_fixed = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
  std::array<char, 64> text{};
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), value,
                    is_fixed ? std::chars_format::fixed : std::chars_format::scientific);
  impl_->writer.write_number({text.data(), static_cast<std::size_t>(result.ptr - text.data())});
}

}  // namespace weir::format
