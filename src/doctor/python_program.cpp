#include "doctor/python_program.h"

#include <algorithm>

namespace weir::doctor {
namespace {

constexpr int kMaxHandOns = 4;  // of parameters handed on
constexpr std::size_t kMaxTexts = 100;

bool opens(const PythonToken& token) {
  return token.kind == PythonToken::Kind::kOperator &&
         (token.text == "(" || token.text == "[" || token.text == "{");
}
bool closes(const PythonToken& token) {
  return token.kind == PythonToken::Kind::kOperator &&
         (token.text == ")" || token.text == "]" || token.text == "}");
}

}  // namespace

const PythonCall::Argument* PythonCall::find(std::string_view keyword) const {
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& item) { return item.keyword == keyword; });
  return found == arguments.end() ? nullptr : &*found;
}

PythonProgram::PythonProgram(std::string_view text) : tokens_(read_python_tokens(text)) {
  find_functions();
}

std::size_t PythonProgram::past_bracket(std::size_t open) const {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens_.size(); ++i) {
    depth += opens(tokens_[i]) ? 1 : 0;
    if (closes(tokens_[i]) && --depth == 0) {
      return i + 1;
    }
  }
  return tokens_.size();
}

std::vector<PythonCall::Argument> PythonProgram::split(const TokenRange& range) const {
  std::vector<PythonCall::Argument> arguments;
  std::size_t begin = range.begin;
  while (begin < range.end) {
    std::size_t end = begin;
    while (end < range.end && !tokens_[end].is(",")) {
      end = opens(tokens_[end]) ? past_bracket(end) : end + 1;
    }
    end = std::min(end, range.end);
    PythonCall::Argument argument{"", {begin, end}};
    if (end - begin >= 3 && tokens_[begin].kind == PythonToken::Kind::kName &&
        tokens_[begin + 1].is("=") && !tokens_[begin + 2].is("=")) {
      argument = {tokens_[begin].text, {begin + 2, end}};
    }
    if (end > begin) {
      arguments.push_back(std::move(argument));
    }
    begin = end + 1;
  }
  return arguments;
}

void PythonProgram::find_functions() {
  for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) {
    if (!tokens_[i].is("def") || !tokens_[i + 2].is("(")) {
      continue;
    }
    Function function;
    function.name = tokens_[i + 1].text;
    function.name_token = i + 1;
    const std::size_t past = past_bracket(i + 2);
    for (const auto& item : split({i + 3, past - 1})) {
      Parameter parameter;
      const std::size_t first =
          item.keyword.empty() ? item.value.begin : item.value.begin - 2;  // name [: type] [= x]
      parameter.name = tokens_[first].text;
      for (std::size_t at = first; at < item.value.end; ++at) {
        if (tokens_[at].is("=")) {
          parameter.default_value = {at + 1, item.value.end};
          break;
        }
      }
      function.parameters.push_back(std::move(parameter));
    }
    std::size_t end = past;
    while (end < tokens_.size() &&
           !(tokens_[end].begins_line && tokens_[end].indent <= tokens_[i].indent)) {
      ++end;
    }
    function.body = {past, end};
    functions_.push_back(std::move(function));
  }
}

std::vector<PythonCall> PythonProgram::calls_of(std::string_view name) const {
  std::vector<PythonCall> calls;
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (tokens_[i].kind != PythonToken::Kind::kName || tokens_[i].text != name ||
        !tokens_[i + 1].is("(") || (i > 0 && tokens_[i - 1].is("def"))) {
      continue;
    }
    PythonCall call;
    call.name = i;
    call.all = {i + 2, past_bracket(i + 1) - 1};
    call.arguments = split(call.all);
    calls.push_back(std::move(call));
  }
  return calls;
}

const PythonProgram::Function* PythonProgram::innermost(std::size_t token) const {
  const Function* found = nullptr;
  for (const Function& function : functions_) {
    if (token >= function.body.begin && token < function.body.end &&
        (found == nullptr || function.body.begin > found->body.begin)) {
      found = &function;
    }
  }
  return found;
}

TokenRange PythonProgram::body_around(std::size_t token) const {
  const Function* function = innermost(token);
  return function == nullptr ? TokenRange{0, tokens_.size()} : function->body;
}

std::string PythonProgram::function_around(std::size_t token) const {
  const Function* function = innermost(token);
  return function == nullptr ? "" : function->name;
}

// What `name = ...` gives it, the last time within a range.
std::optional<TokenRange> PythonProgram::assigned(std::string_view name,
                                                  const TokenRange& within) const {
  std::optional<TokenRange> found;
  for (std::size_t i = within.begin; i + 2 < within.end; ++i) {
    if (!tokens_[i].begins_line || tokens_[i].kind != PythonToken::Kind::kName ||
        tokens_[i].text != name || !tokens_[i + 1].is("=") || tokens_[i + 2].is("=")) {
      continue;
    }
    std::size_t end = i + 2;
    while (end < within.end && !tokens_[end].begins_line) {
      ++end;
    }
    found = TokenRange{i + 2, end};
  }
  return found;
}

std::vector<PythonText> PythonProgram::texts_of(const TokenRange& expression) const {
  std::vector<PythonText> texts;
  add_texts(expression, 0, texts);
  return texts;
}

void PythonProgram::add_texts(const TokenRange& expression, int depth,
                              std::vector<PythonText>& texts) const {
  if (depth > kMaxHandOns || texts.size() >= kMaxTexts || expression.begin >= expression.end) {
    return;
  }
  const PythonToken& first = tokens_[expression.begin];
  if (first.is_string()) {
    PythonText text{first.text, expression.end - expression.begin > 1, first.line};
    if (const std::size_t brace = text.text.find('{');
        first.is_formatted && brace != std::string::npos) {
      text.text.resize(brace);
      text.is_prefix = true;
    }
    texts.push_back(std::move(text));
    return;
  }
  if (first.kind != PythonToken::Kind::kName || expression.end - expression.begin != 1) {
    return;
  }
  const Function* function = innermost(expression.begin);
  if (function != nullptr) {
    if (const auto value = assigned(first.text, function->body)) {
      add_texts(*value, depth + 1, texts);
      return;
    }
    for (std::size_t i = 0; i < function->parameters.size(); ++i) {
      if (function->parameters[i].name == first.text) {
        add_arguments(*function, i, depth + 1, texts);
        return;
      }
    }
  }
  if (const auto value = assigned(first.text, {0, tokens_.size()})) {
    add_texts(*value, depth + 1, texts);
  }
}

void PythonProgram::add_arguments(const Function& function, std::size_t parameter, int depth,
                                  std::vector<PythonText>& texts) const {
  const std::string& first = function.parameters.front().name;
  const std::size_t num_bound = first == "self" || first == "cls" ? 1 : 0;
  for (const PythonCall& call : calls_of(function.name)) {
    const auto* argument = call.find(function.parameters[parameter].name);
    if (argument == nullptr && parameter >= num_bound &&
        parameter - num_bound < call.arguments.size() &&
        call.arguments[parameter - num_bound].keyword.empty()) {
      argument = &call.arguments[parameter - num_bound];
    }
    add_texts(argument == nullptr ? function.parameters[parameter].default_value : argument->value,
              depth, texts);
  }
}

std::optional<TokenRange> PythonProgram::list_of(const TokenRange& expression) const {
  if (expression.begin >= expression.end) {
    return std::nullopt;
  }
  const PythonToken& first = tokens_[expression.begin];
  if (first.is("[")) {
    return TokenRange{expression.begin + 1, past_bracket(expression.begin) - 1};
  }
  if (first.kind == PythonToken::Kind::kName && expression.end - expression.begin == 1) {
    const auto value = assigned(first.text, body_around(expression.begin));
    if (value && tokens_[value->begin].is("[")) {
      return TokenRange{value->begin + 1, past_bracket(value->begin) - 1};
    }
  }
  return std::nullopt;
}

}  // namespace weir::doctor
