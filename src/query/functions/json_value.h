#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column/value.h"

namespace weir::query {

// Reads values out of JSON texts, as Logs Insights shows them: texts bare, numbers as they are
// written in shortest form, true and false as 1 and 0, lists and objects as JSON; null is absent.
// Keeps its memory from text to text. One a thread. Hardened against untrusted input: what is no
// JSON, or nests deeper than 64, has no values.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // The value at `path`, members and places as in a.b[0].c; a member's name may hold dots itself,
  // the longest that fits is taken.
  [[nodiscard]] std::optional<std::string> find(std::string_view text, std::string_view path);
  // Appends the elements of a list; of anything else the text as it is, of null nothing.
  void read_elements(std::string_view text, std::vector<column::Value>& elements);
  // The text without blanks between its tokens; nullopt where it is no JSON.
  [[nodiscard]] std::optional<std::string> normalise(std::string_view text);
  // The names of all members that are no objects, as a.b[0].c, at most `limit` of them.
  void read_names(std::string_view text, std::size_t limit, std::vector<std::string>& names);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::query
