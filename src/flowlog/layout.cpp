#include "flowlog/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/ip_address.h"
#include "base/nearest_name.h"
#include "base/number.h"

namespace weir::flowlog {
namespace {

std::vector<std::string_view> split_names(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> names;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(separators, begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return names;
}

// '${a}${b}' without spaces between is legal in the console; give each its own place.
std::string spaced_out(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i > 0 && text[i - 1] == '}') {
      out += ' ';
    }
    const bool is_noise = text[i] == '\'' || text[i] == '"' || text[i] == '\\' || text[i] == '\n';
    out += is_noise ? ' ' : text[i];
  }
  return out;
}

std::string_view bare(std::string_view token) {
  return token.starts_with("${") && token.ends_with("}") ? token.substr(2, token.size() - 3)
                                                         : token;
}

bool is_name(std::string_view token) {
  token = bare(token);
  if (token.empty() || token.size() > 64) {
    return false;
  }
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return is_letter(token.front()) && std::all_of(token.begin(), token.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

std::string printable(std::string_view token) {
  std::string text(token.substr(0, 64));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

// True for the spellings that AWS itself uses, false for aliases.
bool is_real_name(std::string_view token, FieldId field) {
  std::string wanted(info(field).canonical);
  std::erase(wanted, '_');
  std::string given = canonical_name(token);
  std::erase(given, '_');
  return given == wanted;
}

Result<Layout> make_layout(const std::vector<std::string_view>& tokens) {
  if (tokens.size() > kMaxColumns) {
    return fail(ErrorCode::kLimit, fmt::format("a layout has at most {} columns, this one {}",
                                               kMaxColumns, tokens.size()));
  }
  Layout layout;
  std::set<std::string> taken;
  for (const std::string_view raw : tokens) {
    const std::string_view token = bare(raw);
    LayoutColumn column;
    column.token = token;
    column.field = find_field(token);
    // Where both the real name and an alias of it stand, the alias is an open column.
    if (column.field && !is_real_name(token, *column.field)) {
      const bool has_real = std::any_of(tokens.begin(), tokens.end(), [&](std::string_view other) {
        return find_field(bare(other)) == column.field && is_real_name(bare(other), *column.field);
      });
      if (has_real) {
        column.field.reset();
      }
    }
    column.name = column.field ? std::string(info(*column.field).canonical) : canonical_name(token);
    if (!taken.insert(column.name).second) {
      return fail(ErrorCode::kUsage, fmt::format("the layout names {} twice", token));
    }
    layout.columns.push_back(std::move(column));
  }
  const auto known =
      std::count_if(layout.columns.begin(), layout.columns.end(),
                    [](const LayoutColumn& column) { return column.field.has_value(); });
  if (known == 0) {
    std::vector<std::string> names;
    for (const FieldInfo& field : all_fields()) {
      names.emplace_back(field.token);
    }
    return fail(ErrorCode::kUsage,
                layout.columns.empty()
                    ? std::string("the layout names no field")
                    : fmt::format("none of the {} names is a flow-log field;{} (weir fields "
                                  "--catalogue lists them)",
                                  layout.columns.size(),
                                  did_you_mean(layout.columns.front().token, names)));
  }
  layout.label = "custom";
  for (const Layout& order : known_layouts()) {
    if (layout.same_columns(order)) {
      layout.label = order.label;
      break;
    }
  }
  return layout;
}

Layout layout_of(std::string label, const std::vector<FieldId>& fields) {
  Layout layout;
  layout.label = std::move(label);
  for (const FieldId id : fields) {
    const FieldInfo& field = info(id);
    layout.columns.push_back({id, std::string(field.canonical), std::string(field.token)});
  }
  return layout;
}

std::vector<Layout> make_known_layouts() {
  std::vector<Layout> layouts;
  for (const int version : {2, 3, 4, 5, 7, 8, 9, 10, 11}) {
    std::vector<FieldId> fields;
    for (const FieldInfo& field : all_fields()) {
      if (field.version <= version && field.version != 6) {
        fields.push_back(field.id);
      }
    }
    layouts.push_back(layout_of(fmt::format("v{}", version), fields));
  }
  using enum FieldId;
  layouts.push_back(layout_of("tgw", {kVersion,
                                      kResourceType,
                                      kAccountId,
                                      kTgwId,
                                      kTgwAttachmentId,
                                      kTgwSrcVpcAccountId,
                                      kTgwDstVpcAccountId,
                                      kTgwSrcVpcId,
                                      kTgwDstVpcId,
                                      kTgwSrcSubnetId,
                                      kTgwDstSubnetId,
                                      kTgwSrcEni,
                                      kTgwDstEni,
                                      kTgwSrcAzId,
                                      kTgwDstAzId,
                                      kTgwPairAttachmentId,
                                      kSrcaddr,
                                      kDstaddr,
                                      kSrcport,
                                      kDstport,
                                      kProtocol,
                                      kPackets,
                                      kBytes,
                                      kStart,
                                      kEnd,
                                      kLogStatus,
                                      kType,
                                      kPacketsLostNoRoute,
                                      kPacketsLostBlackhole,
                                      kPacketsLostMtuExceeded,
                                      kPacketsLostTtlExpired,
                                      kTcpFlags,
                                      kRegion,
                                      kFlowDirection,
                                      kPktSrcAwsService,
                                      kPktDstAwsService}));
  return layouts;
}

}  // namespace

std::optional<std::size_t> Layout::find(FieldId field) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].field == field) {
      return i;
    }
  }
  return std::nullopt;
}

std::string Layout::names() const {
  std::string text;
  for (const LayoutColumn& column : columns) {
    if (!column.name.empty()) {
      text += text.empty() ? "" : " ";
      text += column.name;
    }
  }
  return text;
}

bool Layout::same_columns(const Layout& other) const {
  return std::equal(columns.begin(), columns.end(), other.columns.begin(), other.columns.end(),
                    [](const LayoutColumn& a, const LayoutColumn& b) {
                      return a.field == b.field && a.name == b.name;
                    });
}

Result<Layout> parse_format(std::string_view text) {
  const std::string spaced = spaced_out(text);
  const auto tokens = split_names(spaced, " ,\t\r\n");
  for (const std::string_view token : tokens) {
    if (!is_name(token)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}' is not a name of a field: letters, digits, '-' and '_' are, as "
                              "in ${{pkt-srcaddr}} (weir fields --catalogue lists them)",
                              printable(token)));
    }
  }
  auto layout = make_layout(tokens);
  if (layout) {
    layout->origin = LayoutOrigin::kFormatOption;
  }
  return layout;
}

std::optional<Layout> parse_header(std::string_view line) {
  if (line.starts_with("\xef\xbb\xbf")) {
    line.remove_prefix(3);
  }
  const auto tokens = split_names(line, " \t\r\n");
  if (tokens.empty() || tokens.size() > kMaxColumns) {
    return std::nullopt;
  }
  std::size_t known = 0;
  for (const std::string_view token : tokens) {
    if (!is_name(token)) {
      return std::nullopt;
    }
    known += find_field(token) ? 1 : 0;
  }
  if (known * 2 < tokens.size() || known == 0) {
    return std::nullopt;
  }
  auto layout = make_layout(tokens);
  if (!layout) {
    return std::nullopt;
  }
  layout->origin = LayoutOrigin::kHeader;
  return std::move(*layout);
}

std::span<const Layout> known_layouts() {
  static const std::vector<Layout> layouts = make_known_layouts();
  return layouts;
}

}  // namespace weir::flowlog
