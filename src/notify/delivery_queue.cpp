#include "notify/delivery_queue.h"

#include <fmt/format.h>

namespace weir::notify {
namespace {

using format::Tree;

constexpr std::string_view kDeliveryColumns =
    "id, subscription_arn, endpoint, body, headers, attempts, made_ms, due_ms, last_error";
constexpr TimeMs kKeptMs = TimeMs{14} * 24 * 3600 * 1000;
constexpr std::int64_t kMostKept = 10'000;

}  // namespace

Result<void> DeliveryQueue::add(const Delivery& delivery) {
  WEIR_ASSIGN_OR_RETURN(
      auto insert,
      database_.prepare("INSERT INTO delivery (subscription_arn, endpoint, body, headers, "
                        "attempts, due_ms, last_error, made_ms) VALUES (?, ?, ?, ?, 0, ?, '', ?)"));
  if (delivery.subscription_arn.empty()) {
    insert.bind_null();
  } else {
    insert.bind(delivery.subscription_arn);
  }
  const TimeMs now_ms = clock_.now_ms();
  return insert.bind(delivery.endpoint)
      .bind(delivery.body)
      .bind(format::write_json(delivery.headers))
      .bind(now_ms)
      .bind(now_ms)
      .run();
}

Result<std::vector<Delivery>> DeliveryQueue::read(state::Statement& query) const {
  std::vector<Delivery> deliveries;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
    if (!has_row) {
      return deliveries;
    }
    Delivery delivery;
    delivery.id = query.integer(0);
    delivery.subscription_arn = query.text(1);
    delivery.endpoint = query.text(2);
    delivery.body = query.text(3);
    delivery.headers = format::read_json(query.text(4)).value_or(Tree::map());
    delivery.attempts = query.integer(5);
    delivery.made_ms = query.integer(6);
    if (!query.is_null(7)) {
      delivery.due_ms = query.integer(7);
    }
    delivery.last_error = query.text(8);
    deliveries.push_back(std::move(delivery));
  }
}

Result<std::vector<Delivery>> DeliveryQueue::due(std::size_t limit) const {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_.prepare(fmt::format(
                            "SELECT {} FROM delivery WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?",
                            kDeliveryColumns)));
  query.bind(clock_.now_ms()).bind(static_cast<std::int64_t>(limit));
  return read(query);
}

Result<void> DeliveryQueue::set_delivered(std::int64_t id) {
  WEIR_ASSIGN_OR_RETURN(auto remove, database_.prepare("DELETE FROM delivery WHERE id = ?"));
  return remove.bind(id).run();
}

Result<void> DeliveryQueue::set_failed(std::int64_t id, const std::string& reason,
                                       std::optional<TimeMs> due_ms) {
  WEIR_ASSIGN_OR_RETURN(auto update,
                        database_.prepare("UPDATE delivery SET attempts = attempts + 1, last_error "
                                          "= ?, due_ms = ? WHERE id = ?"));
  update.bind(reason);
  due_ms ? update.bind(*due_ms) : update.bind_null();
  WEIR_RETURN_IF_ERROR(update.bind(id).run());
  if (due_ms) {
    return {};
  }
  WEIR_ASSIGN_OR_RETURN(
      auto forget,
      database_.prepare("DELETE FROM delivery WHERE due_ms IS NULL AND (made_ms < ? OR id NOT IN "
                        "(SELECT id FROM delivery WHERE due_ms IS NULL ORDER BY id DESC LIMIT "
                        "?))"));
  return forget.bind(clock_.now_ms() - kKeptMs).bind(kMostKept).run();
}

Result<DeliveryQueue::Counts> DeliveryQueue::counts() const {
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_.prepare("SELECT count(due_ms), count(*) FROM delivery"));
  WEIR_ASSIGN_OR_RETURN(const bool has_row, query.step());
  return has_row ? Counts{query.integer(0), query.integer(1) - query.integer(0)} : Counts{};
}

Result<std::vector<Delivery>> DeliveryQueue::list(std::optional<bool> is_dead,
                                                  std::int64_t before_id, std::size_t limit) const {
  const std::string_view which = !is_dead   ? "1"
                                 : *is_dead ? "due_ms IS NULL"
                                            : "due_ms IS NOT NULL";
  WEIR_ASSIGN_OR_RETURN(auto query,
                        database_.prepare(fmt::format(
                            "SELECT {} FROM delivery WHERE {} AND id < ? ORDER BY id DESC LIMIT ?",
                            kDeliveryColumns, which)));
  query.bind(before_id).bind(static_cast<std::int64_t>(limit));
  return read(query);
}

Result<bool> DeliveryQueue::retry(std::int64_t id) {
  WEIR_ASSIGN_OR_RETURN(auto update,
                        database_.prepare("UPDATE delivery SET attempts = 0, due_ms = ? WHERE id = "
                                          "? AND due_ms IS NULL RETURNING id"));
  WEIR_ASSIGN_OR_RETURN(const bool was_there, update.bind(clock_.now_ms()).bind(id).step());
  if (was_there) {
    wake();
  }
  return was_there;
}

Result<bool> DeliveryQueue::remove(std::int64_t id) {
  WEIR_ASSIGN_OR_RETURN(
      auto remove,
      database_.prepare("DELETE FROM delivery WHERE id = ? AND due_ms IS NULL RETURNING id"));
  return remove.bind(id).step();
}

}  // namespace weir::notify
