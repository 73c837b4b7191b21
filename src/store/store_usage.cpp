#include "store/store_usage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "codec/numbers.h"
#include "store/rare_rows.h"
#include "store/segment_format.h"

namespace weir::store {
namespace {

// "roll-up by srcaddr", "roll-up of action=REJECT by srcaddr dstaddr dstport"
std::string name_of(const SegmentFooter& footer, const SegmentRollup& rollup) {
  std::string name = "roll-up";
  if (rollup.where) {
    name += " of " + footer.columns[*rollup.where].name + "=" + rollup.where_text;
  }
  name += " by";
  for (const std::uint32_t column : rollup.keys) {
    name += " " + footer.columns[column].name;
  }
  if (rollup.number) {
    name += " " + footer.columns[*rollup.number].name;
  }
  return name;
}

class UsageSum {
 public:
  explicit UsageSum(const TableSpec& spec) : spec_(spec) {}

  Result<void> add(const SegmentReader& segment) {
    const SegmentFooter& footer = segment.footer();
    std::uint64_t held = 0;
    const auto put = [&](std::string_view kind, const std::string& name, std::uint64_t bytes) {
      TableUsage::Part& part = parts_[{std::string(kind), name}];
      part.bytes += bytes;
      held += bytes;
      return &part;
    };
    std::vector<std::string> members(footer.groups.size());
    std::vector<std::string> alone;
    for (std::size_t c = 0; c < footer.columns.size(); ++c) {
      const auto& place = segment.place(c);
      if (place.is_in_group) {
        std::string& text = members[place.group];
        text += text.empty() ? "" : " ";
        text += footer.columns[c].name;
      } else {
        alone.push_back(footer.columns[c].name);
      }
    }
    // A group gains members over time; it keeps its name.
    for (std::size_t g = 0; g < footer.groups.size(); ++g) {
      std::string& known = group_names_[footer.groups[g].number];
      known = known.size() < members[g].size() ? members[g] : known;
    }
    for (const Block& block : footer.blocks) {
      for (std::size_t i = 0; i < block.chunks.size(); ++i) {
        const Chunk& chunk = block.chunks[i];
        const bool is_group = i < footer.groups.size();
        TableUsage::Part* const part = put(
            is_group ? "codes" : "column",
            is_group ? std::to_string(footer.groups[i].number) : alone[i - footer.groups.size()],
            chunk.extent.size);
        WEIR_ASSIGN_OR_RETURN(const std::string encoding, encoding_of(segment, chunk));
        part->encodings[encoding] += chunk.extent.size;
      }
    }
    for (const SegmentGroup& group : footer.groups) {
      const std::string number = std::to_string(group.number);
      put("dictionary", number, group.values.size + group.tuples.size);
      put("presence", number, group.presence.size);
    }
    if (footer.totals) {
      put("totals", "by code", footer.totals->by_code.size);
      put("totals", "by minute", footer.totals->by_minute.size);
      for (const SegmentRanking& ranking : footer.totals->rankings) {
        put("totals", "greatest keys", ranking.extent.size);
      }
      for (const SegmentRollup& rollup : footer.totals->rollups) {
        put("totals", name_of(footer, rollup), rollup.extent.size);
      }
    }
    for (const SegmentRareRows& rare : footer.rare_rows) {
      WEIR_ASSIGN_OR_RETURN(const RareIndex index, RareIndex::of(segment, rare));
      std::uint64_t bytes = rare.index.size;
      for (const RareIndex::Part& part : index.blocks) {
        for (const Chunk& chunk : part.chunks) {
          bytes += chunk.extent.size;
        }
      }
      put("rare rows", footer.columns[rare.column].name, bytes);
    }
    put("footer", "", segment.file_bytes() - held);
    return {};
  }

  // Columns in their order, then what belongs to the groups.
  std::vector<TableUsage::Part> parts() {
    std::vector<TableUsage::Part> list;
    for (const std::string_view kind :
         {"column", "codes", "dictionary", "presence", "totals", "rare rows", "footer"}) {
      std::vector<std::pair<std::size_t, TableUsage::Part>> of_kind;
      for (auto& [key, part] : parts_) {
        if (key.first != kind) {
          continue;
        }
        part.kind = key.first;
        part.name = key.second;
        std::size_t place = 0;
        if (kind == "column") {
          while (place < spec_.columns.size() && spec_.columns[place].name != part.name) {
            ++place;
          }
        } else if (kind == "codes" || kind == "dictionary" || kind == "presence") {
          place = static_cast<std::size_t>(std::stoul(part.name));
          part.name = group_names_[static_cast<std::uint16_t>(place)];
        }
        of_kind.emplace_back(place, part);
      }
      std::stable_sort(of_kind.begin(), of_kind.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (auto& [place, part] : of_kind) {
        list.push_back(std::move(part));
      }
    }
    return list;
  }

 private:
  static Result<std::string> encoding_of(const SegmentReader& segment, const Chunk& chunk) {
    if (chunk.nulls == Chunk::Nulls::kAll || chunk.extent.size == 0) {
      return std::string("null");
    }
    if (chunk.nulls == Chunk::Nulls::kApart) {
      return std::string("nulls apart");
    }
    WEIR_ASSIGN_OR_RETURN(const std::uint8_t first, segment.first_byte(chunk.extent));
    return first < codec::kNumEncodings
               ? std::string(codec::name_of(static_cast<codec::Encoding>(first)))
               : std::string("texts");
  }

  const TableSpec& spec_;
  std::map<std::pair<std::string, std::string>, TableUsage::Part> parts_;
  std::map<std::uint16_t, std::string> group_names_;
};

}  // namespace

Result<TableUsage> measure_table(const TableSnapshot& snapshot) {
  TableUsage usage;
  UsageSum sum(*snapshot.spec);
  std::set<TimeMs> partitions;
  for (const auto& segment : snapshot.segments) {
    WEIR_RETURN_IF_ERROR(sum.add(*segment));
    usage.rows += segment->footer().num_rows;
    usage.bytes += segment->file_bytes();
    partitions.insert(segment->footer().partition);
  }
  for (const auto& batch : snapshot.tail) {
    usage.tail_rows += batch->batch.num_rows;
  }
  usage.rows += usage.tail_rows;
  usage.segments = snapshot.segments.size();
  usage.partitions = partitions.size();
  usage.parts = sum.parts();
  return usage;
}

}  // namespace weir::store
