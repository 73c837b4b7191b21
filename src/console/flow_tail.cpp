#include "console/flow_tail.h"

#include <fmt/format.h>

#include <algorithm>

#include "console/answer_tree.h"
#include "console/flow_list.h"
#include "intake/flow_table_spec.h"
#include "intake/stored_flows.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::int64_t kLookEveryMs = 500;
constexpr std::int64_t kHeartbeatMs = 5'000;
constexpr std::size_t kMostEachLook = 200;            // records shown, of those that came
constexpr std::size_t kMostUnsentBytes = 128U << 10;  // past it the reader is too slow

std::string event_text(std::string_view name, const Tree& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, format::write_json(data));
}

std::uint64_t end_of(const store::TableSnapshot& snapshot) {
  std::uint64_t end = 0;
  for (const auto& segment : snapshot.segments) {
    end = std::max(end, segment->footer().end_ordinal);
  }
  for (const auto& tail : snapshot.tail) {
    end = std::max(end, tail->first_ordinal + tail->batch.num_rows);
  }
  return end;
}

}  // namespace

Result<std::shared_ptr<FlowTail>> FlowTail::open(const FlowRoom& room, store::Store& store,
                                                 std::string filter) {
  std::shared_ptr<FlowTail> tail(new FlowTail(room, store, std::move(filter)));
  // Whether the condition can be asked is told now, not on the stream.
  const TimeMs now_ms = room.clock->now_ms();
  const Question question =
      filtered_question(tail->filter_, "fields start | limit 1", {now_ms, now_ms + 1});
  WEIR_RETURN_IF_ERROR(ask(room, question, 1));
  if (store.state()->table(intake::kFlowsTable) != nullptr) {
    WEIR_ASSIGN_OR_RETURN(const auto snapshot, store.snapshot(intake::kFlowsTable));
    tail->seen_ordinal_ = end_of(*snapshot);
  }
  return tail;
}

// Rows keep their ordinals when they are sealed or rewritten, and new ones get higher ones: what
// begins behind all that was seen is new.
Result<std::shared_ptr<column::Table>> FlowTail::newest() {
  const auto state = store_.state();
  if (state->table(intake::kFlowsTable) == nullptr) {
    return std::shared_ptr<column::Table>();
  }
  WEIR_ASSIGN_OR_RETURN(const auto snapshot, store_.snapshot(intake::kFlowsTable));
  auto fresh = std::make_shared<store::TableSnapshot>();
  fresh->spec = snapshot->spec;
  for (const auto& segment : snapshot->segments) {
    if (segment->footer().first_ordinal >= seen_ordinal_) {
      fresh->segments.push_back(segment);
    }
  }
  for (const auto& tail : snapshot->tail) {
    if (tail->first_ordinal >= seen_ordinal_) {
      fresh->tail.push_back(tail);
    }
  }
  seen_ordinal_ = std::max(seen_ordinal_, end_of(*snapshot));
  if (fresh->segments.empty() && fresh->tail.empty()) {
    return std::shared_ptr<column::Table>();
  }
  // Without the state: what was refused when it was taken in is no news of these rows.
  return std::make_shared<intake::StoredFlows>(std::move(fresh), nullptr);
}

Result<void> FlowTail::tell(const std::shared_ptr<column::Table>& rows, http::BodyWriter& body) {
  WEIR_ASSIGN_OR_RETURN(const auto fields, record_fields(*rows));
  std::string names = "`@timestamp`";
  for (const std::string& field : fields) {
    names += fmt::format(", `{}`", field);
  }
  FlowRoom fresh = room_;
  fresh.flows = [&] { return Result<std::shared_ptr<column::Table>>(rows); };
  Question question = filtered_question(
      filter_, fmt::format("fields {} | sort `@timestamp` desc | limit {}", names, kMostEachLook),
      {});
  question.cancel = &body.gone();
  WEIR_ASSIGN_OR_RETURN(const Answer answer, ask(fresh, question, fields.size() + 1));
  std::size_t num_told = 0;
  for (auto row = answer.rows.rbegin(); row != answer.rows.rend(); ++row) {  // oldest first
    if (body.unsent_bytes() > kMostUnsentBytes) {
      break;
    }
    if (!body.write(event_text("record", record_tree(answer.schema, *row)))) {
      return {};
    }
    ++num_told;
  }
  if (answer.report.rows_matched > num_told) {
    body.write(event_text(
        "dropped",
        Tree::map({{"count", static_cast<std::int64_t>(answer.report.rows_matched - num_told)}})));
  }
  return {};
}

void FlowTail::run(http::BodyWriter& body) {
  std::int64_t heartbeat_ns = 0;
  while (!body.gone().is_cancelled() && !body.is_ending()) {
    const auto rows = newest();
    const auto told = !rows              ? Result<void>(tl::unexpected(rows.error()))
                      : *rows == nullptr ? Result<void>()
                                         : tell(*rows, body);
    if (!told && told.error().code != ErrorCode::kCancelled) {
      body.write(event_text("problem", Tree::map({{"detail", told.error().message}})));
      return;
    }
    const std::int64_t now_ns = room_.clock->monotonic_ns();
    if (heartbeat_ns == 0 || now_ns - heartbeat_ns >= kHeartbeatMs * 1'000'000) {
      heartbeat_ns = now_ns;
      body.write(event_text("heartbeat", Tree::map({{"timeMs", room_.clock->now_ms()}})));
    }
    body.wait(kLookEveryMs);
  }
}

}  // namespace weir::console
