#include "http/server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "http/session.h"
#include "http/socket_path.h"

namespace weir::http {
namespace {

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr std::int64_t kHandshakeMs = 10'000;

Result<std::shared_ptr<asio::ssl::context>> read_certificate(const ServerOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  beast::error_code error;
  context->use_certificate_chain_file(options.certificate_file, error);
  if (error) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: no certificate chain in PEM form can be read ({})",
                            options.certificate_file, error.message()));
  }
  context->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error) {
    return fail(ErrorCode::kInput,
                fmt::format("{}: no private key in PEM form that fits {} can be read ({})",
                            options.key_file, options.certificate_file, error.message()));
  }
  return context;
}

class BeastServer final : public Server {
 public:
  BeastServer(const ServerOptions& options, Handler& handler)
      : state_(options, handler), acceptor_(context_), local_acceptor_(context_) {}

  ~BeastServer() override {
    if (thread_.joinable()) {
      drain(0);
      context_.stop();
      thread_.join();
    } else if (has_socket_) {
      ::unlink(state_.options.socket_path.c_str());
    }
    state_.workers.join();
    state_.streams.join();
    state_.later.end();
  }

  Result<void> start() {
    const ServerOptions& options = state_.options;
    if (!options.certificate_file.empty()) {
      WEIR_ASSIGN_OR_RETURN(tls_, read_certificate(options));
    }
    beast::error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no IP address", options.address));
    }
    const Tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
      acceptor_.bind(endpoint, error);
    }
    if (!error) {
      acceptor_.listen(1024, error);
    }
    if (error) {
      const bool is_taken = error == asio::error::address_in_use;
      return fail(is_taken ? ErrorCode::kBusy : ErrorCode::kIo,
                  fmt::format("cannot listen on {}:{}: {}", options.address, options.port,
                              error.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(context_, accept(acceptor_), asio::detached);
    if (!options.socket_path.empty()) {
      WEIR_RETURN_IF_ERROR(listen_locally());
      asio::co_spawn(context_, accept(local_acceptor_), asio::detached);
    }
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }
  const ServerCounters& counters() const override { return state_.counters; }

  Result<void> reload_certificate() override {
    if (state_.options.certificate_file.empty()) {
      return {};
    }
    WEIR_ASSIGN_OR_RETURN(auto context, read_certificate(state_.options));
    const std::lock_guard lock(mutex_);
    tls_ = std::move(context);
    return {};
  }

  bool drain(std::int64_t limit_ms) override {
    state_.is_draining = true;
    asio::post(context_, [this] {
      beast::error_code error;
      acceptor_.close(error);
      local_acceptor_.close(error);
      close_connections(true);
    });
    if (has_socket_) {
      ::unlink(state_.options.socket_path.c_str());
      has_socket_ = false;
    }
    std::unique_lock lock(mutex_);
    const bool is_done = no_connections_.wait_for(lock, std::chrono::milliseconds(limit_ms),
                                                  [&] { return connections_.empty(); });
    if (!is_done) {
      lock.unlock();
      asio::post(context_, [this] { close_connections(false); });
      lock.lock();
      no_connections_.wait_for(lock, std::chrono::seconds(5), [&] { return connections_.empty(); });
    }
    return is_done;
  }

 private:
  void close_connections(bool idle_alone) {
    const std::lock_guard lock(mutex_);
    for (const auto& connection : connections_) {
      if (connection->is_idle || !idle_alone) {
        connection->close();
      }
    }
  }

  // What a killed server left there is nobody's: who may write the directory holds its lock.
  Result<void> listen_locally() {
    const std::string& path = state_.options.socket_path;
    WEIR_ASSIGN_OR_RETURN(const SocketPath name, SocketPath::open(path));
    ::unlink(path.c_str());
    beast::error_code error;
    local_acceptor_.open(Local(), error);
    // Before it has a name: nobody else may connect, not even for a moment.
    if (!error && ::fchmod(local_acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0) {
      error = beast::error_code(errno, boost::system::system_category());
    }
    if (!error) {
      local_acceptor_.bind(Local::endpoint(name.text()), error);
    }
    if (!error) {
      local_acceptor_.listen(64, error);
    }
    if (error) {
      return fail(ErrorCode::kIo,
                  fmt::format("cannot listen on the socket {}: {}", path, error.message()));
    }
    has_socket_ = true;
    return {};
  }

  template <class Acceptor>
  asio::awaitable<void> accept(Acceptor& acceptor) {
    while (acceptor.is_open()) {
      beast::error_code error;
      auto socket =
          co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || !acceptor.is_open()) {
        co_return;
      }
      if (error) {  // out of descriptors: wait until some are given back
        asio::steady_timer timer(context_, std::chrono::milliseconds(100));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      ++state_.counters.connections;
      asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
  }

  // A connection's place among those that are open.
  class Place {
   public:
    explicit Place(BeastServer& server) : server_(server) {
      connection_->close = [] {};
      const std::lock_guard lock(server_.mutex_);
      is_full_ = server_.connections_.size() >= server_.state_.options.max_connections;
      server_.connections_.insert(connection_);
      server_.state_.counters.open_connections = server_.connections_.size();
      tls_ = server_.tls_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      const std::lock_guard lock(server_.mutex_);
      server_.connections_.erase(connection_);
      server_.state_.counters.open_connections = server_.connections_.size();
      server_.no_connections_.notify_all();
    }
    [[nodiscard]] const std::shared_ptr<Connection>& connection() const { return connection_; }
    [[nodiscard]] bool is_full() const { return is_full_; }
    [[nodiscard]] const std::shared_ptr<asio::ssl::context>& tls() const { return tls_; }

   private:
    BeastServer& server_;
    std::shared_ptr<Connection> connection_ = std::make_shared<Connection>();
    bool is_full_ = false;
    std::shared_ptr<asio::ssl::context> tls_;
  };

  asio::awaitable<void> serve(Tcp::socket socket) {
    beast::error_code error;
    socket.set_option(Tcp::no_delay(true), error);
    const auto endpoint = socket.remote_endpoint(error);
    const Place place(*this);
    const std::shared_ptr<asio::ssl::context>& tls = place.tls();
    const Session::Peer peer{.address = error ? "" : endpoint.address().to_string(),
                             .is_tls = tls != nullptr};
    const auto stream = tls == nullptr ? ByteStream::plain(std::move(socket))
                                       : ByteStream::tls(std::move(socket), *tls);
    co_await serve(place, *stream, peer);
  }

  asio::awaitable<void> serve(Local::socket socket) {
    const Place place(*this);
    const auto stream = ByteStream::plain(std::move(socket));
    const Session::Peer peer{.address = "", .is_local = true};
    co_await serve(place, *stream, peer);
  }

  asio::awaitable<void> serve(const Place& place, ByteStream& stream, const Session::Peer& peer) {
    try {
      beast::error_code error;
      stream.expire_after(kHandshakeMs);
      co_await stream.open(error);
      if (error) {
        co_return;
      }
      Session session(stream, state_, *place.connection(), peer);
      if (place.is_full()) {
        co_await session.refuse_overload();
      } else {
        co_await session.run();
      }
    } catch (const std::exception& /*fault*/) {
      // Beast and the handler report by value; what is thrown ends this connection alone.
      ++state_.counters.responses_5xx;
    }
  }

  ServerState state_;
  asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  Local::acceptor local_acceptor_;
  std::atomic<bool> has_socket_{false};
  std::uint16_t port_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable no_connections_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Handler& handler) {
  auto server = std::make_unique<BeastServer>(options, handler);
  WEIR_RETURN_IF_ERROR(server->start());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace weir::http
