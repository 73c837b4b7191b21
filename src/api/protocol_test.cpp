#include "api/protocol.h"

#include <gtest/gtest.h>

#include <string>

#include "api/cloudwatch/cloudwatch_service.h"
#include "api/cloudwatch/shapes.h"
#include "api/decode.h"
#include "api/logs/shapes.h"
#include "api/origin_guard.h"
#include "format/cbor.h"

namespace weir::api {
namespace {

ShapeTable table(std::string_view text) { return ShapeTable::parse(text).value(); }

TEST(ShapeTable, ReadsTheServicesShapes) {
  EXPECT_GT(table(cloudwatch::kShapes).operations().size(), 15U);
  EXPECT_GT(table(logs::kShapes).operations().size(), 15U);
}

TEST(ShapeTable, NamesTheLineThatItCannotRead) {
  EXPECT_NE(
      ShapeTable::parse("A { b text }\noperation X(A) sometimes").error().message.find("line 2"),
      std::string::npos);
  EXPECT_FALSE(ShapeTable::parse("A { b Missing }"));
  EXPECT_FALSE(ShapeTable::parse("A { b [text }"));
}

constexpr std::string_view kShapes = R"(
Inner { Name! text(1..3), Value@value double }
In {
  Number integer(1..10), Flag boolean, When time, Data bytes, State text(OK|ALARM)
  List@Item [Inner](..2), Names [text], Attributes {text}
}
operation Do(In) -> In admin
)";

Outcome decode_form(std::string_view form, bool is_ec2 = false) {
  static const ShapeTable kTable = table(kShapes);
  return decode_query(http::parse_form(form, 1000).value(), *kTable.find("Do")->input, is_ec2);
}

TEST(DecodeQuery, MakesTypedTrees) {
  const Outcome tree = decode_form(
      "Action=Do&Number=%2B7&Flag=1&When=2026-11-22T04%3A33%3A45.425528Z&Data=aGk%3D&"
      "List.member.2.Name=b&List.member.1.Name=a&List.member.1.Value=1.5&Names=&"
      "Attributes.entry.1.key=k&Attributes.entry.1.value=v&Unknown=1");
  ASSERT_TRUE(tree);
  EXPECT_EQ((*tree)["Number"], Tree(7));
  EXPECT_EQ((*tree)["Flag"], Tree(true));
  EXPECT_EQ((*tree)["When"].time_ms() % 1000, 425);
  EXPECT_EQ((*tree)["Data"].bytes(), "hi");
  ASSERT_EQ((*tree)["List"].items().size(), 2U);
  EXPECT_EQ((*tree)["List"].items()[0]["Name"], Tree("a"));
  EXPECT_EQ((*tree)["List"].items()[0]["Value"], Tree(1.5));
  EXPECT_TRUE((*tree)["Names"].is_list());
  EXPECT_EQ((*tree)["Attributes"]["k"], Tree("v"));
  EXPECT_EQ(tree->find("Unknown"), nullptr);
}

TEST(DecodeQuery, ReadsEc2sFlatLists) {
  const Outcome tree = decode_form("Item.1.Name=a&Item.1.value=2&Names.1=x&Names.2=y", true);
  ASSERT_TRUE(tree);
  EXPECT_EQ((*tree)["List"].items()[0]["Value"], Tree(2.0));
  EXPECT_EQ((*tree)["Names"].texts(), (std::vector<std::string>{"x", "y"}));
}

TEST(DecodeQuery, RefusesWhatIsOfAnotherType) {
  for (const char* form :
       {"Number=1.5", "Number=", "Flag=True", "When=yesterday", "Data=*", "List.x.Name=a",
        "List.member.x.Name=a", "Number.a.b.c=1", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r=1"}) {
    const Outcome tree = decode_form(form);
    ASSERT_FALSE(tree) << form;
    EXPECT_EQ(tree.error().code, "MalformedInput") << form;
  }
}

TEST(Validate, SpeaksAsAwsDoes) {
  const ShapeTable shapes = table(kShapes);
  const Shape& shape = *shapes.find("Do")->input;
  const auto fault = [&](const Tree& tree) {
    const auto done = validate(tree, shape);
    return done ? std::string() : done.error().message;
  };
  EXPECT_EQ(fault(Tree::map({{"Number", 5}})), "");
  EXPECT_EQ(fault(Tree::map({{"Number", 11}})),
            "1 validation error detected: Value '11' at 'number' failed to satisfy constraint: "
            "Member must have value less than or equal to 10");
  EXPECT_EQ(fault(Tree::map({{"State", "INVALID"}})),
            "1 validation error detected: Value 'INVALID' at 'state' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OK, ALARM]");
  EXPECT_EQ(fault(Tree::map({{"List", Tree::List{Tree::map()}}})),
            "1 validation error detected: Value null at 'list.1.member.name' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(Render, WritesEmptyListsDoublesAndTimesAsAwsDoes) {
  const ShapeTable shapes = table(kShapes);
  Service service;
  service.xml_namespace = "http://x/";
  WireCall call;
  call.operation = "Do";
  const Tree output = Tree::map({{"When", Tree::time(1'000)},
                                 {"List", Tree::List{Tree::map({{"Name", "a"}, {"Value", 41}})}},
                                 {"Names", Tree::list()}});
  const http::Response response = render(call, service, *shapes.find("Do"), output, "id");
  EXPECT_EQ(response.body,
            "<DoResponse xmlns=\"http://x/\"><DoResult><When>1970-01-01T00:00:01.000Z</When><List>"
            "<member><Name>a</Name><Value>41.0</Value></member></List><Names/></DoResult>"
            "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DoResponse>");
  call.protocol = Protocol::kCbor;
  EXPECT_EQ(format::read_cbor(render(call, service, *shapes.find("Do"), output, "id").body).value(),
            output);
}

TEST(RenderError, KeepsQueryCodesForClientsThatAskForThem) {
  const Service service = cloudwatch::make_cloudwatch_service();
  WireCall call;
  call.protocol = Protocol::kJson10;
  const ApiError error{"InvalidParameterValue", "no", 400};
  http::Response response = render_error(call, &service, error, "id");
  EXPECT_EQ(response.body,
            R"({"__type":"com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException",)"
            R"("message":"no"})");
  EXPECT_FALSE(http::has_header(response.headers, "x-amzn-query-error"));
  call.is_query_mode = true;
  response = render_error(call, &service, error, "id");
  EXPECT_EQ(http::find_header(response.headers, "x-amzn-query-error"),
            "InvalidParameterValue;Sender");
  call.protocol = Protocol::kQuery;
  EXPECT_EQ(render_error(call, &service, {"ResourceNotFound", "", 404}, "id").body,
            "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><Error><Type>"
            "Sender</Type><Code>ResourceNotFound</Code></Error><RequestId>id</RequestId>"
            "</ErrorResponse>\n");
}

TEST(OriginGuard, LetsLocalClientsInAndForeignPagesOut) {
  const auto is_let_in = [](http::Headers headers) {
    http::Request request;
    request.method = "POST";
    request.headers = std::move(headers);
    return !find_foreign_origin(request, {"weir.internal"});
  };
  EXPECT_TRUE(is_let_in({{"Host", "127.0.0.1:7070"}}));
  EXPECT_TRUE(is_let_in({{"Host", "[::1]:7070"}}));
  EXPECT_TRUE(is_let_in({{"Host", "weir.internal"}}));
  EXPECT_TRUE(is_let_in({{"Host", "localhost"}, {"Origin", "http://localhost:7070"}}));
  EXPECT_TRUE(is_let_in({{"Host", "localhost"}, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(is_let_in({}));
  EXPECT_FALSE(is_let_in({{"Host", "evil.example"}}));
  EXPECT_FALSE(is_let_in({{"Host", "127.0.0.1.evil.example"}}));
  EXPECT_FALSE(is_let_in({{"Host", "localhost"}, {"Origin", "null"}}));
  EXPECT_FALSE(is_let_in({{"Host", "localhost"}, {"Origin", "https://evil.example"}}));
  EXPECT_FALSE(is_let_in({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}));
}

}  // namespace
}  // namespace weir::api
