#include "intake/compactor.h"

#include <gtest/gtest.h>

#include "intake/intake_fixture.h"

namespace weir::intake {
namespace {

class CompactorTest : public IntakeFixture {
 protected:
  // Segments of a table that is none of flows.
  void seal_others(int num_segments) {
    store::TableSpec spec;
    spec.name = "others";
    spec.columns.push_back({"at", column::Type::kTime, 0, false});
    spec.time_column = "at";
    spec.partition_ms = 3'600'000;
    ASSERT_TRUE(store_->put_table(spec));
    for (int i = 0; i < num_segments; ++i) {
      column::Batch batch;
      batch.num_rows = 1;
      batch.columns.emplace_back().reset(column::Type::kTime, 1);
      batch.columns[0].data<std::int64_t>()[0] = clock_.now_ms() + i;
      ASSERT_TRUE(store_->append(spec.name, batch));
      ASSERT_TRUE(store_->seal());
    }
  }
};

TEST_F(CompactorTest, SegmentsOfOtherTablesAreNoFault) {
  open_store();
  Compactor compactor(*store_);
  seal_others(70);
  ASSERT_GE(store_->state()->num_segments(), 70U);
  CancelToken cancel;
  const auto done = compactor.run(cancel);  // there is no table of flows yet
  EXPECT_TRUE(done) << done.error().message;
}

}  // namespace
}  // namespace weir::intake
