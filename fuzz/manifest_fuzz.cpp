// Manifests, their edits, blocks of sources and write-ahead logs: any bytes are decoded or refused.
// The first byte chooses what the rest is taken for.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "io/faulty_file_system.h"
#include "store/manifest.h"
#include "store/manifest_codec.h"
#include "store/manifest_file.h"
#include "store/source_book.h"
#include "store/write_ahead_log.h"

namespace {

using namespace weir;
using namespace weir::store;

void require(bool is_true) {
  if (!is_true) {
    std::abort();
  }
}

void read_edit(std::string_view bytes) {
  if (const auto edit = decode_edit(bytes)) {
    require(decode_edit(encode_edit(*edit)).value() == *edit);
    if (const auto state = ManifestState().after(*edit)) {
      require(state->num_sources() == edit->add_sources.size());
    }
  }
}

void read_block(std::string_view bytes) {
  SourceBook book;
  if (book.append_block(bytes)) {
    std::uint64_t num_seen = 0;
    require(book.visit(book.size(),
                       [&](const SourceMeta& source) { return book.find(source.id) == num_seen++; })
                .has_value());
    require(num_seen == book.size());
  }
}

// The bytes of a file as they are.
void read_file(std::string_view bytes) {
  io::FaultyFileSystem files;
  require(files.create_directories("d").has_value());
  files.set_contents("d/CURRENT", encode_current(1));
  files.set_contents("d/MANIFEST-000001", std::string(bytes));
  if (const auto reader = ManifestReader::open(files, "d")) {
    const auto manifest = Manifest::open(files, "d");
    require(manifest.has_value());
    require((*manifest)->state()->num_segments() == (*reader)->state()->num_segments());
    require((*manifest)->compact().has_value());
    require(Manifest::open(files, "d").has_value());
  }
}

// Pieces (length, type, bytes) as payloads of records that verify.
void read_records(std::string_view bytes) {
  io::FaultyFileSystem files;
  require(files.create_directories("d").has_value());
  files.set_contents("d/CURRENT", encode_current(1));
  const LogHeader header{{'W', 'E', 'I', 'R', 'M', 'A', 'N', '\n'}, 1, 1, 1, 1};
  auto log = RecordLogWriter::create(files, manifest_path("d", 1), header).value();
  while (bytes.size() > 2) {
    const auto type = static_cast<std::uint8_t>(bytes[0]);
    const auto size = static_cast<std::uint8_t>(bytes[1]);
    require(log->append(type, bytes.substr(2, size)).has_value());
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 2U + size));
  }
  read_file(files.contents(manifest_path("d", 1)));
}

void read_wal(std::string_view bytes) {
  io::FaultyFileSystem files;
  require(files.create_directories("d").has_value());
  files.set_contents("d/wal-000001", std::string(bytes.substr(0, bytes.size() / 2)));
  files.set_contents("d/wal-000002", std::string(bytes.substr(bytes.size() / 2)));
  std::uint64_t last = 0;
  WalCursor cursor;
  (void)replay_write_ahead_log(
      files, "d", 1, cursor,
      [&](std::uint64_t, std::uint64_t sequence, std::string_view) -> Result<void> {
        require(sequence >= last);
        last = sequence;
        return {};
      });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      read_edit(bytes);
      break;
    case 1:
      read_block(bytes);
      break;
    case 2:
      read_file(bytes);
      break;
    case 3:
      read_records(bytes);
      break;
    default:
      read_wal(bytes);
  }
  return 0;
}
