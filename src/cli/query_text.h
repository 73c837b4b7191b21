#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::cli {

// The text of a query and what of it the user wrote. A command such as top makes SQL around its
// options; errors and warnings point at what was written, never at what was made.
class QueryText {
 public:
  QueryText() = default;
  // Written by the user as it stands.
  [[nodiscard]] static QueryText written(std::string text);
  // Made by a command.
  [[nodiscard]] static QueryText made(std::string text);

  void add(std::string_view text) { text_ += text; }
  // Adds the value of an option, `shown` where it stands in the SQL in another form.
  void add_option(std::string_view option, std::string_view sql, std::string_view shown);

  [[nodiscard]] const std::string& text() const { return text_; }
  // The lines that show a place; nullopt where it lies in nothing that the user wrote.
  [[nodiscard]] std::optional<std::string> point_at(TextSpan span) const;

 private:
  struct Part {
    TextSpan span;       // in text_
    std::string option;  // "": the query itself
    std::string shown;
  };

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace weir::cli
