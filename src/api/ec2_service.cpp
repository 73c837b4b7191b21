#include "api/ec2_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/digest.h"

namespace weir::api {
namespace {

constexpr std::string_view kKind = "flow-log";
constexpr std::string_view kDefaultFormat =
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

constexpr std::string_view kEc2Shapes = R"(
Tag { Key@key text, Value@value text }
InputTag { Key text, Value text }
TagSpecification { ResourceType text, Tags@Tag [InputTag] }
InputOptions {
  FileFormat text(plain-text|parquet), HiveCompatiblePartitions boolean, PerHourPartition boolean
}
CreateFlowLogsInput {
  ResourceIds@ResourceId! [text](1..1000)
  ResourceType! text(VPC|Subnet|NetworkInterface|TransitGateway|TransitGatewayAttachment|RegionalNatGateway)
  TrafficType text(ACCEPT|REJECT|ALL), LogDestinationType text(cloud-watch-logs|s3|kinesis-data-firehose)
  LogDestination text, LogGroupName text, DeliverLogsPermissionArn text
  LogFormat text(..8192), MaxAggregationInterval integer, TagSpecifications@TagSpecification [TagSpecification]
  DestinationOptions InputOptions, ClientToken text, DryRun boolean
}
ItemError { Code@code text, Message@message text }
UnsuccessfulItem { ResourceId@resourceId text, Error@error ItemError }
CreateFlowLogsOutput {
  ClientToken@clientToken text, FlowLogIds@flowLogIdSet [text], Unsuccessful@unsuccessful [UnsuccessfulItem]
}
operation CreateFlowLogs(CreateFlowLogsInput) -> CreateFlowLogsOutput admin

Filter { Name text, Values@Value [text] }
DescribeFlowLogsInput {
  FlowLogIds@FlowLogId [text], Filter [Filter], MaxResults integer(1..1000), NextToken text, DryRun boolean
}
OutputOptions {
  FileFormat@fileFormat text, HiveCompatiblePartitions@hiveCompatiblePartitions boolean
  PerHourPartition@perHourPartition boolean
}
FlowLog {
  CreationTime@creationTime time, DeliverLogsPermissionArn@deliverLogsPermissionArn text
  DeliverLogsStatus@deliverLogsStatus text, FlowLogId@flowLogId text, FlowLogStatus@flowLogStatus text
  LogGroupName@logGroupName text, ResourceId@resourceId text, TrafficType@trafficType text
  LogDestinationType@logDestinationType text, LogDestination@logDestination text
  LogFormat@logFormat text, Tags@tagSet [Tag], MaxAggregationInterval@maxAggregationInterval integer
  DestinationOptions@destinationOptions OutputOptions
}
DescribeFlowLogsOutput { FlowLogs@flowLogSet [FlowLog], NextToken@nextToken text }
operation DescribeFlowLogs(DescribeFlowLogsInput) -> DescribeFlowLogsOutput read

DeleteFlowLogsInput { FlowLogIds@FlowLogId! [text](1..1000), DryRun boolean }
DeleteFlowLogsOutput { Unsuccessful@unsuccessful [UnsuccessfulItem] }
operation DeleteFlowLogs(DeleteFlowLogsInput) -> DeleteFlowLogsOutput admin
)";

std::string ec2_scope(const Call& call) { return call.account + "/" + call.region; }

tl::unexpected<ApiError> ec2_failure(const Error& error) {
  const bool heals = error.code == ErrorCode::kFull || error.code == ErrorCode::kBusy;
  return refuse(heals ? "Unavailable" : "InternalError", error.message, heals ? 503 : 500);
}

// What of the input a flow log is, with AWS's defaults.
tl::expected<Tree, ApiError> read_flow_log(const Tree& input) {
  const bool has_group = input.has("LogGroupName");
  if (has_group && input.has("LogDestination")) {
    return refuse("InvalidParameter",
                  "Please only provide LogGroupName or only provide LogDestination.");
  }
  std::string type = input["LogDestinationType"].text();
  if (type.empty()) {
    type = "cloud-watch-logs";
  }
  if (!has_group && !input.has("LogDestination")) {
    return refuse("MissingParameter", "The request must contain LogGroupName or LogDestination");
  }
  const std::int64_t interval =
      input.has("MaxAggregationInterval") ? input["MaxAggregationInterval"].integer() : 600;
  if (interval != 60 && interval != 600) {
    return refuse("InvalidParameter", "Invalid Flow Log Max Aggregation Interval");
  }
  if (!input.has("TrafficType") && !input["ResourceType"].text().starts_with("TransitGateway")) {
    return refuse("MissingParameter", "The request must contain the parameter TrafficType");
  }
  Tree flow_log = Tree::map(
      {{"LogDestinationType", type},
       {"DeliverLogsStatus", "SUCCESS"},
       {"FlowLogStatus", "ACTIVE"},
       {"MaxAggregationInterval", interval},
       {"LogFormat", input.has("LogFormat") ? input["LogFormat"] : Tree(kDefaultFormat)}});
  std::string group = input["LogGroupName"].text();
  constexpr std::string_view kMark = ":log-group:";
  const std::string& destination = input["LogDestination"].text();
  if (const std::size_t mark = destination.find(kMark);
      type == "cloud-watch-logs" && mark != std::string::npos) {
    group = destination.substr(mark + kMark.size());
    group = group.substr(0, group.find(":*"));
  }
  if (!group.empty()) {
    flow_log.append("LogGroupName", group);
  }
  for (const char* name : {"LogDestination", "TrafficType", "DeliverLogsPermissionArn"}) {
    if (input.has(name)) {
      flow_log.append(name, input[name]);
    }
  }
  const Tree& options = input["DestinationOptions"];
  if (type == "s3") {
    flow_log.append(
        "DestinationOptions",
        Tree::map(
            {{"FileFormat", options.has("FileFormat") ? options["FileFormat"] : Tree("plain-text")},
             {"HiveCompatiblePartitions", options["HiveCompatiblePartitions"].boolean()},
             {"PerHourPartition", options["PerHourPartition"].boolean()}}));
  }
  Tree tags = Tree::list();
  for (const Tree& specification : input["TagSpecifications"].items()) {
    for (const Tree& tag : specification["Tags"].items()) {
      tags.push(tag);
    }
  }
  flow_log.append("Tags", std::move(tags));
  return flow_log;
}

Outcome create_flow_logs(logs::GroupBook& groups, const Call& call, const Tree& input) {
  auto flow_log = read_flow_log(input);
  if (!flow_log) {
    return tl::unexpected<ApiError>(flow_log.error());
  }
  if (input["DryRun"].boolean()) {
    return refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
  }
  if (flow_log->has("LogGroupName")) {  // AWS makes the group with the first record
    logs::Group group;
    group.scope = ec2_scope(call);
    group.name = (*flow_log)["LogGroupName"].text();
    group.created_ms = call.now_ms;
    if (auto done = groups.create_group(group); !done) {
      return ec2_failure(done.error());
    }
  }
  Tree ids = Tree::list();
  for (const std::string& resource : input["ResourceIds"].texts()) {
    logs::Document document;
    document.id = "fl-0" + aws::to_hex(aws::random_bytes(8));
    document.modified_ms = call.now_ms;
    document.body = *flow_log;
    document.body.set("ResourceId", resource);
    if (auto done = groups.put_document(kKind, ec2_scope(call), document); !done) {
      return ec2_failure(done.error());
    }
    ids.push(document.id);
  }
  Tree output = Tree::map({{"FlowLogIds", std::move(ids)}, {"Unsuccessful", Tree::list()}});
  if (input.has("ClientToken")) {
    output.append("ClientToken", input["ClientToken"]);
  }
  return output;
}

// nullopt: no such filter.
std::optional<std::string_view> member_of_filter(std::string_view name) {
  return name == "deliver-log-status"     ? std::optional("DeliverLogsStatus")
         : name == "log-destination-type" ? std::optional("LogDestinationType")
         : name == "flow-log-id"          ? std::optional("FlowLogId")
         : name == "log-group-name"       ? std::optional("LogGroupName")
         : name == "resource-id"          ? std::optional("ResourceId")
         : name == "traffic-type"         ? std::optional("TrafficType")
                                          : std::nullopt;
}

// Whether a flow log has one of a filter's values. nullopt: no such filter.
std::optional<bool> matches(const Tree& filter, const Tree& flow_log) {
  const std::string_view name = filter["Name"].text();
  const auto values = filter["Values"].texts();
  const auto is_wanted = [&](const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  if (const auto member = member_of_filter(name)) {
    return is_wanted(flow_log[*member].text());
  }
  const bool is_key = name == "tag-key";
  if (!is_key && !name.starts_with("tag:")) {
    return std::nullopt;
  }
  const auto& tags = flow_log["Tags"].items();
  return std::any_of(tags.begin(), tags.end(), [&](const Tree& tag) {
    return is_key ? is_wanted(tag["Key"].text())
                  : tag["Key"].text() == name.substr(4) && is_wanted(tag["Value"].text());
  });
}

Outcome describe_flow_logs(const logs::GroupBook& groups, const Call& call, const Tree& input) {
  for (const Tree& filter : input["Filter"].items()) {
    if (!matches(filter, Tree())) {
      return refuse("InvalidParameterValue",
                    fmt::format("The filter '{}' is invalid", filter["Name"].text()));
    }
  }
  const auto documents = groups.list_documents(kKind, ec2_scope(call));
  if (!documents) {
    return ec2_failure(documents.error());
  }
  const auto wanted = input["FlowLogIds"].texts();
  const std::string& token = input["NextToken"].text();
  const std::int64_t limit = input.has("MaxResults") ? input["MaxResults"].integer() : 1000;
  Tree list = Tree::list();
  Tree output = Tree::map();
  for (const logs::Document& document : *documents) {
    Tree flow_log = document.body;
    flow_log.set("FlowLogId", document.id);
    flow_log.set("CreationTime", Tree::time(document.modified_ms));
    bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), document.id) != wanted.end();
    for (const Tree& filter : input["Filter"].items()) {
      is_wanted = is_wanted && matches(filter, flow_log).value_or(false);
    }
    if (!is_wanted || (!token.empty() && document.id <= token)) {
      continue;
    }
    if (static_cast<std::int64_t>(list.items().size()) == limit) {
      output.append("NextToken", list.items().back()["FlowLogId"]);
      break;
    }
    list.push(std::move(flow_log));
  }
  output.append("FlowLogs", std::move(list));
  return output;
}

Outcome delete_flow_logs(logs::GroupBook& groups, const Call& call, const Tree& input) {
  Tree unsuccessful = Tree::list();
  for (const std::string& id : input["FlowLogIds"].texts()) {
    const auto was_there = groups.remove_document(kKind, ec2_scope(call), id);
    if (!was_there) {
      return ec2_failure(was_there.error());
    }
    if (!*was_there) {
      unsuccessful.push(Tree::map(
          {{"ResourceId", id},
           {"Error",
            Tree::map({{"Code", "InvalidFlowLogId.NotFound"},
                       {"Message",
                        "These flow log ids in the input list are not found: [" + id + "]"}})}}));
    }
  }
  return Tree::map({{"Unsuccessful", std::move(unsuccessful)}});
}

}  // namespace

Service make_ec2_service(logs::GroupBook& groups) {
  Service service;
  service.name = "EC2";
  service.signing_name = "ec2";
  service.version = "2016-11-15";
  service.xml_namespace = "http://ec2.amazonaws.com/doc/2016-11-15";
  service.is_ec2 = true;
  service.shapes = ShapeTable::parse(kEc2Shapes).value();
  service.operations["CreateFlowLogs"] = [&](const Call& call, const Tree& input) {
    return create_flow_logs(groups, call, input);
  };
  service.operations["DescribeFlowLogs"] = [&](const Call& call, const Tree& input) {
    return describe_flow_logs(groups, call, input);
  };
  service.operations["DeleteFlowLogs"] = [&](const Call& call, const Tree& input) {
    return delete_flow_logs(groups, call, input);
  };
  return service;
}

}  // namespace weir::api
