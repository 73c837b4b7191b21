#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "inventory/inventory.h"
#include "packet/capture_filter.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"

namespace weir::cli {

// The captures that a command was given, and the parser that its options ask for.
class PacketInput {
 public:
  // No paths: standard input.
  [[nodiscard]] static Result<PacketInput> open(const Arguments& arguments,
                                                std::vector<std::string> paths,
                                                Environment& environment);
  // The same once more, for another thread: with a filter of its own, and without saying again what
  // is wrong with the files. Standard input cannot be read twice.
  [[nodiscard]] Result<PacketInput> again(const Arguments& arguments) const;
  [[nodiscard]] bool can_read_again() const;

  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  [[nodiscard]] const packet::Parser& parser() const { return parser_; }
  // Parses every packet of one file after the other and gives those that the filter wants, with
  // their number from 1 on. `take` returns false to end early. What is wrong with a file is said,
  // and counts as damage; what came before it was good.
  template <class Take>
  [[nodiscard]] Result<void> each_packet(Take take) {
    return each_packet(std::move(take), [](const packet::PacketView&) {});
  }
  // The same; `pass_over` gets those that the filter does not want, with the verdict "filtered".
  template <class Take, class PassOver>
  [[nodiscard]] Result<void> each_packet(Take take, PassOver pass_over) {
    packet::PacketView view;
    packet::CapturedPacket captured;
    std::uint64_t number = 0;
    for (const std::string& path : paths_) {
      WEIR_ASSIGN_OR_RETURN(const auto reader, open_file(path));
      while (reader->next(captured)) {
        (void)parser_.parse(captured.frame, captured.wire_length, captured.link, view);
        ++number;
        if (filter_ && !filter_->matches(captured, view)) {
          view.verdict = packet::Verdict::kFiltered;
          pass_over(static_cast<const packet::PacketView&>(view));
          continue;
        }
        if (!take(captured, static_cast<const packet::PacketView&>(view), number)) {
          return {};
        }
        if (environment_.cancel().is_cancelled()) [[unlikely]] {
          return fail(ErrorCode::kCancelled, "interrupted");
        }
      }
      report(*reader, path);
    }
    return {};
  }
  // What --inventory gave; empty without it.
  [[nodiscard]] const inventory::Inventory& inventory() const { return *inventory_; }
  [[nodiscard]] bool has_damage() const { return has_damage_; }

 private:
  PacketInput(std::vector<std::string> paths, packet::ParserOptions options,
              Environment& environment, bool is_quiet)
      : paths_(std::move(paths)),
        parser_(std::move(options)),
        environment_(environment),
        is_quiet_(is_quiet) {}
  [[nodiscard]] Result<std::unique_ptr<packet::CaptureReader>> open_file(const std::string& path);
  void report(const packet::CaptureReader& reader, const std::string& path);
  void say(const std::string& text);

  std::vector<std::string> paths_;
  packet::Parser parser_;
  std::unique_ptr<inventory::Inventory> inventory_ = std::make_unique<inventory::Inventory>();
  std::optional<packet::CaptureFilter> filter_;
  Environment& environment_;
  bool is_quiet_;
  bool has_damage_ = false;
};

}  // namespace weir::cli
