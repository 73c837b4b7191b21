#include "app/ingest_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/condition_chooser.h"
#include "flow/enrichment.h"
#include "query/query.h"

namespace weir::app {

using format::Tree;

Tree to_tree(const IngestRequest& request) {
  Tree tree = Tree::map({{"paths", Tree::list_of(request.paths)},
                         {"standardInput", request.standard_input},
                         {"format", request.format},
                         {"flowLogs", Tree::list_of(request.flow_logs)},
                         {"where", request.where},
                         {"sample", static_cast<std::int64_t>(request.sample)},
                         {"dropsRepeats", request.drops_repeats},
                         {"isFollowing", request.is_following},
                         {"threads", static_cast<std::int64_t>(request.threads)}});
  if (request.now_ms) {
    tree.set("nowMs", *request.now_ms);
  }
  return tree;
}

Result<IngestRequest> ingest_request_of(const Tree& tree) {
  IngestRequest request;
  request.paths = tree["paths"].texts();
  if (request.paths.empty()) {
    return fail(ErrorCode::kUsage, "'paths' names nothing to take in");
  }
  request.standard_input = tree["standardInput"].text();
  request.format = tree["format"].text();
  request.flow_logs = tree["flowLogs"].texts();
  request.where = tree["where"].text();
  if (tree.has("nowMs")) {
    request.now_ms = tree["nowMs"].integer();
  }
  const std::int64_t sample = tree.has("sample") ? tree["sample"].integer() : 1;
  if (sample < 1 || sample > 1'000'000) {
    return fail(ErrorCode::kUsage, "'sample' is a number from 1 to 1,000,000");
  }
  request.sample = static_cast<std::uint32_t>(sample);
  request.drops_repeats = tree["dropsRepeats"].boolean();
  request.is_following = tree["isFollowing"].boolean();
  request.threads = static_cast<std::size_t>(std::clamp<std::int64_t>(
      tree["threads"].integer(), 1, static_cast<std::int64_t>(kMaxIngestThreads)));
  return request;
}

Result<IngestPlan> plan_of(const IngestRequest& request, io::FileSystem& files) {
  IngestPlan plan;
  plan.files.paths = request.paths;
  plan.files.describe_files = request.flow_logs;
  if (!request.format.empty()) {
    auto layout = flowlog::parse_format(request.format);
    if (!layout) {
      return fail(ErrorCode::kUsage, "--format: " + layout.error().message);
    }
    layout->origin = flowlog::LayoutOrigin::kFormatOption;
    plan.files.format = std::move(*layout);
  }
  if (!request.standard_input.empty()) {
    WEIR_ASSIGN_OR_RETURN(plan.files.standard_input, files.open_source(request.standard_input));
  }
  plan.intake.num_threads = request.threads;
  plan.intake.is_following = request.is_following;
  plan.intake.drops_repeats = request.drops_repeats;
  plan.intake.sample = request.sample;
  if (const std::uint32_t rate = request.sample; rate > 1) {
    plan.intake.choosers.emplace_back([rate]() -> Result<std::unique_ptr<intake::RowChooser>> {
      return intake::make_connection_sample(rate);
    });
  }
  return plan;
}

Result<void> add_condition(const IngestRequest& request, std::shared_ptr<flowlog::FileTable> table,
                           io::FileSystem& files, const Clock& clock,
                           intake::IntakeOptions& options) {
  if (request.where.empty()) {
    return {};
  }
  if (table == nullptr) {
    flowlog::FileTableOptions nothing;
    nothing.paths = {"-"};
    nothing.standard_input = io::make_memory_source("");
    WEIR_ASSIGN_OR_RETURN(table, flowlog::open_files(files, nothing));
  }
  query::QueryEnvironment query;
  query.now_ms = request.now_ms.value_or(clock.now_ms());
  WEIR_ASSIGN_OR_RETURN(query.enrichment, flow::load_enrichment(files, {}));
  auto condition = query::bind_condition(request.where, std::move(table), query);
  if (!condition) {
    Error error = std::move(condition).error();
    error.message = "--where: " + error.message;
    if (error.span) {
      error.message += "\n" + query::point_at(request.where, *error.span);
    }
    return tl::unexpected<Error>(std::move(error));
  }
  options.choosers.push_back(choose_by(std::move(*condition)));
  options.where = request.where;
  return {};
}

Tree to_tree(const intake::ObjectReport& object) {
  Tree tree = Tree::map({{"object", object.path}, {"state", name_of(object.state)}});
  if (object.state == intake::ObjectReport::State::kTaken) {
    tree.set("records", object.num_rows);
    tree.set("rejected", object.num_rejected);
    tree.set("bytes", object.num_bytes);
    tree.set("begin", object.begin);
    if (object.repeats > 0) {
      tree.set("repeats", object.repeats);
    }
  }
  if (!object.problem.empty()) {
    tree.set("problem", object.problem);
  }
  return tree;
}

Tree to_tree(const intake::Intake::Totals& totals) {
  return Tree::map({{"taken", totals.taken},
                    {"known", totals.known},
                    {"nothing", totals.nothing},
                    {"refused", totals.refused},
                    {"records", totals.rows},
                    {"rejected", totals.rejected},
                    {"bytes", totals.bytes},
                    {"repeats", totals.repeats}});
}

intake::Intake::Totals totals_of(const Tree& tree) {
  const auto count = [&](std::string_view name) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, tree[name].integer()));
  };
  intake::Intake::Totals totals;
  totals.taken = count("taken");
  totals.known = count("known");
  totals.nothing = count("nothing");
  totals.refused = count("refused");
  totals.rows = count("records");
  totals.rejected = count("rejected");
  totals.bytes = count("bytes");
  totals.repeats = count("repeats");
  return totals;
}

}  // namespace weir::app
