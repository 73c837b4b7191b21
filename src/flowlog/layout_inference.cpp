// Telling the layout of lines that have no header: only known orders are candidates, since many
// fields look alike (srcaddr and dstaddr, packets and bytes).

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/ip_address.h"
#include "base/number.h"
#include "flowlog/layout.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {
namespace {

constexpr std::size_t kMaxLines = 1'000;

std::vector<std::string_view> tokens_of(std::string_view line) {
  std::vector<std::string_view> tokens;
  std::size_t begin = 0;
  while ((begin = line.find_first_not_of(" \t\r\n", begin)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r\n", begin), line.size());
    tokens.push_back(line.substr(begin, end - begin));
    begin = end;
  }
  return tokens;
}

bool is_number(std::string_view token) {
  return !token.empty() && token.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_one_of(std::string_view token, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), token) != set.end();
}

// Whether a token can stand in a column of this field. '-' fits anything; ids are judged by their
// prefixes alone, since test data and old accounts have odd tails.
bool fits(FieldId field, std::string_view token) {
  if (token == "-") {
    return true;
  }
  switch (field) {
    case FieldId::kLogStatus:
      return is_one_of(token, {"OK", "NODATA", "SKIPDATA"});
    case FieldId::kAction:
      return is_one_of(token, {"ACCEPT", "REJECT"});
    case FieldId::kType:
      return is_one_of(token, {"IPv4", "IPv6", "EFA"});
    case FieldId::kFlowDirection:
      return is_one_of(token, {"ingress", "egress"});
    case FieldId::kResourceType:
      return token == "TransitGateway";
    case FieldId::kRejectReason:
      return is_one_of(token, {"BPA", "EC"});
    case FieldId::kVersion:
      return is_number(token) && token.size() <= 2;
    case FieldId::kInterfaceId:
    case FieldId::kTgwSrcEni:
    case FieldId::kTgwDstEni:
    case FieldId::kNextHopInterfaceId:
      return token.starts_with("eni-");
    case FieldId::kVpcId:
    case FieldId::kTgwSrcVpcId:
    case FieldId::kTgwDstVpcId:
    case FieldId::kNextHopVpcId:
      return token.starts_with("vpc-");
    case FieldId::kSubnetId:
    case FieldId::kTgwSrcSubnetId:
    case FieldId::kTgwDstSubnetId:
    case FieldId::kNextHopSubnetId:
      return token.starts_with("subnet-");
    case FieldId::kInstanceId:
      return token.starts_with("i-");
    case FieldId::kTgwId:
      return token.starts_with("tgw-");
    case FieldId::kTgwAttachmentId:
    case FieldId::kTgwPairAttachmentId:
      return token.starts_with("tgw-attach-");
    case FieldId::kEcsClusterArn:
    case FieldId::kEcsContainerInstanceArn:
    case FieldId::kEcsTaskDefinitionArn:
    case FieldId::kEcsTaskArn:
      return token.starts_with("arn:");
    case FieldId::kAccountId:
      return is_number(token) || token == "unknown";
    default:
      break;
  }
  switch (info(field).shape) {
    case FieldShape::kAddress:
      return parse_ip(token).has_value();
    case FieldShape::kPort:
      return is_number(token) && parse_int64(token).value_or(65'536) <= 65'535;
    case FieldShape::kInteger:
      return is_number(token);
    case FieldShape::kEpoch:
      return is_number(token) && token.size() >= 9 && token.size() <= 13;
    case FieldShape::kText:
      return true;
  }
  return true;
}

// Share of the columns that a line's tokens contradict nothing in; 1 = all fit.
double fit_of(const Layout& layout, const std::vector<std::string_view>& tokens) {
  std::size_t fitting = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    fitting += fits(*layout.columns[i].field, tokens[i]) ? 1 : 0;
  }
  return static_cast<double>(fitting) / static_cast<double>(tokens.size());
}

std::string shape_name(std::string_view token) {
  if (token == "-") {
    return "absent";
  }
  if (parse_ip(token)) {
    return "address";
  }
  if (is_number(token)) {
    return token.size() >= 9 && token.size() <= 13 && token[0] == '1' ? "time?" : "number";
  }
  return fmt::format("text ({})", excerpt_of(token.substr(0, 24)));
}

// The remedy where the number of columns is none of the known ones.
Error unknown_shape(const std::vector<std::string_view>& tokens, std::size_t num_lines) {
  std::string shapes;
  std::string format;
  for (std::size_t i = 0; i < tokens.size() && i < 64; ++i) {
    shapes += fmt::format("{}{}:{}", i > 0 ? " " : "", i + 1, shape_name(tokens[i]));
    format += i > 0 ? " ${?}" : "${?}";
  }
  return {
      ErrorCode::kInput,
      fmt::format("the lines have no header and {} columns ({} lines seen), which is no layout "
                  "that AWS writes by itself. Columns of the first: {}. Name them: --format '{}'",
                  tokens.size(), num_lines, shapes, format)};
}

}  // namespace

Result<Layout> infer_layout(std::span<const std::string_view> lines) {
  // The number of columns that most lines have decides; a bogus line in between decides nothing.
  std::map<std::size_t, std::size_t> counts;
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : lines.first(std::min(lines.size(), kMaxLines))) {
    auto tokens = tokens_of(line);
    if (!tokens.empty()) {
      ++counts[tokens.size()];
      rows.push_back(std::move(tokens));
    }
  }
  if (rows.empty()) {
    return fail(ErrorCode::kInput, "there are no lines to tell a layout from");
  }
  const std::size_t width =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      })->first;
  std::vector<LayoutCandidate> candidates;
  std::vector<double> confidences;
  for (const Layout& layout : known_layouts()) {
    if (layout.columns.size() != width) {
      continue;
    }
    LayoutCandidate candidate{layout, 0, 0};
    double sum = 0;
    for (const auto& tokens : rows) {
      if (tokens.size() != width) {
        continue;
      }
      const double fit = fit_of(layout, tokens);
      ++candidate.lines_seen;
      candidate.lines_fitting += fit >= 0.95 ? 1 : 0;
      sum += fit;
    }
    const double share = sum / static_cast<double>(candidate.lines_seen);
    const bool is_fit = candidate.lines_fitting * 10 >= candidate.lines_seen * 8;
    if (is_fit) {
      candidates.push_back(std::move(candidate));
      confidences.push_back(share * static_cast<double>(counts[width]) /
                            static_cast<double>(rows.size()));
    }
  }
  if (candidates.empty()) {
    const auto first = std::find_if(rows.begin(), rows.end(),
                                    [&](const auto& tokens) { return tokens.size() == width; });
    return tl::unexpected<Error>(unknown_shape(*first, rows.size()));
  }
  if (candidates.size() > 1) {
    std::string names;
    for (const auto& candidate : candidates) {
      names += fmt::format("{}{} ({} of {} lines fit)", names.empty() ? "" : ", ",
                           candidate.layout.label, candidate.lines_fitting, candidate.lines_seen);
    }
    return fail(ErrorCode::kInput,
                fmt::format("the lines have no header and fit several layouts: {}. Say which with "
                            "--format",
                            names));
  }
  Layout layout = std::move(candidates.front().layout);
  layout.origin = LayoutOrigin::kInferred;
  layout.confidence = confidences.front();
  return layout;
}

}  // namespace weir::flowlog
