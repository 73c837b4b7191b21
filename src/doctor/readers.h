#pragma once

#include <map>
#include <string>
#include <string_view>

#include "doctor/marked_tree.h"
#include "doctor/setup.h"

namespace weir::doctor {

// What scripts say of stacks: a template's file name -> the stack's name.
using StackNames = std::map<std::string, std::string, std::less<>>;

// Each reads one text into the set. `file` names it in places.
void read_template(const MarkedTree& document, const std::string& file,
                   const std::string& stack_name, Setup& setup);
// `place`: "dashboard.json", or "dashboard VPC" of a server.
void read_dashboard(std::string_view body, const std::string& place, Setup& setup);
void read_script(std::string_view text, const std::string& file, Setup& setup, StackNames& stacks);
void read_python(std::string_view text, const std::string& file, Setup& setup);

}  // namespace weir::doctor
