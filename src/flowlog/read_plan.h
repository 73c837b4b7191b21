#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "column/row_filter.h"
#include "column/scan.h"
#include "flowlog/line_parser.h"
#include "flowlog/meta_column.h"

namespace weir::flowlog {

// What every reader of a scan needs to know of the request. Immutable, shared by all streams.
struct ReadPlan {
  struct MetaUse {
    std::size_t position;  // in the request's columns
    MetaColumn column;
  };

  column::ScanRequest request;
  column::ScanContext context;
  // Conjuncts that the scan applies exactly, in every container.
  std::vector<bool> claimed;
  // Columns and conjuncts for LineParser, and where the conjuncts stand in the request. The columns
  // are the request's, so positions are the same.
  LineParser::Options parser_options;
  std::vector<std::size_t> parser_conjuncts;
  // Requested columns that LineParser does not fill.
  std::vector<MetaUse> meta;
  std::optional<std::size_t> layout_position;  // of @layout in the request's columns

  [[nodiscard]] bool is_cancelled() const {
    return context.cancel != nullptr && context.cancel->is_cancelled();
  }
};
[[nodiscard]] ReadPlan make_read_plan(const column::ScanRequest& request,
                                      const column::ScanContext& context);

// The claimed conjuncts that `parser`, made with the plan's conjuncts, does not apply.
[[nodiscard]] std::vector<column::Predicate> unapplied_conjuncts(const ReadPlan& plan,
                                                                 const LineParser& parser);

// A parser for one layout, and the claimed conjuncts that it leaves to us.
struct PlannedParser {
  Layout layout;
  std::unique_ptr<LineParser> parser;
  column::RowFilter residual;
  std::string names;  // of the layout, where @layout is asked for
};

// The parsers of one stream: files mostly share a layout. Not thread-safe.
class ParserCache {
 public:
  // `book` may be null: no column is deferred.
  explicit ParserCache(const ReadPlan& plan, LineBook* book = nullptr,
                       std::vector<bool> may_be_deferred = {});
  // Stays valid while at most kMaxParsers - 1 other layouts are asked for.
  [[nodiscard]] PlannedParser& get(const Layout& layout);
  [[nodiscard]] std::size_t num_columns() const { return plan_.parser_options.columns.size(); }
  [[nodiscard]] const std::optional<std::size_t>& layout_position() const {
    return plan_.layout_position;
  }

 private:
  static constexpr std::size_t kMaxParsers = 8;
  const ReadPlan& plan_;
  LineParser::Options options_;
  std::list<PlannedParser> parsers_;  // most recently used first
};

}  // namespace weir::flowlog
