#include "store/rare_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "column/row_filter.h"
#include "io/faulty_file_system.h"
#include "store/segment_writer.h"
#include "store/store_check.h"
#include "store/stored_table.h"

namespace weir::store {
namespace {

using column::Comparison;
using column::Predicate;
using column::Type;
using column::Value;
using Row = std::vector<Value>;

enum Place : std::size_t { kSource, kTarget, kStatus, kFrom, kTo, kBytes, kStart, kEnd, kNote };

TableSpec rare_spec() {
  TableSpec spec;
  spec.name = "flows";
  spec.columns = {{"src", Type::kAddress, 1, false},       {"dst", Type::kAddress, 1, false},
                  {"log_status", Type::kString, 1, false}, {"from", Type::kInt64, 0, false},
                  {"to", Type::kInt64, 0, false},          {"bytes", Type::kInt64, 0, true},
                  {"start", Type::kTime, 0, false},        {"end", Type::kTime, 0, false},
                  {"note", Type::kString, 0, false},       {"file", Type::kString, 2, false}};
  spec.time_column = "start";
  spec.partition_ms = 86'400'000;
  spec.properties = {{"difference.end", "start"},
                     {"pair.from", "to"},
                     {"totals", "bytes"},
                     {"silent", "log_status"},
                     {"rare.src", "src"},
                     {"rare.dst", "dst"},
                     {"until", "end"}};
  return spec;
}

const Value kRare = Value::of_address(IpAddress::from_v4(0x0a000000U + 131));

// Few sources are in most rows, and many in a few.
std::vector<Row> random_rows(std::mt19937_64& random, std::size_t count) {
  std::vector<Row> rows;
  const auto address = [&](std::uint32_t often, std::uint32_t seldom) {
    const auto pick =
        static_cast<std::uint32_t>(random() % 25 == 0 ? 100 + random() % seldom : random() % often);
    return Value::of_address(IpAddress::from_v4(0x0a000000U + pick));
  };
  const auto number = [&](std::uint64_t n) { return Value::of_int(static_cast<std::int64_t>(n)); };
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_silent = random() % 40 == 0;
    const auto maybe = [&](Value value) {
      return is_silent || random() % 40 == 0 ? Value::null() : std::move(value);
    };
    const TimeMs start = 1'767'571'200'000 + static_cast<TimeMs>(i / 10 * 1000);
    // Now and then one that is known to be there.
    rows.push_back({i % 500 == 77 ? kRare : maybe(address(4, 300)),
                    i % 700 == 80 ? kRare : maybe(address(6, 200)),
                    Value::of_string(is_silent ? "NODATA" : "OK"), maybe(number(random() % 65'536)),
                    maybe(number(random() % 3 == 0 ? 443 : 53)), maybe(number(random() % 1500)),
                    random() % 60 == 0 ? Value::null() : Value::of_time(start),
                    random() % 60 == 0 ? Value::null() : Value::of_time(start + 7000),
                    random() % 3 == 0 ? Value::null() : Value::of_string(std::to_string(random())),
                    Value::of_string(i < count / 2 ? "a" : "b")});
  }
  return rows;
}

std::string text_of(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return "-";
    case Type::kAddress:
      return to_string(value.address);
    case Type::kString:
      return value.text;
    default:
      return std::to_string(value.integer);
  }
}

class RareRowsTest : public testing::Test {
 protected:
  // Each row takes one ordinal, and now and then one is left out.
  Result<SegmentMeta> try_to_write(const std::vector<Row>& rows, const RareRule& rule) {
    rows_ = rows;
    const TableLayout layout = make_table_layout(spec_).value();
    SegmentEffort effort = kCompactedSegment;
    effort.rare = rule;
    auto writer = SegmentWriter::create(files_, kPath, spec_, layout, 0, effort).value();
    std::vector<column::Column> columns(spec_.columns.size());
    std::vector<const column::Column*> given;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      columns[c].reset(spec_.columns[c].type, rows.size());
      for (std::size_t row = 0; row < rows.size(); ++row) {
        columns[c].put(row, rows[row][c]);
      }
      given.push_back(&columns[c]);
    }
    std::vector<std::uint64_t> ordinals;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      ordinals.push_back(1000 + row + row / 7);
    }
    SegmentRows all;
    all.columns = given;
    all.num_rows = rows.size();
    all.ordinals = ordinals.data();
    EXPECT_EQ(writer->append(all).value(), rows.size());
    return writer->finish();
  }
  void write(const std::vector<Row>& rows, const RareRule& rule) {
    const auto done = try_to_write(rows, rule);
    ASSERT_TRUE(done) << done.error().message;
  }

  Result<std::shared_ptr<const TableSnapshot>> snapshot() {
    auto snapshot = std::make_shared<TableSnapshot>();
    snapshot->spec = std::make_shared<const TableSpec>(spec_);
    WEIR_ASSIGN_OR_RETURN(snapshot->segments.emplace_back(), SegmentReader::open(files_, kPath));
    return std::shared_ptr<const TableSnapshot>(std::move(snapshot));
  }

  column::ScanRequest request(std::size_t column, const Value& value) const {
    column::ScanRequest request;
    for (const ColumnSpec& described : spec_.columns) {
      request.columns.push_back(described.name);
    }
    request.conjuncts = {{column, Comparison::kEqual, {value}}};
    return request;
  }

  std::vector<std::string> expected(const column::ScanRequest& request) const {
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const Value& start = rows_[row][kStart];
      const bool is_in_range =
          (!request.range.since && !request.range.until) ||
          (!start.is_null() && (!request.range.since || start.integer >= *request.range.since) &&
           (!request.range.until || start.integer < *request.range.until));
      const bool counts = is_in_range &&
                          (request.include_silent || rows_[row][kStatus].text != "NODATA") &&
                          std::all_of(request.conjuncts.begin(), request.conjuncts.end(),
                                      [&](const Predicate& conjunct) {
                                        column::Column one;
                                        one.reset(spec_.columns[conjunct.column].type, 1);
                                        one.put(0, rows_[row][conjunct.column]);
                                        return column::is_true(conjunct, one, 0);
                                      });
      if (counts) {
        std::string line;
        for (const Value& value : rows_[row]) {
          line += text_of(value) + '|';
        }
        lines.push_back(line);
      }
    }
    return lines;
  }

  // The rows of the answer; nothing where an error came. `path` becomes what was read.
  std::optional<std::vector<std::string>> ask(const column::ScanRequest& request,
                                              std::string* path = nullptr) {
    const auto snapshot = this->snapshot();
    if (!snapshot) {
      return std::nullopt;
    }
    StoredTable table(*snapshot);
    auto scan = table.scan(request, {}).value();
    std::vector<std::unique_ptr<column::ScanStream>> streams;
    for (std::size_t s = 0; s < std::max<std::size_t>(request.num_streams, 1); ++s) {
      streams.push_back(scan->open_stream().value());
    }
    std::map<std::uint64_t, std::vector<std::string>> batches;
    for (const auto& stream : streams) {
      column::Batch batch;
      while (true) {
        const auto more = stream->next(batch);
        if (!more) {
          return std::nullopt;
        }
        if (!*more) {
          break;
        }
        std::vector<std::string>& lines = batches[batch.sequence];
        EXPECT_TRUE(lines.empty()) << "two batches begin at " << batch.sequence;
        for (std::size_t row = 0; row < batch.num_rows; ++row) {
          std::string& line = lines.emplace_back();
          for (const column::Column& column : batch.columns) {
            line += text_of(column.value_at(row)) + '|';
          }
        }
      }
    }
    if (path != nullptr) {
      *path = scan->paths().front();
    }
    std::vector<std::string> all;
    for (const auto& [sequence, lines] : batches) {
      all.insert(all.end(), lines.begin(), lines.end());
    }
    return all;
  }

  void expect_same(const column::ScanRequest& given, const std::string& path_begin) {
    for (const std::size_t num_streams : {1, 2}) {
      column::ScanRequest request = given;
      request.num_streams = num_streams;
      std::string path;
      const auto found = ask(request, &path);
      ASSERT_TRUE(found);
      EXPECT_EQ(*found, expected(request));
      EXPECT_TRUE(path.starts_with(path_begin)) << path;
    }
  }

  static constexpr const char* kPath = "/segment";
  io::FaultyFileSystem files_;
  TableSpec spec_ = rare_spec();
  std::vector<Row> rows_;
};

const Value kBusy = Value::of_address(IpAddress::from_v4(0x0a000002U));
const Value kUnknown = Value::of_address(IpAddress::from_v4(0x0b000000U));
constexpr RareRule kRule{200, 0, 3};

TEST_F(RareRowsTest, AnswerAsAllRowsDo) {
  std::mt19937_64 random(31);
  write(random_rows(random, 70'000), kRule);
  const auto opened = snapshot().value();
  ASSERT_EQ(opened->segments.front()->footer().rare_rows.size(), 2U);
  ASSERT_TRUE(check_segment(*opened->segments.front()));
  for (const std::size_t column : {kSource, kTarget}) {
    const column::ScanRequest plain = request(column, kRare);
    ASSERT_GT(expected(plain).size(), 3U);
    expect_same(plain, "store: 1 blocks of rare rows, 0 of 3 blocks");
    for (const Comparison comparison : {Comparison::kNotEqual, Comparison::kEqual}) {
      column::ScanRequest more = plain;
      more.conjuncts.push_back({kTo, comparison, {Value::of_int(443)}});
      expect_same(more, "store: 1 blocks of rare rows");
      more.conjuncts.push_back({9, comparison, {Value::of_string("a")}});
      expect_same(more, "store: 1 blocks of rare rows");
    }
    column::ScanRequest ranged = plain;
    ranged.range = {1'767'571'200'000 + 1'000'000, 1'767'571'200'000 + 5'000'000};
    ranged.include_silent = false;
    expect_same(ranged, "store: 1 blocks of rare rows");
    column::ScanRequest listed = plain;
    listed.conjuncts = {{column, Comparison::kIn, {kRare, kUnknown}}};
    expect_same(listed, "store: 1 blocks of rare rows");
    listed.conjuncts.front().values.push_back(kBusy);
    expect_same(listed, "store: 3 of 3 blocks");
    expect_same(request(column, kBusy), "store: 3 of 3 blocks");
    expect_same(request(column, kUnknown), "store: 0 of 3 blocks");
  }
  column::ScanRequest both = request(kSource, kBusy);
  both.conjuncts.push_back({kTarget, Comparison::kEqual, {kRare}});
  expect_same(both, "store: 1 blocks of rare rows");
}

TEST_F(RareRowsTest, EachRareValueHasAllItsRows) {
  std::mt19937_64 random(32);
  write(random_rows(random, 8000), kRule);
  int num_rare = 0;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const auto wanted = request(kSource, Value::of_address(IpAddress::from_v4(0x0a000000U + i)));
    std::string path;
    const auto found = ask(wanted, &path);
    ASSERT_TRUE(found);
    ASSERT_EQ(*found, expected(wanted)) << i;
    num_rare += path.find("rare rows") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(num_rare, 150);  // some of the 300 have no row at all
}

TEST_F(RareRowsTest, AreKeptWithinTheirShareTheRarestFirst) {
  std::mt19937_64 random(33);
  write(random_rows(random, 20'000), {200, 0, 100});
  const auto segment = snapshot().value()->segments.front();
  for (const SegmentRareRows& rare : segment->footer().rare_rows) {
    EXPECT_LE(rare.num_rows, 200U);
    const RareIndex index = RareIndex::of(*segment, rare).value();
    const auto group = segment->group(0).value();
    const column::Column& values = *group->values(segment->place(rare.column).member).value();
    std::uint64_t most_kept = 0;
    std::uint64_t least_left = 20'000;
    for (std::size_t v = 0; v < index.counts.size(); ++v) {
      const auto rows =
          static_cast<std::uint64_t>(std::count_if(rows_.begin(), rows_.end(), [&](const Row& row) {
            return row[rare.column] == values.value_at(v + 1);
          }));
      EXPECT_TRUE(index.counts[v] == 0 || index.counts[v] == rows);
      (index.counts[v] > 0 ? most_kept : least_left) =
          index.counts[v] > 0 ? std::max(most_kept, rows) : std::min(least_left, rows);
    }
    EXPECT_LE(most_kept, least_left);
  }
}

TEST_F(RareRowsTest, AreNotKeptOfFewRows) {
  std::mt19937_64 random(34);
  write(random_rows(random, 900), {200, 1000, 3});
  EXPECT_TRUE(snapshot().value()->segments.front()->footer().rare_rows.empty());
  expect_same(request(kSource, kRare), "store: 1 of 1 blocks");
}

TEST_F(RareRowsTest, ThatCannotBeReadBackEndTheSegmentWithAnError) {
  std::mt19937_64 random(37);
  for (const io::FileOperation operation : {io::FileOperation::kOpen, io::FileOperation::kRead}) {
    for (const std::uint64_t nth : {1, 2}) {
      files_.clear_faults();
      files_.inject({nth, operation, kPath, ErrorCode::kIo, true});
      const auto done = try_to_write(random_rows(random, 2000), kRule);
      const bool is_met = operation == io::FileOperation::kRead || nth == 1;
      EXPECT_EQ(done.has_value(), !is_met) << nth;
    }
  }
  files_.clear_faults();
  write(random_rows(random, 2000), kRule);
  expect_same(request(kSource, kRare), "store: 1 blocks of rare rows");
}

TEST_F(RareRowsTest, EveryFlippedBitIsAnErrorOrChangesNothing) {
  std::mt19937_64 random(35);
  write(random_rows(random, 1500), {2, 0, 1});
  const auto answers = [&]() -> std::optional<std::vector<std::string>> {
    auto lines = ask(request(kSource, kRare));
    const auto more = ask(request(kTarget, kRare));
    if (!lines || !more) {
      return std::nullopt;
    }
    lines->insert(lines->end(), more->begin(), more->end());
    return lines;
  };
  const auto good = answers();
  ASSERT_TRUE(good && !good->empty());
  const SegmentFooter footer = snapshot().value()->segments.front()->footer();
  const std::string before = files_.contents(kPath);
  // From the first byte of the rare rows on: all else is another test's.
  const std::size_t begin = footer.totals->by_minute.offset;
  int num_found = 0;
  constexpr int kFlips = 3000;
  for (int flip = 0; flip < kFlips; ++flip) {
    std::string damaged = before;
    const std::size_t at = begin + random() % (damaged.size() - begin);
    damaged[at] ^= static_cast<char>(1U << (random() % 8));
    files_.set_contents(kPath, damaged);
    const auto found = answers();
    EXPECT_TRUE(!found || *found == *good) << "at " << at;
    num_found += found ? 0 : 1;
    const auto segment = SegmentReader::open(files_, kPath);
    EXPECT_FALSE(segment && check_segment(**segment)) << "at " << at;
  }
  EXPECT_GT(num_found, kFlips * 7 / 10);
}

TEST_F(RareRowsTest, AnIndexComesBackFromItsBytesAndOthersAreRefused) {
  std::mt19937_64 random(36);
  write(random_rows(random, 3000), kRule);
  const auto segment = snapshot().value()->segments.front();
  const SegmentFooter& footer = segment->footer();
  const SegmentRareRows& rare = footer.rare_rows.front();
  const RareIndex index = RareIndex::of(*segment, rare).value();
  std::string bytes;
  write_rare_index(index, bytes);
  EXPECT_EQ(hash_bytes(bytes), rare.index.hash);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_rare_index(bytes.substr(0, size), footer, rare, segment->file_bytes()));
  }
  EXPECT_FALSE(read_rare_index(bytes + "x", footer, rare, segment->file_bytes()));
  SegmentRareRows other = rare;
  ++other.num_rows;
  EXPECT_FALSE(read_rare_index(bytes, footer, other, segment->file_bytes()));
  RareIndex unpaired = index;
  Chunk& chunk = unpaired.blocks.front().chunks[rare_places(footer)[kTo].chunk];
  chunk.is_paired = !chunk.is_paired;
  bytes.clear();
  write_rare_index(unpaired, bytes);
  EXPECT_FALSE(read_rare_index(bytes, footer, rare, segment->file_bytes()));
}

}  // namespace
}  // namespace weir::store
