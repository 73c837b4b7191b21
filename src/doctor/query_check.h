#pragma once

#include <memory>
#include <string>
#include <vector>

#include "column/scan.h"
#include "doctor/setup.h"

namespace weir::doctor {

// Queries over flow logs: what cannot be read, fields that do not exist, conditions that are always
// or never true. Queries of other groups than those of flow logs, whose fields no file tells, are
// looked at for their form alone.
void check_queries(const std::vector<LogQuery>& queries, std::vector<Finding>& findings);

// The same of one query over a table that is known.
void check_query(const LogQuery& query, std::shared_ptr<column::Table> table,
                 std::vector<Finding>& findings);

}  // namespace weir::doctor
