#include "flowlog/file_stream.h"

#include <algorithm>
#include <utility>

#include "flowlog/container.h"
#include "flowlog/csv_reader.h"
#include "flowlog/json_reader.h"
#include "flowlog/parquet_rows.h"
#include "flowlog/text_layout.h"

namespace weir::flowlog {
namespace {

// Below this a file is not worth sharing.
constexpr std::uint64_t kMinSharedBytes = 4 * SharedText::kMorselBytes;

std::vector<column::Predicate> meta_conjuncts(const ReadPlan& plan) {
  std::vector<column::Predicate> conjuncts;
  for (std::size_t i = 0; i < plan.claimed.size(); ++i) {
    const auto& predicate = plan.request.conjuncts[i];
    const bool is_meta = std::any_of(plan.meta.begin(), plan.meta.end(), [&](const auto& use) {
      return use.position == predicate.column;
    });
    if (plan.claimed[i] && is_meta) {
      conjuncts.push_back(predicate);
    }
  }
  return conjuncts;
}

}  // namespace

FileStream::FileStream(std::shared_ptr<ScanWork> work)
    : work_(std::move(work)),
      plan_(work_->plan()),
      parsers_(plan_, work_->single() ? work_->single()->book : nullptr,
               work_->single() ? work_->single()->may_be_deferred : std::vector<bool>()),
      meta_filter_(meta_conjuncts(plan_)) {}

FileStream::~FileStream() { finish_share(); }

Result<bool> FileStream::next(column::Batch& batch) {
  batch.columns.resize(plan_.request.columns.size());
  batch.num_rows = 0;
  while (!is_over_) {
    if (reader_ == nullptr) {
      WEIR_ASSIGN_OR_RETURN(const bool is_more, start_share());
      is_over_ = !is_more;
      continue;
    }
    auto filled = reader_->next(batch);
    if (!filled) {
      is_over_ = true;
      return tl::unexpected<Error>(with_path(std::move(filled).error(), file_->path));
    }
    if (*filled) {
      if (!fills_meta_) {
        fill_file_columns(*file_, plan_, batch);
      }
      meta_filter_.apply(batch);
      return true;
    }
    finish_share();
  }
  return false;
}

Result<bool> FileStream::start_share() {
  if (plan_.is_cancelled()) {
    return fail(ErrorCode::kCancelled, "cancelled");
  }
  WEIR_ASSIGN_OR_RETURN(auto share, work_->take());
  if (!share) {
    return false;
  }
  if (share->text != nullptr) {
    join(std::move(share->text));
    return true;
  }
  auto started = start_file(*share->file);
  if (!started) {
    is_over_ = true;
    work_->opened(*share->file, nullptr);  // never leave another stream waiting for it
    return tl::unexpected<Error>(with_path(std::move(started).error(), share->file->path));
  }
  if (reader_ == nullptr) {
    finish_share();
  }
  return true;
}

void FileStream::join(std::shared_ptr<SharedText> text) {
  file_ = &text->file();
  auto reader = std::make_unique<MorselReader>(plan_, parsers_, std::move(text), buffer_, tally_);
  morsels_ = reader.get();
  reader_ = std::move(reader);
}

Result<void> FileStream::start_file(const InputFile& file) {
  auto opened = work_->tree().open_input(file);
  if (!opened) {
    if (!may_pass_over(file, opened.error())) {
      return tl::unexpected<Error>(std::move(opened).error());
    }
    pass_over(file, std::move(opened).error().message, true);
    return {};
  }
  input_ = std::move(*opened);
  WEIR_ASSIGN_OR_RETURN(const std::string_view first_bytes, input_.content->peek(kSniffBytes));
  const auto container = detect_container(first_bytes);
  file_ = &file;
  if (work_->single()) {
    input_.content->set_watcher(work_->single()->watcher);
    work_->outcome().container = container.value_or(Container::kText);
    work_->outcome().compression = input_.content->compression();
  }
  if (container == Container::kText) {
    return start_text(file, first_bytes);
  }
  if (container == Container::kEmpty || container == Container::kDescribeFlowLogs) {
    work_->report().count_file();
    tally_.stored_bytes += file.size;
    work_->opened(file, nullptr);
    return {};
  }
  if (!container) {
    pass_over(file, "neither a flow log nor anything that carries one");
    return {};
  }
  if (container == Container::kParquet) {
    return start_parquet(file);
  }
  InputTree& tree = work_->tree();
  if (container == Container::kInsightsCsv) {
    return start_rows(
        file, std::make_unique<CsvReader>(plan_, file, *input_.content, tree.book(), tally_));
  }
  return start_rows(file, std::make_unique<JsonReader>(plan_, file, *input_.content, tree.book(),
                                                       tree.inflate_limits(), tally_));
}

void FileStream::pass_over(const InputFile& file, std::string problem, bool is_damaged) {
  tally_ = {};
  reader_.reset();
  file_ = nullptr;
  work_->passed_over(file, std::move(problem), is_damaged);
}

template <class Reader>
Result<void> FileStream::start_rows(const InputFile& file, std::unique_ptr<Reader> reader) {
  WEIR_RETURN_IF_ERROR(reader->prepare());
  if (std::string problem = reader->problem(); !problem.empty()) {
    pass_over(file, std::move(problem));
    return {};
  }
  work_->report().count_file();
  for (const Layout& layout : reader->layouts()) {
    if (std::string note = origin_note(layout); !note.empty()) {
      work_->report().add_shared_note(file, std::move(note));
    }
  }
  fills_meta_ = true;
  reader_ = std::move(reader);
  work_->opened(file, nullptr);
  return {};
}

Result<void> FileStream::read_up_to(std::uint64_t begin) {
  std::uint64_t at = 0;
  while (at < begin) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(begin - at, TextBuffer::kBytes));
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, input_.content->read({buffer_.data(), wanted}));
    if (size == 0) {
      break;
    }
    at += size;
  }
  return {};
}

Result<void> FileStream::start_parquet(const InputFile& file) {
  if (work_->single() && work_->single()->watcher != nullptr && input_.bytes != nullptr &&
      input_.content->compression() == io::Compression::kNone) {
    // It will be read here and there; the watcher is shown all of it first.
    WEIR_RETURN_IF_ERROR(read_up_to(input_.bytes->size()));
  }
  auto parquet = open_parquet_input(input_, file.path);
  if (!parquet) {
    pass_over(file, std::move(parquet).error().message, true);
    return {};
  }
  auto reader = std::make_unique<ParquetRows>(plan_, file, std::move(*parquet), tally_);
  WEIR_RETURN_IF_ERROR(reader->prepare());
  work_->report().count_file();
  fills_meta_ = true;
  reader_ = std::move(reader);
  work_->opened(file, nullptr);
  return {};
}

Result<void> FileStream::start_text(const InputFile& file, std::string_view first_bytes) {
  const TextLayout found =
      find_text_layout(first_bytes, input_.content->saw_end(), file.key, work_->tree().book());
  if (!found.layout) {
    pass_over(file, found.problem);
    return {};
  }
  work_->report().count_file();
  if (std::string note = origin_note(*found.layout); !note.empty()) {
    work_->report().add_shared_note(file, std::move(note));
  }
  const bool is_plain =
      input_.bytes != nullptr && input_.content->compression() == io::Compression::kNone;
  if (work_->may_share() && is_plain && input_.bytes->size() >= kMinSharedBytes) {
    auto text = std::make_shared<SharedText>(file, input_.bytes, *found.layout, found.data_offset);
    input_ = {};
    join(text);
    work_->opened(file, std::move(text));
    return {};
  }
  auto reader = std::make_unique<TextReader>(plan_, parsers_, file, *input_.content, *found.layout,
                                             found.data_offset, buffer_, tally_);
  if (const auto& single = work_->single()) {
    reader->leave_cut_line(single->leaves_cut_line ? TextReader::CutLine::kLeft
                                                   : TextReader::CutLine::kLeftWhereBroken);
    if (single->begin > 0) {
      WEIR_RETURN_IF_ERROR(read_up_to(single->begin));
      reader->go_on_from(single->begin, single->layout ? *single->layout : *found.layout);
    }
    text_reader_ = reader.get();
  }
  reader_ = std::move(reader);
  work_->opened(file, nullptr);
  return {};
}

void FileStream::finish_share() {
  if (file_ == nullptr) {
    return;
  }
  const bool is_file_done = morsels_ == nullptr || morsels_->finished_file();
  if (input_.content != nullptr) {
    if (std::string complaint = input_.content->complaint(); !complaint.empty()) {
      tally_.notes.push_back(std::move(complaint));
    }
    tally_.is_damaged = tally_.is_damaged || input_.content->is_cut_short();
  }
  if (work_->single()) {
    SingleFileOutcome& outcome = work_->outcome();
    outcome.inflated_bytes = tally_.inflated_bytes + work_->single()->begin;
    outcome.is_truncated = input_.content != nullptr && input_.content->is_truncated();
    outcome.left_bytes = text_reader_ != nullptr ? text_reader_->left_bytes() : 0;
    text_reader_ = nullptr;
  }
  work_->report().add_file(*file_, std::move(tally_));
  tally_ = {};
  if (is_file_done) {
    work_->file_done();
  }
  morsels_ = nullptr;
  fills_meta_ = false;
  reader_.reset();
  input_ = {};
  file_ = nullptr;
}

}  // namespace weir::flowlog
