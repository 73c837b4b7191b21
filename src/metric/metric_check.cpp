#include "metric/metric_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "metric/part.h"
#include "metric/part_list.h"
#include "metric/put_batch.h"
#include "metric/series_book.h"
#include "metric/series_log.h"
#include "store/write_ahead_log.h"

namespace weir::metric {
namespace {

constexpr int kMaxTries = 5;  // a writer may replace the list while it is read

bool is_cancelled(const CancelToken* cancel) { return cancel != nullptr && cancel->is_cancelled(); }

class MetricCheck {
 public:
  MetricCheck(io::FileSystem& files, const std::string& directory, const CancelToken* cancel)
      : files_(files), directory_(directory), cancel_(cancel) {}

  // False where a part that was named has gone meanwhile: look again, but for the last time.
  Result<bool> run(bool is_last_time) {
    // The list before the names: a writer adds names before parts that need them.
    const auto list = read_part_list(files_, directory_);
    SeriesBook book;
    if (const auto log = SeriesLog::open(files_, directory_, book); !log) {
      add(directory_ + "/SERIES", log.error());
    }
    report_.series = book.num_series();
    if (!list) {
      add(directory_ + "/PARTS", list.error());
      return true;
    }
    for (const PartEntry& entry : list->parts) {
      WEIR_ASSIGN_OR_RETURN(const bool is_there, check_part(entry, book));
      if (!is_there && !is_last_time) {
        return false;
      }
      if (!is_there) {
        add(part_path(directory_, entry.number),
            {ErrorCode::kNotFound, "is named by the list of parts, and is not there"});
      }
    }
    WEIR_RETURN_IF_ERROR(check_log(list->wal_floor));
    WEIR_RETURN_IF_ERROR(find_orphans(*list));
    return true;
  }

  [[nodiscard]] MetricCheckReport take_report() { return std::move(report_); }

 private:
  void add(const std::string& file, const Error& error) {
    report_.damages.push_back({file, error.message});
  }

  Result<bool> check_part(const PartEntry& entry, const SeriesBook& book) {
    const std::string path = part_path(directory_, entry.number);
    const auto reader = PartReader::open(files_, path);
    if (!reader) {
      if (reader.error().code == ErrorCode::kNotFound) {
        return false;
      }
      add(path, reader.error());
      return true;
    }
    ++report_.parts;
    report_.bytes += (*reader)->file_size();
    if ((*reader)->file_size() != entry.size) {
      add(path, {ErrorCode::kInput, fmt::format("{} bytes, where the list of parts says {}",
                                                (*reader)->file_size(), entry.size)});
    }
    ChunkDecoder decoder;
    std::uint64_t num_samples = 0;
    SeriesId last = 0;
    bool has_last = false;
    for (const ChunkPlace& place : (*reader)->chunks()) {
      if (is_cancelled(cancel_)) {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
      if (has_last && place.series == last) {
        continue;  // all chunks of a series are read at once
      }
      last = place.series;
      has_last = true;
      if (place.series >= book.num_series()) {
        add(path, {ErrorCode::kInput, fmt::format("holds samples of series {}, which SERIES does "
                                                  "not name",
                                                  place.series)});
      }
      const auto done = (*reader)->visit(place.series, 0, UINT32_MAX, true, decoder,
                                         [&](const Sample& /*sample*/) { ++num_samples; });
      if (!done) {
        add(path, done.error());
      }
    }
    report_.samples += num_samples;
    return true;
  }

  Result<void> check_log(std::uint64_t floor) {
    store::WalCursor cursor;
    PutBatch batch;
    WEIR_ASSIGN_OR_RETURN(
        const store::WalReport log,
        store::replay_write_ahead_log(
            files_, directory_, floor, cursor,
            [&](std::uint64_t, std::uint64_t sequence, std::string_view payload) -> Result<void> {
              if (const auto read = decode_batch(payload, batch); !read) {
                add(fmt::format("{}/wal, record {}", directory_, sequence), read.error());
              }
              return {};
            }));
    report_.log_records = log.num_records;
    report_.torn_bytes = log.torn_bytes;
    for (const Error& damage : log.damages) {
      add(directory_ + "/wal", damage);
    }
    return {};
  }

  Result<void> find_orphans(const PartList& list) {
    std::set<std::string> named;
    for (const PartEntry& entry : list.parts) {
      named.insert(part_path(directory_, entry.number));
    }
    WEIR_ASSIGN_OR_RETURN(const auto found, files_.list(directory_));
    for (const io::FileInfo& file : found) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      if (name.starts_with("part-") && !named.contains(directory_ + "/" + name)) {
        report_.orphans.push_back(file.path);
      }
    }
    return {};
  }

  io::FileSystem& files_;
  const std::string& directory_;
  const CancelToken* cancel_;
  MetricCheckReport report_;
};

}  // namespace

Result<MetricCheckReport> check_metrics(io::FileSystem& files, const std::string& directory,
                                        const CancelToken* cancel) {
  for (int i = 1;; ++i) {
    MetricCheck check(files, directory, cancel);
    WEIR_ASSIGN_OR_RETURN(const bool is_done, check.run(i == kMaxTries));
    if (is_done) {
      return check.take_report();
    }
  }
}

}  // namespace weir::metric
