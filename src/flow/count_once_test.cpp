#include "flow/count_once.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "column/memory_table.h"

namespace weir::flow {
namespace {

using column::Type;
using column::Value;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

struct Record {
  std::string interface;
  std::string source;
  std::string destination;
  std::int64_t bytes;
  std::string start = "2026-03-01T10:30:00Z";
  std::string direction = "";
};

class CountOnceTest : public ::testing::Test {
 protected:
  std::vector<std::int64_t> kept(const std::vector<Record>& records) {
    const auto text = [](const std::string& value) {
      return value.empty() ? Value() : Value::of_string(value);
    };
    const auto address = [](const std::string& value) {
      return value.empty() ? Value() : Value::of_address(*parse_ip(value));
    };
    std::vector<std::vector<Value>> rows;
    for (const Record& record : records) {
      rows.push_back({text(record.interface), address(record.source), address(record.destination),
                      Value::of_int(40000), Value::of_int(443), Value::of_int(6),
                      Value::of_time(*parse_absolute_time(record.start)), text(record.direction),
                      Value::of_int(record.bytes)});
    }
    const std::shared_ptr<column::Table> table =
        column::MemoryTable::from_rows({{"interface_id", Type::kString},
                                        {"srcaddr", Type::kAddress},
                                        {"dstaddr", Type::kAddress},
                                        {"srcport", Type::kInt64},
                                        {"dstport", Type::kInt64},
                                        {"protocol", Type::kInt64},
                                        {"start", Type::kTime},
                                        {"flow_direction", Type::kString},
                                        {"bytes", Type::kInt64}},
                                       rows);
    CountOnceTable once(table, memory_);
    column::ScanRequest request;
    request.columns = {"bytes"};
    request.range = range_;
    const auto scan = once.scan(request, {});
    if (!scan) {
      error_ = scan.error().message;
      return {};
    }
    const auto stream = (*scan)->open_stream();
    std::vector<std::int64_t> bytes;
    column::Batch batch;
    while (*(*stream)->next(batch)) {
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        bytes.push_back(batch.columns[0].value_at(row).integer);
      }
    }
    notes_ = (*scan)->completeness().notes;
    return bytes;
  }

  MemoryBudget* memory_ = nullptr;
  column::TimeRange range_;
  std::string error_;
  std::vector<std::string> notes_;
};

TEST_F(CountOnceTest, TheSendersRecordsStay) {
  EXPECT_THAT(kept({{"eni-a", "10.0.0.1", "10.0.0.2", 1, "2026-03-01T10:30:00Z", "egress"},
                    {"eni-b", "10.0.0.1", "10.0.0.2", 2, "2026-03-01T10:30:20Z", "ingress"},
                    {"eni-b", "10.0.0.2", "10.0.0.1", 4, "2026-03-01T10:30:20Z", "egress"},
                    {"eni-a", "10.0.0.2", "10.0.0.1", 8, "2026-03-01T10:30:00Z", "ingress"},
                    {"eni-a", "10.0.0.1", "10.0.0.2", 16, "2026-03-01T10:31:00Z", "egress"}}),
              UnorderedElementsAre(1, 4, 16));
  EXPECT_THAT(notes_, Contains(HasSubstr("2 records of other observers")));
}

TEST_F(CountOnceTest, TheReceiversStayWhereNobodySawThemSent) {
  EXPECT_THAT(kept({{"eni-a", "203.0.113.9", "10.0.0.1", 1, "2026-03-01T10:30:00Z", "ingress"},
                    {"eni-a", "", "", 2}}),
              UnorderedElementsAre(1, 2));
}

TEST_F(CountOnceTest, AnInterfacesOwnAddressStandsInAllItsRecords) {
  EXPECT_THAT(kept({{"eni-a", "10.0.0.1", "10.0.0.2", 1},
                    {"eni-b", "10.0.0.1", "10.0.0.2", 2},
                    {"eni-a", "10.0.0.1", "10.0.0.3", 4},
                    {"eni-b", "10.0.0.4", "10.0.0.2", 8}}),
              UnorderedElementsAre(1, 4, 8));
}

TEST_F(CountOnceTest, OneObserverStaysWhereNobodyKnowsWho) {
  EXPECT_THAT(kept({{"eni-b", "10.0.0.1", "10.0.0.2", 2}, {"eni-a", "10.0.0.1", "10.0.0.2", 1}}),
              ElementsAre(1));
}

TEST_F(CountOnceTest, WindowsOnEitherSideOfTheHourAreOneConnection) {
  EXPECT_THAT(kept({{"eni-a", "10.0.0.1", "10.0.0.2", 1, "2026-03-01T10:59:50Z", "egress"},
                    {"eni-b", "10.0.0.1", "10.0.0.2", 2, "2026-03-01T11:00:10Z", "ingress"},
                    {"eni-b", "10.0.0.1", "10.0.0.2", 4, "2026-03-01T11:20:00Z", "ingress"}}),
              UnorderedElementsAre(1, 4));
}

TEST_F(CountOnceTest, TheChoiceDoesNotDependOnWhereTheRangeBegins) {
  range_.since = parse_absolute_time("2026-03-01T10:30:10Z");
  range_.until = parse_absolute_time("2026-03-01T10:40:00Z");
  EXPECT_THAT(kept({{"eni-a", "10.0.0.1", "10.0.0.2", 1, "2026-03-01T10:30:00Z", "egress"},
                    {"eni-b", "10.0.0.1", "10.0.0.2", 2, "2026-03-01T10:30:20Z", "ingress"}}),
              ElementsAre());
}

TEST_F(CountOnceTest, RefusesPastTheBudgetAndGivesItBack) {
  MemoryBudget memory(1000);
  memory_ = &memory;
  kept({{"eni-a", "10.0.0.1", "10.0.0.2", 1}});
  EXPECT_THAT(error_, HasSubstr("--memory"));
  EXPECT_EQ(memory.used_bytes(), 0U);
}

}  // namespace
}  // namespace weir::flow
