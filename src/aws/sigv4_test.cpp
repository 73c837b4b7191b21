#include "aws/sigv4.h"

#include <gtest/gtest.h>

#include <string>

#include "aws/canonical_request.h"
#include "aws/digest.h"
#include "base/time_text.h"

namespace weir::aws {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TimeMs kNow = parse_absolute_time("2015-08-30T12:36:00Z").value();

http::Request list_users() {
  // The worked example of AWS's "Signature Version 4 signing process".
  http::Request request;
  request.method = "GET";
  request.target = "/?Action=ListUsers&Version=2010-05-08";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                     {"Host", "iam.amazonaws.com"}};
  return request;
}

Authorization read(const http::Request& request) {
  auto authorization = read_authorization(request);
  return authorization.value().value();
}

TEST(SigV4, SignsAsTheWorkedExampleOfAws) {
  http::Request request = list_users();
  sign(request, {"AKIDEXAMPLE", std::string(kSecret), ""}, "us-east-1", "iam", kNow);
  EXPECT_EQ(request.header("authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, VerifiesWhatItSignedAndRefusesEveryChange) {
  http::Request request = list_users();
  request.method = "POST";
  request.body = "a=1";
  request.headers.emplace_back("X-Amz-Note", "  two   words ");
  sign(request, {"AKIDEXAMPLE", std::string(kSecret), "token"}, "us-east-1", "iam", kNow);
  const VerifyOptions options{kNow, 300'000};
  EXPECT_TRUE(verify(request, read(request), kSecret, options));
  EXPECT_FALSE(verify(request, read(request), "another secret", options));

  const auto changed = [&](auto change) {
    http::Request other = request;
    change(other);
    return verify(other, read(other), kSecret, options).has_value();
  };
  EXPECT_FALSE(changed([](http::Request& r) { r.body = "a=2"; }));
  EXPECT_FALSE(changed([](http::Request& r) { r.method = "PUT"; }));
  EXPECT_FALSE(changed([](http::Request& r) { r.target += "&x=1"; }));
  EXPECT_FALSE(changed([](http::Request& r) { r.headers[1].second = "evil.example"; }));
  EXPECT_FALSE(changed([](http::Request& r) { r.headers.emplace_back("X-Amz-Note", "more"); }));
  EXPECT_TRUE(changed([](http::Request& r) { r.headers.emplace_back("User-Agent", "other"); }));
}

TEST(SigV4, RefusesWhatIsTooOldOrOfTheFuture) {
  http::Request request = list_users();
  sign(request, {"AKIDEXAMPLE", std::string(kSecret), ""}, "us-east-1", "iam", kNow);
  const auto at = [&](std::int64_t offset_ms) {
    return verify(request, read(request), kSecret, {kNow + offset_ms, 300'000});
  };
  EXPECT_TRUE(at(299'000));
  EXPECT_TRUE(at(-299'000));
  EXPECT_EQ(at(301'000).error().code, "SignatureDoesNotMatch");
  EXPECT_FALSE(at(-301'000));
}

TEST(SigV4, ReadsThePresignedForm) {
  // The worked example of AWS's "Authenticating requests: using query parameters" for S3.
  http::Request request;
  request.method = "GET";
  request.target =
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
      "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
      "X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  request.headers = {{"Host", "examplebucket.s3.amazonaws.com"}};
  const TimeMs begin = parse_absolute_time("2013-05-24T00:00:00Z").value();
  const std::string kS3Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  EXPECT_TRUE(verify(request, read(request), kS3Secret, {begin + 3'600'000, 300'000}));
  EXPECT_FALSE(verify(request, read(request), kS3Secret, {begin + 86'401'000, 300'000}));
}

TEST(SigV4, ChecksEachChunk) {
  // The worked example of AWS's "Signature calculations: multiple chunks": 65 KiB + 1 KiB of 'a'.
  Authorization seed;
  seed.scope = {"20130524", "us-east-1", "s3"};
  seed.time_text = "20130524T000000Z";
  seed.payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  seed.signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  const std::string kS3Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  std::string body =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
      std::string(65'536, 'a') +
      "\r\n400;chunk-signature="
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
      std::string(1024, 'a') +
      "\r\n0;chunk-signature="
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  EXPECT_EQ(decode_chunked(body, seed, kS3Secret).value().size(), 66'560U);
  body[body.size() - 300] = 'b';
  EXPECT_FALSE(decode_chunked(body, seed, kS3Secret));
  EXPECT_TRUE(decode_chunked(body, seed, std::nullopt));  // where no signature is checked
  EXPECT_FALSE(decode_chunked("zz", seed, kS3Secret));
  EXPECT_FALSE(decode_chunked("ffffffffffffffff\r\n", seed, kS3Secret));
}

TEST(SigV4, KnowsWhatIsNotSigned) {
  Authorization seed;
  for (const auto& [hash, is_unsigned] :
       {std::pair("", false), std::pair("e3b0c442", false), std::pair("UNSIGNED-PAYLOAD", true),
        std::pair("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false),
        std::pair("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", false),
        std::pair("STREAMING-UNSIGNED-PAYLOAD-TRAILER", true)}) {
    seed.payload_hash = hash;
    EXPECT_EQ(has_unsigned_payload(seed), is_unsigned) << hash;
  }
}

TEST(SigV4, NamesWhatIsMissing) {
  http::Request request = list_users();
  EXPECT_FALSE(read_authorization(request).value());
  request.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=x");
  EXPECT_EQ(read_authorization(request).error().code, "IncompleteSignature");
}

TEST(CanonicalRequest, NormalisesPathsAndSortsQueries) {
  http::Request request;
  request.method = "GET";
  request.target = "/a/./b/../c//d%20e?b=2&a=1&flag&a=0&X-Amz-Signature=x";
  request.headers = {{"Host", "h"}};
  EXPECT_EQ(canonical_request(request, {"host"}, "hash", false),
            "GET\n/a/c/d%2520e\na=0&a=1&b=2&flag=\nhost:h\n\nhost\nhash");
  EXPECT_EQ(canonical_request(request, {"host"}, "hash", true),
            "GET\n/a/./b/../c//d%20e\na=0&a=1&b=2&flag=\nhost:h\n\nhost\nhash");
}

}  // namespace
}  // namespace weir::aws
