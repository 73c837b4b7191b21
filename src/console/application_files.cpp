#include "console/application_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.h"

namespace weir::console {
namespace {

// First parts of the paths of screens.
constexpr std::string_view kScreens[] = {"explore", "flows",     "query",      "map",
                                         "metrics", "alarms",    "dashboards", "system",
                                         "sign-in", "addresses", "saved",      "docs"};
constexpr std::string_view kAssets = "/assets/";

// Nothing but the application's own files may run, be shown or be called.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";

bool is_screen(std::string_view path) {
  if (path == "/") {
    return true;
  }
  path.remove_prefix(1);
  const std::string_view first = path.substr(0, path.find('/'));
  return std::find(std::begin(kScreens), std::end(kScreens), first) != std::end(kScreens);
}

// A list of a header's value: gzip, br;q=1.0, *
bool accepts_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    std::string_view one = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(one.size() + 1, accepted.size()));
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    const std::string_view name = one.substr(0, one.find_first_of("; \t"));
    if (http::equals_ignoring_case(name, "gzip")) {
      return one.find("q=0") == std::string_view::npos ||
             one.find("q=0.") != std::string_view::npos;
    }
  }
  return false;
}

bool has_etag(std::string_view given, const std::string& etag) {
  return given == "*" || given.find('"' + etag) != std::string_view::npos;
}

}  // namespace

Result<ApplicationFiles> ApplicationFiles::read(std::string_view pack) {
  ApplicationFiles application;
  const std::size_t end = pack.find("\n\n");
  if (end == std::string_view::npos) {
    return fail(ErrorCode::kInternal, "the embedded application has no index");
  }
  const std::string_view data = pack.substr(end + 2);
  std::string_view index = pack.substr(0, end);
  while (!index.empty()) {
    std::string_view line = index.substr(0, index.find('\n'));
    index.remove_prefix(std::min(line.size() + 1, index.size()));
    std::array<std::string_view, 7> parts;
    for (std::string_view& part : parts) {
      part = line.substr(0, line.find('\t'));
      line.remove_prefix(std::min(part.size() + 1, line.size()));
    }
    std::array<std::size_t, 4> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto number = parse_int64(parts[3 + i]);
      if (!number || *number < 0 || static_cast<std::size_t>(*number) > data.size()) {
        return fail(ErrorCode::kInternal,
                    fmt::format("the embedded application's index is damaged at {}", parts[0]));
      }
      numbers[i] = static_cast<std::size_t>(*number);
    }
    File& file = application.files_[std::string(parts[0])];
    file.etag = parts[1];
    file.media_type = parts[2];
    file.content = data.substr(numbers[0], numbers[1]);
    file.gzip = data.substr(numbers[2], numbers[3]);
  }
  if (!application.files_.contains("/index.html")) {
    return fail(ErrorCode::kInternal, "the embedded application has no index.html");
  }
  return application;
}

http::Response ApplicationFiles::answer(const File& file, const http::Request& request,
                                        bool is_immutable) {
  const bool is_gzip = !file.gzip.empty() && accepts_gzip(request.header("accept-encoding"));
  const std::string etag = file.etag + (is_gzip ? "-gzip" : "");
  http::Response response;
  response.headers = {
      {"ETag", '"' + etag + '"'},
      {"Vary", "Accept-Encoding"},
      // A name with a hash in it never means other bytes; all else is asked for anew.
      {"Cache-Control", is_immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(kPolicy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (has_etag(request.header("if-none-match"), file.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file.media_type);
  if (is_gzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  response.body = std::string(is_gzip ? file.gzip : file.content);
  return response;
}

std::optional<http::Response> ApplicationFiles::find(const http::Request& request) const {
  const std::string_view path = request.path();
  if (const auto found = files_.find(path); found != files_.end()) {
    return answer(found->second, request, path.starts_with(kAssets));
  }
  if (is_screen(path)) {
    return answer(files_.find("/index.html")->second, request, false);
  }
  if (path.starts_with(kAssets)) {
    return http::Response{404,
                          {{"Content-Type", "text/plain; charset=utf-8"}},
                          "there is no such file: the application may have been replaced by a "
                          "newer one; load its page again\n"};
  }
  return std::nullopt;
}

}  // namespace weir::console
