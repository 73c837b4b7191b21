#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"

namespace weir::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first header of that name, whatever its case; empty where there is none.
[[nodiscard]] std::string_view find_header(const Headers& headers, std::string_view name);
[[nodiscard]] bool has_header(const Headers& headers, std::string_view name);
// Compares names as HTTP does, ASCII case aside.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

// A request as it came: the target not decoded, the body as it was sent (a content coding is left
// for who knows what it was signed over).
struct Request {
  std::string method;
  std::string target;
  Headers headers;
  std::string body;
  std::string peer;  // the other side's address
  bool is_tls = false;
  bool is_local = false;  // by the socket that only the server's own user can open

  [[nodiscard]] std::string_view header(std::string_view name) const {
    return find_header(headers, name);
  }
  // Of the target: what stands before the first '?', and behind it.
  [[nodiscard]] std::string_view path() const;
  [[nodiscard]] std::string_view query() const;
};

// Where a handler puts a body that it makes piece by piece, on a thread that may wait.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Hands a piece over; waits while much of what came before is unsent. False: nobody reads any
  // more.
  virtual bool write(std::string_view piece) = 0;
  // Cancelled once nobody reads any more.
  [[nodiscard]] virtual const CancelToken& gone() const = 0;
  // Whether the server is on its way down: a body without an end of its own ends then.
  [[nodiscard]] virtual bool is_ending() const = 0;
  // Bytes that were written and not yet sent.
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  // Waits, less long where nobody reads any more or the server is on its way down.
  virtual void wait(std::int64_t ms) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // Makes the body in place of `body`. What it throws cuts the body short, so that the client sees
  // that it is not whole.
  std::function<void(BodyWriter&)> produce = {};
  // Where the answer is not there yet: told whom to hand it to, from any thread, exactly once; what
  // else stands here is then nothing. `is_last`: no other answer follows at once, so that several
  // are sent by one wake-up.
  using Done = std::function<void(Response answer, bool is_last)>;
  std::function<void(Done)> later = {};
};

// Answers requests. Called from several threads at a time.
class Handler {
 public:
  virtual ~Handler() = default;
  [[nodiscard]] virtual Response handle(const Request& request) = 0;
  // Whether handle() waits for nothing and takes less time than handing the request to a worker
  // would: the thread that moves bytes then calls it.
  [[nodiscard]] virtual bool is_brief(const Request& /*request*/) const { return false; }
};

}  // namespace weir::http
