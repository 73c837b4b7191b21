#include <gtest/gtest.h>

#include "notify/address_rule.h"
#include "notify/delivery_worker.h"
#include "notify/message_body.h"

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
