#include "console/map.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "console/answer_tree.h"
#include "console/empty_reasons.h"

namespace weir::console {
namespace {

using column::Value;
using format::Tree;

constexpr std::string_view kInternet = "internet";
constexpr std::size_t kMostPairs = 2'000;

struct Node {
  std::string label;
  std::string kind;
  std::optional<std::string> parent;
  std::int64_t bytes = 0;
  std::int64_t rejects = 0;
  bool can_expand = false;
  std::optional<IpAddress> address;
};
struct Edge {
  std::int64_t bytes = 0;
  std::int64_t flows = 0;
  std::int64_t rejects = 0;
};

// Where an address lies: the node that stands for it.
struct Place {
  std::string id;
  std::string label;
  std::string kind;
  std::optional<std::string> parent;
  bool can_expand = false;
  std::optional<IpAddress> address = {};  // where it stands for one alone
};

// Where the records say that an address is; `interface` is "" where they do not say it.
struct Home {
  std::string vpc;
  std::string subnet;
  std::string interface;
};

std::string prefix_of(const IpAddress& address, int bits_v4, int bits_v6) {
  const std::string text = to_string(address);
  const auto prefix = parse_prefix(fmt::format("{}/{}", text, address.is_v4() ? bits_v4 : bits_v6));
  return prefix ? to_string(*prefix) : text;
}

class FlowMap {
 public:
  FlowMap(const FlowRoom& room, const MapRequest& request) : room_(room), request_(request) {}

  Result<Tree> answer() {
    WEIR_RETURN_IF_ERROR(read_subnets());
    hosts_ = hosts_within();
    if (addresses_.contains(request_.within) && hosts_.empty()) {
      interface_within_ = request_.within;
    }
    vpc_within_ = vpc_within();
    wide_within_ = wide_within();
    const column::TimeRange range{request_.span.since, request_.span.until};
    // Pairs with most bytes, and those that were refused most: these carry hardly any.
    WEIR_ASSIGN_OR_RETURN(const Answer most, ask_pairs("", "total_bytes"));
    WEIR_ASSIGN_OR_RETURN(const Answer refused, ask_pairs("action = \"REJECT\"", "flows"));
    for (const auto& row : most.rows) {
      add_pair(most.schema, row, false);
    }
    for (const auto& row : refused.rows) {
      add_pair(refused.schema, row, true);
    }
    WEIR_ASSIGN_OR_RETURN(Tree reasons,
                          empty_reasons(room_, most.report, range, !most.rows.empty()));
    Tree tree = to_tree();
    tree.set("isPartial", most.rows.size() == kMostPairs || refused.rows.size() == kMostPairs);
    tree.set("emptyBecause", std::move(reasons));
    return tree;
  }

 private:
  // Which subnet and VPC an address is in: of the interface that logs most of its records.
  Result<void> read_subnets() {
    WEIR_ASSIGN_OR_RETURN(const auto table, room_.flows());
    WEIR_ASSIGN_OR_RETURN(const bool has_vpc, table->carries("vpc_id"));
    WEIR_ASSIGN_OR_RETURN(const bool has_subnet, table->carries("subnet_id"));
    WEIR_ASSIGN_OR_RETURN(const bool has_direction, table->carries("flow_direction"));
    WEIR_ASSIGN_OR_RETURN(const bool has_interface, table->carries("interface_id"));
    if (!has_vpc || !has_subnet || !has_direction) {
      return {};
    }
    for (const auto& [address, direction] :
         {std::pair("srcaddr", "egress"), std::pair("dstaddr", "ingress")}) {
      Question question;
      question.text = fmt::format(
          "filter flow_direction = \"{}\" | stats count(bytes) as flows by {} as address, "
          "subnet_id, vpc_id{} | sort flows desc | limit 5000",
          direction, address, has_interface ? ", interface_id" : "");
      question.range = {request_.span.since, request_.span.until};
      WEIR_ASSIGN_OR_RETURN(const Answer answer, ask(room_, question, has_interface ? 5 : 4));
      for (const auto& row : answer.rows) {
        const Value own = cell(answer.schema, row, "address");
        const Value subnet = cell(answer.schema, row, "subnet_id");
        const Value vpc = cell(answer.schema, row, "vpc_id");
        const Value interface = cell(answer.schema, row, "interface_id");
        if (own.is_null() || subnet.is_null() || vpc.is_null()) {
          continue;
        }
        const Home home{vpc.text, subnet.text, interface.is_null() ? "" : interface.text};
        if (homes_.try_emplace(own.address, home).second && !home.interface.empty()) {
          addresses_[home.interface].push_back(own.address);
        }
      }
    }
    return {};
  }

  // Inside a host the service counts as well, and only what the host takes part in.
  Result<Answer> ask_pairs(std::string_view condition, std::string_view order) {
    std::string filters = condition.empty() ? "" : fmt::format("filter {} | ", condition);
    if (has_hosts()) {
      std::string list;
      for (const IpAddress& address : hosts_) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", to_string(address));
      }
      filters += fmt::format("filter srcaddr in [{0}] or dstaddr in [{0}] | ", list);
    }
    Question question;
    question.text = fmt::format(
        "{}stats sum(bytes) as total_bytes, count(bytes) as flows by srcaddr, dstaddr{} | sort {} "
        "desc | limit {}",
        filters, has_hosts() ? ", service" : "", order, kMostPairs);
    question.range = {request_.span.since, request_.span.until};
    return ask(room_, question, has_hosts() ? 5 : 4);
  }

  static Value cell(const column::Schema& schema, const std::vector<Value>& row,
                    std::string_view name) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (schema[i].name == name) {
        return row[i];
      }
    }
    return Value::null();
  }

  [[nodiscard]] bool has_subnets() const { return !homes_.empty(); }

  [[nodiscard]] bool has_hosts() const { return !hosts_.empty(); }
  [[nodiscard]] bool is_host(const IpAddress& address) const { return hosts_.contains(address); }

  // The addresses whose services are asked for: one that is named, or those of an interface that
  // stands for one host.
  [[nodiscard]] std::set<IpAddress> hosts_within() const {
    if (const auto found = addresses_.find(request_.within);
        found != addresses_.end() && is_one_host(found->second)) {
      return {found->second.begin(), found->second.end()};
    }
    const auto address = parse_ip(request_.within);
    return address ? std::set<IpAddress>{*address} : std::set<IpAddress>();
  }

  // At most one address of each family.
  static bool is_one_host(const std::vector<IpAddress>& addresses) {
    const auto num_v4 = std::count_if(addresses.begin(), addresses.end(),
                                      [](const IpAddress& one) { return one.is_v4(); });
    return num_v4 <= 1 && std::ssize(addresses) - num_v4 <= 1;
  }

  // An interface that stands for one host goes by the address that most records name, and has
  // services for parts; another one has hosts. An address without an interface is a host.
  [[nodiscard]] Place part_of_subnet(const IpAddress& address, const Home& home) const {
    const std::string text = to_string(address);
    if (home.interface.empty() || text == request_.within) {
      return {text, text,   "host", home.interface.empty() ? home.subnet : home.interface,
              true, address};
    }
    const std::vector<IpAddress>& addresses = addresses_.at(home.interface);
    if (is_one_host(addresses)) {
      return {home.interface,   to_string(addresses.front()), "interface", home.subnet, true,
              addresses.front()};
    }
    return request_.within == home.interface ? Place{text,           text, "host",
                                                     home.interface, true, address}
                                             : Place{home.interface, home.interface, "interface",
                                                     home.subnet, true};
  }

  // The node of an address on the level that is asked for. Beside the parts of a subnet stand the
  // other subnets of its VPC, beside those of a narrow prefix the others of the wide one.
  [[nodiscard]] Place place_of(const IpAddress& address) const {
    const std::string text = to_string(address);
    if (const auto found = homes_.find(address); found != homes_.end()) {
      const Home& home = found->second;
      if (request_.within == home.subnet || home.interface == interface_within_ ||
          is_host(address)) {
        return part_of_subnet(address, home);
      }
      return request_.within == home.vpc || home.vpc == vpc_within_
                 ? Place{home.subnet, home.subnet, "subnet", home.vpc, true}
                 : Place{home.vpc, home.vpc, "vpc", std::nullopt, true};
    }
    const flow::Scope scope = room_.enrichment->scope(address);
    const bool is_ours = scope == flow::Scope::kPrivate || scope == flow::Scope::kVpc ||
                         scope == flow::Scope::kShared;
    const std::string wide = prefix_of(address, 16, 48);
    const std::string narrow = prefix_of(address, 24, 64);
    if (request_.within == narrow || is_host(address)) {
      return {text, text, "host", narrow, true, address};
    }
    if (!is_ours) {
      return {std::string(kInternet), "Internet", "internet", std::nullopt, false};
    }
    return request_.within == wide || wide == wide_within_
               ? Place{narrow, narrow, "prefix", wide, true}
               : Place{wide, wide, "prefix", std::nullopt, true};
  }

  // The VPC of what is asked for, where that is a subnet, an interface or a host; else "".
  [[nodiscard]] std::string vpc_within() const {
    for (const auto& [address, home] : homes_) {
      if (home.subnet == request_.within || home.interface == request_.within || is_host(address)) {
        return home.vpc;
      }
    }
    return "";
  }
  [[nodiscard]] std::string wide_within() const {
    if (has_hosts()) {
      return prefix_of(*hosts_.begin(), 16, 48);
    }
    const auto prefix = parse_prefix(request_.within);
    return prefix ? prefix_of(prefix->address, 16, 48) : "";
  }

  Node& node_of(const Place& place) {
    Node& node = nodes_[place.id];
    node.label = place.label;
    node.kind = place.kind;
    node.parent = place.parent;
    node.can_expand = place.can_expand;
    node.address = place.address;
    return node;
  }

  // `is_refused`: the rows are what was refused of a pair, which may have been added before.
  void add_pair(const column::Schema& schema, const std::vector<Value>& row, bool is_refused) {
    const Value source = cell(schema, row, "srcaddr");
    const Value destination = cell(schema, row, "dstaddr");
    if (source.is_null() || destination.is_null()) {
      return;
    }
    Place from = place_of(source.address);
    Place to = place_of(destination.address);
    std::string service;
    if (has_hosts()) {
      service = cell(schema, row, "service").text;
      service = service.empty() ? "other" : service;
      // A host's parts are its services: what others reach, or it reaches, by them.
      Place& own = is_host(source.address) ? from : to;
      own = {own.id + " " + service, service, "service", own.id, false};
    }
    // Inside a node only what touches it is shown.
    const auto is_inside = [&](const Place& place) { return place.parent == request_.within; };
    if (!request_.within.empty() && !is_inside(from) && !is_inside(to)) {
      return;
    }
    const std::int64_t bytes = cell(schema, row, "total_bytes").integer;
    const std::int64_t flows = cell(schema, row, "flows").integer;
    const auto pair = std::tuple(source.address, destination.address, service);
    const bool is_new = known_.insert(pair).second;
    const Edge added{is_new ? bytes : 0, is_new ? flows : 0, is_refused ? flows : 0};
    for (const Place* place : {&from, &to}) {
      Node& node = node_of(*place);
      if (place == &from || from.id != to.id) {
        node.bytes += added.bytes;
        node.rejects += added.rejects;
      }
    }
    Edge& edge = edges_[{from.id, to.id}];
    edge.bytes += added.bytes;
    edge.flows += added.flows;
    edge.rejects += added.rejects;
  }

  [[nodiscard]] Tree owner_of(const Node& node) const {
    return node.address ? owner_in_inventory(room_, *node.address) : Tree();
  }

  Tree to_tree() {
    std::vector<std::pair<std::string, Node>> sorted(nodes_.begin(), nodes_.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
    const std::size_t num_nodes = sorted.size();
    sorted.resize(std::min(sorted.size(), request_.limit));
    Tree nodes = Tree::list();
    std::set<std::string> shown;
    for (const auto& [id, node] : sorted) {
      shown.insert(id);
      nodes.push(Tree::map({{"id", id},
                            {"parent", node.parent ? Tree(*node.parent) : Tree()},
                            {"label", node.label},
                            {"kind", node.kind},
                            {"bytes", number_tree(node.bytes)},
                            {"rejects", number_tree(node.rejects)},
                            {"owner", owner_of(node)},
                            {"canExpand", node.can_expand}}));
    }
    Tree edges = Tree::list();
    std::int64_t num_omitted = 0;
    for (const auto& [ends, edge] : edges_) {
      if (!shown.contains(ends.first) || !shown.contains(ends.second)) {
        ++num_omitted;
        continue;
      }
      edges.push(Tree::map({{"from", ends.first},
                            {"to", ends.second},
                            {"bytes", number_tree(edge.bytes)},
                            {"flows", number_tree(edge.flows)},
                            {"rejects", number_tree(edge.rejects)}}));
    }
    return Tree::map(
        {{"grouping", has_subnets() ? "vpc" : "prefix"},
         {"isGuessed", !has_subnets()},
         {"nodes", std::move(nodes)},
         {"edges", std::move(edges)},
         {"omitted", Tree::map({{"nodes", static_cast<std::int64_t>(num_nodes - sorted.size())},
                                {"edges", num_omitted}})}});
  }

  const FlowRoom& room_;
  const MapRequest& request_;
  std::string vpc_within_;
  std::string wide_within_;
  std::optional<std::string>
      interface_within_;       // that has several addresses, where it is asked for
  std::set<IpAddress> hosts_;  // where a host is asked for
  std::set<std::tuple<IpAddress, IpAddress, std::string>>
      known_;  // what was added: a pair's service
  std::map<IpAddress, Home> homes_;
  std::map<std::string, std::vector<IpAddress>> addresses_;  // by interface
  std::map<std::string, Node> nodes_;
  std::map<std::pair<std::string, std::string>, Edge> edges_;
};

}  // namespace

Result<Tree> flow_map(const FlowRoom& room, const MapRequest& request) {
  return FlowMap(room, request).answer();
}

}  // namespace weir::console
