#pragma once

#include <span>
#include <string_view>

#include "query/syntax.h"

namespace weir::query {

// A column that is computed from others when it is asked for: service, src_scope, duration, ... A
// column that the data itself has under that name wins.
struct DerivedColumn {
  std::string_view name;      // canonical, snake_case
  std::string_view function;  // what computes it
  // Canonical columns, space separated; one with a '?' behind it is worth having, no more.
  std::string_view arguments;
  std::string_view summary;

  [[nodiscard]] Syntax syntax(TextSpan span) const;
};

[[nodiscard]] std::span<const DerivedColumn> all_derived_columns();
// Spelling rules are those of flow-log fields: case, '-' and '_' do not count.
[[nodiscard]] const DerivedColumn* find_derived(std::string_view name);

}  // namespace weir::query
