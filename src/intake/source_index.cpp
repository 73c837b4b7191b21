#include "intake/source_index.h"

#include <algorithm>

namespace weir::intake {

Result<void> SourceIndex::load(const store::ManifestState& state) {
  const std::lock_guard lock(mutex_);
  probes_.clear();
  probes_.reserve(static_cast<std::size_t>(state.num_sources()));
  WEIR_RETURN_IF_ERROR(state.visit_sources([&](const store::SourceMeta& source) {
    const SourceDetails details = read_details(source.details);
    if (details.probe != 0 && details.stored_hash) {
      probes_.emplace_back(details.probe, *details.stored_hash);
    }
    if (details.path_key != 0) {
      paths_[details.path_key] = source.id;
    }
    sample_ = details.sample;
    return true;
  }));
  std::stable_sort(probes_.begin(), probes_.end(),
                   [](const Entry& a, const Entry& b) { return a.first < b.first; });
  return {};
}

void SourceIndex::add(const store::SourceId& id, const SourceDetails& details) {
  const std::lock_guard lock(mutex_);
  if (details.probe != 0 && details.stored_hash) {
    new_probes_.emplace(details.probe, *details.stored_hash);
  }
  if (details.path_key != 0) {
    paths_[details.path_key] = id;
  }
}

std::vector<store::SourceId> SourceIndex::find_probe(std::uint64_t probe) const {
  const std::lock_guard lock(mutex_);
  std::vector<store::SourceId> found;
  for (auto entry =
           std::lower_bound(probes_.begin(), probes_.end(), probe,
                            [](const Entry&a, std::uint64_t wanted) { return a.first < wanted; });
       entry != probes_.end() && entry->first == probe; ++entry) {
    found.push_back(entry->second);
  }
  const auto [begin, end] = new_probes_.equal_range(probe);
  for (auto entry = begin; entry != end; ++entry) {
    found.push_back(entry->second);
  }
  return found;
}

std::optional<store::SourceId> SourceIndex::find_path(std::uint64_t path_key) const {
  const std::lock_guard lock(mutex_);
  const auto found = paths_.find(path_key);
  return found == paths_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace weir::intake
