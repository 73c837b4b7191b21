#pragma once

// The double's own files and what its disk has of them: of faulty_file_system.cpp alone.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/faulty_file_system.h"

namespace weir::io {

inline constexpr std::size_t kSectorBytes = 512;

inline std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

inline void write_at(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) {
    content.resize(offset + bytes.size());
  }
  content.replace(offset, bytes.size(), bytes);
}

// A call that changed something. Files are told apart by node, as names change.
struct FaultyFileSystem::Step {
  FileOperation operation{};
  std::string path;
  std::string to;          // kRename
  std::uint64_t node = 0;  // kCreate, kWrite, kSync, kTruncate
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // kTruncate
  std::string bytes;       // kWrite
  bool has_failed = false;
};

// A file: what readers see, what the disk has, and the changes between the two.
struct FaultyFileSystem::Node {
  struct Change {
    bool is_write = false;
    bool is_lost = false;  // a sync of it failed: no later one makes it durable
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string bytes;
  };

  std::uint64_t number = 0;
  std::string content;
  std::string durable;
  std::vector<Change> changes;

  static void apply(std::string& content, const Change& change) {
    if (change.is_write) {
      write_at(content, change.offset, change.bytes);
    } else {
      content.resize(change.size);
    }
  }
  void sync() {
    std::vector<Change> lost;
    for (Change& change : changes) {
      if (change.is_lost) {
        lost.push_back(std::move(change));
        continue;
      }
      apply(durable, change);
      if (!change.is_write) {  // what was cut off cannot come back
        for (Change& earlier : lost) {
          const auto left = change.size - std::min(change.size, earlier.offset);
          earlier.bytes.resize(std::min<std::uint64_t>(earlier.bytes.size(), left));
        }
        std::erase_if(lost, [](const Change& at) { return at.bytes.empty(); });
      }
    }
    changes = std::move(lost);
  }
  // What is found after a power cut, by one of several kinds of disks.
  [[nodiscard]] std::string cut(Random& random, std::uint64_t kind) const {
    std::string found = durable;
    const std::uint64_t last_in_order = random.below(changes.size() + 1);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      if (kind == 0) {
        continue;
      }
      if (kind == 1 || (kind == 2 && i < last_in_order)) {
        apply(found, change);
      } else if (kind == 2 && i == last_in_order) {
        cut_tail(found, change, random);
      } else if (kind > 2) {
        switch (random.below(4)) {
          case 0:
            break;
          case 1:
            apply(found, change);
            break;
          case 2:
            cut_tail(found, change, random);
            break;
          default:
            cut_sectors(found, change, random);
        }
      }
    }
    return found;
  }
  static void cut_tail(std::string& found, const Change& change, Random& random) {
    if (change.is_write) {
      const auto size = random.below(change.bytes.size() + 1);
      write_at(found, change.offset, std::string_view(change.bytes).substr(0, size));
    }
  }
  static void cut_sectors(std::string& found, const Change& change, Random& random) {
    const std::uint64_t end = change.offset + change.bytes.size();
    for (std::uint64_t at = change.offset; at < end;) {
      const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
      if (random.chance(0.5)) {
        write_at(found, at, std::string_view(change.bytes).substr(at - change.offset, next - at));
      }
      at = next;
    }
  }
};

// Names and files. Replays steps, so a trace can be cut anywhere afterwards.
class FaultyFileSystem::Disk {
 public:
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // nullptr: a directory

  Disk() = default;
  Disk(const Disk& other) : next_node_(other.next_node_) {
    for (const auto& [path, node] : other.names_) {
      if (node != nullptr) {
        add(path, node->content, node->number);
      } else {
        add_directory(path);
      }
    }
  }
  Disk& operator=(const Disk&) = delete;

  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] std::uint64_t next_node() const { return next_node_; }
  [[nodiscard]] std::shared_ptr<Node> find(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : found->second;
  }
  [[nodiscard]] bool is_directory(const std::string& path) const {
    const auto found = names_.find(path);
    return path.empty() || (found != names_.end() && found->second == nullptr);
  }
  [[nodiscard]] std::uint64_t used_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [path, node] : names_) {
      bytes += node == nullptr ? 0 : node->content.size();
    }
    return bytes;
  }
  void add(const std::string& path, std::string bytes, std::uint64_t number) {
    auto node = std::make_shared<Node>();
    node->number = number;
    node->content = bytes;
    node->durable = std::move(bytes);
    nodes_[number] = node;
    next_node_ = std::max(next_node_, number + 1);
    names_[path] = durable_names_[path] = node;
  }

  void add_directory(const std::string& path) { names_[path] = durable_names_[path] = nullptr; }

  void apply(const Step& step) {
    switch (step.operation) {
      case FileOperation::kCreate: {
        auto node = std::make_shared<Node>();
        node->number = step.node;
        nodes_[step.node] = node;
        next_node_ = std::max(next_node_, step.node + 1);
        change_name({step.path, "", node, false});
        break;
      }
      case FileOperation::kWrite:
        change(step.node, {true, false, step.offset, 0, step.bytes});
        break;
      case FileOperation::kTruncate:
        change(step.node, {false, false, 0, step.size, {}});
        break;
      case FileOperation::kSync:
        if (step.has_failed) {
          for (auto& change : nodes_.at(step.node)->changes) {
            change.is_lost = true;
          }
        } else {
          nodes_.at(step.node)->sync();
        }
        break;
      case FileOperation::kRename:
        change_name({step.path, step.to, names_.at(step.path), false});
        break;
      case FileOperation::kRemove:
        change_name({step.path, "", nullptr, false});
        break;
      case FileOperation::kCreateDirectories:
        change_name({step.path, "", nullptr, true});
        break;
      case FileOperation::kSyncDirectory:
        sync_names(step.path);
        break;
      default:
        break;
    }
  }

  // The disk found after a power cut.
  [[nodiscard]] std::unique_ptr<Disk> cut(Random& random) const {
    Names names = durable_names_;
    const std::uint64_t name_kind = random.below(3);
    for (const NameChange& change : name_changes_) {
      if (name_kind == 1 || (name_kind == 2 && random.chance(0.5))) {
        apply(names, change);
      }
    }
    const std::uint64_t kind = random.below(6);  // 3 and above: a mixture
    auto found = std::make_unique<Disk>();
    for (const auto& [path, node] : names) {  // a directory stands before what is in it
      if (!found->is_directory(parent_of(path))) {
        continue;
      }
      if (node != nullptr) {
        found->add(path, node->cut(random, kind), found->next_node());
      } else {
        found->add_directory(path);
      }
    }
    return found;
  }

 private:
  // A name given (to `node`), taken (no node) or, with `to`, moved.
  struct NameChange {
    std::string path;
    std::string to;
    std::shared_ptr<Node> node;
    bool is_directory = false;
  };

  static void apply(Names& names, const NameChange& change) {
    if (change.to.empty() && (change.node != nullptr || change.is_directory)) {
      names[change.path] = change.node;
      return;
    }
    names.erase(change.path);
    if (!change.to.empty()) {
      names[change.to] = change.node;
    }
  }
  void change_name(NameChange change) {
    apply(names_, change);
    name_changes_.push_back(std::move(change));
  }
  void sync_names(const std::string& directory) {
    std::vector<NameChange> left;
    for (NameChange& change : name_changes_) {
      if (parent_of(change.to.empty() ? change.path : change.to) == directory) {
        apply(durable_names_, change);
      } else {
        left.push_back(std::move(change));
      }
    }
    name_changes_ = std::move(left);
  }
  void change(std::uint64_t number, Node::Change change) {
    Node& node = *nodes_.at(number);
    Node::apply(node.content, change);
    node.changes.push_back(std::move(change));
  }

  Names names_;
  Names durable_names_;
  std::vector<NameChange> name_changes_;
  std::map<std::uint64_t, std::shared_ptr<Node>> nodes_;
  std::uint64_t next_node_ = 1;
};

}  // namespace weir::io
