#include "probe/delivery.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "base/time_text.h"
#include "format/tree.h"
#include "http/client.h"
#include "io/inflate.h"
#include "probe/batch_name.h"
#include "probe/cloudwatch_client.h"
#include "probe/descriptor.h"
#include "probe/metric_batch.h"
#include "probe/otlp_batch.h"
#include "probe/prometheus_page.h"
#include "probe/spool.h"

namespace weir::probe {
namespace {

using Kind = PutOutcome::Kind;

std::string new_directory(const std::string& name) {
  const std::string path = testing::TempDir() + "weir_probe_" + name + std::to_string(getpid());
  std::filesystem::remove_all(path);
  return path;
}

std::unique_ptr<Spool> open_spool(io::FileSystem& files, const std::string& directory,
                                  std::uint64_t max_bytes = 1 << 20) {
  auto spool = Spool::open(files, {directory, max_bytes});
  EXPECT_TRUE(spool) << spool.error().message;
  return std::move(*spool);
}

Sample sample_of(std::string name_space, std::string name, double value) {
  return {std::move(name_space),
          std::move(name),
          "Milliseconds",
          value,
          1'790'000'000'500,
          {{"InstanceId", "i-1"}, {"VpcId", "unknown"}},
          false};
}

TEST(MetricBatch, OneNamespaceACallAndAThousandAtMost) {
  std::vector<Sample> samples;
  for (int i = 0; i < 2'500; ++i) {
    samples.push_back(sample_of("VPC/A", "m" + std::to_string(i), i));
  }
  samples.push_back(sample_of("VPC/B", "rtt_avg", 1.5));
  samples.push_back(sample_of("VPC/B", "nothing", NAN));
  samples.push_back(sample_of("VPC/B", "far", 1e300));
  const auto batches = make_batches(samples);
  ASSERT_EQ(batches.size(), 4U);
  std::set<std::string> names;
  for (const MetricBatch& batch : batches) {
    EXPECT_LE(batch.num_samples, kMaxBatchSamples);
    const auto document = format::read_json(batch.body);
    ASSERT_TRUE(document);
    EXPECT_EQ((*document)["MetricData"].items().size(), batch.num_samples);
    for (const format::Tree& datum : (*document)["MetricData"].items()) {
      names.insert((*document)["Namespace"].text() + datum["MetricName"].text());
    }
  }
  EXPECT_EQ(names.size(), 2'501U);
  const auto last = *format::read_json(batches.back().body);
  const format::Tree& datum = last["MetricData"].items().front();
  EXPECT_EQ(datum["Value"].number(), 1.5);
  EXPECT_EQ(datum["Timestamp"].number(), 1'790'000'000.5);
  EXPECT_EQ(datum["Dimensions"].items()[1]["Value"].text(), "unknown");
  EXPECT_FALSE(datum.has("StorageResolution"));
}

TEST(Spool, KeepsOrderOverARestart) {
  const auto files = io::make_local_file_system();
  const std::string directory = new_directory("restart");
  {
    auto spool = open_spool(*files, directory);
    for (int i = 0; i < 12; ++i) {
      ASSERT_TRUE(spool->put("body " + std::to_string(i)));
    }
    EXPECT_EQ(**spool->front(), "body 0");
    ASSERT_TRUE(spool->pop());
    const auto second = Spool::open(*files, {directory, 100});
    ASSERT_FALSE(second) << "two processes must not share a spool";
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  }
  std::ofstream(directory + "/0000000000000099.batch.partial") << "half";
  auto spool = open_spool(*files, directory);
  EXPECT_EQ(spool->num_waiting(), 11U);
  ASSERT_TRUE(spool->put("body 12"));
  for (int i = 1; i <= 12; ++i) {
    EXPECT_EQ(**spool->front(), "body " + std::to_string(i));
    ASSERT_TRUE(spool->pop());
  }
  EXPECT_FALSE(spool->front()->has_value());
  EXPECT_EQ(spool->num_bytes(), 0U);
}

TEST(Spool, TheOldestGoWhereItIsFullAndDamagedOnesArePassedOver) {
  const auto files = io::make_local_file_system();
  const std::string directory = new_directory("full");
  auto spool = open_spool(*files, directory, 1'000);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(spool->put(std::to_string(100 + i) + std::string(88, 'x')));  // 100 bytes each
  }
  EXPECT_EQ(spool->num_waiting(), 10U);
  EXPECT_EQ(spool->num_dropped(), 20U);
  EXPECT_LE(spool->num_bytes(), 1'000U);
  EXPECT_TRUE((**spool->front()).starts_with("120"));
  std::ofstream(directory + "/0000000000000021.batch", std::ios::app) << "flipped";
  EXPECT_TRUE((**spool->front()).starts_with("121"));
  EXPECT_EQ(spool->num_damaged(), 1U);
}

// A process that is killed while it writes: what it said was taken is there afterwards.
TEST(Spool, WhatWasTakenOutlivesKill9) {
  const auto files = io::make_local_file_system();
  const std::string directory = new_directory("kill");
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto spool = open_spool(*files, directory, 200'000);
    for (std::uint32_t i = 0;; ++i) {
      if (!spool->put(std::to_string(i))) {
        _exit(1);
      }
      (void)!write(told[1], &i, sizeof i);
    }
  }
  close(told[1]);
  std::uint32_t last = 0;
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(read(told[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  }
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  for (std::uint32_t more = 0; read(told[0], &more, sizeof more) > 0;) {
    last = more;
  }
  close(told[0]);
  auto spool = open_spool(*files, directory, 200'000);
  EXPECT_GE(spool->num_waiting(), last + 1);
  for (std::uint32_t i = 0; i <= last; ++i) {
    EXPECT_EQ(**spool->front(), std::to_string(i));
    ASSERT_TRUE(spool->pop());
  }
}

// Killed while it drops the oldest for the newest: what is left is the newest, one behind the
// other.
TEST(Spool, AFullOneOutlivesKill9) {
  const auto files = io::make_local_file_system();
  const std::string directory = new_directory("kill_full");
  constexpr std::uint64_t kMaxBytes = 2'000;
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto spool = open_spool(*files, directory, kMaxBytes);
    for (std::uint32_t i = 0;; ++i) {
      if (!spool->put(std::to_string(i) + std::string(80, '.'))) {
        _exit(1);
      }
      (void)!write(told[1], &i, sizeof i);
    }
  }
  close(told[1]);
  std::uint32_t last = 0;
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(read(told[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  }
  kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  for (std::uint32_t more = 0; read(told[0], &more, sizeof more) > 0;) {
    last = more;
  }
  close(told[0]);
  auto spool = open_spool(*files, directory, kMaxBytes);
  EXPECT_LE(spool->num_bytes(), kMaxBytes);
  ASSERT_GT(spool->num_waiting(), 10U);
  std::optional<std::uint32_t> before;
  while (spool->num_waiting() > 0) {
    const auto number = static_cast<std::uint32_t>(std::stoul(**spool->front()));
    EXPECT_TRUE(!before || number == *before + 1);
    before = number;
    ASSERT_TRUE(spool->pop());
  }
  EXPECT_GE(*before, last);
  EXPECT_LE(*before, last + 1) << "the one that was being written";
}

// The endpoint is away for ten minutes, while a batch is made each ten seconds.
TEST(Delivery, NothingIsLostWhileTheEndpointIsAway) {
  const auto files = io::make_local_file_system();
  ManualClock clock(1'790'000'000'000);
  const TimeMs back_at = clock.now_ms() + 600'000;
  std::vector<std::string> taken;
  std::vector<std::int64_t> attempts_ms;
  Delivery delivery(
      open_spool(*files, new_directory("away")),
      [&](const std::string& body) -> PutOutcome {
        attempts_ms.push_back(clock.now_ms());
        if (clock.now_ms() < back_at) {
          return {Kind::kAgain, "connection refused"};
        }
        taken.push_back(body);
        return {};
      },
      clock, Random(5));
  int made = 0;
  for (int second = 0; second < 700; ++second) {
    if (second % 10 == 0) {
      ASSERT_TRUE(delivery.take("batch " + std::to_string(made++)));
    }
    while (delivery.step()) {
    }
    clock.advance_ms(1'000);
  }
  ASSERT_EQ(taken.size(), 70U);
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(taken[static_cast<std::size_t>(i)], "batch " + std::to_string(i));
  }
  const DeliveryCounts counts = delivery.counts();
  EXPECT_EQ(counts.taken, 70U);
  EXPECT_EQ(counts.possibly_doubled, 0U);
  EXPECT_EQ(counts.waiting, 0U);
  // 1, 2, 4 .. 60 s, shortened up to a half: some 15 attempts in ten minutes, not 600.
  EXPECT_LT(attempts_ms.size(), 70U + 30U);
  EXPECT_GT(attempts_ms.size(), 70U + 8U);
}

TEST(Delivery, RefusedForGoodGoesAndLostAnswersAreCounted) {
  const auto files = io::make_local_file_system();
  ManualClock clock(1'790'000'000'000);
  std::vector<Kind> script = {Kind::kNever, Kind::kMaybeTaken, Kind::kTaken, Kind::kTaken};
  std::size_t place = 0;
  Delivery delivery(
      open_spool(*files, new_directory("refused")),
      [&](const std::string&) -> PutOutcome {
        return {script[place++], "as told"};
      },
      clock, Random(5));
  for (const char* body : {"a", "b", "c"}) {
    ASSERT_TRUE(delivery.take(body));
  }
  for (int i = 0; i < 100; ++i) {
    (void)delivery.step();
    clock.advance_ms(1'000);
  }
  const DeliveryCounts counts = delivery.counts();
  EXPECT_EQ(counts.refused, 1U);
  EXPECT_EQ(counts.taken, 2U);
  EXPECT_EQ(counts.possibly_doubled, 1U);
  EXPECT_EQ(counts.waiting, 0U);
}

// A CloudWatch that takes keys until they end.
struct Service {
  std::string valid_key = "AKIA1";
  int status = 200;
  std::string code;
  std::vector<std::string> bodies;
  int num_calls = 0;
  bool is_away = false;

  Result<http::Response> answer(const http::ClientRequest& request) {
    ++num_calls;
    if (is_away) {
      return fail(ErrorCode::kRemote, "connection refused");
    }
    const std::string_view authorization = http::find_header(request.headers, "Authorization");
    if (authorization.find("Credential=" + valid_key + "/") == std::string_view::npos) {
      return http::Response{
          400, {}, R"({"__type":"com.amazon.coral.service#ExpiredTokenException"})"};
    }
    EXPECT_EQ(http::find_header(request.headers, "X-Amz-Target"),
              "GraniteServiceVersion20100801.PutMetricData");
    EXPECT_EQ(http::find_header(request.headers, "Content-Encoding"), "gzip");
    if (status == 200) {
      bodies.push_back(request.body);
    }
    return http::Response{status, {}, code.empty() ? "{}" : R"({"__type":")" + code + "\"}"};
  }
};

struct ClientFixture {
  Service service;
  std::string key = "AKIA1";
  ManualClock clock{1'790'000'000'000};
  std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  aws::CredentialSource credentials{{[this](const std::string& name) -> std::optional<std::string> {
                                       return name == "AWS_ACCESS_KEY_ID" ? std::optional(key)
                                              : name == "AWS_SECRET_ACCESS_KEY"
                                                  ? std::optional<std::string>("secret")
                                                  : std::nullopt;
                                     },
                                     "",
                                     {}},
                                    clock,
                                    *files};
  CloudWatchClient client{{"us-west-2", "http://127.0.0.1:7070/", 1'000},
                          credentials,
                          clock,
                          [this](const http::ClientRequest& request, const http::ClientOptions&) {
                            EXPECT_EQ(request.url, "http://127.0.0.1:7070/");
                            return service.answer(request);
                          }};
};

TEST(CloudWatchClient, CredentialsThatEndAreFetchedAnewAtOnce) {
  ClientFixture fixture;
  EXPECT_EQ(fixture.client.put("{\"a\":1}").kind, Kind::kTaken);
  fixture.service.valid_key = "AKIA2";  // the service knows the new ones alone
  EXPECT_EQ(fixture.client.put("{}").kind, Kind::kAgain) << "none other can be had yet";
  fixture.key = "AKIA2";
  EXPECT_EQ(fixture.client.put("{\"b\":2}").kind, Kind::kTaken);
  EXPECT_EQ(fixture.service.num_calls, 1 + 2 + 2);
  ASSERT_EQ(fixture.service.bodies.size(), 2U);
}

TEST(CloudWatchClient, BatchesAreNamedToWhoIsNotAws) {
  const auto named = name_batch("{\"a\":1}");
  const auto other = name_batch("{\"a\":1}");
  ASSERT_TRUE(named && other);
  EXPECT_NE(*named, *other) << "twice the same is two batches";
  const NamedBatch read = read_named_batch(*named);
  EXPECT_EQ(read.body, "{\"a\":1}");
  ASSERT_EQ(read.uuid.size(), 36U);
  EXPECT_EQ(read.uuid[14], '4');
  EXPECT_EQ(read_named_batch("{\"of\":\"an older Weir, which did not name them\"}").uuid, "");
  ClientFixture fixture;
  std::string seen_name;
  std::string seen_body;
  bool knows_names = true;
  for (const std::string endpoint : {"http://127.0.0.1:7070", ""}) {
    CloudWatchClient client({"us-west-2", endpoint, 1'000}, fixture.credentials, fixture.clock,
                            [&](const http::ClientRequest& request,
                                const http::ClientOptions&) -> Result<http::Response> {
                              seen_name = http::find_header(request.headers, "X-Weir-Batch");
                              seen_body = request.body;
                              return knows_names
                                         ? http::Response{200, {{"X-Weir-Batch", seen_name}}, "{}"}
                                         : http::Response{200, {}, "{}"};
                            });
    const PutOutcome outcome = client.put(*named);
    EXPECT_EQ(outcome.kind, Kind::kTaken);
    EXPECT_EQ(seen_body, gzip("{\"a\":1}"));
    EXPECT_EQ(seen_name, endpoint.empty() ? "" : read.uuid);
    EXPECT_EQ(outcome.is_counted_once, !endpoint.empty());
    knows_names = false;
  }
}

TEST(CloudWatchClient, WhatComesOfEachAnswer) {
  ClientFixture fixture;
  const auto outcome = [&](int status, std::string code) {
    fixture.service.status = status;
    fixture.service.code = std::move(code);
    return fixture.client.put("{}").kind;
  };
  EXPECT_EQ(outcome(400, "InvalidParameterValueException"), Kind::kNever);
  EXPECT_EQ(outcome(400, "ThrottlingException"), Kind::kAgain);
  EXPECT_EQ(outcome(429, ""), Kind::kAgain);
  EXPECT_EQ(outcome(503, ""), Kind::kAgain);
  EXPECT_EQ(outcome(500, "InternalFailure"), Kind::kMaybeTaken);
  EXPECT_EQ(outcome(413, ""), Kind::kNever);
  EXPECT_EQ(outcome(403, "AccessDeniedException"), Kind::kAgain);
  fixture.service.is_away = true;
  EXPECT_EQ(fixture.client.put("{}").kind, Kind::kMaybeTaken);
}

TEST(CloudWatchClient, WhatNeverLeftIsNotPerhapsTaken) {
  ClientFixture fixture;
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const CloudWatchOptions where{
      "us-west-2", "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)), 10'000};
  CloudWatchClient client(where, fixture.credentials, fixture.clock, http::send);
  EXPECT_EQ(client.put("{}").kind, Kind::kAgain) << "nobody listens";
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const std::jthread breaker([&] {
    const Descriptor taken(accept(listener.get(), nullptr, nullptr));
    char byte = 0;
    (void)!read(taken.get(), &byte, 1);
  });
  EXPECT_EQ(client.put("{}").kind, Kind::kMaybeTaken) << "broken off before an answer";
}

TEST(OtlpBatch, GaugesWithUcumUnits) {
  std::vector<Sample> samples = {sample_of("A", "rtt_avg", 1.5), sample_of("B", "rtt_avg", 2),
                                 sample_of("A", "nothing", INFINITY)};
  samples.push_back({"A", "bytes", "Bytes/Second", 7, 1'790'000'000'500, {}, false});
  const auto batches = make_otlp_batches(samples);
  ASSERT_EQ(batches.size(), 1U);
  const auto document = format::read_json(batches.front());
  ASSERT_TRUE(document) << batches.front();
  const format::Tree& metrics =
      (*document)["resourceMetrics"].items()[0]["scopeMetrics"].items()[0]["metrics"];
  ASSERT_EQ(metrics.items().size(), 2U);
  EXPECT_EQ(metrics.items()[0]["name"].text(), "weir.probe.bytes");
  EXPECT_EQ(metrics.items()[0]["unit"].text(), "By/s");
  const format::Tree& points = metrics.items()[1]["gauge"]["dataPoints"];
  ASSERT_EQ(points.items().size(), 2U);
  EXPECT_EQ(points.items()[0]["timeUnixNano"].text(), "1790000000500000000");
  EXPECT_EQ(points.items()[0]["asDouble"].number(), 1.5);
  EXPECT_EQ(points.items()[1]["attributes"].items()[0]["value"]["stringValue"].text(), "B");
  samples.resize(2'500, samples.front());
  EXPECT_EQ(make_otlp_batches(samples).size(), 3U);
}

TEST(OtlpBatch, WhatComesOfEachAnswer) {
  int status = 200;
  std::string body = "{}";
  const HttpSend send = [&](const http::ClientRequest& request, const http::ClientOptions&) {
    EXPECT_EQ(request.url, "http://127.0.0.1:4318/v1/metrics");
    return Result<http::Response>(http::Response{status, {}, body});
  };
  const auto outcome = [&](int told) {
    status = told;
    return put_otlp("http://127.0.0.1:4318", "{}", send);
  };
  EXPECT_EQ(outcome(200).kind, Kind::kTaken);
  EXPECT_EQ(outcome(503).kind, Kind::kAgain);
  EXPECT_EQ(outcome(429).kind, Kind::kAgain);
  EXPECT_EQ(outcome(400).kind, Kind::kNever);
  body = R"({"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"too old"}})";
  EXPECT_NE(outcome(200).problem.find("too old"), std::string::npos);
}

TEST(PrometheusPage, NewestOfEach) {
  PrometheusPage page(300'000);
  Sample sample = sample_of("VPC/NetworkLatency/10_0_0_1", "rtt_avg", 1.25);
  sample.dimensions.emplace_back("Target", "a\"b\\c");
  page.take(std::vector{sample});
  sample.value = 2.5;
  page.take(std::vector{sample});
  EXPECT_EQ(page.text(),
            "# HELP weir_probe_rtt_avg Newest value, in Milliseconds.\n"
            "# TYPE weir_probe_rtt_avg gauge\n"
            "weir_probe_rtt_avg{namespace=\"VPC/NetworkLatency/10_0_0_1\",instance_id=\"i-1\","
            "vpc_id=\"unknown\",target=\"a\\\"b\\\\c\"} 2.5 1790000000500\n");
}

TEST(PrometheusPage, WhatIsNoLongerMeasuredGoes) {
  PrometheusPage page(300'000);
  Sample sample = sample_of("Weir/Probe", "tcp_rtt", 1);
  const TimeMs begin = sample.time;
  for (int i = 0; i < 1'000; ++i) {  // a remote each 10 s, none of which comes back
    sample.time = begin + i * 10'000;
    sample.dimensions.back() = {"Remote", "10.0.0." + std::to_string(i)};
    page.take(std::vector{sample});
  }
  const std::string text = page.text();
  const auto num_lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(num_lines, 2 + 31);
  EXPECT_LE(num_lines, 2 + 37) << "those of five minutes, looked through each minute";
  EXPECT_EQ(text.find("remote=\"10.0.0.900\""), std::string::npos);
  EXPECT_NE(text.find("remote=\"10.0.0.999\""), std::string::npos);
}

}  // namespace
}  // namespace weir::probe
