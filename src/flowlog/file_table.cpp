#include "flowlog/file_table.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "flowlog/file_description.h"
#include "flowlog/file_scan.h"
#include "flowlog/input_tree.h"
#include "flowlog/meta_column.h"

namespace weir::flowlog {
namespace {

using column::Field;
using column::Type;

Field field_of(const LayoutColumn& column) {
  return {column.name, column.field ? info(*column.field).type : Type::kString};
}

class TreeTable final : public FileTable {
 public:
  explicit TreeTable(std::shared_ptr<InputTree> tree)
      : tree_(std::move(tree)), descriptions_(tree_->inputs().size()) {}

  Result<std::vector<FileReport>> describe() override {
    WEIR_RETURN_IF_ERROR(describe_all());
    std::vector<FileReport> reports;
    for (const auto& description : descriptions_) {
      reports.push_back(description->report);
    }
    return reports;
  }

  const std::vector<InputFile>& inputs() const override { return tree_->inputs(); }

  Result<FileReport> describe_one(std::size_t index) override {
    WEIR_ASSIGN_OR_RETURN(auto description, describe_file(*tree_, tree_->inputs()[index]));
    description.report.layouts = std::move(description.layouts);
    return std::move(description.report);
  }

  Result<std::unique_ptr<SingleFileScan>> scan_one(const SingleFile& file,
                                                   const column::ScanRequest& request,
                                                   const column::ScanContext& context) override {
    WEIR_RETURN_IF_ERROR(check(request));
    return std::make_unique<FileScan>(tree_, file, request, context);
  }

  Result<std::optional<Field>> find(std::string_view name) override {
    if (const auto meta = find_meta_column(name)) {
      return Field{std::string(info(*meta).name), info(*meta).type};
    }
    if (const auto field = find_field(name)) {
      return Field{std::string(info(*field).canonical), info(*field).type};
    }
    WEIR_ASSIGN_OR_RETURN(const auto fields, columns());
    const std::string wanted = canonical_name(name);
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == wanted; });
    return found == fields.end() ? std::optional<Field>() : *found;
  }

  Result<column::Schema> columns() override {
    WEIR_RETURN_IF_ERROR(describe_all());
    column::Schema schema;
    std::set<std::string> seen;
    for (const auto& description : descriptions_) {
      for (const Layout& layout : description->layouts) {
        for (const LayoutColumn& column : layout.columns) {
          if (seen.insert(column.name).second) {
            schema.push_back(field_of(column));
          }
        }
      }
    }
    return schema;
  }

  std::vector<std::string> known_names() override {
    std::vector<std::string> names;
    for (const FieldInfo& field : all_fields()) {
      names.emplace_back(field.canonical);
      if (!insights_name(field.id).empty() && insights_name(field.id) != field.canonical) {
        names.emplace_back(insights_name(field.id));
      }
    }
    for (const MetaColumnInfo& meta : all_meta_columns()) {
      if (meta.id != MetaColumn::kLayout) {
        names.emplace_back(meta.name);
      }
    }
    const std::lock_guard lock(mutex_);
    std::set<std::string> open;
    for (const auto& description : descriptions_) {
      if (description) {
        for (const Layout& layout : description->layouts) {
          for (const LayoutColumn& column : layout.columns) {
            if (!column.field && open.insert(column.name).second) {
              names.push_back(column.name);
            }
          }
        }
      }
    }
    return names;
  }

  Result<bool> carries(std::string_view canonical_name) override {
    if (const auto meta = find_meta_column(canonical_name)) {
      return carries_meta(*meta);
    }
    return any_file([&](const FileDescription& description) {
      return std::any_of(
          description.layouts.begin(), description.layouts.end(), [&](const Layout& layout) {
            return std::any_of(
                layout.columns.begin(), layout.columns.end(),
                [&](const LayoutColumn& column) { return column.name == canonical_name; });
          });
    });
  }

  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override {
    WEIR_RETURN_IF_ERROR(check(request));
    return std::make_unique<FileScan>(tree_, request, context);
  }

 private:
  static Result<void> check(const column::ScanRequest& request) {
    for (const column::Predicate& predicate : request.conjuncts) {
      if (predicate.column >= request.columns.size()) {
        return fail(ErrorCode::kInternal, "a conjunct names no column of the scan");
      }
    }
    return {};
  }

  Result<bool> carries_meta(MetaColumn meta) {
    switch (meta) {
      case MetaColumn::kMessage:
      case MetaColumn::kFile:
      case MetaColumn::kLayout:
        return true;
      case MetaColumn::kTimestamp:
        return any_file([](const FileDescription& description) {
          return description.has_events ||
                 std::any_of(description.layouts.begin(), description.layouts.end(),
                             [](const Layout& layout) { return layout.find(FieldId::kStart); });
        });
      case MetaColumn::kLogStream:
      case MetaColumn::kLog:
      case MetaColumn::kPtr:
      case MetaColumn::kIngestionTime:
        return any_file([](const FileDescription& description) { return description.has_events; });
      default:
        break;
    }
    const auto& inputs = tree_->inputs();
    const bool is_in_key = std::any_of(inputs.begin(), inputs.end(), [&](const InputFile& file) {
      switch (meta) {
        case MetaColumn::kAccount:
          return !file.key.account.empty();
        case MetaColumn::kRegion:
          return !file.key.region.empty();
        case MetaColumn::kFlowLogId:
          return !file.key.flow_log_id.empty();
        default:
          return file.key.time.has_value();
      }
    });
    if (is_in_key || meta != MetaColumn::kAccount) {
      return is_in_key;
    }
    return any_file([](const FileDescription& description) { return description.has_events; });
  }

  // Looks at file after file until one is as asked; one file of a flow log speaks for all of it,
  // since the format of a flow log cannot be changed.
  template <class Claim>
  Result<bool> any_file(const Claim& claim) {
    std::set<std::string> seen;
    for (const InputFile& file : tree_->inputs()) {
      const bool is_exact = file.key.is_exact;
      if (is_exact && !seen.insert(file.key.flow_log_id).second) {
        continue;
      }
      WEIR_ASSIGN_OR_RETURN(const FileDescription* description, describe_kept(file));
      if (claim(*description)) {
        return true;
      }
    }
    return false;
  }

  Result<const FileDescription*> describe_kept(const InputFile& file) {
    {
      const std::lock_guard lock(mutex_);
      if (descriptions_[file.index]) {
        return &*descriptions_[file.index];
      }
    }
    WEIR_ASSIGN_OR_RETURN(auto description, describe_file(*tree_, file));
    const std::lock_guard lock(mutex_);
    if (!descriptions_[file.index]) {
      descriptions_[file.index] = std::move(description);
    }
    return &*descriptions_[file.index];
  }

  Result<void> describe_all() {
    constexpr std::size_t kFilesPerThread = 16;
    const auto& inputs = tree_->inputs();
    std::atomic<std::size_t> next{0};
    std::mutex failure_mutex;
    std::optional<std::pair<std::uint32_t, Error>> failure;
    const auto work = [&] {
      for (std::size_t i = next++; i < inputs.size(); i = next++) {
        auto described = describe_kept(inputs[i]);
        if (!described) {
          const std::lock_guard lock(failure_mutex);
          if (!failure || inputs[i].index < failure->first) {
            failure.emplace(inputs[i].index, std::move(described).error());
          }
        }
      }
    };
    const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
    const std::size_t num_threads = std::min(cores, inputs.size() / kFilesPerThread + 1);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < num_threads; ++i) {
      threads.emplace_back(work);
    }
    work();
    for (std::thread& thread : threads) {
      thread.join();
    }
    return failure ? Result<void>(tl::unexpected<Error>(std::move(failure->second)))
                   : Result<void>();
  }

  std::shared_ptr<InputTree> tree_;
  std::mutex mutex_;
  std::vector<std::optional<FileDescription>> descriptions_;  // set once, then immutable
};

}  // namespace

Result<std::shared_ptr<FileTable>> open_files(io::FileSystem& files,
                                              const FileTableOptions& options) {
  WEIR_ASSIGN_OR_RETURN(auto tree, InputTree::open(files, options));
  return std::make_shared<TreeTable>(std::move(tree));
}

}  // namespace weir::flowlog
