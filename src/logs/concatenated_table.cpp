#include "logs/concatenated_table.h"

#include <atomic>

namespace weir::logs {
namespace {

// Batches are numbered anew: a table has fewer than this.
constexpr std::uint64_t kSequencesEachTable = std::uint64_t{1} << 48;

class ConcatenatedStream final : public column::ScanStream {
 public:
  explicit ConcatenatedStream(std::vector<std::unique_ptr<column::ScanStream>> streams)
      : streams_(std::move(streams)) {}

  Result<bool> next(column::Batch& batch) override {
    while (at_ < streams_.size()) {
      WEIR_ASSIGN_OR_RETURN(const bool has_rows, streams_[at_]->next(batch));
      if (has_rows) {
        batch.sequence += at_ * kSequencesEachTable;
        return true;
      }
      ++at_;
    }
    return false;
  }

 private:
  std::vector<std::unique_ptr<column::ScanStream>> streams_;
  std::size_t at_ = 0;
};

class ConcatenatedScan final : public column::Scan {
 public:
  explicit ConcatenatedScan(std::vector<std::unique_ptr<column::Scan>> scans)
      : scans_(std::move(scans)) {}

  Result<std::unique_ptr<column::ScanStream>> open_stream() override {
    std::vector<std::unique_ptr<column::ScanStream>> streams;
    for (const auto& scan : scans_) {
      WEIR_ASSIGN_OR_RETURN(auto stream, scan->open_stream());
      streams.push_back(std::move(stream));
    }
    return std::make_unique<ConcatenatedStream>(std::move(streams));
  }
  // Applied where every table applies it.
  std::vector<bool> applied_conjuncts() const override {
    std::vector<bool> applied = scans_.front()->applied_conjuncts();
    for (const auto& scan : scans_) {
      const auto others = scan->applied_conjuncts();
      for (std::size_t i = 0; i < applied.size(); ++i) {
        applied[i] = applied[i] && others[i];
      }
    }
    return applied;
  }
  column::Completeness completeness() const override {
    column::Completeness all;
    for (const auto& scan : scans_) {
      all.merge(scan->completeness());
    }
    return all;
  }

 private:
  std::vector<std::unique_ptr<column::Scan>> scans_;
};

}  // namespace

Result<std::optional<column::Field>> ConcatenatedTable::find(std::string_view name) {
  return tables_.front()->find(name);
}
Result<column::Schema> ConcatenatedTable::columns() { return tables_.front()->columns(); }
std::vector<std::string> ConcatenatedTable::known_names() { return tables_.front()->known_names(); }
Result<bool> ConcatenatedTable::carries(std::string_view canonical_name) {
  return tables_.front()->carries(canonical_name);
}

Result<std::unique_ptr<column::Scan>> ConcatenatedTable::scan(const column::ScanRequest& request,
                                                              const column::ScanContext& context) {
  std::vector<std::unique_ptr<column::Scan>> scans;
  for (const auto& table : tables_) {
    WEIR_ASSIGN_OR_RETURN(auto scan, table->scan(request, context));
    scans.push_back(std::move(scan));
  }
  return std::make_unique<ConcatenatedScan>(std::move(scans));
}

}  // namespace weir::logs
