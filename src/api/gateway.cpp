#include "api/gateway.h"

#include <fmt/format.h>

#include <exception>

#include "api/absent_services.h"
#include "api/decode.h"
#include "api/origin_guard.h"
#include "api/request_body.h"
#include "api/request_id.h"
#include "aws/digest.h"
#include "aws/sigv4.h"
#include "base/number.h"

namespace weir::api {
namespace {

constexpr std::size_t kBriefBytes = 16U << 10;

http::Response plain(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text) + "\n"};
}

ApiError as_error(const aws::Refusal& refusal) {
  const bool is_incomplete = refusal.code.starts_with("Incomplete");
  return {refusal.code, refusal.message, is_incomplete ? 400 : 403};
}

// Takes a body of aws-chunked apart; without a secret its signatures are not checked.
tl::expected<void, ApiError> read_chunks(const http::Request& request,
                                         const aws::Authorization& authorization,
                                         const std::optional<std::string>& secret,
                                         std::optional<std::string>& chunks) {
  auto body = aws::decode_chunked(request.body, authorization, secret);
  if (!body) {
    return tl::unexpected<ApiError>(as_error(body.error()));
  }
  const std::string_view length = request.header("x-amz-decoded-content-length");
  if (!length.empty() && parse_int64(length) != static_cast<std::int64_t>(body->size())) {
    return refuse("IncompleteBody",
                  fmt::format("{} bytes came, x-amz-decoded-content-length says {}", body->size(),
                              length.substr(0, 40)));
  }
  chunks = std::move(*body);
  return {};
}

}  // namespace

void Gateway::add(Service service) {
  for (const auto& [name, shape] : service.shapes.operations()) {
    counters_[service.name + "." + name] = std::make_unique<OperationCounters>();
  }
  services_.push_back(std::make_unique<Service>(std::move(service)));
}

std::vector<std::pair<std::string, const OperationCounters*>> Gateway::counters() const {
  std::vector<std::pair<std::string, const OperationCounters*>> all;
  for (const auto& [name, counters] : counters_) {
    all.emplace_back(name, counters.get());
  }
  return all;
}

http::Response Gateway::handle(const http::Request& request) {
  const auto found = paths_.find(request.path());
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  const bool is_path = found != paths_.end() && is_read;
  if (!options_.requires_keys && !request.is_local) {
    // Who follows a link to a page of the application comes from elsewhere by right: pages hold no
    // data. The server's name must be its own all the same.
    http::Request checked;
    const bool may_come_from_elsewhere = pages_ && is_navigation(request) &&
                                         !NativeApi::owns(request.path()) &&
                                         request.query().find("Action=") == std::string_view::npos;
    if (may_come_from_elsewhere) {
      checked.headers.emplace_back("Host", request.header("host"));
    }
    if (const auto reason =
            find_foreign_origin(may_come_from_elsewhere ? checked : request, options_.hosts)) {
      return plain(403, "refused: " + *reason);
    }
    // Any page can make a browser fetch an address, none can make it add this header.
    if (request.method == "GET" && request.query().find("Action=") != std::string_view::npos &&
        request.header("authorization").empty() && !is_open_call(request)) {
      return plain(403, "refused: a call by GET needs an Authorization header");
    }
  }
  // Where a path is a page as well (/metrics), people get the page and programs the path.
  if (is_path && !(pages_ && is_navigation(request))) {
    return found->second(request);
  }
  if (NativeApi::owns(request.path())) {
    return handle_native(request);
  }
  // No SDK calls by GET without a signature, but Query's, whose Action is in the target.
  if (pages_ && is_read && request.header("authorization").empty() &&
      request.query().find("Action=") == std::string_view::npos &&
      request.query().find("X-Amz-") == std::string_view::npos) {
    if (auto page = pages_(request)) {
      return std::move(*page);
    }
  }
  if (is_path) {
    return found->second(request);
  }
  return handle_aws(request, make_request_id());
}

http::Response Gateway::handle_native(const http::Request& request) const {
  const std::string request_id = make_request_id();
  const auto caller = identify(request, request_id);
  return caller ? native_.handle(request, *caller, request_id) : caller.error();
}

// Keys are bearer tokens here: "Authorization: Bearer ID.SECRET". Browsers have a cookie.
tl::expected<Caller, http::Response> Gateway::identify(const http::Request& request,
                                                       std::string_view request_id) const {
  if (!needs_key(request)) {
    return Caller{};
  }
  const auto failed = [&](const Error& error) {
    return tl::unexpected(problem_answer(500, "Internal error", error.message, request_id));
  };
  constexpr std::string_view kBearer = "Bearer ";
  std::string_view token = request.header("authorization");
  const bool is_bearer = token.starts_with(kBearer);
  token.remove_prefix(is_bearer ? kBearer.size() : token.size());
  if (is_bearer) {
    const std::size_t dot = token.find('.');
    const auto key = keys_.find(token.substr(0, dot));
    if (!key) {
      return failed(key.error());
    }
    if (dot != std::string_view::npos && *key &&
        aws::equals_in_constant_time(token.substr(dot + 1), (*key)->secret)) {
      return Caller{"key " + (*key)->id, (*key)->scope, true, ""};
    }
  } else if (const auto cookie = session_cookie(request); sign_in_ != nullptr && !cookie.empty()) {
    const auto session = sign_in_->find(cookie);
    if (!session) {
      return failed(session.error());
    }
    if (*session) {
      if (const auto reason = find_forgery(request, (*session)->csrf_token)) {
        return tl::unexpected(problem_answer(403, "Forbidden", *reason, request_id));
      }
      return Caller{(*session)->user, (*session)->scope, true, (*session)->token};
    }
  }
  if (native_.is_open(request)) {
    if (const auto reason = find_foreign_page(request)) {
      return tl::unexpected(problem_answer(403, "Forbidden", *reason, request_id));
    }
    return Caller{"", KeyScope::kIngest, false, ""};
  }
  auto refusal =
      problem_answer(401, "Unauthorized",
                     "sign in, or send an access key, as in Authorization: Bearer ID.SECRET; weir "
                     "key create makes one",
                     request_id);
  refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
  return tl::unexpected(std::move(refusal));
}

Outcome Gateway::invoke(std::string_view service_name, std::string_view operation, Call call,
                        const Tree& input) const {
  call.account = call.account.empty() ? options_.account : call.account;
  call.region = call.region.empty() ? options_.region : call.region;
  call.now_ms = clock_.now_ms();
  call.request_id = call.request_id.empty() ? make_request_id() : call.request_id;
  for (const auto& service : services_) {
    if (service->name == service_name) {
      WireCall wire;
      wire.protocol = Protocol::kJson11;
      wire.operation = operation;
      return run(*service, wire, call, format::write_json(input), KeyScope::kAdmin);
    }
  }
  return refuse("InternalFailure", fmt::format("there is no service {}", service_name), 500);
}

const Service* Gateway::find_service(WireCall& call, std::string_view signing_name) const {
  if (call.protocol == Protocol::kRestJson) {
    for (const auto& service : services_) {
      if (service->signing_name == call.service_key) {
        const auto found = service->rest_operations.find(call.operation);
        call.operation = found == service->rest_operations.end() ? call.operation : found->second;
        return service.get();
      }
    }
    return nullptr;
  }
  const bool is_query = call.protocol == Protocol::kQuery;
  for (const auto& service : services_) {
    const std::string& key = is_query ? service->version : service->target_prefix;
    if (!key.empty() && key == call.service_key) {
      if (is_query && service->is_ec2) {
        call.protocol = Protocol::kEc2;
      }
      return service.get();
    }
  }
  for (const auto& service : services_) {  // EC2's clients differ in the version they write
    if (is_query && service->is_ec2 && signing_name == service->signing_name) {
      call.protocol = Protocol::kEc2;
      return service.get();
    }
  }
  return nullptr;
}

tl::expected<void, ApiError> Gateway::authorize(const http::Request& request, Call& call,
                                                KeyScope& scope, std::string& signing_name,
                                                std::optional<std::string>& chunks) const {
  const auto authorization = aws::read_authorization(request);
  if (!authorization) {
    if (!needs_key(request)) {
      return {};
    }
    return tl::unexpected<ApiError>(as_error(authorization.error()));
  }
  if (*authorization) {
    call.key_id = (*authorization)->key_id;
    call.region = (*authorization)->scope.region;
    signing_name = (*authorization)->scope.service;
  }
  if (!needs_key(request)) {
    scope = KeyScope::kAdmin;
    if (*authorization && aws::is_chunked(**authorization)) {
      if (auto read = read_chunks(request, **authorization, std::nullopt, chunks); !read) {
        return read;
      }
    }
    return choose_account(call);
  }
  if (!*authorization) {
    return refuse("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  const auto key = keys_.find(call.key_id);
  if (!key) {
    return refuse("InternalFailure", key.error().message, 500);
  }
  if (!*key) {
    return refuse("InvalidClientTokenId", "The security token included in the request is invalid.",
                  403);
  }
  const auto verified =
      aws::verify(request, **authorization, (*key)->secret, {.now_ms = clock_.now_ms()});
  if (!verified) {
    return tl::unexpected<ApiError>(as_error(verified.error()));
  }
  // Who changes the body of a call that says so would not be noticed.
  if (signing_name != "s3" && aws::has_unsigned_payload(**authorization)) {
    return refuse("SignatureDoesNotMatch", "a payload that is not signed is for S3 alone", 403);
  }
  if (aws::is_chunked(**authorization)) {
    if (auto read = read_chunks(request, **authorization, (*key)->secret, chunks); !read) {
      return read;
    }
  }
  scope = (*key)->scope;
  if (!(*key)->account.empty()) {
    call.account = (*key)->account;
  }
  return {};
}

// Where no signature is checked: the account of a key that is known, else an id that is one.
tl::expected<void, ApiError> Gateway::choose_account(Call& call) const {
  if (is_account_id(call.key_id)) {
    call.account = call.key_id;
  } else if (call.key_id.starts_with(kAccessKeyPrefix)) {
    const auto key = keys_.find(call.key_id);
    if (!key) {
      return refuse("InternalFailure", key.error().message, 500);
    }
    if (*key && !(*key)->account.empty()) {
      call.account = (*key)->account;
    }
  }
  return {};
}

// Whether it calls an operation for anybody, without a signature.
bool Gateway::is_open_call(const http::Request& request) const {
  const auto unsigned_call = aws::read_authorization(request);
  auto wire = read_wire_call(request, request.body);
  if (!unsigned_call || *unsigned_call || !wire) {
    return false;
  }
  const Service* service = find_service(*wire, "");
  const OperationShape* shape =
      service == nullptr ? nullptr : service->shapes.find(wire->operation);
  return shape != nullptr && shape->is_open;
}

Outcome Gateway::run(const Service& service, const WireCall& wire, const Call& call,
                     const std::string& body, KeyScope held) const {
  const OperationShape* shape = service.shapes.find(wire.operation);
  const auto function = service.operations.find(wire.operation);
  if (shape == nullptr || function == service.operations.end()) {
    const bool is_query = wire.protocol == Protocol::kQuery || wire.protocol == Protocol::kEc2;
    return refuse(
        is_query ? "InvalidAction" : "UnknownOperationException",
        fmt::format("{} of {} is not implemented by this server", wire.operation, service.name));
  }
  if (!shape->is_open && !covers(held, shape->scope)) {
    return refuse(wire.protocol == Protocol::kQuery ? "AccessDenied" : "AccessDeniedException",
                  fmt::format("the access key {} may {}; {} needs a key with the scope {}",
                              call.key_id, name_of(held), wire.operation, name_of(shape->scope)),
                  403);
  }
  const auto observe = [&](const Tree& input, const Outcome& outcome) {
    if (observer_) {
      observer_(service.name + "." + wire.operation, call, input, outcome);
    }
  };
  if (wire.protocol == Protocol::kJson10 || wire.protocol == Protocol::kJson11) {
    const auto of_json = service.json_operations.find(wire.operation);
    if (of_json != service.json_operations.end()) {
      if (auto outcome = of_json->second(call, body)) {
        observe(Tree(), *outcome);
        return *std::move(outcome);
      }
    }
  }
  Outcome input = decode_input(wire, body, *shape->input);
  if (!input) {
    return input;
  }
  if (auto valid = validate(*input, *shape->input); !valid) {
    return tl::unexpected<ApiError>(valid.error());
  }
  Outcome outcome = function->second(call, *input);
  observe(*input, outcome);
  return outcome;
}

bool Gateway::is_brief(const http::Request& request) const {
  const std::string_view target = request.header("x-amz-target");
  const std::size_t dot = target.rfind('.');
  if (dot == std::string_view::npos || request.body.size() > kBriefBytes || needs_key(request) ||
      !request.header("content-encoding").empty()) {
    return false;
  }
  for (const auto& service : services_) {
    if (service->target_prefix == target.substr(0, dot)) {
      const auto found = service->brief_operations.find(target.substr(dot + 1));
      return found != service->brief_operations.end() && request.header("x-weir-batch").empty() &&
             found->second();
    }
  }
  return false;
}

http::Response Gateway::handle_aws(const http::Request& request, const std::string& request_id) {
  Call call;
  call.account = options_.account;
  call.region = options_.region;
  call.request_id = request_id;
  call.now_ms = clock_.now_ms();
  call.batch = request.header("x-weir-batch");
  call.peer = request.peer;
  Wait wait;
  call.wait = &wait;
  call.endpoint = (request.is_tls ? "https://" : "http://") + std::string(request.header("host"));
  KeyScope held = KeyScope::kAdmin;
  std::string signing_name;
  // The signature covers the body as it came: it is checked before anything is inflated.
  std::optional<std::string> chunks;
  auto authorized = authorize(request, call, held, signing_name, chunks);
  if (!authorized && is_open_call(request)) {
    authorized = {};
    held = KeyScope::kRead;
  }
  std::string room;
  const std::string& signed_body = chunks ? *chunks : request.body;
  const auto body = authorized ? plain_body(request.header("content-encoding"), signed_body,
                                            options_.max_inflated_bytes, room)
                               : tl::expected<const std::string*, ApiError>(&request.body);
  auto wire = read_wire_call(request, body ? **body : request.body);
  if (signing_name == "s3" && authorized) {
    return s3_refusal(request, request_id);
  }
  if (!wire && authorized && body) {
    if (signing_name.empty()) {
      return plain(404, fmt::format("there is nothing at {} {}: this server speaks AWS's APIs "
                                    "(aws --endpoint-url), /livez, /readyz and /metrics",
                                    request.method, request.path().substr(0, 200)));
    }
  }
  if (!wire) {
    wire = signing_name.empty() ? WireCall() : read_rest_call(request, signing_name);
  }
  const Service* service = find_service(*wire, signing_name);
  OperationCounters* counters = nullptr;
  if (service != nullptr) {
    const auto found = counters_.find(service->name + "." + wire->operation);
    counters = found == counters_.end() ? nullptr : found->second.get();
  }
  Outcome outcome = Tree();
  if (!authorized) {
    outcome = tl::unexpected<ApiError>(authorized.error());
  } else if (!body) {
    outcome = tl::unexpected<ApiError>(body.error());
  } else if (service == nullptr) {
    const std::string_view advice = advice_for(signing_name, wire->service_key);
    outcome =
        refuse(wire->protocol == Protocol::kQuery ? "InvalidAction" : "UnknownOperationException",
               advice.empty()
                   ? fmt::format("no service '{}' is implemented by this server", wire->service_key)
                   : std::string(advice));
  } else {
    try {
      outcome = run(*service, *wire, call, **body, held);
    } catch (const std::exception& fault) {
      if (log_ != nullptr) {
        log_->write(LogLevel::kError, "a fault of this program",
                    {{"operation", service->name + "." + wire->operation},
                     {"fault", fault.what()},
                     {"request_id", request_id}});
      }
      outcome = refuse("InternalFailure", "internal error", 500);
    }
  }
  if (counters != nullptr) {
    ++counters->calls;
    counters->refusals += outcome ? 0 : 1;
  }
  if (!outcome) {
    return render_error(*wire, service, outcome.error(), request_id);
  }
  return answer(*wire, *service, call, outcome);
}

}  // namespace weir::api
