#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "intake/row_chooser.h"
#include "query/condition.h"

namespace weir::app {

// Chooses the records for which a condition holds, each thread with a chooser of its own.
[[nodiscard]] intake::MakeRowChooser choose_by(query::Condition condition);

}  // namespace weir::app
