// AWS's JavaScript SDK v3 against a real server: CloudWatch by JSON, CBOR and Query, Logs by JSON,
// SNS and STS by Query. tools/setup installs the clients where npm can; exit 77 without them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const modules = process.env.WEIR_JAVASCRIPT;
if (!modules || !existsSync(join(modules, "node_modules/@aws-sdk/client-cloudwatch"))) {
  console.log("skipped: AWS's JavaScript clients are not installed; tools/setup installs them with npm");
  process.exit(77);
}
const load = createRequire(join(modules, "package.json"));
const cloudwatch = load("@aws-sdk/client-cloudwatch");
const logs = load("@aws-sdk/client-cloudwatch-logs");
const sns = load("@aws-sdk/client-sns");
const sts = load("@aws-sdk/client-sts");
const protocols = load("@aws-sdk/core/protocols");

let server, directory, endpoint;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "weir_javascript_"));
  server = spawn(process.env.WEIR, ["serve", "--data", directory, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  endpoint = await new Promise((resolve, reject) => {
    let text = "";
    server.stderr.on("data", (bytes) => {
      text += bytes;
      const found = text.match(/listening on (http:\/\/127\.0\.0\.1:\d+)/);
      if (found) resolve(found[1]);
    });
    server.on("exit", () => reject(new Error(`the server ended: ${text}`)));
  });
});

after(async () => {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
  rmSync(directory, { recursive: true, force: true });
});

const settings = (more = {}) => ({
  endpoint, region: "us-west-2", maxAttempts: 1, credentials: { accessKeyId: "test", secretAccessKey: "test" }, ...more,
});

for (const [name, protocol] of Object.entries({
  json: protocols.AwsJson1_0Protocol,
  cbor: protocols.AwsSmithyRpcV2CborProtocol,
  query: protocols.AwsQueryProtocol,
})) {
  const connect = (more = {}) => {
    const client = new cloudwatch.CloudWatchClient(settings({ protocol, ...more }));
    // What went over the wire, so that a default which changes cannot make this test about nothing.
    client.middlewareStack.add((next) => async (args) => {
      const headers = args.request.headers;
      client.seen = headers["smithy-protocol"] ?? headers["content-type"];
      client.encoding = headers["content-encoding"];
      return next(args);
    }, { step: "finalizeRequest", priority: "low" });
    return client;
  };
  const wire = { json: "application/x-amz-json-1.0", cbor: "rpc-v2-cbor", query: "application/x-www-form-urlencoded" }[name];
  const space = `JavaScript/${name}`;

  test(`cloudwatch by ${name}: data that is put is read`, async () => {
    const client = connect();
    const minute = new Date(Math.floor(Date.now() / 60000 - 5) * 60000);
    await client.send(new cloudwatch.PutMetricDataCommand({
      Namespace: space,
      MetricData: [
        { MetricName: "rtt", Timestamp: minute, Value: 1.5, Unit: "Milliseconds", Dimensions: [{ Name: "host", Value: "a b" }] },
        { MetricName: "rtt", Timestamp: minute, Values: [2, 4.25], Counts: [3, 1], Unit: "Milliseconds", Dimensions: [{ Name: "host", Value: "a b" }] },
        { MetricName: "set", Timestamp: minute, StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 } },
      ],
    }));
    assert.equal(client.seen, wire);
    const { MetricDataResults } = await client.send(new cloudwatch.GetMetricDataCommand({
      StartTime: new Date(minute - 3600e3), EndTime: new Date(minute.getTime() + 3600e3),
      MetricDataQueries: [
        { Id: "m", ReturnData: true, MetricStat: { Metric: { Namespace: space, MetricName: "rtt", Dimensions: [{ Name: "host", Value: "a b" }] }, Period: 60, Stat: "Sum" } },
        { Id: "e", Expression: "m * 2", Label: "twice" },
      ],
    }));
    assert.deepEqual(MetricDataResults.map((r) => [r.Id, r.Values, r.StatusCode]), [["m", [11.75], "Complete"], ["e", [23.5], "Complete"]]);
    assert.equal(MetricDataResults[0].Timestamps[0].getTime(), minute.getTime());
    const { Datapoints } = await client.send(new cloudwatch.GetMetricStatisticsCommand({
      Namespace: space, MetricName: "set", StartTime: new Date(minute - 60e3), EndTime: new Date(minute.getTime() + 60e3), Period: 60, Statistics: ["Average", "Maximum"],
    }));
    assert.deepEqual([Datapoints[0].Average, Datapoints[0].Maximum], [5, 6]);
    const { Metrics } = await client.send(new cloudwatch.ListMetricsCommand({ Namespace: space }));
    assert.deepEqual(Metrics.map((m) => m.MetricName).sort(), ["rtt", "set"]);
  });

  test(`cloudwatch by ${name}: large calls come compressed and paged`, async () => {
    // By CBOR, 3.1164's clients compress a body but announce its length from before: no server can read that.
    const compresses = name !== "cbor";
    const client = connect({ requestMinCompressionSizeBytes: 1024, disableRequestCompression: !compresses });
    for (let i = 0; i < 2; ++i) {
      await client.send(new cloudwatch.PutMetricDataCommand({
        Namespace: `${space}/many`,
        MetricData: Array.from({ length: 500 }, (_, n) => ({ MetricName: `metric-${i}-${n}`, Value: n, Timestamp: new Date() })),
      }));
      assert.equal(client.encoding, compresses ? "gzip" : undefined);
    }
    let count = 0;
    for await (const page of cloudwatch.paginateListMetrics({ client }, { Namespace: `${space}/many` })) {
      count += page.Metrics.length;
    }
    assert.equal(count, 1000);
  });

  test(`cloudwatch by ${name}: alarms and dashboards`, async () => {
    const client = connect();
    await client.send(new cloudwatch.PutMetricAlarmCommand({
      AlarmName: `js-${name}`, Namespace: space, MetricName: "rtt", Statistic: "Average", Period: 60, EvaluationPeriods: 2,
      Threshold: 0.5, AlarmDescription: "äé €", ComparisonOperator: "GreaterThanThreshold", Tags: [{ Key: "team", Value: "net" }],
    }));
    const { MetricAlarms } = await client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: [`js-${name}`] }));
    assert.equal(MetricAlarms[0].Threshold, 0.5);
    assert.equal(MetricAlarms[0].AlarmDescription, "äé €");
    assert.ok(MetricAlarms[0].StateUpdatedTimestamp instanceof Date);
    assert.equal(MetricAlarms[0].StateValue, "INSUFFICIENT_DATA");
    await client.send(new cloudwatch.PutDashboardCommand({ DashboardName: `js-${name}`, DashboardBody: '{"widgets":[]}' }));
    const { DashboardBody } = await client.send(new cloudwatch.GetDashboardCommand({ DashboardName: `js-${name}` }));
    assert.deepEqual(JSON.parse(DashboardBody), { widgets: [] });
    await client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [`js-${name}`] }));
  });

  test(`cloudwatch by ${name}: errors have their types`, async () => {
    const client = connect();
    await assert.rejects(client.send(new cloudwatch.GetDashboardCommand({ DashboardName: "none" })),
      (error) => { assert.equal(error.$metadata.httpStatusCode, 404); return /ResourceNotFound|DashboardNotFoundError/.test(error.name); });
    await assert.rejects(client.send(new cloudwatch.PutMetricDataCommand({ Namespace: "x", MetricData: [{ MetricName: "m" }] })),
      (error) => error.$fault === "client" && error.$metadata.httpStatusCode === 400 && error.message.length > 10);
  });
}

test("logs: events, filters and queries", async () => {
  const client = new logs.CloudWatchLogsClient(settings());
  const group = { logGroupName: "/js/events" };
  await client.send(new logs.CreateLogGroupCommand(group));
  await client.send(new logs.CreateLogStreamCommand({ ...group, logStreamName: "s" }));
  const timestamp = Date.now() - 60000;
  await client.send(new logs.PutLogEventsCommand({
    ...group, logStreamName: "s",
    logEvents: [{ timestamp, message: '{"level":"error","ms":12}' }, { timestamp: timestamp + 1, message: '{"level":"info","ms":3}' }],
  }));
  const { events } = await client.send(new logs.FilterLogEventsCommand({ ...group, filterPattern: '{ $.level = "error" }' }));
  assert.deepEqual(events.map((e) => e.message), ['{"level":"error","ms":12}']);
  const { queryId } = await client.send(new logs.StartQueryCommand({
    ...group, startTime: Math.floor(timestamp / 1000) - 60, endTime: Math.floor(Date.now() / 1000) + 60,
    queryString: "stats sum(ms) as total by level | sort total desc",
  }));
  let answer;
  do {
    answer = await client.send(new logs.GetQueryResultsCommand({ queryId }));
  } while (answer.status === "Running" || answer.status === "Scheduled");
  assert.deepEqual(answer.results.map((row) => Object.fromEntries(row.map((c) => [c.field, c.value]))),
    [{ level: "error", total: "12" }, { level: "info", total: "3" }]);
  await assert.rejects(client.send(new logs.StartQueryCommand({ ...group, startTime: 0, endTime: 1, queryString: "nonsense" })),
    (error) => error instanceof logs.MalformedQueryException && error.queryCompileError.location.startCharOffset === 0);
  await assert.rejects(client.send(new logs.CreateLogGroupCommand(group)), logs.ResourceAlreadyExistsException);
});

test("sns and sts", async () => {
  const topics = new sns.SNSClient(settings());
  const { TopicArn } = await topics.send(new sns.CreateTopicCommand({ Name: "js" }));
  assert.equal(TopicArn, "arn:aws:sns:us-west-2:123456789012:js");
  const { MessageId } = await topics.send(new sns.PublishCommand({ TopicArn, Message: "hello" }));
  assert.match(MessageId, /^[0-9a-f-]{36}$/);
  await assert.rejects(topics.send(new sns.GetTopicAttributesCommand({ TopicArn: `${TopicArn}-none` })), sns.NotFoundException);
  const identity = await new sts.STSClient(settings()).send(new sts.GetCallerIdentityCommand({}));
  assert.equal(identity.Account, "123456789012");
});
