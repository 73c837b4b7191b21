#include "query/lookup_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "column/memory_table.h"

namespace weir::query {
namespace {

constexpr std::size_t kMaxLookupBytes = 10'000'000;
constexpr std::size_t kMaxLookupColumns = 1'000;

// Cuts CSV into records, one a call.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  [[nodiscard]] std::size_t line() const { return line_; }  // of the record read last

  Result<std::vector<std::string>> next() {
    line_ = next_line_;
    std::vector<std::string> fields;
    for (;;) {
      WEIR_ASSIGN_OR_RETURN(std::string field, read_field());
      fields.push_back(std::move(field));
      if (fields.size() > kMaxLookupColumns) {
        return fail(ErrorCode::kLimit, fmt::format("line {}: a lookup table has at most {} columns",
                                                   line_, kMaxLookupColumns));
      }
      if (rest_.empty()) {
        return fields;
      }
      const char separator = rest_[0];
      if (separator == ',') {
        rest_.remove_prefix(1);
        continue;
      }
      rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
      ++next_line_;
      return fields;
    }
  }

 private:
  Result<std::string> read_field() {
    if (!rest_.starts_with('"')) {
      const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
      std::string field(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return field;
    }
    rest_.remove_prefix(1);
    std::string field;
    for (;;) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) {
        return fail(ErrorCode::kInput,
                    fmt::format("line {}: a quoted value never ends; close it with \"", line_));
      }
      field += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) {
        break;
      }
      field += '"';  // two stand for one
      rest_.remove_prefix(1);
    }
    next_line_ += static_cast<std::size_t>(std::count(field.begin(), field.end(), '\n'));
    if (!rest_.empty() && std::string_view(",\r\n").find(rest_[0]) == std::string_view::npos) {
      return fail(ErrorCode::kInput,
                  fmt::format("line {}: a comma is missing behind a quoted value", line_));
    }
    return field;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

}  // namespace

Result<std::shared_ptr<column::Table>> read_lookup_table(std::string_view csv) {
  if (csv.size() > kMaxLookupBytes) {
    return fail(ErrorCode::kLimit,
                fmt::format("a lookup table has at most {} bytes", kMaxLookupBytes));
  }
  if (csv.starts_with("\xef\xbb\xbf")) {
    csv.remove_prefix(3);
  }
  if (csv.empty()) {
    return fail(ErrorCode::kInput, "the lookup table is empty: its first line names the columns");
  }
  CsvReader reader(csv);
  WEIR_ASSIGN_OR_RETURN(const std::vector<std::string> names, reader.next());
  column::Schema schema;
  for (const std::string& name : names) {
    const bool is_known = std::any_of(schema.begin(), schema.end(),
                                      [&](const auto& field) { return field.name == name; });
    if (name.empty() || is_known) {
      return fail(ErrorCode::kInput,
                  name.empty() ? std::string("line 1: a column has no name")
                               : fmt::format("line 1: two columns are called '{}'", name));
    }
    schema.push_back({name, column::Type::kString});
  }
  std::vector<std::vector<column::Value>> rows;
  while (!reader.is_at_end()) {
    WEIR_ASSIGN_OR_RETURN(std::vector<std::string> fields, reader.next());
    if (fields.size() == 1 && fields[0].empty() && schema.size() > 1) {
      continue;  // an empty line
    }
    if (fields.size() != schema.size()) {
      return fail(ErrorCode::kInput, fmt::format("line {}: {} values where line 1 names {} columns",
                                                 reader.line(), fields.size(), schema.size()));
    }
    std::vector<column::Value>& row = rows.emplace_back();
    for (std::string& field : fields) {
      row.push_back(column::Value::of_string(std::move(field)));
    }
  }
  return std::shared_ptr<column::Table>(column::MemoryTable::from_rows(std::move(schema), rows));
}

}  // namespace weir::query
