#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "format/tree.h"

namespace weir::dashboard {

// Values that a reader chose for a dashboard's variables, by id.
using VariableValues = std::map<std::string, std::string, std::less<>>;

// A body with its variables' values put in, for showing: a property wherever it is a member or a
// dimension, a pattern in all texts of the widgets. Variables that were not chosen have their
// default; one without leaves things as they are. Errors name a value of no variable, and a pattern
// that is none.
[[nodiscard]] Result<format::Tree> with_variables(const format::Tree& body,
                                                  const VariableValues& values);

}  // namespace weir::dashboard
