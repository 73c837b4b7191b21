#include "doctor/shell_words.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

namespace weir::doctor {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class ShellReader {
 public:
  explicit ShellReader(std::string_view text) : text_(text) {}

  std::vector<ShellCommand> read() {
    while (at_ < text_.size()) {
      step();
    }
    end_command();
    return std::move(commands_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    switch (c) {
      case '\\':
        take_escape();
        return;
      case '\'':
        take_single_quotes();
        return;
      case '"':
        take_double_quotes();
        return;
      case '$':
        take_dollar();
        return;
      case '`':
        word().is_known = false;
        ++at_;
        return;
      case '#':
        if (!has_word_) {
          at_ = std::min(text_.find('\n', at_), text_.size());
          return;
        }
        break;
      case '<':
        if (peek(1) == '<') {
          at_ += 2;
          take_here_word();
          return;
        }
        break;
      case '\n':
        end_command();
        ++line_;
        ++at_;
        skip_here_documents();
        return;
      case ';':
      case '&':
      case '|':
      case '(':
      case ')':
        end_command();
        ++at_;
        return;
      case ' ':
      case '\t':
      case '\r':
        end_word();
        ++at_;
        return;
      default:
        break;
    }
    word().text += c;
    ++at_;
  }

  ShellWord& word() {
    if (!has_word_) {
      word_ = {};
      word_.line = line_;
      has_word_ = true;
    }
    return word_;
  }

  void take_escape() {
    if (peek(1) == '\n') {
      ++line_;
    } else if (at_ + 1 < text_.size()) {
      word().text += peek(1);
    }
    at_ += 2;
  }

  void take_single_quotes() {
    ShellWord& word = this->word();
    for (++at_; at_ < text_.size() && peek() != '\''; ++at_) {
      line_ += peek() == '\n' ? 1 : 0;
      word.text += peek();
    }
    ++at_;
  }

  void take_double_quotes() {
    ShellWord& word = this->word();
    ++at_;
    while (at_ < text_.size() && peek() != '"') {
      if (peek() == '\\' && (peek(1) == '"' || peek(1) == '\\' || peek(1) == '$')) {
        word.text += peek(1);
        at_ += 2;
      } else if (peek() == '$') {
        take_dollar();
      } else {
        line_ += peek() == '\n' ? 1 : 0;
        word.text += peek();
        ++at_;
      }
    }
    ++at_;
  }

  void take_dollar() {
    ShellWord& word = this->word();
    ++at_;
    if (peek() == '(') {  // what a command prints
      word.is_known = false;
      std::size_t depth = 0;
      do {
        depth += peek() == '(' ? 1 : 0;
        depth -= peek() == ')' ? 1 : 0;
        line_ += peek() == '\n' ? 1 : 0;
        ++at_;
      } while (at_ < text_.size() && depth > 0);
      return;
    }
    const bool has_brace = peek() == '{';
    at_ += has_brace ? 1 : 0;
    std::string name;
    while (is_name(peek())) {
      name += peek();
      ++at_;
    }
    const auto value = variables_.find(name);
    if (has_brace) {
      word.is_known = word.is_known && peek() == '}';
      at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;
    }
    if (value == variables_.end()) {
      word.is_known = false;
    } else {
      word.text += value->second;
    }
  }

  void take_here_word() {
    at_ += peek() == '-' ? 1 : 0;
    while (peek() == ' ') {
      ++at_;
    }
    std::string mark;
    while (is_name(peek()) || peek() == '\'' || peek() == '"') {
      if (is_name(peek())) {
        mark += peek();
      }
      ++at_;
    }
    if (!mark.empty()) {
      here_marks_.push_back(std::move(mark));
    }
  }

  void skip_here_documents() {
    for (const std::string& mark : here_marks_) {
      while (at_ < text_.size()) {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, end - at_);
        line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        at_ = std::min(end + 1, text_.size());
        ++line_;
        if (line == mark) {
          break;
        }
      }
    }
    here_marks_.clear();
  }

  void end_word() {
    if (has_word_) {
      command_.words.push_back(std::move(word_));
      has_word_ = false;
    }
  }

  void end_command() {
    end_word();
    auto& words = command_.words;
    // NAME=value before a command, or alone
    while (!words.empty()) {
      const std::string& text = words.front().text;
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0 ||
          !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), is_name)) {
        break;
      }
      if (words.front().is_known) {
        variables_[text.substr(0, equals)] = text.substr(equals + 1);
      }
      words.erase(words.begin());
    }
    if (!words.empty()) {
      commands_.push_back(std::move(command_));
    }
    command_ = {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  ShellWord word_;
  bool has_word_ = false;
  ShellCommand command_;
  std::vector<ShellCommand> commands_;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> here_marks_;
};

}  // namespace

std::vector<ShellCommand> read_shell(std::string_view text) { return ShellReader(text).read(); }

}  // namespace weir::doctor
