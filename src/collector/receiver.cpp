#include "collector/receiver.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace weir::collector {
namespace {

constexpr int kWaitMs = 100;
constexpr std::int64_t kTickNs = 250'000'000;
constexpr std::int64_t kDrainNs = 1'000'000'000;  // a sender that goes on must not keep us for ever
constexpr int kBatchesBetweenTicks = 16;

}  // namespace

Receiver::Receiver(ReceiverShare& share, std::size_t index)
    : share_(share),
      index_(index),
      meter_(share.options.meter,
             [&share](const flow::FlowRecord& record) { share.sinks.record(record); }),
      last_source_{~std::uint64_t{0}, ~std::uint64_t{0}} {}

Doorbell::Doorbell() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Doorbell::~Doorbell() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void Doorbell::ring() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(descriptor_, &one, sizeof one));
}

void Doorbell::silence() const {
  std::uint64_t ignored = 0;
  static_cast<void>(::read(descriptor_, &ignored, sizeof ignored));
}

Result<std::unique_ptr<Receiver>> Receiver::open(ReceiverShare& share, std::size_t index,
                                                 const std::vector<ListenAddress>& addresses) {
  std::unique_ptr<Receiver> receiver(new Receiver(share, index));
  UdpSocketOptions options;
  options.receive_buffer_bytes = share.options.receive_buffer_bytes;
  options.joins_datagrams = share.options.joins_datagrams && !share.options.is_pass_through;
  for (const ListenAddress& address : addresses) {
    WEIR_ASSIGN_OR_RETURN(UdpSocket socket, UdpSocket::open(address, options));
    receiver->sockets_.push_back(std::move(socket));
  }
  if (share.options.is_pass_through) {
    PacketReturn::Sent sent;
    if (share.sinks.returned) {
      sent = [self = receiver.get()](std::span<const std::byte> frame) {
        self->tell_return(frame);
      };
    }
    WEIR_ASSIGN_OR_RETURN(receiver->return_, PacketReturn::open(std::move(sent)));
  }
  if (share.options.make_filter) {
    WEIR_ASSIGN_OR_RETURN(receiver->filter_, share.options.make_filter());
  }
  return receiver;
}

std::vector<ListenAddress> Receiver::addresses() const {
  std::vector<ListenAddress> addresses;
  for (const UdpSocket& socket : sockets_) {
    addresses.push_back(socket.address());
  }
  return addresses;
}

std::size_t Receiver::receive_buffer_bytes() const {
  return sockets_.front().receive_buffer_bytes();
}

void Receiver::run() {
  while (!share_.is_stopping.load(std::memory_order_relaxed)) {
    bool has_more = true;
    for (int i = 0; has_more && i < kBatchesBetweenTicks; ++i) {
      has_more = receive();
      has_more = drain_rings() || has_more;
    }
    tick();
    if (!has_more) {
      wait();
    }
  }
  const std::int64_t until_ns = share_.clock.monotonic_ns() + kDrainNs;
  while (receive() && share_.clock.monotonic_ns() < until_ns) {
    drain_rings();
  }
  share_.num_receiving.fetch_sub(1);
  while (share_.num_receiving.load() > 0) {
    if (!drain_rings()) {
      ::sched_yield();
    }
  }
  static_cast<void>(drain_rings());
  meter_.finish();
  publish();
}

// Sleeps until something comes, by a socket or by a ring.
void Receiver::wait() {
  Doorbell& bell = *share_.bells[index_];
  std::vector<pollfd> polled;
  polled.push_back({bell.descriptor(), POLLIN, 0});
  for (const UdpSocket& socket : sockets_) {
    polled.push_back({socket.descriptor(), POLLIN, 0});
  }
  bell.is_awaited.store(true);
  if (!drain_rings() && !share_.is_stopping.load()) {
    static_cast<void>(::poll(polled.data(), polled.size(), kWaitMs));
  }
  bell.is_awaited.store(false);
  bell.silence();
}

// A batch of each socket; true where one had something.
bool Receiver::receive() {
  bool has_more = false;
  for (UdpSocket& socket : sockets_) {
    has_more = socket.receive([this](const Datagram& datagram) { take(datagram); }) > 0 || has_more;
    if (return_) {
      return_->flush();
    }
  }
  return has_more;
}

void Receiver::take(const Datagram& datagram) {
  if (datagram.source != last_source_) {
    last_source_ = datagram.source;
    is_last_allowed_ = share_.allowed.find(datagram.source) != PrefixTable::kNoValue;
  }
  if (!is_last_allowed_) {
    ++counts_.not_allowed;
    return;
  }
  const auto size = static_cast<std::uint32_t>(datagram.frame.size());
  const packet::Verdict verdict =
      share_.parser.parse(datagram.frame, size, packet::LinkType::kRawIp, view_);
  if (filter_ || share_.sinks.packet) {
    packet::CapturedPacket captured;
    captured.frame = datagram.frame;
    captured.wire_length = size;
    captured.link = packet::LinkType::kRawIp;
    captured.time_ns = datagram.time_ns;
    if (filter_ && !filter_(captured, view_)) {
      view_.verdict = packet::Verdict::kFiltered;
    } else if (share_.sinks.packet) {
      share_.sinks.packet(captured, view_);
    }
  }
  counts_.packets.add(view_);
  if (view_.verdict == packet::Verdict::kKept && share_.options.has_meter) {
    meter(view_, datagram.time_ns);
  }
  view_.verdict = verdict;  // what is shown is one thing, what stands in the path another
  if (return_ && PacketReturn::must_return(view_)) {
    return_->add(datagram.frame);
  }
}

void Receiver::tell_return(std::span<const std::byte> frame) {
  packet::CapturedPacket captured;
  captured.frame = frame;
  captured.wire_length = static_cast<std::uint32_t>(frame.size());
  captured.link = packet::LinkType::kRawIp;
  captured.time_ns = share_.clock.now_ms() * 1'000'000;
  (void)share_.parser.parse(frame, captured.wire_length, captured.link, returned_view_);
  share_.sinks.returned(captured, returned_view_);
}

void Receiver::meter(const packet::PacketView& view, std::int64_t time_ns) {
  if (!view.has_inner_ip()) {
    ++without_ip_;
    return;
  }
  const flow::MeterOptions& options = share_.options.meter;
  digest(view, time_ns, options.seed, packet_);
  if (packet_.is_fragment) {
    const std::lock_guard lock(share_.fragment_mutex);
    orphan_fragments_ += share_.fragments.join(view, packet_) ? 0 : 1;
  }
  if (options.drops_duplicates) {
    packet_.print = flow::fingerprint_of(view);
  }
  const std::size_t num_receivers = share_.rings.size();
  const std::size_t owner =
      num_receivers == 1
          ? 0
          : share_of(packet_.key, options.seed, static_cast<std::uint32_t>(num_receivers));
  if (owner == index_) {
    meter_.add(packet_);
    return;
  }
  ++counts_.handed_over;
  PacketRing& ring = *share_.rings[index_][owner];
  while (!ring.push(packet_)) {
    share_.bells[owner]->ring();
    if (!drain_rings()) {  // the other one may wait for room in a ring of ours
      ::sched_yield();
    }
  }
  if (share_.bells[owner]->is_awaited.load(std::memory_order_relaxed)) {
    share_.bells[owner]->ring();
  }
}

bool Receiver::drain_rings() {
  std::size_t num = 0;
  for (std::size_t from = 0; from < share_.rings.size(); ++from) {
    if (from != index_) {
      num += share_.rings[from][index_]->drain(
          [this](const flow::MeterPacket& packet) { meter_.add(packet); });
    }
  }
  return num > 0;
}

void Receiver::tick() {
  const std::int64_t now_ns = share_.clock.monotonic_ns();
  if (now_ns < next_tick_ns_) {
    return;
  }
  next_tick_ns_ = now_ns + kTickNs;
  meter_.advance(share_.clock.now_ms() * 1'000'000);
  publish();
}

void Receiver::publish() {
  counts_.packets.kernel_drops = 0;
  for (UdpSocket& socket : sockets_) {
    counts_.packets.kernel_drops += socket.num_kernel_drops();
  }
  counts_.has_joined_drops = counts_.packets.kernel_drops > 0 && share_.options.joins_datagrams &&
                             !share_.options.is_pass_through;
  counts_.flows = meter_.counters();
  counts_.flows.orphan_fragments = orphan_fragments_;
  counts_.flows.without_ip = without_ip_;
  counts_.open_flows = meter_.num_open();
  counts_.returned = return_ ? return_->num_returned() : 0;
  counts_.return_failed = return_ ? return_->num_failed() : 0;
  const std::lock_guard lock(published_mutex_);
  published_ = counts_;
}

CollectorCounters Receiver::counters() const {
  const std::lock_guard lock(published_mutex_);
  return published_;
}

}  // namespace weir::collector
