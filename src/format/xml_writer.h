#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::format {

// Writes XML into a string, elements and text alone. Names are trusted; text is escaped, invalid
// UTF-8 and characters that XML 1.0 has no way to say become U+FFFD. Not thread-safe.
class XmlWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit XmlWriter(std::string& out) : out_(out) {}

  void open(std::string_view name) { open(name, {}); }
  // With a default namespace.
  void open(std::string_view name, std::string_view xmlns);
  // An element that holds nothing is written as <name/>.
  void close();
  void text(std::string_view text);
  void element(std::string_view name, std::string_view text);

 private:
  void end_start_tag();

  std::string& out_;
  std::vector<std::string> open_;
  bool is_start_open_ = false;
};

}  // namespace weir::format
