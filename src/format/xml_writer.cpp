#include "format/xml_writer.h"

#include <cassert>

#include "format/utf8.h"

namespace weir::format {

void XmlWriter::end_start_tag() {
  if (is_start_open_) {
    out_ += '>';
    is_start_open_ = false;
  }
}

void XmlWriter::open(std::string_view name, std::string_view xmlns) {
  end_start_tag();
  out_ += '<';
  out_ += name;
  if (!xmlns.empty()) {
    out_ += " xmlns=\"";
    out_ += xmlns;
    out_ += '"';
  }
  open_.emplace_back(name);
  is_start_open_ = true;
}

void XmlWriter::close() {
  assert(!open_.empty());
  if (is_start_open_) {
    out_ += "/>";
    is_start_open_ = false;
  } else {
    out_ += "</";
    out_ += open_.back();
    out_ += '>';
  }
  open_.pop_back();
}

void XmlWriter::text(std::string_view text) {
  if (text.empty()) {
    return;
  }
  end_start_tag();
  std::string room;
  for (const char c : valid_utf8(text, room)) {
    switch (c) {
      case '&':
        out_ += "&amp;";
        break;
      case '<':
        out_ += "&lt;";
        break;
      case '>':
        out_ += "&gt;";
        break;
      case '"':
        out_ += "&quot;";
        break;
      case '\r':
        out_ += "&#13;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          out_ += "\xef\xbf\xbd";
        } else {
          out_ += c;
        }
    }
  }
}

void XmlWriter::element(std::string_view name, std::string_view value) {
  open(name);
  text(value);
  close();
}

}  // namespace weir::format
