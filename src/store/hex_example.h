#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <string>

namespace weir::store {

// Bytes of the block "```hex" of a page: two digits a byte, what follows a '#' is a comment. Tests
// decode it, so that the page stays true.
inline std::string hex_example(const std::string& page) {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/" + page);
  EXPECT_TRUE(file.good()) << page;
  std::string bytes;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      is_inside = line == "```hex";
      continue;
    }
    std::string digits;
    for (const char c : line.substr(0, line.find('#'))) {
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
        digits += c;
      }
    }
    for (std::size_t i = 0; is_inside && i + 1 < digits.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
  }
  EXPECT_FALSE(bytes.empty()) << page;
  return bytes;
}

}  // namespace weir::store
