#include "flow/telemetry/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/telemetry/telemetry_structs.h"
#include "inventory/inventory.h"

namespace weir::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kInterfaces = R"({"NetworkInterfaces":[
 {"NetworkInterfaceId":"eni-0a1","Description":"","InterfaceType":"interface","OwnerId":"012345678901",
  "VpcId":"vpc-1","SubnetId":"subnet-1","AvailabilityZone":"us-east-1a","PrivateIpAddress":"10.1.0.5",
  "PrivateIpAddresses":[{"PrivateIpAddress":"10.1.0.5"}],"Groups":[{"GroupId":"sg-1"}],
  "Attachment":{"InstanceId":"i-1"},"Ipv6Addresses":[{"Ipv6Address":"2001:db8::5"}]},
 {"NetworkInterfaceId":"eni-0b2","Description":"ELB app/shop/50dc6c495c0c9188","InterfaceType":"interface",
  "OwnerId":"012345678901","VpcId":"vpc-1","SubnetId":"subnet-1","AvailabilityZone":"us-east-1a",
  "PrivateIpAddress":"10.1.0.80","Groups":[{"GroupId":"sg-2"}]},
 {"NetworkInterfaceId":"eni-00000000000000007","InterfaceType":"gateway_load_balancer_endpoint",
  "OwnerId":"999999999999","VpcId":"vpc-inspect","PrivateIpAddress":"10.200.0.1"},
 {"NetworkInterfaceId":"eni-0c3","VpcId":"vpc-1","PrivateIpAddress":"10.7.0.1"},
 {"NetworkInterfaceId":"eni-0d4","VpcId":"vpc-2","PrivateIpAddress":"10.7.0.1"}]})";
constexpr std::string_view kInstances = R"({"Reservations":[{"OwnerId":"012345678901","Instances":[
 {"InstanceId":"i-1","Placement":{"AvailabilityZone":"us-east-1a"},"Tags":[
  {"Key":"eks:cluster-name","Value":"prod"},{"Key":"eks:nodegroup-name","Value":"blue"}],
  "NetworkInterfaces":[{"NetworkInterfaceId":"eni-0a1","PrivateIpAddress":"10.1.0.5"}]}]}]})";
constexpr std::string_view kGroups = R"({"SecurityGroups":[
 {"GroupId":"sg-1","IpPermissions":[],"IpPermissionsEgress":[
  {"IpProtocol":"tcp","FromPort":80,"ToPort":443,"IpRanges":[{"CidrIp":"10.1.0.0/16"}]}]},
 {"GroupId":"sg-2","IpPermissions":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,
  "IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]}]})";
constexpr std::string_view kAcls =
    R"({"NetworkAcls":[{"Associations":[{"SubnetId":"subnet-1"}],"Entries":[
 {"RuleNumber":32767,"Protocol":"-1","RuleAction":"deny","Egress":false,"CidrBlock":"0.0.0.0/0"},
 {"RuleNumber":32767,"Protocol":"-1","RuleAction":"deny","Egress":true,"CidrBlock":"0.0.0.0/0"},
 {"RuleNumber":100,"Protocol":"6","RuleAction":"allow","Egress":true,"CidrBlock":"0.0.0.0/0",
  "PortRange":{"From":1,"To":65535}}]}]})";
constexpr std::string_view kBalancers = R"({"LoadBalancers":[{"LoadBalancerName":"shop",
 "LoadBalancerArn":"arn:lb/app/shop/1"}]})";
constexpr std::string_view kTargetGroups = R"({"TargetGroups":[{"TargetGroupArn":"arn:tg/1",
 "LoadBalancerArns":["arn:lb/app/shop/1"]}]})";
constexpr std::string_view kHealth = R"({"TargetHealthDescriptions":[
 {"Target":{"Id":"i-1","Port":80},"TargetHealth":{"State":"healthy"}},
 {"Target":{"Id":"i-2","Port":80},"TargetHealth":{"State":"unhealthy"}}]})";
constexpr std::string_view kPods = R"({"kind":"List","items":[
 {"kind":"Pod","metadata":{"name":"web-1","namespace":"shop"},"spec":{"nodeName":"node-1"},
  "status":{"podIP":"10.1.5.5","podIPs":[{"ip":"10.1.5.5"}]}},
 {"kind":"Pod","metadata":{"name":"aws-node-x","namespace":"kube-system","labels":{"k8s-app":"aws-node"}},
  "spec":{"hostNetwork":true},"status":{"podIP":"10.1.0.5"}},
 {"kind":"Node","metadata":{"name":"node-1","labels":{"eks.amazonaws.com/nodegroup":"green"}}}]})";
constexpr std::string_view kTasks = R"({"tasks":[{"taskArn":"arn:aws:ecs:task/1",
 "clusterArn":"arn:aws:ecs:us-east-1:012345678901:cluster/batch","group":"service:worker",
 "attachments":[{"type":"ElasticNetworkInterface","details":[
  {"name":"privateIPv4Address","value":"10.1.6.6"}]}]}]})";

class TelemetryTest : public ::testing::Test {
 protected:
  TelemetryTest() {
    for (const auto document : {kInterfaces, kInstances, kGroups, kAcls, kBalancers, kTargetGroups,
                                kHealth, kPods, kTasks}) {
      const auto loaded = inventory_.load(document, "test.json", 1'000);
      EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    }
    context_.inventory = &inventory_;
    record_.source = *parse_ip("10.1.0.5");
    record_.destination = *parse_ip("10.1.0.80");
    record_.source_port = 50'000;
    record_.destination_port = 443;
    record_.protocol = 6;
    record_.start_ns = 10'000'000'000;
    record_.end_ns = 12'000'000'000;
    record_.forward.packets = 10;
    record_.forward.bytes = 1000;
    record_.forward.data_segments = 8;
    record_.forward.retransmits = 1;
    record_.reverse.packets = 5;
    record_.reverse.bytes = 3000;
    record_.round_trips.handshake_us = 12'300;
    record_.gateway = {7, 8, 9, 7};
  }
  TelemetryMap map(FlowEnd end) { return telemetry_of(record_, end, context_); }

  inventory::Inventory inventory_;
  TelemetryContext context_;
  FlowRecord record_;
};

TEST_F(TelemetryTest, WireAndMeterAlone) {
  const TelemetryMap telemetry = telemetry_of(record_, FlowEnd::kSource, {});
  EXPECT_EQ(telemetry.get<std::uint64_t>("throughput"), 16'000U);
  EXPECT_EQ(telemetry.get<std::uint64_t>("latency"), 12U);
  EXPECT_EQ(telemetry.get<double>("packet_loss"), 12.5);
  EXPECT_EQ(telemetry.find("vpc_id"), nullptr);
  EXPECT_EQ(telemetry.find("rule_action"), nullptr);
  EXPECT_EQ(telemetry.find("gwlbe_eni")->origin, Origin::kWire);
  EXPECT_EQ(telemetry.find("latency")->origin, Origin::kMeter);
  EXPECT_EQ(telemetry.find("jitter"), nullptr);
}

TEST_F(TelemetryTest, InfrastructureOfTheSource) {
  const TelemetryMap telemetry = map(FlowEnd::kSource);
  const InfrastructureId id = infrastructure_of(telemetry);
  EXPECT_EQ(id.account_id, "012345678901");
  EXPECT_EQ(id.region, "us-east-1");
  EXPECT_EQ(id.availability_zone, "us-east-1a");
  EXPECT_EQ(id.vpc_id, "vpc-1");
  EXPECT_EQ(id.instance_id, "i-1");
  EXPECT_THAT(id.security_groups, ElementsAre("sg-1"));
  EXPECT_EQ(telemetry.get<std::string>("gwlbe_vpc_id"), "vpc-inspect");
  EXPECT_EQ(telemetry.get<std::string>("cluster_name"), "prod");
  EXPECT_EQ(telemetry.find("vpc_id")->origin, Origin::kInventory);
  EXPECT_EQ(telemetry.find("vpc_id")->as_of, 1'000);
  const VpcFlowMetrics flow = vpc_flow_of(telemetry);
  EXPECT_EQ(flow.packets, 15U);
  EXPECT_EQ(flow.source_port, 50'000);
  EXPECT_FALSE(flow.action.has_value());  // no flow log was joined
}

TEST_F(TelemetryTest, RulesAreEvaluatedAndSaySo) {
  const TelemetryMap out = map(FlowEnd::kSource);
  EXPECT_TRUE(out.find("rule_action")->is_evaluated);
  const SecurityContext context = security_of(out);
  EXPECT_EQ(context.rule_action, "ALLOW");
  EXPECT_EQ(context.security_group_id, "sg-1");
  EXPECT_EQ(context.port_range, "80-443");
  EXPECT_EQ(context.source_cidr, "10.1.0.0/16");
  EXPECT_EQ(context.nacl_rule_number, 100);
  // Into the balancer: its group allows it, the subnet's ACL has nothing but its default.
  const SecurityContext in = security_of(map(FlowEnd::kDestination));
  EXPECT_EQ(in.security_group_id, "sg-2");
  EXPECT_EQ(in.nacl_rule_number, 32767);
  EXPECT_EQ(in.rule_action, "DENY");
}

// Rules that name groups or prefix lists: allowed where the peer is known to be a member, denied
// where it is known to be none, and neither where no document tells.
TEST_F(TelemetryTest, RulesNameGroupsAndPrefixLists) {
  inventory::Inventory inventory;
  const auto load = [&](std::string_view document) {
    const auto loaded = inventory.load(document, "test.json", 1'000);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  };
  load(R"({"NetworkInterfaces":[
 {"NetworkInterfaceId":"eni-1","VpcId":"vpc-1","PrivateIpAddress":"10.1.0.5","Groups":[{"GroupId":"sg-web"}],
  "PrivateIpAddresses":[{"PrivateIpAddress":"10.1.0.5","Association":{"PublicIp":"198.51.100.5"}}]},
 {"NetworkInterfaceId":"eni-2","VpcId":"vpc-1","PrivateIpAddress":"10.1.0.6","Groups":[{"GroupId":"sg-other"}]},
 {"NetworkInterfaceId":"eni-3","VpcId":"vpc-1","PrivateIpAddress":"10.1.0.80","Groups":[{"GroupId":"sg-db"}]},
 {"NetworkInterfaceId":"eni-4","VpcId":"vpc-1","PrivateIpAddress":"10.1.0.81",
  "Groups":[{"GroupId":"sg-db"},{"GroupId":"sg-not-told"}]}]})");
  load(R"({"SecurityGroups":[{"GroupId":"sg-db","IpPermissions":[
  {"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":[{"GroupId":"sg-web"}]},
  {"IpProtocol":"tcp","FromPort":22,"ToPort":22,"PrefixListIds":[{"PrefixListId":"pl-1"}]}]}]})");
  context_.inventory = &inventory;
  const auto action = [&](std::string_view source, std::string_view destination,
                          std::uint16_t port) {
    record_.source = *parse_ip(source);
    record_.destination = *parse_ip(destination);
    record_.destination_port = port;
    return map(FlowEnd::kDestination).get<std::string>("rule_action").value_or("");
  };
  EXPECT_EQ(action("10.1.0.5", "10.1.0.80", 443), "ALLOW");
  EXPECT_EQ(map(FlowEnd::kDestination).get<std::string>("security_group_id"), "sg-db");
  EXPECT_EQ(map(FlowEnd::kDestination).find("source_cidr"), nullptr);
  EXPECT_EQ(action("10.1.0.6", "10.1.0.80", 443), "DENY");      // of another group
  EXPECT_EQ(action("10.1.0.7", "10.1.0.80", 443), "");          // whose, no document tells
  EXPECT_EQ(action("203.0.113.9", "10.1.0.80", 443), "DENY");   // nobody's inside a VPC
  EXPECT_EQ(action("198.51.100.5", "10.1.0.80", 443), "DENY");  // a member's public address
  EXPECT_EQ(action("203.0.113.9", "10.1.0.80", 22), "");        // perhaps of the list
  EXPECT_EQ(action("203.0.113.9", "10.1.0.80", 80), "DENY");    // no rule for the port
  EXPECT_EQ(action("203.0.113.9", "10.1.0.81", 80), "");        // perhaps by the other group
  EXPECT_EQ(action("10.1.0.5", "10.1.0.81", 443), "ALLOW");     // whatever the other one says
}

TEST_F(TelemetryTest, LoadBalancer) {
  const AlbMetrics balancer = alb_of(map(FlowEnd::kDestination));
  EXPECT_EQ(balancer.load_balancer_name, "shop");
  EXPECT_EQ(balancer.load_balancer_arn, "arn:lb/app/shop/1");
  EXPECT_EQ(balancer.target_group_arn, "arn:tg/1");
  EXPECT_EQ(balancer.healthy_targets, 1U);
  EXPECT_EQ(balancer.unhealthy_targets, 1U);
  EXPECT_FALSE(balancer.request_count.has_value());
  EXPECT_EQ(map(FlowEnd::kDestination).get<std::string>("service_type"), "ALB");
  EXPECT_EQ(alb_of(map(FlowEnd::kSource)).target_group_arn, "arn:tg/1");  // as a target
}

TEST_F(TelemetryTest, PodsAndTasks) {
  record_.source = *parse_ip("10.1.5.5");
  record_.destination = *parse_ip("10.1.6.6");
  const EksMetrics pod = eks_of(map(FlowEnd::kSource));
  EXPECT_EQ(pod.pod_name, "web-1");
  EXPECT_EQ(pod.namespace_name, "shop");
  EXPECT_EQ(pod.node_group_name, "green");
  EXPECT_EQ(pod.network_mode, "pod");
  EXPECT_EQ(pod.cni_plugin, "amazon-vpc-cni");
  EXPECT_FALSE(pod.cluster_version.has_value());
  const TelemetryMap task = map(FlowEnd::kDestination);
  EXPECT_EQ(task.get<std::string>("task_arn"), "arn:aws:ecs:task/1");
  EXPECT_EQ(task.get<std::string>("cluster_name"), "batch");
  EXPECT_EQ(task.get<std::string>("service_name"), "worker");
  EXPECT_EQ(task.find("task_arn")->origin, Origin::kContainer);
}

TEST_F(TelemetryTest, AddressesOfSeveralNetworksBelongToNobody) {
  EXPECT_EQ(inventory_.find_interface(*parse_ip("10.7.0.1")), nullptr);
  EXPECT_EQ(inventory_.find_interface(*parse_ip("10.7.0.1"), "vpc-2")->id, "eni-0d4");
}

TEST_F(TelemetryTest, JsonHasOrigins) {
  std::string text;
  format::JsonWriter json(text);
  write_json(json, map(FlowEnd::kSource));
  EXPECT_THAT(text, HasSubstr("\"vpc_id\":{\"value\":\"vpc-1\",\"origin\":\"I\",\"as_of\":1000}"));
  EXPECT_THAT(
      text, HasSubstr("\"rule_action\":{\"value\":\"ALLOW\",\"origin\":\"I\",\"evaluated\":true"));
}

TEST_F(TelemetryTest, UnknownDocumentsAreRefused) {
  EXPECT_FALSE(inventory_.load("{\"Buckets\":[]}", "s3.json", 0).has_value());
  EXPECT_THAT(inventory_.load("[1,", "x.json", 0).error().message, HasSubstr("x.json: not JSON"));
  EXPECT_FALSE(inventory_.load("[]", "x.json", 0).has_value());
  EXPECT_EQ(inventory::region_of_zone("us-west-2-lax-1a"), "us-west-2");
  EXPECT_EQ(inventory::region_of_zone("use1-az1"), "");
  EXPECT_EQ(inventory::region_of_zone(""), "");
}

}  // namespace
}  // namespace weir::flow
