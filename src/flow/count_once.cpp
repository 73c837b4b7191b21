#include "flow/count_once.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "base/ip_address.h"
#include "column/row_filter.h"

namespace weir::flow {
namespace {

using column::Batch;
using column::Column;
using column::Type;

constexpr TimeMs kHourMs = 3'600'000;
constexpr TimeMs kLongestWindowMs = 600'000;

// What is looked at of each record.
enum KeyColumn : std::size_t {
  kInterface,
  kSource,
  kDestination,
  kSourcePort,
  kDestinationPort,
  kProtocol,
  kStart,
  kDirection,
  kNumKeyColumns,
};
constexpr std::array<const char*, kNumKeyColumns> kKeyNames{
    "interface_id", "srcaddr",  "dstaddr", "srcport",
    "dstport",      "protocol", "start",   "flow_direction"};

enum Rank : std::uint8_t { kSender, kReceiver, kOther };

TimeMs floor_hour(TimeMs time) {
  const TimeMs rest = time % kHourMs;
  return time - (rest < 0 ? rest + kHourMs : rest);
}

std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93U;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93U;
  return value ^ (value >> 32);
}

}  // namespace

// Two hashes of a directed 5-tuple and an hour: together they stand for it.
struct TupleHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const TupleHash&, const TupleHash&) = default;
};

namespace {

// The key columns of a batch, stored flat.
class Keys {
 public:
  void read(const Batch& batch, std::size_t first) {
    for (std::size_t i = 0; i < kNumKeyColumns; ++i) {
      flat_[i].copy_from(batch.columns[first + i]);
      flat_[i].flatten();
    }
  }
  [[nodiscard]] bool is_null(KeyColumn column, std::size_t row) const {
    return flat_[column].is_null(row);
  }
  [[nodiscard]] std::string_view text(KeyColumn column, std::size_t row) const {
    return is_null(column, row) ? std::string_view() : flat_[column].data<std::string_view>()[row];
  }
  [[nodiscard]] const IpAddress& address(KeyColumn column, std::size_t row) const {
    return flat_[column].data<IpAddress>()[row];
  }
  [[nodiscard]] std::int64_t number(KeyColumn column, std::size_t row) const {
    return is_null(column, row) ? -1 : flat_[column].data<std::int64_t>()[row];
  }
  // Of a record that several interfaces may have seen.
  [[nodiscard]] bool is_shared(std::size_t row) const {
    return !is_null(kSource, row) && !is_null(kDestination, row) && !is_null(kInterface, row) &&
           !is_null(kStart, row);
  }
  [[nodiscard]] TupleHash hash(std::size_t row, TimeMs hour) const {
    std::array<std::uint64_t, 8> words{};
    std::memcpy(words.data(), &address(kSource, row), 16);
    std::memcpy(words.data() + 2, &address(kDestination, row), 16);
    words[4] = static_cast<std::uint64_t>(number(kSourcePort, row));
    words[5] = static_cast<std::uint64_t>(number(kDestinationPort, row));
    words[6] = static_cast<std::uint64_t>(number(kProtocol, row));
    words[7] = static_cast<std::uint64_t>(hour);
    TupleHash hash{0x9e3779b97f4a7c15U, 0xc2b2ae3d27d4eb4fU};
    for (const std::uint64_t word : words) {
      hash.low = mix(hash.low ^ word);
      hash.high = mix(hash.high + word * 0x9e3779b97f4a7c15U);
    }
    return hash;
  }

 private:
  std::array<Column, kNumKeyColumns> flat_;
};

}  // namespace

// Which interface counts, by 5-tuple and hour. Built by one thread, then immutable.
class ObserverChoice {
 public:
  explicit ObserverChoice(MemoryBudget* memory) : memory_(memory) {}
  ~ObserverChoice() {
    if (memory_ != nullptr) {
      memory_->release(reserved_);
    }
  }
  ObserverChoice(const ObserverChoice&) = delete;
  ObserverChoice& operator=(const ObserverChoice&) = delete;

  // Learns the own addresses of interfaces.
  void learn(const Keys& keys, std::size_t row) {
    Own& own = interfaces_[intern(keys.text(kInterface, row))].own[family(keys, row)];
    const std::array<IpAddress, 2> ends{keys.address(kSource, row),
                                        keys.address(kDestination, row)};
    if (!own.is_known) {
      own.is_known = true;
      own.candidates = ends;
      own.num_candidates = ends[0] == ends[1] ? 1 : 2;
      return;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < own.num_candidates; ++i) {
      if (own.candidates[i] == ends[0] || own.candidates[i] == ends[1]) {
        own.candidates[kept++] = own.candidates[i];
      }
    }
    own.num_candidates = kept;
  }

  Result<void> add(const Keys& keys, std::size_t row) {
    const std::uint32_t interface = intern(keys.text(kInterface, row));
    const Rank rank = rank_of(keys, row, interface);
    if (num_entries_ * 4 >= slots_.size() * 3) {
      WEIR_RETURN_IF_ERROR(grow());
    }
    Entry& entry = slots_[slot_of(keys.hash(row, floor_hour(keys.number(kStart, row))))];
    if (entry.rank == kNoRank) {
      entry.hash = keys.hash(row, floor_hour(keys.number(kStart, row)));
      ++num_entries_;
    } else if (rank > entry.rank ||
               (rank == entry.rank && names_[interface] >= names_[entry.interface])) {
      return {};
    }
    entry.rank = rank;
    entry.interface = interface;
    return {};
  }

  [[nodiscard]] bool is_kept(const Keys& keys, std::size_t row) const {
    if (!keys.is_shared(row)) {
      return true;
    }
    const TimeMs start = keys.number(kStart, row);
    const TimeMs hour = floor_hour(start);
    const Entry* const chosen = find(keys.hash(row, hour));
    if (chosen == nullptr) {
      return true;
    }
    if (names_[chosen->interface] != keys.text(kInterface, row)) {
      return false;
    }
    if (chosen->rank == kSender) {
      return true;
    }
    const auto sender_was_chosen = [&](TimeMs other) {
      const Entry* const entry = find(keys.hash(row, other));
      return entry != nullptr && entry->rank == kSender;
    };
    return !((start - hour < kLongestWindowMs && sender_was_chosen(hour - kHourMs)) ||
             (hour + kHourMs - start <= kLongestWindowMs && sender_was_chosen(hour + kHourMs)));
  }

 private:
  static constexpr std::uint8_t kNoRank = 0xff;
  struct Entry {
    TupleHash hash;
    std::uint32_t interface = 0;
    std::uint8_t rank = kNoRank;
  };
  struct Own {
    bool is_known = false;
    std::size_t num_candidates = 0;
    std::array<IpAddress, 2> candidates{};
  };
  struct Interface {
    std::array<Own, 2> own;  // IPv4, IPv6
  };

  static std::size_t family(const Keys& keys, std::size_t row) {
    return keys.address(kSource, row).is_v4() ? 0 : 1;
  }

  std::uint32_t intern(std::string_view name) {
    if (name == last_name_) {
      return last_number_;
    }
    auto [entry, is_new] =
        numbers_.emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
      names_.emplace_back(name);
      interfaces_.emplace_back();
    }
    last_name_ = name;
    last_number_ = entry->second;
    return entry->second;
  }

  [[nodiscard]] Rank rank_of(const Keys& keys, std::size_t row, std::uint32_t interface) const {
    const std::string_view direction = keys.text(kDirection, row);
    if (direction == "egress") {
      return kSender;
    }
    if (direction == "ingress") {
      return kReceiver;
    }
    const Own& own = interfaces_[interface].own[family(keys, row)];
    if (own.num_candidates != 1) {
      return kOther;
    }
    return own.candidates[0] == keys.address(kSource, row)        ? kSender
           : own.candidates[0] == keys.address(kDestination, row) ? kReceiver
                                                                  : kOther;
  }

  [[nodiscard]] std::size_t slot_of(const TupleHash& hash) const {
    std::size_t slot = hash.low & (slots_.size() - 1);
    while (slots_[slot].rank != kNoRank && !(slots_[slot].hash == hash)) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }
  [[nodiscard]] const Entry* find(const TupleHash& hash) const {
    if (slots_.empty()) {
      return nullptr;
    }
    const Entry& entry = slots_[slot_of(hash)];
    return entry.rank == kNoRank ? nullptr : &entry;
  }
  Result<void> grow() {
    const std::size_t size = std::max<std::size_t>(slots_.size() * 2, 4096);
    const std::size_t bytes = size * sizeof(Entry);
    if (memory_ != nullptr && !memory_->reserve(bytes)) {
      return fail(ErrorCode::kLimit,
                  fmt::format("counting once needs more memory than the query may use, for {} "
                              "connections an hour apart: narrow --since and --until, or raise "
                              "--memory",
                              num_entries_));
    }
    std::vector<Entry> old(size);
    old.swap(slots_);
    for (const Entry& entry : old) {
      if (entry.rank != kNoRank) {
        slots_[slot_of(entry.hash)] = entry;
      }
    }
    if (memory_ != nullptr) {
      memory_->release(reserved_);
    }
    reserved_ = bytes;
    return {};
  }

  MemoryBudget* memory_;
  std::size_t reserved_ = 0;
  std::vector<Entry> slots_;
  std::size_t num_entries_ = 0;
  std::vector<std::string> names_;
  std::vector<Interface> interfaces_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::string last_name_ = "\n";
  std::uint32_t last_number_ = 0;
};

namespace {

// Visits the key columns of all records of a range.
template <class Visit>
Result<void> visit_keys(column::Table& table, const column::TimeRange& range,
                        const column::ScanContext& context, const Visit& visit) {
  column::ScanRequest request;
  request.columns.assign(kKeyNames.begin(), kKeyNames.end());
  request.range = range;
  request.include_silent = false;
  WEIR_ASSIGN_OR_RETURN(const auto scan, table.scan(request, context));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  Batch batch;
  Keys keys;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch));
    if (!is_more) {
      return {};
    }
    keys.read(batch, 0);
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      if (keys.is_shared(row)) {
        WEIR_RETURN_IF_ERROR(visit(keys, row));
      }
    }
  }
}

class OnceStream final : public column::ScanStream {
 public:
  OnceStream(std::shared_ptr<const ObserverChoice> choice,
             std::unique_ptr<column::ScanStream> inner, std::size_t num_columns,
             std::atomic<std::uint64_t>& num_dropped)
      : choice_(std::move(choice)),
        inner_(std::move(inner)),
        num_columns_(num_columns),
        num_dropped_(num_dropped) {}

  Result<bool> next(Batch& batch) override {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, inner_->next(rows_));
    batch.num_rows = 0;
    if (!is_more) {
      return false;
    }
    keys_.read(rows_, num_columns_);
    kept_.clear();
    for (std::size_t row = 0; row < rows_.num_rows; ++row) {
      if (choice_->is_kept(keys_, row)) {
        kept_.push_back(static_cast<std::uint32_t>(row));
      }
    }
    num_dropped_.fetch_add(rows_.num_rows - kept_.size(), std::memory_order_relaxed);
    keeper_.keep(rows_, kept_);
    batch.num_rows = rows_.num_rows;
    batch.sequence = rows_.sequence;
    batch.columns.resize(num_columns_);
    for (std::size_t i = 0; i < num_columns_; ++i) {
      batch.columns[i].swap(rows_.columns[i]);
    }
    return true;
  }

 private:
  std::shared_ptr<const ObserverChoice> choice_;
  std::unique_ptr<column::ScanStream> inner_;
  std::size_t num_columns_;
  std::atomic<std::uint64_t>& num_dropped_;
  Batch rows_;
  Keys keys_;
  std::vector<std::uint32_t> kept_;
  column::RowFilter keeper_{{}};
};

class OnceScan final : public column::Scan {
 public:
  OnceScan(std::shared_ptr<const ObserverChoice> choice, std::unique_ptr<column::Scan> inner,
           std::size_t num_columns)
      : choice_(std::move(choice)), inner_(std::move(inner)), num_columns_(num_columns) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    WEIR_ASSIGN_OR_RETURN(auto stream, inner_->open_stream());
    return std::make_unique<OnceStream>(choice_, std::move(stream), num_columns_, num_dropped_);
  }
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return inner_->applied_conjuncts();
  }
  [[nodiscard]] column::Completeness completeness() const override {
    column::Completeness completeness = inner_->completeness();
    completeness.notes.insert(
        completeness.notes.begin(),
        fmt::format("counted once: of each directed connection and hour one interface's records "
                    "count, the sender's, else the receiver's; {} records of other observers were "
                    "left out",
                    num_dropped_.load()));
    return completeness;
  }
  [[nodiscard]] std::vector<std::string> paths() const override { return inner_->paths(); }

 private:
  std::shared_ptr<const ObserverChoice> choice_;
  std::unique_ptr<column::Scan> inner_;
  std::size_t num_columns_;
  std::atomic<std::uint64_t> num_dropped_{0};
};

}  // namespace

CountOnceTable::CountOnceTable(std::shared_ptr<column::Table> inner, MemoryBudget* memory)
    : inner_(std::move(inner)), memory_(memory) {}

CountOnceTable::~CountOnceTable() = default;

Result<std::shared_ptr<const ObserverChoice>> CountOnceTable::choice(
    const column::TimeRange& range, const column::ScanContext& context) {
  // Whole hours, and the neighbours whose choice counts too.
  column::TimeRange hours;
  if (range.since) {
    hours.since = floor_hour(*range.since) - kHourMs;
  }
  if (range.until) {
    hours.until = floor_hour(*range.until + kHourMs - 1) + kHourMs;
  }
  const std::lock_guard lock(mutex_);
  auto& known = choices_[{hours.since, hours.until}];
  if (known != nullptr) {
    return known;
  }
  const std::shared_ptr<ObserverChoice> choice = std::make_shared<ObserverChoice>(memory_);
  WEIR_ASSIGN_OR_RETURN(const bool has_direction, inner_->carries("flow_direction"));
  if (!has_direction) {
    WEIR_RETURN_IF_ERROR(
        visit_keys(*inner_, hours, context, [&](const Keys& keys, std::size_t row) -> Result<void> {
          choice->learn(keys, row);
          return {};
        }));
  }
  WEIR_RETURN_IF_ERROR(visit_keys(
      *inner_, hours, context,
      [&](const Keys& keys, std::size_t row) -> Result<void> { return choice->add(keys, row); }));
  known = choice;
  return known;
}

Result<std::unique_ptr<column::Scan>> CountOnceTable::scan(const column::ScanRequest& request,
                                                           const column::ScanContext& context) {
  column::ScanContext quiet = context;
  quiet.progress = nullptr;
  WEIR_ASSIGN_OR_RETURN(auto chosen, choice(request.range, quiet));
  column::ScanRequest inner = request;
  inner.columns.insert(inner.columns.end(), kKeyNames.begin(), kKeyNames.end());
  WEIR_ASSIGN_OR_RETURN(auto scan, inner_->scan(inner, context));
  return std::make_unique<OnceScan>(std::move(chosen), std::move(scan), request.columns.size());
}

}  // namespace weir::flow
