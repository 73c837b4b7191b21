#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace weir::console {

// The files of the browser application, as tools/pack_application packed them. Immutable.
class ApplicationFiles {
 public:
  // `pack` outlives it.
  [[nodiscard]] static Result<ApplicationFiles> read(std::string_view pack);

  // The answer to a request for a file or a screen; nullopt for paths that are neither. Screens are
  // told apart in the browser: each of their paths gives index.html.
  [[nodiscard]] std::optional<http::Response> find(const http::Request& request) const;

 private:
  struct File {
    std::string etag;
    std::string media_type;
    std::string_view content;
    std::string_view gzip;  // empty: there is no such form
  };
  [[nodiscard]] static http::Response answer(const File& file, const http::Request& request,
                                             bool is_immutable);

  std::map<std::string, File, std::less<>> files_;  // by path: "/assets/x-1234.js"
};

// What this binary has embedded.
[[nodiscard]] std::string_view embedded_application();

}  // namespace weir::console
