#pragma once

#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// The commands, one file each (command_NAME.cpp). Each returns its exit code.
int run_top(const Arguments& arguments, Environment& environment);
int run_query(const Arguments& arguments, Environment& environment);
int run_summary(const Arguments& arguments, Environment& environment);
int run_store(const Arguments& arguments, Environment& environment);
int run_config(const Arguments& arguments, Environment& environment);
int run_retention(const Arguments& arguments, Environment& environment);
int run_fsck(const Arguments& arguments, Environment& environment);
int run_compact(const Arguments& arguments, Environment& environment);
int run_export(const Arguments& arguments, Environment& environment);
int run_serve(const Arguments& arguments, Environment& environment);
int run_metric(const Arguments& arguments, Environment& environment);
int run_dashboard(const Arguments& arguments, Environment& environment);
int run_alarm(const Arguments& arguments, Environment& environment);
int run_doctor(const Arguments& arguments, Environment& environment);
int run_key(const Arguments& arguments, Environment& environment);
int run_ingest(const Arguments& arguments, Environment& environment);
int run_fields(const Arguments& arguments, Environment& environment);
int run_convert(const Arguments& arguments, Environment& environment);
int run_packets(const Arguments& arguments, Environment& environment);
int run_probe(const Arguments& arguments, Environment& environment);
int run_simulate(const Arguments& arguments, Environment& environment);
int run_demo(const Arguments& arguments, Environment& environment);
int run_version(const Arguments& arguments, Environment& environment);
int run_completion(const Arguments& arguments, Environment& environment);
int run_help(const Arguments& arguments, Environment& environment);

}  // namespace weir::cli
