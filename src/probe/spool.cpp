#include "probe/spool.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/crc32c.h"

namespace weir::probe {
namespace {

constexpr std::string_view kSuffix = ".batch";
constexpr std::size_t kHeadBytes = 9;  // eight digits and a newline

std::string with_checksum(std::string_view body) {
  return fmt::format("{:08x}\n{}", crc32c(body), body);
}

std::optional<std::string> without_checksum(std::string_view text) {
  if (text.size() < kHeadBytes) {
    return std::nullopt;
  }
  std::string body(text.substr(kHeadBytes));
  return with_checksum(body) == text ? std::optional(std::move(body)) : std::nullopt;
}

}  // namespace

std::string Spool::path_of(std::uint64_t number) const {
  return fmt::format("{}/{:016}{}", options_.directory, number, kSuffix);
}

Result<std::unique_ptr<Spool>> Spool::open(io::FileSystem& files, SpoolOptions options) {
  WEIR_RETURN_IF_ERROR(io::make_durable_directory(files, options.directory));
  std::unique_ptr<Spool> spool(new Spool(files, std::move(options)));
  WEIR_ASSIGN_OR_RETURN(spool->lock_, files.lock(spool->options_.directory + "/lock"));
  WEIR_ASSIGN_OR_RETURN(const auto found, files.list(spool->options_.directory));
  for (const io::FileInfo& file : found) {  // sorted by name, and so by number
    if (file.is_directory) {
      continue;
    }
    std::string_view name = file.path;
    name.remove_prefix(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
    if (name.ends_with(".partial")) {
      WEIR_RETURN_IF_ERROR(files.remove(file.path));  // of a writer that was killed
      continue;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() &&
        std::string_view(end, static_cast<std::size_t>(name.data() + name.size() - end)) ==
            kSuffix) {
      spool->entries_.push_back({number, file.size});
      spool->num_bytes_ += file.size;
      spool->next_number_ = number + 1;
    }
  }
  return spool;
}

Result<void> Spool::put(std::string_view body) {
  const std::string text = with_checksum(body);
  while (!entries_.empty() && num_bytes_ + text.size() > options_.max_bytes) {
    ++num_dropped_;
    WEIR_RETURN_IF_ERROR(pop());
  }
  const std::string path = path_of(next_number_);
  const std::string partial = path + ".partial";
  {
    WEIR_ASSIGN_OR_RETURN(const auto file, files_.create(partial));
    WEIR_RETURN_IF_ERROR(file->append(text));
    WEIR_RETURN_IF_ERROR(file->sync());
    WEIR_RETURN_IF_ERROR(file->close());
  }
  WEIR_RETURN_IF_ERROR(files_.rename(partial, path));
  WEIR_RETURN_IF_ERROR(files_.sync_directory(options_.directory));
  entries_.push_back({next_number_++, text.size()});
  num_bytes_ += text.size();
  return {};
}

Result<std::optional<std::string>> Spool::front() {
  while (!entries_.empty()) {
    WEIR_ASSIGN_OR_RETURN(const auto file, files_.open_random(path_of(entries_.front().number)));
    std::string text(file->size(), '\0');
    WEIR_ASSIGN_OR_RETURN(const std::size_t count, file->read_at(0, text));
    text.resize(count);
    if (auto body = without_checksum(text)) {
      return body;
    }
    ++num_damaged_;
    WEIR_RETURN_IF_ERROR(pop());
  }
  return std::nullopt;
}

Result<void> Spool::pop() {
  WEIR_RETURN_IF_ERROR(files_.remove(path_of(entries_.front().number)));
  num_bytes_ -= entries_.front().size;
  entries_.pop_front();
  return {};
}

}  // namespace weir::probe
