#include "probe/name_lookup.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>

#include "http/message.h"
#include "probe/descriptor.h"
#include "probe/dns_message.h"
#include "probe/dns_stream.h"
#include "probe/socket_address.h"

namespace weir::probe {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string read_small(io::FileSystem& files, const std::string& path) {
  std::string text;
  auto source = files.open_source(path);
  std::vector<char> buffer(64U << 10);
  while (source && text.size() < (1U << 20)) {
    const auto count = (*source)->read(buffer);
    if (!count || *count == 0) {
      break;
    }
    text.append(buffer.data(), *count);
  }
  return text;
}

// Calls take(words) for each line without its comment.
template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, std::min(end, text.find_first_of("#;")));
    std::vector<std::string_view> words;
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t stop = std::min(line.find_first_of(" \t", begin), line.size());
      if (stop > begin) {
        words.push_back(line.substr(begin, stop - begin));
      }
      begin = stop + 1;
    }
    if (words.size() >= 2) {
      take(words);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<IpAddress> find_in_hosts(const std::string& host, io::FileSystem& files) {
  std::optional<IpAddress> found;
  for_each_line(read_small(files, "/etc/hosts"), [&](const auto& words) {
    for (std::size_t i = 1; i < words.size() && !found; ++i) {
      if (http::equals_ignoring_case(words[i], host)) {
        found = parse_ip(words[0]);
      }
    }
  });
  return found;
}

std::int64_t milliseconds_until(SteadyClock::time_point end) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now()).count();
}

// The whole of an answer that did not fit into a datagram; nullopt where it does not come in time.
std::optional<DnsAnswer> ask_by_stream(const IpAddress& server, std::uint16_t port,
                                       std::span<const std::uint8_t> query, DnsType type,
                                       SteadyClock::time_point end) {
  auto stream = DnsStream::start(server, port, query);
  while (stream) {
    const DnsStream::State state = stream->advance();
    if (state == DnsStream::State::kAnswered) {
      auto answer = read_dns_answer(stream->answer(), query, type);
      return answer ? std::optional(std::move(*answer)) : std::nullopt;
    }
    pollfd polled = stream->awaited();
    const std::int64_t left = milliseconds_until(end);
    if (state != DnsStream::State::kOpen || left <= 0 ||
        poll(&polled, 1, static_cast<int>(left)) <= 0) {
      break;
    }
  }
  return std::nullopt;
}

Result<DnsAnswer> ask(const IpAddress& server, const NameServers& servers, const std::string& host,
                      DnsType type) {
  std::uint16_t id = 0;
  (void)!getrandom(&id, sizeof id, 0);
  WEIR_ASSIGN_OR_RETURN(const auto query, write_dns_query(host, type, id));
  const Descriptor socket(
      ::socket(server.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_storage address{};
  const socklen_t length = write_address(server, servers.port, address);
  // Connected, so that the kernel drops what others send.
  if (!socket.is_open() ||
      connect(socket.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::send(socket.get(), query.data(), query.size(), 0) < 0) {
    return fail(ErrorCode::kRemote, fmt::format("{}: DNS server {} cannot be asked: {}", host,
                                                to_string(server), std::strerror(errno)));
  }
  const auto end = SteadyClock::now() + std::chrono::milliseconds(servers.timeout_ms);
  std::vector<std::uint8_t> buffer(4096);
  for (;;) {
    const std::int64_t left = milliseconds_until(end);
    pollfd polled{socket.get(), POLLIN, 0};
    if (left <= 0 || poll(&polled, 1, static_cast<int>(left)) <= 0) {
      return fail(ErrorCode::kRemote, fmt::format("{}: DNS server {} does not answer in {} ms",
                                                  host, to_string(server), servers.timeout_ms));
    }
    const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) {
      return fail(ErrorCode::kRemote, fmt::format("{}: DNS server {} is not there: {}", host,
                                                  to_string(server), std::strerror(errno)));
    }
    auto answer =
        read_dns_answer(std::span(buffer).first(static_cast<std::size_t>(count)), query, type);
    if (answer && answer->is_cut) {
      // What the datagram had room for is better than nothing.
      return ask_by_stream(server, servers.port, query, type, end).value_or(std::move(*answer));
    }
    if (answer) {
      return answer;
    }
  }
}

}  // namespace

NameServers read_name_servers(io::FileSystem& files) {
  NameServers servers;
  for_each_line(read_small(files, "/etc/resolv.conf"), [&](const auto& words) {
    if (words[0] == "nameserver") {
      if (const auto address = parse_ip(words[1])) {
        servers.addresses.push_back(*address);
      }
    }
  });
  return servers;
}

Result<LookedUp> look_up(const std::string& host, const NameServers& servers,
                         io::FileSystem& files) {
  if (const auto literal = parse_ip(host)) {
    return LookedUp{*literal, INT32_MAX, 0};
  }
  if (const auto found = find_in_hosts(host, files)) {
    return LookedUp{*found, 60, 0};  // the file may be changed
  }
  Error last{ErrorCode::kRemote,
             fmt::format("{}: there is no DNS server in /etc/resolv.conf", host)};
  for (const DnsType type : {DnsType::kA, DnsType::kAaaa}) {
    bool has_answered = false;
    for (const IpAddress& server : servers.addresses) {
      const auto begin = SteadyClock::now();
      const auto answer = ask(server, servers, host, type);
      if (!answer) {
        if (answer.error().code == ErrorCode::kUsage) {
          return tl::unexpected<Error>(answer.error());
        }
        last = answer.error();
        continue;
      }
      has_answered = true;
      if (!answer->addresses.empty()) {
        const std::chrono::duration<double, std::milli> took = SteadyClock::now() - begin;
        return LookedUp{answer->addresses.front(), std::max<std::int64_t>(answer->ttl_s, 1),
                        took.count()};
      }
      last = {ErrorCode::kNotFound,
              fmt::format("{}: DNS knows no address of it (code {})", host, answer->code)};
      if (answer->code == 0 || answer->code == 3) {
        break;  // an answer, and a clear one
      }
    }
    if (!has_answered) {
      break;  // who is silent on one type is on the other
    }
  }
  return tl::unexpected<Error>(last);
}

}  // namespace weir::probe
