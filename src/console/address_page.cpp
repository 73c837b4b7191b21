#include "console/address_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "console/answer_tree.h"
#include "console/empty_reasons.h"

namespace weir::console {
namespace {

using column::Value;
using format::Tree;

constexpr std::size_t kShown = 20;

class AddressPage {
 public:
  AddressPage(const FlowRoom& room, const IpAddress& address, const TimeSpan& span)
      : room_(room),
        address_(address),
        literal_(literal_text(Value::of_address(address)).value_or("")),
        range_{span.since, span.until} {}

  Result<Tree> answer() {
    WEIR_ASSIGN_OR_RETURN(Tree as_source, side("srcaddr"));
    WEIR_ASSIGN_OR_RETURN(Tree as_destination, side("dstaddr"));
    WEIR_ASSIGN_OR_RETURN(Tree peers, peer_list());
    WEIR_ASSIGN_OR_RETURN(Tree ports, port_list());
    WEIR_ASSIGN_OR_RETURN(Tree owner, owner_tree());
    const flow::Scope scope = room_.enrichment->scope(address_);
    WEIR_ASSIGN_OR_RETURN(Tree reasons, empty_reasons(room_, report_, range_, has_rows_));
    return Tree::map({{"address", to_string(address_)},
                      {"scope", name_of(scope)},
                      {"trafficClass", scope == flow::Scope::kPublic ? "external" : "internal"},
                      {"owner", std::move(owner)},
                      {"geo", geo_tree()},
                      {"aws", aws_tree()},
                      {"asSource", std::move(as_source)},
                      {"asDestination", std::move(as_destination)},
                      {"peers", std::move(peers)},
                      {"ports", std::move(ports)},
                      {"firstSeenMs", time_tree(first_)},
                      {"lastSeenMs", time_tree(last_)},
                      {"emptyBecause", std::move(reasons)}});
  }

 private:
  Result<Answer> run(std::string text, std::size_t num_columns) {
    Question question;
    question.text = std::move(text);
    question.range = range_;
    return ask(room_, question, num_columns);
  }

  static Value cell(const Answer& answer, const std::vector<Value>& row, std::string_view name) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (answer.schema[i].name == name) {
        return row[i];
      }
    }
    return Value::null();
  }
  static std::int64_t number(const Answer& answer, const std::vector<Value>& row,
                             std::string_view name) {
    return cell(answer, row, name).integer;
  }

  // What it did on one side of its flows.
  Result<Tree> side(std::string_view field) {
    WEIR_ASSIGN_OR_RETURN(
        const Answer answer,
        run(fmt::format("filter {} = {} | stats sum(bytes) as total_bytes, sum(packets) as "
                        "total_packets, count(bytes) as flows, min(start) as first, max(end) as "
                        "last by action",
                        field, literal_),
            6));
    std::int64_t bytes = 0;
    std::int64_t packets = 0;
    std::int64_t flows = 0;
    std::int64_t rejected = 0;
    for (const auto& row : answer.rows) {
      bytes += number(answer, row, "total_bytes");
      packets += number(answer, row, "total_packets");
      flows += number(answer, row, "flows");
      rejected += cell(answer, row, "action").text == "REJECT" ? number(answer, row, "flows") : 0;
      const Value first = cell(answer, row, "first");
      const Value last = cell(answer, row, "last");
      if (!first.is_null()) {
        first_ = std::min(first_.value_or(first.integer), first.integer);
      }
      if (!last.is_null()) {
        last_ = std::max(last_.value_or(last.integer), last.integer);
      }
    }
    has_rows_ = has_rows_ || !answer.rows.empty();
    report_ = answer.report;
    return Tree::map({{"bytes", number_tree(bytes)},
                      {"packets", number_tree(packets)},
                      {"flows", number_tree(flows)},
                      {"rejected", number_tree(rejected)}});
  }

  struct Sums {
    std::int64_t bytes = 0;
    std::int64_t flows = 0;
    std::int64_t rejected = 0;
  };

  // Whom it talks to, in either direction.
  Result<Tree> peer_list() {
    std::map<std::string, Sums> peers;
    for (const auto& [own, other] :
         {std::pair("srcaddr", "dstaddr"), std::pair("dstaddr", "srcaddr")}) {
      WEIR_ASSIGN_OR_RETURN(
          const Answer answer,
          run(fmt::format("filter {} = {} | stats sum(bytes) as total_bytes, count(bytes) as flows "
                          "by {} as peer, action",
                          own, literal_, other),
              4));
      for (const auto& row : answer.rows) {
        const Value peer = cell(answer, row, "peer");
        if (!peer.is_null()) {
          Sums& sums = peers[to_string(peer.address)];
          sums.bytes += number(answer, row, "total_bytes");
          sums.flows += number(answer, row, "flows");
          sums.rejected +=
              cell(answer, row, "action").text == "REJECT" ? number(answer, row, "flows") : 0;
        }
      }
    }
    std::vector<std::pair<std::string, Sums>> sorted(peers.begin(), peers.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
    sorted.resize(std::min(sorted.size(), kShown));
    Tree list = Tree::list();
    for (const auto& [peer, sums] : sorted) {
      list.push(Tree::map({{"address", peer},
                           {"bytes", number_tree(sums.bytes)},
                           {"flows", number_tree(sums.flows)},
                           {"rejected", number_tree(sums.rejected)}}));
    }
    return list;
  }

  // By which services: the lower port is taken for the server's.
  Result<Tree> port_list() {
    WEIR_ASSIGN_OR_RETURN(
        const Answer answer,
        run(fmt::format("filter srcaddr = {0} or dstaddr = {0} | stats sum(bytes) as total_bytes, "
                        "count(bytes) as flows by protocol, least(srcport, dstport) as port | sort "
                        "total_bytes desc | limit {1}",
                        literal_, kShown),
            4));
    Tree list = Tree::list();
    for (const auto& row : answer.rows) {
      const Value protocol = cell(answer, row, "protocol");
      const Value port = cell(answer, row, "port");
      if (protocol.is_null()) {
        continue;
      }
      list.push(
          Tree::map({{"protocol", cell_tree(protocol)},
                     {"port", cell_tree(port)},
                     {"service", text_or_null(flow::service_at(static_cast<int>(protocol.integer),
                                                               static_cast<int>(port.integer)))},
                     {"bytes", number_tree(number(answer, row, "total_bytes"))},
                     {"flows", number_tree(number(answer, row, "flows"))}}));
    }
    return list;
  }

  // The interface all of whose records are to or from the address: it is the interface's own.
  Result<Tree> owner_tree() {
    if (Tree known = owner_in_inventory(room_, address_); !known.is_null()) {
      return known;
    }
    WEIR_ASSIGN_OR_RETURN(
        const Answer found,
        run(fmt::format("filter srcaddr = {0} or dstaddr = {0} | stats count(bytes) as flows by "
                        "interface_id | sort flows desc | limit 1",
                        literal_),
            2));
    if (found.rows.empty() || room_.enrichment->scope(address_) == flow::Scope::kPublic) {
      return Tree();
    }
    const auto interface_text = literal_text(cell(found, found.rows[0], "interface_id"));
    if (!interface_text) {
      return Tree();
    }
    WEIR_ASSIGN_OR_RETURN(const auto table, room_.flows());
    std::vector<std::pair<std::string_view, std::string_view>> members{
        {"interface", "interface_id"}};
    for (const auto& [member, field] :
         {std::pair("instance", "instance_id"), std::pair("subnet", "subnet_id"),
          std::pair("vpc", "vpc_id")}) {
      WEIR_ASSIGN_OR_RETURN(const bool is_there, table->carries(field));
      if (is_there) {
        members.emplace_back(member, field);
      }
    }
    std::string names;
    for (const auto& [member, field] : members) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", field);
    }
    WEIR_ASSIGN_OR_RETURN(const Answer all,
                          run(fmt::format("filter interface_id = {} | stats count(bytes) as flows "
                                          "by {} | sort flows desc | limit 1",
                                          *interface_text, names),
                              1 + members.size()));
    if (all.rows.empty() ||
        number(all, all.rows[0], "flows") != number(found, found.rows[0], "flows")) {
      return Tree();
    }
    Tree owner = Tree::map();
    for (const auto& [member, field] : members) {
      owner.set(member, cell_tree(cell(all, all.rows[0], field)));
    }
    return owner;
  }

  [[nodiscard]] Tree geo_tree() const {
    const flow::GeoPlace place = room_.enrichment->place(address_);
    if (place.country.empty() && place.as_number == 0) {
      return {};
    }
    return Tree::map({{"country", text_or_null(place.country)},
                      {"city", text_or_null(place.city)},
                      {"asn", static_cast<std::int64_t>(place.as_number)},
                      {"organisation", text_or_null(place.as_organisation)}});
  }
  [[nodiscard]] Tree aws_tree() const {
    const auto range = room_.enrichment->aws_range(address_);
    return range ? Tree::map({{"service", range->service}, {"region", range->region}}) : Tree();
  }

  const FlowRoom& room_;
  IpAddress address_;
  std::string literal_;
  column::TimeRange range_;
  std::optional<TimeMs> first_;
  std::optional<TimeMs> last_;
  query::AnswerReport report_;
  bool has_rows_ = false;
};

}  // namespace

Result<Tree> address_page(const FlowRoom& room, const IpAddress& address, const TimeSpan& span) {
  return AddressPage(room, address, span).answer();
}

}  // namespace weir::console
