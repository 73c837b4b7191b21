#include "store/segment_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "codec/byte_reader.h"
#include "store/value_dictionary.h"

namespace weir::store {
namespace {

// Keeps the texts that its values point to.
struct TableOfValues : column::CodeTable {
  std::shared_ptr<const column::CodeTable> texts;
};

constexpr std::uint64_t kMaxFooterBytes = 256U << 20;

Result<void> read_whole(const io::RandomAccessFile& file, std::uint64_t offset, char* out,
                        std::size_t size) {
  WEIR_ASSIGN_OR_RETURN(const std::size_t got, file.read_at(offset, {out, size}));
  if (got != size) {
    return fail(ErrorCode::kInput, "the file ends too early");
  }
  return {};
}

}  // namespace

Error SegmentReader::at_file(Error error, std::string_view where) const {
  error.message = fmt::format("{}: {}{}{}; weir fsck says what is damaged", path_, where,
                              where.empty() ? "" : ": ", error.message);
  return error;
}

Result<std::shared_ptr<const SegmentReader>> SegmentReader::open(
    io::FileSystem& files, const std::string& path, std::optional<std::uint64_t> footer_hash) {
  std::shared_ptr<SegmentReader> reader(new SegmentReader());
  reader->path_ = path;
  WEIR_ASSIGN_OR_RETURN(reader->file_, files.open_random(path));
  const auto damaged = [&](std::string_view what) {
    return tl::unexpected<Error>(
        reader->at_file(Error{ErrorCode::kInput, std::string(what)}, "no segment"));
  };
  const std::uint64_t size = reader->file_->size();
  if (size < kSegmentHeaderBytes + kSegmentTrailerBytes) {
    return damaged("it is too short");
  }
  char header[kSegmentHeaderBytes];
  char trailer[kSegmentTrailerBytes];
  if (auto done = read_whole(*reader->file_, 0, header, sizeof(header)); !done) {
    return damaged(done.error().message);
  }
  if (auto done = read_whole(*reader->file_, size - sizeof(trailer), trailer, sizeof(trailer));
      !done) {
    return damaged(done.error().message);
  }
  codec::ByteReader front(std::string_view(header, sizeof(header)));
  const std::string_view magic(kSegmentMagic.data(), kSegmentMagic.size());
  if (front.take(magic.size()) != magic) {
    return damaged("it does not begin as one");
  }
  const auto version = front.fixed<std::uint32_t>();
  if (version < kOldestSegmentVersion || version > kSegmentVersion) {
    return damaged(fmt::format("it has format {}, this Weir reads {} to {}", version,
                               kOldestSegmentVersion, kSegmentVersion));
  }
  if (front.fixed<std::uint32_t>() != 0) {
    return damaged("its header is damaged");
  }
  codec::ByteReader back(std::string_view(trailer, sizeof(trailer)));
  const auto footer_bytes = back.fixed<std::uint64_t>();
  const auto hash = back.fixed<std::uint64_t>();
  if (back.take(magic.size()) != magic) {
    return damaged("it does not end as one");
  }
  if (footer_bytes > kMaxFooterBytes ||
      footer_bytes > size - kSegmentHeaderBytes - kSegmentTrailerBytes) {
    return damaged("its trailer is damaged");
  }
  std::string bytes(footer_bytes, '\0');
  if (auto done = read_whole(*reader->file_, size - sizeof(trailer) - footer_bytes, bytes.data(),
                             bytes.size());
      !done) {
    return damaged(done.error().message);
  }
  if (hash_bytes(bytes) != hash) {
    return damaged("its footer is damaged");
  }
  if (footer_hash && *footer_hash != hash) {
    return damaged("it is another segment than the manifest names");
  }
  auto footer = read_footer(bytes, size);
  if (!footer) {
    return damaged(footer.error().message);
  }
  reader->footer_ = std::move(*footer);
  reader->find_places();
  return std::shared_ptr<const SegmentReader>(std::move(reader));
}

Result<std::shared_ptr<const SegmentReader>> SegmentReader::open_unfinished(io::FileSystem& files,
                                                                            const std::string& path,
                                                                            SegmentFooter footer) {
  std::shared_ptr<SegmentReader> reader(new SegmentReader());
  reader->path_ = path;
  WEIR_ASSIGN_OR_RETURN(reader->file_, files.open_random(path));
  reader->footer_ = std::move(footer);
  reader->find_places();
  return std::shared_ptr<const SegmentReader>(std::move(reader));
}

void SegmentReader::find_places() {
  groups_.resize(footer_.groups.size());
  std::vector<std::size_t> num_members(footer_.groups.size(), 0);
  std::size_t next_chunk = footer_.groups.size();
  for (const SegmentColumn& column : footer_.columns) {
    Place place;
    if (column.group == 0) {
      place.chunk = next_chunk++;
    } else {
      const auto group = std::find_if(
          footer_.groups.begin(), footer_.groups.end(),
          [&](const SegmentGroup& candidate) { return candidate.number == column.group; });
      place.is_in_group = true;
      place.group = static_cast<std::size_t>(group - footer_.groups.begin());
      place.chunk = place.group;
      place.member = num_members[place.group]++;
    }
    places_.push_back(place);
  }
  const std::vector<SegmentColumn>& columns = footer_.columns;
  pairs_.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].pair) {
      pairs_[c] = *columns[c].pair;
      pairs_[*columns[c].pair] = c;
    }
  }
}

Result<std::string_view> SegmentReader::read(const Extent& extent, std::string& buffer) const {
  buffer.resize(extent.size);
  if (auto done = read_whole(*file_, extent.offset, buffer.data(), buffer.size()); !done) {
    return tl::unexpected<Error>(
        at_file(std::move(done).error(), fmt::format("bytes at {}", extent.offset)));
  }
  if (hash_bytes(buffer) != extent.hash) {
    return tl::unexpected<Error>(
        at_file(Error{ErrorCode::kInput, "their checksum is wrong"},
                fmt::format("{} bytes at {}", extent.size, extent.offset)));
  }
  return std::string_view(buffer);
}

Result<std::uint8_t> SegmentReader::first_byte(const Extent& extent) const {
  char byte = 0;
  if (auto done = read_whole(*file_, extent.offset, &byte, 1); !done) {
    return tl::unexpected<Error>(at_file(std::move(done).error(), ""));
  }
  return static_cast<std::uint8_t>(byte);
}

Result<std::string_view> SegmentReader::read_chunk(std::size_t block, std::size_t chunk,
                                                   std::string& buffer) const {
  auto bytes = read(footer_.blocks[block].chunks[chunk].extent, buffer);
  if (!bytes) {
    const std::size_t first = block * kBlockRows;
    Error error = std::move(bytes).error();
    error.message += fmt::format(" (block {}, rows {} to {})", block, first,
                                 first + footer_.blocks[block].num_rows - 1);
    return tl::unexpected<Error>(std::move(error));
  }
  return bytes;
}

std::optional<std::size_t> SegmentReader::find(std::string_view name) const {
  for (std::size_t c = 0; c < footer_.columns.size(); ++c) {
    if (footer_.columns[c].name == name) {
      return c;
    }
  }
  return std::nullopt;
}

Result<std::shared_ptr<const GroupCodes>> SegmentReader::group(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  if (auto known = groups_[index].lock()) {
    return known;
  }
  const SegmentGroup& described = footer_.groups[index];
  std::shared_ptr<GroupCodes> group(new GroupCodes());
  group->segment_ = shared_from_this();
  group->tuples_ = described.tuples;
  group->space_ = std::make_shared<const column::CodeSpace>(column::CodeSpace{described.num_codes});
  WEIR_RETURN_IF_ERROR(read(described.values, group->value_bytes_));
  codec::ByteReader values(group->value_bytes_);
  for (const SegmentColumn& column : footer_.columns) {
    if (column.group == described.number) {
      GroupCodes::Member& member = group->members_.emplace_back();
      member.type = column.type;
      member.num_values = described.num_values[group->members_.size() - 1];
      member.value_bytes = values.text();
    }
  }
  if (!values.is_at_end()) {
    return tl::unexpected<Error>(at_file(Error{ErrorCode::kInput, "a dictionary is damaged"}, ""));
  }
  groups_[index] = group;
  return std::shared_ptr<const GroupCodes>(std::move(group));
}

Error GroupCodes::name_file(Error error) const {
  error.message = fmt::format("{}: {}", segment_->path(), error.message);
  return error;
}

Result<void> GroupCodes::load_values(Member& member) const {
  if (member.values) {
    return {};
  }
  auto table = std::make_shared<column::CodeTable>();
  table->space =
      std::make_shared<const column::CodeSpace>(column::CodeSpace{member.num_values + 1});
  if (auto done = read_values(member.type, member.value_bytes, member.num_values, table->values);
      !done) {
    return tl::unexpected<Error>(name_file(std::move(done).error()));
  }
  member.values = std::move(table);
  return {};
}

Result<void> GroupCodes::load_tuples() const {
  if (!code_bytes_.empty()) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(segment_->read(tuples_, code_bytes_));
  codec::ByteReader codes(code_bytes_);
  for (Member& member : members_) {
    member.code_bytes = codes.text();
  }
  if (!codes.is_at_end()) {
    code_bytes_.clear();
    return tl::unexpected<Error>(name_file(Error{ErrorCode::kInput, "a dictionary is damaged"}));
  }
  return {};
}

// Calls f(first code, value numbers, how many) for the codes of a member, in order.
template <class F>
Result<void> GroupCodes::visit_codes(Member& member, F f) const {
  WEIR_RETURN_IF_ERROR(load_tuples());
  codec::NumberDecoder decoder;
  if (auto done = decoder.open(member.code_bytes, size()); !done) {
    return tl::unexpected<Error>(name_file(std::move(done).error()));
  }
  std::array<std::uint32_t, 4096> values;
  for (std::size_t first = 0; first < size(); first += values.size()) {
    const std::size_t count = std::min<std::size_t>(values.size(), size() - first);
    decoder.read(first, count, values.data());
    if (*std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)) >
        member.num_values) {
      return tl::unexpected<Error>(
          name_file(Error{ErrorCode::kInput, "a tuple names no value of its dictionary"}));
    }
    f(first, values.data(), count);
  }
  return {};
}

Result<void> GroupCodes::load_codes(Member& member) const {
  if (member.codes) {
    return {};
  }
  auto codes = std::make_unique<std::vector<std::uint32_t>>(size());
  WEIR_RETURN_IF_ERROR(
      visit_codes(member, [&](std::size_t first, const std::uint32_t* values, std::size_t count) {
        std::copy_n(values, count, codes->data() + first);
      }));
  member.codes = std::move(codes);
  return {};
}

Result<void> GroupCodes::keep_passing(std::size_t index,
                                      const std::vector<std::uint8_t>& value_passes,
                                      std::vector<std::uint8_t>& passes) const {
  const std::lock_guard lock(mutex_);
  Member& member = members_[index];
  const auto keep = [&](std::size_t first, const std::uint32_t* values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      passes[first + i] &= value_passes[values[i]];
    }
  };
  if (member.codes) {
    keep(0, member.codes->data(), member.codes->size());
    return {};
  }
  return visit_codes(member, keep);
}

Result<const column::Column*> GroupCodes::values(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(load_values(members_[member]));
  return &members_[member].values->values;
}

Result<std::shared_ptr<const column::CodeTable>> GroupCodes::value_table(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(load_values(members_[member]));
  return members_[member].values;
}

Result<const std::vector<std::uint32_t>*> GroupCodes::value_codes(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  WEIR_RETURN_IF_ERROR(load_codes(members_[member]));
  return members_[member].codes.get();
}

Result<std::shared_ptr<const column::CodeTable>> GroupCodes::table(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  Member& member = members_[index];
  if (!member.table) {
    WEIR_RETURN_IF_ERROR(load_values(member));
    WEIR_RETURN_IF_ERROR(load_codes(member));
    auto table = std::make_shared<TableOfValues>();
    table->space = space_;
    table->texts = member.values;
    table->values.gather(member.values->values, *member.codes);
    member.table = std::move(table);
  }
  return member.table;
}

Result<Presence> SegmentReader::presence(std::size_t group) const {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, read(footer_.groups[group].presence, buffer));
  auto presence = Presence::read(bytes, footer_.groups[group].num_codes, footer_.blocks.size());
  if (!presence) {
    return tl::unexpected<Error>(at_file(std::move(presence).error(), ""));
  }
  return presence;
}

Result<Totals> SegmentReader::totals_by_code(const TotalsWanted& wanted) const {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, read(footer_.totals->by_code, buffer));
  auto totals = read_totals(bytes, footer_.groups.front().num_codes, footer_.totals->columns.size(),
                            0, false, wanted);
  if (!totals) {
    return tl::unexpected<Error>(at_file(std::move(totals).error(), ""));
  }
  return totals;
}

Result<Totals> SegmentReader::totals_by_minute() const {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, read(footer_.totals->by_minute, buffer));
  auto totals = read_totals(bytes, footer_.totals->num_minutes, footer_.totals->columns.size(),
                            footer_.totals->minute_keys.size(), true);
  if (!totals) {
    return tl::unexpected<Error>(at_file(std::move(totals).error(), ""));
  }
  return totals;
}

Result<Ranking> SegmentReader::ranking(const SegmentRanking& ranking) const {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, read(ranking.extent, buffer));
  auto found =
      read_ranking(bytes, ranking.num_keys, ranking.keys.size(), footer_.totals->columns.size());
  if (!found) {
    return tl::unexpected<Error>(at_file(std::move(found).error(), ""));
  }
  return found;
}

Result<Rollup> SegmentReader::rollup(const SegmentRollup& rollup,
                                     const std::vector<bool>& wanted_columns) const {
  std::string buffer;
  WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, read(rollup.extent, buffer));
  auto found = read_rollup(bytes, rollup.num_rows, rollup.number.has_value(),
                           footer_.groups.front().num_codes, wanted_columns);
  if (!found) {
    return tl::unexpected<Error>(at_file(std::move(found).error(), "roll-up"));
  }
  return found;
}

}  // namespace weir::store
