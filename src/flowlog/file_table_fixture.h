#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "base/time_text.h"
#include "flowlog/file_table.h"
#include "io/inflate.h"

namespace weir::flowlog {

// A temporary directory of files, opened as a table, and read by any number of threads: for tests.
class FileTableFixture : public ::testing::Test {
 protected:
  FileTableFixture() : files_(io::make_local_file_system()) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::path(::testing::TempDir()) /
            (std::string("weir_") + test->test_suite_name() + "_" + test->name() + "_" +
             std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "_" +
             std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id()) % 100'000));
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    options_.paths = {root_.string()};
  }
  ~FileTableFixture() override { std::filesystem::remove_all(root_); }

  std::string write(const std::string& name, std::string_view bytes) {
    const auto path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  static std::string compressed(std::string_view bytes,
                                io::Compression compression = io::Compression::kGzip) {
    std::string out;
    const auto sink = io::make_deflate_sink(compression, 6);
    sink->write(bytes, out);
    sink->finish(out);
    return out;
  }

  struct Reading {
    std::vector<std::string> rows;  // in input order, cells joined by '|', null as "~"
    column::Completeness completeness;
    std::vector<Error> errors;
  };

  static std::string cell(const column::Column& column, std::size_t row) {
    const column::Value value = column.value_at(row);
    switch (value.type) {
      case column::Type::kNull:
        return "~";
      case column::Type::kTime:
        return to_time_text(value.integer);
      case column::Type::kAddress:
        return to_string(value.address);
      case column::Type::kString:
        return value.text;
      case column::Type::kDouble:
        return std::to_string(value.number);
      default:
        return std::to_string(value.integer);
    }
  }

  static Reading read(FileTable& table, const column::ScanRequest& request,
                      const column::ScanContext& context = {}) {
    Reading reading;
    auto scan = table.scan(request, context);
    if (!scan) {
      reading.errors.push_back(scan.error());
      return reading;
    }
    struct Row {
      std::uint64_t sequence;
      std::size_t row;
      std::string text;
    };
    std::vector<Row> rows;
    std::mutex mutex;
    const auto work = [&] {
      auto stream = (*scan)->open_stream();
      if (!stream) {
        const std::lock_guard lock(mutex);
        reading.errors.push_back(stream.error());
        return;
      }
      column::Batch batch;
      while (true) {
        const auto filled = (*stream)->next(batch);
        const std::lock_guard lock(mutex);
        if (!filled) {
          reading.errors.push_back(filled.error());
          return;
        }
        if (!*filled) {
          return;
        }
        EXPECT_EQ(batch.columns.size(), request.columns.size());
        for (std::size_t row = 0; row < batch.num_rows; ++row) {
          std::string text;
          for (const auto& column : batch.columns) {
            EXPECT_EQ(column.size(), batch.num_rows);
            text += (text.empty() ? "" : "|") + cell(column, row);
          }
          rows.push_back({batch.sequence, row, std::move(text)});
        }
      }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < request.num_streams; ++i) {
      threads.emplace_back(work);
    }
    for (auto& thread : threads) {
      thread.join();
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.sequence, a.row) < std::tie(b.sequence, b.row);
    });
    for (auto& row : rows) {
      reading.rows.push_back(std::move(row.text));
    }
    reading.completeness = (*scan)->completeness();
    return reading;
  }

  // Opens the tree and reads these columns of it.
  Reading read(const std::vector<std::string>& columns, std::size_t num_threads = 1) {
    auto table = open_files(*files_, options_);
    if (!table) {
      Reading reading;
      reading.errors.push_back(table.error());
      return reading;
    }
    column::ScanRequest request = request_;
    request.columns = columns;
    request.num_streams = num_threads;
    return read(**table, request, context_);
  }

  std::unique_ptr<io::FileSystem> files_;
  std::filesystem::path root_;
  FileTableOptions options_;
  column::ScanRequest request_;  // all but columns and num_streams
  column::ScanContext context_;
};

inline constexpr std::string_view kHeaderV2 =
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status\n";

// A line of the default format; `n` varies address, bytes and start.
inline std::string line_v2(int n) {
  return "2 123456789012 eni-0a1b2c3d 10.0.0." + std::to_string(n % 250 + 1) +
         " 192.0.2.7 40000 443 6 10 " + std::to_string(1000 + n) + " " +
         std::to_string(1'772'323'200 + n) + " " + std::to_string(1'772'323'260 + n) +
         " ACCEPT OK\n";
}

inline std::string lines_v2(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    text += line_v2(i);
  }
  return text;
}

}  // namespace weir::flowlog
