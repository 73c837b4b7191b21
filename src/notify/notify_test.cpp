#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "notify/address_rule.h"
#include "notify/delivery_worker.h"
#include "notify/message_body.h"
#include "notify/topic_store.h"
#include "state/database.h"

namespace weir::notify {
namespace {

TEST(AddressRule, KeepsDeliveriesOutOfTheNetworkBehindTheServer) {
  AddressRule rule;
  const auto allows = [&](std::string_view address) { return rule.allows(*parse_ip(address)); };
  for (const char* address : {"127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1",
                              "169.254.169.254", "100.64.0.1", "0.0.0.0", "fe80::1",
                              "fd00:ec2::254", "::ffff:10.0.0.1", "224.0.0.1", "64:ff9b::a00:1"}) {
    EXPECT_FALSE(allows(address)) << address;
  }
  EXPECT_TRUE(allows("8.8.8.8"));
  EXPECT_TRUE(allows("2600::1"));
  rule.allows_loopback = true;
  rule.networks.push_back(*parse_prefix("10.1.0.0/16"));
  EXPECT_TRUE(allows("127.0.0.1"));
  EXPECT_TRUE(allows("10.1.2.3"));
  EXPECT_FALSE(allows("10.2.0.1"));
}

TEST(DeliveryDelay, BacksOffAndEnds) {
  EXPECT_EQ(delivery_delay_ms(1), 0);
  EXPECT_EQ(delivery_delay_ms(2), 1'000);
  EXPECT_EQ(delivery_delay_ms(3), 2'000);
  EXPECT_EQ(delivery_delay_ms(40), 20'000);
  EXPECT_EQ(delivery_delay_ms(50), std::nullopt);
}

TEST(DeliveryQueue, KeepsWhatNobodyTookUntilItIsSentAgainOrForgotten) {
  const std::string directory = ::testing::TempDir() + "weir_delivery_queue";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const auto database = state::Database::open(directory + "/state.db").value();
  ManualClock clock(1'790'000'000'000);
  const auto topics =
      TopicStore::open(*database, clock, MessageSigner::open(directory + "/key.pem").value())
          .value();
  DeliveryQueue& queue = topics->deliveries();
  int num_woken = 0;
  queue.set_listener([&] { ++num_woken; });
  ASSERT_TRUE(topics->post("http://127.0.0.1:1/", "{}", "message"));
  ASSERT_TRUE(topics->post("http://127.0.0.1:1/", "{}", "message"));  // given before
  ASSERT_TRUE(topics->post("http://127.0.0.1:2/", "{}", "message"));
  EXPECT_EQ(num_woken, 3);
  auto due = queue.due(10).value();
  ASSERT_EQ(due.size(), 2U);
  const std::int64_t id = due[0].id;
  EXPECT_FALSE(queue.retry(id).value());  // it still waits
  EXPECT_FALSE(queue.remove(id).value());
  ASSERT_TRUE(queue.set_failed(id, "refused", clock.now_ms() + 20'000));
  EXPECT_EQ(queue.due(10).value().size(), 1U);
  ASSERT_TRUE(queue.set_failed(id, "refused again", std::nullopt));
  EXPECT_EQ(queue.counts().value().dead, 1);
  EXPECT_EQ(queue.counts().value().waiting, 1);
  const auto dead = queue.list(true, INT64_MAX, 10).value();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].attempts, 2);
  EXPECT_EQ(dead[0].last_error, "refused again");
  EXPECT_EQ(dead[0].due_ms, std::nullopt);
  EXPECT_EQ(queue.list(std::nullopt, INT64_MAX, 10).value().size(), 2U);
  EXPECT_EQ(queue.list(std::nullopt, due[1].id, 10).value().size(), 1U);
  EXPECT_TRUE(queue.retry(id).value());
  EXPECT_EQ(queue.due(10).value().size(), 2U);
  ASSERT_TRUE(queue.set_failed(id, "refused", std::nullopt));
  EXPECT_TRUE(queue.remove(id).value());
  // What was set aside is forgotten after two weeks.
  ASSERT_TRUE(queue.set_failed(due[1].id, "refused", std::nullopt));
  clock.advance_ms(TimeMs{15} * 24 * 3600 * 1000);
  ASSERT_TRUE(topics->post("http://127.0.0.1:3/", "{}", "another"));
  ASSERT_TRUE(queue.set_failed(queue.due(1).value().front().id, "refused", std::nullopt));
  EXPECT_EQ(queue.list(true, INT64_MAX, 10).value().size(), 1U);
  std::filesystem::remove_all(directory);
}

TEST(MessageBody, SignsTheFieldsInAwssOrder) {
  Message message;
  message.id = "id";
  message.topic_arn = "arn";
  message.text = "text";
  message.time_ms = 1'000;
  EXPECT_EQ(
      string_to_sign(message),
      "Message\ntext\nMessageId\nid\nTimestamp\n1970-01-01T00:00:01.000Z\nTopicArn\narn\nType\n"
      "Notification\n");
  message.subject = "s";
  EXPECT_NE(string_to_sign(message).find("MessageId\nid\nSubject\ns\nTimestamp\n"),
            std::string::npos);
  message.type = "SubscriptionConfirmation";
  message.token = "t";
  message.endpoint = "http://h";
  EXPECT_NE(string_to_sign(message).find("SubscribeURL\nhttp://h/?Action=ConfirmSubscription"),
            std::string::npos);
}

}  // namespace
}  // namespace weir::notify
