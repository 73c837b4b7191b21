#include "metric/part_list.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "codec/byte_reader.h"
#include "codec/byte_writer.h"

namespace weir::metric {
namespace {

constexpr std::string_view kListMagic = "WEIRMPL\n";
constexpr std::uint32_t kListVersion = 1;
constexpr std::uint64_t kMaxListBytes = 64U << 20;

std::string list_path(const std::string& directory) { return directory + "/PARTS"; }

}  // namespace

std::string part_path(const std::string& directory, std::uint64_t number) {
  return fmt::format("{}/part-{:06}", directory, number);
}

Result<PartList> read_part_list(io::FileSystem& files, const std::string& directory) {
  const std::string path = list_path(directory);
  auto file = files.open_random(path);
  if (!file) {
    if (file.error().code == ErrorCode::kNotFound) {
      return PartList{};
    }
    return tl::unexpected(std::move(file).error());
  }
  const auto damaged = [&] {
    return fail(ErrorCode::kInput,
                fmt::format("{}: the list of parts is damaged; restore it from a copy", path));
  };
  const std::uint64_t size = (*file)->size();
  if (size < kListMagic.size() + 8 || size > kMaxListBytes) {
    return damaged();
  }
  std::string bytes(size, '\0');
  WEIR_ASSIGN_OR_RETURN(const std::size_t got, (*file)->read_at(0, bytes));
  const std::string_view body = std::string_view(bytes).substr(0, size - 4);
  codec::ByteReader ends(std::string_view(bytes).substr(size - 4));
  if (got != size || !body.starts_with(kListMagic) || crc32c(body) != ends.fixed<std::uint32_t>()) {
    return damaged();
  }
  codec::ByteReader in(body.substr(kListMagic.size()));
  const auto version = in.fixed<std::uint32_t>();
  if (version > kListVersion) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{}: written by a newer Weir (format {}); use that one", path, version));
  }
  PartList list;
  list.wal_floor = in.varint();
  list.next_number = in.varint();
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
    PartEntry entry;
    entry.number = in.varint();
    entry.step_s = static_cast<std::uint32_t>(in.varint_up_to(UINT32_MAX));
    entry.partition_s = static_cast<std::uint32_t>(in.varint_up_to(UINT32_MAX));
    entry.size = in.varint();
    list.parts.push_back(entry);
  }
  if (!in.is_at_end()) {
    return damaged();
  }
  return list;
}

Result<void> write_part_list(io::FileSystem& files, const std::string& directory,
                             const PartList& list) {
  std::string bytes(kListMagic);
  codec::put_fixed(kListVersion, bytes);
  codec::put_varint(list.wal_floor, bytes);
  codec::put_varint(list.next_number, bytes);
  codec::put_varint(list.parts.size(), bytes);
  for (const PartEntry& entry : list.parts) {
    codec::put_varint(entry.number, bytes);
    codec::put_varint(entry.step_s, bytes);
    codec::put_varint(entry.partition_s, bytes);
    codec::put_varint(entry.size, bytes);
  }
  codec::put_fixed(crc32c(bytes), bytes);
  const std::string path = list_path(directory);
  const std::string temporary = path + ".new";
  WEIR_ASSIGN_OR_RETURN(auto file, files.create(temporary));
  WEIR_RETURN_IF_ERROR(file->append(bytes));
  WEIR_RETURN_IF_ERROR(file->sync());
  WEIR_RETURN_IF_ERROR(file->close());
  // The names of new parts last before a list names them.
  WEIR_RETURN_IF_ERROR(files.sync_directory(directory));
  WEIR_RETURN_IF_ERROR(files.rename(temporary, path));
  return files.sync_directory(directory);
}

}  // namespace weir::metric
