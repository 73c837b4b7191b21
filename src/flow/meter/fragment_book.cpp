#include "flow/meter/fragment_book.h"

#include <tuple>

namespace weir::flow {

// The first fragment has the ports and leaves them for those with the same addresses, protocol and
// identification.
bool FragmentBook::join(const packet::PacketView& view, MeterPacket& packet) {
  const packet::IpLayer& ip = view.inner_ip();
  FlowKey key = packet.key;
  key.low_port = 0;
  key.high_port = 0;
  const IpAddress source = view.source(ip);
  const std::uint64_t name =
      hash_of(key, seed_ ^ ip.fragment_id) ^ fold_multiply(source.low, source.high ^ 1);
  Place& place = places_[name % kPlaces];
  if (ip.fragment_offset == 0) {
    if (ip.has_ports) {
      place = {name, packet.time_ns, ip.source_port, ip.destination_port};
    }
    return true;
  }
  if (place.name != name || packet.time_ns - place.time_ns > kLongestNs) {
    return false;
  }
  const IpAddress destination = view.destination(ip);
  packet.is_high_sender =
      std::tie(destination, place.destination_port) < std::tie(source, place.source_port);
  packet.key.low = packet.is_high_sender ? destination : source;
  packet.key.high = packet.is_high_sender ? source : destination;
  packet.key.low_port = packet.is_high_sender ? place.destination_port : place.source_port;
  packet.key.high_port = packet.is_high_sender ? place.source_port : place.destination_port;
  packet.hash = static_cast<std::uint32_t>(hash_of(packet.key, seed_) >> 32);
  return true;
}

}  // namespace weir::flow
