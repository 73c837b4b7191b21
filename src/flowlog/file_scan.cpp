#include "flowlog/file_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "flowlog/container.h"
#include "flowlog/file_stream.h"

namespace weir::flowlog {

ScanWork::ScanWork(std::shared_ptr<InputTree> tree, ReadPlan plan)
    : tree_(std::move(tree)), plan_(std::move(plan)) {
  std::uint64_t bytes = 0;
  for (const InputFile& file : tree_->inputs()) {
    if (may_match(file, plan_)) {
      queue_.push_back(&file);
      bytes += file.size;
    } else {
      report_.count_skipped(file);
    }
  }
  // Largest first, so that no stream is left with a long file at the end.
  std::stable_sort(queue_.begin(), queue_.end(),
                   [](const InputFile* a, const InputFile* b) { return a->size > b->size; });
  if (plan_.context.progress != nullptr) {
    plan_.context.progress->bytes_total.fetch_add(bytes, std::memory_order_relaxed);
    plan_.context.progress->files_total.fetch_add(queue_.size(), std::memory_order_relaxed);
  }
}

ScanWork::ScanWork(std::shared_ptr<InputTree> tree, ReadPlan plan, SingleFile single)
    : tree_(std::move(tree)), plan_(std::move(plan)), single_(std::move(single)) {
  queue_.push_back(&tree_->inputs()[single_->index]);
}

Result<std::optional<ScanWork::Share>> ScanWork::take() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (next_ < queue_.size()) {
      ++num_opening_;
      return Share{queue_[next_++], nullptr};
    }
    std::erase_if(shared_, [](const auto& text) { return !text->has_more(); });
    if (!shared_.empty()) {
      return Share{nullptr, shared_.front()};
    }
    if (num_opening_ == 0) {
      break;
    }
    changed_.wait(lock);
  }
  if (num_understood_ > 0 || problems_.empty()) {
    return std::nullopt;
  }
  const auto first = std::min_element(
      problems_.begin(), problems_.end(),
      [](const Problem& a, const Problem& b) { return a.file->index < b.file->index; });
  std::string others;
  if (problems_.size() > 1) {
    others = fmt::format(" (nor could any of {} other files be read)", problems_.size() - 1);
  }
  // Some problems name the file themselves.
  const std::string& path = first->file->path;
  const bool is_named = first->text.find(path) != std::string::npos && path != "-";
  return fail(ErrorCode::kInput, fmt::format("{}{}{}",
                                             is_named      ? ""
                                             : path == "-" ? "cannot read standard input: "
                                                           : fmt::format("cannot read {}: ", path),
                                             first->text, others));
}

void ScanWork::opened(const InputFile&, std::shared_ptr<SharedText> text) {
  {
    const std::lock_guard lock(mutex_);
    --num_opening_;
    ++num_understood_;
    if (text != nullptr) {
      shared_.push_back(std::move(text));
    }
  }
  changed_.notify_all();
}

void ScanWork::passed_over(const InputFile& file, std::string problem, bool is_damaged) {
  report_.add_unreadable(file, problem, is_damaged);
  if (plan_.context.progress != nullptr) {
    plan_.context.progress->bytes_done.fetch_add(file.size, std::memory_order_relaxed);
  }
  file_done();
  {
    const std::lock_guard lock(mutex_);
    --num_opening_;
    problems_.push_back({&file, std::move(problem)});
  }
  changed_.notify_all();
}

void ScanWork::file_done() {
  if (plan_.context.progress != nullptr) {
    plan_.context.progress->files_done.fetch_add(1, std::memory_order_relaxed);
  }
}

Result<std::unique_ptr<column::ScanStream>> FileScan::open_stream() {
  return std::make_unique<FileStream>(work_);
}

column::Completeness FileScan::completeness() const {
  InputTree& tree = work_->tree();
  // Lines are counted for the few examples alone, by reading their files again.
  return work_->report().finish(
      [&](std::uint32_t index, const std::vector<std::uint64_t>& positions) {
        std::vector<std::uint64_t> numbers;
        const InputFile& file = tree.inputs()[index];
        if (file.is_stream) {
          return numbers;
        }
        auto input = tree.open_input(file);
        if (!input) {
          return numbers;
        }
        std::vector<char> chunk(256 * 1024);
        std::uint64_t read = 0;
        std::uint64_t line = 1;
        std::size_t next = 0;
        while (next < positions.size()) {
          const auto size = input->content->read(chunk);
          if (!size || *size == 0) {
            break;
          }
          const char* at = chunk.data();
          while (next < positions.size() && positions[next] <= read + *size) {
            const char* to = chunk.data() + (positions[next] - read);
            line += static_cast<std::uint64_t>(std::count(at, to, '\n'));
            numbers.push_back(line);
            at = to;
            ++next;
          }
          const char* end = chunk.data() + *size;
          line += static_cast<std::uint64_t>(std::count(at, end, '\n'));
          read += *size;
        }
        return numbers;
      });
}

}  // namespace weir::flowlog
