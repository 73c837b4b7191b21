#include "flowlog/read_plan.h"

#include <utility>

namespace weir::flowlog {

ReadPlan make_read_plan(const column::ScanRequest& request, const column::ScanContext& context) {
  ReadPlan plan;
  plan.request = request;
  plan.context = context;
  plan.parser_options.columns = request.columns;
  plan.parser_options.range = request.range;
  plan.parser_options.include_silent = request.include_silent;
  std::vector<bool> is_from_parser(request.columns.size(), true);
  std::vector<bool> is_constant(request.columns.size(), false);
  for (std::size_t i = 0; i < request.columns.size(); ++i) {
    const auto meta = find_meta_column(request.columns[i]);
    if (meta && *meta != MetaColumn::kMessage && *meta != MetaColumn::kTimestamp) {
      plan.meta.push_back({i, *meta});
      is_from_parser[i] = false;
      is_constant[i] = is_constant_in_file(*meta);
      if (*meta == MetaColumn::kLayout) {
        plan.layout_position = i;
      }
    }
  }
  plan.claimed.assign(request.conjuncts.size(), false);
  for (std::size_t i = 0; i < request.conjuncts.size(); ++i) {
    if (is_from_parser[request.conjuncts[i].column]) {
      plan.parser_options.conjuncts.push_back(request.conjuncts[i]);
      plan.parser_conjuncts.push_back(i);
    } else {
      plan.claimed[i] = is_constant[request.conjuncts[i].column];
    }
  }
  // Claimed is what a parser of the most frequent layout applies: the engine filters the rest, and
  // what some other parser leaves out of the claim is filtered here.
  const auto probe = make_line_parser(known_layouts().front(), plan.parser_options);
  const auto applied = probe->applied_conjuncts();
  for (std::size_t i = 0; i < plan.parser_conjuncts.size(); ++i) {
    plan.claimed[plan.parser_conjuncts[i]] = i < applied.size() && applied[i];
  }
  return plan;
}

std::vector<column::Predicate> unapplied_conjuncts(const ReadPlan& plan, const LineParser& parser) {
  const auto applied = parser.applied_conjuncts();
  std::vector<column::Predicate> residual;
  for (std::size_t i = 0; i < plan.parser_conjuncts.size(); ++i) {
    const bool is_applied = i < applied.size() && applied[i];
    if (!is_applied && plan.claimed[plan.parser_conjuncts[i]]) {
      residual.push_back(plan.parser_options.conjuncts[i]);
    }
  }
  return residual;
}

ParserCache::ParserCache(const ReadPlan& plan, LineBook* book, std::vector<bool> may_be_deferred)
    : plan_(plan), options_(plan.parser_options) {
  options_.book = book;
  options_.may_be_deferred = std::move(may_be_deferred);
}

PlannedParser& ParserCache::get(const Layout& layout) {
  for (auto planned = parsers_.begin(); planned != parsers_.end(); ++planned) {
    if (planned->layout.same_columns(layout)) {
      parsers_.splice(parsers_.begin(), parsers_, planned);
      return parsers_.front();
    }
  }
  auto parser = make_line_parser(layout, options_);
  auto residual = unapplied_conjuncts(plan_, *parser);
  if (parsers_.size() == kMaxParsers) {
    parsers_.pop_back();
  }
  parsers_.push_front({layout, std::move(parser), column::RowFilter(std::move(residual)),
                       plan_.layout_position ? layout.names() : std::string()});
  return parsers_.front();
}

}  // namespace weir::flowlog
