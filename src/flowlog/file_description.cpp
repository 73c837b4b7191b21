#include "flowlog/file_description.h"

#include <utility>

#include "flowlog/container.h"
#include "flowlog/csv_reader.h"
#include "flowlog/json_reader.h"
#include "flowlog/parquet_rows.h"
#include "flowlog/text_layout.h"

namespace weir::flowlog {
namespace {

// What one of the readers finds in the first bytes. Content is left as it was, for a pipe can be
// read only once.
template <class MakeReader>
Result<bool> describe_front(std::string_view front, FileDescription& description,
                            const MakeReader& make_reader) {
  WEIR_ASSIGN_OR_RETURN(const auto content, Content::open(io::make_memory_source(front), {}));
  const auto reader = make_reader(*content);
  WEIR_RETURN_IF_ERROR(reader->prepare());
  description.layouts = reader->layouts();
  description.has_events = reader->has_events();
  description.report.problem = reader->problem();
  return !description.layouts.empty();
}

Result<void> describe_rows(InputTree& tree, const InputFile& file, OpenInput& input,
                           FileDescription& description) {
  const ReadPlan plan = make_read_plan({}, {});
  FileTally tally;
  // One object may be longer than a look.
  for (std::size_t size = kSniffBytes;; size *= 8) {
    WEIR_ASSIGN_OR_RETURN(const std::string_view front, input.content->peek(size));
    const auto described =
        description.report.container == Container::kInsightsCsv
            ? describe_front(front, description,
                             [&](Content& content) {
                               return std::make_unique<CsvReader>(plan, file, content, tree.book(),
                                                                  tally);
                             })
            : describe_front(front, description, [&](Content& content) {
                return std::make_unique<JsonReader>(plan, file, content, tree.book(),
                                                    tree.inflate_limits(), tally);
              });
    const bool is_last = input.content->saw_end() || size >= EnvelopeUnpacker::kMaxBytes;
    if (!described) {
      description.report.problem = described.error().message;
    }
    if ((described && *described) || is_last) {
      return {};
    }
  }
}

// Parquet keeps its names at its end. A pipe is not read for them.
void describe_parquet(const InputFile& file, OpenInput& input, FileDescription& description) {
  if (file.is_stream) {
    return;
  }
  auto reader = open_parquet_input(input, file.path);
  if (!reader) {
    description.report.problem = std::move(reader).error().message;
    return;
  }
  description.layouts.push_back(layout_of_parquet(**reader));
}

Result<void> describe_content(InputTree& tree, const InputFile& file, OpenInput& input,
                              FileDescription& description) {
  FileReport& report = description.report;
  report.compression = input.content->compression();
  WEIR_ASSIGN_OR_RETURN(const std::string_view first_bytes, input.content->peek(kSniffBytes));
  const auto container = detect_container(first_bytes);
  if (!container) {
    report.problem = "neither a flow log nor anything that carries one";
    return {};
  }
  report.container = *container;
  switch (*container) {
    case Container::kText: {
      TextLayout found =
          find_text_layout(first_bytes, input.content->saw_end(), file.key, tree.book());
      report.layout = std::move(found.layout);
      report.problem = std::move(found.problem);
      break;
    }
    case Container::kParquet:
      describe_parquet(file, input, description);
      break;
    case Container::kEmpty:
    case Container::kDescribeFlowLogs:
      break;
    default:
      return describe_rows(tree, file, input, description);
  }
  return {};
}

}  // namespace

Result<FileDescription> describe_file(InputTree& tree, const InputFile& file) {
  FileDescription description;
  FileReport& report = description.report;
  report.path = file.path;
  report.size = file.size;
  report.account = file.key.account;
  report.region = file.key.region;
  report.flow_log_id = file.key.flow_log_id;
  report.object_time = file.key.time;
  auto looked = tree.look_into(
      file, [&](OpenInput& input) { return describe_content(tree, file, input, description); });
  if (!looked) {
    if (!may_pass_over(file, looked.error())) {
      return tl::unexpected<Error>(std::move(looked).error());
    }
    report.problem = std::move(looked).error().message;
  }
  if (description.layouts.empty() && report.layout) {
    description.layouts.push_back(*report.layout);
  } else if (!description.layouts.empty() && !report.layout) {
    report.layout = description.layouts.front();
  }
  return description;
}

}  // namespace weir::flowlog
