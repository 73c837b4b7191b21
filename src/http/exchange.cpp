#include "http/exchange.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <unordered_map>

#include "http/curl_library.h"

namespace weir::http {
// One underway.
struct Exchange {
  ExchangeRequest request;
  CURL* handle = nullptr;
  curl_slist* addresses = nullptr;
  std::size_t body_bytes = 0;
  bool is_too_large = false;
  std::array<char, CURL_ERROR_SIZE> message{};

  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    curl().easy_cleanup(handle);
    curl().slist_free_all(addresses);
  }
};

namespace {

using Fate = ExchangeResult::Fate;

// "Jun  1 12:00:00 2027 GMT", as OpenSSL prints times.
std::optional<std::int64_t> read_end(const char* text) {
  std::tm time{};
  if (strptime(text, "%b %d %H:%M:%S %Y", &time) == nullptr) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(timegm(&time));
}

std::size_t count_body(char* /*data*/, std::size_t /*size*/, std::size_t num_bytes, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.body_bytes += num_bytes;
  exchange.is_too_large = exchange.body_bytes > exchange.request.max_body_bytes;
  return exchange.is_too_large ? 0 : num_bytes;
}

std::int64_t read_time(CURL* handle, CURLINFO what) {
  curl_off_t value = 0;
  curl().easy_getinfo(handle, what, &value);
  return value;
}

Fate fate_of(CURLcode code, int error) {
  switch (code) {
    case CURLE_OK:
      return Fate::kAnswered;
    case CURLE_OPERATION_TIMEDOUT:
      return Fate::kTimedOut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Fate::kCertificate;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return Fate::kTls;
    case CURLE_COULDNT_CONNECT:
      // "No way there" is said by routers as well: who asked has to tell whose word it is.
      return error == EADDRNOTAVAIL || error == EMFILE || error == ENFILE || error == ENOBUFS
                 ? Fate::kNotSent
                 : Fate::kUnreachable;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return Fate::kUnreachable;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OUT_OF_MEMORY:
      return Fate::kNotSent;
    default:
      return Fate::kFailed;
  }
}

std::optional<std::int64_t> first_end(CURL* handle) {
  curl_certinfo* chain = nullptr;
  std::optional<std::int64_t> first;
  if (curl().easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr) {
    return first;
  }
  constexpr std::string_view kKey = "Expire date:";
  for (int i = 0; i < chain->num_of_certs; ++i) {
    for (const curl_slist* row = chain->certinfo[i]; row != nullptr; row = row->next) {
      if (std::string_view(row->data).starts_with(kKey)) {
        const auto end = read_end(row->data + kKey.size());
        first = end ? std::min(*end, first.value_or(*end)) : first;
      }
    }
  }
  return first;
}

ExchangeResult result_of(const Exchange& exchange, CURLcode code) {
  CURL* const handle = exchange.handle;
  ExchangeResult result;
  result.id = exchange.request.id;
  long error = 0;
  curl().easy_getinfo(handle, CURLINFO_OS_ERRNO, &error);
  result.error = code == CURLE_COULDNT_CONNECT ? static_cast<int>(error) : 0;
  result.fate = fate_of(code, result.error);
  long status = 0;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<int>(status);
  result.connected_us = read_time(handle, CURLINFO_CONNECT_TIME_T);
  result.tls_done_us = read_time(handle, CURLINFO_APPCONNECT_TIME_T);
  result.request_sent_us = read_time(handle, CURLINFO_PRETRANSFER_TIME_T);
  result.first_byte_us = read_time(handle, CURLINFO_STARTTRANSFER_TIME_T);
  result.total_us = read_time(handle, CURLINFO_TOTAL_TIME_T);
  result.certificate_ends_s = first_end(handle);
  if (exchange.is_too_large) {
    result.problem = fmt::format("a body of more than {} bytes", exchange.request.max_body_bytes);
  } else if (code != CURLE_OK) {
    result.problem =
        exchange.message[0] != '\0' ? exchange.message.data() : curl().easy_strerror(code);
  }
  return result;
}

}  // namespace

class Exchanges::State {
 public:
  ~State() {
    for (auto& [handle, exchange] : underway_) {
      curl().multi_remove_handle(multi, handle);
    }
    underway_.clear();
    if (multi != nullptr) {
      curl().multi_cleanup(multi);
    }
    close(timer);
    close(poll);
  }

  bool start(const ExchangeRequest& request);
  void step(std::vector<ExchangeResult>& results);
  [[nodiscard]] std::size_t num_underway() const { return underway_.size(); }

  static int on_socket(CURL* /*handle*/, curl_socket_t socket, int wanted, void* user, void* known);
  static int on_timer(CURLM* /*multi*/, long timeout_ms, void* user);

  CURLM* multi = nullptr;
  int poll = -1;
  int timer = -1;

 private:
  std::unordered_map<CURL*, std::unique_ptr<Exchange>> underway_;
};

int Exchanges::State::on_socket(CURL* /*handle*/, curl_socket_t socket, int wanted, void* user,
                                void* known) {
  auto& self = *static_cast<State*>(user);
  if (wanted == CURL_POLL_REMOVE) {
    epoll_ctl(self.poll, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.events = ((wanted & CURL_POLL_IN) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0) |
                 ((wanted & CURL_POLL_OUT) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0);
  event.data.fd = socket;
  if (epoll_ctl(self.poll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0) {
    return -1;
  }
  curl().multi_assign(self.multi, socket, user);  // not null: it is in the set
  return 0;
}

int Exchanges::State::on_timer(CURLM* /*multi*/, long timeout_ms, void* user) {
  const auto& self = *static_cast<State*>(user);
  itimerspec when{};  // all zero: none
  if (timeout_ms >= 0) {
    when.it_value.tv_sec = timeout_ms / 1'000;
    when.it_value.tv_nsec = timeout_ms == 0 ? 1 : timeout_ms % 1'000 * 1'000'000;
  }
  return timerfd_settime(self.timer, 0, &when, nullptr);
}

bool Exchanges::State::start(const ExchangeRequest& request) {
  auto exchange = std::make_unique<Exchange>();
  exchange->request = request;
  exchange->handle = curl().easy_init();
  const std::string address = to_string(request.address);
  // curl's form has no place for an address in the host's.
  const std::string host = parse_ip(request.host) ? "-" : request.host;
  exchange->addresses = curl().slist_append(
      nullptr, fmt::format("{}:{}:{}", host, request.port,
                           request.address.is_v4() ? address : "[" + address + "]")
                   .c_str());
  CURL* const handle = exchange->handle;
  if (handle == nullptr || exchange->addresses == nullptr) {
    return false;
  }
  curl().easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(handle, CURLOPT_USERAGENT, "weir-probe");
  curl().easy_setopt(handle, CURLOPT_RESOLVE, exchange->addresses);
  curl().easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
  curl().easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  curl().easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl().easy_setopt(handle, CURLOPT_CERTINFO, 1L);
  curl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle, CURLOPT_PROXY, "");
  curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, request.max_redirects > 0 ? 1L : 0L);
  curl().easy_setopt(handle, CURLOPT_MAXREDIRS, static_cast<long>(request.max_redirects));
  if (!request.authorities.empty()) {
    curl().easy_setopt(handle, CURLOPT_CAINFO, request.authorities.c_str());
    curl().easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  curl().easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange->message.data());
  curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, count_body);
  curl().easy_setopt(handle, CURLOPT_WRITEDATA, exchange.get());
  if (curl().multi_add_handle(multi, handle) != CURLM_OK) {
    return false;
  }
  underway_.emplace(handle, std::move(exchange));
  return true;
}

void Exchanges::State::step(std::vector<ExchangeResult>& results) {
  int num_running = 0;
  std::array<epoll_event, 256> ready{};
  for (;;) {
    const int count = epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready[static_cast<std::size_t>(i)];
      if (event.data.fd == timer) {
        std::uint64_t num_expired = 0;
        if (read(timer, &num_expired, sizeof num_expired) > 0) {
          curl().multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &num_running);
        }
        continue;
      }
      const int actions = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                          ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                          ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl().multi_socket_action(multi, event.data.fd, actions, &num_running);
    }
    if (count < static_cast<int>(ready.size())) {
      break;
    }
  }
  int num_left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi, &num_left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const CURLcode code = message->data.result;
    const auto found = underway_.find(message->easy_handle);
    curl().multi_remove_handle(multi, found->first);
    results.push_back(result_of(*found->second, code));
    underway_.erase(found);
  }
}

Exchanges::Exchanges() : state_(std::make_unique<State>()) {}
Exchanges::~Exchanges() = default;

Result<std::unique_ptr<Exchanges>> Exchanges::open() {
  WEIR_RETURN_IF_ERROR(load_curl());
  std::unique_ptr<Exchanges> exchanges(new Exchanges());
  State& state = *exchanges->state_;
  state.multi = curl().multi_init();
  state.poll = epoll_create1(EPOLL_CLOEXEC);
  state.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = state.timer;
  if (state.multi == nullptr || state.poll < 0 || state.timer < 0 ||
      epoll_ctl(state.poll, EPOLL_CTL_ADD, state.timer, &event) != 0) {
    return fail(ErrorCode::kIo, fmt::format("HTTP probes cannot begin: {}", std::strerror(errno)));
  }
  curl().multi_setopt(state.multi, CURLMOPT_SOCKETFUNCTION, State::on_socket);
  curl().multi_setopt(state.multi, CURLMOPT_SOCKETDATA, &state);
  curl().multi_setopt(state.multi, CURLMOPT_TIMERFUNCTION, State::on_timer);
  curl().multi_setopt(state.multi, CURLMOPT_TIMERDATA, &state);
  curl().multi_setopt(state.multi, CURLMOPT_MAXCONNECTS, 1L);  // none is kept
  return exchanges;
}

bool Exchanges::start(const ExchangeRequest& request) { return state_->start(request); }
void Exchanges::step(std::vector<ExchangeResult>& results) { state_->step(results); }
int Exchanges::descriptor() const { return state_->poll; }
std::size_t Exchanges::num_underway() const { return state_->num_underway(); }

}  // namespace weir::http
