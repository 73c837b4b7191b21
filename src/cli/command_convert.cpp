#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "cli/commands.h"
#include "cli/flow_output.h"
#include "cli/session.h"

namespace weir::cli {
namespace {

QueryText select_text(const Arguments& arguments, bool is_ocsf) {
  QueryText text;
  text.add("SELECT ");
  if (is_ocsf) {
    text.add(ocsf_columns());
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
  FlowOutput output;
  output.target = target;
  output.path = path;
  output.has_aws_types = arguments.has("aws-types");
  output.has_header = !arguments.has("no-header");
  WEIR_RETURN_IF_ERROR(write_flows(*session, select_text(arguments, target == "ocsf"), output));
  return session->close();
}

}  // namespace

int run_convert(const Arguments& arguments, Environment& environment) {
  const auto done = convert_files(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
