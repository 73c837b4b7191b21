#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"

namespace weir::cli {

// The captures that a command was given, and the parser that its options ask for.
class PacketInput {
 public:
  [[nodiscard]] static Result<PacketInput> open(const Arguments& arguments,
                                                Environment& environment);

  [[nodiscard]] const packet::Parser& parser() const { return parser_; }
  // Opens one file after the other. `read` returns false to end early. What is wrong with a file is
  // said, and counts as damage; what came before was good.
  [[nodiscard]] Result<void> each_file(
      const std::function<Result<bool>(packet::CaptureReader& reader)>& read);
  [[nodiscard]] bool has_damage() const { return has_damage_; }

 private:
  PacketInput(std::vector<std::string> paths, packet::ParserOptions options,
              Environment& environment, bool is_quiet)
      : paths_(std::move(paths)),
        parser_(std::move(options)),
        environment_(environment),
        is_quiet_(is_quiet) {}
  void say(const std::string& text);

  std::vector<std::string> paths_;
  packet::Parser parser_;
  Environment& environment_;
  bool is_quiet_;
  bool has_damage_ = false;
};

}  // namespace weir::cli
