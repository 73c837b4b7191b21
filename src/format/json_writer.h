#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::format {

// Writes JSON into a string, no DOM. Keys and values must come in a legal order (asserted).
// Non-finite doubles are written as null; invalid UTF-8 is repaired with U+FFFD. Not thread-safe.
class JsonWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit JsonWriter(std::string& out);
  ~JsonWriter();

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  void string(std::string_view value);
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void number(double value);
  void boolean(bool value);
  void null();
  // Starts over for the next document, keeping `out` as it is.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::format
