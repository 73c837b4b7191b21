// Bodies made piece by piece over TLS, and certificates that change meanwhile.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "http/raw_client.h"
#include "http/server.h"

namespace weir::http {
namespace {

// A folder with a certificate and its key.
class Certificate {
 public:
  Certificate() : folder_(::testing::TempDir() + "weir-tls-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  void write(long serial) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  [[nodiscard]] std::string certificate_file() const { return folder_ + "/certificate.pem"; }
  [[nodiscard]] std::string key_file() const { return folder_ + "/key.pem"; }
  [[nodiscard]] ServerOptions options() const {
    ServerOptions options;
    options.certificate_file = certificate_file();
    options.key_file = key_file();
    return options;
  }

 private:
  std::string folder_;
};

// OpenSSL's own client over a socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_)) {
    SSL_set_fd(tls_, socket_.descriptor());
    is_open_ = SSL_connect(tls_) == 1;
  }
  ~TlsClient() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] long serial() const {
    X509* certificate = SSL_get1_peer_certificate(tls_);
    const long number =
        certificate == nullptr ? -1 : ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
    X509_free(certificate);
    return number;
  }
  void write(const std::string& text) {
    EXPECT_EQ(SSL_write(tls_, text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  std::string read_until(const std::string& mark) {
    while (text_.find(mark) == std::string::npos) {
      char room[4096];
      const int num_bytes = SSL_read(tls_, room, sizeof room);
      if (num_bytes <= 0) {
        break;
      }
      text_.append(room, static_cast<std::size_t>(num_bytes));
    }
    return text_;
  }

 private:
  RawClient socket_;
  SSL_CTX* context_;
  SSL* tls_;
  bool is_open_ = false;
  std::string text_;
};

class TlsStreamer final : public Handler {
 public:
  explicit TlsStreamer(std::function<void(BodyWriter&)> produce) : produce_(std::move(produce)) {}
  Response handle(const Request& request) override {
    if (request.path() == "/plain") {
      return {200, {}, request.is_tls ? "plain, by TLS" : "plain"};
    }
    return {200, {{"Content-Type", "text/event-stream"}}, "", produce_};
  }

 private:
  std::function<void(BodyWriter&)> produce_;
};

bool turns_true(const std::function<bool()>& is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_true() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return is_true();
}

constexpr const char* kAskStream = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kAskPlain = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(HttpTls, StreamsInChunksAndTheConnectionGoesOn) {
  const Certificate certificate;
  certificate.write(1);
  const std::string large(300'000, 'x');  // many records of TLS
  TlsStreamer streamer([&](BodyWriter& body) {
    body.write("first ");
    body.write(large);
    body.write(" last");
  });
  const auto server = Server::open(certificate.options(), streamer).value();
  TlsClient client(server->port());
  ASSERT_TRUE(client.is_open());
  client.write(kAskStream);
  const std::string text = client.read_until("\r\n0\r\n\r\n");
  EXPECT_NE(text.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_NE(text.find("first "), std::string::npos);
  EXPECT_NE(text.find(" last\r\n0\r\n\r\n"), std::string::npos);
  EXPECT_GT(text.size(), large.size());
  client.write(kAskPlain);
  EXPECT_NE(client.read_until("plain, by TLS").find("\r\n\r\nplain, by TLS"), std::string::npos);
  EXPECT_EQ(server->counters().connections, 1U);
  EXPECT_EQ(server->counters().streams_cut, 0U);
}

TEST(HttpTls, WhoStreamsLearnsThatTheClientLeft) {
  const Certificate certificate;
  certificate.write(1);
  std::atomic<bool> has_ended{false};
  TlsStreamer streamer([&](BodyWriter& body) {
    body.write("first");
    while (!body.gone().is_cancelled()) {
      body.wait(20);
    }
    has_ended = true;
  });
  const auto server = Server::open(certificate.options(), streamer).value();
  {
    TlsClient client(server->port());
    ASSERT_TRUE(client.is_open());
    client.write(kAskStream);
    EXPECT_NE(client.read_until("first").find("first"), std::string::npos);
  }  // without TLS's goodbye
  EXPECT_TRUE(turns_true([&] { return has_ended.load(); }));
  EXPECT_TRUE(turns_true([&] { return server->counters().open_streams == 0; }));
  EXPECT_EQ(server->counters().streams_cut, 1U);
}

TEST(HttpTls, ACertificateThatChangesIsForConnectionsToCome) {
  const Certificate certificate;
  certificate.write(1);
  std::atomic<bool> may_end{false};
  TlsStreamer streamer([&](BodyWriter& body) {
    body.write("first ");
    while (!may_end && !body.gone().is_cancelled()) {
      body.wait(5);
    }
    body.write("last");
  });
  const auto server = Server::open(certificate.options(), streamer).value();
  TlsClient before(server->port());
  ASSERT_TRUE(before.is_open());
  EXPECT_EQ(before.serial(), 1);
  before.write(kAskStream);
  EXPECT_NE(before.read_until("first ").find("first "), std::string::npos);

  certificate.write(2);
  ASSERT_TRUE(server->reload_certificate());
  TlsClient after(server->port());
  ASSERT_TRUE(after.is_open());
  EXPECT_EQ(after.serial(), 2);
  may_end = true;
  EXPECT_NE(before.read_until("\r\n0\r\n\r\n").find("last"), std::string::npos);

  std::ofstream(certificate.key_file()) << "no key";
  EXPECT_FALSE(server->reload_certificate());
  TlsClient again(server->port());
  ASSERT_TRUE(again.is_open());
  EXPECT_EQ(again.serial(), 2);
}

TEST(HttpTls, RefusesWhoSpeaksWithoutIt) {
  const Certificate certificate;
  certificate.write(1);
  TlsStreamer streamer([](BodyWriter&) {});
  const auto server = Server::open(certificate.options(), streamer).value();
  RawClient client(server->port());
  client.write(kAskPlain);
  EXPECT_EQ(client.read_all().find("plain"), std::string::npos);
  EXPECT_EQ(server->counters().requests, 0U);
}

}  // namespace
}  // namespace weir::http
