#include "http/curl_library.h"

#include <fmt/format.h>

#include "base/shared_library.h"

namespace weir::http {
namespace {

Result<CurlLibrary> load() {
  SharedLibrary library("libcurl.so.4");
  CurlLibrary functions;
  library.find("curl_global_init", functions.global_init);
  library.find("curl_easy_init", functions.easy_init);
  library.find("curl_easy_cleanup", functions.easy_cleanup);
  library.find("curl_easy_setopt", functions.easy_setopt);
  library.find("curl_easy_getinfo", functions.easy_getinfo);
  library.find("curl_easy_perform", functions.easy_perform);
  library.find("curl_easy_strerror", functions.easy_strerror);
  library.find("curl_slist_append", functions.slist_append);
  library.find("curl_slist_free_all", functions.slist_free_all);
  library.find("curl_multi_init", functions.multi_init);
  library.find("curl_multi_cleanup", functions.multi_cleanup);
  library.find("curl_multi_setopt", functions.multi_setopt);
  library.find("curl_multi_assign", functions.multi_assign);
  library.find("curl_multi_add_handle", functions.multi_add_handle);
  library.find("curl_multi_remove_handle", functions.multi_remove_handle);
  library.find("curl_multi_socket_action", functions.multi_socket_action);
  library.find("curl_multi_info_read", functions.multi_info_read);
  if (!library.is_complete()) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("sending over HTTP needs libcurl, which cannot be loaded ({}); install "
                            "it (Debian: libcurl4)",
                            library.reason()));
  }
  functions.global_init(CURL_GLOBAL_DEFAULT);
  return functions;
}

}  // namespace

const Result<CurlLibrary>& load_curl() {
  static const Result<CurlLibrary> loaded = load();
  return loaded;
}

}  // namespace weir::http
