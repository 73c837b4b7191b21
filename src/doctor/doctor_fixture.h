#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doctor/check_files.h"

namespace weir::doctor {

// A small deployment of our own with the faults that are commonly made, each once or twice.
inline std::vector<SourceText> faulty_files() {
  return {
      {"flows.yaml", R"(Parameters:
  Network:
    Type: String
  Layout:
    Type: String
    Default: '${version} ${srcaddr} ${dstaddr} ${bytes} ${windowstart} ${windowend} ${flowlogstatus}'
Resources:
  Archive:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub '${AWS::StackName}-archive-${AWS::AccountId}'
      NotificationConfiguration:
        CloudWatchConfigurations:
          - Event: s3:ObjectCreated:*
  ToArchive:
    Type: AWS::EC2::FlowLog
    Properties:
      LogDestinationType: s3
      LogDestination: !Sub '${Archive}/logs/'
      LogFormat: !Ref Layout
  StreamRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [s3:PutObject]
                Resource: '*'
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      S3DestinationConfiguration:
        BucketARN: !GetAtt Archive.Arn
        RoleARN: !GetAtt StreamRole.Arn
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
Outputs:
  Name:
    Value: !Ref Archive
)"},
      {"board.json",
       R"file({"widgets":[{"type":"metric","properties":{"title":"Round trips","region":"eu-west-1","metrics":[
["Edge/Latency/core","rtt",{"stat":"Average"}],[".","loss"]]}},
{"type":"log","properties":{"title":"Volume","query":"SOURCE '/aws/vpc/flowlogs/edge' | filter @timestamp > @timestamp - 1h | stats sum(bytes) as total by bin(5m)"}},
{"type":"text","properties":{"markdown":"x"}}]})file"},
      {"deploy.sh", R"(# the stack
STACK=edge
aws cloudformation create-stack --stack-name "$STACK" --template-body file://flows.yaml

# what came
aws s3 ls "s3://$STACK-archive/logs/" --recursive

# the function
aws lambda create-function --function-name answer --role arn:aws:iam::123456789012:role/answer-role \
  --handler answer.run

# its topic
aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:123456789012:pager --protocol lambda
)"},
      {"alarms.sh", R"(aws cloudwatch put-metric-alarm --alarm-name Slow \
  --namespace "Edge/Latency/core" --metric-name rtt --statistic Average --period 60 \
  --alarm-actions arn:aws:sns:eu-west-1:123456789012:pager

aws cloudwatch put-metric-alarm --alarm-name Broken \
  --namespace Edge/Errors --metric-name errors --dimensions Name=Host,Value=a --statistic Sum
)"},
      {"probe.py", R"(import boto3

class Probe:
    def __init__(self):
        self.cloudwatch = boto3.client('cloudwatch')

    def send(self, values, space='Edge/Other'):
        data = []
        for name, value in values.items():
            data.append({'MetricName': name, 'Value': value,
                         'Dimensions': [{'Name': 'Host', 'Value': self.host},
                                        {'Name': 'Zone', 'Value': self.zone}]})
        self.cloudwatch.put_metric_data(Namespace=space, MetricData=data)

    def cycle(self):
        for target in ['core', 'wan']:
            self.send(measure(target), f'Edge/Latency/{target.replace(".", "_")}')
        self.send(errors(), 'Edge/Errors')

def once(probe):
    probe.send(measure('core'), space='Edge/Trial')
)"},
      {"answer.py", R"(import json, time

def run(event, context):
    message = json.loads(event['Records'][0]['Sns']['Message'])
    which = message['AlarmName']
    if 'Slow' in which:
        return slow()
    if which == 'Intruder':
        return watch()

def slow():
    points = cloudwatch.get_metric_statistics(Namespace='Edge/Latency/core', MetricName='rtt', Dimensions=[], Period=60)
    return points['Datapoints'][-1]['Average']

def watch():
    text = """filter action = "REJECT"
    | stats count(*) by srcaddr"""
    started = logs.start_query(logGroupName='/aws/vpc/flowlogs/edge', queryString=text)
    time.sleep(5)
    return logs.get_query_results(queryId=started['queryId'])['results']
)"},
  };
}

using Replacements = std::vector<std::pair<std::string, std::string>>;

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}
inline std::vector<SourceText> replaced(std::vector<SourceText> files,
                                        const Replacements& replacements) {
  for (SourceText& source : files) {
    for (const auto& [from, to] : replacements) {
      replace_all(source.text, from, to);
    }
  }
  return files;
}

// The rules of findings, in order: what a rename or another order must not change.
inline std::vector<std::string> rules_of(const std::vector<Finding>& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) {
    rules.push_back(finding.rule);
  }
  std::sort(rules.begin(), rules.end());
  return rules;
}

// Puts the blocks of a text that begin with lines like `is_begin` wants, between two lines, into
// another order. What stands before the first block stays.
template <class IsBegin, class IsEnd>
std::string shuffled_blocks(const std::string& text, IsBegin is_begin, IsEnd is_end,
                            std::mt19937_64& random) {
  std::string before;
  std::string after;
  std::vector<std::string> blocks;
  bool is_over = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string line = text.substr(at, end - at);
    at = end;
    if (!is_over && is_begin(line)) {
      blocks.emplace_back();
    } else if (!blocks.empty() && !is_over && is_end(line)) {
      is_over = true;
    }
    (is_over ? after : blocks.empty() ? before : blocks.back()) += line;
  }
  std::shuffle(blocks.begin(), blocks.end(), random);
  for (const std::string& block : blocks) {
    before += block;
  }
  return before + after;
}

}  // namespace weir::doctor
