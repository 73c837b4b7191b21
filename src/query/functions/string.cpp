// Functions of text. Positions and lengths count bytes of ASCII and code points of UTF-8 alike.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr auto kSqlString = static_cast<std::uint8_t>(Language::kSql);
constexpr auto kInsightsString = static_cast<std::uint8_t>(Language::kInsights);

// All arguments as text; `kLeast` to `kMost` of them.
template <Type kType, std::size_t kLeast, std::size_t kMost>
Result<BoundCall> bind_texts(BindArguments& arguments, const QueryEnvironment& environment,
                             TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, kLeast, kMost, "f(text, ...)", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kString, environment));
  }
  return BoundCall{kType, nullptr};
}

std::string_view text_at(const Column& column, std::size_t row) {
  return column.data<std::string_view>()[column.is_constant() ? 0 : row];
}

bool is_lead(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::int64_t length_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(), is_lead);
}

// Byte offset of the code point number `index`, or text.size().
std::size_t offset_of(std::string_view text, std::int64_t index) {
  std::size_t i = 0;
  while (i < text.size() && index > 0) {
    ++i;
    while (i < text.size() && !is_lead(text[i])) {
      ++i;
    }
    --index;
  }
  return i;
}

std::string_view slice(std::string_view text, std::int64_t begin, std::int64_t length) {
  const std::size_t from = offset_of(text, std::max<std::int64_t>(begin, 0));
  const std::size_t size = offset_of(text.substr(from), std::max<std::int64_t>(length, 0));
  return text.substr(from, size);
}

template <char (*kMap)(char)>
Result<void> evaluate_case_map(const Expression&, Arguments arguments, std::size_t rows,
                               Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = text_at(*arguments[0], row);
    char* bytes = out.arena().allocate(text.size());
    std::transform(text.begin(), text.end(), bytes, kMap);
    out.data<std::string_view>()[row] = {bytes, text.size()};
  });
  return {};
}

char upper_ascii(char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); }
char lower_ascii(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }

Result<void> evaluate_length(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  map_rows(arguments, Type::kInt64, rows, out, [&](std::size_t row) {
    out.data<std::int64_t>()[row] = length_of(text_at(*arguments[0], row));
  });
  return {};
}

template <bool kLeft, bool kRight>
Result<void> evaluate_trim(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    std::string_view text = text_at(*arguments[0], row);
    const std::string_view set =
        arguments.size() > 1 ? text_at(*arguments[1], row) : std::string_view(" \t\r\n\f\v");
    const auto is_in_set = [&](char c) { return set.find(c) != std::string_view::npos; };
    while (kLeft && !text.empty() && is_in_set(text.front())) {
      text.remove_prefix(1);
    }
    while (kRight && !text.empty() && is_in_set(text.back())) {
      text.remove_suffix(1);
    }
    out.data<std::string_view>()[row] = text;
  });
  return {};
}

// substr(text, begin [, length]): from 0 in Insights, from 1 in SQL (negative: from the end).
Result<BoundCall> bind_substr(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 3, "substr(text, begin [, length])", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[i], Type::kInt64, environment));
  }
  return BoundCall{Type::kString, nullptr};
}

template <bool kFromOne>
Result<void> evaluate_substr(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = text_at(*arguments[0], row);
    const ColumnView<std::int64_t> begins(*arguments[1]);
    constexpr std::int64_t kAll = std::int64_t{1} << 40;
    std::int64_t begin = std::clamp(begins[row], -kAll, kAll);
    std::int64_t length =
        arguments.size() > 2
            ? std::clamp<std::int64_t>(ColumnView<std::int64_t>(*arguments[2])[row], 0, kAll)
            : 4 * kAll;  // also behind the lowest begin
    if constexpr (kFromOne) {
      if (begin > 0) {
        --begin;
      } else if (begin < 0) {
        begin += length_of(text);
      } else {
        --length;  // the place before the first
      }
    }
    if (begin < 0) {
      length += begin;
      begin = 0;
    }
    out.data<std::string_view>()[row] = slice(text, begin, length);
  });
  return {};
}

Result<void> evaluate_replace(const Expression&, Arguments arguments, std::size_t rows,
                              Column& out) {
  std::string built;
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = text_at(*arguments[0], row);
    const std::string_view what = text_at(*arguments[1], row);
    const std::string_view with = text_at(*arguments[2], row);
    std::size_t found = what.empty() ? std::string_view::npos : text.find(what);
    if (found == std::string_view::npos) {
      out.data<std::string_view>()[row] = text;
      return;
    }
    built.clear();
    std::size_t begin = 0;
    for (; found != std::string_view::npos; found = text.find(what, begin)) {
      built += text.substr(begin, found - begin);
      built += with;
      begin = found + what.size();
    }
    built += text.substr(begin);
    out.data<std::string_view>()[row] = out.arena().copy(built);
  });
  return {};
}

// concat skips nulls (as DuckDB's and Insights' do); `||` of SQL gives null for a null side.
Result<void> evaluate_concat(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  out.reset(Type::kString, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t size = 0;
    for (const Column* argument : arguments) {
      size += argument->is_null(row) ? 0 : text_at(*argument, row).size();
    }
    char* bytes = out.arena().allocate(size);
    char* end = bytes;
    for (const Column* argument : arguments) {
      if (!argument->is_null(row)) {
        const std::string_view text = text_at(*argument, row);
        end = std::copy(text.begin(), text.end(), end);
      }
    }
    out.data<std::string_view>()[row] = {bytes, size};
  }
  return {};
}

Result<void> evaluate_join_operator(const Expression& call, Arguments arguments, std::size_t rows,
                                    Column& out) {
  WEIR_RETURN_IF_ERROR(evaluate_concat(call, arguments, rows, out));
  for (std::size_t row = 0; row < rows; ++row) {
    if (arguments[0]->is_null(row) || arguments[1]->is_null(row)) {
      out.set_null(row);
    }
  }
  return {};
}

Result<void> evaluate_concat_ws(const Expression&, Arguments arguments, std::size_t rows,
                                Column& out) {
  out.reset(Type::kString, rows);
  std::string built;
  for (std::size_t row = 0; row < rows; ++row) {
    if (arguments[0]->is_null(row)) {
      out.set_null(row);
      continue;
    }
    built.clear();
    bool is_first = true;
    for (const Column* argument : arguments.subspan(1)) {
      if (!argument->is_null(row)) {
        built += is_first ? std::string_view{} : text_at(*arguments[0], row);
        built += text_at(*argument, row);
        is_first = false;
      }
    }
    out.data<std::string_view>()[row] = out.arena().copy(built);
  }
  return {};
}

Result<BoundCall> bind_text_and_count(BindArguments& arguments, const QueryEnvironment& environment,
                                      TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "left(text, count)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[1], Type::kInt64, environment));
  return BoundCall{Type::kString, nullptr};
}

// A negative count leaves that many off the other end.
template <bool kLeft>
Result<void> evaluate_end(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = text_at(*arguments[0], row);
    std::int64_t count = ColumnView<std::int64_t>(*arguments[1])[row];
    const std::int64_t length = length_of(text);
    count = std::clamp<std::int64_t>(count < 0 ? length + count : count, 0, length);
    out.data<std::string_view>()[row] =
        kLeft ? slice(text, 0, count) : slice(text, length - count, count);
  });
  return {};
}

// Position of `what` in `text` from 1, 0 where it is not.
Result<void> evaluate_position(const Expression&, Arguments arguments, std::size_t rows,
                               Column& out) {
  map_rows(arguments, Type::kInt64, rows, out, [&](std::size_t row) {
    const std::string_view text = text_at(*arguments[0], row);
    const std::size_t found = text.find(text_at(*arguments[1], row));
    out.data<std::int64_t>()[row] =
        found == std::string_view::npos ? 0 : length_of(text.substr(0, found)) + 1;
  });
  return {};
}

enum class Place : std::uint8_t { kBegin, kEnd, kAnywhere };

template <Place kPlace>
bool has_part(std::string_view text, std::string_view part) {
  switch (kPlace) {
    case Place::kBegin:
      return text.starts_with(part);
    case Place::kEnd:
      return text.ends_with(part);
    case Place::kAnywhere:
      return text.find(part) != std::string_view::npos;
  }
  return false;
}

template <Place kPlace>
Result<void> evaluate_has(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  map_rows(arguments, Type::kBool, rows, out, [&](std::size_t row) {
    out.data<std::uint8_t>()[row] =
        has_part<kPlace>(text_at(*arguments[0], row), text_at(*arguments[1], row)) ? 1 : 0;
  });
  return {};
}

// strcontains gives the numbers 1 and 0, as Logs Insights documents it.
Result<void> evaluate_strcontains(const Expression&, Arguments arguments, std::size_t rows,
                                  Column& out) {
  map_rows(arguments, Type::kInt64, rows, out, [&](std::size_t row) {
    out.data<std::int64_t>()[row] =
        has_part<Place::kAnywhere>(text_at(*arguments[0], row), text_at(*arguments[1], row)) ? 1
                                                                                             : 0;
  });
  return {};
}

// isempty: null or ""; isblank: that, or white space alone.
template <bool kBlankToo>
Result<void> evaluate_isempty(const Expression&, Arguments arguments, std::size_t rows,
                              Column& out) {
  out.reset(Type::kBool, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    bool is_empty = arguments[0]->is_null(row);
    if (!is_empty) {
      const std::string_view text = text_at(*arguments[0], row);
      is_empty = kBlankToo ? text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos
                           : text.empty();
    }
    out.data<std::uint8_t>()[row] = is_empty ? 1 : 0;
  }
  return {};
}

constexpr std::size_t kMany = 1000;

constexpr Function kStrings[] = {
    {"upper", "toupper ucase", kBothLanguages, "upper(text)", "In capital letters (ASCII)",
     bind_texts<Type::kString, 1, 1>, evaluate_case_map<upper_ascii>},
    {"lower", "tolower lcase", kBothLanguages, "lower(text)", "In small letters (ASCII)",
     bind_texts<Type::kString, 1, 1>, evaluate_case_map<lower_ascii>},
    {"strlen", "length char_length character_length len", kBothLanguages, "strlen(text)",
     "Number of characters", bind_texts<Type::kInt64, 1, 1>, evaluate_length},
    {"trim", "btrim", kBothLanguages, "trim(text [, characters])",
     "Without white space, or those characters, at both ends", bind_texts<Type::kString, 1, 2>,
     evaluate_trim<true, true>},
    {"ltrim", "", kBothLanguages, "ltrim(text [, characters])", "The same at the left end",
     bind_texts<Type::kString, 1, 2>, evaluate_trim<true, false>},
    {"rtrim", "", kBothLanguages, "rtrim(text [, characters])", "The same at the right end",
     bind_texts<Type::kString, 1, 2>, evaluate_trim<false, true>},
    {"substr", "", kInsightsString, "substr(text, begin [, length])", "Part of a text, from 0",
     bind_substr, evaluate_substr<false>},
    {"substr", "substring mid", kSqlString, "substr(text, begin [, length])",
     "Part of a text, from 1", bind_substr, evaluate_substr<true>},
    {"replace", "", kBothLanguages, "replace(text, what, with)", "Every occurrence replaced",
     bind_texts<Type::kString, 3, 3>, evaluate_replace},
    {"concat", "", kBothLanguages, "concat(a, b, ...)", "All in one text; nulls are skipped",
     bind_texts<Type::kString, 1, kMany>, evaluate_concat},
    {"||", "", kSqlString, "a || b", "Both in one text; null with a null",
     bind_texts<Type::kString, 2, 2>, evaluate_join_operator},
    {"concat_ws", "", kSqlString, "concat_ws(separator, a, b, ...)",
     "All that are not null, joined", bind_texts<Type::kString, 2, kMany>, evaluate_concat_ws},
    {"left", "", kSqlString, "left(text, count)", "The first characters", bind_text_and_count,
     evaluate_end<true>},
    {"right", "", kSqlString, "right(text, count)", "The last characters", bind_text_and_count,
     evaluate_end<false>},
    {"position", "instr strpos", kSqlString, "position(text, part)",
     "Where a part begins, from 1; 0 = nowhere", bind_texts<Type::kInt64, 2, 2>, evaluate_position},
    {"starts_with", "startswith", kBothLanguages, "starts_with(text, part)", "Begins with a part",
     bind_texts<Type::kBool, 2, 2>, evaluate_has<Place::kBegin>},
    {"ends_with", "endswith suffix", kSqlString, "ends_with(text, part)", "Ends with a part",
     bind_texts<Type::kBool, 2, 2>, evaluate_has<Place::kEnd>},
    {"contains", "", kBothLanguages, "contains(text, part)", "Has a part somewhere",
     bind_texts<Type::kBool, 2, 2>, evaluate_has<Place::kAnywhere>},
    {"strcontains", "", kBothLanguages, "strcontains(text, part) -> 1 or 0",
     "Has a part somewhere, as a number", bind_texts<Type::kInt64, 2, 2>, evaluate_strcontains},
    {"isempty", "", kBothLanguages, "isempty(text)", "Absent or empty",
     bind_texts<Type::kBool, 1, 1>, evaluate_isempty<false>},
    {"isblank", "", kBothLanguages, "isblank(text)", "Absent, empty or white space alone",
     bind_texts<Type::kBool, 1, 1>, evaluate_isempty<true>},
};

}  // namespace

std::span<const Function> string_functions() { return kStrings; }

}  // namespace weir::query
