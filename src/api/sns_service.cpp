#include "api/sns_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/number.h"

namespace weir::api {
namespace {

constexpr std::size_t kEachPage = 100;
constexpr std::size_t kMaxMessageBytes = 256U << 10;

constexpr std::string_view kSnsShapes = R"(
Tag { Key! text, Value! text }
CreateTopicInput { Name! text, Attributes {text}, Tags [Tag] }
TopicOutput { TopicArn text }
operation CreateTopic(CreateTopicInput) -> TopicOutput admin
TopicInput { TopicArn! text }
operation DeleteTopic(TopicInput) admin
PageInput { NextToken text }
TopicEntry { TopicArn text }
ListTopicsOutput { Topics [TopicEntry], NextToken text }
operation ListTopics(PageInput) -> ListTopicsOutput read
AttributesOutput { Attributes {text} }
operation GetTopicAttributes(TopicInput) -> AttributesOutput read
SetTopicAttributesInput { TopicArn! text, AttributeName! text, AttributeValue text }
operation SetTopicAttributes(SetTopicAttributesInput) admin

SubscribeInput {
  TopicArn! text, Protocol! text, Endpoint text, Attributes {text}, ReturnSubscriptionArn boolean
}
SubscriptionOutput { SubscriptionArn text }
operation Subscribe(SubscribeInput) -> SubscriptionOutput admin
ConfirmInput { TopicArn! text, Token! text, AuthenticateOnUnsubscribe text }
operation ConfirmSubscription(ConfirmInput) -> SubscriptionOutput open
SubscriptionInput { SubscriptionArn! text }
operation Unsubscribe(SubscriptionInput) open
SubscriptionEntry {
  SubscriptionArn text, Owner text, Protocol text, Endpoint text, TopicArn text
}
ListSubscriptionsOutput { Subscriptions [SubscriptionEntry], NextToken text }
operation ListSubscriptions(PageInput) -> ListSubscriptionsOutput read
ListByTopicInput { TopicArn! text, NextToken text }
operation ListSubscriptionsByTopic(ListByTopicInput) -> ListSubscriptionsOutput read
operation GetSubscriptionAttributes(SubscriptionInput) -> AttributesOutput read
SetSubscriptionAttributesInput { SubscriptionArn! text, AttributeName! text, AttributeValue text }
operation SetSubscriptionAttributes(SetSubscriptionAttributesInput) admin

MessageAttribute { DataType! text, StringValue text, BinaryValue bytes }
PublishInput {
  TopicArn text, TargetArn text, PhoneNumber text, Message! text, Subject text
  MessageStructure text, MessageAttributes {MessageAttribute}
}
PublishOutput { MessageId text }
operation Publish(PublishInput) -> PublishOutput ingest
)";

constexpr std::array<std::string_view, 5> kTopicAttributes = {
    "DisplayName", "Policy", "DeliveryPolicy", "SignatureVersion", "TracingConfig"};

tl::unexpected<ApiError> invalid(std::string_view what) {
  return refuse("InvalidParameter", fmt::format("Invalid parameter: {}", what));
}
tl::unexpected<ApiError> no_topic() { return refuse("NotFound", "Topic does not exist", 404); }

tl::unexpected<ApiError> sns_failure(const Error& error) {
  if (error.code == ErrorCode::kNotFound) {
    return no_topic();
  }
  const bool heals = error.code == ErrorCode::kFull || error.code == ErrorCode::kBusy;
  return refuse("InternalError", error.message, heals ? 503 : 500);
}

std::string topic_scope(const Call& call) {
  return fmt::format("arn:aws:sns:{}:{}:", call.region, call.account);
}

// The items from the token on, and the token of the next page.
template <class Item, class ToTree>
Outcome page_of(const std::vector<Item>& items, const Tree& input, std::string_view name,
                ToTree to_tree) {
  const std::string& token = input["NextToken"].text();
  std::size_t begin = 0;
  while (!token.empty() && begin < items.size() && std::string_view(items[begin].arn) <= token) {
    ++begin;
  }
  Tree list = Tree::list();
  const std::size_t end = std::min(items.size(), begin + kEachPage);
  for (std::size_t i = begin; i < end; ++i) {
    list.push(to_tree(items[i]));
  }
  Tree output = Tree::map({{std::string(name), std::move(list)}});
  if (end < items.size()) {
    output.append("NextToken", items[end - 1].arn);
  }
  return output;
}

tl::expected<void, ApiError> check_attribute(std::string_view name, const std::string& value) {
  if (std::find(kTopicAttributes.begin(), kTopicAttributes.end(), name) == kTopicAttributes.end()) {
    return invalid(fmt::format("AttributeName: {} is not implemented by this server", name));
  }
  if (name == "SignatureVersion" && value != "1" && value != "2") {
    return invalid("SignatureVersion");
  }
  return {};
}

Outcome create_topic(notify::TopicStore& topics, const Call& call, const Tree& input) {
  const std::string& name = input["Name"].text();
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (name.empty() || name.size() > 256 || !is_plain) {
    return invalid("Topic Name");
  }
  for (const auto& [attribute, value] : input["Attributes"].members()) {
    if (auto checked = check_attribute(attribute, value.text()); !checked) {
      return tl::unexpected<ApiError>(checked.error());
    }
  }
  const std::string arn = topic_scope(call) + name;
  if (auto done = topics.put_topic(arn); !done) {
    return sns_failure(done.error());
  }
  for (const auto& [attribute, value] : input["Attributes"].members()) {
    if (auto done = topics.set_topic_attribute(arn, attribute, value.text()); !done) {
      return sns_failure(done.error());
    }
  }
  return Tree::map({{"TopicArn", arn}});
}

Outcome get_topic_attributes(const notify::TopicStore& topics, const Call& call,
                             const Tree& input) {
  const auto topic = topics.find_topic(input["TopicArn"].text());
  if (!topic) {
    return sns_failure(topic.error());
  }
  if (!*topic) {
    return no_topic();
  }
  const auto subscriptions = topics.list_subscriptions("", (*topic)->arn);
  if (!subscriptions) {
    return sns_failure(subscriptions.error());
  }
  const auto num_confirmed =
      std::count_if(subscriptions->begin(), subscriptions->end(),
                    [](const notify::Subscription& s) { return s.is_confirmed; });
  const auto num_all = static_cast<std::int64_t>(subscriptions->size());
  Tree attributes = Tree::map({{"TopicArn", (*topic)->arn},
                               {"Owner", call.account},
                               {"SubscriptionsConfirmed", std::to_string(num_confirmed)},
                               {"SubscriptionsPending", std::to_string(num_all - num_confirmed)},
                               {"SubscriptionsDeleted", "0"},
                               {"DisplayName", ""}});
  for (const auto& [name, value] : (*topic)->attributes.members()) {
    attributes.set(name, value);
  }
  return Tree::map({{"Attributes", std::move(attributes)}});
}

Outcome set_topic_attributes(notify::TopicStore& topics, const Tree& input) {
  const std::string& name = input["AttributeName"].text();
  const std::string& value = input["AttributeValue"].text();
  if (auto checked = check_attribute(name, value); !checked) {
    return tl::unexpected<ApiError>(checked.error());
  }
  if (auto done = topics.set_topic_attribute(input["TopicArn"].text(), name, value); !done) {
    return sns_failure(done.error());
  }
  return Tree();
}

tl::expected<void, ApiError> check_subscription_attribute(std::string_view name,
                                                          const std::string& value) {
  if (name != "RawMessageDelivery") {
    return invalid(fmt::format("AttributeName: {} is not implemented by this server", name));
  }
  if (value != "true" && value != "false") {
    return invalid("RawMessageDelivery");
  }
  return {};
}

Outcome subscribe(notify::TopicStore& topics, const Call& call, const Tree& input) {
  notify::Subscription wanted;
  wanted.topic_arn = input["TopicArn"].text();
  wanted.protocol = input["Protocol"].text();
  wanted.endpoint = input["Endpoint"].text();
  wanted.server_url = call.endpoint;
  if (wanted.protocol != "http" && wanted.protocol != "https") {
    return invalid(
        fmt::format("Protocol: this server delivers over http and https, not {}", wanted.protocol));
  }
  if (!wanted.endpoint.starts_with(wanted.protocol + "://") || wanted.endpoint.size() > 2048) {
    return invalid("Endpoint must match the specified protocol");
  }
  wanted.attributes = Tree::map();
  for (const auto& [name, value] : input["Attributes"].members()) {
    if (auto checked = check_subscription_attribute(name, value.text()); !checked) {
      return tl::unexpected<ApiError>(checked.error());
    }
    wanted.attributes.append(name, value);
  }
  const auto subscription = topics.subscribe(wanted);
  if (!subscription) {
    return sns_failure(subscription.error());
  }
  const bool is_shown = subscription->is_confirmed || input["ReturnSubscriptionArn"].boolean();
  return Tree::map({{"SubscriptionArn", is_shown ? subscription->arn : "pending confirmation"}});
}

Outcome confirm_subscription(notify::TopicStore& topics, const Tree& input) {
  const auto confirmed = topics.confirm(input["TopicArn"].text(), input["Token"].text());
  if (!confirmed) {
    return sns_failure(confirmed.error());
  }
  if (!*confirmed) {
    return invalid("Token");
  }
  return Tree::map({{"SubscriptionArn", (*confirmed)->arn}});
}

Tree subscription_entry(const notify::Subscription& subscription, const Call& call) {
  return Tree::map(
      {{"SubscriptionArn",
        subscription.is_confirmed ? subscription.arn : std::string("PendingConfirmation")},
       {"Owner", call.account},
       {"Protocol", subscription.protocol},
       {"Endpoint", subscription.endpoint},
       {"TopicArn", subscription.topic_arn}});
}

Outcome list_subscriptions(const notify::TopicStore& topics, const Call& call, const Tree& input) {
  const std::string& topic = input["TopicArn"].text();
  if (!topic.empty()) {
    const auto found = topics.find_topic(topic);
    if (!found) {
      return sns_failure(found.error());
    }
    if (!*found) {
      return no_topic();
    }
  }
  const auto subscriptions = topics.list_subscriptions(topic_scope(call), topic);
  if (!subscriptions) {
    return sns_failure(subscriptions.error());
  }
  return page_of(*subscriptions, input, "Subscriptions",
                 [&](const notify::Subscription& s) { return subscription_entry(s, call); });
}

Outcome get_subscription_attributes(const notify::TopicStore& topics, const Call& call,
                                    const Tree& input) {
  const auto subscription = topics.find_subscription(input["SubscriptionArn"].text());
  if (!subscription) {
    return sns_failure(subscription.error());
  }
  if (!*subscription) {
    return refuse("NotFound", "Subscription does not exist", 404);
  }
  Tree attributes =
      Tree::map({{"SubscriptionArn", (*subscription)->arn},
                 {"TopicArn", (*subscription)->topic_arn},
                 {"Owner", call.account},
                 {"Protocol", (*subscription)->protocol},
                 {"Endpoint", (*subscription)->endpoint},
                 {"PendingConfirmation", (*subscription)->is_confirmed ? "false" : "true"},
                 {"RawMessageDelivery", "false"}});
  for (const auto& [name, value] : (*subscription)->attributes.members()) {
    attributes.set(name, value);
  }
  return Tree::map({{"Attributes", std::move(attributes)}});
}

// MessageStructure=json: the member for HTTP, else `default`.
tl::expected<std::string, ApiError> message_text(const Tree& input) {
  const std::string& text = input["Message"].text();
  const std::string& structure = input["MessageStructure"].text();
  if (structure.empty()) {
    return text;
  }
  if (structure != "json") {
    return invalid("MessageStructure");
  }
  const auto document = format::read_json(text);
  if (!document || !(*document)["default"].is_text()) {
    return invalid("Message Structure - No default entry in JSON message body");
  }
  const Tree& of_http = (*document)["http"];
  return of_http.is_text() ? of_http.text() : (*document)["default"].text();
}

// What is wrong with a message attribute, in SNS's words.
std::optional<std::string> fault_of(std::string_view name, const Tree& attribute) {
  const std::string& type = attribute["DataType"].text();
  const std::string_view kind = std::string_view(type).substr(0, type.find('.'));
  if (name.empty() || name.size() > 256 ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
          std::string_view::npos) {
    return fmt::format(
        "The message attribute name '{}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
        "underscore (_), hyphen (-), and period (.) characters.",
        name);
  }
  if (kind != "String" && kind != "Number" && kind != "Binary") {
    return fmt::format(
        "The message attribute '{}' has an invalid message attribute type, the set of supported "
        "type prefixes is Binary, Number, and String.",
        name);
  }
  const Tree& value = attribute[kind == "Binary" ? "BinaryValue" : "StringValue"];
  if (value.text().empty()) {
    return fmt::format(
        "The message attribute '{}' must contain non-empty message attribute value for message "
        "attribute type '{}'.",
        name, type);
  }
  if (kind == "Number" && !parse_double(value.text())) {
    return fmt::format("Could not cast message attribute '{}' value to number.", name);
  }
  return std::nullopt;
}

Outcome publish(notify::TopicStore& topics, const Tree& input) {
  notify::Publication publication;
  publication.topic_arn = input["TopicArn"].text();
  if (publication.topic_arn.empty()) {
    publication.topic_arn = input["TargetArn"].text();
  }
  if (publication.topic_arn.empty()) {
    return invalid("TopicArn or TargetArn Reason: no value for required parameter");
  }
  const std::string& message = input["Message"].text();
  if (message.empty()) {
    return invalid("Empty message");
  }
  if (message.size() > kMaxMessageBytes) {
    return invalid("Message too long");
  }
  if (input.has("Subject")) {
    const std::string& subject = input["Subject"].text();
    const bool is_printable =
        std::all_of(subject.begin(), subject.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    if (subject.empty() || subject.size() > 100 || !is_printable) {
      return invalid("Subject");
    }
    publication.subject = subject;
  }
  const auto text = message_text(input);
  if (!text) {
    return tl::unexpected<ApiError>(text.error());
  }
  publication.text = *text;
  publication.attributes = Tree::map();
  for (const auto& [name, attribute] : input["MessageAttributes"].members()) {
    if (const auto fault = fault_of(name, attribute)) {
      return refuse("ParameterValueInvalid", *fault);
    }
    const bool is_text = attribute.has("StringValue");
    publication.attributes.append(
        name,
        Tree::map({{"Type", attribute["DataType"].text()},
                   {"Value", is_text ? attribute["StringValue"] : attribute["BinaryValue"]}}));
  }
  const auto id = topics.publish(publication);
  if (!id) {
    return sns_failure(id.error());
  }
  return Tree::map({{"MessageId", *id}});
}

}  // namespace

Service make_sns_service(notify::TopicStore& topics) {
  Service service;
  service.name = "SNS";
  service.signing_name = "sns";
  service.version = "2010-03-31";
  service.xml_namespace = "http://sns.amazonaws.com/doc/2010-03-31/";
  service.shapes = ShapeTable::parse(kSnsShapes).value();
  auto& operations = service.operations;
  operations["CreateTopic"] = [&](const Call& call, const Tree& input) {
    return create_topic(topics, call, input);
  };
  operations["DeleteTopic"] = [&](const Call& /*call*/, const Tree& input) -> Outcome {
    auto done = topics.remove_topic(input["TopicArn"].text());
    return done ? Outcome(Tree()) : Outcome(sns_failure(done.error()));
  };
  operations["ListTopics"] = [&](const Call& call, const Tree& input) -> Outcome {
    const auto all = topics.list_topics(topic_scope(call));
    return all ? page_of(*all, input, "Topics",
                         [](const notify::Topic& t) {
                           return Tree::map({{"TopicArn", t.arn}});
                         })
               : Outcome(sns_failure(all.error()));
  };
  operations["GetTopicAttributes"] = [&](const Call& call, const Tree& input) {
    return get_topic_attributes(topics, call, input);
  };
  operations["SetTopicAttributes"] = [&](const Call& /*call*/, const Tree& input) {
    return set_topic_attributes(topics, input);
  };
  operations["Subscribe"] = [&](const Call& call, const Tree& input) {
    return subscribe(topics, call, input);
  };
  operations["ConfirmSubscription"] = [&](const Call& /*call*/, const Tree& input) {
    return confirm_subscription(topics, input);
  };
  operations["Unsubscribe"] = [&](const Call& /*call*/, const Tree& input) -> Outcome {
    auto done = topics.unsubscribe(input["SubscriptionArn"].text());
    return done ? Outcome(Tree()) : Outcome(sns_failure(done.error()));
  };
  for (const char* name : {"ListSubscriptions", "ListSubscriptionsByTopic"}) {
    operations[name] = [&](const Call& call, const Tree& input) {
      return list_subscriptions(topics, call, input);
    };
  }
  operations["GetSubscriptionAttributes"] = [&](const Call& call, const Tree& input) {
    return get_subscription_attributes(topics, call, input);
  };
  operations["SetSubscriptionAttributes"] = [&](const Call& /*call*/,
                                                const Tree& input) -> Outcome {
    const std::string& name = input["AttributeName"].text();
    const std::string& value = input["AttributeValue"].text();
    if (auto checked = check_subscription_attribute(name, value); !checked) {
      return tl::unexpected<ApiError>(checked.error());
    }
    auto done = topics.set_subscription_attribute(input["SubscriptionArn"].text(), name, value);
    return done ? Outcome(Tree()) : Outcome(sns_failure(done.error()));
  };
  operations["Publish"] = [&](const Call& /*call*/, const Tree& input) {
    return publish(topics, input);
  };
  return service;
}

}  // namespace weir::api
