#include "flowlog/scan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace weir::flowlog {
namespace {

constexpr std::size_t kExcerptBytes = 80;
constexpr std::size_t kMaxNotes = 20;
constexpr std::string_view kUnreadable = "unreadable file";

}  // namespace

std::string excerpt_of(std::string_view text) {
  std::string excerpt;
  for (const char c : text.substr(0, kExcerptBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    excerpt += byte >= 0x20 && byte < 0x7f ? c : (byte == '\t' ? ' ' : '?');
  }
  while (excerpt.ends_with(' ')) {
    excerpt.pop_back();
  }
  return excerpt;
}

void FileTally::refuse(Reject reason, std::uint64_t position, std::string_view text,
                       std::uint64_t line) {
  ++parse.rejected[static_cast<std::size_t>(reason)];
  if (has_room_for(position)) {
    keep({position, line, 0, reason, excerpt_of(text)});
  }
}

bool FileTally::has_room_for(std::uint64_t position) const {
  return refusals.size() < kMaxExamples || position < refusals.back().position;
}

void FileTally::keep(Refusal refusal) {
  const auto place =
      std::upper_bound(refusals.begin(), refusals.end(), refusal,
                       [](const Refusal& a, const Refusal& b) { return a.position < b.position; });
  refusals.insert(place, std::move(refusal));
  if (refusals.size() > kMaxExamples) {
    refusals.pop_back();
  }
}

std::uint64_t FileTally::num_rejected() const {
  return std::accumulate(parse.rejected.begin(), parse.rejected.end(), std::uint64_t{0});
}

void merge(ParseTally& into, const ParseTally& piece) {
  into.ok += piece.ok;
  into.nodata += piece.nodata;
  into.skipdata += piece.skipdata;
  for (std::size_t i = 0; i < kNumRejects; ++i) {
    into.rejected[i] += piece.rejected[i];
  }
  into.odd_protocol += piece.odd_protocol;
  into.end_before_start += piece.end_before_start;
  into.first_start_ms = std::min(into.first_start_ms, piece.first_start_ms);
  into.last_end_ms = std::max(into.last_end_ms, piece.last_end_ms);
}

void merge(FileTally& into, FileTally&& piece) {
  merge(into.parse, piece.parse);
  into.coverage.merge(piece.coverage);
  for (auto& refusal : piece.refusals) {
    if (into.has_room_for(refusal.position)) {
      into.keep(std::move(refusal));
    }
  }
  std::move(piece.notes.begin(), piece.notes.end(), std::back_inserter(into.notes));
  into.stored_bytes += piece.stored_bytes;
  into.inflated_bytes += piece.inflated_bytes;
  into.is_damaged = into.is_damaged || piece.is_damaged;
}

void ScanReport::add_file(const InputFile& file, FileTally&& tally) {
  const std::lock_guard lock(mutex_);
  merge(parse_, tally.parse);
  coverage_.merge(tally.coverage);
  stored_bytes_ += tally.stored_bytes;
  inflated_bytes_ += tally.inflated_bytes;
  files_damaged_ += tally.is_damaged ? 1 : 0;
  for (auto& refusal : tally.refusals) {
    const std::string reason(name_of(refusal.reason));
    examples_.push_back({file.index, file.path, std::move(refusal), reason});
  }
  trim_examples();
  for (auto& note : tally.notes) {
    notes_.push_back({file.index, file.path, std::move(note)});
  }
}

void ScanReport::trim_examples() {
  std::sort(examples_.begin(), examples_.end(), [](const Example& a, const Example& b) {
    return std::tie(a.file_index, a.refusal.position) < std::tie(b.file_index, b.refusal.position);
  });
  if (examples_.size() > kMaxExamples) {
    examples_.resize(kMaxExamples);
  }
}

void ScanReport::count_file() {
  const std::lock_guard lock(mutex_);
  ++files_;
}

void ScanReport::count_skipped(const InputFile& file) {
  const std::lock_guard lock(mutex_);
  ++files_skipped_;
  if (file.key.time) {
    skipped_first_ = std::min(skipped_first_.value_or(*file.key.time), *file.key.time);
    skipped_last_ = std::max(skipped_last_.value_or(*file.key.time), *file.key.time);
  }
}

void ScanReport::add_note(const InputFile& file, std::string text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back({file.index, file.path, std::move(text)});
}

void ScanReport::add_shared_note(const InputFile& file, std::string text) {
  const std::lock_guard lock(mutex_);
  SharedNote& note = shared_notes_[std::move(text)];
  if (note.num_files == 0 || file.index < note.first_index) {
    note.first_index = file.index;
    note.first_path = file.path;
  }
  ++note.num_files;
}

void ScanReport::add_unreadable(const InputFile& file, const std::string& problem,
                                bool is_damaged) {
  const std::lock_guard lock(mutex_);
  ++files_unreadable_;
  files_damaged_ += is_damaged ? 1 : 0;
  notes_.push_back({file.index, file.path, "passed over: " + problem});
  Example example;
  example.file_index = file.index;
  example.path = file.path;
  example.reason = kUnreadable;
  example.refusal.excerpt = excerpt_of(problem);
  examples_.push_back(std::move(example));
  trim_examples();
}

column::Completeness ScanReport::finish(const LineNumbers& line_numbers) const {
  const std::lock_guard lock(mutex_);
  column::Completeness result;
  result.files = files_;
  result.files_skipped = files_skipped_;
  result.skipped_first = skipped_first_;
  result.skipped_last = skipped_last_;
  result.files_damaged = files_damaged_;
  result.bytes_read = stored_bytes_;
  result.bytes_inflated = inflated_bytes_;
  result.ok = parse_.ok;
  result.nodata = parse_.nodata;
  result.skipdata = parse_.skipdata;
  result.records = parse_.ok + parse_.nodata + parse_.skipdata;
  for (std::size_t i = 0; i < kNumRejects; ++i) {
    if (parse_.rejected[i] > 0) {
      result.rejected_by_reason[std::string(name_of(static_cast<Reject>(i)))] = parse_.rejected[i];
      result.rejected += parse_.rejected[i];
    }
  }
  if (files_unreadable_ > 0) {
    result.rejected_by_reason[std::string(kUnreadable)] = files_unreadable_;
    result.rejected += files_unreadable_;
  }
  if (parse_.odd_protocol > 0) {
    result.warnings["protocol_above_255"] = parse_.odd_protocol;
  }
  if (parse_.end_before_start > 0) {
    result.warnings["end_before_start"] = parse_.end_before_start;
  }
  if (parse_.first_start_ms != INT64_MAX) {
    result.first = parse_.first_start_ms;
  }
  if (parse_.last_end_ms != INT64_MIN) {
    result.last = parse_.last_end_ms;
  }
  result.gaps = coverage_.gaps();

  for (std::size_t begin = 0; begin < examples_.size();) {
    std::size_t end = begin;
    std::vector<std::uint64_t> positions;
    while (end < examples_.size() && examples_[end].file_index == examples_[begin].file_index) {
      positions.push_back(examples_[end++].refusal.position);
    }
    const bool is_counted =
        examples_[begin].refusal.line > 0 || examples_[begin].refusal.reason == Reject::kNone;
    const auto numbers = is_counted ? std::vector<std::uint64_t>{}
                                    : line_numbers(examples_[begin].file_index, positions);
    for (std::size_t i = begin; i < end; ++i) {
      const Example& example = examples_[i];
      result.examples.push_back(
          {example.path, i - begin < numbers.size() ? numbers[i - begin] : example.refusal.line,
           example.refusal.column, example.reason, example.refusal.excerpt});
    }
    begin = end;
  }

  auto notes = notes_;
  for (const auto& [text, note] : shared_notes_) {
    const std::uint64_t others = note.num_files - 1;
    notes.push_back({note.first_index,
                     others == 0 ? note.first_path
                                 : fmt::format("{} and {} other file{}", note.first_path, others,
                                               others == 1 ? "" : "s"),
                     text});
  }
  std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return std::tie(a.file_index, a.text) < std::tie(b.file_index, b.text);
  });
  for (std::size_t i = 0; i < notes.size() && i < kMaxNotes; ++i) {
    result.notes.push_back(fmt::format("{}: {}", notes[i].path, notes[i].text));
  }
  if (notes.size() > kMaxNotes) {
    result.notes.push_back(fmt::format("and {} more notes", notes.size() - kMaxNotes));
  }
  return result;
}

}  // namespace weir::flowlog
