#include "cli/flow_output.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "cli/output_file.h"
#include "flow/ocsf.h"
#include "format/parquet.h"

namespace weir::cli {
namespace {

class ParquetSink final : public query::RowSink {
 public:
  ParquetSink(std::unique_ptr<io::WritableFile> file, format::ParquetWriteOptions options)
      : file_(std::move(file)), options_(std::move(options)) {}
  Result<void> start(const column::Schema& schema) override {
    if (options_.times_as_seconds) {  // AWS's own names and types
      for (const auto& field : flowlog::all_fields()) {
        if (field.is_int32) {
          options_.int32_columns.emplace_back(field.canonical);
        }
      }
    }
    WEIR_ASSIGN_OR_RETURN(writer_, format::create_parquet(std::move(file_), schema, options_));
    return {};
  }
  Result<bool> write(const column::Batch& batch) override {
    WEIR_RETURN_IF_ERROR(writer_->write(batch));
    return true;
  }
  Result<void> finish() { return writer_->close(); }

 private:
  std::unique_ptr<io::WritableFile> file_;
  format::ParquetWriteOptions options_;
  std::unique_ptr<format::ParquetWriter> writer_;
};

using Output = std::function<Result<bool>(std::string_view bytes)>;

class OcsfSink final : public query::RowSink {
 public:
  explicit OcsfSink(Output output) : output_(std::move(output)) {}
  Result<void> start(const column::Schema& /*schema*/) override { return {}; }
  Result<bool> write(const column::Batch& batch) override {
    lines_.clear();
    writer_.write(batch, lines_);
    return output_(lines_);
  }
  [[nodiscard]] std::uint64_t skipped() const { return writer_.skipped(); }

 private:
  Output output_;
  flow::OcsfWriter writer_;
  std::string lines_;
};

// Counts what it passes on.
class CountingSink final : public query::RowSink {
 public:
  explicit CountingSink(query::RowSink& inner) : inner_(inner) {}
  Result<void> start(const column::Schema& schema) override { return inner_.start(schema); }
  Result<bool> write(const column::Batch& batch) override {
    num_rows_ += batch.num_rows;
    return inner_.write(batch);
  }
  [[nodiscard]] std::uint64_t num_rows() const { return num_rows_; }

 private:
  query::RowSink& inner_;
  std::uint64_t num_rows_ = 0;
};

}  // namespace

std::string quoted_name(std::string_view name) { return fmt::format("`{}`", name); }

std::string ocsf_columns() {
  std::string columns;
  for (const std::string& name : flow::OcsfWriter::columns()) {
    columns += (columns.empty() ? "" : ", ") + quoted_name(name);
  }
  return columns;
}

Result<std::uint64_t> write_flows(Session& session, const QueryText& text,
                                  const FlowOutput& wanted) {
  Environment& environment = session.environment();
  WEIR_ASSIGN_OR_RETURN(const auto statements, session.prepare(text, query::Language::kSql));
  const auto& statement = statements.front();
  std::unique_ptr<OutputFile> output;  // null: standard output
  if (wanted.path != "-") {
    WEIR_ASSIGN_OR_RETURN(auto created, OutputFile::create(environment.files(), wanted.path));
    output = std::make_unique<OutputFile>(std::move(created));
  }
  std::uint64_t num_rows = 0;
  const auto run = [&](query::RowSink& sink) -> Result<void> {
    CountingSink counting(sink);
    WEIR_RETURN_IF_ERROR(session.run(statement, text, counting));
    num_rows = counting.num_rows();
    return {};
  };
  if (wanted.target == "parquet") {
    format::ParquetWriteOptions options;
    options.times_as_seconds = wanted.has_aws_types;
    if (wanted.has_aws_types) {
      options.codec = format::ParquetWriteOptions::Codec::kGzip;
    }
    ParquetSink sink(output->take(), std::move(options));
    WEIR_RETURN_IF_ERROR(run(sink));
    WEIR_RETURN_IF_ERROR(sink.finish());
  } else if (wanted.target == "ocsf") {
    OcsfSink sink([&](std::string_view bytes) -> Result<bool> {
      if (output == nullptr) {
        return environment.write(bytes);
      }
      WEIR_RETURN_IF_ERROR(output->file().append(bytes));
      return true;
    });
    WEIR_RETURN_IF_ERROR(run(sink));
    if (sink.skipped() > 0) {
      environment.say(fmt::format(
          "{} NODATA and SKIPDATA records are no activity and were left out\n", sink.skipped()));
    }
  } else {
    RowWriterOptions options;
    options.has_header = wanted.has_header;
    const auto writer = output != nullptr
                            ? make_file_row_writer(wanted.target, output->file(), options)
                            : make_row_writer(wanted.target, environment, options);
    WEIR_RETURN_IF_ERROR(run(*writer));
    WEIR_RETURN_IF_ERROR(writer->finish());
  }
  if (output != nullptr) {
    WEIR_RETURN_IF_ERROR(output->commit());
  }
  return num_rows;
}

}  // namespace weir::cli
