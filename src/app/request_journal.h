#pragma once

#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "http/message.h"

namespace weir::app {

// Answers as another handler does, and writes each request's line: refusals of 4xx at info (401
// and 403 at warning), 5xx at error, the rest at debug. Gives answers that name no request an id,
// and faults (exceptions) an answer of 500. Thread-safe.
class RequestJournal final : public http::Handler {
 public:
  // All outlive it.
  RequestJournal(http::Handler& handler, Log& log, const Clock& clock)
      : handler_(handler), log_(log), clock_(clock) {}

  [[nodiscard]] http::Response handle(const http::Request& request) override;
  [[nodiscard]] bool is_brief(const http::Request& request) const override {
    return handler_.is_brief(request);
  }

 private:
  // What is kept of a request whose answer comes later.
  struct Asked;

  [[nodiscard]] static Asked asked(const http::Request& request, std::int64_t began_ns);
  void note(const Asked& asked, const http::Response& response) const;
  void note_fault(const Asked& asked, const std::string& request_id, const char* what) const;
  void watch(const Asked& asked, http::Response& response) const;

  http::Handler& handler_;
  Log& log_;
  const Clock& clock_;
};

}  // namespace weir::app
