#pragma once

#include <cstddef>
#include <string_view>

namespace weir::flowlog {

// Cuts a stream of JSON objects into single ones: concatenated with or without newlines between
// them, elements of arrays at the top, or mixed with plain lines. It looks at brackets and quotes
// only; whether an object is valid is its reader's business. An object that never closes costs its
// first line, not the rest of the stream. Hardened against untrusted input. Not thread-safe.
class JsonSplitter {
 public:
  enum class Kind {
    kObject,
    kLine,     // plain text up to a newline
    kBad,      // the begin of an object that does not close
    kPartial,  // more bytes are needed: call again with the same front and more behind it
    kEnd,      // nothing but separators is left
  };
  struct Item {
    Kind kind = Kind::kEnd;
    std::size_t begin = 0;
    std::size_t end = 0;  // what was looked at and can be dropped ends here
  };
  // The first item of `text`. `is_last`: nothing will come behind it (or more than can be held).
  [[nodiscard]] Item next(std::string_view text, bool is_last);

 private:
  // Past so many objects that never close, each has to do so within its line: the search for their
  // ends would otherwise cost the square of the input.
  static constexpr int kMaxUnclosed = 8;
  int num_unclosed_ = 0;
};

}  // namespace weir::flowlog
