#include "packet/capture_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "packet/bpf_program.h"

namespace weir::packet {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text, int base = 0) {
  if (base == 0) {
    base = text.starts_with("0x") ? 16 : 10;
  }
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty()
             ? std::optional(value)
             : std::nullopt;
}

std::optional<std::uint8_t> parse_protocol(std::string_view name) {
  if (name == "tcp") {
    return kTcp;
  }
  if (name == "udp") {
    return kUdp;
  }
  if (name == "icmp") {
    return kIcmp;
  }
  if (name == "icmp6") {
    return kIcmpV6;
  }
  if (name == "sctp") {
    return kSctp;
  }
  const auto number = parse_number(name);
  return number && *number < 256 ? std::optional(static_cast<std::uint8_t>(*number)) : std::nullopt;
}

constexpr std::string_view kOwnWords[] = {"inner",  "vni",    "depth",   "endpoint", "attachment",
                                          "cookie", "option", "verdict", "flag",     "account",
                                          "vpc",    "subnet", "instance"};

bool is_own_word(std::string_view word) {
  return std::find(std::begin(kOwnWords), std::end(kOwnWords), word) != std::end(kOwnWords);
}
bool is_and(std::string_view word) { return word == "and" || word == "&&"; }
bool is_or(std::string_view word) { return word == "or" || word == "||"; }
bool is_not(std::string_view word) { return word == "not" || word == "!"; }

}  // namespace

struct CaptureFilter::Node {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kOwn, kPcap } kind = Kind::kPcap;
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
  std::function<bool(const PacketView& view)> own;
  std::unique_ptr<BpfProgram> program;
  std::size_t begin = 0;  // of the text that it was made from
  std::size_t end = 0;
  bool is_pcap_alone = false;

  [[nodiscard]] bool matches(const CapturedPacket& packet, const PacketView& view) const {
    switch (kind) {
      case Kind::kAnd:
        return left->matches(packet, view) && right->matches(packet, view);
      case Kind::kOr:
        return left->matches(packet, view) || right->matches(packet, view);
      case Kind::kNot:
        return !left->matches(packet, view);
      case Kind::kOwn:
        return own(view);
      case Kind::kPcap:
        return program->matches(packet);
    }
    return false;
  }
};

class CaptureFilter::Compiler {
 public:
  Compiler(std::string_view text, Lookup lookup)
      : text_(text), lookup_(std::move(lookup)), tokens_(split(text)) {}

  Result<std::unique_ptr<Node>> run() {
    WEIR_ASSIGN_OR_RETURN(auto root, expression(0));
    if (at_ < tokens_.size()) {
      return refuse("does not belong here");
    }
    WEIR_RETURN_IF_ERROR(compile_pcap(*root));
    return root;
  }

 private:
  static constexpr int kMaxDepth = 64;

  struct Token {
    std::string_view text;
    std::size_t begin;
  };

  // Words, parentheses, and && || ! as words; everything else of libpcap's language stays together
  // as it is written.
  static std::vector<Token> split(std::string_view text) {
    std::vector<Token> tokens;
    std::size_t at = 0;
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (at < text.size()) {
      if (is_space(text[at])) {
        ++at;
        continue;
      }
      const std::string_view rest = text.substr(at);
      std::size_t size = 1;
      if (rest.starts_with("&&") || rest.starts_with("||")) {
        size = 2;
      } else if (rest[0] == '!' && !rest.starts_with("!=")) {
        size = 1;
      } else if (rest[0] != '(' && rest[0] != ')') {
        int depth = 0;  // of brackets: tcp[(4+1):2] is one word
        size = 0;
        while (size < rest.size()) {
          const char c = rest[size];
          if (c == '[') {
            ++depth;
          } else if (c == ']') {
            --depth;
          } else if (depth <= 0 &&
                     (is_space(c) || c == '(' || c == ')' || rest.substr(size).starts_with("&&") ||
                      rest.substr(size).starts_with("||"))) {
            break;
          }
          ++size;
        }
      }
      tokens.push_back({text.substr(at, size), at});
      at += size;
    }
    return tokens;
  }

  tl::unexpected<Error> refuse(std::string_view why) {
    const std::string_view word = at_ < tokens_.size() ? tokens_[at_].text : "the end";
    return fail(ErrorCode::kUsage, fmt::format("filter: '{}' {}", word, why));
  }
  [[nodiscard]] std::string_view word() const {
    return at_ < tokens_.size() ? tokens_[at_].text : std::string_view();
  }
  std::string_view take() { return tokens_[at_++].text; }

  Result<std::unique_ptr<Node>> expression(int depth) {
    if (depth > kMaxDepth) {
      return refuse("stands too deep in parentheses");
    }
    WEIR_ASSIGN_OR_RETURN(auto left, term(depth));
    while (is_and(word()) || is_or(word())) {
      auto node = std::make_unique<Node>();
      node->kind = is_and(take()) ? Node::Kind::kAnd : Node::Kind::kOr;
      WEIR_ASSIGN_OR_RETURN(node->right, term(depth));
      node->begin = left->begin;
      node->end = node->right->end;
      node->is_pcap_alone = left->is_pcap_alone && node->right->is_pcap_alone;
      node->left = std::move(left);
      left = std::move(node);
    }
    return left;
  }

  Result<std::unique_ptr<Node>> term(int depth) {
    if (at_ >= tokens_.size()) {
      return refuse("where a condition was expected");
    }
    const std::size_t begin = tokens_[at_].begin;
    if (is_not(word())) {
      ++at_;
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kNot;
      if (depth > kMaxDepth) {
        return refuse("stands too deep");
      }
      WEIR_ASSIGN_OR_RETURN(node->left, term(depth + 1));
      node->begin = begin;
      node->end = node->left->end;
      node->is_pcap_alone = node->left->is_pcap_alone;
      return node;
    }
    if (word() == "(") {
      ++at_;
      WEIR_ASSIGN_OR_RETURN(auto node, expression(depth + 1));
      if (word() != ")") {
        return refuse("where a closing parenthesis was expected");
      }
      node->begin = begin;
      node->end = tokens_[at_].begin + 1;
      ++at_;
      return node;
    }
    if (is_own_word(word())) {
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kOwn;
      WEIR_ASSIGN_OR_RETURN(node->own, own_term());
      node->begin = begin;
      node->end = tokens_[at_ - 1].begin + tokens_[at_ - 1].text.size();
      return node;
    }
    return pcap_term();
  }

  // Words up to the next "and", "or" or parenthesis are libpcap's.
  Result<std::unique_ptr<Node>> pcap_term() {
    auto node = std::make_unique<Node>();
    node->begin = tokens_[at_].begin;
    node->is_pcap_alone = true;
    int depth = 0;
    while (at_ < tokens_.size()) {
      if (word() == "(") {
        ++depth;
      } else if (word() == ")") {
        if (depth == 0) {
          break;
        }
        --depth;
      } else if (depth == 0 && (is_and(word()) || is_or(word()))) {
        break;
      }
      node->end = tokens_[at_].begin + tokens_[at_].text.size();
      ++at_;
    }
    if (node->end == 0) {
      return refuse("where a condition was expected");
    }
    return node;
  }

  // The largest parts without a word of ours go to libpcap whole: "port 80 or 443" is its own.
  Result<void> compile_pcap(Node& node) {
    if (node.is_pcap_alone) {
      WEIR_ASSIGN_OR_RETURN(
          node.program,
          BpfProgram::compile(std::string(text_.substr(node.begin, node.end - node.begin))));
      node.kind = Node::Kind::kPcap;
      node.left = nullptr;
      node.right = nullptr;
      return {};
    }
    for (Node* const child : {node.left.get(), node.right.get()}) {
      if (child != nullptr) {
        WEIR_RETURN_IF_ERROR(compile_pcap(*child));
      }
    }
    return {};
  }

  using Own = std::function<bool(const PacketView& view)>;

  Result<Own> own_term() {
    const std::string_view first = take();
    if (at_ >= tokens_.size()) {
      return refuse("where a value was expected");
    }
    if (first == "inner") {
      return inner_term();
    }
    const std::string_view value = word();
    if (first == "vni" || first == "depth") {
      const auto number = parse_number(value);
      if (!number) {
        return refuse("is not a number");
      }
      ++at_;
      if (first == "depth") {
        return Own([n = *number](const PacketView& view) { return view.num_tunnels == n; });
      }
      return Own([n = *number](const PacketView& view) {
        return std::any_of(view.tunnels.begin(), view.tunnels.begin() + view.num_tunnels,
                           [&](const TunnelLayer& tunnel) { return tunnel.vni == n; });
      });
    }
    if (first == "endpoint" || first == "attachment" || first == "cookie") {
      return gateway_term(first);
    }
    if (first == "option") {
      return option_term();
    }
    if (first == "verdict" || first == "flag") {
      return name_term(first);
    }
    if (!lookup_) {
      return refuse(fmt::format("of an {} is known by an inventory: give --inventory", first));
    }
    ++at_;
    return Own([lookup = lookup_, key = std::string(first), wanted = std::string(value)](
                   const PacketView& view) { return lookup(key, wanted, view); });
  }

  Result<Own> gateway_term(std::string_view first) {
    std::string_view value = word();
    if (first == "endpoint" && value.starts_with("eni-")) {
      value.remove_prefix(4);
    }
    const auto number = parse_number(value, 16);
    if (!number) {
      return refuse("is not a number in hexadecimal");
    }
    ++at_;
    const unsigned present = first == "endpoint" ? 1 : first == "attachment" ? 2 : 4;
    return Own([n = *number, present](const PacketView& view) {
      const GatewayIds& ids = view.gateway;
      return (ids.present & present) != 0 && (present == 1   ? ids.endpoint
                                              : present == 2 ? ids.attachment
                                                             : std::uint64_t{ids.cookie}) == n;
    });
  }

  Result<Own> option_term() {
    const std::string_view value = word();
    const auto slash = value.find('/');
    const auto wanted_class = parse_number(value.substr(0, slash));
    const auto type =
        slash == std::string_view::npos ? std::nullopt : parse_number(value.substr(slash + 1));
    if (!wanted_class || (slash != std::string_view::npos && !type)) {
      return refuse("is not an option's class, as in 0x0108 or 0x0108/1");
    }
    ++at_;
    return Own([c = *wanted_class, type](const PacketView& view) {
      for (std::size_t i = 0; i < view.num_tunnels; ++i) {
        OptionWalk walk(view.options(view.tunnels[i]));
        while (const auto option = walk.next()) {
          if (option->option_class == c && (!type || option->type == *type)) {
            return true;
          }
        }
      }
      return false;
    });
  }

  Result<Own> name_term(std::string_view first) {
    const std::string_view value = word();
    if (first == "verdict") {
      for (std::size_t i = 0; i < kNumVerdicts; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (name_of(verdict) == value) {
          ++at_;
          return Own([verdict](const PacketView& view) { return view.verdict == verdict; });
        }
      }
    } else {
      for (std::size_t i = 0; i < kNumFlags; ++i) {
        const auto flag = static_cast<Flag>(i);
        if (name_of(flag) == value) {
          ++at_;
          return Own([flag](const PacketView& view) { return view.has(flag); });
        }
      }
    }
    return refuse(fmt::format("is no {}", first));
  }

  Result<Own> inner_term() {
    bool is_source = true;
    bool is_destination = true;
    if (word() == "src" || word() == "dst") {
      is_source = word() == "src";
      is_destination = !is_source;
      ++at_;
    }
    const std::string_view what = word();
    if (what == "ip" || what == "ip6") {
      ++at_;
      return Own([version = what == "ip" ? 4 : 6](const PacketView& view) {
        return view.has_inner_ip() && view.inner_ip().version == version;
      });
    }
    if (what != "host" && what != "net" && what != "port" && what != "proto") {
      if (const auto protocol = parse_protocol(what)) {
        ++at_;
        return protocol_is(*protocol);
      }
      return refuse("is not host, net, port, proto or a protocol");
    }
    ++at_;
    if (at_ >= tokens_.size()) {
      return refuse("where a value was expected");
    }
    const std::string_view value = word();
    if (what == "proto") {
      const auto protocol = parse_protocol(value);
      if (!protocol) {
        return refuse("is no protocol");
      }
      ++at_;
      return protocol_is(*protocol);
    }
    if (what == "port") {
      const auto port = parse_number(value);
      if (!port || *port > 65'535) {
        return refuse("is no port");
      }
      ++at_;
      return Own([p = *port, is_source, is_destination](const PacketView& view) {
        if (!view.has_inner_ip()) {
          return false;
        }
        const IpLayer& ip = view.inner_ip();
        return ip.has_ports && ip.protocol != kIcmp && ip.protocol != kIcmpV6 &&
               ((is_source && ip.source_port == p) || (is_destination && ip.destination_port == p));
      });
    }
    const auto prefix = parse_prefix(value);
    if (!prefix || (what == "host" && value.find('/') != std::string_view::npos)) {
      return refuse(what == "host" ? "is no address" : "is no network, as in 10.0.0.0/8");
    }
    ++at_;
    return Own([p = *prefix, is_source, is_destination](const PacketView& view) {
      return view.has_inner_ip() &&
             ((is_source && p.contains(view.source(view.inner_ip()))) ||
              (is_destination && p.contains(view.destination(view.inner_ip()))));
    });
  }

  static Own protocol_is(std::uint8_t protocol) {
    return [protocol](const PacketView& view) {
      return view.has_inner_ip() && view.inner_ip().protocol == protocol;
    };
  }

  std::string_view text_;
  Lookup lookup_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

CaptureFilter::CaptureFilter() = default;
CaptureFilter::CaptureFilter(CaptureFilter&&) noexcept = default;
CaptureFilter& CaptureFilter::operator=(CaptureFilter&&) noexcept = default;
CaptureFilter::~CaptureFilter() = default;

Result<CaptureFilter> CaptureFilter::compile(std::string_view text, Lookup lookup) {
  CaptureFilter filter;
  WEIR_ASSIGN_OR_RETURN(filter.root_, Compiler(text, std::move(lookup)).run());
  return filter;
}

bool CaptureFilter::matches(const CapturedPacket& packet, const PacketView& view) const {
  return root_->matches(packet, view);
}

}  // namespace weir::packet
