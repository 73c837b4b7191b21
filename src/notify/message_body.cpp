#include "notify/message_body.h"

#include <fmt/format.h>

#include "base/time_text.h"
#include "http/form.h"

namespace weir::notify {

std::string message_time(TimeMs time_ms) {
  const CivilTime civil = to_civil(time_ms);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", civil.year, civil.month,
                     civil.day, civil.hour, civil.minute, civil.second, civil.millisecond);
}

std::string subscribe_url(const Message& message) {
  return fmt::format("{}/?Action=ConfirmSubscription&Version=2010-03-31&TopicArn={}&Token={}",
                     message.endpoint, http::encode_percent(message.topic_arn),
                     http::encode_percent(message.token));
}

std::string unsubscribe_url(const Message& message) {
  return fmt::format("{}/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn={}",
                     message.endpoint, http::encode_percent(message.subscription_arn));
}

std::string string_to_sign(const Message& message) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}\n{}\n", name, value);
  };
  const bool is_notification = message.type == "Notification";
  add("Message", message.text);
  add("MessageId", message.id);
  if (!is_notification) {
    add("SubscribeURL", subscribe_url(message));
  } else if (message.subject) {
    add("Subject", *message.subject);
  }
  add("Timestamp", message_time(message.time_ms));
  if (!is_notification) {
    add("Token", message.token);
  }
  add("TopicArn", message.topic_arn);
  add("Type", message.type);
  return text;
}

std::string message_body(const Message& message, const MessageSigner& signer,
                         int signature_version) {
  using format::Tree;
  const bool is_notification = message.type == "Notification";
  Tree body = Tree::map({{"Type", message.type}, {"MessageId", message.id}});
  if (!is_notification) {
    body.append("Token", message.token);
  }
  body.append("TopicArn", message.topic_arn);
  if (message.subject) {
    body.append("Subject", *message.subject);
  }
  body.append("Message", message.text);
  if (!is_notification) {
    body.append("SubscribeURL", subscribe_url(message));
  }
  body.append("Timestamp", message_time(message.time_ms));
  body.append("SignatureVersion", std::to_string(signature_version));
  body.append("Signature", signer.sign(string_to_sign(message), signature_version));
  body.append("SigningCertURL", message.endpoint + std::string(kCertificatePath));
  if (is_notification) {
    body.append("UnsubscribeURL", unsubscribe_url(message));
    if (!message.attributes.members().empty()) {
      body.append("MessageAttributes", message.attributes);
    }
  }
  return format::write_json(body);
}

}  // namespace weir::notify
