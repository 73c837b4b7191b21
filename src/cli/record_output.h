#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/datagram_sender.h"
#include "cli/environment.h"
#include "cli/packet_output.h"
#include "flow/export/ipfix_writer.h"
#include "flow/meter/flow_record.h"
#include "intake/compactor.h"
#include "intake/metered_flows.h"
#include "inventory/inventory.h"
#include "store/store.h"

namespace weir::cli {

// Where flow records go: to standard output in the format asked for, to a collector of IPFIX
// (--ipfix), into the store (--data). Threads take turns.
class RecordOutput {
 public:
  // `inventory` and `environment` outlive it. With --data alone nothing is written to standard
  // output unless a format is asked for.
  enum class Traffic : std::uint8_t { kCaptured, kLive };
  [[nodiscard]] static Result<std::unique_ptr<RecordOutput>> open(
      const Arguments& arguments, const inventory::Inventory& inventory, Environment& environment,
      Traffic traffic);

  void add(const flow::FlowRecord& record, std::size_t num_open);
  // Somebody still takes them.
  [[nodiscard]] bool is_open();

  // Of live traffic, now and then, by one thread: writes what waits, to the store as well, without
  // holding up those who add. A full disk heals: what does not fit waits, up to a limit, past which
  // it is lost and counted.
  [[nodiscard]] Result<void> flush(const CancelToken& cancel);
  [[nodiscard]] std::uint64_t num_lost() const { return num_lost_; }
  [[nodiscard]] std::uint64_t num_stored_rows() const;

  [[nodiscard]] bool has_store() const { return flows_ != nullptr; }
  // Of captures, at the end: makes the rows last under the capture's identity.
  [[nodiscard]] Result<void> commit_capture(store::SourceMeta source);
  [[nodiscard]] bool knows(const store::SourceId& id) const;
  // The exit code of writing.
  [[nodiscard]] Result<int> finish();

 private:
  RecordOutput(std::string_view format, const inventory::Inventory& inventory,
               std::optional<DatagramSender> collector, Environment& environment, bool is_live);
  void write_document(const flow::FlowRecord& record, std::size_t num_open);
  void send(std::span<const std::byte> message);

  std::string format_;  // empty: nothing goes to standard output
  const inventory::Inventory& inventory_;
  Environment& environment_;
  std::mutex mutex_;
  DocumentWriter out_;
  std::optional<DatagramSender> collector_;
  std::string fault_;
  flow::IpfixWriter ipfix_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<intake::MeteredFlows> flows_;  // of live traffic: of the thread that flushes
  std::optional<intake::Compactor> compactor_;   // likewise
  std::vector<flow::FlowRecord> arrived_;        // live, since the last flush
  bool is_live_;
  bool has_told_full_ = false;
  std::uint64_t num_lost_ = 0;
  Result<void> load_status_;
};

}  // namespace weir::cli
