#include "aws/canonical_request.h"

#include <algorithm>
#include <utility>

#include "http/form.h"

namespace weir::aws {
namespace {

// Without dot segments and empty ones (RFC 3986, 5.2.4).
std::string normalise_path(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool ends_open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment == ".." && !segments.empty()) {
      segments.pop_back();
    } else if (!segment.empty() && segment != "." && segment != "..") {
      segments.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : segments) {
    out += '/';
    out += segment;
  }
  if (out.empty() || ends_open) {
    out += '/';
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = http::decode_percent(pair.substr(0, equals), false);
    if (name == "X-Amz-Signature") {
      continue;
    }
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    pairs.emplace_back(http::encode_percent(name),
                       http::encode_percent(http::decode_percent(value, false)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += out.empty() ? "" : "&";
    out += name + "=" + value;
  }
  return out;
}

void append_trimmed(std::string_view value, std::string& out) {
  bool is_after_space = true;
  const std::size_t begin = out.size();
  for (const char c : value) {
    const bool is_space = c == ' ' || c == '\t';
    if (!is_space) {
      out += c;
    } else if (!is_after_space) {
      out += ' ';
    }
    is_after_space = is_space;
  }
  if (out.size() > begin && out.back() == ' ') {
    out.pop_back();
  }
}

}  // namespace

std::string canonical_header(const http::Headers& headers, std::string_view name) {
  std::string out;
  bool is_first = true;
  for (const auto& [key, value] : headers) {
    if (http::equals_ignoring_case(key, name)) {
      out += is_first ? "" : ",";
      is_first = false;
      append_trimmed(value, out);
    }
  }
  return out;
}

std::string canonical_request(const http::Request& request,
                              const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash, bool is_s3) {
  std::string out = request.method + "\n";
  const std::string_view path = request.path();
  out += is_s3 ? http::encode_percent(http::decode_percent(path, false), true)
               : http::encode_percent(normalise_path(path), true);
  out += "\n" + canonical_query(request.query()) + "\n";
  std::string names;
  for (const std::string& name : signed_headers) {
    out += name + ":" + canonical_header(request.headers, name) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  out += "\n" + names + "\n";
  out += payload_hash;
  return out;
}

}  // namespace weir::aws
