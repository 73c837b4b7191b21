#include "intake/intake_run.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "intake/flow_table_spec.h"

namespace weir::intake {
namespace {

constexpr int kOrdinalBits = 32;  // of an object
// A worker that could not commit reads on to this multiple of what makes a commit due.
constexpr std::uint64_t kMaxOverdue = 4;

std::uint64_t key_of_path(const std::string& path) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(path, ignored).lexically_normal().string();
  const std::uint64_t key = XXH3_64bits(absolute.data(), absolute.size());
  return key == 0 ? 1 : key;
}

// What is damaged of an object, without its path, which the notes begin with; "": nothing.
std::string damage_of(const ObjectReading& reading, const std::string& path) {
  std::string damage;
  if (reading.completeness.files_damaged > 0) {
    for (std::string_view note : reading.completeness.notes) {
      if (note.starts_with(path + ": ")) {
        note.remove_prefix(path.size() + 2);
      }
      damage += damage.empty() ? "" : "; ";
      damage += note;
    }
  }
  return damage;
}

}  // namespace

IntakeRun::IntakeRun(Intake& intake, flowlog::FileTable& table, const column::ScanContext& context)
    : intake_(intake), table_(table), context_(context) {}

Result<void> IntakeRun::run() {
  const std::size_t num_objects = table_.inputs().size();
  first_ordinal_ = intake_.store_.take_ordinals(std::uint64_t{num_objects} << kOrdinalBits);
  if (context_.progress != nullptr) {
    context_.progress->files_total += num_objects;
    for (const flowlog::InputFile& input : table_.inputs()) {
      context_.progress->bytes_total += input.size;
    }
  }
  num_workers_ = std::clamp<std::size_t>(num_objects, 1,
                                         std::max<std::size_t>(intake_.options_.num_threads, 1));
  std::mutex failure_mutex;
  std::optional<Error> failure;
  const auto run_worker = [&] {
    if (auto done = work(); !done) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) {
        failure = std::move(done).error();
      }
      stop();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < num_workers_; ++i) {
    threads.emplace_back(run_worker);
  }
  run_worker();
  for (std::thread& thread : threads) {
    thread.join();
  }
  return failure ? Result<void>(tl::unexpected<Error>(std::move(*failure))) : Result<void>();
}

void IntakeRun::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

Result<void> IntakeRun::start(Worker& worker) {
  std::vector<std::unique_ptr<RowChooser>> choosers;
  for (const MakeRowChooser& make : intake_.options_.choosers) {
    WEIR_ASSIGN_OR_RETURN(auto chooser, make());
    choosers.push_back(std::move(chooser));
  }
  if (intake_.options_.drops_repeats) {
    worker.repeats = std::make_unique<RepeatFilter>(intake_.store_);
  }
  worker.reader = std::make_unique<ObjectReader>(*intake_.columns_, std::move(choosers), context_,
                                                 worker.repeats.get(),
                                                 flowlog::LineBook::kMostBytes / num_workers_);
  WEIR_ASSIGN_OR_RETURN(worker.load, intake_.store_.start_load(std::string(kFlowsTable)));
  return {};
}

Result<void> IntakeRun::work() {
  Worker worker;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const auto index, take_next());
    if (!index) {
      break;
    }
    if (worker.load == nullptr) {
      WEIR_RETURN_IF_ERROR(start(worker));
    }
    WEIR_RETURN_IF_ERROR(take_object(worker, *index));
    if (context_.progress != nullptr) {
      ++context_.progress->files_done;
    }
  }
  return settle(worker, true);
}

Result<std::optional<std::size_t>> IntakeRun::take_next() {
  const std::lock_guard lock(take_mutex_);
  if (context_.cancel != nullptr && context_.cancel->is_cancelled()) {
    return fail(ErrorCode::kCancelled, "interrupted");
  }
  {
    const std::lock_guard state(mutex_);
    if (is_stopped_) {
      return std::optional<std::size_t>();
    }
  }
  if (next_ == table_.inputs().size()) {
    return std::optional<std::size_t>();
  }
  const std::size_t index = next_++;
  WEIR_RETURN_IF_ERROR(describe_columns(index));
  return std::optional(index);
}

// One object of a flow log speaks for all of it: its format cannot be changed.
Result<void> IntakeRun::describe_columns(std::size_t index) {
  const flowlog::InputFile& input = table_.inputs()[index];
  if (input.key.is_exact && !described_.insert(input.key.flow_log_id).second) {
    return {};
  }
  // What looks like an object that is known brings no columns.
  if (!input.is_stream) {
    const auto file = intake_.store_.files().open_random(input.path);
    const auto probe = file ? probe_file(**file) : Result<std::uint64_t>(0);
    if (probe && !intake_.index_.find_probe(*probe).empty()) {
      return {};
    }
  }
  const auto report = table_.describe_one(index);
  if (!report) {
    return {};  // reading it will say so
  }
  for (const flowlog::Layout& layout : report->layouts) {
    std::vector<std::string> names;
    for (const flowlog::LayoutColumn& column : layout.columns) {
      if (!column.name.empty()) {
        names.push_back(column.name);
      }
    }
    WEIR_RETURN_IF_ERROR(intake_.columns_->add(names));
  }
  return {};
}

Result<IntakeRun::Look> IntakeRun::look_at(std::size_t index) {
  const flowlog::InputFile& input = table_.inputs()[index];
  Look look;
  if (input.is_stream) {
    return look;
  }
  WEIR_ASSIGN_OR_RETURN(const auto file, intake_.store_.files().open_random(input.path));
  WEIR_ASSIGN_OR_RETURN(look.probe, probe_file(*file));
  for (const store::SourceId& hash : intake_.index_.find_probe(look.probe)) {
    if (!look.hash) {
      WEIR_ASSIGN_OR_RETURN(look.hash, hash_file(*file));
    }
    if (*look.hash == hash) {
      look.is_known = true;
      return look;
    }
  }
  look.path_key = key_of_path(input.path);
  if (const auto id = intake_.index_.find_path(look.path_key)) {
    WEIR_ASSIGN_OR_RETURN(const auto source, intake_.store_.state()->find_source(*id));
    if (source) {
      const SourceDetails details = read_details(source->details);
      look.known = KnownPart{*id, details.begin + source->num_bytes, details.layout};
    }
  }
  return look;
}

Result<void> IntakeRun::take_object(Worker& worker, std::size_t index) {
  const flowlog::InputFile& input = table_.inputs()[index];
  const bool is_big = input.size >= intake_.options_.big_object_bytes;
  if (is_big && !worker.pending.empty()) {
    WEIR_RETURN_IF_ERROR(settle(worker, false));
  }
  WEIR_RETURN_IF_ERROR(read_object(worker, index));
  mark_read(index);
  return is_big || is_due(worker) ? settle(worker, false) : Result<void>();
}

Result<void> IntakeRun::read_object(Worker& worker, std::size_t index) {
  const flowlog::InputFile& input = table_.inputs()[index];
  ObjectReport refused;
  refused.state = ObjectReport::State::kRefused;
  refused.path = input.path;
  auto look = look_at(index);
  if (!look) {
    refused.problem = look.error().message;
    intake_.report(refused);
    return {};
  }
  if (look->is_known) {
    ObjectReport known;
    known.state = ObjectReport::State::kKnown;
    known.path = input.path;
    intake_.report(known);
    if (context_.progress != nullptr) {
      context_.progress->bytes_done += input.size;
    }
    return {};
  }
  ObjectReader::Request request{table_, index, look->known, intake_.options_.is_following,
                                first_ordinal_ + (std::uint64_t{index} << kOrdinalBits)};
  auto reading = worker.reader->read(request, *worker.load);
  const bool is_cut_off = !reading && worker.reader->has_appended();
  if (!reading &&
      (worker.reader->is_store_error() || reading.error().code == ErrorCode::kCancelled)) {
    return tl::unexpected<Error>(std::move(reading).error());
  }
  if (is_cut_off || (reading && reading->is_to_be_redone)) {
    std::vector<std::size_t> indices;
    for (const Pending& pending : worker.pending) {
      indices.push_back(pending.index);
    }
    if (reading) {
      indices.push_back(index);
    }
    WEIR_RETURN_IF_ERROR(redo(worker, indices));
    if (reading) {
      return {};
    }
  }
  if (!reading) {
    refused.problem = reading.error().message;
    intake_.report(refused);
    return {};
  }
  return add_pending(worker, index, *look, std::move(*reading));
}

Result<void> IntakeRun::add_pending(Worker& worker, std::size_t index, const Look& look,
                                    ObjectReading&& reading) {
  const flowlog::InputFile& input = table_.inputs()[index];
  const bool is_unchanged = reading.begin > 0 && reading.end == reading.begin;
  if (reading.is_nothing || is_unchanged) {
    ObjectReport report;
    report.state = is_unchanged ? ObjectReport::State::kKnown : ObjectReport::State::kNothing;
    report.path = input.path;
    report.is_description = reading.outcome.container == flowlog::Container::kDescribeFlowLogs;
    report.problem = damage_of(reading, input.path);
    if (!is_unchanged && !report.problem.empty()) {
      report.state = ObjectReport::State::kRefused;
    }
    intake_.report(report);
    return {};
  }
  Pending pending;
  pending.index = index;
  pending.damage = damage_of(reading, input.path);
  SourceDetails& details = pending.details;
  details.is_text = reading.outcome.container == flowlog::Container::kText;
  details.begin = reading.begin;
  if (!input.is_stream) {
    details.stored_bytes = input.size;
    details.probe = look.probe;
    details.stored_hash = look.hash;
    if (!details.stored_hash) {
      const bool is_plain =
          reading.outcome.compression == io::Compression::kNone && reading.outcome.left_bytes == 0;
      if (is_plain) {
        details.stored_hash = reading.id;
      } else if (auto file = intake_.store_.files().open_random(input.path)) {
        WEIR_ASSIGN_OR_RETURN(details.stored_hash, hash_file(**file));
      }
    }
    if (details.is_text) {
      details.path_key = look.path_key;
      details.layout = reading.layout;
    }
  }
  details.nodata = reading.completeness.nodata;
  details.skipdata = reading.completeness.skipdata;
  details.rejected = reading.completeness.rejected_by_reason;
  details.odd = reading.completeness.warnings;
  details.notes = reading.completeness.notes;
  details.where = intake_.options_.where;
  details.sample = intake_.options_.sample;
  details.repeats = reading.repeats;
  store::SourceMeta& source = pending.source;
  source.id = reading.id;
  if (input.is_stream && !intake_.options_.piece_token.empty()) {
    source.id = hash_of(fmt::format("{}:{}:{}", intake_.options_.piece_token, intake_.num_pieces_++,
                                    to_hex(reading.id)));
  }
  source.name = input.path;
  source.table = kFlowsTable;
  source.num_rows = reading.num_rows;
  source.num_rejected = reading.completeness.rejected;
  source.num_bytes = reading.end - reading.begin;
  source.details = to_text(details);
  claim(source.id, index);
  if (worker.pending.empty()) {
    worker.since_ns = intake_.clock_.monotonic_ns();
  }
  worker.pending.push_back(std::move(pending));
  return {};
}

Result<void> IntakeRun::redo(Worker& worker, const std::vector<std::size_t>& indices) {
  worker.load->rollback();
  worker.pending.clear();
  for (const std::size_t index : indices) {
    WEIR_RETURN_IF_ERROR(read_object(worker, index));
  }
  return {};
}

void IntakeRun::mark_read(std::size_t index) {
  {
    const std::lock_guard lock(mutex_);
    read_.insert(index);
    while (read_.erase(frontier_) > 0) {
      ++frontier_;
    }
  }
  changed_.notify_all();
}

void IntakeRun::claim(const store::SourceId& id, std::size_t index) {
  const std::lock_guard lock(mutex_);
  const auto [claimed, is_new] = claimed_.emplace(id, index);
  if (!is_new) {
    claimed->second = std::min(claimed->second, index);
  }
}

bool IntakeRun::is_due(const Worker& worker) const {
  return !worker.pending.empty() && (worker.load->num_rows() >= intake_.options_.commit_rows ||
                                     worker.pending.size() >= intake_.options_.commit_objects ||
                                     intake_.clock_.monotonic_ns() - worker.since_ns >=
                                         intake_.options_.commit_ms * 1'000'000);
}

Result<void> IntakeRun::settle(Worker& worker, bool waits) {
  while (!worker.pending.empty()) {
    std::vector<std::size_t> kept;
    std::vector<std::size_t> dropped;
    {
      std::unique_lock lock(mutex_);
      const auto is_decided = [&] {
        return is_stopped_ || frontier_ > worker.pending.back().index;
      };
      const bool is_overfull =
          worker.load->num_rows() >= kMaxOverdue * intake_.options_.commit_rows;
      if (!waits && !is_overfull && !is_decided()) {
        return {};
      }
      changed_.wait(lock, is_decided);
      if (is_stopped_) {
        return {};
      }
      const auto state = intake_.store_.state();
      for (const Pending& pending : worker.pending) {
        const bool is_first = claimed_.at(pending.source.id) == pending.index;
        (is_first && !state->has_source(pending.source.id) ? kept : dropped)
            .push_back(pending.index);
      }
    }
    for (const std::size_t index : dropped) {
      ObjectReport known;
      known.state = ObjectReport::State::kKnown;
      known.path = table_.inputs()[index].path;
      intake_.report(known);
    }
    if (!dropped.empty()) {
      WEIR_RETURN_IF_ERROR(redo(worker, kept));
      continue;
    }
    std::vector<store::SourceMeta> sources;
    for (Pending& pending : worker.pending) {
      pending.source.taken_ms = intake_.clock_.now_ms();
      sources.push_back(pending.source);
    }
    WEIR_RETURN_IF_ERROR(worker.load->commit(std::move(sources)));
    if (worker.repeats != nullptr) {
      worker.repeats->end_object();
    }
    for (const Pending& pending : worker.pending) {
      intake_.index_.add(pending.source.id, pending.details);
      ObjectReport taken;
      taken.path = pending.source.name;
      taken.num_rows = pending.source.num_rows;
      taken.num_rejected = pending.source.num_rejected;
      taken.num_bytes = pending.source.num_bytes;
      taken.begin = pending.details.begin;
      taken.repeats = pending.details.repeats;
      taken.problem = pending.damage;
      intake_.report(taken);
    }
    worker.pending.clear();
  }
  return {};
}

}  // namespace weir::intake
