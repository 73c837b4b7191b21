#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doctor/python_tokens.h"

namespace weir::doctor {

// A text that an expression gives, as far as the program's text tells.
struct PythonText {
  std::string text;
  bool is_prefix = false;  // more of it is made at run time
  std::size_t line = 0;    // where it is written
};

// Half-open range of tokens.
struct TokenRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct PythonCall {
  std::size_t name = 0;  // the token of the function's name
  TokenRange all;        // between its parentheses
  struct Argument {
    std::string keyword;  // "" of a positional one
    TokenRange value;
  };
  std::vector<Argument> arguments;
  [[nodiscard]] const Argument* find(std::string_view keyword) const;
};

// A program's functions and calls over its tokens: enough to follow a text from where it is written
// through variables and parameters to the call that uses it.
class PythonProgram {
 public:
  explicit PythonProgram(std::string_view text);

  [[nodiscard]] const std::vector<PythonToken>& tokens() const { return tokens_; }
  // Calls of functions and methods of that name.
  [[nodiscard]] std::vector<PythonCall> calls_of(std::string_view name) const;
  // The body of the innermost function around a token; the whole program where there is none.
  [[nodiscard]] TokenRange body_around(std::size_t token) const;
  [[nodiscard]] std::string function_around(std::size_t token) const;  // its name, "" outside
  // All texts that an expression may be: of a parameter, one for each caller.
  [[nodiscard]] std::vector<PythonText> texts_of(const TokenRange& expression) const;
  // The list that an expression is, by itself or by a variable; nullopt where it is made elsewhere.
  [[nodiscard]] std::optional<TokenRange> list_of(const TokenRange& expression) const;
  // Past the bracket that closes the one at `open`.
  [[nodiscard]] std::size_t past_bracket(std::size_t open) const;

 private:
  struct Parameter {
    std::string name;
    TokenRange default_value;
  };
  struct Function {
    std::string name;
    std::size_t name_token = 0;
    std::vector<Parameter> parameters;
    TokenRange body;
  };
  void find_functions();
  [[nodiscard]] std::vector<PythonCall::Argument> split(const TokenRange& range) const;
  [[nodiscard]] const Function* innermost(std::size_t token) const;
  [[nodiscard]] std::optional<TokenRange> assigned(std::string_view name,
                                                   const TokenRange& within) const;
  void add_texts(const TokenRange& expression, int depth, std::vector<PythonText>& texts) const;
  void add_arguments(const Function& function, std::size_t parameter, int depth,
                     std::vector<PythonText>& texts) const;

  std::vector<PythonToken> tokens_;
  std::vector<Function> functions_;
};

}  // namespace weir::doctor
