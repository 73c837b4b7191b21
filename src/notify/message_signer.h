#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace weir::notify {

// Signs messages with an RSA key of this server. The certificate is its own issuer: AWS's
// validators, which accept hosts of amazonaws.com alone, refuse it by design; who checks gives it
// as trusted.
class MessageSigner {
 public:
  // Reads key and certificate from a PEM file, or makes both where there is none.
  [[nodiscard]] static Result<MessageSigner> open(const std::string& path);

  // SignatureVersion 1 is SHA1withRSA, 2 SHA256withRSA; in base64.
  [[nodiscard]] std::string sign(std::string_view text, int version) const;
  [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

 private:
  MessageSigner() = default;
  std::shared_ptr<evp_pkey_st> key_;
  std::string certificate_pem_;
};

}  // namespace weir::notify
