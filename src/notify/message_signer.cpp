#include "notify/message_signer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>

#include "format/base64.h"

namespace weir::notify {
namespace {

constexpr long kCertificateSeconds = 10L * 365 * 24 * 3600;

using KeyPointer = std::shared_ptr<EVP_PKEY>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;
using FilePointer = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

CertificatePointer make_certificate(EVP_PKEY* key) {
  CertificatePointer certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateSeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("weir notifications"), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

Result<void> make_files(const std::string& path) {
  const KeyPointer key(EVP_RSA_gen(2048), EVP_PKEY_free);
  if (key == nullptr) {
    return fail(ErrorCode::kInternal, "OpenSSL cannot make an RSA key");
  }
  const CertificatePointer certificate = make_certificate(key.get());
  const std::string part = path + ".part";
  const int descriptor = ::open(part.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const FilePointer file(descriptor < 0 ? nullptr : fdopen(descriptor, "w"), std::fclose);
  if (file == nullptr ||
      PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_X509(file.get(), certificate.get()) != 1 || std::fflush(file.get()) != 0 ||
      fsync(fileno(file.get())) != 0 || std::rename(part.c_str(), path.c_str()) != 0) {
    return fail(ErrorCode::kIo, fmt::format("{}: cannot be written", path));
  }
  return {};
}

}  // namespace

Result<MessageSigner> MessageSigner::open(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) {
    WEIR_RETURN_IF_ERROR(make_files(path));
  }
  const FilePointer file(std::fopen(path.c_str(), "r"), std::fclose);
  if (file == nullptr) {
    return fail(ErrorCode::kIo, fmt::format("{}: cannot be read", path));
  }
  MessageSigner signer;
  signer.key_ =
      KeyPointer(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const CertificatePointer certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr),
                                       X509_free);
  if (signer.key_ == nullptr || certificate == nullptr) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: holds no private key and certificate; remove it, and new ones are "
                            "made",
                            path));
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(memory.get(), certificate.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  signer.certificate_pem_.assign(bytes, static_cast<std::size_t>(size));
  return signer;
}

std::string MessageSigner::sign(std::string_view text, int version) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSignInit(context.get(), nullptr, version == 2 ? EVP_sha256() : EVP_sha1(), nullptr,
                     key_.get());
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                 text.size());
  signature.resize(size);
  return format::encode_base64(signature);
}

}  // namespace weir::notify
