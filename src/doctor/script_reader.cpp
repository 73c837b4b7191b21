#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doctor/readers.h"
#include "doctor/shell_words.h"
#include "format/tree.h"

namespace weir::doctor {
namespace {

// A call of the aws command: `aws cloudwatch put-metric-alarm --alarm-name X`.
struct AwsCall {
  std::string operation;               // "cloudwatch put-metric-alarm"
  std::vector<ShellWord> positionals;  // behind the operation
  std::map<std::string, std::vector<ShellWord>, std::less<>> options;
  std::size_t line = 0;

  [[nodiscard]] const ShellWord* option(std::string_view name) const {
    const auto found = options.find(name);
    const bool is_there = found != options.end() && !found->second.empty();
    return is_there && found->second.front().is_known ? &found->second.front() : nullptr;
  }
  [[nodiscard]] std::string value(std::string_view name) const {
    const ShellWord* word = option(name);
    return word == nullptr ? "" : word->text;
  }
};

// Switches of every call that take no value.
constexpr std::string_view kSwitches[] = {
    "debug",        "no-verify-ssl", "no-paginate",     "no-sign-request",
    "no-cli-pager", "recursive",     "human-readable",  "summarize",
    "quiet",        "dryrun",        "actions-enabled", "no-actions-enabled"};

std::optional<AwsCall> aws_call_of(const ShellCommand& command) {
  const auto& words = command.words;
  const auto is_aws = [](const ShellWord& word) {
    return word.text == "aws" || word.text.ends_with("/aws");
  };
  const auto aws = std::find_if(words.begin(), words.end(), is_aws);
  if (aws == words.end()) {
    return std::nullopt;
  }
  AwsCall call;
  call.line = aws->line;
  std::vector<ShellWord> plain;
  std::string option;
  for (auto word = aws + 1; word != words.end(); ++word) {
    if (word->text.starts_with("--")) {
      const std::size_t equals = word->text.find('=');
      option = word->text.substr(2, equals == std::string::npos ? equals : equals - 2);
      auto& values = call.options[option];
      if (equals != std::string::npos) {
        values.push_back({word->text.substr(equals + 1), word->is_known, word->line});
        option.clear();
      } else if (std::find(std::begin(kSwitches), std::end(kSwitches), option) !=
                 std::end(kSwitches)) {
        option.clear();
      }
    } else if (!option.empty() && (plain.size() >= 2 || call.options[option].empty())) {
      call.options[option].push_back(*word);
    } else {
      option.clear();
      plain.push_back(*word);
    }
  }
  if (plain.size() < 2) {
    return std::nullopt;
  }
  call.operation = plain[0].text + " " + plain[1].text;
  call.positionals.assign(plain.begin() + 2, plain.end());
  return call;
}

std::string file_name(std::string_view path) {
  if (path.starts_with("file://")) {
    path.remove_prefix(7);
  }
  return std::string(path.substr(path.rfind('/') + 1));
}

// The names in "Name=InstanceId,Value=i-1" (an alarm's), "InstanceId=i-1,VpcId=v" (a datum's), or
// JSON.
std::set<std::string> dimension_names(const std::vector<ShellWord>& words) {
  std::set<std::string> names;
  for (const ShellWord& word : words) {
    std::string_view text = word.text;
    if (text.starts_with('[') || text.starts_with('{')) {
      if (const auto tree = format::read_json(text)) {
        for (const format::Tree& item : tree->items()) {
          names.insert(item["Name"].text());
        }
        for (const auto& [name, value] : tree->members()) {
          names.insert(name == "Name" ? value.text() : name);
        }
      }
      continue;
    }
    while (!text.empty()) {
      const std::string_view pair = text.substr(0, text.find(','));
      text.remove_prefix(std::min(pair.size() + 1, text.size()));
      const std::string name(pair.substr(0, pair.find('=')));
      if (name == "Name") {
        if (pair.size() > 5) {  // else a value was forgotten
          names.insert(std::string(pair.substr(5)));
        }
      } else if (name != "Value" && pair.find('=') != std::string_view::npos) {
        names.insert(name);
      }
    }
  }
  return names;
}

class ScriptReader {
 public:
  ScriptReader(const std::string& file, Setup& setup, StackNames& stacks)
      : file_(file), setup_(setup), stacks_(stacks) {}

  void read(const AwsCall& call) {
    call_ = &call;
    const std::string& operation = call.operation;
    if (operation == "cloudwatch put-metric-alarm") {
      read_alarm();
    } else if (operation == "cloudwatch put-composite-alarm") {
      make(Thing::kAlarm, "alarm-name");
      use_actions("alarm " + call.value("alarm-name"));
    } else if (operation == "cloudwatch put-metric-data") {
      if (const ShellWord* name_space = call.option("namespace")) {
        const auto dimensions = call.options.find("dimensions");
        setup_.published.push_back({name_space->text, false,
                                    call.options.contains("metric-data")
                                        ? std::nullopt
                                        : std::optional(dimensions == call.options.end()
                                                            ? std::set<std::string>{}
                                                            : dimension_names(dimensions->second)),
                                    place(name_space)});
      }
    } else if (operation == "sns create-topic") {
      make(Thing::kTopic, "name");
    } else if (operation == "iam create-role") {
      make(Thing::kRole, "role-name");
    } else if (operation == "s3api create-bucket") {
      make(Thing::kBucket, "bucket");
    } else if (operation.starts_with("s3api ")) {
      use(Thing::kBucket, "bucket");
    } else if (operation.starts_with("s3 ")) {
      read_s3();
    } else if (operation == "cloudformation create-stack" || operation == "cloudformation deploy" ||
               operation == "cloudformation update-stack") {
      const std::string body =
          call.value(operation == "cloudformation deploy" ? "template-file" : "template-body");
      stacks_[file_name(body)] = call.value("stack-name");
    } else if (operation == "ec2 create-flow-logs") {
      read_flow_logs();
    } else if (operation == "logs start-query") {
      read_query();
    }
    use_arns();
  }

 private:
  [[nodiscard]] std::string place(const ShellWord* word) const {
    return fmt::format("{}:{}", file_, word == nullptr ? call_->line : word->line);
  }
  [[nodiscard]] std::string subject() const { return "aws " + call_->operation; }

  void make(Thing thing, std::string_view option) {
    if (const ShellWord* word = call_->option(option)) {
      setup_.made.push_back({thing, word->text, place(word), ""});
    }
  }
  void use(Thing thing, std::string_view option) {
    if (const ShellWord* word = call_->option(option)) {
      setup_.used.push_back({thing, word->text, place(word), subject()});
    }
  }

  void use_actions(const std::string& who) {
    for (const char* const name : {"alarm-actions", "ok-actions", "insufficient-data-actions"}) {
      const auto found = call_->options.find(name);
      if (found == call_->options.end()) {
        continue;
      }
      for (const ShellWord& word : found->second) {
        use_arn(word, who);
      }
    }
  }

  void use_arn(const ShellWord& word, const std::string& who) {
    auto named = word.is_known ? named_of_arn(word.text) : std::nullopt;
    if (named) {
      named->place = place(&word);
      named->subject = who;
      setup_.used.push_back(std::move(*named));
    }
  }

  // ARNs that any call may be given.
  void use_arns() {
    for (const char* const name : {"topic-arn", "source-arn", "role", "role-arn"}) {
      const auto found = call_->options.find(name);
      if (found != call_->options.end() && !found->second.empty()) {
        use_arn(found->second.front(), subject());
      }
    }
  }

  void read_alarm() {
    const std::string who = "alarm " + call_->value("alarm-name");
    make(Thing::kAlarm, "alarm-name");
    use_actions(who);
    const ShellWord* metric = call_->option("metric-name");
    const ShellWord* name_space = call_->option("namespace");
    if (metric == nullptr || name_space == nullptr) {
      return;
    }
    Watched watched{Watched::By::kAlarm, who, name_space->text, metric->text, {}, place(metric)};
    if (const auto found = call_->options.find("dimensions"); found != call_->options.end()) {
      watched.dimensions = dimension_names(found->second);
    }
    setup_.watched.push_back(std::move(watched));
  }

  void read_s3() {
    for (const ShellWord& word : call_->positionals) {
      if (!word.is_known || !word.text.starts_with("s3://")) {
        continue;
      }
      const std::string bucket = word.text.substr(5, word.text.find('/', 5) - 5);
      if (call_->operation == "s3 mb") {
        setup_.made.push_back({Thing::kBucket, bucket, place(&word), ""});
      } else {
        setup_.used.push_back({Thing::kBucket, bucket, place(&word), subject()});
      }
    }
  }

  void read_flow_logs() {
    if (const ShellWord* format = call_->option("log-format")) {
      setup_.formats.push_back({format->text, subject(), place(format)});
    }
    const ShellWord* destination = call_->option("log-destination");
    if (call_->value("log-destination-type") == "s3" && destination != nullptr &&
        !destination->text.starts_with("arn:")) {
      setup_.findings.push_back(
          {Severity::kError, "destination_is_no_arn", place(destination), subject(),
           fmt::format("--log-destination is '{}', a bucket's name, where AWS wants its ARN",
                       destination->text),
           fmt::format("arn:aws:s3:::{}", destination->text)});
    }
  }

  void read_query() {
    const ShellWord* query = call_->option("query-string");
    if (query != nullptr && call_->value("log-group-name").find("flow") != std::string::npos) {
      setup_.queries.push_back({query->text, subject(), place(query)});
    }
  }

  const std::string& file_;
  Setup& setup_;
  StackNames& stacks_;
  const AwsCall* call_ = nullptr;
};

}  // namespace

void read_script(std::string_view text, const std::string& file, Setup& setup, StackNames& stacks) {
  ScriptReader reader(file, setup, stacks);
  for (const ShellCommand& command : read_shell(text)) {
    if (const auto call = aws_call_of(command)) {
      reader.read(*call);
    }
  }
}

}  // namespace weir::doctor
