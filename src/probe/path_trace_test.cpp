#include "probe/path_trace.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "probe/virtual_network.h"

namespace weir::probe {
namespace {

using Answer = VirtualNetwork::Answer;
using Kind = EchoEvent::Kind;

const IpAddress kTarget = *parse_ip("10.9.0.9");

IpAddress router(int number) { return *parse_ip("10.0.0." + std::to_string(number)); }

// A way of some hops; each has a link MTU in front of it.
struct Way {
  int num_hops = 4;      // the target is the last
  std::set<int> silent;  // hops that never say that a TTL ended
  int narrow_hop = 0;    // the link to it takes `mtu`; 0: none
  std::uint32_t mtu = 9'001;
  bool is_black_hole = false;  // the narrow link's router says nothing
  bool is_target_silent = false;

  std::vector<Answer> operator()(const EchoRequest& request) const {
    const std::uint32_t bytes = 28U + request.payload_bytes;
    const int reach = std::min<int>(request.ttl, num_hops);
    if (narrow_hop != 0 && reach >= narrow_hop && bytes > mtu) {
      return is_black_hole
                 ? std::vector<Answer>{}
                 : std::vector<Answer>{{2, Kind::kTooBig, 64, router(narrow_hop - 1), mtu}};
    }
    if (request.ttl < num_hops) {
      return silent.contains(request.ttl)
                 ? std::vector<Answer>{}
                 : std::vector<Answer>{{request.ttl, Kind::kTtlExceeded, 64, router(request.ttl)}};
    }
    return is_target_silent ? std::vector<Answer>{}
                            : std::vector<Answer>{{num_hops, Kind::kReply, 64, kTarget}};
  }
};

PathTrace trace(const Way& way, const TraceOptions& options = {}) {
  ManualClock clock(1'790'000'000'000);
  VirtualNetwork network(clock, way);
  const CancelToken cancel;
  const std::int64_t begin = clock.now_ms();
  auto traced = trace_path(network, clock, kTarget, options, cancel);
  EXPECT_TRUE(traced);
  EXPECT_LT(clock.now_ms() - begin, 60'000);
  return *traced;
}

TEST(PathTrace, EachHopAndItsTime) {
  const PathTrace path = trace({});
  EXPECT_TRUE(path.is_reached);
  ASSERT_EQ(path.hops.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const TraceHop& hop = path.hops[i];
    EXPECT_EQ(hop.ttl, i + 1);
    EXPECT_EQ(hop.addresses, std::vector{i == 3 ? kTarget : router(static_cast<int>(i) + 1)});
    EXPECT_EQ(hop.sent, 3U);
    ASSERT_EQ(hop.rtts_ms.size(), 3U);
    EXPECT_NEAR(hop.rtts_ms.front(), static_cast<double>(i) + 1, 1.01);
    EXPECT_EQ(hop.is_target, i == 3);
  }
  ASSERT_TRUE(path.mtu);
  EXPECT_EQ(path.mtu->bytes, 9'001U);
  EXPECT_EQ(path.mtu->limit, PathMtu::Limit::kNone);
}

TEST(PathTrace, HopsThatSayNothing) {
  Way way;
  way.num_hops = 11;
  way.silent = {2, 3, 5, 6, 7, 8};
  const PathTrace path = trace(way);
  EXPECT_TRUE(path.is_reached);
  ASSERT_EQ(path.hops.size(), 11U);
  for (const TraceHop& hop : path.hops) {
    EXPECT_EQ(hop.addresses.empty(), way.silent.contains(hop.ttl)) << int{hop.ttl};
    EXPECT_EQ(hop.sent, 3U);
  }
  way.is_target_silent = true;
  way.num_hops = 4;
  way.silent = {};
  const PathTrace lost = trace(way);
  EXPECT_FALSE(lost.is_reached);
  EXPECT_EQ(lost.hops.size(), 3U);
  EXPECT_FALSE(lost.mtu);
}

TEST(PathTrace, WhatTheHostItselfSaysIsNoHop) {
  const IpAddress here = *parse_ip("10.9.0.1");
  ManualClock clock(1'790'000'000'000);
  VirtualNetwork network(clock, [&](const EchoRequest&) {
    return std::vector<Answer>{{800, Kind::kUnreachable, 64, here}};
  });
  const CancelToken cancel;
  TraceOptions options;
  const auto with_itself = trace_path(network, clock, kTarget, options, cancel);
  ASSERT_TRUE(with_itself);
  EXPECT_FALSE(with_itself->hops.empty()) << "a router may say so";
  options.is_own = [&](const IpAddress& address) { return address == here; };
  const auto without = trace_path(network, clock, kTarget, options, cancel);
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->hops.empty());
  EXPECT_FALSE(without->is_reached);
}

TEST(PathTrace, MtuThatARouterTells) {
  for (const std::uint32_t mtu : {1'500U, 1'280U, 1'337U, 576U, 8'999U, 84U, 85U}) {
    Way way;
    way.narrow_hop = 3;
    way.mtu = mtu;
    const PathTrace path = trace(way);
    ASSERT_TRUE(path.mtu) << mtu;
    EXPECT_EQ(path.mtu->bytes, mtu);
    EXPECT_EQ(path.mtu->limit, PathMtu::Limit::kRouter);
    EXPECT_EQ(path.mtu->told_by, router(2));
  }
}

TEST(PathTrace, MtuOfABlackHole) {
  Random random(7);
  for (int i = 0; i < 40; ++i) {
    Way way;
    way.narrow_hop = 2;
    way.is_black_hole = true;
    way.mtu = i == 0   ? 1'500
              : i == 1 ? 1'400
                       : 84 + static_cast<std::uint32_t>(random.below(8'900));
    const PathTrace path = trace(way);
    ASSERT_TRUE(path.mtu);
    EXPECT_EQ(path.mtu->bytes, way.mtu);
    EXPECT_EQ(path.mtu->limit, PathMtu::Limit::kSilence);
  }
}

TEST(PathTrace, EndsWhenItIsCancelled) {
  ManualClock clock(1'790'000'000'000);
  VirtualNetwork network(clock, [](const EchoRequest&) { return std::vector<Answer>{}; });
  CancelToken cancel;
  cancel.cancel();
  const auto traced = trace_path(network, clock, kTarget, {}, cancel);
  ASSERT_FALSE(traced);
  EXPECT_EQ(traced.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace weir::probe
