#include "format/json_writer.h"

#include <rapidjson/writer.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "format/utf8.h"

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
