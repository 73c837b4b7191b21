#include "cli/row_writer.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/cell.h"
#include "format/json_writer.h"

namespace weir::cli {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;

// Takes finished bytes; false once the reader has gone away.
using Output = std::function<Result<bool>(std::string_view bytes)>;

// What the writers share: a buffer on its way out.
class BufferedRowWriter : public RowWriter {
 public:
  BufferedRowWriter(Output output, const RowWriterOptions& options)
      : options_(options), output_(std::move(output)) {}

  Result<void> start(const column::Schema& schema) override {
    schema_ = schema;
    begin();
    return {};
  }
  Result<bool> write(const column::Batch& batch) override {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      write_row(batch, row);
      if (buffer_.size() >= kFlushBytes) {
        WEIR_ASSIGN_OR_RETURN(const bool is_open, flush());
        if (!is_open) {
          return false;
        }
      }
    }
    return true;
  }
  Result<bool> finish() override {
    end();
    return flush();
  }

 protected:
  virtual void begin() = 0;
  virtual void write_row(const column::Batch& batch, std::size_t row) = 0;
  virtual void end() {}

  [[nodiscard]] Result<bool> flush() {
    auto is_open = output_(buffer_);
    buffer_.clear();
    return is_open;
  }

  RowWriterOptions options_;
  column::Schema schema_;
  std::string buffer_;

 private:
  Output output_;
};

class CsvWriter final : public BufferedRowWriter {
 public:
  using BufferedRowWriter::BufferedRowWriter;

 private:
  void begin() override {
    if (!options_.has_header) {
      return;
    }
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      buffer_ += i > 0 ? "," : "";
      append_quoted(schema_[i].name);
    }
    buffer_ += "\r\n";  // RFC 4180
  }
  void write_row(const column::Batch& batch, std::size_t row) override {
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      buffer_ += i > 0 ? "," : "";
      const auto& column = batch.columns[i];
      if (column.is_null(row)) {
        continue;
      }
      if (column.type() == column::Type::kString) {
        append_quoted(column.data<std::string_view>()[column.is_constant() ? 0 : row]);
      } else {
        append_cell(column, row, options_.time_style, buffer_);
      }
    }
    buffer_ += "\r\n";
  }
  void append_quoted(std::string_view text) {
    // An empty string is quoted, so that it differs from null.
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      buffer_ += text;
      return;
    }
    buffer_ += '"';
    for (const char c : text) {
      buffer_ += c;
      if (c == '"') {
        buffer_ += '"';
      }
    }
    buffer_ += '"';
  }
};

class TsvWriter final : public BufferedRowWriter {
 public:
  using BufferedRowWriter::BufferedRowWriter;

 private:
  void begin() override {
    if (!options_.has_header) {
      return;
    }
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      buffer_ += i > 0 ? "\t" : "";
      append_escaped(schema_[i].name);
    }
    buffer_ += '\n';
  }
  void write_row(const column::Batch& batch, std::size_t row) override {
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      buffer_ += i > 0 ? "\t" : "";
      const auto& column = batch.columns[i];
      if (column.is_null(row)) {
        continue;
      }
      if (column.type() == column::Type::kString) {
        append_escaped(column.data<std::string_view>()[column.is_constant() ? 0 : row]);
      } else {
        append_cell(column, row, options_.time_style, buffer_);
      }
    }
    buffer_ += '\n';
  }
  void append_escaped(std::string_view text) {
    for (const char c : text) {
      switch (c) {
        case '\t':
          buffer_ += "\\t";
          break;
        case '\n':
          buffer_ += "\\n";
          break;
        case '\r':
          buffer_ += "\\r";
          break;
        case '\\':
          buffer_ += "\\\\";
          break;
        default:
          buffer_ += c;
      }
    }
  }
};

class MarkdownWriter final : public BufferedRowWriter {
 public:
  using BufferedRowWriter::BufferedRowWriter;

 private:
  void begin() override {
    buffer_ += '|';
    for (const auto& field : schema_) {
      buffer_ += ' ';
      append_escaped(field.name);
      buffer_ += " |";
    }
    buffer_ += "\n|";
    for (const auto& field : schema_) {
      const bool is_right =
          field.type == column::Type::kInt64 || field.type == column::Type::kDouble;
      buffer_ += is_right ? "---:|" : "---|";
    }
    buffer_ += '\n';
  }
  void write_row(const column::Batch& batch, std::size_t row) override {
    buffer_ += '|';
    for (const auto& column : batch.columns) {
      buffer_ += ' ';
      if (!column.is_null(row)) {
        cell_.clear();
        append_cell(column, row, options_.time_style, cell_);
        append_escaped(cell_);
      }
      buffer_ += " |";
    }
    buffer_ += '\n';
  }
  void append_escaped(std::string_view text) {
    printable_.clear();
    append_printable(text, printable_);
    for (const char c : printable_) {
      if (c == '|' || c == '\\' || c == '<') {
        buffer_ += '\\';
      }
      buffer_ += c;
    }
  }
  std::string cell_;
  std::string printable_;
};

// One array of objects, or one object a line.
class JsonRowWriter final : public BufferedRowWriter {
 public:
  JsonRowWriter(Output output, const RowWriterOptions& options, bool is_lines)
      : BufferedRowWriter(std::move(output), options), is_lines_(is_lines), json_(buffer_) {}

 private:
  void begin() override {
    // An object holds a key once: a second column of the same name gets a number behind it.
    std::set<std::string> taken;
    for (const auto& field : schema_) {
      std::string key = field.name;
      for (int copy = 2; !taken.insert(key).second; ++copy) {
        key = field.name + "_" + std::to_string(copy);
      }
      keys_.push_back(std::move(key));
    }
    if (!is_lines_) {
      buffer_ += '[';
    }
  }
  void write_row(const column::Batch& batch, std::size_t row) override {
    if (!is_lines_) {
      buffer_ += is_first_ ? "\n" : ",\n";
    }
    is_first_ = false;
    json_.reset();
    json_.begin_object();
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      json_.key(keys_[i]);
      write_cell(batch.columns[i], row);
    }
    json_.end_object();
    if (is_lines_) {
      buffer_ += '\n';
    }
  }
  void write_cell(const column::Column& column, std::size_t row) {
    if (column.is_null(row)) {
      json_.null();
      return;
    }
    const std::size_t i = column.is_constant() ? 0 : row;
    switch (column.type()) {
      case column::Type::kBool:
        json_.boolean(column.data<std::uint8_t>()[i] != 0);
        return;
      case column::Type::kInt64:
        json_.integer(column.data<std::int64_t>()[i]);
        return;
      case column::Type::kDouble:
        json_.number(column.data<double>()[i]);
        return;
      case column::Type::kInterval:
        json_.number(static_cast<double>(column.data<std::int64_t>()[i]) / 1000);
        return;
      case column::Type::kString:
        json_.string(column.data<std::string_view>()[i]);
        return;
      default:
        cell_.clear();
        append_cell(column, row, options_.time_style, cell_);
        json_.string(cell_);
    }
  }
  void end() override {
    if (!is_lines_) {
      buffer_ += is_first_ ? "]\n" : "\n]\n";
    }
  }

  bool is_lines_;
  bool is_first_ = true;
  std::vector<std::string> keys_;
  std::string cell_;
  format::JsonWriter json_;
};

// Aligned columns. Widths come from the first rows; later rows that are wider push their line out
// rather than lose text (only a terminal's edge cuts).
class TableWriter final : public BufferedRowWriter {
 public:
  using BufferedRowWriter::BufferedRowWriter;

 private:
  static constexpr std::size_t kMeasuredRows = 5'000;

  void begin() override {
    for (const auto& field : schema_) {
      std::string name;
      append_printable(field.name, name);
      widths_.push_back(display_width(name));
      is_right_.push_back(field.type == column::Type::kInt64 ||
                          field.type == column::Type::kDouble);
      header_.push_back(std::move(name));
    }
  }
  void write_row(const column::Batch& batch, std::size_t row) override {
    std::vector<std::string> cells(batch.columns.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (batch.columns[i].is_null(row)) {
        cells[i] = "-";
        continue;
      }
      cell_.clear();
      append_cell(batch.columns[i], row, options_.time_style, cell_);
      append_printable(cell_, cells[i]);
    }
    if (is_measured_) {
      write_line(cells, false);
      return;
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], display_width(cells[i]));
    }
    held_.push_back(std::move(cells));
    if (held_.size() >= kMeasuredRows) {
      release();
    }
  }
  void end() override {
    if (!is_measured_) {
      release();
    }
  }
  void release() {
    is_measured_ = true;
    if (options_.has_header) {
      write_line(header_, true);
    }
    for (const auto& cells : held_) {
      write_line(cells, false);
    }
    held_.clear();
  }
  void write_line(const std::vector<std::string>& cells, bool is_header) {
    line_.clear();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t width = display_width(cells[i]);
      const std::size_t padding = widths_[i] > width ? widths_[i] - width : 0;
      line_ += i > 0 ? "  " : "";
      if (is_right_[i]) {
        line_.append(padding, ' ');
      }
      line_ += cells[i];
      if (!is_right_[i] && i + 1 < cells.size()) {
        line_.append(padding, ' ');
      }
    }
    cut_to_terminal();
    if (is_header && options_.has_color) {
      buffer_ += "\x1b[1m" + line_ + "\x1b[0m\n";
    } else {
      buffer_ += line_ + "\n";
    }
  }
  void cut_to_terminal() {
    if (!options_.is_terminal || display_width(line_) <= options_.terminal_width) {
      return;
    }
    std::size_t kept = 0;
    std::size_t width = 0;
    while (kept < line_.size()) {
      width += (static_cast<unsigned char>(line_[kept]) & 0xc0) != 0x80 ? 1 : 0;
      if (width >= options_.terminal_width) {
        break;
      }
      ++kept;
    }
    line_.resize(kept);
    line_ += "…";
  }

  std::vector<std::string> header_;
  std::vector<std::size_t> widths_;
  std::vector<bool> is_right_;
  std::vector<std::vector<std::string>> held_;
  bool is_measured_ = false;
  std::string cell_;
  std::string line_;
};

std::unique_ptr<RowWriter> make_writer(std::string_view format, Output output,
                                       const RowWriterOptions& options) {
  if (format == "csv") {
    return std::make_unique<CsvWriter>(std::move(output), options);
  }
  if (format == "tsv") {
    return std::make_unique<TsvWriter>(std::move(output), options);
  }
  if (format == "json") {
    return std::make_unique<JsonRowWriter>(std::move(output), options, false);
  }
  if (format == "jsonl") {
    return std::make_unique<JsonRowWriter>(std::move(output), options, true);
  }
  if (format == "md") {
    return std::make_unique<MarkdownWriter>(std::move(output), options);
  }
  return std::make_unique<TableWriter>(std::move(output), options);
}

}  // namespace

std::unique_ptr<RowWriter> make_row_writer(std::string_view format, Environment& environment,
                                           const RowWriterOptions& options) {
  return make_writer(
      format,
      [&environment](std::string_view bytes) { return Result<bool>(environment.write(bytes)); },
      options);
}

std::unique_ptr<RowWriter> make_file_row_writer(std::string_view format, io::WritableFile& file,
                                                const RowWriterOptions& options) {
  return make_writer(
      format,
      [&file](std::string_view bytes) -> Result<bool> {
        WEIR_RETURN_IF_ERROR(file.append(bytes));
        return true;
      },
      options);
}

}  // namespace weir::cli
