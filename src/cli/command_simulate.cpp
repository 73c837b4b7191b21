#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/nearest_name.h"
#include "base/number.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "simulate/simulator.h"

namespace weir::cli {
namespace {

using simulate::SimulationOptions;
using simulate::SimulationSummary;

// "v5", or the names of fields.
Result<flowlog::Layout> read_layout(std::string_view text) {
  std::vector<std::string> labels;
  for (const flowlog::Layout& known : flowlog::known_layouts()) {
    if (known.label == text) {
      return known;
    }
    labels.push_back(known.label);
  }
  if (text.size() <= 4 && text.find(' ') == std::string_view::npos && !flowlog::find_field(text)) {
    return fail(ErrorCode::kUsage,
                fmt::format("--format {} is no known set of fields (there are {}) and no field",
                            text, fmt::join(labels, ", ")));
  }
  return flowlog::parse_format(text);
}

Result<double> read_percent(const Arguments& arguments, std::string_view option, double otherwise) {
  if (!arguments.has(option)) {
    return otherwise;
  }
  std::string_view text = arguments.value(option);
  if (text.ends_with('%')) {
    text.remove_suffix(1);
  }
  const auto percent = parse_double(text);
  if (!percent) {
    return fail(ErrorCode::kUsage, fmt::format("--{} takes a number of per cent, as in --{} 2.5, "
                                               "not {}",
                                               option, option, arguments.value(option)));
  }
  return *percent / 100;
}

Result<void> read_time_options(const Arguments& arguments, const Environment& environment,
                               SimulationOptions& options) {
  if (arguments.has("start")) {
    WEIR_ASSIGN_OR_RETURN(options.start_ms,
                          parse_time(arguments.value("start"), environment.clock().now_ms()));
  }
  if (arguments.has("duration")) {
    const auto period = parse_period(arguments.value("duration"));
    if (!period || period->approximate_ms() < 1'000) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--duration takes a length, as in 90m, 24h or 7d, not {}",
                              arguments.value("duration")));
    }
    options.duration_s = period->approximate_ms() / 1'000;
  }
  WEIR_ASSIGN_OR_RETURN(options.window_s, arguments.number("interval", 60));
  return {};
}

Result<SimulationOptions> read_options(const Arguments& arguments, const Environment& environment) {
  SimulationOptions options;
  WEIR_ASSIGN_OR_RETURN(options.num_records, arguments.number("records", 100'000));
  if (arguments.has("seed")) {
    WEIR_ASSIGN_OR_RETURN(const auto seed, arguments.number("seed", 1, 0));
    options.seed = static_cast<std::uint64_t>(seed);
  }
  WEIR_RETURN_IF_ERROR(read_time_options(arguments, environment, options));
  WEIR_ASSIGN_OR_RETURN(options.num_hosts, arguments.number("hosts", 0, 0));
  if (arguments.has("format")) {
    WEIR_ASSIGN_OR_RETURN(options.layout, read_layout(arguments.value("format")));
  } else {
    options.layout = flowlog::known_layouts().front();
  }
  WEIR_ASSIGN_OR_RETURN(options.ipv6_share, read_percent(arguments, "ipv6", options.ipv6_share));
  WEIR_ASSIGN_OR_RETURN(options.nodata_share,
                        read_percent(arguments, "nodata", options.nodata_share));
  WEIR_ASSIGN_OR_RETURN(options.skipdata_share,
                        read_percent(arguments, "skipdata", options.skipdata_share));
  const std::string_view layout = arguments.value("layout", "s3");
  options.keys = layout == "hourly" ? simulate::KeyLayout::kHourly
                 : layout == "hive" ? simulate::KeyLayout::kHive
                 : layout == "flat" ? simulate::KeyLayout::kFlat
                                    : simulate::KeyLayout::kS3;
  const bool is_stream = arguments.value("out") == "-";
  const std::string_view compression = arguments.value("compress", is_stream ? "none" : "gzip");
  options.compression = compression == "gzip"   ? io::Compression::kGzip
                        : compression == "zstd" ? io::Compression::kZstd
                                                : io::Compression::kNone;
  options.has_header = !arguments.has("no-header");
  options.has_anomalies = !arguments.has("no-anomalies");
  options.account = arguments.value("account", options.account);
  options.region = arguments.value("region", options.region);
  return options;
}

std::string length_text(std::int64_t seconds) {
  return seconds % 86'400 == 0  ? fmt::format("{} d", seconds / 86'400)
         : seconds % 3'600 == 0 ? fmt::format("{} h", seconds / 3'600)
                                : fmt::format("{} min", seconds / 60);
}

// What was written, for the person.
std::string written_text(const SimulationOptions& options, const SimulationSummary& summary,
                         const std::string& directory) {
  const auto grouped = [](std::uint64_t value) {
    return format_grouped(static_cast<std::int64_t>(value));
  };
  const bool has_actions = summary.num_accepted + summary.num_rejected > 0;
  const std::string actions =
      has_actions ? fmt::format("{} accepted, {} rejected, ", grouped(summary.num_accepted),
                                grouped(summary.num_rejected))
                  : std::string();
  std::string text = fmt::format(
      "{} records from {} on ({}): {}{} NODATA, {} SKIPDATA\n"
      "{} files, {} ({} of text), in {}\n",
      grouped(summary.num_records), to_time_text(options.start_ms), length_text(summary.duration_s),
      actions, grouped(summary.num_nodata), grouped(summary.num_skipdata),
      grouped(summary.num_files), format_bytes(static_cast<double>(summary.written_bytes)),
      format_bytes(static_cast<double>(summary.text_bytes)), directory);
  std::string kinds;
  for (const auto& anomaly : summary.anomalies) {
    kinds += (kinds.empty() ? "" : ", ") + anomaly.kind;
  }
  if (!kinds.empty()) {
    text += fmt::format("attacks in them: {}\n", kinds);
  } else if (options.has_anomalies) {
    text += fmt::format("no attacks in them: that needs at least {} records and half an hour\n",
                        format_grouped(simulate::kLeastRecordsForAnomalies));
  }
  text += fmt::format("the right answers: {}/truth.json\n", directory);
  const bool is_flat = options.keys == simulate::KeyLayout::kFlat;
  text += fmt::format("next: weir summary {}{}\n", directory, is_flat ? "" : "/AWSLogs");
  return text;
}

Result<int> simulate_files(const Arguments& arguments, Environment& environment) {
  if (!arguments.positionals().empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("weir simulate reads nothing; where it writes to is said by --out {}",
                            arguments.positionals().front()));
  }
  if (!arguments.has("out") || arguments.value("out").empty()) {
    return fail(ErrorCode::kUsage,
                "weir simulate needs --out DIR for a tree of files, or --out - for one stream on "
                "standard output");
  }
  WEIR_ASSIGN_OR_RETURN(const SimulationOptions options, read_options(arguments, environment));
  std::string out(arguments.value("out"));
  if (out == "-") {
    if (arguments.has("layout")) {
      return fail(ErrorCode::kUsage, "--layout names objects, and --out - has none");
    }
    if (environment.is_output_terminal() && options.compression != io::Compression::kNone) {
      return fail(ErrorCode::kUsage,
                  "compressed bytes would spoil the terminal; send them to a file or a pipe");
    }
    const simulate::StreamSink sink = [&](std::string_view bytes) -> Result<bool> {
      return environment.write(bytes);
    };
    WEIR_ASSIGN_OR_RETURN([[maybe_unused]] const auto summary,
                          simulate::simulate(options, sink, &environment.cancel()));
    return environment.write_failure();
  }
  while (out.size() > 1 && out.ends_with('/')) {
    out.pop_back();
  }
  const bool is_quiet = arguments.has("quiet");
  const bool shows_progress = environment.is_error_terminal() && !is_quiet;
  const simulate::Progress progress = [&](std::uint64_t done) {
    environment.say(fmt::format("\r{} of {} records ",
                                format_grouped(static_cast<std::int64_t>(done)),
                                format_grouped(options.num_records)));
  };
  const auto summary = simulate::simulate(options, environment.files(), out, &environment.cancel(),
                                          shows_progress ? progress : simulate::Progress{});
  if (shows_progress) {
    environment.say("\r\x1b[K");
  }
  if (!summary) {
    return tl::unexpected<Error>(summary.error());
  }
  if (!is_quiet) {
    environment.say(written_text(options, *summary, out));
  }
  return kExitDone;
}

}  // namespace

int run_simulate(const Arguments& arguments, Environment& environment) {
  const auto done = simulate_files(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
