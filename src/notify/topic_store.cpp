#include "notify/topic_store.h"

#include <fmt/format.h>

#include "aws/digest.h"

namespace weir::notify {
namespace {

using format::Tree;

constexpr std::string_view kColumns =
    "arn, topic_arn, protocol, endpoint, is_confirmed, token, server_url, attributes";

constexpr TimeMs kRememberedMs = TimeMs{7} * 24 * 3600 * 1000;

Tree read_map(const std::string& text) { return format::read_json(text).value_or(Tree::map()); }

Subscription read_subscription(const state::Statement& row) {
  Subscription subscription;
  subscription.arn = row.text(0);
  subscription.topic_arn = row.text(1);
  subscription.protocol = row.text(2);
  subscription.endpoint = row.text(3);
  subscription.is_confirmed = row.integer(4) != 0;
  subscription.token = row.text(5);
  subscription.server_url = row.text(6);
  subscription.attributes = read_map(row.text(7));
  return subscription;
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::string make_uuid() {
  const std::string hex = aws::to_hex(aws::random_bytes(16));
  return fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20, 12));
}

Result<std::unique_ptr<TopicStore>> TopicStore::open(state::Database& database, const Clock& clock,
                                                     MessageSigner signer) {
  WEIR_RETURN_IF_ERROR(database.migrate(
      "notify",
      {"CREATE TABLE topic (arn TEXT PRIMARY KEY, attributes TEXT NOT NULL);"
       "CREATE TABLE subscription (arn TEXT PRIMARY KEY, topic_arn TEXT NOT NULL REFERENCES "
       "topic(arn) ON DELETE CASCADE, protocol TEXT NOT NULL, endpoint TEXT NOT NULL, is_confirmed "
       "INTEGER NOT NULL, token TEXT NOT NULL, server_url TEXT NOT NULL, attributes TEXT NOT NULL,"
       " UNIQUE (topic_arn, protocol, endpoint));"
       "CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, subscription_arn TEXT NOT "
       "NULL REFERENCES subscription(arn) ON DELETE CASCADE, body TEXT NOT NULL, headers TEXT NOT "
       "NULL, attempts INTEGER NOT NULL, due_ms INTEGER, last_error TEXT NOT NULL, made_ms INTEGER "
       "NOT NULL);"
       "CREATE INDEX delivery_due ON delivery (due_ms);"
       "CREATE TABLE publication (message_id TEXT PRIMARY KEY, made_ms INTEGER NOT NULL)",
       // Deliveries to addresses that nobody subscribed.
       "ALTER TABLE delivery RENAME TO delivery_of_subscription;"
       "CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, subscription_arn TEXT "
       "REFERENCES subscription(arn) ON DELETE CASCADE, endpoint TEXT NOT NULL, body TEXT NOT "
       "NULL, headers TEXT NOT NULL, attempts INTEGER NOT NULL, due_ms INTEGER, last_error TEXT "
       "NOT NULL, made_ms INTEGER NOT NULL);"
       "INSERT INTO delivery SELECT id, subscription_arn, endpoint, body, headers, attempts, "
       "due_ms, last_error, made_ms FROM delivery_of_subscription JOIN subscription ON arn = "
       "subscription_arn;"
       "DROP TABLE delivery_of_subscription;"
       "CREATE INDEX delivery_due ON delivery (due_ms)"}));
  return std::unique_ptr<TopicStore>(new TopicStore(database, clock, std::move(signer)));
}

Result<void> TopicStore::put_topic(const std::string& arn) {
  WEIR_ASSIGN_OR_RETURN(auto insert,
                        database_.prepare("INSERT OR IGNORE INTO topic VALUES (?, '{}')"));
  return insert.bind(arn).run();
}

Result<std::optional<Topic>> TopicStore::find_topic(std::string_view arn) const {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_.prepare("SELECT arn, attributes FROM topic WHERE arn = ?"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.bind(arn).step());
  return has_row ? std::optional(Topic{query.text(0), read_map(query.text(1))}) : std::nullopt;
}

Result<std::vector<Topic>> TopicStore::list_topics(std::string_view scope) const {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_.prepare("SELECT arn, attributes FROM topic ORDER BY arn"));
  std::vector<Topic> topics;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return topics;
    }
    if (begins_with(query.text(0), scope)) {
      topics.push_back({query.text(0), read_map(query.text(1))});
    }
  }
}

Result<void> TopicStore::set_topic_attribute(const std::string& arn, const std::string& name,
                                             const std::string& value) {
  return database_.transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(auto topic, find_topic(arn));
    if (!topic) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no topic {}", arn));
    }
    topic->attributes.set(name, value);
    WEIR_ASSIGN_OR_RETURN(auto update,
                          database_.prepare("UPDATE topic SET attributes = ? WHERE arn = ?"));
    return update.bind(format::write_json(topic->attributes)).bind(arn).run();
  });
}

Result<void> TopicStore::remove_topic(const std::string& arn) {
  WEIR_ASSIGN_OR_RETURN(auto remove, database_.prepare("DELETE FROM topic WHERE arn = ?"));
  return remove.bind(arn).run();
}

Result<std::vector<Subscription>> TopicStore::select(
    std::string_view condition, std::initializer_list<std::string_view> values) const {
  WEIR_ASSIGN_OR_RETURN(
      auto query, database_.prepare(fmt::format("SELECT {} FROM subscription WHERE {} ORDER BY arn",
                                                kColumns, condition)));
  for (const std::string_view value : values) {
    query.bind(value);
  }
  std::vector<Subscription> subscriptions;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return subscriptions;
    }
    subscriptions.push_back(read_subscription(query));
  }
}

Result<Subscription> TopicStore::subscribe(const Subscription& wanted) {
  Subscription subscription = wanted;
  auto done = database_.transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto topic, find_topic(wanted.topic_arn));
    if (!topic) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no topic {}", wanted.topic_arn));
    }
    WEIR_ASSIGN_OR_RETURN(const auto same,
                          select("topic_arn = ? AND protocol = ? AND endpoint = ?",
                                 {wanted.topic_arn, wanted.protocol, wanted.endpoint}));
    if (!same.empty()) {
      subscription = same.front();
      if (subscription.is_confirmed) {
        return {};
      }
    } else {
      subscription.arn = wanted.topic_arn + ":" + make_uuid();
      subscription.token = aws::to_hex(aws::random_bytes(32));
      WEIR_ASSIGN_OR_RETURN(
          auto insert,
          database_.prepare("INSERT INTO subscription VALUES (?, ?, ?, ?, 0, ?, ?, ?)"));
      WEIR_RETURN_IF_ERROR(insert.bind(subscription.arn)
                               .bind(subscription.topic_arn)
                               .bind(subscription.protocol)
                               .bind(subscription.endpoint)
                               .bind(subscription.token)
                               .bind(subscription.server_url)
                               .bind(format::write_json(subscription.attributes))
                               .run());
    }
    Message message;
    message.type = "SubscriptionConfirmation";
    message.id = make_uuid();
    message.topic_arn = subscription.topic_arn;
    message.text = fmt::format(
        "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the "
        "SubscribeURL included in this message.",
        subscription.topic_arn);
    message.token = subscription.token;
    return add_delivery(message, subscription, *topic);
  });
  if (!done) {
    return tl::unexpected<Error>(done.error());
  }
  deliveries_.wake();
  return subscription;
}

Result<std::optional<Subscription>> TopicStore::confirm(std::string_view topic_arn,
                                                        std::string_view token) {
  WEIR_ASSIGN_OR_RETURN(auto found, select("topic_arn = ? AND token = ?", {topic_arn, token}));
  if (found.empty()) {
    return std::optional<Subscription>();
  }
  WEIR_ASSIGN_OR_RETURN(
      auto update, database_.prepare("UPDATE subscription SET is_confirmed = 1 WHERE arn = ?"));
  WEIR_RETURN_IF_ERROR(update.bind(found.front().arn).run());
  found.front().is_confirmed = true;
  return std::optional(found.front());
}

Result<std::optional<Subscription>> TopicStore::find_subscription(std::string_view arn) const {
  WEIR_ASSIGN_OR_RETURN(auto found, select("arn = ?", {arn}));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::vector<Subscription>> TopicStore::list_subscriptions(std::string_view scope,
                                                                 std::string_view topic) const {
  WEIR_ASSIGN_OR_RETURN(auto all,
                        topic.empty() ? select("1", {}) : select("topic_arn = ?", {topic}));
  std::erase_if(all, [&](const Subscription& s) { return !begins_with(s.topic_arn, scope); });
  return all;
}

Result<void> TopicStore::set_subscription_attribute(const std::string& arn, const std::string& name,
                                                    const std::string& value) {
  return database_.transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(auto subscription, find_subscription(arn));
    if (!subscription) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no subscription {}", arn));
    }
    subscription->attributes.set(name, value);
    WEIR_ASSIGN_OR_RETURN(
        auto update, database_.prepare("UPDATE subscription SET attributes = ? WHERE arn = ?"));
    return update.bind(format::write_json(subscription->attributes)).bind(arn).run();
  });
}

Result<void> TopicStore::unsubscribe(std::string_view arn) {
  WEIR_ASSIGN_OR_RETURN(auto remove, database_.prepare("DELETE FROM subscription WHERE arn = ?"));
  return remove.bind(arn).run();
}

Result<void> TopicStore::add_delivery(const Message& sketch, const Subscription& subscription,
                                      const Topic& topic) {
  Message message = sketch;
  message.time_ms = clock_.now_ms();
  message.endpoint = subscription.server_url;
  const bool is_notification = message.type == "Notification";
  Tree headers = Tree::map({{"Content-Type", "text/plain; charset=UTF-8"},
                            {"User-Agent", "Amazon Simple Notification Service Agent"},
                            {"x-amz-sns-message-type", message.type},
                            {"x-amz-sns-message-id", message.id},
                            {"x-amz-sns-topic-arn", message.topic_arn}});
  std::string body;
  if (is_notification) {
    message.subscription_arn = subscription.arn;
    headers.append("x-amz-sns-subscription-arn", subscription.arn);
  }
  if (is_notification && subscription.attributes["RawMessageDelivery"].text() == "true") {
    headers.append("x-amz-sns-rawdelivery", "true");
    body = message.text;
  } else {
    const int version = topic.attributes["SignatureVersion"].text() == "2" ? 2 : 1;
    body = message_body(message, signer_, version);
  }
  Delivery delivery;
  delivery.subscription_arn = subscription.arn;
  delivery.endpoint = subscription.endpoint;
  delivery.body = std::move(body);
  delivery.headers = std::move(headers);
  return deliveries_.add(delivery);
}

// False where a message of that id was published before.
Result<bool> TopicStore::note_publication(const std::string& message_id) {
  WEIR_ASSIGN_OR_RETURN(auto forget,
                        database_.prepare("DELETE FROM publication WHERE made_ms < ?"));
  WEIR_RETURN_IF_ERROR(forget.bind(clock_.now_ms() - kRememberedMs).run());
  WEIR_ASSIGN_OR_RETURN(
      auto insert,
      database_.prepare("INSERT OR IGNORE INTO publication VALUES (?, ?) RETURNING message_id"));
  return insert.bind(message_id).bind(clock_.now_ms()).step();
}

Result<std::string> TopicStore::publish(const Publication& publication) {
  Message message;
  message.id = publication.message_id.empty() ? make_uuid() : publication.message_id;
  message.topic_arn = publication.topic_arn;
  message.subject = publication.subject;
  message.text = publication.text;
  message.attributes = publication.attributes;
  auto done = database_.transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const auto topic, find_topic(publication.topic_arn));
    if (!topic) {
      return fail(ErrorCode::kNotFound, "Topic does not exist");
    }
    if (!publication.message_id.empty()) {
      WEIR_ASSIGN_OR_RETURN(const bool is_new, note_publication(publication.message_id));
      if (!is_new) {
        return {};
      }
    }
    WEIR_ASSIGN_OR_RETURN(const auto subscriptions,
                          select("topic_arn = ? AND is_confirmed = 1", {publication.topic_arn}));
    for (const Subscription& subscription : subscriptions) {
      WEIR_RETURN_IF_ERROR(add_delivery(message, subscription, *topic));
    }
    return {};
  });
  if (!done) {
    return tl::unexpected<Error>(done.error());
  }
  deliveries_.wake();
  return message.id;
}

Result<void> TopicStore::post(const std::string& url, const std::string& json,
                              const std::string& message_id) {
  WEIR_RETURN_IF_ERROR(database_.transact([&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const bool is_new, note_publication(message_id + " " + url));
    if (!is_new) {
      return {};
    }
    Delivery delivery;
    delivery.endpoint = url;
    delivery.body = json;
    delivery.headers =
        Tree::map({{"Content-Type", "application/json"}, {"X-Weir-Message-Id", message_id}});
    return deliveries_.add(delivery);
  }));
  deliveries_.wake();
  return {};
}

Result<std::vector<std::string>> topic_arns(state::Database& database) {
  WEIR_ASSIGN_OR_RETURN(
      auto table,
      database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'topic'"));
  std::vector<std::string> arns;
  WEIR_ASSIGN_OR_RETURN(const bool has_table, table.step());
  if (!has_table) {
    return arns;
  }
  WEIR_ASSIGN_OR_RETURN(auto statement, database.prepare("SELECT arn FROM topic ORDER BY arn"));
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, statement.step());
    if (!has_row) {
      return arns;
    }
    arns.push_back(statement.text(0));
  }
}

}  // namespace weir::notify
