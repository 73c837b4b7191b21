#include "flowlog/fast_lines.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace weir::flowlog {
namespace {

using Status = LineValues::Status;

constexpr std::size_t kSmallestWindow = 1024;

// "65535" and "255" as the kernel's check_small wants them.
constexpr std::uint64_t kLastPort = 0x36'35'35'33'35;
constexpr std::uint64_t kLastProtocol = 0x32'35'35;

// The first value above `limit`, or their number. `absent` are lines without value, ascending.
std::size_t find_above(std::span<const std::int64_t> values, std::int64_t limit,
                       const AbsentLines& absent) {
  std::int64_t largest = 0;
  for (const std::int64_t value : values) {
    largest = std::max(largest, value);
  }
  if (largest <= limit) {
    return values.size();
  }
  const std::uint16_t* last = absent.lines + absent.count;
  for (std::size_t line = 0; line < values.size(); ++line) {
    if (values[line] > limit && !std::binary_search(absent.lines, last, line)) {
      return line;
    }
  }
  return values.size();
}

}  // namespace

bool parse_any_address(const char* text, std::size_t length, IpAddress* out) {
  const auto address = parse_ip({text, length});
  if (address) {
    *out = *address;
  }
  return address.has_value();
}

struct FastLines::Scratch {
  LineWindow window;
  LineWindow picked;  // the wanted lines of `window`, where they are few
  AbsentLines absent;
  std::int64_t start_ms[LineWindow::kMaxLines];
  std::int64_t end_ms[LineWindow::kMaxLines];
  std::int64_t integers[LineWindow::kMaxLines];
  IpAddress unwanted;
  Status statuses[LineWindow::kMaxLines];
  std::uint8_t keep[LineWindow::kMaxLines];
  std::uint16_t kept_lines[LineWindow::kMaxLines];
  std::size_t window_bytes = LineWindow::kBytes;  // to look ahead
  std::size_t bytes_per_line = kSmallestWindow;   // of the last window
};

void FastLines::FreeScratch::operator()(Scratch* scratch) const { delete scratch; }

bool FastLines::can_read(const LineProgram& program) {
  return std::any_of(program.steps.begin(), program.steps.end(), [](const TokenStep& step) {
    return step.check != TokenStep::Check::kText && step.check != TokenStep::Check::kStatus;
  });
}

FastLines::FastLines(const LineProgram& program, const LineKernel& kernel, LineBook* book)
    : program_(&program),
      kernel_(kernel),
      book_(book),
      filters_rows_(!program.filters.empty() || program.range.since || program.range.until ||
                    !program.include_silent),
      scratch_(new Scratch) {
  std::fill(std::begin(scratch_->start_ms), std::end(scratch_->start_ms), LineValues::kAbsent);
  std::fill(std::begin(scratch_->end_ms), std::end(scratch_->end_ms), LineValues::kAbsent);
  std::fill(std::begin(scratch_->statuses), std::end(scratch_->statuses), Status::kOk);
  scratch_->window.num_tokens = program.steps.size();
  for (const TokenStep& step : program.steps) {
    is_filtered_by_.push_back(
        std::any_of(program.filters.begin(), program.filters.end(), [&](const LineFilter& filter) {
          return static_cast<std::int32_t>(filter.column()) == step.column;
        }));
  }
}

void FastLines::begin_batch() {
  defers_ = book_ != nullptr && !filters_rows_ && program_->message_column < 0 &&
            book_->begin_batch(*program_);
}

void FastLines::end_batch(std::size_t num_rows, column::Batch& batch) {
  if (defers_) {
    book_->end_batch(num_rows, batch);
  }
}

std::size_t FastLines::read(std::string_view bytes, std::size_t& row, column::Batch& batch,
                            ParseTally& tally, column::Coverage* coverage) {
  Scratch& scratch = *scratch_;
  LineWindow& window = scratch.window;
  std::size_t consumed = 0;
  while (consumed < bytes.size() && row < column::kBatchRows) {
    const std::size_t room = std::min(LineWindow::kMaxLines, column::kBatchRows - row);
    window.text = bytes.data() + consumed;
    kernel_.index(window,
                  std::min({scratch.window_bytes, bytes.size() - consumed,
                            (room + 1) * scratch.bytes_per_line}),
                  room);
    const std::size_t num_lines = window.num_lines == 0 ? 0 : read_columns(row, batch);
    if (num_lines > 0) {
      count_lines(num_lines, tally, coverage);
      const std::size_t length = window.end(num_lines - 1, window.num_tokens - 1) + 1;
      scratch.bytes_per_line = length / num_lines + 1;
      consumed += length;
      row += keep_wanted(num_lines, row, batch);
    }
    if (num_lines < window.num_lines) {
      // Many lines like this would be indexed again and again: look less far ahead for a while.
      scratch.window_bytes = std::max(kSmallestWindow, scratch.window_bytes / 4);
      break;
    }
    if (num_lines == 0) {
      // The next line may be longer than the window or than those before.
      scratch.window_bytes = std::min(LineWindow::kBytes, scratch.window_bytes * 2);
      scratch.bytes_per_line = kSmallestWindow;
      break;
    }
    scratch.window_bytes = std::min(LineWindow::kBytes, scratch.window_bytes * 2);
  }
  return consumed;
}

column::Column* FastLines::column_of(std::size_t token, column::Batch& batch) const {
  const std::int32_t column = program_->steps[token].column;
  return column < 0 ? nullptr : &batch.columns[static_cast<std::size_t>(column)];
}

// How many lines of the window are good as data.
std::size_t FastLines::read_columns(std::size_t row, column::Batch& batch) {
  const LineWindow& window = scratch_->window;
  std::size_t num_lines = window.num_lines;
  if (defers_) {
    num_lines = book_->find(window, kernel_, num_lines, row, scratch_->statuses);
  }
  for (std::size_t token = 0; token < window.num_tokens && num_lines > 0; ++token) {
    if (defers_ && book_->has(token)) {
      continue;
    }
    column::Column* column =
        reads_late_ && !is_filtered_by_[token] ? nullptr : column_of(token, batch);
    num_lines = read_column(window, token, num_lines, row, column);
  }
  if (num_lines < window.num_lines) {
    for (column::Column& column : batch.columns) {
      for (std::size_t line = num_lines; line < window.num_lines; ++line) {
        clear_null(column, row + line);
      }
    }
  }
  return num_lines;
}

// Reads one token of lines [0, num_lines) into `column` from `row` on, or only checks it where that
// is null; what the parser itself wants to know of a line goes to the scratch.
std::size_t FastLines::read_column(const LineWindow& window, std::size_t token,
                                   std::size_t num_lines, std::size_t row, column::Column* column) {
  using Check = TokenStep::Check;
  Scratch& scratch = *scratch_;
  AbsentLines& absent = scratch.absent;
  absent.count = 0;
  const Check check = program_->steps[token].check;
  const bool is_picked = &window == &scratch.picked;
  const bool is_integer =
      check != Check::kText && check != Check::kStatus && check != Check::kAddress;
  std::int64_t* integers =
      column != nullptr && is_integer ? column->data<std::int64_t>() + row : scratch.integers;
  switch (check) {
    case Check::kStatus:
      for (std::size_t line = 0; line < num_lines && !is_picked; ++line) {
        scratch.statuses[line] = status_of(window.at(line, token));
      }
      [[fallthrough]];
    case Check::kText:
      if (column != nullptr) {
        auto* views = column->data<std::string_view>() + row;
        for (std::size_t line = 0; line < num_lines; ++line) {
          views[line] = window.at(line, token);
          if (views[line].size() == 1 && views[line][0] == '-') {
            absent.lines[absent.count++] = static_cast<std::uint16_t>(line);
          }
        }
      }
      break;
    case Check::kAddress:
      num_lines =
          column != nullptr
              ? kernel_.read_addresses(window, token, num_lines, column->data<IpAddress>() + row,
                                       absent)
              : kernel_.check_addresses(window, token, num_lines, &scratch.unwanted, absent);
      break;
    case Check::kInteger:
      num_lines = column != nullptr
                      ? kernel_.read_integers(window, token, num_lines, integers, absent)
                      : kernel_.check_integers(window, token, num_lines);
      break;
    case Check::kPort:
    case Check::kProtocol: {
      const bool is_port = check == Check::kPort;
      if (column == nullptr) {
        num_lines = kernel_.check_small(window, token, num_lines,
                                        is_port ? kLastPort : kLastProtocol, is_port ? 5 : 3);
      } else {
        num_lines = kernel_.read_integers(window, token, num_lines, integers, absent);
        num_lines = find_above({integers, num_lines}, is_port ? 65'535 : 255, absent);
      }
      break;
    }
    case Check::kStart:
    case Check::kEnd: {
      std::int64_t* times = check == Check::kStart ? scratch.start_ms : scratch.end_ms;
      num_lines = read_epochs(window, token, num_lines, is_picked ? integers : times);
      if (column != nullptr && !is_picked) {
        std::copy_n(times, num_lines, integers);
      }
      break;
    }
    case Check::kEpoch:
      num_lines = read_epochs(window, token, num_lines, integers);
      break;
  }
  if (absent.count > 0 && column != nullptr) {
    mark_absent(num_lines, row, *column);
  }
  return num_lines;
}

std::size_t FastLines::read_epochs(const LineWindow& window, std::size_t token,
                                   std::size_t num_lines, std::int64_t* out) {
  AbsentLines& absent = scratch_->absent;
  num_lines = kernel_.read_integers(window, token, num_lines, out, absent);
  std::int64_t largest = 0;
  for (std::size_t line = 0; line < num_lines; ++line) {
    out[line] = epoch_to_ms(out[line]);  // of absent ones too: they are 0
    largest = std::max(largest, out[line]);
  }
  for (std::size_t line = 0; largest > kLastEpochMs && line < num_lines; ++line) {
    if (out[line] > kLastEpochMs) {
      num_lines = line;
    }
  }
  for (std::size_t n = 0; n < absent.count; ++n) {
    if (absent.lines[n] < num_lines) {
      out[absent.lines[n]] = LineValues::kAbsent;
    }
  }
  return num_lines;
}

void FastLines::mark_absent(std::size_t num_lines, std::size_t row, column::Column& column) const {
  const AbsentLines& absent = scratch_->absent;
  for (std::size_t n = 0; n < absent.count && absent.lines[n] < num_lines; ++n) {
    column.set_null(row + absent.lines[n]);
  }
}

void FastLines::count_lines(std::size_t num_lines, ParseTally& tally,
                            column::Coverage* coverage) const {
  const Scratch& scratch = *scratch_;
  std::size_t num_nodata = 0;
  std::size_t num_skipdata = 0;
  for (std::size_t line = 0; line < num_lines; ++line) {
    num_nodata += scratch.statuses[line] == Status::kNodata ? 1 : 0;
    num_skipdata += scratch.statuses[line] == Status::kSkipdata ? 1 : 0;
  }
  tally.nodata += num_nodata;
  tally.skipdata += num_skipdata;
  tally.ok += num_lines - num_nodata - num_skipdata;
  // Lines near each other are near in time: mostly their minutes are marked, and a look at the
  // outermost times is enough.
  std::int64_t first = INT64_MAX;
  std::int64_t last = INT64_MIN;
  std::int64_t first_end = INT64_MAX;
  std::size_t num_backward = 0;
  for (std::size_t line = 0; line < num_lines; ++line) {
    const std::int64_t start = scratch.start_ms[line];
    const std::int64_t end = scratch.end_ms[line];
    first = std::min(first, start);
    first_end = std::min(first_end, end);
    last = std::max(last, end);
    num_backward += end < start ? 1 : 0;
  }
  const bool is_whole = first != LineValues::kAbsent && first_end != LineValues::kAbsent;
  if (is_whole && num_backward == 0 && (coverage == nullptr || coverage->is_covered(first, last))) {
    tally.first_start_ms = std::min(tally.first_start_ms, first);
    tally.last_end_ms = std::max(tally.last_end_ms, last);
    return;
  }
  for (std::size_t line = 0; line < num_lines; ++line) {
    count_times(scratch.start_ms[line], scratch.end_ms[line], tally, coverage);
  }
}

// Moves the wanted rows together, reads what was left for them; returns their number.
std::size_t FastLines::keep_wanted(std::size_t num_lines, std::size_t row, column::Batch& batch) {
  const bool has_special = program_->message_column >= 0 || program_->timestamp_column >= 0;
  if (!filters_rows_ && program_->message_column < 0) {
    copy_timestamps(num_lines, row, batch);
    return num_lines;
  }
  Scratch& scratch = *scratch_;
  for (std::size_t line = 0; line < num_lines; ++line) {
    scratch.keep[line] =
        is_in_range(*program_, scratch.start_ms[line], scratch.statuses[line]) ? 1 : 0;
  }
  for (const LineFilter& filter : program_->filters) {
    filter.narrow(batch.columns[filter.column()], row, std::span(scratch.keep, num_lines));
  }
  std::size_t kept = 0;
  for (std::size_t line = 0; line < num_lines; ++line) {
    scratch.kept_lines[kept] = static_cast<std::uint16_t>(line);
    kept += scratch.keep[line];
  }
  if (reads_late_) {
    pick_lines(kept);
  }
  for (std::size_t token = 0; token < program_->steps.size(); ++token) {
    column::Column* column = column_of(token, batch);
    if (column == nullptr) {
      continue;
    }
    if (reads_late_ && !is_filtered_by_[token]) {
      read_column(scratch.picked, token, kept, row, column);
    } else if (kept < num_lines) {
      move_together(*column, num_lines, kept, row);
    }
  }
  reads_late_ = kept * 3 < num_lines;
  if (has_special) {
    const LineWindow& window = scratch.window;
    for (std::size_t n = 0; n < kept; ++n) {
      const std::size_t line = scratch.kept_lines[n];
      const std::size_t begin = window.begin(line, 0);
      write_special_columns(*program_, scratch.start_ms[line],
                            {window.text + begin, window.end(line, window.num_tokens - 1) - begin},
                            row + n, batch);
    }
  }
  return kept;
}

// Where all lines are kept and @message is not asked for.
void FastLines::copy_timestamps(std::size_t num_lines, std::size_t row,
                                column::Batch& batch) const {
  if (program_->timestamp_column < 0) {
    return;
  }
  column::Column& column = batch.columns[static_cast<std::size_t>(program_->timestamp_column)];
  const std::int64_t* const starts = scratch_->start_ms;
  std::copy_n(starts, num_lines, column.data<std::int64_t>() + row);
  for (std::size_t line = 0; line < num_lines; ++line) {
    if (starts[line] == LineValues::kAbsent) {
      column.set_null(row + line);
    }
  }
}

void FastLines::pick_lines(std::size_t num_kept) {
  const LineWindow& window = scratch_->window;
  LineWindow& picked = scratch_->picked;
  picked.text = window.text;
  picked.num_tokens = window.num_tokens;
  picked.stride = window.num_tokens + 1;
  picked.num_lines = num_kept;
  for (std::size_t n = 0; n < num_kept; ++n) {
    const std::size_t line = scratch_->kept_lines[n];
    std::copy_n(window.ends + line * window.stride, picked.stride, picked.ends + n * picked.stride);
    // The words of the bitmap that this line lies in.
    const std::size_t first = window.begin(line, 0) / 64;
    const std::size_t last = window.end(line, window.num_tokens - 1) / 64;
    std::copy(window.digits + first, window.digits + last + 1, picked.digits + first);
  }
}

void FastLines::move_together(column::Column& column, std::size_t num_lines, std::size_t num_kept,
                              std::size_t row) const {
  const std::uint16_t* lines = scratch_->kept_lines;
  std::size_t first = 0;  // kept lines before this one are in place
  while (first < num_kept && lines[first] == first) {
    ++first;
  }
  const auto move_values = [&](auto* values) {
    for (std::size_t n = first; n < num_kept; ++n) {
      values[n] = values[lines[n]];
    }
  };
  if (column::width_of(column.type()) == sizeof(IpAddress)) {
    static_assert(sizeof(std::string_view) == sizeof(IpAddress));
    move_values(column.data<IpAddress>() + row);
  } else {
    move_values(column.data<std::int64_t>() + row);
  }
  if (!column.has_nulls()) {
    return;
  }
  for (std::size_t n = first; n < num_lines; ++n) {
    const bool is_null = n < num_kept && column.is_null(row + lines[n]);
    clear_null(column, row + n);
    if (is_null) {
      column.set_null(row + n);
    }
  }
}

}  // namespace weir::flowlog
