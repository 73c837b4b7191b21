// Flow-log lines: every kernel says what the scalar reference says, on any bytes; with a book as
// well, which does not know the lines or has met them before.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "flowlog/line_book.h"
#include "flowlog/line_parser.h"

namespace {

using namespace weir;
using namespace weir::flowlog;

// Batches may end elsewhere with a book, so values stand row by row.
std::string answer_of(KernelChoice kernel, const Layout& layout, const LineParser::Options& options,
                      std::string_view lines) {
  const auto parser = make_line_parser(layout, options, kernel);
  std::string text(lines);
  text.append(64, '\0');
  const std::string_view bytes = std::string_view(text).substr(0, lines.size());
  std::string answer;
  column::Batch batch;
  ParseTally tally;
  std::vector<LineParser::Refused> refused;
  refused.reserve(100);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto outcome = parser->parse(bytes.substr(at), true, batch, tally, refused, nullptr);
    for (auto& column : batch.columns) {
      column.flatten();
    }
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      for (const auto& column : batch.columns) {
        const column::Value value = column.value_at(row);
        answer += value.text + '|' + std::to_string(value.integer) + '|' +
                  std::to_string(value.address.high) + '|' + std::to_string(value.address.low);
      }
    }
    at += outcome.consumed;
    if (outcome.met_header || outcome.consumed == 0) {
      break;
    }
  }
  answer += std::to_string(at);
  for (const auto count : tally.rejected) {
    answer += ',' + std::to_string(count);
  }
  for (const auto& line : refused) {
    answer += ';' + std::to_string(line.length) + '@' + std::to_string(line.token_column);
  }
  return answer + '/' + std::to_string(tally.ok) + '/' + std::to_string(tally.nodata);
}

}  // namespace

// The first byte chooses the layout; the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Layout layout = known_layouts()[data[0] % known_layouts().size()];
  if ((data[0] & 0x80) != 0) {
    layout = *parse_format("srcaddr bytes start action");
  }
  LineParser::Options options;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    if (((data[0] >> (i % 7)) & 1) == 0) {
      options.columns.push_back(layout.columns[i].name);
    }
  }
  LineParser::Options with_book = options;
  options.columns.emplace_back("@message");
  const std::string expected = answer_of(KernelChoice::kScalar, layout, options, text);
  for (const KernelChoice kernel : available_kernels()) {
    if (answer_of(kernel, layout, options, text) != expected) {
      std::abort();
    }
  }
  const std::string plain = answer_of(KernelChoice::kScalar, layout, with_book, text);
  LineBook book;
  with_book.book = &book;
  with_book.may_be_deferred.assign(with_book.columns.size(), true);
  for (int round = 0; round < 2; ++round) {
    if (answer_of(KernelChoice::kBest, layout, with_book, text) != plain) {
      std::abort();
    }
  }
  return 0;
}
