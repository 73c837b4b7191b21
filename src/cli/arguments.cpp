#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "base/nearest_name.h"
#include "base/number.h"

namespace weir::cli {
namespace {

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == value) {
      return true;
    }
    choices = bar == std::string_view::npos ? std::string_view{} : choices.substr(bar + 1);
  }
  return false;
}

std::string spelled(const Option& option) {
  std::string text = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "    ";
  text += fmt::format("--{}", option.name);
  if (!option.value.empty()) {
    text += fmt::format(" {}", option.value);
  }
  return text;
}

std::string option_table(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    std::string help(option.help);
    if (!option.choices.empty()) {
      help += fmt::format(" ({})", option.choices);
    }
    text += fmt::format("  {:<28} {}\n", spelled(option), help);
  }
  return text;
}

Error unknown_option(const Verb& verb, const std::string& word) {
  std::vector<std::string> names;
  for (const Option& option : options_of(verb)) {
    names.emplace_back(option.name);
  }
  std::string_view bare = word;
  bare.remove_prefix(std::min(bare.find_first_not_of('-'), bare.size()));
  bare = bare.substr(0, bare.find('='));
  std::string hint;
  if (const auto near = nearest_names(bare, names); !near.empty()) {
    hint = fmt::format("; did you mean --{}?", near.front());
  }
  return {ErrorCode::kUsage,
          fmt::format("weir {} has no option {}{} (weir help {} lists them)", verb.name,
                      word.substr(0, word.find('=')), hint, verb.name)};
}

}  // namespace

std::string_view Arguments::value(std::string_view option, std::string_view otherwise) const {
  const auto found = values_.find(option);
  return found == values_.end() ? otherwise : std::string_view(found->second.back());
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::int64_t> Arguments::number(std::string_view option, std::int64_t otherwise,
                                       std::int64_t least) const {
  if (!has(option)) {
    return otherwise;
  }
  const auto parsed = parse_int64(value(option));
  if (!parsed || *parsed < least) {
    return fail(ErrorCode::kUsage, fmt::format("--{} takes a whole number of at least {}, not '{}'",
                                               option, least, value(option)));
  }
  return *parsed;
}

std::vector<Option> options_of(const Verb& verb) {
  std::vector<Option> options(verb.options.begin(), verb.options.end());
  if (verb.takes_flow_options) {
    options.insert(options.end(), flow_options().begin(), flow_options().end());
  }
  options.push_back({"help", 'h', "", "this text"});
  return options;
}

Result<Arguments> parse_arguments(const Verb& verb, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  struct Slot {
    Option option;
    std::vector<std::string> values;
    CLI::Option* handle = nullptr;
  };
  std::vector<std::unique_ptr<Slot>> slots;
  for (const Option& option : options_of(verb)) {
    auto slot = std::make_unique<Slot>(Slot{option, {}, nullptr});
    std::string name = fmt::format("--{}", option.name);
    if (option.letter != 0) {
      name = fmt::format("-{},{}", option.letter, name);
    }
    if (option.value.empty()) {
      slot->handle = app.add_flag(name);
    } else {
      slot->handle = app.add_option(name, slot->values)->expected(1)->allow_extra_args(false);
      slot->handle->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    slots.push_back(std::move(slot));
  }
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage,
                fmt::format("weir {}: {} (weir help {})", verb.name, error.what(), verb.name));
  }
  Arguments arguments;
  for (const auto& slot : slots) {
    if (slot->handle->count() == 0) {
      continue;
    }
    if (slot->option.value.empty()) {
      arguments.add(slot->option.name, "");
      continue;
    }
    if (slot->values.size() > 1 && !slot->option.is_repeatable) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--{} was given {} times", slot->option.name, slot->values.size()));
    }
    for (std::string& value : slot->values) {
      if (!slot->option.choices.empty() && !is_choice(slot->option.choices, value)) {
        return fail(ErrorCode::kUsage, fmt::format("--{} is one of {}, not '{}'", slot->option.name,
                                                   slot->option.choices, value));
      }
      arguments.add(slot->option.name, std::move(value));
    }
  }
  const auto end = std::find(words.begin(), words.end(), "--");
  const auto plain = static_cast<std::size_t>(words.end() - end);
  auto extras = app.remaining(false);
  for (std::size_t i = 0; i < extras.size(); ++i) {
    std::string& word = extras[i];
    const bool is_behind_end = i + plain > extras.size() && word != "--";
    if (word == "--" && end != words.end() && i + plain == extras.size()) {
      continue;
    }
    if (!is_behind_end && word.size() > 1 && word[0] == '-') {
      return tl::unexpected<Error>(unknown_option(verb, word));
    }
    arguments.add_positional(std::move(word));
  }
  return arguments;
}

std::string help_text(const Verb& verb) {
  std::string text = fmt::format("weir {}: {}\n\n{}\nusage: weir {} {}\n", verb.name, verb.summary,
                                 verb.examples, verb.name, verb.usage);
  std::vector<Option> own(verb.options.begin(), verb.options.end());
  own.push_back({"help", 'h', "", "this text"});
  text += fmt::format("\noptions:\n{}", option_table(own));
  if (verb.takes_flow_options) {
    text += fmt::format("\nreading and answering:\n{}", option_table(flow_options()));
  }
  return text;
}

std::string overview_text() {
  std::string text =
      "weir measures what flows through a VPC.\n\n"
      "  weir top ./AWSLogs/                          who talks most\n"
      "  weir query 'filter action = \"REJECT\" | stats count(*) as n by srcaddr | sort n desc' "
      "./AWSLogs/\n"
      "  weir query \"SELECT dstport, SUM(bytes) FROM flows GROUP BY dstport\" ./AWSLogs/\n"
      "  weir demo                                    a simulated VPC, nothing needed\n\n"
      "commands:\n";
  for (const Verb& verb : all_verbs()) {
    text += fmt::format("  {:<12} {}\n", verb.name, verb.summary);
  }
  text +=
      "\nweir help COMMAND shows a command's options. Exit codes: 0 done, 2 usage, 3 partial data\n"
      "(--require-complete), 4 input error, 70 internal error, 130 interrupted.\n";
  return text;
}

}  // namespace weir::cli
