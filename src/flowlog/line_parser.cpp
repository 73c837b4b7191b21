#include "flowlog/line_parser.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "flowlog/fast_lines.h"
#include "flowlog/line_program.h"

namespace weir::flowlog {
namespace {

using column::Type;
TokenStep::Check check_of(const LayoutColumn& column) {
  using Check = TokenStep::Check;
  if (!column.field) {
    return Check::kText;
  }
  switch (*column.field) {
    case FieldId::kStart:
      return Check::kStart;
    case FieldId::kEnd:
      return Check::kEnd;
    case FieldId::kProtocol:
      return Check::kProtocol;
    case FieldId::kLogStatus:
      return Check::kStatus;
    default:
      break;
  }
  switch (info(*column.field).shape) {
    case FieldShape::kAddress:
      return Check::kAddress;
    case FieldShape::kInteger:
      return Check::kInteger;
    case FieldShape::kPort:
      return Check::kPort;
    case FieldShape::kEpoch:
      return Check::kEpoch;
    case FieldShape::kText:
      break;
  }
  return Check::kText;
}

Type type_of_column(const std::string& name) {
  if (name == "@timestamp") {
    return Type::kTime;
  }
  const auto field = find_field(name);
  return field ? info(*field).type : Type::kString;
}

LineProgram make_program(const Layout& layout, const LineParser::Options& options) {
  LineProgram program;
  program.layout = layout;
  program.range = options.range;
  program.include_silent = options.include_silent;
  for (const LayoutColumn& column : layout.columns) {
    program.steps.push_back({check_of(column), -1});
  }
  for (std::size_t i = 0; i < options.columns.size(); ++i) {
    const std::string& name = options.columns[i];
    const auto place = static_cast<std::int32_t>(i);
    program.column_types.push_back(type_of_column(name));
    if (name == "@message") {
      program.message_column = place;
      continue;
    }
    if (name == "@timestamp") {
      program.timestamp_column = place;
      continue;
    }
    bool is_found = false;
    for (std::size_t c = 0; c < layout.columns.size() && !is_found; ++c) {
      if (layout.columns[c].name == name) {
        program.steps[c].column = place;
        program.steps[c].may_be_deferred = options.conjuncts.empty() &&
                                           i < options.may_be_deferred.size() &&
                                           options.may_be_deferred[i];
        is_found = true;
      }
    }
    if (!is_found) {
      program.absent_columns.push_back(place);
    }
  }
  for (const column::Predicate& predicate : options.conjuncts) {
    const auto place = static_cast<std::int32_t>(predicate.column);
    const bool is_token = std::any_of(program.steps.begin(), program.steps.end(),
                                      [&](const TokenStep& step) { return step.column == place; });
    const bool is_applied =
        is_token && LineFilter::can_apply(predicate, program.column_types[predicate.column]);
    program.applied.push_back(is_applied);
    if (is_applied) {
      program.filters.emplace_back(predicate);
    }
  }
  return program;
}

// Well-formed UTF-8 without NUL; else which of the two is wrong, and the first such byte, from 1.
Reject check_text(std::string_view line, std::size_t& fault) {
  unsigned char any = 0;
  bool has_nul = false;
  for (const char c : line) {  // without an early way out, so that compilers make vectors of it
    any |= static_cast<unsigned char>(c);
    has_nul |= c == '\0';
  }
  if (has_nul) {
    fault = line.find('\0') + 1;
    return Reject::kNulByte;
  }
  if (any < 0x80) {
    return Reject::kNone;
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(line[i]); };
  std::size_t i = 0;
  while (i < line.size()) {
    const unsigned char lead = byte(i);
    fault = i + 1;
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || i + length > line.size()) {
      return Reject::kBadUtf8;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) {
        return Reject::kBadUtf8;
      }
    }
    const bool is_overlong =
        (lead == 0xe0 && byte(i + 1) < 0xa0) || (lead == 0xf0 && byte(i + 1) < 0x90);
    const bool is_outside =
        (lead == 0xed && byte(i + 1) >= 0xa0) || (lead == 0xf4 && byte(i + 1) >= 0x90);
    if (is_overlong || is_outside) {
      return Reject::kBadUtf8;
    }
    i += length;
  }
  fault = 0;
  return Reject::kNone;
}

class ProgramParser final : public LineParser {
 public:
  // `kernel` null: every line by the scalar reference.
  ProgramParser(LineProgram program, const LineKernel* kernel, LineBook* book)
      : program_(std::move(program)) {
    if (kernel != nullptr && FastLines::can_read(program_)) {
      fast_.emplace(program_, *kernel, book);
    }
  }

  Outcome parse(std::string_view bytes, bool is_last, column::Batch& batch, ParseTally& tally,
                std::vector<Refused>& refused, column::Coverage* coverage) override {
    batch.columns.resize(program_.column_types.size());
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      batch.columns[i].reset(program_.column_types[i], column::kBatchRows);
    }
    Outcome outcome;
    std::size_t row = 0;
    if (fast_) {
      fast_->begin_batch();
    }
    while (outcome.consumed < bytes.size() && row < column::kBatchRows) {
      if (fast_) {
        outcome.consumed +=
            fast_->read(bytes.substr(outcome.consumed), row, batch, tally, coverage);
        if (outcome.consumed == bytes.size() || row == column::kBatchRows) {
          break;
        }
        if (fast_->defers() && row > 0) {
          break;
        }
        fast_->read_whole();
      }
      if (!parse_line(bytes, is_last, batch, tally, refused, coverage, row, outcome)) {
        break;
      }
    }
    finish(row, batch);
    return outcome;
  }

  [[nodiscard]] std::vector<bool> applied_conjuncts() const override { return program_.applied; }
  [[nodiscard]] std::string_view kernel() const override {
    return fast_ ? fast_->kernel().name : "scalar";
  }

 private:
  // Reads the line at outcome.consumed by the scalar reference. False: stop here.
  bool parse_line(std::string_view bytes, bool is_last, column::Batch& batch, ParseTally& tally,
                  std::vector<Refused>& refused, column::Coverage* coverage, std::size_t& row,
                  Outcome& outcome) {
    const std::size_t begin = outcome.consumed;
    std::size_t end = bytes.find('\n', begin);
    if (end == std::string_view::npos) {
      if (!is_last) {
        return false;
      }
      end = bytes.size();
    }
    std::string_view line = bytes.substr(begin, end - begin);
    const std::size_t behind = std::min(end + 1, bytes.size());
    while (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    std::size_t skipped = 0;
    if (line.starts_with("\xef\xbb\xbf")) {
      line.remove_prefix(3);
      skipped = 3;
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      outcome.consumed = behind;  // an empty line is nothing
      return true;
    }
    std::size_t token_column = 0;
    Reject reject =
        line.size() > kMaxLineBytes ? Reject::kLineTooLong : check_text(line, token_column);
    if (reject == Reject::kNone) {
      split_line(line, tokens_);
      const char first = line[tokens_.begins[0]];
      const bool may_be_header = (first < '0' || first > '9') && first != '-';
      if (may_be_header && parse_header(line)) {
        outcome.met_header = true;
        return false;
      }
      reject = read_tokens(program_, line, tokens_, row, batch, values_, token_column);
    }
    outcome.consumed = behind;
    if (reject != Reject::kNone) {
      ++tally.rejected[static_cast<std::size_t>(reject)];
      if (refused.size() < refused.capacity()) {
        refused.push_back(
            {reject, begin, end - begin, token_column == 0 ? 0 : token_column + skipped});
      }
      return true;
    }
    count_line(values_, tally, coverage);
    if (is_in_range(program_, values_.start_ms, values_.status)) {
      keep_row(line, batch, row);
    }
    return true;
  }

  void keep_row(std::string_view line, column::Batch& batch, std::size_t& row) const {
    const std::span nulls(values_.null_columns, values_.num_nulls);
    for (const std::int32_t place : nulls) {
      batch.columns[static_cast<std::size_t>(place)].set_null(row);
    }
    std::uint8_t is_kept = 1;
    for (const LineFilter& filter : program_.filters) {
      filter.narrow(batch.columns[filter.column()], row, std::span(&is_kept, 1));
    }
    if (is_kept == 0) {
      for (const std::int32_t place : nulls) {
        clear_null(batch.columns[static_cast<std::size_t>(place)], row);
      }
      return;
    }
    write_special_columns(program_, values_.start_ms, line, row, batch);
    ++row;
  }

  void finish(std::size_t rows, column::Batch& batch) {
    for (auto& column : batch.columns) {
      column.set_size(rows);
    }
    for (const std::int32_t place : program_.absent_columns) {
      const auto i = static_cast<std::size_t>(place);
      batch.columns[i].reset_constant(program_.column_types[i], rows);
      batch.columns[i].set_null(0);
    }
    if (fast_) {
      fast_->end_batch(rows, batch);
    }
    batch.num_rows = rows;
  }

  LineProgram program_;
  std::optional<FastLines> fast_;
  Tokens tokens_;
  LineValues values_;
};

}  // namespace

std::string_view name_of(Reject reject) {
  switch (reject) {
    case Reject::kNone:
      return "none";
    case Reject::kTooFewTokens:
      return "too few fields";
    case Reject::kTooManyTokens:
      return "too many fields";
    case Reject::kBadNumber:
      return "not a number";
    case Reject::kOverflow:
      return "number out of range";
    case Reject::kBadAddress:
      return "not an address";
    case Reject::kBadTime:
      return "not a time";
    case Reject::kNulByte:
      return "NUL byte";
    case Reject::kBadUtf8:
      return "invalid UTF-8";
    case Reject::kLineTooLong:
      return "line too long";
    case Reject::kCutShort:
      return "line cut short";
    case Reject::kBadJson:
      return "invalid JSON";
    case Reject::kBadRow:
      return "row without flow-log fields";
  }
  return "";
}

std::string_view name_of(KernelChoice kernel) {
  switch (kernel) {
    case KernelChoice::kBest:
      return "best";
    case KernelChoice::kScalar:
      return "scalar";
    case KernelChoice::kAvx2:
      return "avx2";
    case KernelChoice::kAvx512:
      return "avx512";
  }
  return "";
}

std::vector<KernelChoice> available_kernels() {
  std::vector<KernelChoice> kernels{KernelChoice::kScalar};
  if (avx2_kernel() != nullptr) {
    kernels.push_back(KernelChoice::kAvx2);
  }
  if (avx512_kernel() != nullptr) {
    kernels.push_back(KernelChoice::kAvx512);
  }
  return kernels;
}

std::unique_ptr<LineParser> make_line_parser(const Layout& layout,
                                             const LineParser::Options& options,
                                             KernelChoice choice) {
  const LineKernel* kernel = nullptr;
  if (choice == KernelChoice::kAvx512 || choice == KernelChoice::kBest) {
    kernel = avx512_kernel();
  }
  if (choice == KernelChoice::kAvx2 || (choice == KernelChoice::kBest && kernel == nullptr)) {
    kernel = avx2_kernel();
  }
  return std::make_unique<ProgramParser>(make_program(layout, options), kernel, options.book);
}

}  // namespace weir::flowlog
