#include "app/request_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "api/request_id.h"

namespace weir::app {
namespace {

constexpr std::string_view kIdHeader = "x-amzn-RequestId";
constexpr std::size_t kMostOperation = 120;
constexpr std::size_t kMostAnswer = 300;
constexpr std::size_t kLookedAt = 4'096;  // of a form, for its action

// What was called: "PutMetricData" whatever the protocol, else "GET /api/v1/alarms".
std::string operation_of(const http::Request& request) {
  std::string_view name = request.header("x-amz-target");
  if (!name.empty()) {
    name.remove_prefix(name.rfind('.') + 1);
    return std::string(name.substr(0, kMostOperation));
  }
  constexpr std::string_view kOperation = "/operation/";
  const std::string_view path = request.path();
  if (const std::size_t at = path.find(kOperation); at != std::string_view::npos) {
    return std::string(path.substr(at + kOperation.size(), kMostOperation));
  }
  constexpr std::string_view kAction = "Action=";
  for (const std::string_view form :
       {request.query(), std::string_view(request.body).substr(0, kLookedAt)}) {
    std::size_t at = form.find(kAction);
    if (at != std::string_view::npos && (at == 0 || form[at - 1] == '&')) {
      at += kAction.size();
      return std::string(form.substr(at, std::min(form.find('&', at) - at, kMostOperation)));
    }
  }
  return fmt::format("{} {}", request.method, path.substr(0, kMostOperation));
}

LogLevel level_of(int status) {
  if (status >= 500) {
    return LogLevel::kError;
  }
  if (status == 401 || status == 403) {
    return LogLevel::kWarning;
  }
  return status >= 400 ? LogLevel::kInfo : LogLevel::kDebug;
}

std::string id_of(const http::Response& response) {
  const std::string_view id = http::find_header(response.headers, kIdHeader);
  return std::string(id.empty() ? http::find_header(response.headers, "x-amz-request-id") : id);
}

http::Response fault_answer() {
  return {500, {{"Content-Type", "text/plain; charset=utf-8"}}, "internal error\n"};
}

}  // namespace

struct RequestJournal::Asked {
  std::string operation;
  std::string peer;
  std::string trace;  // as the caller's tracing names the request
  std::int64_t began_ns = 0;
};

RequestJournal::Asked RequestJournal::asked(const http::Request& request, std::int64_t began_ns) {
  const std::string_view trace = request.header("traceparent");
  return {operation_of(request), request.is_local ? "socket" : request.peer,
          std::string(trace.empty() ? request.header("x-amzn-trace-id") : trace), began_ns};
}

http::Response RequestJournal::handle(const http::Request& request) {
  const std::int64_t began_ns = clock_.monotonic_ns();
  http::Response response;
  try {
    response = handler_.handle(request);
  } catch (const std::exception& fault) {
    response = fault_answer();
    response.headers.emplace_back(kIdHeader, api::make_request_id());
    note_fault(asked(request, began_ns), id_of(response), fault.what());
  }
  if (response.later || response.produce) {
    watch(asked(request, began_ns), response);
  }
  if (!response.later) {
    if (id_of(response).empty()) {
      response.headers.emplace_back(kIdHeader, api::make_request_id());
    }
    if (log_.takes(level_of(response.status))) {
      note(asked(request, began_ns), response);
    }
  }
  return response;
}

// What comes later is told of when it comes.
void RequestJournal::watch(const Asked& asked, http::Response& response) const {
  if (response.later) {
    response.later = [this, asked, later = std::move(response.later)](http::Response::Done done) {
      later([this, asked, done = std::move(done)](http::Response answer, bool is_last) {
        if (log_.takes(level_of(answer.status))) {
          note(asked, answer);
        }
        done(std::move(answer), is_last);
      });
    };
  }
  if (response.produce) {
    response.produce = [this, asked, id = id_of(response),
                        produce = std::move(response.produce)](http::BodyWriter& body) {
      try {
        produce(body);
      } catch (const std::exception& fault) {
        note_fault(asked, id, fault.what());
        throw;  // cuts the body short
      }
    };
  }
}

void RequestJournal::note(const Asked& asked, const http::Response& response) const {
  const std::int64_t took_us = (clock_.monotonic_ns() - asked.began_ns) / 1'000;
  std::vector<LogField> fields = {{"operation", asked.operation},
                                  {"status", response.status},
                                  {"took_ms", static_cast<double>(took_us) / 1e3},
                                  {"peer", asked.peer},
                                  {"request_id", id_of(response)}};
  if (!asked.trace.empty()) {
    fields.emplace_back("trace", asked.trace);
  }
  if (response.status >= 400) {
    std::string_view answer = std::string_view(response.body).substr(0, kMostAnswer);
    while (answer.ends_with('\n')) {
      answer.remove_suffix(1);
    }
    fields.emplace_back("answer", answer);
  }
  log_.write(level_of(response.status), response.status >= 400 ? "refused" : "answered",
             std::move(fields));
}

void RequestJournal::note_fault(const Asked& asked, const std::string& request_id,
                                const char* what) const {
  log_.write(LogLevel::kError, "a fault of this program",
             {{"operation", asked.operation}, {"fault", what}, {"request_id", request_id}});
}

}  // namespace weir::app
