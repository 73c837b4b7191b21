#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access_keys.h"
#include "api/native_api.h"
#include "api/protocol.h"
#include "api/service.h"
#include "api/sign_in.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/message.h"

namespace weir::api {

struct GatewayOptions {
  std::string account = "123456789012";
  std::string region = "us-east-1";  // of calls that do not say
  bool requires_keys = false;
  std::vector<std::string> hosts;  // names the server is called by, beside loopback's
  std::size_t max_inflated_bytes = 100U << 20;
};

// Calls and refusals of one operation.
struct OperationCounters {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> refusals{0};
};

// Answers requests of AWS's clients, whatever protocol they speak, and a few paths of its own.
// Services and paths are added before the first request; then it is safe from any thread.
class Gateway final : public http::Handler {
 public:
  using PathFunction = std::function<http::Response(const http::Request&)>;

  // `keys` and `clock` outlive it.
  Gateway(GatewayOptions options, const AccessKeys& keys, const Clock& clock)
      : options_(std::move(options)), keys_(keys), clock_(clock) {}

  void add(Service service);
  // A path that GET and HEAD reach. Open ones are answered to anybody (health, metrics).
  void add_path(std::string path, PathFunction function) {
    paths_[std::move(path)] = std::move(function);
  }

  // Pages for browsers: asked for each GET and HEAD that is no call of an API; nullopt: not a page.
  using PageFunction = std::function<std::optional<http::Response>(const http::Request&)>;
  void set_pages(PageFunction pages) { pages_ = std::move(pages); }
  // Who signed in with a browser may ask Weir's own routes. Outlives the gateway.
  void set_sign_in(SignIn* sign_in) { sign_in_ = sign_in; }
  [[nodiscard]] const GatewayOptions& options() const { return options_; }

  // Runs an operation as if it had come over the wire, signed or not: for Weir's own routes, which
  // have decided that the caller may. `call` says who and where; what is left empty is filled in.
  [[nodiscard]] Outcome invoke(std::string_view service, std::string_view operation, Call call,
                               const Tree& input) const;

  // Weir's own routes, under /api/.
  [[nodiscard]] NativeApi& native() { return native_; }
  // Told of each call of AWS's APIs once it is answered: the operation
  // ("CloudWatch.PutMetricData"), who called, and what was asked and answered. Set before the first
  // request.
  using Observer = std::function<void(const std::string& operation, const Call& call,
                                      const Tree& input, const Outcome& outcome)>;
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  // Told of faults (exceptions) of operations, which callers see as InternalFailure alone.
  void set_log(Log* log) { log_ = log; }

  [[nodiscard]] http::Response handle(const http::Request& request) override;
  // Small calls of JSON without a signature to check.
  [[nodiscard]] bool is_brief(const http::Request& request) const override;

  // "CloudWatch.PutMetricData" and its counters, in order.
  [[nodiscard]] std::vector<std::pair<std::string, const OperationCounters*>> counters() const;
  [[nodiscard]] const std::vector<std::unique_ptr<Service>>& services() const { return services_; }

 private:
  [[nodiscard]] http::Response handle_aws(const http::Request& request,
                                          const std::string& request_id);
  [[nodiscard]] http::Response answer(const WireCall& wire, const Service& service,
                                      const Call& call, const Outcome& outcome) const;
  void count_refusal(const Service& service, const std::string& operation) const;
  [[nodiscard]] const Service* find_service(WireCall& call, std::string_view signing_name) const;
  // `chunks` gets the body of a request that is signed chunk by chunk.
  [[nodiscard]] tl::expected<void, ApiError> authorize(const http::Request& request, Call& call,
                                                       KeyScope& scope, std::string& signing_name,
                                                       std::optional<std::string>& chunks) const;
  [[nodiscard]] tl::expected<void, ApiError> choose_account(Call& call) const;
  [[nodiscard]] bool is_open_call(const http::Request& request) const;
  [[nodiscard]] http::Response handle_native(const http::Request& request) const;
  [[nodiscard]] tl::expected<Caller, http::Response> identify(const http::Request& request,
                                                              std::string_view request_id) const;
  // Whether a request has to be signed: not by the socket that only this server's user can open.
  [[nodiscard]] bool needs_key(const http::Request& request) const {
    return options_.requires_keys && !request.is_local;
  }
  [[nodiscard]] Outcome run(const Service& service, const WireCall& wire, const Call& call,
                            const std::string& body, KeyScope held) const;

  GatewayOptions options_;
  const AccessKeys& keys_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Service>> services_;
  std::map<std::string, std::unique_ptr<OperationCounters>, std::less<>> counters_;
  std::map<std::string, PathFunction, std::less<>> paths_;
  NativeApi native_;
  PageFunction pages_;
  SignIn* sign_in_ = nullptr;
  Observer observer_;
  Log* log_ = nullptr;
};

}  // namespace weir::api
