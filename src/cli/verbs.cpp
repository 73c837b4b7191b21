// The table of verbs: help, completion and parsing are made from it.

#include <algorithm>
#include <array>

#include "cli/arguments.h"
#include "cli/commands.h"

namespace weir::cli {
namespace {

constexpr Option kFlowOptions[] = {
    {"data", 0, "DIR", "ask the store there (else WEIR_DATA, else the default place)"},
    {"output", 'o', "FORMAT", "how rows are written", "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
    {"since", 0, "TIME",
     "records that start at or after: 2h, 2026-03-01T14:00Z, 'yesterday 14:00'"},
    {"until", 0, "TIME", "records that start before"},
    {"now", 0, "TIME", "what now() and relative times count from (else the clock)"},
    {"format", 0, "LAYOUT", "field names of files without header: '${version} ${srcaddr} ...'"},
    {"flow-logs", 0, "FILE", "JSON of DescribeFlowLogs, for files without header", {}, true},
    {"vpc-cidr", 0, "CIDR", "a network of ours, for scopes and traffic classes", {}, true},
    {"geo", 0, "FILE", "MaxMind-format database of countries, cities or networks", {}, true},
    {"aws-ranges", 0, "FILE", "AWS's ip-ranges.json"},
    {"lookup", 0, "NAME=FILE", "a CSV file for the lookup command of Logs Insights QL", {}, true},
    {"dialect", 0, "WHICH", "how Logs Insights QL is read", "helpful|cloudwatch"},
    {"threads", 0, "N", "threads to use (else one a core)"},
    {"memory", 0, "SIZE", "most that an answer may keep, as in 512MB (else half the machine's)"},
    {"no-rollups", 0, "", "answer from the records, not from totals that a store keeps of them"},
    {"require-complete", 0, "", "exit 3 where the data has gaps or SKIPDATA"},
    {"report", 0, "FILE", "write what the answer rests on, as JSON"},
    {"progress", 0, "HOW", "progress on standard error", "auto|jsonl|none"},
    {"color", 0, "WHEN", "colour on standard output", "auto|always|never"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kTopOptions[] = {
    {"count-once", 0, "", "each packet once: of each connection and hour one interface's records"},
    {"by", 0, "FIELDS", "what to group by, comma separated (else srcaddr,dstaddr)"},
    {"metric", 0, "WHICH", "what makes one larger", "bytes|packets|flows"},
    {"number", 'n', "N", "rows to show (else 10)"},
    {"where", 0, "EXPR", "only these records, in SQL: \"action = 'REJECT' AND dstport = 22\""},
};

constexpr Option kQueryOptions[] = {
    {"count-once", 0, "", "each packet once: of each connection and hour one interface's records"},
    {"file", 'f', "FILE", "read the query from a file; SQL may hold several statements"},
    {"language", 'l', "WHICH", "else told from the first word", "insights|sql"},
    {"explain", 0, "", "show the plan, run nothing"},
};

constexpr Option kSummaryOptions[] = {
    {"count-once", 0, "", "each packet once: of each connection and hour one interface's records"},
};

constexpr Option kFieldsOptions[] = {
    {"catalogue", 0, "", "list every field that is known, instead"},
};

constexpr Option kConvertOptions[] = {
    {"to", 't', "FORMAT", "what to write", "jsonl|csv|parquet|ocsf"},
    {"out", 0, "FILE", "where to (else standard output; parquet needs a file)"},
    {"columns", 0, "FIELDS", "which columns, comma separated (else all)"},
    {"where", 0, "EXPR", "only these records, in SQL"},
    {"aws-types", 0, "", "parquet: types as AWS writes them (INT32, seconds)"},
};

constexpr Option kSimulateOptions[] = {
    {"records", 'n', "N", "records to write (else 100,000)"},
    {"seed", 0, "N", "the same seed gives the same bytes (else 1)"},
    {"out", 0, "DIR", "where to; - writes one stream to standard output"},
    {"start", 0, "TIME", "when it begins (else 2026-01-05T00:00:00Z)"},
    {"duration", 0, "LENGTH", "how long it lasts, as in 90m or 24h (else by the records)"},
    {"interval", 0, "SECONDS", "longest aggregation window (else 60)", "60|600"},
    {"hosts", 0, "N", "size of the VPC, 8 to 4096 (else by the records a minute)"},
    {"format", 0, "LAYOUT", "v2, v3, ... v11, tgw, or a list of field names (else v2)"},
    {"layout", 0, "WHICH", "how objects are named", "s3|hourly|hive|flat"},
    {"compress", 0, "WHICH", "how objects are written", "gzip|zstd|none"},
    {"ipv6", 0, "PERCENT", "share of IPv6 connections (else 10)"},
    {"nodata", 0, "PERCENT", "share of NODATA records (else 1)"},
    {"skipdata", 0, "PERCENT", "share of SKIPDATA records (else 0.05)"},
    {"no-anomalies", 0, "", "everyday traffic alone: no scans, beacons, exfiltration"},
    {"no-header", 0, "", "leave the header line out"},
    {"account", 0, "ID", "12 digits (else 123456789012)"},
    {"region", 0, "NAME", "(else us-east-1)"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kPacketsOptions[] = {
    {"filter", 0, "EXPR",
     "only these: libpcap's language, and 'inner port 443', 'endpoint eni-...'"},
    {"details", 0, "", "every header and option of a packet, with offsets"},
    {"stats", 0, "", "counts alone: the fastest way through a capture"},
    {"flows", 0, "", "flows in place of packets, with round trips, retransmits, jitter"},
    {"output", 'o', "FORMAT",
     "how they are written (vpc: flow-log lines, ipfix: --flows; prometheus: --stats)",
     "table|json|jsonl|vpc|ipfix|prometheus"},
    {"ipfix", 0, "HOST:PORT", "--flows: send records to a collector as well (RFC 7011, UDP)"},
    {"data", 0, "DIR", "--flows: put the records into a store, beside flow logs"},
    {"listen", 0, "",
     "take what comes to ADDR[:PORT]... by GENEVE and VXLAN (else 127.0.0.1, 6081 and 4789)"},
    {"interface",
     0,
     "NAME",
     "watch: what an interface of this machine gets and sends, appliance's replies included",
     {},
     true},
    {"allow", 0, "CIDR", "--listen: who may send (else this machine alone)", {}, true},
    {"health-port", 0, "PORT", "--listen: answer TCP and HTTP health checks, and /metrics"},
    {"pass-through", 0, "",
     "--listen: give every GENEVE packet back, as a Gateway Load Balancer's target must"},
    {"single", 0, "", "--listen: take datagrams one by one, not joined by the kernel (UDP_GRO)"},
    {"receive-buffer", 0, "MB", "--listen, --interface: of each socket (else 32)"},
    {"threads", 0, "N",
     "threads that share the flows (files: --flows alone, else 1; --listen: receivers, else one a "
     "core)"},
    {"validate", 0, "", "every departure from RFC 8926 and RFC 7348"},
    {"inventory",
     0,
     "FILE",
     "JSON of EC2's describe calls, elbv2, ecs describe-tasks or kubectl get -o json",
     {},
     true},
    {"active-timeout", 0, "S", "--flows: a record at least so often (else 300)"},
    {"idle-timeout", 0, "S", "--flows: when a flow is over (else 350 for TCP, 120 for the rest)"},
    {"max-flows", 0, "N", "--flows: at most so many open at a time (else 1,048,576)"},
    {"keep-duplicates", 0, "", "--flows: count packets that were mirrored twice twice"},
    {"profile", 0, "LIST", "layouts of vendors' options: gwlb, libgeneve, libgeneve16 (else gwlb)"},
    {"role", 0, "WHICH", "how RFC 8926 is applied (else observer; --listen: endpoint)",
     "observer|endpoint"},
    {"geneve-port", 0, "PORT", "a UDP port of GENEVE (else 6081)"},
    {"vxlan-port", 0, "PORT", "a UDP port of VXLAN (else 4789 and 8472)"},
    {"depth", 0, "N", "tunnels within one another to follow, 1 to 4 (else 4)"},
    {"options-limit", 0, "N", "options of a packet, over all levels (else 63)"},
    {"strict", 0, "", "drop where the C bit and the options disagree"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kDemoOptions[] = {
    {"records", 'n', "N", "records to simulate, at least 5000 (else 200,000)"},
    {"keep", 0, "DIR", "write the logs there and leave them (else a temporary folder)"},
    {"color", 0, "WHEN", "colour on standard output", "auto|always|never"},
};

constexpr Option kVersionOptions[] = {
    {"verbose", 'v', "", "the compiler, kernels and optional parts too"},
};

constexpr Option kServeOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"listen", 0, "ADDRESS:PORT",
     "where to listen (else 127.0.0.1:7070; port 0: one that is free)"},
    {"config", 0, "FILE", "TOML; docs/serve.md lists its keys (else WEIR_CONFIG)"},
    {"require-keys", 0, "", "check signatures on loopback as well"},
    {"ingest", 0, "PATH", "flow logs to take in while it runs, now and as they come", {}, true},
    {"vpc-cidr", 0, "CIDR", "a network of ours, for scopes and traffic classes", {}, true},
    {"geo", 0, "FILE", "MaxMind-format database of countries, cities or networks", {}, true},
    {"aws-ranges", 0, "FILE", "AWS's ip-ranges.json"},
    {"inventory", 0, "FILE", "JSON of EC2's describe calls: who has which address", {}, true},
    {"dimensionless-rollup",
     0,
     "NAMESPACE",
     "its data also count for series without dimensions",
     {},
     true},
};

constexpr Option kMetricOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"region", 0, "NAME", "metrics of that region (else the server's own)"},
    {"namespace", 0, "NAME", "list: metrics of one namespace"},
    {"metric", 0, "NAME", "list: metrics of one name"},
    {"dimension",
     0,
     "NAME=VALUE",
     "get, put: one of all that the metric has; list: one that metrics have (NAME alone: any "
     "value)",
     {},
     true},
    {"stat",
     0,
     "WHICH",
     "get, query: Average, Sum, Minimum, Maximum, SampleCount, p99, TM(10%:90%) ..; get takes "
     "several (else Average)",
     {},
     true},
    {"period", 0, "SECONDS",
     "get, query: length of a period (else 60, or the shortest that data so old has)"},
    {"since", 0, "TIME", "get, query: from when on (else three hours before the end)"},
    {"until", 0, "TIME", "get, query: until when (else now)"},
    {"id",
     0,
     "ID=METRIC",
     "query: a metric that expressions use, as m1=NAMESPACE/METRIC{NAME=VALUE,..}:STATISTIC; "
     "m1@300=.. for a period of its own",
     {},
     true},
    {"show",
     0,
     "ID",
     "query: what is shown (else the expressions; without any, the metrics)",
     {},
     true},
    {"label", 0, "ID=TEXT", "query: what a series is called", {}, true},
    {"long", 0, "", "get, query: a row a point, instead of a column a series"},
    {"unit", 0, "UNIT", "put: Seconds, Bytes, Percent, Count .. (else None)"},
    {"time", 0, "TIME", "put: when (else now)"},
    {"report", 0, "FILE", "get, query: write what the answer rests on, as JSON"},
    {"output", 'o', "FORMAT", "how rows are written", "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kDashboardOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"since", 0, "TIME", "show: from when on (else the dashboard's own range, else three hours)"},
    {"until", 0, "TIME", "show: until when (else now)"},
    {"widget", 0, "WHICH", "show: all data of one widget, by its number or its title"},
    {"variable", 0, "ID=VALUE", "show: the value of a variable of the dashboard", {}, true},
    {"report", 0, "FILE", "show: write what each widget rests on, as JSON"},
    {"output", 'o', "FORMAT",
     "list, show: table and md widget by widget; json all data; csv, tsv, jsonl a row a cell",
     "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
    {"yes", 0, "", "delete: do it"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kAlarmOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"region", 0, "NAME", "alarms of one region (else of all)"},
    {"state", 0, "STATE", "list: those in one state", "OK|ALARM|INSUFFICIENT_DATA"},
    {"since", 0, "TIME", "replay: from when on (else 30d)"},
    {"output", 'o', "FORMAT", "list: any; explain, replay: table or json",
     "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
};

constexpr Option kConfigOptions[] = {
    {"origin", 0, "", "dump: say where each setting came from"},
    {"output", 'o', "FORMAT", "dump: as a file of TOML, or rows",
     "toml|table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
};

constexpr Option kDoctorOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"output", 'o', "FORMAT", "how the findings are written", "table|json"},
    {"exit-code", 0, "", "exit 1 where anything was found"},
};

constexpr Option kProbeOptions[] = {
    {"once", 0, "", "one cycle, then end"},
    {"target",
     0,
     "HOST",
     "address or name; tcp://HOST:PORT, udp://HOST:PORT, dns://SERVER/NAME?type=A, "
     "https://HOST/PATH "
     "(else probe.targets)",
     {},
     true},
    {"count", 0, "N", "--once: probes for each target (else 5)"},
    {"interval", 0, "SECONDS", "run: length of a round (else 60)"},
    {"rounds", 0, "N", "run: end after so many (else go on)"},
    {"probe-interval", 0, "MS", "between probes of one target (else 1000)"},
    {"timeout", 0, "MS", "after which a probe is lost (else 1000)"},
    {"method", 0, "WHICH", "kind of ICMP socket (else datagram where it may be)",
     "any|datagram|raw"},
    {"http-status", 0, "RANGE", "statuses of pages that are as wanted (else 200-399)"},
    {"http-redirects", 0, "N", "that are followed (else 0)"},
    {"http-ca", 0, "FILE", "certificates that pages' are trusted by (else the system's)"},
    {"trace-loss", 0, "PERCENT",
     "run: loss of a round at which the way is traced (else 20; 0: never)"},
    {"by", 0, "KIND", "trace: ICMP, or UDP, which needs no privilege (else ICMP where it may be)",
     "any|icmp|udp"},
    {"max-hops", 0, "N", "trace: at most so far (else 30)"},
    {"no-mtu", 0, "", "trace: not the path MTU"},
    {"remotes", 0, "N", "remote addresses of TCP connections to tell of (else 10)"},
    {"output", 'o', "FORMAT", "how measurements are written", "table|json|jsonl"},
    {"publish", 0, "", "PutMetricData to CloudWatch, or to what --endpoint-url names"},
    {"endpoint-url", 0, "URL", "where PutMetricData goes (else AWS), as http://127.0.0.1:7070"},
    {"region", 0, "REGION", "of CloudWatch (else AWS_REGION)"},
    {"profile", 0, "NAME", "of ~/.aws, for credentials"},
    {"scheme", 0, "WHICH", "names of metrics: the document's, or targets as dimensions",
     "document|target|both"},
    {"high-resolution", 0, "", "publish by the second, for alarms of 10 s"},
    {"instance-id", 0, "ID", "dimension InstanceId (else asked of IMDSv2)"},
    {"vpc-id", 0, "ID", "dimension VpcId (else asked of IMDSv2)"},
    {"spool", 0, "DIR", "run: where batches wait (else probe-spool in the data directory)"},
    {"prometheus", 0, "ADDR:PORT", "run: a page to scrape"},
    {"otlp", 0, "URL", "run: OTLP/HTTP (JSON), as http://127.0.0.1:4318"},
    {"config", 0, "FILE", "TOML; [probe], docs/probe.md lists its keys (else WEIR_CONFIG)"},
    {"data", 0, "DIR", "the data directory (else WEIR_DATA, else the default place)"},
};

constexpr Option kKeyOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"scope", 0, "SCOPE[,SCOPE]",
     "create: what it may do: ingest, read, operate, respond, admin (else read)"},
    {"account", 0, "ID", "create: the account its calls are of, 12 digits (else the server's)"},
};

constexpr Option kIngestOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"follow", 0, "", "go on: take in what comes into the directories, or down the pipe"},
    {"where", 0, "EXPR", "only these records, in SQL: \"action = 'REJECT'\""},
    {"sample", 0, "1/N", "only one connection in N, by a hash of both ends"},
    {"dedupe-records", 0, "", "drop whole records that other objects brought already"},
    {"fast", 0, "", "acknowledge what is followed up to a second before it lasts"},
    {"format", 0, "LAYOUT", "field names of files without header: '${version} ${srcaddr} ...'"},
    {"flow-logs", 0, "FILE", "JSON of DescribeFlowLogs, for files without header", {}, true},
    {"now", 0, "TIME", "what now() in --where counts from (else the clock)"},
    {"threads", 0, "N", "threads to use (else one a core)"},
    {"progress", 0, "HOW", "jsonl: a line an object on standard output, once it lasts",
     "auto|jsonl|none"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kStoreOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"output", 'o', "FORMAT", "how rows are written", "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
};

constexpr Option kRetentionOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"table", 0, "NAME", "(else flows)"},
    {"max-age", 0, "LENGTH", "keep records so long, as in 90d; none: for ever"},
    {"max-size", 0, "SIZE", "keep so many bytes, as in 50GB; none: all"},
    {"apply", 0, "", "remove now what the rules no longer keep"},
    {"drop-before", 0, "TIME", "remove the partitions that end before"},
    {"dry-run", 0, "", "say what would be removed, remove nothing"},
    {"yes", 0, "", "really: what is removed is gone"},
    {"output", 'o', "FORMAT", "how rows are written", "table|csv|tsv|json|jsonl|md"},
    {"no-header", 0, "", "rows alone (table, csv, tsv)"},
};

constexpr Option kFsckOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"repair", 0, "", "take what is damaged out of the store, into quarantine/"},
    {"output", 'o', "FORMAT", "how the findings are written", "table|json"},
};

constexpr Option kCompactOptions[] = {
    {"data", 0, "DIR", "the store (else WEIR_DATA, else the default place)"},
    {"quiet", 'q', "", "say nothing but errors"},
};

constexpr Option kExportOptions[] = {
    {"table", 0, "NAME", "(else flows)"},
    {"to", 't', "FORMAT", "what to write", "parquet|csv|jsonl|ocsf"},
    {"layout", 0, "WHICH", "AWS's own folders and types, a file an hour", "hive"},
    {"where", 0, "EXPR", "only these records, in SQL"},
    {"aws-types", 0, "", "parquet: types as AWS writes them (INT32, seconds)"},
};

constexpr Verb kVerbs[] = {
    {"top", "who talks most: top talkers by bytes, packets or flows", "[OPTIONS] PATH...",
     "  weir top ./AWSLogs/\n"
     "  weir top --by dstport,protocol --metric flows -n 20 ./AWSLogs/\n"
     "  weir top --by srcaddr --where \"action = 'REJECT'\" --since 1h --now 2026-03-01T12:00Z "
     "logs/*.gz\n",
     kTopOptions, true, run_top},
    {"query", "ask in Logs Insights QL or SQL", "[OPTIONS] QUERY PATH...  |  -f FILE PATH...",
     "  weir query 'filter action = \"REJECT\" | stats count(*) as n by srcaddr, dstport | sort n "
     "desc | limit 20' ./AWSLogs/\n"
     "  weir query \"SELECT srcaddr, SUM(bytes) AS b FROM flows GROUP BY srcaddr ORDER BY b DESC "
     "LIMIT 10\" ./AWSLogs/\n"
     "  zcat log.gz | weir query 'stats sum(bytes) by bin(5m)' -\n"
     "  weir query -f queries.sql -o json ./AWSLogs/\n",
     kQueryOptions, true, run_query},
    {"summary", "totals, accepted and rejected, top fives, coverage", "[OPTIONS] PATH...",
     "  weir summary ./AWSLogs/\n"
     "  weir summary --since 2026-03-01 --until 2026-03-02 ./AWSLogs/\n",
     kSummaryOptions, true, run_summary},
    {"serve", "answer AWS's clients: CloudWatch, Logs, SNS, STS", "[OPTIONS]",
     "  weir serve --data ./store\n"
     "  aws --endpoint-url http://127.0.0.1:7070 sts get-caller-identity\n",
     kServeOptions, false, run_serve},
    {"metric", "metrics that a server keeps: what there is, their values, metric math",
     "list|get NAMESPACE METRIC|query EXPRESSION..|put NAMESPACE METRIC VALUE..",
     "  weir metric list --namespace VPC/NetworkLatency/8_8_8_8\n"
     "  weir metric get AWS/EC2 CPUUtilization --dimension InstanceId=i-1 --stat Average --stat "
     "p99 "
     "--since 1d\n"
     "  weir metric query 'errors / requests * 100' --id 'errors=Shop/Errors{Service=web}:Sum' \\\n"
     "      --id 'requests=Shop/Requests{Service=web}:Sum' --period 300 -o csv\n"
     "  weir metric query \"SEARCH('{AWS/EC2,InstanceId} CPUUtilization', 'Average', 300)\"\n"
     "  weir metric query 'SELECT MAX(CPUUtilization) FROM \"AWS/EC2\" GROUP BY InstanceId' "
     "--period "
     "300\n"
     "  weir metric put Shop Requests 17 --dimension Service=web --unit Count\n",
     kMetricOptions, false, run_metric},
    {"dashboard", "dashboards: what they show, their bodies",
     "list|show NAME|get NAME|put NAME FILE|delete NAME",
     "  weir dashboard list\n"
     "  weir dashboard show VPC-Network --since 6h\n"
     "  weir dashboard show VPC-Network --widget 'Round trips' -o csv\n"
     "  weir dashboard get VPC-Network > body.json\n"
     "  weir dashboard put VPC-Network body.json\n",
     kDashboardOptions, false, run_dashboard},
    {"alarm", "alarms: their states, why, and what they would have done",
     "list|explain NAME|replay NAME",
     "  weir alarm list --state ALARM\n"
     "  weir alarm explain High-Packet-Loss\n"
     "  weir alarm replay High-Packet-Loss --since 30d\n",
     kAlarmOptions, false, run_alarm},
    {"doctor", "what can never work, and why: of a server, or of files as one set",
     "[OPTIONS] [FILE|DIRECTORY...]",
     "  weir doctor --data ./store\n"
     "  weir doctor stack.yaml dashboard.json alarms.sh monitor.py\n"
     "  weir doctor --exit-code ./deploy/\n",
     kDoctorOptions, false, run_doctor},
    {"config", "the server's configuration: is it right, and what is in force", "check|dump [FILE]",
     "  weir config check weir.toml\n"
     "  weir config dump --origin\n"
     "  WEIR_LOG_LEVEL=debug weir config dump -o json weir.toml\n",
     kConfigOptions, false, run_config},
    {"key", "access keys of the server", "create|list|remove [ID]",
     "  weir key create --scope ingest --data ./store\n"
     "  weir key list --data ./store\n",
     kKeyOptions, false, run_key},
    {"ingest", "take flow logs, and flows of captured packets, into the store, each object once",
     "[OPTIONS] PATH...",
     "  weir ingest ./AWSLogs/\n"
     "  weir ingest --data ./store --follow ./incoming/\n"
     "  zcat log.gz | weir ingest -\n"
     "  weir ingest mirrored.pcap ./AWSLogs/\n",
     kIngestOptions, false, run_ingest},
    {"store", "what the store holds: tables, partitions, bytes by column and encoding",
     "info [OPTIONS]",
     "  weir store info\n"
     "  weir store info --data ./store -o json\n",
     kStoreOptions, false, run_store},
    {"retention", "how long the store keeps what; remove what is older", "[OPTIONS]",
     "  weir retention --max-age 90d --max-size 50GB\n"
     "  weir retention --apply --dry-run\n"
     "  weir retention --drop-before 2026-01-01 --yes\n",
     kRetentionOptions, false, run_retention},
    {"compact", "rewrite the small segments of each day as one", "[OPTIONS]",
     "  weir compact --data ./store\n", kCompactOptions, false, run_compact},
    {"fsck", "check every byte of the store", "[OPTIONS]",
     "  weir fsck --data ./store\n"
     "  weir fsck --repair\n",
     kFsckOptions, false, run_fsck},
    {"export", "the store's records as Parquet, CSV, JSON lines or OCSF",
     "--to FORMAT [OPTIONS] FILE-OR-FOLDER",
     "  weir export --to parquet --layout hive ./lake\n"
     "  weir export --to csv --where \"action = 'REJECT'\" rejected.csv\n",
     kExportOptions, true, run_export},
    {"fields", "the layout found per file, and where it came from", "[OPTIONS] PATH...",
     "  weir fields ./AWSLogs/\n"
     "  weir fields --catalogue\n",
     kFieldsOptions, true, run_fields},
    {"convert", "flow logs to JSON lines, CSV, Parquet or OCSF", "--to FORMAT [OPTIONS] PATH...",
     "  weir convert --to parquet --out flows.parquet ./AWSLogs/\n"
     "  weir convert --to ocsf ./AWSLogs/ > network-activity.jsonl\n"
     "  weir convert --to csv --columns srcaddr,dstaddr,bytes --where \"bytes > 1000000\" "
     "./AWSLogs/\n",
     kConvertOptions, true, run_convert},
    {"simulate", "a realistic VPC's flow logs, the same from the same seed", "[OPTIONS] --out DIR",
     "  weir simulate --records 1000000 --seed 7 --out ./sim\n"
     "  weir simulate -n 10000 --format v5 --out - | weir top -\n",
     kSimulateOptions, false, run_simulate},
    {"packets", "what GENEVE and VXLAN packets carry: gateway, mirror, inner flows",
     "[watch] [OPTIONS] FILE...|-|--listen [ADDR[:PORT]...]",
     "  weir packets capture.pcap\n"
     "  weir packets --flows -o jsonl --filter 'inner port 443' capture.pcap\n"
     "  tcpdump -w - udp port 6081 | weir packets --stats -\n"
     "  weir packets --validate capture.pcapng.gz\n"
     "  weir packets watch capture.pcap\n"
     "  weir packets --flows --data ./store capture.pcap\n"
     "  weir packets --listen 10.0.1.99 --allow 10.0.1.0/24 --health-port 8080 --data ./store\n",
     kPacketsOptions, false, run_packets},
    {"probe", "latency, loss and jitter to hosts; interfaces and TCP of this one",
     "--once|run|top|trace HOST [OPTIONS]",
     "  weir probe --once --target 10.0.0.5 --target db.internal\n"
     "  weir probe --once --target dns://10.0.0.2/db.internal --target https://db.internal/health\n"
     "  weir probe trace db.internal\n"
     "  weir probe top --target 10.0.0.5 --target db.internal\n"
     "  weir probe --once --target 10.0.0.5 -o json --publish --endpoint-url "
     "http://127.0.0.1:7070\n"
     "  weir probe run --target 10.0.0.5 --interval 60 --publish --region us-west-2\n"
     "  weir probe run --config /etc/weir/weir.toml\n",
     kProbeOptions, false, run_probe},
    {"demo", "all of it on a simulated VPC, nothing needed", "[OPTIONS] [seed]",
     "  weir demo\n"
     "  weir demo --keep ./demo-logs\n"
     "  weir demo < /dev/null                        the answers alone, without serving after "
     "them\n"
     "  weir demo seed                               a monitored host's alarms, by data alone\n",
     kDemoOptions, false, run_demo},
    {"version", "version, and what this build can do here", "[--verbose]",
     "  weir version --verbose\n", kVersionOptions, false, run_version},
    {"completion",
     "completion script for bash, zsh or fish",
     "bash|zsh|fish",
     "  eval \"$(weir completion bash)\"\n"
     "  weir completion fish | source\n",
     {},
     false,
     run_completion},
    {"help",
     "what a command does and takes",
     "[COMMAND]",
     "  weir help query\n",
     {},
     false,
     run_help},
};

}  // namespace

std::span<const Verb> all_verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                         [&](const Verb& verb) { return verb.name == name; });
  return found == std::end(kVerbs) ? nullptr : found;
}

std::span<const Option> flow_options() { return kFlowOptions; }

}  // namespace weir::cli
