#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "console/flow_room.h"
#include "http/message.h"
#include "store/store.h"

namespace weir::console {

// The records that a store gets, while it gets them.
class FlowTail {
 public:
  // Both outlive it. Begins behind what is stored now; an error where the condition does not hold
  // together.
  [[nodiscard]] static Result<std::shared_ptr<FlowTail>> open(const FlowRoom& room,
                                                              store::Store& store,
                                                              std::string filter);

  // Writes events until the reader has gone or the server ends: "record", "heartbeat", and
  // "dropped" with how many came faster than they are shown.
  void run(http::BodyWriter& body);

 private:
  FlowTail(const FlowRoom& room, store::Store& store, std::string filter)
      : room_(room), store_(store), filter_(std::move(filter)) {}
  // The rows that came since the last look, as a table; null: none.
  [[nodiscard]] Result<std::shared_ptr<column::Table>> newest();
  [[nodiscard]] Result<void> tell(const std::shared_ptr<column::Table>& rows,
                                  http::BodyWriter& body);

  const FlowRoom& room_;
  store::Store& store_;
  std::string filter_;
  std::uint64_t seen_ordinal_ = 0;  // rows below it are known
};

}  // namespace weir::console
