#include "flowlog/file_description.h"

#include <utility>

#include "flowlog/container.h"
#include "flowlog/text_layout.h"

namespace weir::flowlog {
namespace {

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
    default:
      break;
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
  WEIR_RETURN_IF_ERROR(tree.look_into(
      file, [&](OpenInput& input) { return describe_content(tree, file, input, description); }));
  if (description.layouts.empty() && report.layout) {
    description.layouts.push_back(*report.layout);
  }
  return description;
}

}  // namespace weir::flowlog
