#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "format/tree.h"
#include "notify/message_signer.h"

namespace weir::notify {

// One message as a subscriber over HTTP gets it (facts: SNS over HTTP(S)).
struct Message {
  std::string type = "Notification";  // or SubscriptionConfirmation, UnsubscribeConfirmation
  std::string id;
  std::string topic_arn;
  std::string subscription_arn;  // empty while it is pending
  std::optional<std::string> subject;
  std::string text;
  TimeMs time_ms = 0;
  std::string token;        // of confirmations
  std::string endpoint;     // this server, for the URLs: "http://127.0.0.1:7070"
  format::Tree attributes;  // name -> {Type, Value}; null: none
};

// Where this server gives its certificate.
inline constexpr std::string_view kCertificatePath = "/sns/certificate.pem";

// The JSON document, signed.
[[nodiscard]] std::string message_body(const Message& message, const MessageSigner& signer,
                                       int signature_version);
[[nodiscard]] std::string string_to_sign(const Message& message);
// The URL that confirms, or that ends, a subscription.
[[nodiscard]] std::string subscribe_url(const Message& message);
[[nodiscard]] std::string unsubscribe_url(const Message& message);
// 2026-11-25T15:00:00.000Z
[[nodiscard]] std::string message_time(TimeMs time_ms);

}  // namespace weir::notify
