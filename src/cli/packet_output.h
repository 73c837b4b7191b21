#pragma once

#include <string>
#include <string_view>

#include "cli/environment.h"
#include "format/json_writer.h"

namespace weir::cli {

// Collects what a packet command says and writes it piece by piece: lines, JSON lines, or one JSON
// array.
class DocumentWriter {
 public:
  DocumentWriter(std::string_view format, Environment& environment)
      : environment_(environment), json_(text_), is_array_(format == "json") {
    text_ = is_array_ ? "[" : "";
  }

  // For lines.
  [[nodiscard]] std::string& text() { return text_; }
  // For the next JSON object.
  [[nodiscard]] format::JsonWriter& next_document() {
    if (has_document_) {
      text_ += is_array_ ? ",\n" : "\n";
    }
    has_document_ = true;
    json_.reset();
    return json_;
  }
  void flush_if_large() {
    if (text_.size() > kFlushBytes) {
      flush();
    }
  }
  // Writes what there is now, whole lines.
  void flush() {
    if (!is_array_ && has_document_) {
      text_ += '\n';
      has_document_ = false;
    }
    if (!text_.empty()) {
      is_open_ = is_open_ && environment_.write(text_);
      text_.clear();
    }
  }
  // Somebody still reads.
  [[nodiscard]] bool is_open() const { return is_open_; }
  // Ends the document; the exit code of writing.
  [[nodiscard]] int finish() {
    text_ += is_array_ ? "]\n" : "";
    flush();
    return is_open_ ? kExitDone : environment_.write_failure();
  }

 private:
  static constexpr std::size_t kFlushBytes = 64 * 1024;

  Environment& environment_;
  std::string text_;
  format::JsonWriter json_;
  bool is_array_;
  bool has_document_ = false;
  bool is_open_ = true;
};

}  // namespace weir::cli
