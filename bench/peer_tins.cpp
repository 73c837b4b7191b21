// Reads a capture's outer packets with libtins, which knows no GENEVE: a peer of bench/packet_run.
//
//   peer_tins CAPTURE    prints packets, those with UDP

#include <tins/tins.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  unsigned long packets = 0;
  unsigned long datagrams = 0;
  Tins::FileSniffer sniffer(argv[1]);
  sniffer.sniff_loop([&](const Tins::PDU& packet) {
    ++packets;
    datagrams += packet.find_pdu<Tins::UDP>() != nullptr ? 1 : 0;
    return true;
  });
  std::printf("%lu %lu\n", packets, datagrams);
  return 0;
}
