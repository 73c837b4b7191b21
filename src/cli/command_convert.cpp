#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/session.h"
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

std::string quoted_name(std::string_view name) { return fmt::format("`{}`", name); }

QueryText select_text(const Arguments& arguments, bool is_ocsf) {
  QueryText text;
  text.add("SELECT ");
  if (is_ocsf) {
    std::string columns;
    for (const std::string& name : flow::OcsfWriter::columns()) {
      columns += (columns.empty() ? "" : ", ") + quoted_name(name);
    }
    text.add(columns);
  } else if (arguments.has("columns")) {
    std::string_view rest = arguments.value("columns");
    bool is_first = true;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      std::string_view name = rest.substr(0, comma);
      name = name.substr(std::min(name.find_first_not_of(' '), name.size()));
      text.add(is_first ? "" : ", ");
      text.add_option("--columns", quoted_name(name), name);
      is_first = false;
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  } else {
    text.add("*");
  }
  text.add(" FROM flows");
  if (arguments.has("where")) {
    text.add(" WHERE ");
    text.add_option("--where", arguments.value("where"), arguments.value("where"));
  }
  return text;
}

Result<int> convert_files(const Arguments& arguments, Environment& environment) {
  if (!arguments.has("to")) {
    return fail(ErrorCode::kUsage, "weir convert needs --to jsonl, csv, parquet or ocsf");
  }
  const std::string_view target = arguments.value("to");
  const std::string path(arguments.value("out", "-"));
  if (target == "parquet" && path == "-") {
    return fail(ErrorCode::kUsage, "Parquet is written to a file: --out FILE");
  }
  if (target == "ocsf" && arguments.has("columns")) {
    return fail(ErrorCode::kUsage, "--columns does not go with --to ocsf, whose fields are fixed");
  }
  WEIR_ASSIGN_OR_RETURN(const auto session,
                        Session::open(arguments, arguments.positionals(), environment));
  const QueryText text = select_text(arguments, target == "ocsf");
  WEIR_ASSIGN_OR_RETURN(const auto statements, session->prepare(text, query::Language::kSql));
  const auto& statement = statements.front();

  std::unique_ptr<OutputFile> output;  // null: standard output
  if (path != "-") {
    WEIR_ASSIGN_OR_RETURN(auto created, OutputFile::create(environment.files(), path));
    output = std::make_unique<OutputFile>(std::move(created));
  }
  if (target == "parquet") {
    format::ParquetWriteOptions options;
    options.times_as_seconds = arguments.has("aws-types");
    if (arguments.has("aws-types")) {
      options.codec = format::ParquetWriteOptions::Codec::kGzip;
    }
    ParquetSink sink(output->take(), std::move(options));
    WEIR_RETURN_IF_ERROR(session->run(statement, text, sink));
    WEIR_RETURN_IF_ERROR(sink.finish());
    WEIR_RETURN_IF_ERROR(output->commit());
    return session->close();
  }
  if (target == "ocsf") {
    OcsfSink sink([&](std::string_view bytes) -> Result<bool> {
      if (output == nullptr) {
        return environment.write(bytes);
      }
      WEIR_RETURN_IF_ERROR(output->file().append(bytes));
      return true;
    });
    WEIR_RETURN_IF_ERROR(session->run(statement, text, sink));
    if (sink.skipped() > 0) {
      environment.say(
          fmt::format("{} NODATA and SKIPDATA records are no activity and were left "
                      "out\n",
                      sink.skipped()));
    }
  } else {
    RowWriterOptions options;
    options.has_header = !arguments.has("no-header");
    const auto writer = output != nullptr ? make_file_row_writer(target, output->file(), options)
                                          : make_row_writer(target, environment, options);
    WEIR_RETURN_IF_ERROR(session->run(statement, text, *writer));
    WEIR_RETURN_IF_ERROR(writer->finish());
  }
  if (output != nullptr) {
    WEIR_RETURN_IF_ERROR(output->commit());
  }
  return session->close();
}

}  // namespace

int run_convert(const Arguments& arguments, Environment& environment) {
  const auto done = convert_files(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
