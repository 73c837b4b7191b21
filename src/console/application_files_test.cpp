#include "console/application_files.h"

#include <gtest/gtest.h>

namespace weir::console {
namespace {

constexpr std::string_view kPack =
    "/assets/app-12345678.js\taaaa\ttext/javascript\t0\t5\t5\t3\n"
    "/index.html\tbbbb\ttext/html\t8\t4\t12\t0\n"
    "\nplainzip<p/>";

http::Request get(std::string target, http::Headers headers = {}) {
  http::Request request;
  request.method = "GET";
  request.target = std::move(target);
  request.headers = std::move(headers);
  return request;
}

TEST(ApplicationFiles, GivesEachFormAndItsOwnTag) {
  const auto files = ApplicationFiles::read(kPack).value();
  const auto plain = files.find(get("/assets/app-12345678.js")).value();
  EXPECT_EQ(plain.body, "plain");
  EXPECT_EQ(http::find_header(plain.headers, "etag"), "\"aaaa\"");
  EXPECT_NE(http::find_header(plain.headers, "cache-control").find("immutable"),
            std::string_view::npos);
  const auto zipped =
      files.find(get("/assets/app-12345678.js", {{"Accept-Encoding", "br, gzip"}})).value();
  EXPECT_EQ(zipped.body, "zip");
  EXPECT_EQ(http::find_header(zipped.headers, "content-encoding"), "gzip");
  EXPECT_EQ(http::find_header(zipped.headers, "etag"), "\"aaaa-gzip\"");
  for (const std::string accepted : {"gzip;q=0", "identity", "x-gzip", ""}) {
    EXPECT_EQ(files.find(get("/assets/app-12345678.js", {{"Accept-Encoding", accepted}}))->body,
              "plain")
        << accepted;
  }
  EXPECT_EQ(files.find(get("/", {{"If-None-Match", "\"bbbb\""}}))->status, 304);
}

TEST(ApplicationFiles, ScreensAreTheOnePageAndNothingElseIs) {
  const auto files = ApplicationFiles::read(kPack).value();
  for (const std::string path : {"/", "/explore", "/dashboards/a%20b?x=1", "/index.html"}) {
    EXPECT_EQ(files.find(get(path))->body, "<p/>") << path;
  }
  EXPECT_EQ(files.find(get("/assets/gone.js"))->status, 404);
  for (const std::string path : {"/livez", "/exploreX", "/../etc/passwd", "/api/v1/x"}) {
    EXPECT_FALSE(files.find(get(path))) << path;
  }
}

TEST(ApplicationFiles, ReadsWhatThisBinaryHasAndRefusesDamage) {
  EXPECT_TRUE(ApplicationFiles::read(embedded_application()));
  EXPECT_FALSE(ApplicationFiles::read(""));
  EXPECT_FALSE(ApplicationFiles::read("/a.js\taaaa\tt\t0\t99\t0\t0\n\nx"));
  EXPECT_FALSE(ApplicationFiles::read("/index.html\tb\tt\t0\tx\t0\t0\n\nx"));
  EXPECT_FALSE(ApplicationFiles::read("/other.html\tb\tt\t0\t1\t0\t0\n\nx"));
}

}  // namespace
}  // namespace weir::console
