// Lines a second of each line-parser kernel over a file in memory.
//
//   line_parser_bench FILE [columns]
//
// FILE begins with a header line. Prints cpu nanoseconds a line, millions of lines and gigabytes a
// second, the best of 5 passes.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "column/coverage.h"
#include "flowlog/line_parser.h"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace weir::flowlog;
  if (argc < 2) {
    std::fprintf(stderr, "usage: line_parser_bench FILE [COLUMN,...]\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t header_end = text.find('\n') + 1;
  const auto layout = parse_header(std::string_view(text).substr(0, header_end - 1));
  if (!layout) {
    std::fprintf(stderr, "%s: no header line\n", argv[1]);
    return 1;
  }
  text.append(64, '\0');
  const std::string_view lines =
      std::string_view(text).substr(header_end, text.size() - 64 - header_end);
  LineParser::Options options;
  std::string_view names = argc > 2 ? argv[2] : "srcaddr,dstaddr,bytes";
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    options.columns.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  for (const KernelChoice choice : available_kernels()) {
    const auto parser = make_line_parser(*layout, options, choice);
    double best = 1e9;
    std::uint64_t records = 0;
    for (int pass = 0; pass < 5; ++pass) {
      weir::column::Batch batch;
      ParseTally tally;
      weir::column::Coverage coverage;
      std::vector<LineParser::Refused> refused;
      const double begin = cpu_seconds();
      for (std::size_t at = 0; at < lines.size();) {
        at += parser->parse(lines.substr(at), true, batch, tally, refused, &coverage).consumed;
      }
      best = std::min(best, cpu_seconds() - begin);
      records = tally.ok + tally.nodata + tally.skipdata;
    }
    std::printf("%-8s %6.1f ns/line %7.2f M lines/s %6.2f GB/s\n",
                std::string(parser->kernel()).c_str(), best * 1e9 / static_cast<double>(records),
                static_cast<double>(records) / best / 1e6,
                static_cast<double>(lines.size()) / best / 1e9);
  }
  return 0;
}
