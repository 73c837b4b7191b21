#include <fmt/format.h>

#include "base/number.h"
#include "flow/watch/gateway_watch.h"
#include "format/json_writer.h"

namespace weir::flow {
namespace {

std::string endpoint_name(std::uint64_t endpoint) { return fmt::format("eni-{:017x}", endpoint); }

std::string grouped_number(std::uint64_t value) {
  return format_grouped(static_cast<std::int64_t>(value));
}

}  // namespace

std::string to_text(const WatchReport& report) {
  std::string text = fmt::format("{} packets of {} endpoints\n", grouped_number(report.packets),
                                 grouped_number(report.endpoints.size()));
  text += fmt::format("{:<22} {:>12} {:>10} {:>10} {:>12} {}\n", "endpoint", "packets", "bytes",
                      "flows", "one way", "attachments");
  for (const auto& [id, endpoint] : report.endpoints) {
    std::string attachments;
    for (const std::uint64_t attachment : endpoint.attachments) {
      if (attachments.size() > 60) {
        attachments += " ...";
        break;
      }
      attachments += fmt::format("{}{:016x}", attachments.empty() ? "" : " ", attachment);
    }
    text += fmt::format(
        "{:<22} {:>12} {:>10} {:>10} {:>12} {}\n", endpoint_name(id),
        grouped_number(endpoint.packets), format_bytes(static_cast<double>(endpoint.bytes)),
        grouped_number(endpoint.flows), grouped_number(endpoint.one_way_flows), attachments);
  }
  const auto say = [&](std::uint64_t value, std::string_view what) {
    if (value > 0) {
      text += fmt::format("{:>12}  {}\n", grouped_number(value), what);
    }
  };
  say(report.without_gateway, "packets are no gateway's");
  say(report.incomplete, "packets have some, but not all three, of the gateway's options");
  say(report.cookies_reused, "times a cookie came with another flow");
  say(report.cookies_changed, "times a flow came with another cookie");
  say(report.after_idle,
      "flows went on after the gateway's idle timeout (350 s TCP, 120 s others)");
  say(report.above_mtu, "inner packets are larger than the gateway's 8,500 bytes");
  say(report.fragmentation_needed, "ICMP messages say that a packet was too big");
  say(report.inner_fragments, "inner packets are fragments");
  const ReplyAudit& replies = report.replies;
  if (replies.returned + replies.header_changed + replies.ports_swapped + replies.unknown_cookie >
      0) {
    text += "the appliance's replies\n";
    say(replies.delivered, "packets were delivered to it");
    say(replies.returned, "came back as they should");
    say(replies.header_changed, "came back under another header or other options");
    say(replies.ports_swapped, "came back with other UDP ports");
    say(replies.unknown_cookie, "came from it without having been delivered");
    say(replies.not_returned(), "did not come back");
  }
  return text;
}

std::string to_json(const WatchReport& report) {
  std::string text;
  format::JsonWriter json(text);
  const auto number = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.begin_object();
  number("packets", report.packets);
  number("without_gateway", report.without_gateway);
  number("incomplete", report.incomplete);
  number("cookies_reused", report.cookies_reused);
  number("cookies_changed", report.cookies_changed);
  number("after_idle", report.after_idle);
  number("above_mtu", report.above_mtu);
  number("fragmentation_needed", report.fragmentation_needed);
  number("inner_fragments", report.inner_fragments);
  number("largest_inner", report.largest_inner);
  if (report.has_replies) {
    json.key("replies");
    json.begin_object();
    number("delivered", report.replies.delivered);
    number("returned", report.replies.returned);
    number("header_changed", report.replies.header_changed);
    number("ports_swapped", report.replies.ports_swapped);
    number("unknown_cookie", report.replies.unknown_cookie);
    number("not_returned", report.replies.not_returned());
    json.end_object();
  }
  json.key("endpoints");
  json.begin_array();
  for (const auto& [id, endpoint] : report.endpoints) {
    json.begin_object();
    json.key("endpoint");
    json.string(endpoint_name(id));
    number("packets", endpoint.packets);
    number("bytes", endpoint.bytes);
    number("flows", endpoint.flows);
    number("one_way_flows", endpoint.one_way_flows);
    json.key("attachments");
    json.begin_array();
    for (const std::uint64_t attachment : endpoint.attachments) {
      json.string(fmt::format("{:016x}", attachment));
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace weir::flow
