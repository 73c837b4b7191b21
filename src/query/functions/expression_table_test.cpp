#include "query/functions/expression_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <memory>

#include "base/ip_address.h"
#include "base/number.h"
#include "base/time_text.h"
#include "flow/enrichment.h"
#include "io/file_system.h"
#include "query/bind.h"
#include "query/evaluate.h"

namespace weir::query {
namespace {

using column::Type;
using column::Value;

class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : text_(text) {}

  Syntax read_all() {
    Syntax syntax = read();
    skip_space();
    EXPECT_EQ(at_, text_.size()) << "left over in " << text_;
    return syntax;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
  }

  Syntax read() {
    skip_space();
    const std::size_t begin = at_;
    Syntax syntax;
    if (text_[at_] == '\'') {
      syntax.literal = Value::of_string(read_quoted('\''));
    } else if (text_[at_] == '`') {
      syntax.kind = Syntax::Kind::kName;
      syntax.text = read_quoted('`');
    } else {
      while (at_ < text_.size() && std::string_view("(), '").find(text_[at_]) == text_.npos) {
        ++at_;
      }
      const std::string_view word = text_.substr(begin, at_ - begin);
      EXPECT_FALSE(word.empty()) << "at " << begin << " of " << text_;
      if (at_ < text_.size() && text_[at_] == '(') {
        read_call(word, syntax);
      } else {
        read_word(word, syntax);
      }
    }
    syntax.span = {begin, at_};
    return syntax;
  }

  std::string read_quoted(char quote) {
    std::string result;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote && (at_ + 1 == text_.size() || text_[at_ + 1] != quote)) {
        ++at_;
        break;
      }
      at_ += text_[at_] == quote ? 1 : 0;
      result += text_[at_];
    }
    return result;
  }

  void read_call(std::string_view word, Syntax& syntax) {
    syntax.kind = word == "case" ? Syntax::Kind::kCase : Syntax::Kind::kCall;
    syntax.text = word;
    ++at_;
    skip_space();
    while (at_ < text_.size() && text_[at_] != ')') {
      syntax.children.push_back(read());
      skip_space();
      at_ += at_ < text_.size() && text_[at_] == ',' ? 1 : 0;
      skip_space();
    }
    ++at_;
    if (word == "cast") {
      syntax.kind = Syntax::Kind::kCast;
      syntax.text = syntax.children.back().text;
      syntax.children.pop_back();
    }
  }

  static void read_word(std::string_view word, Syntax& syntax) {
    if (const auto integer = parse_int64(word)) {
      syntax.literal = Value::of_int(*integer);
    } else if (const auto number = parse_double(word)) {
      syntax.literal = Value::of_double(*number);
    } else if (const auto period = parse_period(word)) {
      syntax.kind = Syntax::Kind::kPeriod;
      syntax.period = *period;
    } else if (word == "true" || word == "false") {
      syntax.literal = Value::of_bool(word == "true");
    } else if (word != "null") {
      syntax.kind = Syntax::Kind::kName;
      syntax.text = word;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void put(const Value& value, std::size_t row, column::Column& column) {
  switch (value.type) {
    case Type::kNull:
      column.set_null(row);
      break;
    case Type::kBool:
      column.data<std::uint8_t>()[row] = static_cast<std::uint8_t>(value.integer);
      break;
    case Type::kDouble:
      column.data<double>()[row] = value.number;
      break;
    case Type::kAddress:
      column.data<IpAddress>()[row] = value.address;
      break;
    case Type::kString:
      column.data<std::string_view>()[row] = column.arena().copy(value.text);
      break;
    default:
      column.data<std::int64_t>()[row] = value.integer;
      break;
  }
}

template <class T, class F>
std::vector<Value> values_of(std::initializer_list<std::optional<T>> values, F make) {
  std::vector<Value> result;
  for (const auto& value : values) {
    result.push_back(value ? make(*value) : Value::null());
  }
  return result;
}

constexpr std::size_t kRepeatedRows = 300;  // several words of the null mask, not a multiple of 64

}  // namespace

Syntax read_expression(std::string_view text) { return ExpressionReader(text).read_all(); }

std::string cell_text(const column::Column& column, std::size_t row) {
  const std::size_t i = column.is_constant() ? 0 : row;
  if (column.is_null(i)) {
    return "null";
  }
  switch (column.type()) {
    case Type::kNull:
      return "null";
    case Type::kBool: {
      const std::uint8_t value = column.data<std::uint8_t>()[i];
      return value == 0 ? "false" : value == 1 ? "true" : "neither 0 nor 1";
    }
    case Type::kInt64:
      return std::to_string(column.data<std::int64_t>()[i]);
    case Type::kDouble: {
      const std::string text = format_double(column.data<double>()[i]);
      return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
    }
    case Type::kTime:
      return to_time_text(column.data<std::int64_t>()[i]);
    case Type::kInterval:
      return format_double(static_cast<double>(column.data<std::int64_t>()[i]) / 1000) + "s";
    case Type::kAddress:
      return to_string(column.data<IpAddress>()[i]);
    case Type::kString:
      return fmt::format("'{}'", column.data<std::string_view>()[i]);
  }
  return "";
}

// Names as columns of a batch.
class ExpressionTable::ColumnScope : public Scope {
 public:
  explicit ColumnScope(const ExpressionTable& table) : table_(table) {}
  Result<std::optional<ExpressionPtr>> find(std::string_view, std::string_view name,
                                            TextSpan span) override {
    for (std::size_t i = 0; i < table_.schema_.size(); ++i) {
      if (table_.schema_[i].name == name) {
        return std::optional(make_column(i, table_.schema_[i].type, span));
      }
    }
    return std::optional<ExpressionPtr>();
  }
  std::vector<std::string> known_names() override { return {}; }

 private:
  const ExpressionTable& table_;
};

// Names as the values of one row.
class ExpressionTable::LiteralScope : public Scope {
 public:
  LiteralScope(const ExpressionTable& table, std::size_t row) : table_(table), row_(row) {}
  Result<std::optional<ExpressionPtr>> find(std::string_view, std::string_view name,
                                            TextSpan span) override {
    for (std::size_t i = 0; i < table_.schema_.size(); ++i) {
      if (table_.schema_[i].name == name) {
        auto literal = std::make_shared<Expression>();
        literal->type = table_.schema_[i].type;
        literal->literal = table_.values_[i][row_];
        literal->span = span;
        return std::optional<ExpressionPtr>(std::move(literal));
      }
    }
    return std::optional<ExpressionPtr>();
  }
  std::vector<std::string> known_names() override { return {}; }

 private:
  const ExpressionTable& table_;
  std::size_t row_;
};

ExpressionTable::ExpressionTable() {
  environment_.now_ms = 1'772'366'400'500;
  const auto files = io::make_local_file_system();
  flow::EnrichmentOptions options;
  options.vpc_cidrs = {"10.9.0.0/16"};
  environment_.enrichment = flow::load_enrichment(*files, options).value();
}

ExpressionTable& ExpressionTable::add(std::string name, Type type, std::vector<Value> values) {
  EXPECT_TRUE(values_.empty() || values_[0].size() == values.size()) << name;
  schema_.push_back({std::move(name), type});
  values_.push_back(std::move(values));
  return *this;
}

void ExpressionTable::expect(Language language, std::initializer_list<Case> cases) {
  for (const Case& test : cases) {
    expect_case(language, test, true);
  }
}

void ExpressionTable::expect_columns(Language language, std::initializer_list<Case> cases) {
  for (const Case& test : cases) {
    expect_case(language, test, false);
  }
}

void ExpressionTable::expect_case(Language language, const Case& test, bool with_literals) {
  const Syntax syntax = read_expression(test.expression);
  std::string wrong;
  const auto check = [&](const Result<std::string>& result, const char* form) {
    const std::string& text = result ? *result : result.error().message;
    if (!result || text != test.expected) {
      wrong += fmt::format("  {:18}{}\n", form, text);
    }
  };
  check(as_columns(language, syntax, Form::kColumns), "columns");
  check(as_columns(language, syntax, Form::kRepeated), "repeated columns");
  check(as_columns(language, syntax, Form::kConstants), "constant columns");
  if (with_literals) {
    check(as_literals(language, syntax), "literals");
  }
  EXPECT_TRUE(wrong.empty()) << test.expression << "\n  expected          " << test.expected << "\n"
                             << wrong;
}

Result<std::string> ExpressionTable::as_columns(Language language, const Syntax& syntax,
                                                Form form) {
  Binder binder(environment_, language);
  ColumnScope scope(*this);
  WEIR_ASSIGN_OR_RETURN(const ExpressionPtr expression, binder.bind(syntax, scope));
  const std::size_t num_rows = values_.empty() ? 1 : values_[0].size();
  const std::size_t num_batches = form == Form::kConstants ? num_rows : 1;
  const std::size_t batch_rows = form == Form::kRepeated    ? kRepeatedRows
                                 : form == Form::kConstants ? 3
                                                            : num_rows;
  Evaluator evaluator;
  std::string text;
  for (std::size_t number = 0; number < num_batches; ++number) {
    column::Batch batch;
    batch.num_rows = batch_rows;
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      column::Column& column = batch.columns.emplace_back();
      if (form == Form::kConstants) {
        column.reset_constant(schema_[i].type, batch_rows);
        put(values_[i][number], 0, column);
      } else {
        column.reset(schema_[i].type, batch_rows);
        for (std::size_t row = 0; row < batch_rows; ++row) {
          put(values_[i][row % num_rows], row, column);
        }
      }
    }
    // Twice: scratch columns keep what the batch before left in them.
    WEIR_RETURN_IF_ERROR(evaluator.evaluate(*expression, batch));
    WEIR_ASSIGN_OR_RETURN(const column::Column* const result,
                          evaluator.evaluate(*expression, batch));
    if (result->type() != expression->type && result->type() != Type::kNull) {
      return fail(ErrorCode::kInternal,
                  fmt::format("the type is {} and was bound as {}", name_of(result->type()),
                              name_of(expression->type)));
    }
    if (result->size() != batch_rows) {
      return fail(ErrorCode::kInternal, fmt::format("{} rows of {}", result->size(), batch_rows));
    }
    const std::size_t shown = form == Form::kConstants ? 1 : num_rows;
    for (std::size_t row = 0; row < batch_rows; ++row) {
      const std::string cell = cell_text(*result, row);
      if (row < shown) {
        text += (text.empty() ? "" : " | ") + cell;
      } else if (cell != cell_text(*result, row % shown)) {
        return fail(ErrorCode::kInternal,
                    fmt::format("row {} gives {}, row {} with the same input "
                                "{}",
                                row, cell, row % shown, cell_text(*result, row % shown)));
      }
    }
  }
  return text;
}

Result<std::string> ExpressionTable::as_literals(Language language, const Syntax& syntax) {
  const std::size_t num_rows = values_.empty() ? 1 : values_[0].size();
  std::string text;
  for (std::size_t row = 0; row < num_rows; ++row) {
    Binder binder(environment_, language);
    LiteralScope scope(*this, row);
    WEIR_ASSIGN_OR_RETURN(const ExpressionPtr expression, binder.bind(syntax, scope));
    column::Batch batch;
    batch.num_rows = 1;
    Evaluator evaluator;
    WEIR_ASSIGN_OR_RETURN(const column::Column* const result,
                          evaluator.evaluate(*expression, batch));
    text += (text.empty() ? "" : " | ") + cell_text(*result, 0);
  }
  return text;
}

Result<void> ExpressionTable::attempt(Language language, std::string_view expression) {
  return as_columns(language, read_expression(expression), Form::kColumns)
      .map([](const std::string&) {});
}

std::string ExpressionTable::error_of(Language language, std::string_view expression) {
  const auto result = attempt(language, expression);
  return result ? "" : result.error().message;
}

std::optional<TextSpan> ExpressionTable::error_span_of(Language language,
                                                       std::string_view expression) {
  const auto result = attempt(language, expression);
  return result ? std::nullopt : result.error().span;
}

std::vector<Value> integers(std::initializer_list<std::optional<std::int64_t>> values) {
  return values_of(values, [](std::int64_t v) { return Value::of_int(v); });
}

std::vector<Value> doubles(std::initializer_list<std::optional<double>> values) {
  return values_of(values, [](double v) { return Value::of_double(v); });
}

std::vector<Value> texts(std::initializer_list<std::optional<std::string>> values) {
  return values_of(values, [](const std::string& v) { return Value::of_string(v); });
}

std::vector<Value> addresses(std::initializer_list<std::optional<std::string>> values) {
  return values_of(values,
                   [](const std::string& v) { return Value::of_address(parse_ip(v).value()); });
}

std::vector<Value> times(std::initializer_list<std::optional<std::string>> values) {
  return values_of(
      values, [](const std::string& v) { return Value::of_time(parse_absolute_time(v).value()); });
}

std::vector<Value> bools(std::initializer_list<std::optional<bool>> values) {
  return values_of(values, [](bool v) { return Value::of_bool(v); });
}

}  // namespace weir::query
