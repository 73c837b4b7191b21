#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "format/tree.h"
#include "notify/delivery_queue.h"
#include "notify/message_body.h"
#include "notify/message_signer.h"
#include "state/database.h"

namespace weir::notify {

struct Topic {
  std::string arn;
  format::Tree attributes;  // as they were set: DisplayName, SignatureVersion, ...
};

struct Subscription {
  std::string arn;
  std::string topic_arn;
  std::string protocol;  // http, https
  std::string endpoint;
  bool is_confirmed = false;
  std::string token;
  std::string server_url;   // how the subscriber reached this server
  format::Tree attributes;  // RawMessageDelivery, ...
};

// What is published.
struct Publication {
  std::string topic_arn;
  std::optional<std::string> subject;
  std::string text;
  format::Tree attributes;  // name -> {Type, Value}
  // The message's id, where the publisher gives one: published a second time it makes no second
  // message, for a week.
  std::string message_id;
};

// Topics, subscriptions and what is published, as rows of the state. Thread-safe. A scope is a
// prefix of ARNs: "arn:aws:sns:us-west-2:123456789012:".
class TopicStore {
 public:
  // `database` and `clock` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<TopicStore>> open(state::Database& database,
                                                                const Clock& clock,
                                                                MessageSigner signer);

  // Makes a topic where there is none.
  [[nodiscard]] Result<void> put_topic(const std::string& arn);
  [[nodiscard]] Result<std::optional<Topic>> find_topic(std::string_view arn) const;
  [[nodiscard]] Result<std::vector<Topic>> list_topics(std::string_view scope) const;
  [[nodiscard]] Result<void> set_topic_attribute(const std::string& arn, const std::string& name,
                                                 const std::string& value);
  // With its subscriptions and what was still to be delivered.
  [[nodiscard]] Result<void> remove_topic(const std::string& arn);

  // Makes a pending subscription and a delivery that asks for confirmation; one that is there
  // (topic, protocol, endpoint) is given back, and asked again while it is pending.
  [[nodiscard]] Result<Subscription> subscribe(const Subscription& wanted);
  // nullopt where the token is none of the topic's.
  [[nodiscard]] Result<std::optional<Subscription>> confirm(std::string_view topic_arn,
                                                            std::string_view token);
  [[nodiscard]] Result<std::optional<Subscription>> find_subscription(std::string_view arn) const;
  [[nodiscard]] Result<std::vector<Subscription>> list_subscriptions(std::string_view scope,
                                                                     std::string_view topic) const;
  [[nodiscard]] Result<void> set_subscription_attribute(const std::string& arn,
                                                        const std::string& name,
                                                        const std::string& value);
  [[nodiscard]] Result<void> unsubscribe(std::string_view arn);

  // Makes a delivery for every confirmed subscriber; they last when it returns. Gives the message's
  // id; kNotFound where there is no such topic.
  [[nodiscard]] Result<std::string> publish(const Publication& publication);

  // Makes a delivery to an address that nobody subscribed: `json` as it is. A message id that was
  // given before makes no second one, for a week.
  [[nodiscard]] Result<void> post(const std::string& url, const std::string& json,
                                  const std::string& message_id);

  [[nodiscard]] DeliveryQueue& deliveries() { return deliveries_; }
  [[nodiscard]] const MessageSigner& signer() const { return signer_; }

 private:
  TopicStore(state::Database& database, const Clock& clock, MessageSigner signer)
      : database_(database),
        clock_(clock),
        signer_(std::move(signer)),
        deliveries_(database, clock) {}
  [[nodiscard]] Result<bool> note_publication(const std::string& message_id);
  [[nodiscard]] Result<void> add_delivery(const Message& message, const Subscription& subscription,
                                          const Topic& topic);
  [[nodiscard]] Result<std::vector<Subscription>> select(
      std::string_view condition, std::initializer_list<std::string_view> values) const;

  state::Database& database_;
  const Clock& clock_;
  MessageSigner signer_;
  DeliveryQueue deliveries_;
};

// xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx
[[nodiscard]] std::string make_uuid();

// The ARNs of all topics of a state, in order; none where no server has had topics there yet. For
// who only looks: makes and changes nothing.
[[nodiscard]] Result<std::vector<std::string>> topic_arns(state::Database& database);

}  // namespace weir::notify
