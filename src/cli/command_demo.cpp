#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/demo_seed.h"
#include "cli/demo_serve.h"
#include "cli/temporary_folder.h"
#include "simulate/simulator.h"

namespace weir::cli {
namespace {

// What the demo asks of the simulated logs. `words` go before the folder.
struct DemoQuestion {
  std::string_view question;
  std::vector<std::string> words;
};

std::vector<DemoQuestion> demo_questions() {
  return {
      {"What is in these logs?", {"summary"}},
      {"Who moves the most bytes?", {"top", "-n", "5", "-q"}},
      {"What was refused, and who asked for it? (CloudWatch Logs Insights QL)",
       {"query", "-q",
        "filter action = \"REJECT\" | stats count(*) as refused, count_distinct(dstport) as ports "
        "by srcaddr | sort refused desc | limit 5"}},
      {"Who tries port after port of one host? (SQL)",
       {"query", "-q",
        "SELECT srcaddr, dstaddr, COUNT(DISTINCT dstport) AS ports, MIN(start) AS first, MAX(end) "
        "AS last FROM flows WHERE action = 'REJECT' GROUP BY srcaddr, dstaddr HAVING "
        "COUNT(DISTINCT dstport) > 50 ORDER BY ports DESC"}},
      {"Who tries one port on host after host?",
       {"query", "-q",
        "SELECT srcaddr, dstport, COUNT(DISTINCT dstaddr) AS hosts, MIN(start) AS first, MAX(end) "
        "AS last FROM flows WHERE action = 'REJECT' GROUP BY srcaddr, dstport HAVING "
        "COUNT(DISTINCT dstaddr) > 15 ORDER BY hosts DESC"}},
      {"Who guesses passwords: many short SSH connections of nearly one size?",
       {"query", "-q",
        "filter dstport = 22 and action = \"ACCEPT\" and flowDirection = \"ingress\" | stats "
        "count(*) as connections, floor(avg(bytes)) as mean, floor(stddev(bytes)) as deviation by "
        "srcaddr, dstaddr | sort connections desc | limit 3"}},
      {"Who calls the same place again and again, with the same few bytes?",
       {"query", "-q",
        "SELECT srcaddr, dstaddr, dstport, COUNT(*) AS calls, ROUND(AVG(bytes)) AS mean, "
        "ROUND(STDDEV(bytes)) AS deviation FROM flows WHERE flow_direction = 'egress' AND action = "
        "'ACCEPT' AND ipScope(dstaddr) <> 'private' GROUP BY srcaddr, dstaddr, dstport HAVING "
        "COUNT(DISTINCT srcport) > 50 AND STDDEV(bytes) < AVG(bytes) * 0.2 ORDER BY calls DESC"}},
      {"Who sends more out than comes back?",
       {"query", "-q",
        "WITH sent AS (SELECT srcaddr, dstaddr, SUM(bytes) AS bytes_out FROM flows WHERE "
        "flow_direction = 'egress' AND ipScope(dstaddr) <> 'private' GROUP BY srcaddr, dstaddr), "
        "received AS (SELECT dstaddr AS host, srcaddr AS peer, SUM(bytes) AS bytes_in FROM flows "
        "WHERE flow_direction = 'ingress' GROUP BY dstaddr, srcaddr) SELECT srcaddr, dstaddr, "
        "bytes_out, bytes_in FROM sent JOIN received ON sent.srcaddr = received.host AND "
        "sent.dstaddr = received.peer WHERE bytes_out > 20 * bytes_in AND bytes_out > 100000000 "
        "ORDER BY bytes_out DESC"}},
  };
}

// A word as a shell wants it, to be copied.
std::string shell_word(const std::string& word) {
  const bool is_plain = !word.empty() && word.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_./:=,@%+") == std::string::npos;
  if (is_plain) {
    return word;
  }
  if (word.find('\'') == std::string::npos) {
    return '\'' + word + '\'';
  }
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

std::string demo_introduction(const simulate::SimulationOptions& options,
                              const simulate::SimulationSummary& truth, double seconds) {
  return fmt::format(
      "A simulated VPC of {} interfaces, its flow logs of {} hours from {} on:\n"
      "{} records in {} objects of {}, written in {:.1f} s. Nothing of it is real.\n",
      truth.num_hosts, truth.duration_s / 3600, to_time_text(options.start_ms),
      format_grouped(static_cast<std::int64_t>(truth.num_records)), truth.num_files,
      format_bytes(static_cast<double>(truth.written_bytes)), seconds);
}

// What was planted, beside which the answers above can be laid.
std::string planted_text(const simulate::SimulationSummary& truth) {
  std::string text = "\nWhat the simulation had planted (truth.json has all of it):\n";
  for (const auto& anomaly : truth.anomalies) {
    text += fmt::format("  {:<16} {} -> {}", anomaly.kind, anomaly.source,
                        anomaly.target.empty() ? "many hosts" : anomaly.target);
    if (anomaly.target_port != 0) {
      text += fmt::format(", port {}", anomaly.target_port);
    }
    const auto& [name, value] = anomaly.expected.front();
    std::string label = name;
    std::replace(label.begin(), label.end(), '_', ' ');
    text += fmt::format(": {} {}, {} to {}\n", format_grouped(value), label,
                        to_time_text(anomaly.first_ms), to_time_text(anomaly.last_ms));
  }
  return text;
}

Result<int> show_demo(const Arguments& arguments, Environment& environment) {
  if (!arguments.positionals().empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("weir demo reads nothing; to leave its logs in a folder: weir demo "
                            "--keep {}",
                            arguments.positionals().front()));
  }
  environment.set_color(arguments.value("color", "auto"));
  simulate::SimulationOptions options;
  WEIR_ASSIGN_OR_RETURN(options.num_records,
                        arguments.number("records", 200'000, simulate::kLeastRecordsForAnomalies));
  options.layout = flowlog::parse_format(
                       "version account-id interface-id srcaddr dstaddr srcport dstport protocol "
                       "packets bytes start end action log-status vpc-id subnet-id instance-id "
                       "tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction "
                       "traffic-path")
                       .value_or(flowlog::known_layouts().front());

  TemporaryFolder temporary;
  std::string folder(arguments.value("keep"));
  const bool is_kept = arguments.has("keep");
  if (!is_kept) {
    WEIR_ASSIGN_OR_RETURN(folder, temporary.make());
  }
  const std::int64_t begin_ns = environment.clock().monotonic_ns();
  WEIR_ASSIGN_OR_RETURN(const auto truth, simulate::simulate(options, environment.files(), folder,
                                                             &environment.cancel()));
  const double seconds = static_cast<double>(environment.clock().monotonic_ns() - begin_ns) / 1e9;

  if (!environment.write(demo_introduction(options, truth, seconds))) {
    return environment.write_failure();
  }
  const std::string logs = folder + "/AWSLogs";
  int number = 0;
  for (const DemoQuestion& question : demo_questions()) {
    std::vector<std::string> words = question.words;
    words.push_back(logs);
    std::string command = "weir";
    for (const std::string& word : words) {
      command += ' ' + shell_word(word);
    }
    const bool has_color = environment.has_color();
    if (!environment.write(fmt::format("\n{}{}. {}{}\n{}$ {}{}\n", has_color ? "\x1b[1m" : "",
                                       ++number, question.question, has_color ? "\x1b[0m" : "",
                                       has_color ? "\x1b[2m" : "", command,
                                       has_color ? "\x1b[0m" : ""))) {
      return environment.write_failure();
    }
    if (arguments.has("color")) {
      words.insert(words.begin() + 1, {"--color", std::string(arguments.value("color"))});
    }
    if (const int code = run_command_line(words, environment); code != kExitDone) {
      return code;
    }
  }
  std::string end = planted_text(truth);
  end += is_kept ? fmt::format("\nThe logs stay in {}: ask them something yourself.\n", folder)
                 : "\nThe logs are gone again. weir demo --keep ./demo-logs leaves them, so that "
                   "the commands above can be run and changed.\n";
  if (!environment.write(end)) {
    return environment.write_failure();
  }
  if (isatty(STDIN_FILENO) != 1) {
    return kExitDone;  // nobody is there to look at it
  }
  TemporaryFolder live;
  WEIR_ASSIGN_OR_RETURN(const std::string live_folder, live.make());
  return serve_demo(options, live_folder, environment);
}

}  // namespace

int run_demo(const Arguments& arguments, Environment& environment) {
  if (arguments.positionals() == std::vector<std::string>{"seed"}) {
    const auto replayed = replay_seed(environment);
    return replayed ? *replayed : environment.fail(replayed.error());
  }
  const auto done = show_demo(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
