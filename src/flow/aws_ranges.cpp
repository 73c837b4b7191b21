#include "flow/aws_ranges.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace weir::flow {
namespace {

constexpr std::uint64_t kMaxRangesFile = std::uint64_t{64} << 20;

// AMAZON stands for all of AWS; EC2 also covers what other services run on.
int specificity_of(std::string_view service) {
  return service == "AMAZON" ? 0 : service == "EC2" ? 1 : 2;
}

tl::unexpected<Error> ranges_failure(const std::string& path, std::string_view reason) {
  return fail(ErrorCode::kInput,
              fmt::format("cannot read {} as AWS's ip-ranges.json: {}. Fetch it again from "
                          "https://ip-ranges.amazonaws.com/ip-ranges.json.",
                          path, reason));
}

std::string_view reason_of(simdjson::error_code error) {
  std::string_view reason = simdjson::error_message(error);
  while (reason.ends_with('.')) {
    reason.remove_suffix(1);
  }
  return reason;
}

std::string shown(std::string_view text) {
  return fmt::format("'{}'{}", text.substr(0, 60), text.size() > 60 ? "..." : "");
}

}  // namespace

struct AwsRanges::Entry {
  IpPrefix prefix;
  std::string_view service;
  std::string_view region;
};

Result<AwsRanges> AwsRanges::load(io::FileSystem& files, const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const auto file, files.open_random(path));
  const std::uint64_t size = file->size();
  if (size > kMaxRangesFile) {
    return ranges_failure(path, fmt::format("it has {} bytes, more than any such list", size));
  }
  std::string json(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t count,
                          file->read_at(filled, std::span(json).subspan(filled)));
    if (count == 0) {
      break;
    }
    filled += count;
  }
  json.resize(filled);
  return parse(json, path);
}

Result<AwsRanges> AwsRanges::parse(std::string_view json, const std::string& path) {
  AwsRanges ranges;
  std::vector<Entry> entries;
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document)) {
    return ranges_failure(path, fmt::format("it is no whole JSON: {}", reason_of(error)));
  }
  simdjson::dom::object root;
  if (document.get_object().get(root) != simdjson::SUCCESS) {
    return ranges_failure(path, "its JSON is not an object");
  }
  bool has_list = false;
  for (const auto& [list, prefix_key] :
       {std::pair("prefixes", "ip_prefix"), std::pair("ipv6_prefixes", "ipv6_prefix")}) {
    simdjson::dom::array items;
    const auto list_error = root[list].get_array().get(items);
    if (list_error == simdjson::NO_SUCH_FIELD) {
      continue;
    }
    if (list_error) {
      return ranges_failure(path, fmt::format("{}: {}", list, reason_of(list_error)));
    }
    has_list = true;
    std::size_t number = 0;
    for (const simdjson::dom::element item : items) {
      ++number;
      std::string_view prefix_text;
      std::string_view service;
      std::string_view region;
      for (const auto& [key, text] :
           {std::pair(prefix_key, &prefix_text), std::pair("service", &service),
            std::pair("region", &region)}) {
        if (const auto error = item[key].get_string().get(*text)) {
          return ranges_failure(
              path, fmt::format("entry {} of {}: {}: {}", number, list, key, reason_of(error)));
        }
      }
      const auto prefix = parse_prefix(prefix_text);
      if (!prefix) {
        return ranges_failure(path, fmt::format("entry {} of {}: {} is no network: {}", number,
                                                list, prefix_key, shown(prefix_text)));
      }
      entries.push_back({*prefix, ranges.intern(service), ranges.intern(region)});
    }
  }
  if (!has_list) {
    return ranges_failure(path, "it has neither prefixes nor ipv6_prefixes");
  }
  ranges.build(entries);
  return ranges;
}

std::string_view AwsRanges::intern(std::string_view text) {
  const auto found = names_.find(text);
  return found != names_.end() ? *found : *names_.emplace(text).first;
}

void AwsRanges::build(std::vector<Entry>& entries) {
  std::map<std::string_view, std::size_t> num_prefixes;
  for (const Entry& entry : entries) {
    ++num_prefixes[entry.service];
  }
  // Outer prefixes first; of equal ones the most specific service first.
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    const auto key = [&](const Entry& entry) {
      return std::tuple(entry.prefix.address, entry.prefix.length, -specificity_of(entry.service),
                        num_prefixes[entry.service], entry.service, entry.region);
    };
    return key(a) < key(b);
  });
  std::map<std::pair<std::string_view, std::string_view>, std::uint32_t> numbers;
  std::vector<PrefixTable::Entry> table;
  struct Open {
    IpPrefix prefix;
    int specificity;
    std::uint32_t range;
  };
  std::vector<Open> open;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (i > 0 && entries[i - 1].prefix.address == entry.prefix.address &&
        entries[i - 1].prefix.length == entry.prefix.length) {
      continue;
    }
    while (!open.empty() && !open.back().prefix.contains(entry.prefix.address)) {
      open.pop_back();
    }
    const auto [number, is_new] = numbers.try_emplace({entry.service, entry.region},
                                                      static_cast<std::uint32_t>(ranges_.size()));
    if (is_new) {
      ranges_.push_back({entry.service, entry.region});
    }
    Open current{entry.prefix, specificity_of(entry.service), number->second};
    if (!open.empty() && open.back().specificity > current.specificity) {
      current.specificity = open.back().specificity;
      current.range = open.back().range;
    }
    open.push_back(current);
    table.push_back({current.prefix, current.range});
  }
  table_ = PrefixTable(table);
}

}  // namespace weir::flow
