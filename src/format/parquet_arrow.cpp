// The Parquet plug-in: the only file that includes Apache Arrow. Hardened as far as Arrow is; every
// exception of it ends here.

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "format/parquet_plugin.h"

namespace weir::format {
namespace {

using column::Batch;
using column::Column;
using column::Type;

constexpr std::int64_t kArrowBatchRows = 32 * 1024;

class ArrowInput final : public arrow::io::RandomAccessFile {
 public:
  explicit ArrowInput(std::shared_ptr<weir::io::RandomAccessFile> file) : file_(std::move(file)) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  [[nodiscard]] bool closed() const override { return closed_; }
  [[nodiscard]] arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> GetSize() override {
    return static_cast<std::int64_t>(file_->size());
  }
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t num_bytes,
                                     void* out) override {
    auto read = file_->read_at(static_cast<std::uint64_t>(position),
                               {static_cast<char*>(out), static_cast<std::size_t>(num_bytes)});
    if (!read) {
      return arrow::Status::IOError(read.error().message);
    }
    return static_cast<std::int64_t>(*read);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t num_bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(num_bytes));
    ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position, num_bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<std::int64_t> Read(std::int64_t num_bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position_, num_bytes, out));
    position_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t num_bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, num_bytes));
    position_ += buffer->size();
    return buffer;
  }

 private:
  std::shared_ptr<weir::io::RandomAccessFile> file_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

Type column_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Type::kBool;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return Type::kInt64;
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return Type::kDouble;
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DATE32:
      return Type::kTime;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return Type::kString;
    default:
      return Type::kNull;  // left out
  }
}

template <class ArrowArray, class T, class Convert>
void fill_values(const arrow::Array& source, std::int64_t offset, Column& out, Convert convert) {
  const auto& array = static_cast<const ArrowArray&>(source);
  T* values = out.data<T>();
  for (std::size_t row = 0; row < out.size(); ++row) {
    const auto i = offset + static_cast<std::int64_t>(row);
    if (array.IsNull(i)) {
      values[row] = T{};
      out.set_null(row);
    } else {
      values[row] = convert(array, i);
    }
  }
}

template <class ArrowArray>
void fill_integers(const arrow::Array& source, std::int64_t offset, Column& out) {
  fill_values<ArrowArray, std::int64_t>(source, offset, out, [](const ArrowArray& array, auto i) {
    return static_cast<std::int64_t>(array.Value(i));
  });
}

template <class ArrowArray>
void fill_strings(const arrow::Array& source, std::int64_t offset, Column& out) {
  fill_values<ArrowArray, std::string_view>(
      source, offset, out,
      [](const ArrowArray& array, auto i) { return std::string_view(array.GetView(i)); });
}

void fill_times(const arrow::Array& source, std::int64_t offset, Column& out) {
  const auto unit = static_cast<const arrow::TimestampType&>(*source.type()).unit();
  fill_values<arrow::TimestampArray, std::int64_t>(
      source, offset, out, [unit](const arrow::TimestampArray& array, auto i) -> std::int64_t {
        const std::int64_t value = array.Value(i);
        switch (unit) {
          case arrow::TimeUnit::SECOND:
            return value * 1000;
          case arrow::TimeUnit::MILLI:
            return value;
          case arrow::TimeUnit::MICRO:
            return value / 1000;
          default:
            return value / 1'000'000;
        }
      });
}

void fill_column(const arrow::Array& source, std::int64_t offset, Column& out) {
  switch (source.type_id()) {
    case arrow::Type::BOOL:
      return fill_values<arrow::BooleanArray, std::uint8_t>(
          source, offset, out,
          [](const auto& array, auto i) -> std::uint8_t { return array.Value(i) ? 1 : 0; });
    case arrow::Type::INT8:
      return fill_integers<arrow::Int8Array>(source, offset, out);
    case arrow::Type::INT16:
      return fill_integers<arrow::Int16Array>(source, offset, out);
    case arrow::Type::INT32:
      return fill_integers<arrow::Int32Array>(source, offset, out);
    case arrow::Type::INT64:
      return fill_integers<arrow::Int64Array>(source, offset, out);
    case arrow::Type::UINT8:
      return fill_integers<arrow::UInt8Array>(source, offset, out);
    case arrow::Type::UINT16:
      return fill_integers<arrow::UInt16Array>(source, offset, out);
    case arrow::Type::UINT32:
      return fill_integers<arrow::UInt32Array>(source, offset, out);
    case arrow::Type::UINT64:
      return fill_integers<arrow::UInt64Array>(source, offset, out);
    case arrow::Type::FLOAT:
      return fill_values<arrow::FloatArray, double>(
          source, offset, out, [](const auto& array, auto i) { return double{array.Value(i)}; });
    case arrow::Type::DOUBLE:
      return fill_values<arrow::DoubleArray, double>(
          source, offset, out, [](const auto& array, auto i) { return array.Value(i); });
    case arrow::Type::TIMESTAMP:
      return fill_times(source, offset, out);
    case arrow::Type::DATE32:
      return fill_values<arrow::Date32Array, std::int64_t>(
          source, offset, out,
          [](const auto& array, auto i) { return std::int64_t{array.Value(i)} * 86'400'000; });
    case arrow::Type::STRING:
      return fill_strings<arrow::StringArray>(source, offset, out);
    case arrow::Type::BINARY:
      return fill_strings<arrow::BinaryArray>(source, offset, out);
    case arrow::Type::LARGE_STRING:
      return fill_strings<arrow::LargeStringArray>(source, offset, out);
    case arrow::Type::LARGE_BINARY:
      return fill_strings<arrow::LargeBinaryArray>(source, offset, out);
    default:
      return;
  }
}

tl::unexpected<Error> damaged(const std::string& name, std::string_view reason) {
  return fail(ErrorCode::kInput, fmt::format("{}: not readable as Parquet: {}", name, reason));
}

class ArrowReader final : public ParquetReader {
 public:
  ArrowReader(std::unique_ptr<parquet::arrow::FileReader> reader, std::string name)
      : reader_(std::move(reader)), name_(std::move(name)) {}

  Result<void> describe() {
    std::shared_ptr<arrow::Schema> schema;
    if (const auto status = reader_->GetSchema(&schema); !status.ok()) {
      return damaged(name_, status.message());
    }
    // Leaf columns and top-level fields coincide only where nothing is nested.
    int leaf = 0;
    for (const auto& field : schema->fields()) {
      const Type type = column_type(*field->type());
      if (type == Type::kNull) {
        skipped_.push_back(field->name());
      } else {
        schema_.push_back({field->name(), type});
        leaves_.push_back(leaf);
      }
      leaf += num_leaves(*field->type());
    }
    chosen_ = leaves_;
    return {};
  }

  [[nodiscard]] const column::Schema& schema() const override { return schema_; }
  [[nodiscard]] const std::vector<std::string>& skipped_columns() const override {
    return skipped_;
  }
  [[nodiscard]] std::uint64_t num_rows() const override {
    return static_cast<std::uint64_t>(reader_->parquet_reader()->metadata()->num_rows());
  }

  Result<void> project(std::span<const std::size_t> columns) override {
    chosen_.clear();
    for (const std::size_t index : columns) {
      chosen_.push_back(leaves_[index]);
    }
    return {};
  }

  Result<bool> next(Batch& batch) override {
    try {
      return read_next(batch);
    } catch (const std::exception& error) {
      return damaged(name_, error.what());
    }
  }

 private:
  static int num_leaves(const arrow::DataType& type) {
    if (type.num_fields() == 0) {
      return 1;
    }
    int sum = 0;
    for (const auto& field : type.fields()) {
      sum += num_leaves(*field->type());
    }
    return sum;
  }

  // Row groups one by one: damage to one does not take those before it along.
  Result<void> open_group(int group) {
    // Arrow gives the columns in file order, each once.
    std::vector<int> wanted = chosen_;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    places_.clear();
    for (const int leaf : chosen_) {
      places_.push_back(
          static_cast<int>(std::lower_bound(wanted.begin(), wanted.end(), leaf) - wanted.begin()));
    }
    auto opened = reader_->GetRecordBatchReader({group}, wanted);
    if (!opened.ok()) {
      return damaged(name_, opened.status().message());
    }
    batches_ = std::move(opened).ValueUnsafe();
    return {};
  }

  Result<bool> read_next(Batch& batch) {
    while (!current_ || offset_ >= current_->num_rows()) {
      if (!batches_) {
        if (next_group_ == reader_->num_row_groups()) {
          return false;
        }
        WEIR_RETURN_IF_ERROR(open_group(next_group_++));
      }
      if (const auto status = batches_->ReadNext(&current_); !status.ok()) {
        return damaged(name_, status.message());
      }
      offset_ = 0;
      if (!current_) {
        batches_.reset();
      }
    }
    const auto rows = static_cast<std::size_t>(
        std::min<std::int64_t>(current_->num_rows() - offset_, column::kBatchRows));
    batch.num_rows = rows;
    batch.columns.resize(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const auto array = current_->column(places_[i]);
      batch.columns[i].reset(column_type(*array->type()), rows);
      fill_column(*array, offset_, batch.columns[i]);
    }
    offset_ += static_cast<std::int64_t>(rows);
    return true;
  }

  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::string name_;
  column::Schema schema_;
  std::vector<std::string> skipped_;
  std::vector<int> leaves_;  // leaf index of each column of schema_
  std::vector<int> chosen_;
  std::vector<int> places_;                            // of chosen_ within a record batch
  std::shared_ptr<arrow::RecordBatchReader> batches_;  // of the row group before next_group_
  int next_group_ = 0;
  std::shared_ptr<arrow::RecordBatch> current_;
  std::int64_t offset_ = 0;
};

class ArrowOutput final : public arrow::io::OutputStream {
 public:
  explicit ArrowOutput(std::unique_ptr<weir::io::WritableFile> file) : file_(std::move(file)) {}
  arrow::Status Close() override {
    if (closed_) {
      return arrow::Status::OK();
    }
    closed_ = true;
    const auto done = file_->close();
    return done ? arrow::Status::OK() : arrow::Status::IOError(done.error().message);
  }
  [[nodiscard]] bool closed() const override { return closed_; }
  [[nodiscard]] arrow::Result<std::int64_t> Tell() const override { return position_; }
  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t num_bytes) override {
    const auto done =
        file_->append({static_cast<const char*>(data), static_cast<std::size_t>(num_bytes)});
    position_ += num_bytes;
    return done ? arrow::Status::OK() : arrow::Status::IOError(done.error().message);
  }

 private:
  std::unique_ptr<weir::io::WritableFile> file_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

tl::unexpected<Error> write_failed(const arrow::Status& status) {
  return fail(ErrorCode::kIo, fmt::format("writing Parquet failed: {}", status.message()));
}

class ArrowWriter final : public ParquetWriter {
 public:
  ArrowWriter(column::Schema schema, ParquetWriteOptions options)
      : schema_(std::move(schema)), options_(std::move(options)) {}

  Result<void> open(std::unique_ptr<weir::io::WritableFile> file) {
    arrow::FieldVector fields;
    for (const auto& field : schema_) {
      fields.push_back(arrow::field(field.name, arrow_type(field)));
    }
    arrow_schema_ = arrow::schema(fields);
    parquet::WriterProperties::Builder properties;
    properties.compression(codec());
    properties.enable_page_checksum();
    output_ = std::make_shared<ArrowOutput>(std::move(file));
    auto opened = parquet::arrow::FileWriter::Open(*arrow_schema_, arrow::default_memory_pool(),
                                                   output_, properties.build());
    if (!opened.ok()) {
      return write_failed(opened.status());
    }
    writer_ = std::move(opened).ValueUnsafe();
    auto builder = arrow::RecordBatchBuilder::Make(arrow_schema_, arrow::default_memory_pool());
    if (!builder.ok()) {
      return write_failed(builder.status());
    }
    builder_ = std::move(builder).ValueUnsafe();
    return {};
  }

  Result<void> write(const Batch& batch) override {
    try {
      for (std::size_t i = 0; i < schema_.size(); ++i) {
        if (const auto status = append(batch.columns[i], batch.num_rows, i); !status.ok()) {
          return write_failed(status);
        }
      }
      pending_rows_ += batch.num_rows;
      return pending_rows_ >= std::min(kFlushRows, options_.row_group_rows) ? flush()
                                                                            : Result<void>();
    } catch (const std::exception& error) {
      return fail(ErrorCode::kIo, fmt::format("writing Parquet failed: {}", error.what()));
    }
  }

  Result<void> close() override {
    try {
      WEIR_RETURN_IF_ERROR(flush());
      if (const auto status = writer_->Close(); !status.ok()) {
        return write_failed(status);
      }
      if (const auto status = output_->Close(); !status.ok()) {
        return write_failed(status);
      }
      return {};
    } catch (const std::exception& error) {
      return fail(ErrorCode::kIo, fmt::format("writing Parquet failed: {}", error.what()));
    }
  }

 private:
  static constexpr std::size_t kFlushRows = 128 * 1024;

  [[nodiscard]] parquet::Compression::type codec() const {
    switch (options_.codec) {
      case ParquetWriteOptions::Codec::kNone:
        return parquet::Compression::UNCOMPRESSED;
      case ParquetWriteOptions::Codec::kSnappy:
        return parquet::Compression::SNAPPY;
      case ParquetWriteOptions::Codec::kGzip:
        return parquet::Compression::GZIP;
      case ParquetWriteOptions::Codec::kZstd:
        return parquet::Compression::ZSTD;
    }
    return parquet::Compression::ZSTD;
  }

  [[nodiscard]] bool is_int32(const std::string& name) const {
    return std::find(options_.int32_columns.begin(), options_.int32_columns.end(), name) !=
           options_.int32_columns.end();
  }

  [[nodiscard]] std::shared_ptr<arrow::DataType> arrow_type(const column::Field& field) const {
    switch (field.type) {
      case Type::kBool:
        return arrow::boolean();
      case Type::kInt64:
        return is_int32(field.name) ? arrow::int32() : arrow::int64();
      case Type::kInterval:
        return arrow::int64();
      case Type::kDouble:
        return arrow::float64();
      case Type::kTime:
        return options_.times_as_seconds ? arrow::int64()
                                         : arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
      default:
        return arrow::utf8();
    }
  }

  template <class Builder, class T, class Convert>
  arrow::Status append_values(const Column& source, std::size_t rows, std::size_t index,
                              Convert convert) {
    auto* builder = static_cast<Builder*>(builder_->GetField(static_cast<int>(index)));
    const T* values = source.data<T>();
    for (std::size_t row = 0; row < rows; ++row) {
      if (source.is_null(row)) {
        ARROW_RETURN_NOT_OK(builder->AppendNull());
      } else {
        ARROW_RETURN_NOT_OK(builder->Append(convert(values[source.is_constant() ? 0 : row])));
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status append(const Column& source, std::size_t rows, std::size_t index) {
    if (source.type() == Type::kNull) {
      return builder_->GetField(static_cast<int>(index))
          ->AppendNulls(static_cast<std::int64_t>(rows));
    }
    const auto same_integer = [](std::int64_t v) { return v; };
    switch (schema_[index].type) {
      case Type::kBool:
        return append_values<arrow::BooleanBuilder, std::uint8_t>(
            source, rows, index, [](std::uint8_t v) { return v != 0; });
      case Type::kInt64:
        if (is_int32(schema_[index].name)) {
          return append_values<arrow::Int32Builder, std::int64_t>(
              source, rows, index, [](std::int64_t v) { return static_cast<std::int32_t>(v); });
        }
        return append_values<arrow::Int64Builder, std::int64_t>(source, rows, index, same_integer);
      case Type::kInterval:
        return append_values<arrow::Int64Builder, std::int64_t>(source, rows, index, same_integer);
      case Type::kDouble:
        return append_values<arrow::DoubleBuilder, double>(source, rows, index,
                                                           [](double v) { return v; });
      case Type::kTime:
        if (options_.times_as_seconds) {
          return append_values<arrow::Int64Builder, std::int64_t>(
              source, rows, index, [](std::int64_t v) { return v / 1000; });
        }
        return append_values<arrow::TimestampBuilder, std::int64_t>(source, rows, index,
                                                                    same_integer);
      case Type::kAddress:
        return append_values<arrow::StringBuilder, IpAddress>(
            source, rows, index, [](const IpAddress& v) { return to_string(v); });
      case Type::kString:
        return append_values<arrow::StringBuilder, std::string_view>(
            source, rows, index, [](std::string_view v) { return v; });
      case Type::kNull:
        break;
    }
    return arrow::Status::OK();
  }

  Result<void> flush() {
    if (pending_rows_ == 0) {
      return {};
    }
    auto batch = builder_->Flush();
    if (!batch.ok()) {
      return write_failed(batch.status());
    }
    if (group_rows_ == 0 || group_rows_ + pending_rows_ > options_.row_group_rows) {
      if (const auto status = writer_->NewBufferedRowGroup(); !status.ok()) {
        return write_failed(status);
      }
      group_rows_ = 0;
    }
    group_rows_ += pending_rows_;
    pending_rows_ = 0;
    if (const auto status = writer_->WriteRecordBatch(**batch); !status.ok()) {
      return write_failed(status);
    }
    return {};
  }

  column::Schema schema_;
  ParquetWriteOptions options_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::shared_ptr<ArrowOutput> output_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  std::size_t pending_rows_ = 0;
  std::size_t group_rows_ = 0;
};

Result<std::unique_ptr<ParquetReader>> open_with_arrow(
    std::shared_ptr<weir::io::RandomAccessFile> file, const std::string& name) {
  try {
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream();
    properties.set_page_checksum_verification(true);  // of pages that have one
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kArrowBatchRows);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_use_threads(false);
    parquet::arrow::FileReaderBuilder builder;
    if (const auto status = builder.Open(std::make_shared<ArrowInput>(std::move(file)), properties);
        !status.ok()) {
      return damaged(name, status.message());
    }
    builder.properties(arrow_properties);
    auto built = builder.Build();
    if (!built.ok()) {
      return damaged(name, built.status().message());
    }
    auto reader = std::make_unique<ArrowReader>(std::move(built).ValueUnsafe(), name);
    WEIR_RETURN_IF_ERROR(reader->describe());
    return reader;
  } catch (const std::exception& error) {
    return damaged(name, error.what());
  }
}

Result<std::unique_ptr<ParquetWriter>> create_with_arrow(
    std::unique_ptr<weir::io::WritableFile> file, const column::Schema& schema,
    const ParquetWriteOptions& options) {
  try {
    auto writer = std::make_unique<ArrowWriter>(schema, options);
    WEIR_RETURN_IF_ERROR(writer->open(std::move(file)));
    return writer;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo, fmt::format("writing Parquet failed: {}", error.what()));
  }
}

}  // namespace
}  // namespace weir::format

extern "C" __attribute__((visibility("default"))) const weir::format::ParquetPlugin*
weir_parquet_plugin() {
  static const weir::format::ParquetPlugin plugin{
      weir::format::ParquetPlugin::kVersion, ARROW_VERSION_STRING, weir::format::open_with_arrow,
      weir::format::create_with_arrow};
  return &plugin;
}
