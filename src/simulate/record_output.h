#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"
#include "io/inflate.h"
#include "simulate/simulator.h"

namespace weir::simulate {

// Takes rendered lines, a buffer a group of interfaces, and passes them on when a buffer is full or
// a period ends. A failure closes it: later lines are dropped, status() tells.
class RecordOutput {
 public:
  RecordOutput(std::size_t num_groups, std::size_t buffer_bytes, std::size_t max_line_bytes,
               std::string header);
  virtual ~RecordOutput() = default;

  // Room for one line of `group`; what was written of it is told by commit().
  [[nodiscard]] char* room(std::size_t group) {
    Buffer& buffer = buffers_[group];
    if (buffer.used > limit_ || buffer.used == 0) {
      make_room(group);
    }
    return buffer.bytes.get() + buffer.used;
  }
  void commit(std::size_t group, const char* end) {
    Buffer& buffer = buffers_[group];
    buffer.used = static_cast<std::size_t>(end - buffer.bytes.get());
  }

  // Periods of delivery: AWS writes objects every five minutes.
  virtual void begin_period(std::int64_t start_s) = 0;
  virtual void end_period() = 0;
  // After the last period; says how all of it went.
  [[nodiscard]] Result<void> finish();

  // False after a failure, or when the reader wants no more.
  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] std::uint64_t written_bytes() const { return written_bytes_; }
  [[nodiscard]] std::uint64_t num_files() const { return num_files_; }

 protected:
  virtual void write_text(std::size_t group, std::string_view text) = 0;
  virtual void end_stream() {}
  // Does an object, or the stream, begin with the next line of `group`?
  [[nodiscard]] virtual bool wants_header(std::size_t group) const = 0;
  void flush(std::size_t group);
  void fail_with(Error error);

  bool is_open_ = true;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t num_files_ = 0;

 private:
  struct Buffer {
    std::unique_ptr<char[]> bytes;
    std::size_t used = 0;
  };
  void make_room(std::size_t group);

  std::vector<Buffer> buffers_;
  std::size_t limit_;  // flush past this
  std::string header_;
  std::uint64_t text_bytes_ = 0;
  Result<void> status_;
};

// Writes objects named as AWS names them, below `directory`.
[[nodiscard]] std::unique_ptr<RecordOutput> make_tree_output(
    const SimulationOptions& options, const std::string& flow_log_id, io::FileSystem& files,
    const std::string& directory, std::size_t num_groups, std::size_t max_line_bytes,
    std::string header);

// Writes one stream, of one group.
[[nodiscard]] std::unique_ptr<RecordOutput> make_stream_output(const SimulationOptions& options,
                                                               const StreamSink& sink,
                                                               std::size_t max_line_bytes,
                                                               std::string header);

// The key of an object: folder and name. `hash` is what AWS appends to keep names apart.
[[nodiscard]] std::string object_key(const SimulationOptions& options,
                                     const std::string& flow_log_id, std::int64_t period_start_s,
                                     std::uint32_t hash);

}  // namespace weir::simulate
