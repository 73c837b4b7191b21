#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "column/batch.h"
#include "io/faulty_file_system.h"
#include "store/store.h"

namespace weir::store {

// A store with one table, `flows`, and the rows it was given, to compare answers with.
class StoredRowsTest : public testing::Test {
 protected:
  using Row = std::vector<column::Value>;

  StoredRowsTest(TableSpec spec, TimeMs now) : clock_(now), spec_(std::move(spec)) {}

  void SetUp() override {
    StoreOptions options;
    options.reserve_bytes = 0;
    auto store = Store::open(files_, clock_, "/data", options);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    ASSERT_TRUE(store_->put_table(spec_));
  }

  // Into segments.
  void load(const std::vector<Row>& rows) {
    std::vector<std::string> names;
    for (const ColumnSpec& column : spec_.columns) {
      names.push_back(column.name);
    }
    auto load = store_->start_load("flows");
    ASSERT_TRUE(load) << load.error().message;
    for (std::size_t begin = 0; begin < rows.size(); begin += column::kBatchRows) {
      const column::Batch batch =
          batch_of(rows, begin, std::min(column::kBatchRows, rows.size() - begin));
      ASSERT_TRUE((*load)->append(batch, names, store_->take_ordinals(batch.num_rows)));
    }
    ASSERT_TRUE((*load)->commit({}));
    all_.insert(all_.end(), rows.begin(), rows.end());
  }
  // Into the log, at most a batch.
  void append(const std::vector<Row>& rows) {
    ASSERT_TRUE(store_->append("flows", batch_of(rows, 0, rows.size())));
    all_.insert(all_.end(), rows.begin(), rows.end());
  }

  io::FaultyFileSystem files_;
  ManualClock clock_;
  TableSpec spec_;
  std::unique_ptr<Store> store_;
  std::vector<Row> all_;

 private:
  column::Batch batch_of(const std::vector<Row>& rows, std::size_t begin, std::size_t count) const {
    column::Batch batch;
    batch.num_rows = count;
    for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
      column::Column& column = batch.columns.emplace_back();
      column.reset(spec_.columns[c].type, count);
      for (std::size_t i = 0; i < count; ++i) {
        column.put(i, rows[begin + i][c]);
      }
    }
    return batch;
  }
};

}  // namespace weir::store
