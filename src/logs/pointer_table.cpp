#include "logs/pointer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "format/base64.h"

namespace weir::logs {
namespace {

constexpr std::string_view kPointer = "@ptr";

// Where the scan below has what the scan above gives.
struct PointerPlan {
  std::vector<std::optional<std::size_t>> sources;  // of each column; nullopt: the pointer
  std::size_t time = 0;
  std::size_t id = 0;
  std::int64_t group_id = 0;
  std::vector<std::optional<std::size_t>> conjuncts;  // nullopt: not offered below
};

class PointerStream final : public column::ScanStream {
 public:
  PointerStream(std::unique_ptr<column::ScanStream> below, const PointerPlan& plan)
      : below_(std::move(below)), plan_(plan) {}

  Result<bool> next(column::Batch& batch) override {
    WEIR_ASSIGN_OR_RETURN(const bool has_rows, below_->next(events_));
    if (!has_rows) {
      return false;
    }
    batch.num_rows = events_.num_rows;
    batch.sequence = events_.sequence;
    batch.columns.resize(plan_.sources.size());
    for (std::size_t c = 0; c < plan_.sources.size(); ++c) {
      if (!plan_.sources[c]) {
        fill(batch.columns[c]);
      }
    }
    for (std::size_t c = 0; c < plan_.sources.size(); ++c) {
      if (plan_.sources[c]) {
        batch.columns[c].swap(events_.columns[*plan_.sources[c]]);
      }
    }
    return true;
  }

 private:
  void fill(column::Column& out) {
    out.reset(column::Type::kString, events_.num_rows);
    for (std::size_t row = 0; row < events_.num_rows; ++row) {
      out.put(row, column::Value::of_string(
                       to_text({plan_.group_id, events_.columns[plan_.time].value_at(row).integer,
                                events_.columns[plan_.id].value_at(row).integer})));
    }
  }

  std::unique_ptr<column::ScanStream> below_;
  const PointerPlan& plan_;
  column::Batch events_;
};

class PointerScan final : public column::Scan {
 public:
  PointerScan(std::unique_ptr<column::Scan> below, PointerPlan plan)
      : below_(std::move(below)), plan_(std::move(plan)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    WEIR_ASSIGN_OR_RETURN(auto stream, below_->open_stream());
    return std::make_unique<PointerStream>(std::move(stream), plan_);
  }
  std::vector<bool> applied_conjuncts() const override {
    const std::vector<bool> below = below_->applied_conjuncts();
    std::vector<bool> applied;
    for (const auto& place : plan_.conjuncts) {
      applied.push_back(place && *place < below.size() && below[*place]);
    }
    return applied;
  }
  column::Completeness completeness() const override { return below_->completeness(); }
  std::vector<std::string> paths() const override { return below_->paths(); }

 private:
  std::unique_ptr<column::Scan> below_;
  PointerPlan plan_;
};

}  // namespace

std::string to_text(const EventPointer& pointer) {
  return format::encode_base64(
      fmt::format("e/{}/{}/{}", pointer.group_id, pointer.time_ms, pointer.id));
}

std::optional<EventPointer> read_pointer(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  std::string bytes;
  if (text.size() > kLongest || !format::decode_base64(text, bytes) || !bytes.starts_with("e/")) {
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  for (std::size_t begin = 2; begin <= bytes.size();) {
    const std::size_t end = std::min(bytes.find('/', begin), bytes.size());
    const auto number = parse_int64(std::string_view(bytes).substr(begin, end - begin));
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
    begin = end + 1;
  }
  return numbers.size() == 3 ? std::optional(EventPointer{numbers[0], numbers[1], numbers[2]})
                             : std::nullopt;
}

Result<std::optional<column::Field>> PointerTable::find(std::string_view name) {
  if (name == kPointer) {
    return std::optional(column::Field{std::string(kPointer), column::Type::kString});
  }
  return events_->find(name);
}

Result<bool> PointerTable::carries(std::string_view canonical_name) {
  return canonical_name == kPointer ? Result<bool>(true) : events_->carries(canonical_name);
}

Result<std::unique_ptr<column::Scan>> PointerTable::scan(const column::ScanRequest& request,
                                                         const column::ScanContext& context) {
  const auto pointer = std::find(request.columns.begin(), request.columns.end(), kPointer);
  if (pointer == request.columns.end()) {
    return events_->scan(request, context);
  }
  column::ScanRequest below = request;
  below.columns.clear();
  below.conjuncts.clear();
  PointerPlan plan;
  plan.group_id = group_id_;
  const auto place_of = [&](std::string_view name) {
    const auto known = std::find(below.columns.begin(), below.columns.end(), name);
    const auto place = static_cast<std::size_t>(known - below.columns.begin());
    if (known == below.columns.end()) {
      below.columns.emplace_back(name);
    }
    return place;
  };
  for (const std::string& name : request.columns) {
    plan.sources.push_back(name == kPointer ? std::nullopt : std::optional(place_of(name)));
  }
  plan.time = place_of("@timestamp");
  plan.id = place_of("@id");
  for (const column::Predicate& conjunct : request.conjuncts) {
    const auto source = plan.sources[conjunct.column];
    plan.conjuncts.push_back(source ? std::optional(below.conjuncts.size()) : std::nullopt);
    if (source) {
      below.conjuncts.push_back(conjunct);
      below.conjuncts.back().column = *source;
    }
  }
  WEIR_ASSIGN_OR_RETURN(auto scan, events_->scan(below, context));
  return std::make_unique<PointerScan>(std::move(scan), std::move(plan));
}

}  // namespace weir::logs
