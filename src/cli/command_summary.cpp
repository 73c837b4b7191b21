#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/number.h"
#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "format/json_writer.h"

namespace weir::cli {
namespace {

struct Section {
  std::string_view key;  // of -o json
  std::string_view title;
  std::string_view query;
};

constexpr Section kSections[] = {
    {"actions", "By action",
     "SELECT action, COUNT(*) AS flows, SUM(bytes) AS bytes, SUM(packets) AS packets FROM flows "
     "WHERE action IS NOT NULL GROUP BY action ORDER BY flows DESC"},
    {"pairs", "Top pairs",
     "SELECT srcaddr, dstaddr, SUM(bytes) AS bytes, COUNT(*) AS flows FROM flows WHERE srcaddr IS "
     "NOT NULL AND dstaddr IS NOT NULL GROUP BY srcaddr, dstaddr ORDER BY bytes DESC, srcaddr, "
     "dstaddr LIMIT 5"},
    {"services", "Top services",
     "SELECT service, SUM(bytes) AS bytes, COUNT(*) AS flows FROM flows WHERE service IS NOT NULL "
     "GROUP BY service ORDER BY bytes DESC, service LIMIT 5"},
    {"rejected_sources", "Most rejected sources",
     "SELECT srcaddr, COUNT(*) AS flows, COUNT(DISTINCT dstport) AS ports, COUNT(DISTINCT dstaddr) "
     "AS hosts FROM flows WHERE action = 'REJECT' AND srcaddr IS NOT NULL GROUP BY srcaddr ORDER "
     "BY "
     "flows DESC, srcaddr LIMIT 5"},
    {"rejected_ports", "Most rejected ports",
     "SELECT protocolName(protocol) AS protocol, dstport, COUNT(*) AS flows, COUNT(DISTINCT "
     "srcaddr) "
     "AS sources FROM flows WHERE action = 'REJECT' AND dstport IS NOT NULL GROUP BY 1, 2 ORDER BY "
     "flows DESC, dstport LIMIT 5"},
};

// Standard input can be read once only, and a summary asks several questions: kept in a file that
// has no name and goes when it is closed.
struct KeptInput {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{nullptr, &std::fclose};
  std::string path;
};

Result<KeptInput> keep_standard_input(const CancelToken& cancel) {
  KeptInput kept;
  kept.file.reset(std::tmpfile());
  if (kept.file == nullptr) {
    return fail(ErrorCode::kIo,
                "cannot keep standard input in a temporary file; give a file instead");
  }
  const auto source = io::make_descriptor_source(STDIN_FILENO);
  std::vector<char> buffer(1 << 20);
  while (!cancel.is_cancelled()) {
    WEIR_ASSIGN_OR_RETURN(const std::size_t size, source->read(buffer));
    if (size == 0) {
      std::fflush(kept.file.get());
      kept.path = fmt::format("/proc/self/fd/{}", fileno(kept.file.get()));
      return kept;
    }
    if (std::fwrite(buffer.data(), 1, size, kept.file.get()) != size) {
      return fail(ErrorCode::kIo, "cannot keep standard input: no room in the temporary folder");
    }
  }
  return fail(ErrorCode::kCancelled, "interrupted");
}

// Totals of a sample are multiplied by what it is a sample of.
std::string scaled(std::string_view query, std::uint32_t sample) {
  std::string text(query);
  if (sample <= 1) {
    return text;
  }
  for (const std::string_view total : {"SUM(bytes)", "SUM(packets)", "COUNT(*)"}) {
    for (std::size_t at = 0; (at = text.find(total, at)) != std::string::npos;) {
      at += total.size();
      const std::string times = fmt::format(" * {}", sample);
      text.insert(at, times);
      at += times.size();
    }
  }
  return text;
}

// Runs a section into the writer of the chosen format, under its title where people read.
Result<bool> show(Session& session, const Section& section) {
  Environment& environment = session.environment();
  const bool is_for_people = session.output_format() == "table" || session.output_format() == "md";
  if (is_for_people) {
    const bool is_markdown = session.output_format() == "md";
    if (!environment.write(fmt::format("\n{}{}\n{}", is_markdown ? "## " : "", section.title,
                                       is_markdown ? "\n" : ""))) {
      return false;
    }
  }
  const QueryText text = QueryText::made(scaled(section.query, session.sample()));
  WEIR_ASSIGN_OR_RETURN(const auto prepared, session.prepare(text, query::Language::kSql));
  const auto writer = session.make_writer(query::Language::kSql);
  WEIR_RETURN_IF_ERROR(session.run(prepared.front(), text, *writer));
  return writer->finish();
}

std::string totals_text(const column::Completeness& c, bool is_markdown) {
  const auto line = [&](std::string_view name, const std::string& value) {
    return is_markdown ? fmt::format("- {}: {}\n", name, value)
                       : fmt::format("{:<10} {}\n", name, value);
  };
  const auto number = [](std::uint64_t value) {
    return format_grouped(static_cast<std::int64_t>(value));
  };
  std::string text = line("files", number(c.files));
  text += line("read", format_bytes(static_cast<double>(c.bytes_read)));
  text += line("records",
               fmt::format("{} ({} OK, {} NODATA, {} SKIPDATA, {} rejected)", number(c.records),
                           number(c.ok), number(c.nodata), number(c.skipdata), number(c.rejected)));
  if (c.first && c.last) {
    text += line("from", to_time_text(*c.first));
    text += line("to", to_time_text(*c.last));
  }
  text += line("gaps", number(c.gaps.size()));
  return text;
}

Result<int> summarise(const Arguments& arguments, Environment& environment) {
  std::vector<std::string> paths = arguments.positionals();
  if (paths.empty() && isatty(STDIN_FILENO) != 1 &&
      !Session::asks_store(arguments, paths, environment)) {
    paths.emplace_back("-");
  }
  KeptInput kept;
  for (std::string& path : paths) {
    if (path == "-" && kept.file == nullptr) {
      WEIR_ASSIGN_OR_RETURN(kept, keep_standard_input(environment.cancel()));
    }
    path = path == "-" ? kept.path : path;
  }
  WEIR_ASSIGN_OR_RETURN(const auto session,
                        Session::open(arguments, std::move(paths), environment));
  const std::string_view format = session->output_format();
  const bool is_for_people = format == "table" || format == "md";

  if (is_for_people) {
    // The totals stand above the tables but are known after the first pass.
    query::RowCollector first_pass;
    const QueryText text = QueryText::made("SELECT COUNT(*) FROM flows");
    WEIR_ASSIGN_OR_RETURN(const auto prepared, session->prepare(text, query::Language::kSql));
    WEIR_RETURN_IF_ERROR(session->run(prepared.front(), text, first_pass));
    if (!environment.write(totals_text(session->reports().back().completeness, format == "md"))) {
      return environment.write_failure();
    }
  }
  const bool is_json = format == "json";
  if (is_json && !environment.write("{")) {
    return environment.write_failure();
  }
  bool is_first = true;
  for (const Section& section : kSections) {
    if (is_json) {
      if (!environment.write(fmt::format("{}\"{}\": ", is_first ? "" : ",\n", section.key))) {
        return environment.write_failure();
      }
    }
    is_first = false;
    WEIR_ASSIGN_OR_RETURN(const bool is_open, show(*session, section));
    if (!is_open) {
      return environment.write_failure();
    }
  }
  if (is_json && !environment.write("}\n")) {
    return environment.write_failure();
  }
  return session->close();
}

}  // namespace

int run_summary(const Arguments& arguments, Environment& environment) {
  const auto done = summarise(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
