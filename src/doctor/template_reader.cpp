#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "doctor/readers.h"
#include "doctor/template_text.h"

namespace weir::doctor {
namespace {

// Members that AWS knows of a property; others are refused or ignored by it.
constexpr std::string_view kNotificationMembers[] = {"EventBridgeConfiguration",
                                                     "LambdaConfigurations", "QueueConfigurations",
                                                     "TopicConfigurations"};
constexpr std::string_view kS3DestinationMembers[] = {"BucketARN",
                                                      "BufferingHints",
                                                      "CloudWatchLoggingOptions",
                                                      "CompressionFormat",
                                                      "EncryptionConfiguration",
                                                      "ErrorOutputPrefix",
                                                      "Prefix",
                                                      "RoleARN"};

class TemplateReader {
 public:
  TemplateReader(const MarkedTree& document, const std::string& file, const std::string& stack_name,
                 Setup& setup)
      : document_(document), file_(file), text_(document, stack_name), setup_(setup) {}

  void read() {
    const MarkedTree* resources = document_.find("Resources");
    if (resources == nullptr) {
      return;
    }
    for (const auto& [name, resource] : resources->members) {
      const MarkedTree* type = resource.find("Type");
      const MarkedTree* properties = resource.find("Properties");
      if (type == nullptr) {
        continue;
      }
      name_ = name;
      line_ = resource.line;
      static const MarkedTree kNone;
      read_resource(type->text, properties == nullptr ? kNone : *properties);
    }
  }

 private:
  [[nodiscard]] std::string place(const MarkedTree* tree) const {
    return fmt::format("{}:{}", file_, tree == nullptr ? line_ : tree->line);
  }
  [[nodiscard]] std::string subject() const { return "resource " + name_; }

  void add(Severity severity, std::string rule, const MarkedTree* at, std::string message,
           std::string fix) {
    setup_.findings.push_back(
        {severity, std::move(rule), place(at), subject(), std::move(message), std::move(fix)});
  }

  void make(Thing thing, const MarkedTree* named) {
    setup_.made.push_back(
        {thing,
         named == nullptr ? text_.name_of(name_) : text_.of(named).value_or("<" + name_ + ">"),
         place(named), ""});
  }

  void use_arns(const MarkedTree* list, const std::string& who) {
    if (list == nullptr) {
      return;
    }
    for (const MarkedTree& item : list->items) {
      if (auto named = named_of_arn(text_.of(&item).value_or(""))) {
        named->place = place(&item);
        named->subject = who;
        setup_.used.push_back(std::move(*named));
      }
    }
  }

  void read_resource(std::string_view type, const MarkedTree& properties) {
    if (type == "AWS::S3::Bucket") {
      make(Thing::kBucket, properties.find("BucketName"));
      check_members(
          properties.find("NotificationConfiguration"), kNotificationMembers,
          "NotificationConfiguration",
          "an S3 bucket tells Lambda, queues, topics and EventBridge of its objects: use "
          "LambdaConfigurations, or EventBridgeConfiguration with a rule that has the log "
          "group as its target");
    } else if (type == "AWS::SNS::Topic") {
      make(Thing::kTopic, properties.find("TopicName"));
    } else if (type == "AWS::IAM::Role") {
      make(Thing::kRole, properties.find("RoleName"));
    } else if (type == "AWS::EC2::FlowLog") {
      read_flow_log(properties);
    } else if (type == "AWS::KinesisFirehose::DeliveryStream") {
      read_delivery_stream(properties);
    } else if (type == "AWS::CloudWatch::Alarm") {
      read_alarm(properties);
    } else if (type == "AWS::CloudWatch::Dashboard") {
      if (const auto body = text_.of(properties.find("DashboardBody"))) {
        read_dashboard(*body, place(properties.find("DashboardBody")), setup_);
      }
    } else if (type == "AWS::Lambda::Function") {
      if (auto role = named_of_arn(text_.of(properties.find("Role")).value_or(""))) {
        role->place = place(properties.find("Role"));
        role->subject = subject();
        setup_.used.push_back(std::move(*role));
      }
    }
  }

  void check_members(const MarkedTree* tree, std::span<const std::string_view> known,
                     std::string_view property, const std::string& fix) {
    if (tree == nullptr) {
      return;
    }
    for (const auto& [name, value] : tree->members) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        add(Severity::kError, "unknown_property", &value,
            fmt::format("{} has no member {}; it takes {}", property, name, fmt::join(known, ", ")),
            fix);
      }
    }
  }

  void read_flow_log(const MarkedTree& properties) {
    if (const auto format = text_.of(properties.find("LogFormat"))) {
      setup_.formats.push_back({*format, subject(), place(properties.find("LogFormat"))});
    }
    const MarkedTree* destination = properties.find("LogDestination");
    const auto type = text_.of(properties.find("LogDestinationType"));
    const auto target = text_.of(destination);
    if (type && *type == "s3" && target && !target->starts_with("arn:") &&
        !target->starts_with("<")) {
      add(Severity::kError, "destination_is_no_arn", destination,
          fmt::format("LogDestination is '{}', a bucket's name, where AWS wants its ARN", *target),
          fmt::format("arn:aws:s3:::{}", *target));
    }
  }

  void read_delivery_stream(const MarkedTree& properties) {
    const MarkedTree* simple = properties.find("S3DestinationConfiguration");
    const MarkedTree* extended = properties.find("ExtendedS3DestinationConfiguration");
    check_members(
        simple, kS3DestinationMembers, "S3DestinationConfiguration",
        "name it ExtendedS3DestinationConfiguration, which takes ProcessingConfiguration");
    for (const MarkedTree* destination : {simple, extended}) {
      const MarkedTree* processing =
          destination == nullptr ? nullptr : destination->find("ProcessingConfiguration");
      if (processing != nullptr && has_lambda(*processing)) {
        check_invoke(destination->find("RoleARN"));
      }
    }
  }

  static bool has_lambda(const MarkedTree& processing) {
    const MarkedTree* processors = processing.find("Processors");
    return processors != nullptr && std::any_of(processors->items.begin(), processors->items.end(),
                                                [](const MarkedTree& processor) {
                                                  const MarkedTree* type = processor.find("Type");
                                                  return type != nullptr && type->text == "Lambda";
                                                });
  }

  // Whether a role of this template lets its holder call the function.
  void check_invoke(const MarkedTree* role_arn) {
    const std::string role = text_.resource_of(role_arn);
    const MarkedTree* found =
        role.empty() ? nullptr : document_.find_path({"Resources", role, "Properties"});
    if (found == nullptr) {
      return;
    }
    const MarkedTree* managed = found->find("ManagedPolicyArns");
    const bool is_managed = managed != nullptr && !managed->items.empty();
    const MarkedTree* policies = found->find("Policies");
    if (is_managed || (policies != nullptr && allows_invoke(*policies)) || has_policy_of(role)) {
      return;
    }
    setup_.findings.push_back(
        {Severity::kError, "role_lacks_action", place(found), "resource " + role,
         fmt::format("{} calls a Lambda function with this role, which does not allow "
                     "lambda:InvokeFunction: every record ends as an error",
                     name_),
         "allow lambda:InvokeFunction on the function's ARN in the role's policy"});
  }

  // Policies of their own resource that are attached to the role: they are believed.
  [[nodiscard]] bool has_policy_of(const std::string& role) const {
    for (const auto& [name, resource] : document_.find("Resources")->members) {
      const MarkedTree* roles = resource.find_path({"Properties", "Roles"});
      if (roles != nullptr &&
          std::any_of(roles->items.begin(), roles->items.end(),
                      [&](const MarkedTree& item) { return text_.resource_of(&item) == role; })) {
        return true;
      }
    }
    return false;
  }

  static bool is_invoke(const std::string& action) {
    return action == "*" || action == "lambda:*" || action.starts_with("lambda:Invoke");
  }

  static bool allows_invoke(const MarkedTree& policies) {
    for (const MarkedTree& policy : policies.items) {
      const MarkedTree* statements = policy.find_path({"PolicyDocument", "Statement"});
      if (statements == nullptr) {
        continue;
      }
      for (const MarkedTree& statement : statements->items) {
        const MarkedTree* action = statement.find("Action");
        if (action != nullptr &&
            (is_invoke(action->text) ||
             std::any_of(action->items.begin(), action->items.end(),
                         [](const MarkedTree& item) { return is_invoke(item.text); }))) {
          return true;
        }
      }
    }
    return false;
  }

  void read_alarm(const MarkedTree& properties) {
    const std::string name = text_.of(properties.find("AlarmName")).value_or(name_);
    const std::string who = "alarm " + name;
    setup_.made.push_back({Thing::kAlarm, name, place(properties.find("AlarmName")), ""});
    for (const char* const actions : {"AlarmActions", "OKActions", "InsufficientDataActions"}) {
      use_arns(properties.find(actions), who);
    }
    const auto name_space = text_.of(properties.find("Namespace"));
    const auto metric = text_.of(properties.find("MetricName"));
    if (!name_space || !metric) {
      return;
    }
    Watched watched{
        Watched::By::kAlarm, who, *name_space, *metric, {}, place(properties.find("MetricName"))};
    if (const MarkedTree* dimensions = properties.find("Dimensions")) {
      for (const MarkedTree& dimension : dimensions->items) {
        watched.dimensions.insert(text_.of(dimension.find("Name")).value_or("?"));
      }
    }
    setup_.watched.push_back(std::move(watched));
  }

  const MarkedTree& document_;
  const std::string& file_;
  TemplateText text_;
  Setup& setup_;
  std::string name_;  // of the resource at hand
  std::size_t line_ = 0;
};

}  // namespace

void read_template(const MarkedTree& document, const std::string& file,
                   const std::string& stack_name, Setup& setup) {
  TemplateReader(document, file, stack_name, setup).read();
}

}  // namespace weir::doctor
