#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flowlog/layout.h"
#include "simulate/conversations.h"
#include "simulate/topology.h"

namespace weir::simulate {

// What a record has beside its leg.
struct RecordCounts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::int64_t start_s = 0;  // Unix seconds
  std::int64_t end_s = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  std::uint8_t tcp_flags = 0;
};

enum class SilentStatus : std::uint8_t { kNoData, kSkipData };

// Who owns the flow log; appears in every record.
struct Ownership {
  std::string account;
  std::string region;
};

// Renders records in one layout. What depends on the interface alone is rendered once a run; a
// record is copies and whole numbers. Not thread-safe; allocates nothing per record.
class RecordWriter {
 public:
  RecordWriter(const flowlog::Layout& layout, const Topology& topology, const Ownership& ownership);

  // No line is longer, its newline included.
  [[nodiscard]] std::size_t max_line_bytes() const { return max_line_bytes_; }
  // The header line, with AWS's own names.
  [[nodiscard]] const std::string& header() const { return header_; }

  // Both write one line into `out`, which has room for max_line_bytes(), and return its end.
  char* write(const Leg& leg, const RecordCounts& counts, char* out) const;
  char* write_silent(InterfaceId interface, SilentStatus status, std::int64_t start_s,
                     std::int64_t end_s, char* out) const;

 private:
  enum class Part : std::uint8_t {
    kFixed,  // text of the observer, or the same everywhere, with the spaces around it
    kSource,
    kDestination,
    kPacketSource,
    kPacketDestination,
    kSourcePort,
    kDestinationPort,
    kProtocol,
    kPackets,
    kBytes,
    kStart,
    kEnd,
    kAction,
    kTcpFlags,
    kType,
    kSourceService,
    kDestinationService,
    kDirection,
    kTrafficPath,
    kEncryption,
    kLost,
    // Texts of another interface; `index` says which of them.
    kNextHop,
    kGatewaySource,  // where it came into the transit gateway
    kGatewayDestination,
  };
  struct Step {
    Part part = Part::kFixed;
    std::uint8_t index = 0;  // of fixed_ or others_
  };
  // Text in pool_.
  struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  void compile(const flowlog::Layout& layout, const Topology& topology, const Ownership& ownership);
  void render_silent(const flowlog::Layout& layout, const Topology& topology,
                     const Ownership& ownership);
  [[nodiscard]] Piece keep(std::string_view text);
  char* put(const Piece& piece, char* out) const;
  char* put_other(InterfaceId interface, std::size_t index, char* out) const;

  const Topology& topology_;
  std::string header_;
  std::string pool_;
  std::vector<Step> steps_;
  std::vector<Piece> fixed_;   // interfaces x num_fixed_
  std::vector<Piece> others_;  // interfaces x num_others_; the last row stands for none
  std::size_t num_fixed_ = 0;
  std::size_t num_others_ = 0;
  std::vector<Step> silent_steps_;
  std::vector<Piece> silent_fixed_;  // interfaces x 2 statuses x num_silent_fixed_
  std::size_t num_silent_fixed_ = 0;
  std::size_t max_line_bytes_ = 0;
};

}  // namespace weir::simulate
