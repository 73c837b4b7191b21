#pragma once

#include <string>

#include "format/json_writer.h"
#include "probe/path_trace.h"

namespace weir::cli {

// The way to a host: an object, or lines for a person, a hop each.
void write_path(const probe::PathTrace& trace, format::JsonWriter& json);
void write_path(const probe::PathTrace& trace, std::string& text);

}  // namespace weir::cli
