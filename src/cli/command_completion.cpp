#include <fmt/format.h>

#include <string>

#include "cli/commands.h"

namespace weir::cli {
namespace {

std::string option_words(const Verb& verb) {
  std::string words;
  for (const Option& option : options_of(verb)) {
    words += fmt::format("{}--{}", words.empty() ? "" : " ", option.name);
  }
  return words;
}

std::string spaced(std::string_view choices) {
  std::string words(choices);
  for (char& c : words) {
    c = c == '|' ? ' ' : c;
  }
  return words;
}

std::string verb_words() {
  std::string words;
  for (const Verb& verb : all_verbs()) {
    words += fmt::format("{}{}", words.empty() ? "" : " ", verb.name);
  }
  return words;
}

std::string bash_script() {
  std::string script = fmt::format(
      "# bash completion of weir: eval \"$(weir completion bash)\"\n"
      "_weir() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{}' -- \"$word\")); return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n",
      verb_words());
  for (const Verb& verb : all_verbs()) {
    script += fmt::format("    {})\n", verb.name);
    std::string cases;
    for (const Option& option : options_of(verb)) {
      if (!option.choices.empty()) {
        cases += fmt::format(
            "        --{}{}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", option.name,
            option.letter != 0 ? fmt::format("|-{}", option.letter) : "", spaced(option.choices));
      }
    }
    if (!cases.empty()) {
      script += "      case $before in\n" + cases + "      esac\n";
    }
    script += fmt::format(
        "      [[ $word == -* ]] && {{ COMPREPLY=($(compgen -W '{}' -- \"$word\")); return; }} "
        ";;\n",
        option_words(verb));
  }
  script +=
      "  esac\n"
      "  COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "}\n"
      "complete -o filenames -F _weir weir\n";
  return script;
}

std::string zsh_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') {
        quoted += '\\';
      }
      quoted += c;
    }
  }
  return quoted;
}

std::string zsh_script() {
  std::string script =
      "#compdef weir\n"
      "# zsh completion of weir: eval \"$(weir completion zsh)\"\n"
      "_weir() {\n"
      "  local -a verbs=(\n";
  for (const Verb& verb : all_verbs()) {
    script += fmt::format("    '{}:{}'\n", verb.name, zsh_quoted(verb.summary));
  }
  script +=
      "  )\n"
      "  if ((CURRENT == 2)); then _describe command verbs; return; fi\n"
      "  local verb=$words[2]\n"
      "  shift words; ((CURRENT--))\n"
      "  case $verb in\n";
  for (const Verb& verb : all_verbs()) {
    script += fmt::format("    {}) _arguments", verb.name);
    for (const Option& option : options_of(verb)) {
      std::string action;
      if (!option.value.empty()) {
        action = option.choices.empty()
                     ? fmt::format(":{}:_files", option.value)
                     : fmt::format(":{}:({})", option.value, spaced(option.choices));
      }
      script += fmt::format(" \\\n      '{}--{}[{}]{}'", option.is_repeatable ? "*" : "",
                            option.name, zsh_quoted(option.help), action);
    }
    script += " \\\n      '*:file:_files' ;;\n";
  }
  script +=
      "  esac\n"
      "}\n"
      "compdef _weir weir\n";
  return script;
}

std::string fish_script() {
  std::string script = "# fish completion of weir: weir completion fish | source\n";
  const auto quoted = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      out += c == '\'' ? std::string("\\'") : std::string(1, c);
    }
    return out;
  };
  for (const Verb& verb : all_verbs()) {
    script += fmt::format("complete -c weir -n __fish_use_subcommand -f -a {} -d '{}'\n", verb.name,
                          quoted(verb.summary));
    for (const Option& option : options_of(verb)) {
      script += fmt::format("complete -c weir -n '__fish_seen_subcommand_from {}' -l {}", verb.name,
                            option.name);
      if (option.letter != 0) {
        script += fmt::format(" -s {}", option.letter);
      }
      if (!option.choices.empty()) {
        script += fmt::format(" -x -a '{}'", spaced(option.choices));
      } else if (!option.value.empty()) {
        script += " -r";
      }
      script += fmt::format(" -d '{}'\n", quoted(option.help));
    }
  }
  return script;
}

}  // namespace

int run_completion(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  const std::string_view shell = words.size() == 1 ? std::string_view(words.front()) : "";
  std::string script;
  if (shell == "bash") {
    script = bash_script();
  } else if (shell == "zsh") {
    script = zsh_script();
  } else if (shell == "fish") {
    script = fish_script();
  } else {
    return environment.fail({ErrorCode::kUsage, "weir completion takes one of bash, zsh, fish"});
  }
  return environment.write(script) ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli
