#include "cli/seed_metrics.h"

#include <cmath>
#include <initializer_list>
#include <utility>

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::string_view kLatency = "VPC/NetworkLatency/8_8_8_8";
constexpr std::string_view kBandwidth = "VPC/NetworkBandwidth";
constexpr std::string_view kConnections = "VPC/TCPConnections";

struct Reading {
  std::string_view name;
  double value;
  std::string_view unit;
};

SeedBatch batch(std::string_view name_space, double time_s,
                std::initializer_list<Reading> readings) {
  SeedBatch result{std::string(name_space), Tree::list()};
  for (const Reading& reading : readings) {
    Tree dimensions = Tree::list();
    dimensions.push(Tree::map({{"Name", "InstanceId"}, {"Value", "i-0123456789abcdef0"}}));
    dimensions.push(Tree::map({{"Name", "VpcId"}, {"Value", "vpc-1234567890abcdef0"}}));
    result.datums.push(Tree::map({{"MetricName", reading.name},
                                  {"Value", reading.value},
                                  {"Unit", reading.unit},
                                  {"Timestamp", time_s},
                                  {"Dimensions", std::move(dimensions)}}));
  }
  return result;
}

Tree row(std::string_view name_space, std::string_view metric, std::string_view stat) {
  Tree row = Tree::list();
  row.push(name_space);
  row.push(metric);
  row.push(Tree::map({{"stat", stat}}));
  return row;
}

Tree widget(std::string_view title, std::vector<Tree> rows) {
  return Tree::map({{"type", "metric"},
                    {"width", 12},
                    {"height", 6},
                    {"properties", Tree::map({{"title", title},
                                              {"region", "us-west-2"},
                                              {"period", 300},
                                              {"metrics", Tree(Tree::List(std::move(rows)))}})}});
}

}  // namespace

std::vector<SeedBatch> seed_batches(int minute, bool is_bad, double time_s) {
  const double wave = std::sin(minute * 0.7);
  const double rtt = is_bad ? 240 + 15 * wave : 12 + wave;
  const double jitter = is_bad ? 31.5 : 0.8;
  const double errors = is_bad ? 40 : 0;
  return {
      batch(kLatency, time_s,
            {{"rtt_min", rtt - 2 * jitter / 3, "Milliseconds"},
             {"rtt_max", rtt + 2 * jitter, "Milliseconds"},
             {"rtt_avg", rtt, "Milliseconds"},
             {"rtt_stddev", jitter, "Milliseconds"},
             {"jitter", jitter, "Milliseconds"},
             {"packet_loss_percent", is_bad ? 20.0 : 0.0, "Percent"}}),
      batch(kBandwidth, time_s,
            {{"bytes_sent_per_second", 81'000 + 900 * wave, "Bytes/Second"},
             {"bytes_recv_per_second", 420'000 + 7'000 * wave, "Bytes/Second"},
             {"packets_sent_per_second", 310 + 4 * wave, "Count/Second"},
             {"packets_recv_per_second", 480 + 6 * wave, "Count/Second"},
             {"errors_in", errors, "Count"},
             {"errors_out", 0, "Count"},
             {"drops_in", errors / 2, "Count"},
             {"drops_out", 0, "Count"}}),
      batch(kConnections, time_s,
            {{"total_connections", 120 + std::floor(5 * wave), "Count"},
             {"established", 84 + std::floor(4 * wave), "Count"},
             {"listen", 19, "Count"},
             {"time_wait", is_bad ? 46.0 : 9.0, "Count"}}),
  };
}

std::vector<Tree> seed_alarms(std::string_view topic_arn) {
  struct Alarm {
    std::string_view name, name_space, metric, statistic;
    double threshold;
    int periods;
  };
  constexpr Alarm kAlarms[] = {
      {"High-Network-Latency", kLatency, "rtt_avg", "Average", 100, 2},
      {"High-Packet-Loss", kLatency, "packet_loss_percent", "Average", 1, 1},
      {"High-Network-Errors", kBandwidth, "errors_in", "Sum", 10, 2},
  };
  std::vector<Tree> inputs;
  for (const Alarm& alarm : kAlarms) {
    Tree actions = Tree::list();
    actions.push(topic_arn);
    inputs.push_back(Tree::map({{"AlarmName", alarm.name},
                                {"Namespace", alarm.name_space},
                                {"MetricName", alarm.metric},
                                {"Statistic", alarm.statistic},
                                {"Period", 300},
                                {"EvaluationPeriods", alarm.periods},
                                {"Threshold", alarm.threshold},
                                {"ComparisonOperator", "GreaterThanThreshold"},
                                {"AlarmActions", std::move(actions)}}));
  }
  return inputs;
}

std::string seed_dashboard() {
  Tree widgets = Tree::list();
  widgets.push(
      widget("Latency", {row(kLatency, "rtt_avg", "Average"), row(kLatency, "rtt_max", "Maximum"),
                         row(kLatency, "jitter", "Average")}));
  widgets.push(widget("Loss", {row(kLatency, "packet_loss_percent", "Average")}));
  widgets.push(widget("Bandwidth", {row(kBandwidth, "bytes_sent_per_second", "Average"),
                                    row(kBandwidth, "bytes_recv_per_second", "Average")}));
  widgets.push(widget("Errors and drops",
                      {row(kBandwidth, "errors_in", "Sum"), row(kBandwidth, "drops_in", "Sum")}));
  widgets.push(widget("Connections", {row(kConnections, "established", "Average"),
                                      row(kConnections, "time_wait", "Average")}));
  return format::write_json(Tree::map({{"widgets", std::move(widgets)}}));
}

}  // namespace weir::cli
