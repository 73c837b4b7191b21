#include "doctor/template_text.h"

#include <fmt/format.h>

#include <array>

namespace weir::doctor {
namespace {

constexpr int kMaxNesting = 16;  // a reference may lead to itself
constexpr std::size_t kMaxSteps = 2'000;

// The property that names a resource of a type, and how its ARN is written.
struct TypeName {
  std::string_view type;
  std::string_view property;
  std::string_view arn;  // {} is the name
};
constexpr TypeName kTypeNames[] = {
    {"AWS::S3::Bucket", "BucketName", "arn:aws:s3:::{}"},
    {"AWS::SNS::Topic", "TopicName", "arn:aws:sns:<AWS::Region>:<AWS::AccountId>:{}"},
    {"AWS::IAM::Role", "RoleName", "arn:aws:iam::<AWS::AccountId>:role/{}"},
    {"AWS::Logs::LogGroup", "LogGroupName",
     "arn:aws:logs:<AWS::Region>:<AWS::AccountId>:log-group:{}:*"},
    {"AWS::Lambda::Function", "FunctionName",
     "arn:aws:lambda:<AWS::Region>:<AWS::AccountId>:function:{}"},
    {"AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName",
     "arn:aws:firehose:<AWS::Region>:<AWS::AccountId>:deliverystream/{}"},
    {"AWS::CloudWatch::Alarm", "AlarmName",
     "arn:aws:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:{}"},
};

const TypeName* type_name(const MarkedTree* resource) {
  const MarkedTree* type = resource == nullptr ? nullptr : resource->find("Type");
  for (const TypeName& known : kTypeNames) {
    if (type != nullptr && type->text == known.type) {
      return &known;
    }
  }
  return nullptr;
}

// A function in either form: its name without "Fn::" or "!", and its argument.
struct Function {
  std::string_view name;
  const MarkedTree* argument = nullptr;
};
std::optional<Function> function_of(const MarkedTree& tree) {
  if (tree.tag.starts_with('!') && !tree.tag.starts_with("!!")) {
    return Function{std::string_view(tree.tag).substr(1), &tree};
  }
  if (tree.kind == MarkedTree::Kind::kMap && tree.members.size() == 1) {
    const auto& [key, value] = tree.members.front();
    const std::string_view name = key;
    if (name == "Ref" || name.starts_with("Fn::")) {
      return Function{name.starts_with("Fn::") ? name.substr(4) : name, &value};
    }
  }
  return std::nullopt;
}

std::string dotted_of(const MarkedTree& argument) {
  return argument.items.size() == 2 ? argument.items[0].text + "." + argument.items[1].text
                                    : argument.text;
}

}  // namespace

TemplateText::TemplateText(const MarkedTree& document, std::string stack_name)
    : document_(document), stack_name_(std::move(stack_name)) {}

std::optional<std::string> TemplateText::of(const MarkedTree* tree) const {
  num_steps_ = 0;
  return of(tree, 0);
}

std::string TemplateText::name_of(std::string_view resource) const {
  num_steps_ = 0;
  return physical_name(resource, 0);
}

std::string TemplateText::resource_of(const MarkedTree* tree) const {
  if (tree == nullptr) {
    return "";
  }
  const auto function = function_of(*tree);
  if (!function) {
    return "";
  }
  std::string name =
      function->name == "GetAtt" ? dotted_of(*function->argument) : function->argument->text;
  if (function->name == "Sub" && name.starts_with("${") && name.find('}') == name.size() - 1) {
    name = name.substr(2, name.size() - 3);
  }
  name = name.substr(0, name.find('.'));
  return document_.find_path({"Resources", name}) == nullptr ? "" : name;
}

std::optional<std::string> TemplateText::of(const MarkedTree* tree, int depth) const {
  if (tree == nullptr || depth > kMaxNesting || ++num_steps_ > kMaxSteps) {
    return std::nullopt;
  }
  const auto function = function_of(*tree);
  if (!function) {
    return tree->is_text() ? std::optional(tree->text) : std::nullopt;
  }
  const MarkedTree& argument = *function->argument;
  if (function->name == "Ref") {
    return reference(argument.text, depth + 1);
  }
  if (function->name == "GetAtt") {
    return attribute(dotted_of(argument), depth + 1);
  }
  if (function->name == "Sub") {
    const bool has_own = argument.items.size() == 2;
    return substitute(has_own ? argument.items[0].text : argument.text,
                      has_own ? &argument.items[1] : nullptr, depth + 1);
  }
  if (function->name == "Join" && argument.items.size() == 2) {
    std::string text;
    for (const MarkedTree& item : argument.items[1].items) {
      const auto part = of(&item, depth + 1);
      if (!part) {
        return std::nullopt;
      }
      text += (text.empty() ? "" : argument.items[0].text) + *part;
    }
    return text;
  }
  return std::nullopt;
}

std::string TemplateText::reference(std::string_view name, int depth) const {
  if (name == "AWS::StackName") {
    return stack_name_.empty() ? "<AWS::StackName>" : stack_name_;
  }
  if (name == "AWS::Partition") {
    return "aws";
  }
  if (const MarkedTree* parameter = document_.find_path({"Parameters", name})) {
    const MarkedTree* value = parameter->find("Default");
    return value == nullptr ? fmt::format("<{}>", name) : value->text;
  }
  return physical_name(name, depth);
}

std::string TemplateText::physical_name(std::string_view resource, int depth) const {
  const MarkedTree* found = document_.find_path({"Resources", resource});
  const TypeName* type = type_name(found);
  if (found != nullptr &&
      found->find_path({"Properties", type == nullptr ? "" : type->property}) == nullptr) {
    return fmt::format("{}-{}-<generated>", reference("AWS::StackName", kMaxNesting), resource);
  }
  if (type != nullptr && depth <= kMaxNesting) {
    if (const auto name = of(found->find_path({"Properties", type->property}), depth + 1)) {
      const bool is_arn = type->type == "AWS::SNS::Topic";  // of which Ref gives the ARN
      return is_arn ? fmt::format(fmt::runtime(type->arn), *name) : *name;
    }
  }
  return fmt::format("<{}>", resource);
}

std::string TemplateText::attribute(std::string_view dotted, int depth) const {
  const std::size_t dot = dotted.find('.');
  const std::string_view resource = dotted.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? "" : dotted.substr(dot + 1);
  const TypeName* type = type_name(document_.find_path({"Resources", resource}));
  if (name == "Arn" && type != nullptr) {
    return fmt::format(fmt::runtime(type->arn), physical_name(resource, depth + 1));
  }
  return fmt::format("<{}>", dotted);
}

std::string TemplateText::substitute(std::string_view text, const MarkedTree* own,
                                     int depth) const {
  std::string result;
  while (!text.empty()) {
    const std::size_t begin = text.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos || depth > kMaxNesting || ++num_steps_ > kMaxSteps) {
      return result.append(text);
    }
    result.append(text.substr(0, begin));
    const std::string_view name = text.substr(begin + 2, end - begin - 2);
    text.remove_prefix(end + 1);
    if (name.starts_with('!')) {
      result.append("${").append(name.substr(1)).append("}");
    } else if (const MarkedTree* value = own == nullptr ? nullptr : own->find(name)) {
      result += of(value, depth + 1).value_or(fmt::format("<{}>", name));
    } else {
      result += name.find('.') == std::string_view::npos ? reference(name, depth + 1)
                                                         : attribute(name, depth + 1);
    }
  }
  return result;
}

}  // namespace weir::doctor
