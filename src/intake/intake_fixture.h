#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "flowlog/file_table_fixture.h"
#include "intake/flow_table_spec.h"
#include "intake/intake.h"
#include "intake/stored_flows.h"
#include "store/store.h"

namespace weir::intake {

// A folder of files, and a store beside it: for tests.
class IntakeFixture : public flowlog::FileTableFixture {
 protected:
  IntakeFixture() : clock_(1'772'400'000'000) {}
  ~IntakeFixture() override {
    store_.reset();
    std::filesystem::remove_all(store_path());
  }

  [[nodiscard]] std::string store_path() const { return root_.string() + ".store"; }

  void open_store() {
    store_.reset();
    auto store = store::Store::open(*files_, clock_, store_path());
    ASSERT_TRUE(store.has_value()) << store.error().message;
    store_ = std::move(*store);
  }

  // One run of ingest over the paths of options_; reports_ says what became of each.
  Result<Intake::Totals> ingest(IntakeOptions options = {}) {
    if (store_ == nullptr) {
      open_store();
    }
    reports_.clear();
    WEIR_ASSIGN_OR_RETURN(const auto intake, Intake::open(*store_, clock_, std::move(options),
                                                          [&](const ObjectReport& report) {
                                                            reports_.push_back(report);
                                                          }));
    WEIR_ASSIGN_OR_RETURN(const auto table, flowlog::open_files(*files_, options_));
    WEIR_RETURN_IF_ERROR(intake->take(*table, {}));
    std::sort(reports_.begin(), reports_.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return intake->totals();
  }

  [[nodiscard]] std::vector<std::string> states() const {
    std::vector<std::string> states;
    for (const ObjectReport& report : reports_) {
      states.push_back(report.path.substr(report.path.rfind('/') + 1) + " " +
                       std::string(name_of(report.state)));
    }
    return states;
  }

  // What the store answers to a scan of these columns, in the order of the rows.
  Reading stored(const std::vector<std::string>& columns) {
    const auto snapshot = store_->snapshot(kFlowsTable);
    StoredFlows flows(*snapshot, store_->state());
    return read_table(flows, columns);
  }
  Reading in_files(const std::vector<std::string>& columns) {
    const auto table = flowlog::open_files(*files_, options_);
    return read_table(**table, columns);
  }

  ManualClock clock_;
  std::unique_ptr<store::Store> store_;
  std::vector<ObjectReport> reports_;

 private:
  Reading read_table(column::Table& table, const std::vector<std::string>& columns) {
    Reading reading;
    column::ScanRequest request = request_;
    request.columns = columns;
    request.num_streams = 1;
    const auto scan = table.scan(request, {});
    if (!scan) {
      reading.errors.push_back(scan.error());
      return reading;
    }
    const auto stream = (*scan)->open_stream();
    struct Row {
      std::uint64_t sequence;
      std::size_t row;
      std::string text;
    };
    std::vector<Row> rows;
    column::Batch batch;
    while (true) {
      const auto filled = (*stream)->next(batch);
      if (!filled) {
        reading.errors.push_back(filled.error());
        return reading;
      }
      if (!*filled) {
        break;
      }
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        std::string text;
        for (const auto& column : batch.columns) {
          text += (text.empty() ? "" : "|") + (column.is_null(row) ? "~" : cell(column, row));
        }
        rows.push_back({batch.sequence, row, std::move(text)});
      }
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.sequence, a.row) < std::tie(b.sequence, b.row);
    });
    for (Row& row : rows) {
      reading.rows.push_back(std::move(row.text));
    }
    reading.completeness = (*scan)->completeness();
    return reading;
  }
};

}  // namespace weir::intake
